"""Aggregations: Elasticsearch's shapes, and the figures that counting by hand gives."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from vigie.records import Author, Counts, Post
from vigie.store import Filters, Store
from vigie.store.calendar import edges

from .opening import Opener

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 10, 20, tzinfo=UTC)  # the clocks go back on the 25th
TAGS = [f"tag{n}" for n in range(30)]


@pytest.fixture(scope="module")
def filled(opener: Opener, make_post: Callable[..., Post]) -> Iterator[tuple[Store, list[Post]]]:
    rng = random.Random(3)
    posts = [
        make_post(
            n,
            published_at=START + timedelta(minutes=rng.randrange(12 * 24 * 60)),
            platform=rng.choice(["news", "bluesky", "mastodon"]),
            text=rng.choice(["crème", "sun", "crème sun"]),
            hashtags=tuple(rng.sample(TAGS, rng.randrange(4))),
            author=Author(id=f"mastodon:a{rng.randrange(40)}", verified=rng.random() < 0.3),
            metrics=Counts(likes=rng.choice([None, 0, 1, 5, 9])),
        )
        for n in range(600)
    ]
    with opener.fresh() as store:
        for start in range(0, 600, 150):
            store.upsert(posts[start : start + 150])
        yield store, posts


Filled = tuple[Store, list[Post]]


def ask(store: Store, aggs: dict[str, Any], query: str = "*") -> dict[str, Any]:
    answer: dict[str, Any] = store.aggregate(query, Filters(), aggs)["aggs"]
    return answer


def test_metrics(filled: Filled) -> None:
    store, posts = filled
    likes = [post.metrics.likes for post in posts if post.metrics.likes is not None]
    found = ask(
        store,
        {
            kind: {kind: {"field": "metrics.likes"}}
            for kind in ("avg", "sum", "min", "max", "value_count", "stats")
        }
        | {"authors": {"cardinality": {"field": "author.id"}}}
        | {"first": {"min": {"field": "published_at"}}}
        | {"read": {"value_count": {"field": "sentiment.label"}}}
        | {"middle": {"percentiles": {"field": "likes", "percents": [50]}}},
    )
    assert found["avg"]["value"] == pytest.approx(sum(likes) / len(likes))
    assert found["sum"]["value"] == sum(likes)
    assert (found["min"]["value"], found["max"]["value"]) == (0, 9)
    assert found["value_count"]["value"] == found["stats"]["count"] == len(likes)
    assert found["authors"]["value"] == len({post.author.id for post in posts})
    first = min(post.published_at for post in posts)
    assert found["first"]["value"] == first.timestamp() * 1000
    assert found["read"]["value"] == 0
    assert found["middle"]["values"]["50.0"] == pytest.approx(
        sorted(likes)[len(likes) // 2], rel=0.05
    )


@pytest.mark.parametrize("size", [1, 7, 100])
def test_terms_are_exact_and_equal_ones_by_key(filled: Filled, size: int) -> None:
    store, posts = filled
    counts = Counter(tag for post in posts for tag in post.hashtags)
    expected = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    found = ask(store, {"tags": {"terms": {"field": "hashtags", "size": size}}})["tags"]
    assert [(b["key"], b["doc_count"]) for b in found["buckets"]] == expected[:size]
    assert found["sum_other_doc_count"] == sum(count for _, count in expected[size:])


def test_equal_groups_beyond_what_was_fetched(store: Store, make_post: Callable[..., Post]) -> None:
    store.upsert([make_post(n, author=Author(id=f"mastodon:{n:04}")) for n in range(300)][::-1])
    found = ask(store, {"who": {"terms": {"field": "author.id", "size": 3}}})["who"]
    assert [b["key"] for b in found["buckets"]] == [f"mastodon:000{n}" for n in range(3)]
    assert found["sum_other_doc_count"] == 297


def test_distinct_values_are_counted(store: Store, make_post: Callable[..., Post]) -> None:
    """Where an estimate would be some per cent off."""
    store.upsert(
        [
            make_post(
                n,
                author=Author(id=f"mastodon:{n % 4000}"),
                platform=("news", "mastodon")[n % 4000 < 3000],
                published_at=START + timedelta(hours=n % 48),
            )
            for n in range(5000)
        ]
    )
    authors = {"authors": {"cardinality": {"field": "author.id"}}}
    day = {"field": "published_at", "calendar_interval": "day", "time_zone": "UTC"}
    found = ask(
        store,
        authors
        | {"p": {"terms": {"field": "platform"}, "aggs": authors}}
        | {"at": {"date_histogram": day, "aggs": authors}}
        | {"by": {"terms": {"field": "platform", "order": {"authors": "asc"}}, "aggs": authors}},
    )
    assert found["authors"]["value"] == 4000
    assert {b["key"]: b["authors"]["value"] for b in found["p"]["buckets"]} == {
        "mastodon": 3000,
        "news": 1000,
    }
    days: dict[str, set[int]] = defaultdict(set)
    for n in range(5000):
        days[f"{START + timedelta(hours=n % 48):%Y-%m-%d}"].add(n % 4000)
    assert {b["key_as_string"][:10]: b["authors"]["value"] for b in found["at"]["buckets"]} == {
        name: len(some) for name, some in days.items()
    }
    assert [b["key"] for b in found["by"]["buckets"]] == ["news", "mastodon"]
    assert found["by"]["buckets"][1]["authors"]["value"] == pytest.approx(3000, rel=0.04)


def test_groups_by_expression_but_for_a_list(filled: Filled) -> None:
    store, posts = filled
    counted = Counter(tag for post in posts for tag in post.hashtags if tag.startswith("tag1"))
    del counted["tag1"], counted["tag12"]
    body = {"field": "hashtags", "size": 99, "include": "tag1.*", "exclude": ["tag1", "tag12"]}
    found = ask(store, {"x": {"terms": body}})["x"]["buckets"]
    assert {one["key"]: one["doc_count"] for one in found} == counted
    body = {"field": "hashtags", "size": 99, "include": ["tag1", "tag12", "t.*"], "exclude": ".*2"}
    assert [one["key"] for one in ask(store, {"x": {"terms": body}})["x"]["buckets"]] == ["tag1"]


def test_terms_by_key_and_by_a_figure_below(filled: Filled) -> None:
    store, posts = filled
    below = {"likes": {"avg": {"field": "likes"}}}
    spec = {"field": "platform", "order": {"_key": "desc"}}
    found = ask(store, {"p": {"terms": spec, "aggs": below}})["p"]
    assert [b["key"] for b in found["buckets"]] == ["news", "mastodon", "bluesky"]
    means = {}
    for platform in ("news", "mastodon", "bluesky"):
        likes = [p.metrics.likes for p in posts if p.platform == platform]
        known = [value for value in likes if value is not None]
        means[platform] = sum(known) / len(known)
    spec = {"field": "platform", "order": {"likes": "asc"}}
    found = ask(store, {"p": {"terms": spec, "aggs": below}})["p"]
    assert [b["key"] for b in found["buckets"]] == sorted(means, key=means.__getitem__)


@pytest.mark.parametrize("interval", ["hour", "day", "week", "month"])
def test_calendar_histograms_through_a_change_of_the_clocks(filled: Filled, interval: str) -> None:
    store, posts = filled
    spec = {"field": "published_at", "calendar_interval": interval, "time_zone": "Europe/Paris"}
    found = ask(store, {"at": {"date_histogram": spec}})["at"]["buckets"]

    def begin(post: Post) -> datetime:
        at = post.published_at.astimezone(PARIS)
        day = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        if interval == "hour":
            return post.published_at.replace(minute=0, second=0, microsecond=0)
        if interval == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if interval == "month" else day

    expected = Counter(round(begin(post).timestamp() * 1000) for post in posts)
    assert {b["key"]: b["doc_count"] for b in found if b["doc_count"]} == dict(expected)
    keys = [b["key"] for b in found]
    assert keys == sorted(set(keys))
    assert found[0]["doc_count"]
    assert found[-1]["doc_count"]
    if interval == "day":
        texts = [b["key_as_string"] for b in found]
        assert "2026-10-25T00:00:00.000+02:00" in texts
        assert "2026-10-26T00:00:00.000+01:00" in texts
        assert len(texts) == 12 or len(texts) == 13


def test_fixed_intervals_and_bounds(filled: Filled) -> None:
    store, posts = filled
    spec = {
        "field": "published_at",
        "fixed_interval": "6h",
        "extended_bounds": {"min": "2026-10-19T00:00:00+00:00", "max": "2026-11-03T00:00:00+00:00"},
    }
    found = ask(store, {"at": {"date_histogram": spec}})["at"]["buckets"]
    assert found[0]["key_as_string"] == "2026-10-19T00:00:00.000Z"
    assert found[0]["doc_count"] == 0
    assert sum(b["doc_count"] for b in found) == len(posts)
    assert {b["key"] % (6 * 3600 * 1000) for b in found} == {0}
    spec = {**spec, "min_doc_count": 1}
    assert all(
        b["doc_count"] for b in ask(store, {"at": {"date_histogram": spec}})["at"]["buckets"]
    )


def test_days_of_a_stated_period(filled: Filled) -> None:
    store, posts = filled
    since, until = START + timedelta(days=2), START + timedelta(days=5)
    spec = {"field": "published_at", "calendar_interval": "day", "time_zone": "Europe/Paris"}
    found = store.aggregate(
        "*", Filters(since=since, until=until), {"at": {"date_histogram": spec}}
    )
    inside = [post for post in posts if since <= post.published_at < until]
    assert found["total"] == len(inside)
    assert sum(b["doc_count"] for b in found["aggs"]["at"]["buckets"]) == len(inside)


def test_filters_at_any_depth(filled: Filled) -> None:
    store, posts = filled
    liked = {"filter": {"query": "likes:>1"}, "aggs": {"sum": {"sum": {"field": "likes"}}}}
    found = ask(
        store,
        {
            "liked": liked,
            "p": {
                "terms": {"field": "platform"},
                "aggs": {
                    "tag": {"terms": {"field": "hashtags", "size": 5}, "aggs": {"liked": liked}}
                },
            },
            "at": {
                "date_histogram": {"field": "published_at", "calendar_interval": "day"},
                "aggs": {"liked": liked},
            },
        },
        "crème",
    )
    chosen = [post for post in posts if "crème" in (post.text or "")]

    def counted(some: list[Post]) -> dict[str, Any]:
        likes = [p.metrics.likes for p in some if (p.metrics.likes or 0) > 1]
        return {"doc_count": len(likes), "sum": {"value": sum(value or 0 for value in likes)}}

    assert found["liked"] == counted(chosen)
    seen = 0
    for network in found["p"]["buckets"]:
        for tag in network["tag"]["buckets"]:
            some = [p for p in chosen if p.platform == network["key"] and tag["key"] in p.hashtags]
            assert tag["doc_count"] == len(some)
            assert tag["liked"] == counted(some)
            seen += 1
    assert seen == 15
    days = defaultdict(list)
    for post in chosen:
        days[f"{post.published_at:%Y-%m-%d}"].append(post)
    assert {b["key_as_string"][:10]: b["liked"] for b in found["at"]["buckets"]} == {
        day: counted(some) for day, some in days.items()
    }


def test_ranges_and_histograms(filled: Filled) -> None:
    store, posts = filled
    ranges = [{"to": 1}, {"from": 1, "to": 6, "key": "some"}, {"from": 6}]
    found = ask(
        store,
        {
            "r": {"range": {"field": "likes", "ranges": ranges}},
            "h": {"histogram": {"field": "likes", "interval": 5}},
            "v": {"terms": {"field": "author.verified"}},
        },
    )
    likes = Counter(post.metrics.likes for post in posts)
    assert [(b["key"], b["doc_count"]) for b in found["r"]["buckets"]] == [
        ("*-1.0", likes[0]),
        ("some", likes[1] + likes[5]),
        ("6.0-*", likes[9]),
    ]
    assert [(b["key"], b["doc_count"]) for b in found["h"]["buckets"]] == [
        (0.0, likes[0] + likes[1]),
        (5.0, likes[5] + likes[9]),
    ]
    verified = Counter(bool(post.author.verified) for post in posts)
    assert {b["key_as_string"]: b["doc_count"] for b in found["v"]["buckets"]} == {
        "true": verified[True],
        "false": verified[False],
    }


def test_composite_pages_through_all_groups(filled: Filled) -> None:
    store, posts = filled
    expected = Counter((post.platform, tag) for post in posts for tag in post.hashtags)
    body: dict[str, Any] = {
        "size": 20,
        "sources": [
            {"network": {"terms": {"field": "platform", "order": "desc"}}},
            {"tag": {"terms": {"field": "hashtags"}}},
        ],
    }
    pages: list[tuple[tuple[str, str], int]] = []
    while True:
        found = ask(store, {"c": {"composite": body}})["c"]
        if not found["buckets"]:
            break
        pages += [
            ((b["key"]["network"], b["key"]["tag"]), b["doc_count"]) for b in found["buckets"]
        ]
        body = {**body, "after": found["after_key"]}
    assert dict(pages) == dict(expected)
    assert len(pages) == len(expected)
    assert [key for key, _ in pages][:1] == [("news", "tag0")]


def test_nothing_found(filled: Filled) -> None:
    store, _ = filled
    day = {"date_histogram": {"field": "published_at", "calendar_interval": "day"}}
    tags = {"terms": {"field": "hashtags"}, "aggs": {"in": {"filter": {"query": "sun"}}}}
    answer = store.aggregate("absent", Filters(), {"day": day, "tags": tags})
    assert answer["total"] == 0
    assert answer["aggs"]["day"]["buckets"] == answer["aggs"]["tags"]["buckets"] == []


def test_quarters_and_years_begin_where_they_should() -> None:
    low = round(datetime(2026, 2, 10, tzinfo=UTC).timestamp() * 1e6)
    high = round(datetime(2026, 8, 10, tzinfo=UTC).timestamp() * 1e6)

    def begins(interval: str) -> list[str]:
        found = edges(low, high, UTC, calendar=interval)
        return [f"{datetime.fromtimestamp(edge / 1e6, UTC):%Y-%m}" for edge in found]

    assert begins("quarter") == ["2026-01", "2026-04", "2026-07", "2026-10"]
    assert begins("year") == ["2026-01", "2027-01"]


def test_composite_over_days(filled: Filled) -> None:
    store, posts = filled
    day = {"field": "published_at", "calendar_interval": "day", "time_zone": "Europe/Paris"}
    sources = [{"day": {"date_histogram": day}}, {"network": {"terms": {"field": "platform"}}}]
    likes = {"likes": {"sum": {"field": "likes"}}}
    found = ask(store, {"c": {"composite": {"sources": sources, "size": 999}, "aggs": likes}})["c"]
    expected: Counter[tuple[str, str]] = Counter()
    for post in posts:
        expected[f"{post.published_at.astimezone(PARIS):%Y-%m-%d}", post.platform] += 1
    counted = {
        (
            f"{datetime.fromtimestamp(b['key']['day'] / 1000, PARIS):%Y-%m-%d}",
            b["key"]["network"],
        ): b
        for b in found["buckets"]
    }
    assert {key: b["doc_count"] for key, b in counted.items()} == dict(expected)
    assert sum(b["likes"]["value"] for b in counted.values()) == sum(
        post.metrics.likes or 0 for post in posts
    )


def test_every_kind_below_empty_days(store: Store, make_post: Callable[..., Post]) -> None:
    """Days without posts, on either side of a change of the clocks, have all that others have."""
    at = datetime(2026, 10, 24, 12, tzinfo=UTC)
    store.upsert(
        [
            make_post(n, published_at=at + timedelta(days=days), metrics=Counts(likes=1))
            for n, days in enumerate((0, 3))
        ]
    )
    below = {
        "n": {"value_count": {"field": "likes"}},
        "s": {"sum": {"field": "likes"}},
        "a": {"avg": {"field": "likes"}},
        "st": {"stats": {"field": "likes"}},
        "p": {"percentiles": {"field": "likes", "percents": [50]}},
        "t": {"terms": {"field": "platform"}},
        "r": {"range": {"field": "likes", "ranges": [{"from": 1}]}},
        "h": {"histogram": {"field": "likes", "interval": 1}},
        "f": {"filter": {"query": "likes:1"}},
    }
    spec = {"field": "published_at", "calendar_interval": "day", "time_zone": "Europe/Paris"}
    days = ask(store, {"d": {"date_histogram": spec, "aggs": below}})["d"]["buckets"]
    assert [b["key_as_string"][:10] for b in days] == [f"2026-10-{n}" for n in (24, 25, 26, 27)]
    assert [b["doc_count"] for b in days] == [1, 0, 0, 1]
    assert all(set(b) == set(days[0]) for b in days)
    empty = days[1]
    assert (empty["n"], empty["s"], empty["a"]) == ({"value": 0}, {"value": 0.0}, {"value": None})
    assert empty["st"]["count"] == empty["f"]["doc_count"] == 0
    assert empty["p"] == {"values": {"50.0": None}}
    assert empty["t"]["buckets"] == empty["h"]["buckets"] == []
    assert [(b["key"], b["doc_count"]) for b in empty["r"]["buckets"]] == [("1.0-*", 0)]
    assert days[0]["r"]["buckets"][0]["doc_count"] == 1
