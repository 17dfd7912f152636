"""What may not be kept leaves store, landing and quarantine, and no replay brings it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from shelf import NOW, ids, opened, post
from town import Town, found, serving

from vigie.backfills import replay
from vigie.clock import SetClock
from vigie.landing import Landing
from vigie.pipeline import Pipeline
from vigie.policies import OPEN, POLICIES
from vigie.records import Account, MetricSample, Source, sample_id
from vigie.retention import Keeping, obey, prune
from vigie.sources import Answer
from vigie.verifying import verify
from vigie.workspace import Workspace

DAY = timedelta(days=1)


def sample(platform: str, age: timedelta) -> MetricSample:
    entity, at = f"{platform}:a", NOW - age
    return MetricSample(
        id=sample_id(entity, "likes", at), entity=entity, entity_kind="post", platform=platform,
        metric="likes", value=3, captured_at=at,
    )  # fmt: skip


def answer(platform: str, age: timedelta, endpoint: str = "videos") -> Answer:
    return Answer(
        platform=platform, endpoint=endpoint, target=f"{platform}/account/a", url="http://x/",
        request_url="http://x/", method="GET", status=200, headers={}, body=b"{}",
        collected_at=NOW - age, run_id="r",
    )  # fmt: skip


def test_what_was_not_read_again_in_time_is_deleted(tmp_path: Path) -> None:
    with opened(tmp_path) as space:
        space.store.upsert(
            [
                post("youtube", "stale", read=NOW - 31 * DAY),
                post("youtube", "old-but-read", at=NOW - 300 * DAY, read=NOW - 29 * DAY),
                post("youtube", "file", read=NOW - 31 * DAY, endpoint="import"),
                post("mastodon", "old", read=NOW - 400 * DAY),
            ]
        )
        assert obey(space)["posts"] == 1
        left = {"youtube:old-but-read", "youtube:file", "mastodon:old"}
        assert ids(space) == left
        assert space.store.verify() == []
        assert obey(space) == {}
        assert {hit.post.id for hit in space.store.search("pain").hits} == left


def test_what_is_too_old_is_not_mapped_into_the_store_again(tmp_path: Path) -> None:
    with opened(tmp_path) as space:
        keeping = Keeping.of(space)
        fresh, stale = post("youtube", "a"), post("youtube", "b", read=NOW - 31 * DAY)
        samples = [sample("youtube", age) for age in (29 * DAY, 31 * DAY)]
        assert keeping.kept([fresh, stale, *samples]) == [fresh, samples[0]]
        other = post("mastodon", "c", read=NOW - 31 * DAY)
        assert keeping.kept([other, sample("mastodon", 31 * DAY)])[0] == other


def test_members_activity_is_kept_two_days_and_own_posts_for_ever(tmp_path: Path) -> None:
    with opened(tmp_path) as space:
        own = post("linkedin", "own", read=NOW - 90 * DAY, origin="owned", owner="levaine")
        comment = post("linkedin", "comment", read=NOW - 3 * DAY)
        assert Keeping.of(space).kept([own, comment]) == [own]
        space.store.upsert([own, comment])
        obey(space)
        assert ids(space) == {"linkedin:own"}


@pytest.mark.parametrize("amended", [False, True])
def test_statistics_are_kept_thirty_days_but_for_an_amendment(tmp_path: Path, amended) -> None:
    more = "[platforms.youtube]\namendment = true\n" if amended else ""
    with opened(tmp_path, more) as space:
        told = [sample(name, age) for name in ("youtube", "x") for age in (DAY, 31 * DAY)]
        space.store.upsert(told)
        obey(space)
        held = set(space.store.all(MetricSample))
        gone = set() if amended else {told[1].id}
        assert {one.id for one in held} == {one.id for one in told} - gone


def test_accounts_go_with_their_figures(tmp_path: Path) -> None:
    def account(native: str, age: timedelta, endpoint: str = "channels") -> Account:
        at = NOW - age
        source = Source(collector="youtube", endpoint=endpoint, run_id="r", mapper_version="1")
        return Account(
            id=f"youtube:{native}", platform="youtube", native_id=native, handle=native,
            followers=7, first_seen_at=at, collected_at=at, source=source,
        )  # fmt: skip

    with opened(tmp_path) as space:
        space.store.upsert(
            [account("fresh", DAY), account("stale", 31 * DAY), account("f", 31 * DAY, "import")]
        )
        assert obey(space) == {"accounts": 1}
        left = {one.handle for one in space.store.all(Account)}
        assert left == {"fresh", "f"}


def test_raw_answers_are_kept_so_long_whole_segments_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path) as space:
        ages = (DAY, 29 * DAY, 31 * DAY, 60 * DAY)
        space.landing.append([answer(name, age) for name in ("youtube", "x") for age in ages])
        stale = replace(answer("youtube", 40 * DAY), body=b"[1]")
        space.landing.quarantine(stale, "no shape")
        space.landing.quarantine(answer("youtube", DAY), "no shape")
        assert obey(space) == {"segments": 2, "quarantined": 1}
        kept = {(one.platform, NOW - one.collected_at) for one in space.landing.read()}
        assert kept == {("youtube", age) for age in ages[:2]} | {("x", age) for age in ages}
        assert space.landing.verify() == []
        assert len(list(space.landing.quarantine_reasons())) == 1


def test_prune_does_both(tmp_path: Path) -> None:
    with opened(tmp_path, "[store]\nkeep_days = 100\n") as space:
        space.store.upsert(
            [
                post("mastodon", "old", at=NOW - 101 * DAY),
                post("youtube", "stale", read=NOW - 31 * DAY),
                post("mastodon", "young"),
            ]
        )
        assert prune(space)["posts"] == 2
        assert ids(space) == {"mastodon:young"}


async def test_a_run_takes_out_what_was_not_read_again(tmp_path: Path) -> None:
    """The whole way, on a platform that the watchlist keeps five days: crawl, time, run, replay."""
    with serving(Town(owned=6, tagged=0, entries=2)) as town:
        folder = found(tmp_path / "w", town, mastodon="keep_days = 5\nsearches = false")
        with Workspace.open(folder) as space:
            await Pipeline(space).collect()
            assert len(ids(space)) == 6 + 4
            space.clock = SetClock(space.clock.now() + 6 * DAY)
            pipeline = Pipeline(space)
            await pipeline.analyse()
            assert pipeline.counts["gone_posts"] == 6
            left = ids(space)
            assert {id.partition(":")[0] for id in left} == {"feeds"}
            assert verify(space) == []
            replay(space)
            assert ids(space) == left
            assert verify(space) == []


async def test_raw_answers_that_may_not_be_kept_never_lie_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POLICIES, "mastodon", OPEN.model_copy(update={"raw": False}))
    town = Town(owned=6, tagged=0, entries=2)
    with serving(town):
        folder = found(tmp_path / "w", town, mastodon="searches = false")
        with Workspace.open(folder) as space:
            await Pipeline(space).collect()
            assert len(ids(space)) == 6 + 4
            assert {one.platform for one in space.landing.read()} == {"feeds"}
            assert verify(space) == []
            again = await Pipeline(space).collect()  # the cursor has moved all the same
            assert again.counts.get("new_post", 0) == 0
    assert not list((folder / ".vigie" / "landing").rglob("mastodon"))


def test_what_was_landed_before_the_terms_changed_goes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POLICIES, "x", OPEN.model_copy(update={"raw": False}))
    with opened(tmp_path) as space:
        space.landing.append([answer("x", 2 * DAY)])
        assert obey(space) == {"segments": 1}
        assert isinstance(space.landing, Landing)
        assert space.landing.count() == 0
