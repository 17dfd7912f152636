"""Posts are read again at their ages, spread so that the budgets hold; nothing waits for ever."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shelf import NOW, opened, post
from town import Town, found, serving

from crawlers.entries import address_key, digest
from vigie.clock import SetClock
from vigie.pipeline import Pipeline
from vigie.records import Budget, Post
from vigie.refreshing import AGES, FOR_NEW, Waiting, due, in_order, waiting
from vigie.workspace import Workspace

HOUR = timedelta(hours=1)


def one(id: str, rank: int = 2, late: float = 0.0, waited: float | None = None) -> Waiting:
    waits = late if waited is None else waited
    return Waiting(id, "bluesky", rank, late * HOUR, waits * HOUR)


def test_own_before_competitors_before_others_and_what_is_nearest_to_its_age() -> None:
    given = [one("c", 2, 1), one("b2", 1, 5), one("a", 0, 9, 9), one("b1", 1, 2)]
    assert [w.id for w in in_order(given)][:3] == ["a", "b1", "b2"]


def test_every_fourth_place_is_for_what_waits_longest() -> None:
    own = [one(f"own{n:02}", 0, n / 100) for n in range(20)]
    old = one("forgotten", 2, 90, 200)
    assert [w.id for w in in_order([*own, old])].index("forgotten") == 3


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 99), st.integers(0, 99)), max_size=40))
def test_the_order_has_everyone_once(told: list[tuple[int, int, int]]) -> None:
    given = [one(str(n), rank, late, late + more) for n, (rank, late, more) in enumerate(told)]
    assert Counter(in_order(given)) == Counter(given)


def test_nothing_waits_for_ever_though_more_comes_than_can_be_read() -> None:
    """Four own posts come due every run, four can be read: the old one of a stranger is not left
    behind by them."""
    left = [one("stranger", 2, 0, 0)]
    for turn in range(10):
        left += [one(f"own{turn}-{n}", 0, 0, 0) for n in range(4)]
        chosen = {w.id for w in in_order(left)[:4]}
        if "stranger" in chosen:
            break
        left = [
            Waiting(w.id, w.platform, w.rank, w.late + HOUR, w.waited + HOUR)
            for w in left
            if w.id not in chosen
        ]
    assert "stranger" in chosen
    assert turn <= 1


def bluesky(native: str, hours: float, **fields: object) -> Post:
    """A post of so many hours, read when it was new."""
    at = NOW - hours * HOUR
    uri = f"at://did:plc:{native}/app.bsky.feed.post/{native}"
    return post("bluesky", uri, at=at, read=at + timedelta(minutes=1), **fields)


def test_posts_of_a_platform_that_nobody_asked_for_are_left_as_they_are(tmp_path: Path) -> None:
    """As after the import of an archive of X, without a key: no run complains of the key."""
    at = NOW - 7 * HOUR
    old = [
        post(name, "1", at=at, read=at + timedelta(minutes=1), origin="owned")
        for name in ("x", "mastodon")
    ]
    for more, expected in (("", {"mastodon"}), ("\n[platforms.x]\n", {"x", "mastodon"})):
        folder = tmp_path / str(len(expected))
        folder.mkdir()
        with opened(folder, more) as space:
            space.store.upsert(old)
            again, left = due(space, ["x", "mastodon"])
            assert ({one.platform for one in again}, left) == (expected, 0)


@pytest.mark.parametrize("age", AGES)
def test_a_post_is_due_once_it_has_reached_an_age(tmp_path: Path, age: timedelta) -> None:
    hours = age / HOUR
    with opened(tmp_path) as space:
        space.store.upsert([bluesky("a", hours + 0.01), bluesky("b", min(hours - 0.01, 0.99))])
        again, left = due(space, ["bluesky"])
        assert [one.native_id.rpartition("/")[2] for one in again] == ["a"]
        assert left == 0
        (seen,) = again
        space.store.upsert([seen.model_copy(update={"collected_at": NOW})])
        assert due(space, ["bluesky"]) == ([], 0)


def test_the_ranks_of_what_waits(tmp_path: Path) -> None:
    with opened(tmp_path) as space:
        space.store.upsert(
            [
                bluesky("own", 2, owner="levaine", origin="owned"),
                bluesky("rival", 2, owner="mieloup", origin="owned"),
                bluesky("anybody", 2),
            ]
        )
        ranks = {one.id.rpartition("/")[2]: one.rank for one in waiting(space, ["bluesky"])}
    assert ranks == {"own": 0, "rival": 1, "anybody": 2}


KNOWN = {
    "x": "1986000000000000000", "reddit": "t3_1abcde", "youtube": "dQw4w9WgXc0",
    "instagram": "17900000000000701", "threads": "18100000000000801",
    "facebook": "102030405060708_122100000000000901",
    "linkedin": "urn:li:share:7391000000000000000", "pinterest": "813744226420795884",
    "tiktok": "7568000000000000000", "hackernews": "45800000",
}  # fmt: skip
ADDRESSES = {
    "instagram": ("https://www.instagram.com/p/DQabcdefghi/", "3756000000000000000"),
    "threads": ("https://www.threads.com/@ada/post/DQabcdefghi", "3756000000000000000"),
    "facebook": ("https://www.facebook.com/ada/posts/pfbid02abc", "122100000000000901"),
    "linkedin": ("https://www.linkedin.com/feed/update/x", "urn:li:activity:7391000000000000000"),
}


@pytest.mark.parametrize("platform", KNOWN)
def test_a_row_without_an_id_of_the_platform_is_not_asked_for(
    tmp_path: Path, platform: str
) -> None:
    """Its answer would be that there is no such post, which would be taken for a deletion."""
    of_ours = digest(address_key(f"https://{platform}.example/@ada/1"))
    ids = {KNOWN[platform], of_ours, *ADDRESSES.get(platform, ())[1:]}
    at = NOW - 2 * HOUR
    given = {"at": at, "read": at, "owner": "levaine", "origin": "owned", "endpoint": "import"}
    with opened(tmp_path, f"[platforms.{platform}]\n") as space:
        space.store.upsert([post(platform, id, **given) for id in ids])
        again, left = due(space, [platform])
    assert ([one.native_id for one in again], left) == ([KNOWN[platform]], 0)


def spent(calls: int) -> Budget:
    return Budget(id="bluesky@2026-11-23", bucket="bluesky", day="2026-11-23", calls=calls)


def test_a_budget_caps_what_is_read_again_and_keeps_a_part_for_new_posts(tmp_path: Path) -> None:
    """At 8:00 UTC two thirds of the day are left: 16 of 24 runs. Of 96 calls 48 × 2/3 = 32 are kept
    for new posts, 64 are free: 4 a run, of 25 posts each."""
    more = '[schedule]\nrun = "every 1 hour"\n[platforms.bluesky]\ncalls_per_day = 96\n'
    with opened(tmp_path, more) as space:
        space.store.upsert([bluesky(f"p{n}", 2) for n in range(500)])
        space.store.upsert([bluesky("own", 2, owner="levaine", origin="owned")])
        again, left = due(space, ["bluesky"])
        assert (len(again), left) == (100, 401)
        assert again[0].owner == "levaine"
        space.store.upsert([spent(50)])
        assert len(due(space, ["bluesky"])[0]) == 25  # 14 are free: one call at least
        space.store.upsert([spent(64)])
        assert due(space, ["bluesky"]) == ([], 501)  # the rest is for new posts
        assert FOR_NEW == 0.5


def test_without_a_limit_all_is_read_again(tmp_path: Path) -> None:
    with opened(tmp_path) as space:
        space.store.upsert([bluesky(f"p{n}", 2) for n in range(300)])
        again, left = due(space, ["bluesky"])
        assert (len(again), left) == (300, 0)


async def test_runs_hold_the_budget_and_come_round(tmp_path: Path) -> None:
    """Real runs against a server: more posts are due than a run may read; they are all read again
    in the course of some runs, new ones have room, and no day's limit is passed."""
    town = Town(owned=300, tagged=0, entries=0)
    with serving(town):
        more = '[schedule]\nrun = "every 6 hours"\n'
        folder = found(tmp_path / "w", town, feeds=(), mastodon="searches = false", more=more)
        with Workspace.open(folder) as space:
            await Pipeline(space).collect()
            begin = space.clock.now().replace(hour=1) + timedelta(days=5)
        text = (folder / "vigie.toml").read_text("utf-8")
        limited = text.replace("[platforms.mastodon]", "[platforms.mastodon]\ncalls_per_day = 18")
        (folder / "vigie.toml").write_text(limited, encoding="utf-8")
        waited: list[int] = []
        with Workspace.open(folder) as space:
            space.clock = SetClock(begin)
            due_then = {one.id for one in waiting(space, ["mastodon"])}
            assert len(due_then) > 80
            for hours in range(0, 36, 6):
                space.clock = SetClock(begin + hours * HOUR)
                pipeline = Pipeline(space)
                run = await pipeline.collect()
                assert not [one for one in run.sources if (one.reason or "").startswith("budget")]
                waited.append(pipeline.counts["waiting"])
            budgets = {one.day: one.calls for one in space.store.all(Budget)}
            left = [one for one in space.store.get(sorted(due_then), Post) if one]
        assert waited[0] > waited[1] > 0
        assert waited[-1] == 0
        assert max(calls for day, calls in budgets.items() if day >= "2026-11-28") <= 18
        assert all(one.collected_at >= begin for one in left)
