"""The declarations: complete, drawable, and read back from an answer."""

from __future__ import annotations

import json

import pytest

from vigie.explorer.scope import NARROWING
from vigie.panels import PANELS, Panel, ask, rows

HELD = {*NARROWING, "time", "weekday", "hour"}


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_a_declaration_is_data(panel: Panel) -> None:
    assert json.loads(json.dumps(panel.spec)) == panel.spec
    assert panel.title
    assert panel.question.endswith("?")
    assert set(panel.doors) <= set(panel.levels)
    assert set(panel.doors.values()) <= HELD
    spec = json.dumps(panel.spec)
    assert '"name": "rows"' in spec
    assert "http" not in spec
    assert "#" not in spec, "colours are named, so that themes can resolve them"


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_the_levels_are_the_nested_aggregations(panel: Panel) -> None:
    aggs = panel.aggs
    for level in panel.levels if panel.aggs else ():
        assert set(aggs) == {level}
        aggs = aggs[level].get("aggs", {})
    assert set(aggs) == set(panel.measures)


def test_placeholders_are_filled_and_answers_flattened() -> None:
    panel = PANELS["mentions-over-time"]
    asked = ask(panel, interval="day", zone="Europe/Paris")
    histogram = asked["brand"]["aggs"]["at"]["date_histogram"]
    assert histogram["calendar_interval"] == "day"
    assert histogram["time_zone"] == "Europe/Paris"
    answered = {
        "brand": {
            "buckets": [
                {"key": "a", "doc_count": 3, "at": {"buckets": [
                    {"key": 0, "doc_count": 1}, {"key": 86_400_000, "doc_count": 2}]}},
                {"key": "b", "doc_count": 0, "at": {"buckets": []}},
            ]
        }
    }  # fmt: skip
    assert rows(panel, answered) == [
        {"brand": "a", "at": 0, "posts": 1},
        {"brand": "a", "at": 86_400_000, "posts": 2},
    ]
