"""The truth file agrees with the world, and the judge judges."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from vigie.demo.script import STOPS, stops
from vigie.demo.truth import Witness, judge, store_id, tell
from vigie.demo.verdicts import VERDICTS
from vigie.demo.world import World
from vigie.records import Alert, Trend


@pytest.fixture(scope="module")
def truth(world: World) -> dict[str, Any]:
    return json.loads(json.dumps(tell(world)))


def _item(truth: dict[str, Any], id: str) -> dict[str, Any]:
    return next(item for item in truth["items"] if item["id"] == id)


def test_every_item_has_its_verdict_and_its_posts(truth: dict[str, Any], world: World) -> None:
    ids = [item["id"] for item in truth["items"]]
    assert sorted(ids) == sorted(VERDICTS)
    served = {store_id(post) for post in world.posts}
    for item in truth["items"]:
        assert set(item["posts"]) <= served
        assert item["posts"] or item["id"] == "mastodon-outage"


def test_sizes_are_those_of_the_story(truth: dict[str, Any], world: World) -> None:
    bus = _item(truth, "trend-bike-bus")["expects"]
    assert bus["growth"] == pytest.approx(3.4, abs=0.3)
    assert bus["authors"] == pytest.approx(190, abs=15)
    roof = _item(truth, "trend-rain-roof")
    assert 36 <= len(roof["posts"]) <= 44
    assert roof["expects"]["authors"] == pytest.approx(35, abs=4)
    assert len(_item(truth, "crisis-story")["posts"]) == 12
    assert len(_item(truth, "format-morning-run")["posts"]) == 9
    assert len(_item(truth, "influencer-ambassador")["posts"]) == 14
    assert len(_item(truth, "spam-burst")["authors"]) == 4
    oldest = min(post.at for post in world.named["questions"])
    assert world.almanac.now.timestamp() - oldest / 1000 == 31 * 3600


def test_what_is_deleted_was_seen_before_and_is_missed_after(world: World) -> None:
    witness = Witness(world)
    assert sum(map(witness.missed, world.named["deleted"])) >= 16
    assert sum(map(witness.missed, world.named["regrets"])) >= 40
    first, last = stops(world.almanac)[0].at, stops(world.almanac)[-1].at
    assert first < last == world.almanac.now
    assert len(STOPS) <= 13


class _Held:
    """A store that holds all planted posts, as documents without readings."""

    def __init__(self, documents: dict[str, dict[str, Any]]) -> None:
        self._documents = documents

    def scan(self, filters: Any, columns: Any) -> Any:
        yield pl.DataFrame(schema={"id": pl.String, "url": pl.String})

    def documents(self, ids: Any) -> list[dict[str, Any] | None]:
        return [self._documents.get(id) for id in ids]


def _judged(truth: dict[str, Any], **found: Any) -> dict[str, dict[str, Any]]:
    held = _Held({id: {"state": "live"} for item in truth["items"] for id in item["posts"]})
    nothing: dict[str, Any] = dict.fromkeys(
        ("trends", "alerts", "influencers", "benchmarks", "questions", "sources"), ()
    )
    return judge(truth, store=held, **{**nothing, **found})


def _trend(item: dict[str, Any], **change: Any) -> Trend:
    at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    posts = tuple(item["posts"])
    told: dict[str, Any] = {
        "id": "trend:1", "name": "x", "terms": ("x",), "stage": "new", "score": 9.0,
        "detected_at": at, "first_seen_at": at - timedelta(days=4), "run_id": "r",
        "window_start": at - timedelta(days=7), "window_end": at, "posts": len(posts),
        "authors": item["expects"].get("authors", 4), "posts_before": 0, "growth": None,
        "post_ids": posts,
        "spread": ({"platform": "hackernews", "language": "en"},),
    }  # fmt: skip
    return Trend(**{**told, **change})


def test_nothing_found_is_no_planted_item_found(truth: dict[str, Any]) -> None:
    verdicts = _judged(truth)
    for item in truth["items"]:
        if item["kind"] == "planted" and item["id"] != "crisis-recall":
            assert not verdicts[item["id"]]["found"], item["id"]


def test_a_trend_is_found_by_its_posts_stage_size_and_beginning(truth: dict[str, Any]) -> None:
    item = _item(truth, "trend-rain-roof")
    assert _judged(truth, trends=[_trend(item)])["trend-rain-roof"]["found"]
    for change in (
        {"stage": "declining"},
        {"authors": 9},
        {"post_ids": tuple(item["posts"][:5])},
        {"spread": ({"platform": "bluesky", "language": "en"},)},
    ):
        assert not _judged(truth, trends=[_trend(item, **change)])["trend-rain-roof"]["found"]


def test_a_decoy_that_was_told_as_a_trend_is_fallen_for(truth: dict[str, Any]) -> None:
    spam = _item(truth, "spam-burst")
    assert _judged(truth)["spam-burst"]["found"]
    assert not _judged(truth, trends=[_trend(spam)])["spam-burst"]["found"]
    friday = _item(truth, "recurring-black-friday")
    told = _judged(truth, trends=[_trend(friday, recurring="black-friday")])
    assert told["recurring-black-friday"]["found"]
    assert not _judged(truth, trends=[_trend(friday)])["recurring-black-friday"]["found"]


def test_a_fall_during_the_outage_or_the_dip_is_fallen_for(
    truth: dict[str, Any], world: World
) -> None:
    def fall(day: int) -> Alert:
        at = world.almanac.instant(day, 0)
        return Alert(
            id="alert:1", kind="drop", subject="brand:quincabelle", severity=5, started_at=at,
            detected_at=at, observed=1, expected=20, sigmas=-5, run_id="r",
        )  # fmt: skip

    assert _judged(truth)["platform-dip"]["found"]
    assert not _judged(truth, alerts=[fall(22)])["platform-dip"]["found"]
    assert not _judged(truth, alerts=[fall(60)])["mastodon-outage"]["found"]


def test_what_was_not_collected_is_not_judged_as_found(truth: dict[str, Any]) -> None:
    empty = _Held({})
    nothing: dict[str, Any] = dict.fromkeys(
        ("trends", "alerts", "influencers", "benchmarks", "questions", "sources"), ()
    )
    verdicts = judge(truth, store=empty, **nothing)
    assert not any(verdict["found"] for verdict in verdicts.values())
