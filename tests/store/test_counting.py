"""Any aggregation under any filters: what the store answers is what counting by hand gives.

The reference (`counting.py`) reads values that `counted.py` takes from the records; neither shares
code with the store.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vigie.records import (
    Post,
)
from vigie.store import Filters, Store

from .counted import DAYS, HOME, ZONES, records_of, rows_of
from .counting import Row, Spec, answer
from .opening import Opener


class Filled:
    """A store, and the values of what it holds."""

    def __init__(self, store: Store, rows: list[Row]) -> None:
        self.store = store
        self.rows = rows

    def __repr__(self) -> str:
        return f"{len(self.rows)} posts"


@pytest.fixture(scope="module")
def filled(opener: Opener, make_post: Callable[..., Post]) -> Iterator[Filled]:
    """Several segments with entries that were replaced and deleted in between."""
    with opener.fresh(timezone=HOME) as store:
        records = list(records_of(make_post, 260))
        posts = [record for record in records if isinstance(record, Post)]
        older = [post for post in posts if int(post.native_id) % 4 == 0]
        before = {"text": "old", "hashtags": ("old",)}
        store.upsert([post.model_copy(update=before) for post in older])
        store.upsert([make_post(n, text="gone", hashtags=("gone",)) for n in range(900, 930)])
        late = [post.model_copy(update={"collected_at": post.collected_at + timedelta(minutes=5)})
                for post in posts]  # fmt: skip
        records = [record for record in records if not isinstance(record, Post)] + list(late)
        random.Random(1).shuffle(records)
        for start in range(0, len(records), 120):
            store.upsert(records[start : start + 120])
        store.delete(Filters(ids=tuple(f"mastodon:{n}" for n in range(900, 930))))
        yield Filled(store, rows_of(records))


# -- questions, and which rows they mean

QUERIES: dict[str, Callable[[Row], bool]] = {
    "*": lambda row: True,
    "sun": lambda row: "sun" in row["words"],
    "crème sun": lambda row: {"sun", "crème"} <= set(row["words"]),
    "NOT sun": lambda row: "sun" not in row["words"],
    "likes:>=2": lambda row: any(value >= 2 for value in row["metrics.likes"]),
    "NOT likes:*": lambda row: not row["metrics.likes"],
    "hashtag:ete OR brand:zeta": lambda row: "ete" in row["hashtags"] or "zeta" in row["brands"],
    "sentiment:neutral": lambda row: row["sentiment.label"] == ["neutral"],
    "state:deleted": lambda row: row["state"] == ["deleted"],
    "nowhere": lambda row: False,
}
NARROWING = {
    "platforms": ("platform", ("mastodon", "news", "x")),
    "languages": ("language", ("fr", "en", "pt")),
    "brands": ("brands", ("acme", "zeta")),
    "owners": ("owner", ("acme", "zeta")),
    "topics": ("topics", ("skin", "spf")),
    "origins": ("origin", ("earned", "owned", "paid")),
    "sentiments": ("sentiment.label", ("negative", "neutral")),
    "kinds": ("kind", ("reply", "video")),
    "authors": ("author.id", ("mastodon:A1", "mastodon:A2", "mastodon:A3", "mastodon:a4")),
    "stories": ("story_id", ("mastodon:1", "mastodon:2")),
    "ids": ("id", tuple(f"mastodon:{n}" for n in range(0, 260, 3))),
}


def met(filters: Filters, query: str, row: Row) -> bool:
    """Whether a row is among the posts of a query under filters."""
    (at,) = row["published_at"]
    for bound, sign in ((filters.since, 1), (filters.until, -1)):
        if bound is not None and sign * (at - bound.timestamp() * 1e6) < (0 if sign > 0 else 1e-9):
            return False
    for name, (field, _) in NARROWING.items():
        wanted = getattr(filters, name)
        if wanted and not set(wanted) & set(row[field]):
            return False
    states = () if filters.states == ("live",) and "state:" in query else filters.states
    return (not states or row["state"][0] in states) and QUERIES[query](row)


instants = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from(DAYS), st.integers(-600, 2000),
)  # fmt: skip
filters = st.builds(
    Filters,
    since=st.none() | instants,
    until=st.none() | instants,
    states=st.sampled_from([("live",), ("live",), (), ("deleted", "withheld")]),
    **{
        name: st.just(()) | st.just(())
        | st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True).map(tuple)
        for name, (_, values) in NARROWING.items()
    },
)  # fmt: skip

# -- aggregations

TEXTS = ("platform", "kind", "language", "state", "origin", "owner", "sentiment.label", "story_id",
         "author.id", "author.handle", "parent_id", "brands", "homonyms", "topics", "hashtags",
         "mentions", "emojis", "media.kind", "domains", "entities.canonical",
         "keyphrases")  # fmt: skip
NUMBERS = ("metrics.likes", "author.followers", "engagement", "published_hour", "published_dow",
           "sentiment.score")  # fmt: skip
INTEGERS = NUMBERS[:-1]
MOMENTS = ("published_at", "collected_at", "first_seen_at")


def spec(kind: str, **body: st.SearchStrategy[Any]) -> st.SearchStrategy[Spec]:
    """A body of these parameters, those drawn as None left out."""
    return st.fixed_dictionaries(body).map(
        lambda drawn: {kind: {key: value for key, value in drawn.items() if value is not None}}
    )


def fields(*names: str) -> st.SearchStrategy[str]:
    return st.sampled_from(names)


metrics = st.one_of(
    *(
        spec(kind, field=fields(*NUMBERS), missing=st.sampled_from([None, None, 5]))
        for kind in ("avg", "sum", "min", "max", "stats", "value_count")
    ),
    *(spec(kind, field=fields(*MOMENTS)) for kind in ("min", "max", "avg", "stats")),
    spec("value_count", field=fields(*TEXTS)),
    spec("cardinality", field=fields(*TEXTS, *INTEGERS)),
    spec("percentiles", field=fields(*NUMBERS),
         percents=st.none() | st.just([50, 90.5])),
)  # fmt: skip
orders = st.sampled_from(
    [None, None, {"_count": "asc"}, {"_key": "asc"}, {"_key": "desc"}, {"_count": "desc"}]
)
terms = st.one_of(
    spec("terms", field=fields(*TEXTS), size=st.sampled_from([None, 1, 3, 100]), order=orders,
         min_doc_count=st.sampled_from([None, 1, 4]), missing=st.sampled_from([None, "~none"])),
    spec("terms", field=fields("hashtags", "brands"),
         include=st.sampled_from([None, "[a-f].*", ["ete", "b"]]),
         exclude=st.sampled_from([None, "b", ["jardin"]])),
    spec("terms", field=fields(*INTEGERS), size=st.just(100), order=orders),
    spec("terms", field=fields("is_ad", "author.verified")),
)  # fmt: skip
zones = st.sampled_from([None, *ZONES])
bounds = st.sampled_from(
    [None, None, {"min": "2026-03-20T00:00:00+00:00", "max": "2026-04-10T12:00:00+02:00"}]
)
least = st.sampled_from([None, None, 0, 1, 2])
dates = st.one_of(
    spec("date_histogram", field=fields(*MOMENTS), time_zone=zones, min_doc_count=least,
         calendar_interval=st.sampled_from(["day", "week", "month", "quarter", "year"]),
         extended_bounds=bounds),
    spec("date_histogram", field=st.just("published_at"), time_zone=zones,
         calendar_interval=st.just("hour"), min_doc_count=st.just(1)),
    spec("date_histogram", field=st.just("published_at"), time_zone=zones,
         fixed_interval=st.sampled_from(["30m", "1h", "2h", "3h", "6h", "12h", "1d", "3d"]),
         min_doc_count=st.sampled_from([1, 2])),
)  # fmt: skip
ranges = spec(
    "range",
    field=fields(*NUMBERS),
    ranges=st.lists(
        st.sampled_from(
            [{"to": 1}, {"from": 1}, {"from": 0, "to": 3}, {"from": 1.5, "to": 30}, {},
             {"from": -0.3, "to": 0.1, "key": "flat"}, {"from": 2, "to": 5}]
        ),
        min_size=1, max_size=3, unique_by=str,
    ),
)  # fmt: skip
histograms = spec(
    "histogram",
    field=fields("metrics.likes", "engagement", "published_hour"),
    interval=st.sampled_from([1, 5, 6]),
    offset=st.sampled_from([None, 2]),
    min_doc_count=least,
    extended_bounds=st.sampled_from([None, None, {"min": -10, "max": 12}]),
)
narrowed = st.sampled_from([query for query in QUERIES if "state:" not in query]).map(
    lambda query: {"filter": {"query": query}}
)
buckets = st.one_of(terms, dates, ranges, histograms, narrowed)
sources = st.one_of(
    *(spec("terms", field=fields(*TEXTS, "published_dow"),
           order=st.sampled_from([None, "asc", "desc"])) for _ in range(2)),
    spec("date_histogram", field=fields(*MOMENTS), time_zone=zones,
         calendar_interval=st.sampled_from(["day", "month"])),
    spec("histogram", field=st.just("metrics.likes"), interval=st.just(5)),
)  # fmt: skip


def under(outer: Spec, inner: dict[str, Spec]) -> Spec:
    """Aggregations below a bucket's; groups may then be ordered by a figure below them."""
    if "terms" in outer and "order" not in outer["terms"]:
        for name, (part, *_) in ((name, list(one)) for name, one in inner.items()):
            if part in ("avg", "sum", "max") and "missing" not in inner[name][part]:
                order = {"order": {name: "desc" if part == "sum" else "asc"}}
                return {"terms": {**outer["terms"], **order}, "aggs": inner}
    return {**outer, "aggs": inner} if inner else outer


