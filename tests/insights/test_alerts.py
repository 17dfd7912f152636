"""Alerts over invented talk: what is told, as what, and what is never told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from vigie.insights.alerts import detect
from vigie.records import Alert, Run, SourceRun
from vigie.watchlist import Brand, Topic

ZONE = "Europe/Paris"
D, H = timedelta(days=1), timedelta(hours=1)
BRANDS = (Brand(id="lune", name="Lune", role="own"), Brand(id="soleil", name="Soleil"))
TOPICS = (Topic(id="cafe", name="Café", query="café"),)
USUAL = 30  # mentions a day of each brand on each network
NETWORKS = ("mastodon", "bluesky")


@pytest.fixture
def town(talk: Any, now: datetime) -> Any:
    """Ten weeks in which two brands are named on two networks as usual."""
    talk.rows = []
    for brand in ("lune", "soleil"):
        for network in NETWORKS:
            talk.spread(
                70 * USUAL, now - 70 * D, now, brand, platform=network, brands=[brand],
                author_id=lambda n, who=f"{network}:{brand}": f"{who}{n}", sentiment="neutral",
            )  # fmt: skip
    return talk


def told(talk: Any, now: datetime, sources: Sequence[Run] = (), **given: Any) -> list[Alert]:
    given = {"brands": BRANDS, "topics": TOPICS, "run_id": "r1"} | given
    return detect(talk.frame(), now=now, timezone=ZONE, sources=sources, **given)


def answering(now: datetime, down: Sequence[str] = (), since: timedelta = D) -> list[Run]:
    """A run a day up to now, in which networks that are down have failed since."""
    return [
        Run(
            id=f"run{n}", kind="collect", started_at=at, ended_at=at,
            sources=tuple(
                SourceRun(
                    key=f"{network}/search/lune", platform=network, started_at=at, ended_at=at,
                    state="broken" if network in down and at > now - since else "ok",
                    reason="time-out" if network in down and at > now - since else None,
                )
                for network in NETWORKS
            ),
        )
        for n in range(70, -1, -1)
        for at in (now - n * D,)
    ]  # fmt: skip


def gone(talk: Any, since: datetime, **where: str) -> None:
    """What was published since then with these fields was never published."""
    talk.rows = [
        row for row in talk.rows
        if row["published_at"] < since or any(row[k] != v for k, v in where.items())
    ]  # fmt: skip


def crisis(talk: Any, now: datetime) -> None:
    talk.say(now - 3 * D, "lune moisissure photo", id="net:first", brands=["lune"],
             sentiment="negative", author_id="mastodon:zoe", engagement=400)  # fmt: skip
    for network in NETWORKS:
        talk.spread(
            250, now - 2 * D, now - 4 * H, "lune moisissure", platform=network, brands=["lune"],
            topics=["cafe"], author_id=lambda n, who=network: f"{who}:angry{n}",
            sentiment="negative",
        )  # fmt: skip


def test_the_usual_is_nothing(town: Any, now: datetime) -> None:
    assert told(town, now, answering(now)) == []


def test_a_crisis_with_its_first_post_and_words(town: Any, now: datetime) -> None:
    crisis(town, now)
    (alert,) = told(town, now, answering(now))
    assert (alert.kind, alert.subject, alert.platform) == ("crisis", "brand:lune", None)
    assert alert.level == "crisis"
    assert alert.severity >= 7
    assert alert.negative_share is not None
    assert alert.negative_share > 0.5
    assert alert.observed > 3 * alert.expected
    assert any("moisissure" in term for term in alert.terms)
    assert abs(alert.started_at - (now - 2 * D)) < 12 * H


def test_a_topic_that_rises_with_a_brand_s_affair_is_not_told_again(
    town: Any, now: datetime
) -> None:
    town.spread(70 * 10, now - 70 * D, now, "café", topics=["cafe"],
                author_id=lambda n: f"m:t{n}")  # fmt: skip
    crisis(town, now)
    assert [alert.subject for alert in told(town, now, answering(now))] == ["brand:lune"]


def test_praise_is_a_peak_and_no_crisis(town: Any, now: datetime) -> None:
    town.spread(
        300, now - 30 * H, now - 4 * H, "lune festival", brands=["lune"], sentiment="positive",
        author_id=lambda n: f"mastodon:fan{n}",
    )  # fmt: skip
    kinds = {(alert.kind, alert.subject) for alert in told(town, now, answering(now))}
    assert kinds == {("spike", "brand:lune")}


def test_a_few_accounts_make_no_peak(town: Any, now: datetime) -> None:
    town.spread(
        400,
        now - D,
        now,
        "lune promo",
        brands=["lune"],
        author_id=lambda n: f"mastodon:spam{n % 4}",
    )
    assert told(town, now, answering(now)) == []


def test_a_story_s_copies_count_once(town: Any, now: datetime) -> None:
    town.spread(
        300, now - D, now, "lune dépêche", brands=["lune"], story_id="story:one",
        author_id=lambda n: f"feeds:outlet{n}",
    )  # fmt: skip
    assert told(town, now, answering(now)) == []


def test_nobody_speaks_of_a_brand(town: Any, now: datetime) -> None:
    town.rows = [
        row for row in town.rows
        if row["brands"] != ["lune"] or row["published_at"] < now - 2 * D
    ]  # fmt: skip
    (alert,) = told(town, now, answering(now))
    assert (alert.kind, alert.subject, alert.observed) == ("silence", "brand:lune", 0)
    assert alert.expected == pytest.approx(2 * USUAL, rel=0.2)


@pytest.mark.parametrize("down", [["mastodon"], ["mastodon", "bluesky"]])
def test_a_broken_source_is_never_a_silence(town: Any, now: datetime, down: list[str]) -> None:
    for network in down:
        gone(town, now - 3 * D, platform=network)
    found = told(town, now, answering(now, down, 3 * D))
    assert {alert.kind for alert in found} == {"outage"}
    assert {alert.platform for alert in found} == set(down)
    assert all(alert.note == "broken:time-out" for alert in found)


def test_an_outage_that_is_over_is_no_fall(town: Any, now: datetime) -> None:
    since, until = now - 9 * D, now - 6 * D
    town.rows = [row for row in town.rows if not since <= row["published_at"] < until]
    runs = [
        run.model_copy(
            update={
                "sources": tuple(
                    one.model_copy(update={"state": "broken", "reason": "time-out"})
                    if since <= run.started_at < until
                    else one
                    for one in run.sources
                )
            }
        )
        for run in answering(now)
    ]
    assert {alert.kind for alert in told(town, now, runs)} == {"outage"}


def test_a_run_that_is_due_is_no_silence(town: Any, now: datetime) -> None:
    gone(town, now - 2 * D)
    runs = [run for run in answering(now) if run.started_at <= now - 2 * D]
    assert told(town, now, runs) == []


def test_an_import_that_is_due_is_no_silence(town: Any, now: datetime) -> None:
    gone(town, now - 4 * D)
    assert told(town, now) == []


def test_a_network_that_dips_is_not_its_brands(town: Any, now: datetime) -> None:
    day = datetime(2026, 11, 18, tzinfo=now.tzinfo) - H  # a whole day in Paris
    town.rows = [
        row for n, row in enumerate(town.rows)
        if row["platform"] != "bluesky" or not day <= row["published_at"] < day + D or n % 3 == 0
    ]  # fmt: skip
    (alert,) = told(town, now, answering(now))
    assert (alert.kind, alert.platform, alert.note) == ("platform_dip", "bluesky", "all_brands")
    assert alert.started_at == day


def test_order_of_rows_and_the_future_change_nothing(town: Any, now: datetime) -> None:
    crisis(town, now)
    frame = town.frame()
    later = frame.head(300).with_columns(
        pl.col("published_at") + timedelta(days=100), id=pl.col("id") + ":later"
    )
    mixed = pl.concat([frame, later]).sample(fraction=1.0, shuffle=True, seed=5)
    given: dict[str, Any] = {
        "now": now, "timezone": ZONE, "brands": BRANDS, "topics": TOPICS,
        "sources": answering(now), "run_id": "r1",
    }  # fmt: skip
    assert detect(mixed, **given) == detect(frame, **given)


def test_runs_follow_one_alert_and_keep_what_a_person_said(town: Any, now: datetime) -> None:
    crisis(town, now)
    (first,) = told(town, now, answering(now))
    seen = first.model_copy(update={"status": "confirmed"})
    (second,) = told(town, now + 6 * H, answering(now), previous=[seen], run_id="r2")
    assert second.id == first.id
    assert second.status == "confirmed"
    assert second.run_id == "r2"
