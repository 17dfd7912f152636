"""Each panel of the dashboards shows the explorer's figure on the same data: what Dashboards would
ask of a real node, beside what the panel's declaration asks of the store under the explorer's
filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.dashboards.asking import Figures, body, figures, state_of, walk
from tests.dashboards.filling import ACCOUNTS, SINCE, UNTIL, ZONE, world
from vigie.dashboards import objects
from vigie.dashboards.boards import TILES
from vigie.dashboards.drawing import drawn_measures
from vigie.dashboards.patterns import PATTERNS
from vigie.dashboards.tile import ANY, Tile
from vigie.panels import ask
from vigie.records import Alert, Influencer, Record, Run, Trend
from vigie.store import Filters, Page, Store
from vigie.store.embedded import EmbeddedStore
from vigie.store.engine import Access, open_engine
from vigie.store.naming import Names
from vigie.store.opensearch import OpenSearchStore

pytestmark = pytest.mark.engines
Search = Callable[[str, dict[str, Any]], dict[str, Any]]  # index, body → answer
SAVED = {one["id"]: one for one in objects("en") if one["type"] == "visualization"}
# Index field → field of the store's filters.
NARROWED = {
    "origin": "origins",
    "kind": "kinds",
    "state": "states",
    "sentiment.label": "sentiments",
}
APART = "youtube"  # whose counters may not be summed with others'
FOUND: dict[str, type[Record]] = {
    "trends": Trend, "alerts": Alert, "influencers": Influencer, "runs": Run,
}  # fmt: skip


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path_factory.mktemp("boards"), timezone=ZONE)
    opened.upsert(list(world()))
    yield opened
    opened.close()


@pytest.fixture
def engine_store(server: Any, prefix: str) -> Iterator[OpenSearchStore]:
    engine = open_engine(Access((server.url,)))
    opened = OpenSearchStore(engine, Names(prefix, "year"), timezone=ZONE)
    opened.upsert(list(world()))
    yield opened
    opened.close()


def test_each_panel_shows_the_figure_of_the_explorer(
    server: Any, prefix: str, engine_store: OpenSearchStore, embedded: EmbeddedStore
) -> None:
    """On the engine, and on a laptop with the same posts."""

    def search(index: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = server.ask("POST", f"/{prefix}-{index}/_search", body)
        return answer

    compare(engine_store, search)
    compare(embedded, search)


def compare(store: Store, search: Search) -> None:
    """Holds the answers of a node to all panels against a store's with the same records."""
    compared = 0
    for id, tile in TILES.items():
        shown, known = dashboards(tile, search), explorer(tile, store)
        assert set(shown) == set(known), id
        drawn = drawn_measures(tile.panel)
        middles = between(tile, store) if "median" in drawn else {}
        for keys, values in known.items():
            for measure, ours, theirs in zip(drawn, values, shown[keys], strict=True):
                if ours is None or (measure == "median" and keys not in middles):
                    assert ours is theirs is None, (id, keys)
                elif measure == "median":
                    # Of an even number, engines take the lower, the upper, or between them.
                    low, high = middles[keys]
                    assert low * 0.98 <= theirs <= high * 1.02, (id, keys)
                    assert low * 0.98 <= ours <= high * 1.02, (id, keys)
                else:
                    assert theirs == pytest.approx(ours, rel=1e-9), (id, keys)
        assert known, id
        compared += len(known)
    assert compared > 1_000


def dashboards(tile: Tile, search: Search) -> Figures:
    """What Dashboards shows of a tile: the saved visualization, asked for the period."""
    saved, pattern = SAVED[f"vigie-{tile.panel.id}-en"], PATTERNS[tile.pattern]
    asked = body(saved, time=pattern.time, since=SINCE, until=UNTIL, zone=ZONE)
    answer = search(pattern.index, asked)
    assert not answer["timed_out"]
    assert answer["_shards"]["failed"] == 0
    return figures(state_of(saved), answer)