leaves = st.dictionaries(st.sampled_from("abc"), metrics | buckets, max_size=2)
trees = st.dictionaries(
    st.sampled_from("xyz"),
    metrics | st.builds(under, buckets, leaves | st.dictionaries(
        st.sampled_from("mn"), st.builds(under, buckets, leaves), max_size=1)),
    min_size=1, max_size=2,
)  # fmt: skip


def agree(found: Any, expected: Any, spec: Spec, path: str) -> None:
    """Equal but for estimates: percentiles within two per cent of their neighbours."""
    if isinstance(expected, dict):
        assert set(found) == set(expected), path
        for key, value in expected.items():
            agree(found[key], value, spec, f"{path}/{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), (path, found, expected)
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            agree(one, other, spec, f"{path}/{number}")
    elif isinstance(expected, tuple):
        low, high = expected
        assert low - abs(low) * 0.02 <= found <= high + abs(high) * 0.02, (path, found, expected)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), (path, found, expected)
    else:
        assert found == expected, (path, found, expected)


def check(filled: Filled, query: str, filters: Filters, aggs: Spec) -> None:
    chosen = [row for row in filled.rows if met(filters, query, row)]
    found = filled.store.aggregate(query, filters, aggs)
    assert found["total"] == len(chosen)
    agree(found["aggs"], answer(aggs, chosen, lambda text, row: QUERIES[text](row)), aggs, "")


