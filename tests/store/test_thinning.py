"""Counters of too long ago, and records by their ids, are taken out on every engine."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

from vigie.records import Account, Counts, MetricSample, Post, Source, sample_id
from vigie.store import Store
from vigie.store.embedded import EmbeddedStore
from vigie.store.moving import move

from .conftest import T0, MakePost


def sample(platform: str, days: int) -> MetricSample:
    entity, at = f"{platform}:account", T0 - timedelta(days=days)
    return MetricSample(
        id=sample_id(entity, "followers", at), entity=entity, entity_kind="account",
        platform=platform, metric="followers", value=days, captured_at=at,
    )  # fmt: skip


def account(native: str) -> Account:
    source = Source(collector="c", endpoint="e", run_id="r", mapper_version="1")
    return Account(
        id=f"youtube:{native}", platform="youtube", native_id=native, first_seen_at=T0,
        collected_at=T0, source=source,
    )  # fmt: skip


def test_a_platforms_counters_of_too_long_ago_go(store: Store) -> None:
    told = [sample(name, days) for name in ("youtube", "mastodon") for days in (1, 30, 31, 60)]
    store.upsert(told)
    assert store.thin("youtube", T0 - timedelta(days=30)) == 2
    left = {one.id for one in store.all(MetricSample)}
    assert left == {one.id for one in told if one.platform == "mastodon" or one.value <= 30}
    assert store.thin("youtube", T0 - timedelta(days=30)) == 0


def test_a_counter_that_a_post_still_shows_stays_on_every_engine(
    store: Store, make_post: MakePost, tmp_path: Path
) -> None:
    def seen(days: int, **counts: int) -> Post:
        at = T0 - timedelta(days=days)
        return make_post(1, platform="youtube", collected_at=at, metrics=Counts(**counts))

    store.upsert([seen(40, likes=1, replies=7), seen(39, likes=2), seen(0, likes=3)])
    assert store.thin("youtube", T0 - timedelta(days=30)) == 2
    left = {(one.metric, one.value) for one in store.all(MetricSample)}
    assert left == {("likes", 3), ("replies", 7)}
    assert store.thin("youtube", T0 - timedelta(days=30)) == 0
    with closing(EmbeddedStore(tmp_path / "other", timezone="Europe/Paris")) as other:
        assert move(store, other, lambda kind, number: None).counts["metric_sample"] == 2
        assert move(other, store, lambda kind, number: None).counts["metric_sample"] == 2


def test_records_go_by_their_ids_and_come_back_when_they_are_read_again(
    store: Store, make_post: MakePost
) -> None:
    store.upsert([account("a"), account("b"), make_post(1)])
    assert store.drop(Account, ["youtube:a", "youtube:unknown"]) == 1
    assert [one.native_id for one in store.all(Account)] == ["b"]
    assert store.search("*").total == 1
    assert store.verify() == []
    store.upsert([account("a")])
    assert [one.native_id for one in store.all(Account)] == ["a", "b"]
