"""Saved objects: those on disk are those that are declared, and they hang together."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vigie.dashboards import FOLDER, Settings, lines, objects
from vigie.dashboards.boards import BOARDS, COLUMNS, TILES
from vigie.dashboards.patterns import PATTERNS, SEARCHES
from vigie.dashboards.saving import INDEX, VERSIONS
from vigie.locales import LANGUAGES, Lang
from vigie.panels import PANELS

from .asking import buckets_of, clauses, metrics_of, source_of, state_of

Saved = dict[str, Any]
# What the servers' own mappings know: an attribute beside these is refused by a real server.
ATTRIBUTES = {
    "index-pattern": {"title", "timeFieldName", "fieldFormatMap", "sourceFilters"},
    "search": {"title", "description", "hits", "columns", "sort", "version",
               "kibanaSavedObjectMeta"},
    "visualization": {"title", "visState", "uiStateJSON", "description", "version",
                      "kibanaSavedObjectMeta"},
    "dashboard": {"title", "description", "hits", "panelsJSON", "optionsJSON", "version",
                  "timeRestore", "timeFrom", "timeTo", "refreshInterval", "kibanaSavedObjectMeta"},
}  # fmt: skip
# No tag cloud (it leaves words out), no timelion (`.opensearch()` fails in Kibana, and "auto" draws
# half-days), nothing that one of both servers lacks.
DRAWN = {"line", "histogram", "horizontal_bar", "heatmap", "table", "metric", "markdown",
         "input_control_vis"}  # fmt: skip
both = pytest.mark.parametrize("lang", LANGUAGES)


DEFAULT = Settings()


def made(lang: Lang, settings: Settings = DEFAULT) -> list[Saved]:
    return [json.loads(line) for line in lines(lang, settings).splitlines()]


def of(kind: str, lang: Lang) -> list[Saved]:
    return [one for one in made(lang) if one["type"] == kind]


def panels_of(board: Saved) -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = json.loads(board["attributes"]["panelsJSON"])
    return panels


def test_files_on_disk_are_those_declared(tmp_path: Path) -> None:
    """And the same bytes, whatever the order of sets in a process."""
    environ = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run(
        [sys.executable, "-m", "vigie.dashboards", str(tmp_path)], check=True, env=environ
    )
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_bytes() for path in FOLDER.iterdir()}, (
        "run: python -m vigie.dashboards"
    )
    assert written == {f"vigie.{lang}.ndjson": lines(lang).encode() for lang in LANGUAGES}


@both
def test_objects_refer_to_objects_before_them(lang: Lang) -> None:
    seen: set[tuple[str, str]] = set()
    for one in made(lang):
        assert set(one) == {"id", "type", "attributes", "references", "migrationVersion"}
        assert one["migrationVersion"] == {one["type"]: VERSIONS[one["type"]]}
        assert set(one["attributes"]) == ATTRIBUTES[one["type"]]
        assert all((ref["type"], ref["id"]) in seen for ref in one["references"])
        names = [ref["name"] for ref in one["references"]]
        assert len(set(names)) == len(names)
        assert (one["type"], one["id"]) not in seen
        seen.add((one["type"], one["id"]))


@both
def test_every_reference_by_name_is_one_and_all_are_used(lang: Lang) -> None:
    for one in made(lang):
        used = set(re.findall(r'"(?:panelRefName|indexRefName|indexPatternRefName)": "([^"]+)"',
                              json.dumps(one["attributes"]).replace('\\"', '"')))  # fmt: skip
        assert used == {ref["name"] for ref in one["references"]}
        if one["type"] in ("search", "visualization"):
            assert "index" not in source_of(one), "by reference, never by value"


@both
def test_eight_dashboards_or_more_whose_panels_lie_beside_one_another(lang: Lang) -> None:
    boards = of("dashboard", lang)
    assert len(boards) >= 8
    types = {one["id"]: one for one in of("visualization", lang)}
    for board in boards:
        taken: set[tuple[int, int]] = set()
        for panel, ref in zip(panels_of(board), board["references"], strict=True):
            assert set(panel) == {"version", "gridData", "panelIndex", "embeddableConfig", "title",
                                  "panelRefName"}, "no panel by value"  # fmt: skip
            assert panel["panelRefName"] == ref["name"]
            assert panel["embeddableConfig"] == {}
            grid = panel["gridData"]
            assert grid["i"] == panel["panelIndex"]
            cells = {
                (x, y)
                for x in range(grid["x"], grid["x"] + grid["w"])
                for y in range(grid["y"], grid["y"] + grid["h"])
            }
            assert not cells & taken, (board["id"], ref["id"])
            assert max(x for x, _ in cells) < COLUMNS
            taken |= cells
            if ref["type"] == "visualization":
                figures = len(metrics_of(state_of(types[ref["id"]])))
                kind = state_of(types[ref["id"]])["type"]
                # Three figures in 18 × 8 push the last word out of sight.
                assert kind != "metric" or figures < 3 or grid["w"] >= 24 or grid["h"] >= 10
        assert max(x for x, _ in taken) == COLUMNS - 1


@both
def test_each_dashboard_ends_with_the_posts_or_findings_behind_it(lang: Lang) -> None:
    for board in of("dashboard", lang):
        last = max(panels_of(board), key=lambda panel: panel["gridData"]["y"])
        refs = {ref["name"]: ref for ref in board["references"]}
        assert refs[last["panelRefName"]]["type"] == "search"
        assert board["attributes"]["timeRestore"] is True


def test_a_fixed_period_is_opened_with_for_data_of_the_past() -> None:
    past = Settings(since="2019-01-01T00:00:00.000Z", until="2019-03-01T00:00:00.000Z")
    for board in (one for one in made("en", past) if one["type"] == "dashboard"):
        assert board["attributes"]["timeFrom"] == past.since
        assert board["attributes"]["timeTo"] == past.until


@both
def test_what_is_drawn_is_drawn_by_both_servers(lang: Lang) -> None:
    for one in of("visualization", lang):
        state = state_of(one)
        assert state["type"] in DRAWN
        ids = [agg["id"] for agg in state["aggs"]]
        assert ids == [str(number) for number in range(1, len(ids) + 1)]
        for agg in buckets_of(state):
            assert agg["params"].get("interval") != "auto"
            assert agg["params"].get("otherBucket", False) is False
        for series in state["params"].get("seriesParams", ()):
            assert series["data"]["id"] == metrics_of(state)[0]["id"]


def test_every_panel_that_asks_the_store_is_on_a_dashboard() -> None:
    shown = {tile.panel.id for board in BOARDS.values() for tile in board.tiles}
    assert {panel.id for panel in PANELS.values() if panel.aggs} <= shown
    assert shown == set(TILES), "each tile stands somewhere"
    stood = {id for board in BOARDS.values() for row in board.rows for id, _ in row}
    assert set(SEARCHES) <= stood
    assert not set(SEARCHES) & set(TILES)


def test_posts_are_live_unless_a_tile_asks_for_others() -> None:
    for lang in LANGUAGES:
        for one in (*of("visualization", lang), *of("search", lang)):
            patterns = {ref["id"] for ref in one["references"] if ref["name"] == INDEX}
            if patterns == {f"vigie-posts-{lang}"}:
                query = source_of(one)["query"]["query"]
                asked = {field: values for field, values, negated in clauses(query) if not negated}
                gone = one["id"] == f"vigie-gone-{lang}"
                assert asked["state"] == (["deleted", "withheld"] if gone else ["live"])


def test_another_prefix_is_another_family() -> None:
    told = lines("fr", Settings(prefix="acme"))
    assert not re.search(r'"(?:id|title)": "vigie', told)
    assert '"acme-posts-*"' in told
    ours = {(one["type"], one["id"]) for one in objects("fr")}
    theirs = {(one["type"], one["id"]) for one in objects("fr", Settings(prefix="acme"))}
    assert not ours & theirs
    assert len(ours) == len(theirs)


def test_ids_stay() -> None:
    """Another id is another object: what people linked to would be lost."""
    for lang in LANGUAGES:
        boards = {one["id"] for one in of("dashboard", lang)}
        assert boards == {
            f"vigie-{name}-{lang}"
            for name in ("overview", "trends", "benchmark", "brand", "content", "influencers",
                         "alerts", "sources")
        }  # fmt: skip
        held = {one["id"] for one in of("index-pattern", lang)}
        assert held == {f"vigie-{name}-{lang}" for name in PATTERNS}
