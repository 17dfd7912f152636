"""Saved objects: those on disk are those that are declared, and the templates know their fields."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from vigie.dashboards import FOLDER, PATTERNS, SEARCHES, VERSIONS, lines, objects
from vigie.locales import LANGUAGES, Lang
from vigie.store.templates import templates

FIELD = re.compile(r"([\w.]+):")


def known(pattern: str) -> dict[str, Any]:
    """Fields of an index pattern's template with dotted names, and their types."""
    index = PATTERNS[pattern][0]
    (body,) = (
        one["template"]["mappings"]["properties"]
        for one in templates().values()
        if one.get("index_patterns") == [index]
    )
    found: dict[str, Any] = {}

    def walk(properties: dict[str, Any], above: str) -> None:
        for name, field in properties.items():
            found[above + name] = field.get("type")
            walk(field.get("properties", {}), f"{above}{name}.")

    walk(body, "")
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_files_on_disk_are_those_declared(lang: Lang) -> None:
    told = (FOLDER / f"vigie.{lang}.ndjson").read_text("utf-8")
    assert told == lines(lang), "run: python -m vigie.dashboards"
    assert len(list(FOLDER.iterdir())) == len(LANGUAGES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_objects_refer_to_objects_of_the_file(lang: Lang) -> None:
    made = [json.loads(line) for line in lines(lang).splitlines()]
    ids = [(one["type"], one["id"]) for one in made]
    assert len(set(ids)) == len(ids)
    for number, one in enumerate(made):
        assert one["migrationVersion"] == {one["type"]: VERSIONS[one["type"]]}
        assert all((ref["type"], ref["id"]) in ids[:number] for ref in one["references"])
        if one["type"] == "index-pattern":
            assert set(one["attributes"]) == {"title", "timeFieldName"}, "no list of fields"
        else:
            source = json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
            assert source["indexRefName"] in {ref["name"] for ref in one["references"]}
            assert "index" not in source


def test_the_engine_knows_every_field() -> None:
    for pattern, (_, time) in PATTERNS.items():
        assert known(pattern)[time] == "date"
    for pattern, _, _, query, columns in SEARCHES.values():
        fields = known(pattern)
        assert not {*columns, *FIELD.findall(query)} - set(fields)


def test_languages_differ_in_words_alone() -> None:
    fr, en = (list(objects(lang)) for lang in ("fr", "en"))  # type: ignore[arg-type]
    assert [one["type"] for one in fr] == [one["type"] for one in en]
    titles = [
        {one["attributes"]["title"] for one in found if one["type"] == "search"}
        for found in (fr, en)
    ]
    assert not titles[0] & titles[1]
