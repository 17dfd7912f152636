"""Every field that a saved object names is in the mapping, and fit for what is asked of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vigie.dashboards import objects
from vigie.dashboards.patterns import PATTERNS
from vigie.dashboards.saving import INDEX

from .asking import buckets_of, clauses, metrics_of, source_of, state_of
from .contract import NUMBERS, groupable, known, searchable, stored

Saved = dict[str, Any]
NAMES = {f"vigie-{name}-en": name for name in PATTERNS}
OBJECTS = list(objects("en"))


def of(kind: str) -> list[Saved]:
    return [one for one in OBJECTS if one["type"] == kind]


def pattern_of(saved: Saved) -> str:
    (found,) = (NAMES[ref["id"]] for ref in saved["references"] if ref["name"] == INDEX)
    return found


def aggregated() -> list[Saved]:
    return [one for one in of("visualization") if state_of(one)["aggs"]]


@pytest.mark.parametrize("saved", aggregated(), ids=lambda one: one["id"])
def test_aggregations_fit_their_fields(saved: Saved) -> None:
    fields, state = known(pattern_of(saved)), state_of(saved)
    for agg in buckets_of(state):
        field = fields[agg["params"]["field"]]
        assert groupable(field)
        if agg["type"] == "date_histogram":
            assert field["type"] == "date"
        elif agg["type"] == "histogram":
            assert field["type"] in NUMBERS
        else:
            assert agg["type"] == "terms"
            assert field["type"] in ("keyword", *NUMBERS)
    for agg in metrics_of(state):
        if agg["type"] != "count":
            field = fields[agg["params"]["field"]]
            assert groupable(field)
            fits = ("keyword", *NUMBERS) if agg["type"] == "cardinality" else (*NUMBERS, "date")
            assert field["type"] in fits
            assert agg["type"] in ("cardinality", "sum", "median", "max")
    for name, *_ in clauses(source_of(saved)["query"]["query"]):
        assert searchable(fields[name])


@pytest.mark.parametrize("saved", of("search"), ids=lambda one: one["id"])
def test_searches_show_and_sort_what_there_is(saved: Saved) -> None:
    fields = known(pattern_of(saved))
    for column in saved["attributes"]["columns"]:
        assert stored(fields[column])
    for name, direction in saved["attributes"]["sort"]:
        assert groupable(fields[name])
        assert direction == "desc"
    for name, *_ in clauses(source_of(saved)["query"]["query"]):
        assert searchable(fields[name])


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_know_their_time_and_format_what_there_is(name: str) -> None:
    (saved,) = (one for one in of("index-pattern") if NAMES[one["id"]] == name)
    fields = known(name)
    assert fields[saved["attributes"]["timeFieldName"]]["type"] == "date"
    for field, shown in json.loads(saved["attributes"]["fieldFormatMap"]).items():
        assert stored(fields[field])
        number = fields[field]["type"] in NUMBERS
        assert shown["id"] in ("static_lookup", "url", *(("number", "percent") if number else ()))


def test_lists_choose_among_values() -> None:
    (saved,) = (one for one in of("visualization") if one["id"] == "vigie-lists-en")
    controls = state_of(saved)["params"]["controls"]
    assert [control["fieldName"] for control in controls] == ["brands", "platform", "language"]
    assert all(groupable(known("posts")[control["fieldName"]]) for control in controls)
    assert {ref["id"] for ref in saved["references"]} == {"vigie-posts-en"}
