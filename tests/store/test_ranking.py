"""Posts by a counter on every engine: those that must not be mixed stand apart, in one order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from vigie.policies import Policies
from vigie.ranking import Ranked, ranked
from vigie.records import Author, Counts, Post
from vigie.store import Filters, Page, Store
from vigie.watchlist import Watchlist

MakePost = Callable[..., Post]
PLATFORMS = ("mastodon", "youtube", "x", "youtube")


@pytest.fixture
def filled(store: Store, make_post: MakePost) -> Store:
    """Of each platform more and less liked posts in turn, ties, and one of unknown counters."""
    posts = []
    for number in range(24):
        platform = PLATFORMS[number % 4]
        likes = None if number > 19 else number // 2 * 10
        posts.append(
            make_post(
                number,
                id=f"{platform}:{number}",
                platform=platform,
                text="pain" if number % 3 else "pain de seigle",
                author=Author(id=f"{platform}:ada", followers=number % 5),
                metrics=Counts(likes=likes, shares=0, replies=0, quotes=0, views=24 - number),
            )
        )
    store.upsert(posts)
    return store


def of(found: Ranked) -> list[str]:
    return [hit.post.id for hit in found.hits]


def plain(store: Store, query: str = "*", *platforms: str, sort: str = "-engagement") -> list[str]:
    """What the store says: one order."""
    filters = Filters(platforms=platforms)
    return [hit.post.id for hit in store.search(query, filters, sort, Page(size=100)).hits]


@pytest.mark.parametrize("sort", ["-engagement", "engagement", "-likes", "-views", "-followers"])
def test_a_counter_ranks_no_platform_among_others_that_must_not_be_mixed(
    filled: Store, sort: str
) -> None:
    found = ranked(filled, Policies(), sort=sort, size=100)
    assert found.total == 24
    assert found.apart == {"youtube": 12}
    apart = plain(filled, "*", "youtube", sort=sort)
    assert of(found) == plain(filled, "*", "mastodon", "x", sort=sort) + apart
    assert [id.partition(":")[0] == "youtube" for id in of(found)] == [False] * 12 + [True] * 12
    assert of(found) != plain(filled, sort=sort), "the common order would mix them"


@pytest.mark.parametrize("size", [1, 5, 12, 23])
def test_pages_are_parts_of_one_order(filled: Store, size: int) -> None:
    whole = of(ranked(filled, Policies(), sort="-engagement", size=100))
    paged = []
    for offset in range(0, 30, size):
        page = ranked(filled, Policies(), sort="-engagement", size=size, offset=offset)
        assert (page.total, page.apart) == (24, {"youtube": 12})
        assert len(page.hits) == max(min(size, 24 - offset), 0)
        paged += of(page)
    assert paged == whole
    counted = ranked(filled, Policies(), sort="-engagement", size=0)
    assert (counted.total, counted.hits) == (24, [])


def test_other_orders_are_the_store_s(filled: Store) -> None:
    for sort in ("-published_at", "published_at", "relevance", "published_hour"):
        found = ranked(filled, Policies(), "pain", sort=sort, size=100)
        assert not found.apart
        assert of(found) == plain(filled, "pain", sort=sort)


def test_a_platform_alone_is_in_one_order(filled: Store) -> None:
    """By a filter, by the query, or because there is nothing else."""
    alone = plain(filled, "*", "youtube")
    for query, filters in (
        ("*", Filters(platforms=("youtube",))),
        ("platform:youtube", Filters()),
        ("*", Filters(ids=tuple(alone))),
        ("pain", Filters(platforms=("youtube", "threads"))),
    ):
        found = ranked(filled, Policies(), query, filters, sort="-engagement")
        assert (found.total, found.apart) == (12, {})
        assert of(found) == alone
    nothing = ranked(filled, Policies(), "brioche", sort="-engagement")
    assert (nothing.total, nothing.hits, nothing.apart) == (0, [], {})


def test_filters_and_query_hold_in_both_parts(filled: Store) -> None:
    until = datetime(2026, 9, 1, 20, tzinfo=UTC)
    found = ranked(
        filled, Policies(), "seigle", Filters(platforms=("youtube", "x"), until=until),
        sort="-engagement", highlight=True,
    )  # fmt: skip
    wanted = {
        hit.post.id
        for hit in filled.search("seigle", Filters(platforms=("youtube", "x"), until=until)).hits
    }
    assert set(of(found)) == wanted
    assert found.total == len(wanted)
    assert found.apart["youtube"] == sum(id.startswith("youtube") for id in wanted)
    assert all("<mark>seigle</mark>" in (hit.highlight or "") for hit in found.hits)


def test_with_the_amendment_all_are_in_one_order(filled: Store) -> None:
    amended = Watchlist.model_validate(
        {"workspace": {"name": "w"}, "platforms": {"youtube": {"amendment": True}}}
    )
    found = ranked(filled, Policies(amended), sort="-engagement", size=100)
    assert not found.apart
    assert of(found) == plain(filled)