def explorer(tile: Tile, store: Store) -> Figures:
    """What the explorer finds: posts are counted by the store, findings are read from it."""
    if tile.pattern == "posts":
        return of_posts(tile, store)
    if tile.pattern == "metrics":
        mixable = [one for one in ACCOUNTS if not one.startswith(APART)]
        rows = store.samples(mixable, ("followers",)).to_dicts()
    else:
        rows = [record.model_dump() for record in store.all(FOUND[tile.pattern])]
    time = PATTERNS[tile.pattern].time
    within = [row for row in rows if SINCE <= row[time] < UNTIL]
    return counted(tile, within)


def asked_of_store(tile: Tile) -> tuple[str, Filters]:
    """The filters of a tile as the explorer asks them of the store."""
    narrowed = {name: values for name, values in tile.filters.items() if values != ANY}
    asked = [{"brands": "brand:*"}[name] for name in set(tile.filters) - set(narrowed)]
    if tile.counts:
        asked.append(f"NOT platform:{APART}")
    query = " AND ".join(asked)
    filters: Mapping[str, Any] = {NARROWED[name]: values for name, values in narrowed.items()}
    return query or "*", Filters(since=SINCE, until=UNTIL, **filters)


def between(tile: Tile, store: Store) -> dict[tuple[Any, ...], tuple[float, float]]:
    """The two values in the middle of each bucket's; the same one where they are odd in number."""
    (level,) = tile.panel.aggs.values()
    field = (level.get("terms") or level["histogram"])["field"]
    groups: dict[tuple[Any, ...], list[float]] = {}
    query, filters = asked_of_store(tile)
    for hit in store.search(query, filters, page=Page(size=10_000)).hits:
        found = hit.document.get(field)
        for key in found if isinstance(found, list) else [found]:
            if (engagement := hit.document.get("engagement")) is not None:
                groups.setdefault((key,), []).append(engagement)
    ordered = {keys: sorted(values) for keys, values in groups.items()}
    return {
        keys: (values[(len(values) - 1) // 2], values[len(values) // 2])
        for keys, values in ordered.items()
    }


def of_posts(tile: Tile, store: Store) -> Figures:
    panel = tile.panel
    query, filters = asked_of_store(tile)
    answer = store.aggregate(query, filters, ask(panel, interval="day", zone=ZONE))
    whole = {"doc_count": answer["total"], **answer["aggs"]}

    def value(bucket: Mapping[str, Any], measure: str) -> Any:
        if measure == "posts":
            return bucket["doc_count"]
        found = bucket[measure]
        return found["values"]["50.0"] if "values" in found else found["value"]

    return {
        keys: tuple(value(bucket, measure) for measure in drawn_measures(panel))
        for keys, bucket in walk(whole, panel.levels)
    }


def counted(tile: Tile, rows: list[dict[str, Any]]) -> Figures:
    """The panel of findings by hand: rows by the values of its levels, the highest of a measure."""
    panel, below = tile.panel, tile.panel.aggs
    levels = []
    for level in panel.levels:
        levels.append(below[level])
        below = below[level].get("aggs", {})
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        for keys in product(*(_keys(row, level) for level in levels)):
            groups.setdefault(keys, []).append(row)

    def value(group: list[dict[str, Any]], measure: str) -> Any:
        if measure == "posts":
            return len(group)
        values = (row[below[measure]["max"]["field"]] for row in group)
        return max((one for one in values if one is not None), default=None)

    drawn = drawn_measures(panel)
    found = {keys: tuple(value(group, name) for name in drawn) for keys, group in groups.items()}
    first = levels[0]["terms"]
    if len({keys[0] for keys in found}) <= first["size"]:
        return found
    assert panel.levels[1:] == (), "the highest are cut from one level"
    assert next(iter(first["order"])) == drawn[0]
    ranked = sorted(found, key=lambda keys: (found[keys][0] is None, -(found[keys][0] or 0), keys))
    return {keys: found[keys] for keys in ranked[: first["size"]]}


def _keys(row: Mapping[str, Any], level: Mapping[str, Any]) -> list[Any]:
    """The buckets of a level in which a row stands."""
    if "date_histogram" in level:
        at: datetime = row[level["date_histogram"]["field"]]
        day = at.astimezone(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
        return [round(day.timestamp() * 1000)]
    name, _, inner = level["terms"]["field"].partition(".")
    values = [part[inner] for part in row[name]] if inner else [row[name]]
    return [value for value in dict.fromkeys(values) if value is not None]