NIGHT = {"date_histogram": {"field": "published_at", "fixed_interval": "6h", "time_zone": HOME,
                            "min_doc_count": 1}}  # fmt: skip


BOUNDED: Spec = {
    "x": {
        "terms": {"field": "platform"},
        "aggs": {
            "f": {
                "filter": {"query": "nowhere"},
                "aggs": {
                    "d": {"date_histogram": {"field": "published_at", "calendar_interval": "week",
                                             "extended_bounds": {"min": "2026-03-20T00:00:00+00:00",
                                                                 "max": "2026-04-10T00:00:00Z"}}},
                    "h": {"histogram": {"field": "metrics.likes", "interval": 5, "offset": 2,
                                        "extended_bounds": {"min": -10, "max": 12}}},
                },
            }
        },
    }
}  # fmt: skip


@given(st.sampled_from(list(QUERIES)), filters, trees)
@example("*", Filters(), BOUNDED)
@example("*", Filters(), BOUNDED["x"]["aggs"]["f"]["aggs"])
@example("nowhere", Filters(), BOUNDED["x"]["aggs"]["f"]["aggs"])
@example(
    "*",
    Filters(),
    {"x": {"terms": {"field": "platform"}, "aggs": BOUNDED["x"]["aggs"]["f"]["aggs"]}},
)
@example("*", Filters(), {"x": NIGHT})
@example("*", Filters(states=()), {"x": {"terms": {"field": "hashtags", "missing": "~none"}}})
@example(
    "*",
    Filters(),
    {
        "x": {
            "filter": {"query": "sun"},
            "aggs": {
                "m": {
                    "terms": {"field": "language", "missing": "~none"},
                    "aggs": {"a": {"filter": {"query": "*"}}},
                }
            },
        }
    },
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_aggregation(filled: Filled, query: str, filters: Filters, aggs: Spec) -> None:
    check(filled, query, filters, aggs)


@pytest.mark.parametrize("field", [*TEXTS, *NUMBERS])
def test_every_field_counted_and_grouped(filled: Filled, field: str) -> None:
    """Each field by itself, so that none is left to chance."""
    aggs: Spec = {"count": {"value_count": {"field": field}},
                  "terms": {"terms": {"field": field, "size": 300}}}  # fmt: skip
    check(filled, "*", Filters(states=()), aggs)
    store, rows = filled.store, filled.rows
    assert 0 < len({value for row in rows for value in row[field]}) < len(rows)
    assert store.aggregate("*", Filters(states=()), aggs)["aggs"]["count"]["value"] > 20


@pytest.mark.parametrize("name", list(NARROWING))
def test_every_filter_narrows(filled: Filled, name: str) -> None:
    _, values = NARROWING[name]
    for some in (values[:1], values):
        check(filled, "*", Filters(**{name: some}), {"x": {"terms": {"field": "platform"}}})  # type: ignore[arg-type]
    kept = [row for row in filled.rows if met(Filters(**{name: values}), "*", row)]  # type: ignore[arg-type]
    assert 0 < len(kept) < len(filled.rows)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("interval", ["hour", "day", "week", "2h", "3h", "12h", "1d", "3d"])
def test_every_interval_in_every_zone(filled: Filled, zone: str, interval: str) -> None:
    """Through the changes of the clocks, also where they fall on midnight."""
    kind = "fixed_interval" if interval[0].isdigit() else "calendar_interval"
    body = {"field": "published_at", kind: interval, "time_zone": zone}
    check(filled, "*", Filters(states=()), {"x": {"date_histogram": body}})


@given(st.lists(sources, min_size=1, max_size=3), st.integers(1, 40), filters, leaves)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_composite_pages(
    filled: Filled, chosen: list[Spec], size: int, filters: Filters, below: Spec
) -> None:
    """A page, and the next one after it."""
    body: Spec = {"sources": [{f"s{n}": one} for n, one in enumerate(chosen)], "size": size}
    aggs: Spec = {"x": {"composite": body, "aggs": below} if below else {"composite": body}}
    check(filled, "*", filters, aggs)
    found = filled.store.aggregate("*", filters, aggs)["aggs"]["x"]
    if found["buckets"]:
        check(filled, "*", filters, {"x": {**aggs["x"], "composite":
                                           {**body, "after": found["after_key"]}}})  # fmt: skip
