"""Answers whose shape changes: told by field, since when, and as an alert only when it begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vigie.insights import alerts, drift
from vigie.insights.frames import POSTS, empty
from vigie.records import Alert, Run, SourceRun

START = datetime(2026, 11, 20, 8, tzinfo=UTC)


def run(hour: int, *sources: SourceRun) -> Run:
    at = START + timedelta(hours=hour)
    moved = tuple(one.model_copy(update={"started_at": at, "ended_at": at}) for one in sources)
    return Run(id=f"r{hour}", kind="collect", started_at=at, ended_at=at, sources=moved)


def source(key: str = "a", items: int = 10, **fields: dict[str, int]) -> SourceRun:
    return SourceRun(
        key=f"mastodon/tag/{key}", platform="mastodon", state="ok" if items else "empty",
        started_at=START, ended_at=START, items=items, **fields,
    )  # fmt: skip


NEW = {"unknown_fields": {"tag.status.mood": 9}, "seen_objects": {"tag.status": 10}}
GONE = {"missing_fields": {"tag.status.uri": 10}, "seen_objects": {"tag.status": 10}}
OTHER = {"retyped_fields": {"tag.status.id=number": 1}, "seen_objects": {"tag.status": 40}}
NOW = START + timedelta(days=1)


def told(*runs: Run) -> list[Alert]:
    return alerts.detect(
        empty(POSTS), now=NOW, timezone="Europe/Paris", brands=(), topics=(), sources=runs,
        run_id="x",
    )  # fmt: skip


def test_a_change_is_told_with_since_when_and_in_how_many() -> None:
    (one,) = drift.find([run(0, source()), run(1, source(**NEW)), run(2, source(**NEW))], NOW)
    assert (one.platform, one.endpoint, one.field) == ("mastodon", "tag", "status.mood")
    assert (one.kind, one.share, one.until) == ("new", 0.9, None)
    assert one.since == START + timedelta(hours=1)


def test_an_alert_when_it_begins_and_it_closes_when_it_is_over() -> None:
    runs = [run(0, source()), run(1, source(**GONE, unknown_fields={"tag.status.mood": 9}))]
    (alert,) = told(*runs)
    assert (alert.kind, alert.subject, alert.status) == ("drift", "source:mastodon", "open")
    assert alert.started_at == START + timedelta(hours=1)
    assert alert.terms == ("tag.status.uri", "tag.status.mood")
    assert alert.note == "shape:missing=1,new=1"
    (closed,) = told(*runs, run(2, source()))
    assert (closed.status, closed.ended_at) == ("closed", START + timedelta(hours=2))
    assert closed.id == alert.id


def test_what_was_so_from_the_beginning_is_shown_without_an_alert() -> None:
    runs = [run(0, source(**NEW)), run(1, source(**NEW))]
    assert [one.began for one in drift.find(runs, NOW)] == [False]
    assert told(*runs) == []


def test_one_odd_post_is_no_alert_and_a_reading_without_items_tells_nothing() -> None:
    assert told(run(0, source()), run(1, source(**OTHER))) == []
    runs = [run(0, source()), run(1, source(**NEW)), run(2, source(items=0))]
    (one,) = drift.find(runs, NOW)
    assert one.until is None


def test_it_is_over_only_when_all_that_showed_it_were_read_without() -> None:
    both = [run(0, source("a"), source("b")), run(1, source("a", **NEW), source("b", **NEW))]
    (one,) = drift.find([*both, run(2, source("a"))], NOW)
    assert one.until is None
    (one,) = drift.find([*both, run(2, source("a")), run(3, source("b"))], NOW)
    assert one.until == START + timedelta(hours=3)
    (one,) = drift.find(both, NOW)
    assert one.share == 0.9
