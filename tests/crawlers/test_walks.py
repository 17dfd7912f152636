"""Whatever cuts a crawl, the next ones read every post, none is asked for without need, and what is
gone is noticed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crawlers
from crawlers import paging
from tests.crawlers.platforms import (
    HOST,
    START,
    BlueskyServer,
    HackerNewsServer,
    MastodonServer,
    Platform,
    read_ids,
    visit,
)
from vigie.sources import Answer, Target

Numbers = Callable[[set[str]], set[int]]
OPTIONS = {"since_days": 30, "search_host": HOST}
CASES = [
    (MastodonServer, Target("mastodon", "tag", "couture", host=HOST, options=OPTIONS)),
    (MastodonServer, Target("mastodon", "account", "brindille@toile.example", "b", host=HOST,
                            options=OPTIONS)),
    (BlueskyServer, Target("bluesky", "search", "brindille", host=HOST, options=OPTIONS)),
    (BlueskyServer, Target("bluesky", "search", "brindille", host=HOST,
                           options={**OPTIONS, "by_time": True})),
    (BlueskyServer, Target("bluesky", "account", "brindille.example", "b", host=HOST,
                           options=OPTIONS)),
    (HackerNewsServer, Target("hackernews", "search", "brindille", host=HOST, options=OPTIONS)),
]  # fmt: skip
NAMES = [f"{target.key}{'-by-time' * bool(target.options.get('by_time'))}" for _, target in CASES]


def numbers(ids: set[str]) -> set[int]:
    return {int(id.rsplit("/", 1)[-1]) for id in ids}


@pytest.mark.parametrize(("server", "target"), CASES, ids=NAMES)
@given(
    growth=st.lists(st.integers(0, 23), min_size=3, max_size=3),
    stops=st.lists(st.one_of(st.none(), st.integers(0, 4)), min_size=2, max_size=2),
    pages=st.lists(st.sampled_from([2, 3, 50]), min_size=2, max_size=2),
)
@settings(max_examples=25, deadline=None)
def test_cut_walks_are_finished_by_later_crawls(
    server: type[Platform],
    target: Target,
    growth: list[int],
    stops: list[int | None],
    pages: list[int],
) -> None:
    crawler, platform = crawlers.load(target.platform), server()
    cursor: dict[str, object] = {}
    read: set[int] = set()
    now = START
    for crawl in range(3):
        first = len(platform.posts)
        platform.posts += range(first, first + growth[crawl])
        now = START + timedelta(minutes=len(platform.posts))
        cut = crawl < 2
        cursor, landed = visit(
            crawler, target, cursor, platform.serve, now,
            stop_after=stops[crawl] if cut else None, pages=pages[crawl] if cut else 50,
        )  # fmt: skip
        read |= numbers(read_ids(crawler, landed))
    assert read == set(platform.posts)
    platform.asked.clear()
    visit(crawler, target, cursor, platform.serve, now)
    lists = [url for url in platform.asked if "lookup" not in url and "getProfile" not in url]
    assert len(lists) <= 2, "nothing is new: the first page tells, or the one with the same second"


def test_a_first_crawl_goes_back_no_further_than_asked() -> None:
    platform = BlueskyServer(posts=list(range(0, 40 * 24 * 60, 24 * 60)))  # one a day
    now = START + timedelta(days=40)
    target = Target("bluesky", "search", "x", host=HOST, options={"since_days": 10})
    _, landed = visit(crawlers.load("bluesky"), target, {}, platform.serve, now)
    assert len(read_ids(crawlers.load("bluesky"), landed)) == 15  # ten days, and to the page's end


ACCOUNTS = [
    (MastodonServer, CASES[1][1]),
    (BlueskyServer, CASES[4][1]),
    (HackerNewsServer, Target("hackernews", "account", "ned_p", "b", host=HOST, options=OPTIONS)),
]


@pytest.mark.parametrize(("server", "target"), ACCOUNTS, ids=[t.platform for _, t in ACCOUNTS])
def test_answers_under_own_posts_are_read_when_there_are_others(
    server: type[Platform], target: Target
) -> None:
    crawler, platform = crawlers.load(target.platform), server()
    platform.posts = [0, 1, 2]
    platform.answers = {1: 2}
    now = START + timedelta(hours=1)
    cursor, landed = visit(crawler, target, {}, platform.serve, now)
    posts = {post.native_id: post for a in landed for post in crawler.map(a).posts}
    answers = [post for post in posts.values() if post.parent_id]
    own = next(post for post in posts.values() if numbers({post.native_id}) == {1})
    assert len(answers) == 2
    assert {post.root_id for post in answers} == {own.id}
    assert {post.parent_id for post in answers} == {own.id}

    platform.asked.clear()
    cursor, _ = visit(crawler, target, cursor, platform.serve, now)
    threads = ("context", "getPostThread", "/item/")
    assert not [url for url in platform.asked if any(name in url for name in threads)]

    platform.answers = {1: 3}
    _, landed = visit(crawler, target, cursor, platform.serve, now)
    assert len([id for id in numbers(read_ids(crawler, landed)) if id >= 10_000]) == 3


@pytest.mark.parametrize(("server", "target"), ACCOUNTS, ids=[t.platform for _, t in ACCOUNTS])
def test_refreshed_posts_that_are_gone_become_tombstones(
    server: type[Platform], target: Target
) -> None:
    from vigie.watchlist import parse

    crawler, platform = crawlers.load(target.platform), server()
    platform.posts = list(range(60))
    _, landed = visit(crawler, target, {}, platform.serve, START + timedelta(hours=2))
    posts = [post for answer in landed for post in crawler.map(answer).posts]
    platform.gone = {7, 50}
    watchlist = parse({"workspace": {"name": "w"}, "platforms": {target.platform: {"url": HOST}}})
    (again, *_) = crawler.refresh(posts, watchlist)
    _, landed = visit(crawler, again, {}, platform.serve, START + timedelta(days=3))
    mapped = [crawler.map(answer) for answer in landed]
    gone = {stone.id.split(":", 1)[1] for one in mapped for stone in one.tombstones}
    assert numbers(gone) == {7, 50}
    assert len({post.id for one in mapped for post in one.posts}) == 58
    known = {post.id for post in posts}
    assert {stone.id for one in mapped for stone in one.tombstones} <= known


def test_who_writes_several_posts_on_bluesky_is_known_with_followers() -> None:
    from vigie.watchlist import parse

    crawler, platform = crawlers.load("bluesky"), BlueskyServer()
    platform.posts, platform.answers = list(range(30)), {4: 1}
    target = next(target for _, target in ACCOUNTS if target.platform == "bluesky")
    _, landed = visit(crawler, target, {}, platform.serve, START + timedelta(hours=2))
    posts = [post for answer in landed for post in crawler.map(answer).posts]
    watchlist = parse({"workspace": {"name": "w"}, "platforms": {"bluesky": {"url": HOST}}})
    _, authors = crawler.refresh(posts, watchlist)
    _, landed = visit(crawler, authors, {}, platform.serve, START + timedelta(days=3))
    (account,) = [one for answer in landed for one in crawler.map(answer).accounts]
    assert (account.native_id, account.followers) == (platform.did, 7)


def test_an_older_mastodon_is_asked_for_one_status_at_a_time() -> None:
    from vigie.watchlist import parse

    crawler, platform = crawlers.load("mastodon"), MastodonServer(posts=list(range(30)))
    target = next(target for _, target in ACCOUNTS if target.platform == "mastodon")
    _, landed = visit(crawler, target, {}, platform.serve, START + timedelta(hours=2))
    posts = [post for answer in landed for post in crawler.map(answer).posts]
    platform.gone, platform.answers_for_many = {4}, False
    watchlist = parse({"workspace": {"name": "w"}, "platforms": {"mastodon": {"url": HOST}}})
    (again,) = crawler.refresh(posts, watchlist)
    _, landed = visit(crawler, again, {}, platform.serve, START + timedelta(days=3))
    mapped = [crawler.map(answer) for answer in landed]
    assert numbers({stone.id for one in mapped for stone in one.tombstones}) == {4}
    assert len({post.id for one in mapped for post in one.posts}) == 29


def test_mastodon_refresh_asks_the_server_that_gave_the_post() -> None:
    from vigie.watchlist import parse

    crawler = crawlers.load("mastodon")
    watchlist = parse(
        {
            "workspace": {"name": "w"},
            "platforms": {"mastodon": {"servers": ["https://a.example", "https://b.example"]}},
            "topics": [{"id": "t", "name": "T", "hashtags": ["couture"]}],
        }
    )
    targets = {target.key: target for target in crawler.targets(watchlist)}
    platform = MastodonServer(posts=[1])
    tag = targets["mastodon/tag/couture@b.example"]
    _, landed = visit(crawler, tag, {}, platform.serve, START + timedelta(hours=1))
    posts = [post for answer in landed for post in crawler.map(answer).posts]
    (again,) = crawler.refresh(posts, watchlist)
    (call,) = crawler.start(again, {})
    assert call.url == "https://b.example/api/v1/statuses?id%5B%5D=1"
    assert not call.headers, "a token is for the server that it was made at"


def test_an_empty_page_that_names_the_next_is_not_the_end() -> None:
    """X, YouTube and Bluesky leave out what may not be shown after they have cut the pages."""
    at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    answer = Answer(
        "x", "search_recent", "x/search/a", HOST, HOST, "GET", 200, {}, b"{}", at, "r",
        meta={"since_days": 30, "until": "2026-11-20T08:00:00.000+00:00"},
    )  # fmt: skip
    hidden = paging.page((), "/2?next_token=b")
    assert [call.url for call in paging.following(answer, HOST, hidden)] == [
        f"{HOST}/2?next_token=b"
    ]
    moved = paging.advanced(answer, {}, hidden)
    assert [gap["url"] for gap in moved["gaps"].values()] == ["/2?next_token=b"]
    assert not list(paging.following(answer, HOST, paging.page((), None)))
