"""A small workspace with ten weeks of two invented brands, in a real store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from vigie.clock import SetClock
from vigie.records import (
    Account,
    Alert,
    Author,
    Counts,
    Enrichment,
    Influencer,
    Interval,
    Post,
    Record,
    Run,
    Sentiment,
    Source,
    SourceRun,
    Trend,
    samples_of,
)
from vigie.watchlist import Watchlist
from vigie.workspace import Workspace

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)  # Monday, 9:00 in Paris
MONDAY = datetime(2026, 11, 15, 23, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> [lien](javascript:x) | **gras**"
TOML = """
[workspace]
name = "Essai & Cie"
contact = "veille@nacelle.example"

[[brands]]
id = "nacelle"
name = "Nacelle"
role = "own"
accounts = { mastodon = ["@nacelle@velo.example"] }

[[brands]]
id = "tandemia"
name = "Tandemia"
accounts = { mastodon = ["@tandemia@velo.example"] }
"""
SOURCE = Source(collector="mastodon", endpoint="statuses", run_id="r0", mapper_version="1")


def post(number: int, at: datetime, **fields: Any) -> Post:
    told: dict[str, Any] = {
        "id": f"mastodon:{number}",
        "platform": "mastodon",
        "native_id": str(number),
        "url": f"https://velo.example/p/{number}",
        "author": Author(id=f"mastodon:a{number % 40}", handle=f"a{number % 40}", followers=200),
        "text": "Une sortie en Nacelle sous la pluie",
        "lang": "fr",
        "published_at": at,
        "first_seen_at": at + timedelta(hours=72),
        "collected_at": at + timedelta(hours=72),
        "metrics": Counts(likes=number % 50, shares=1, replies=0),
        "origin": "earned",
        "source": SOURCE,
    }
    return Post(**(told | fields))


def read(post: Post, label: str) -> Enrichment:
    scores = {"positive": 0.8, "negative": -0.8}
    return Enrichment(
        id=post.id,
        text_hash="h",
        language="fr",
        sentiment=Sentiment(label=label, score=scores.get(label, 0.0), confidence=0.9),
        story_id=post.id,
        enriched_at=NOW,
    )


def world() -> list[Record]:
    """Ten weeks; the last is louder, holds a trend, a question, a crisis and hostile words."""
    posts: list[Post] = []
    labels: list[str] = []

    def add(at: datetime, label: str = "neutral", **fields: Any) -> Post:
        told = post(len(posts), at, **fields)
        posts.append(told)
        labels.append(label)
        return told

    for week in range(10):
        start = MONDAY - timedelta(weeks=week)
        for number in range(12 if week else 20):
            at = start + timedelta(hours=5 + 8 * number)
            label = ("positive", "neutral", "negative")[number % 3]
            add(at, label, matched=("brand:nacelle",))
        for number in range(24):
            at = start + timedelta(hours=3 + 6 * number)
            add(at, matched=("brand:tandemia",), text="Mon Tandemia grince")
        for brand, times in (("nacelle", 2), ("tandemia", 4)):
            for number in range(times):
                add(
                    start + timedelta(days=number, hours=10),
                    author=Author(id=f"mastodon:{brand}", handle=brand, followers=5000),
                    origin="owned",
                    owner=brand,
                    matched=(f"brand:{brand}",),
                    text="Nouvelle photo",
                    metrics=Counts(likes=100 + 10 * number, shares=4, replies=2),
                )
    rising = [
        add(
            MONDAY + timedelta(days=4, hours=number),
            text=HOSTILE if number == 0 else "Un toit de pluie à coudre",
            hashtags=("ToitDePluie",),
        )
        for number in range(30)
    ]
    add(
        NOW - timedelta(hours=31),
        text="@nacelle votre cadre vient du même fournisseur ?",
        matched=("brand:nacelle",),
        collected_at=NOW,
    )
    trend = Trend(
        id="trend-1",
        name="toit de pluie",
        terms=("toit", "pluie"),
        hashtags=("ToitDePluie",),
        stage="new",
        score=8.0,
        detected_at=NOW,
        first_seen_at=rising[0].published_at,
        window_start=NOW - timedelta(days=7),
        window_end=NOW,
        posts=len(rising),
        authors=len({one.author.id for one in rising}),
        posts_before=0,
        growth=None,
        growth_interval=Interval(low=8, high=900),
        share=0.3,
        platforms={"mastodon": len(rising)},
        languages={"fr": len(rising)},
        representative=tuple(one.id for one in rising[:3]),
        post_ids=tuple(one.id for one in rising),
        run_id="analyse-1",
    )
    alert = Alert(
        id="alert-1",
        kind="crisis",
        subject="brand:tandemia",
        severity=7,
        started_at=MONDAY + timedelta(days=1),
        detected_at=NOW,
        observed=24,
        expected=6,
        sigmas=7,
        negative_share=0.5,
        first_post=posts[20].id,
        post_ids=tuple(one.id for one in posts[20:44]),
        run_id="analyse-1",
    )
    person = Influencer(
        id="mastodon:a1",
        account_id="mastodon:a1",
        platform="mastodon",
        handle="a1",
        name=None,
        kind="expert",
        tier="nano",
        followers=4200,
        score=75.0,
        components={"relevance": 0.75, "engagement": 0.75},
        posts=12,
        engagement_median=20,
        sponsored_share=0.0,
        evidence=(posts[1].id,),
        reasons=("on_subject",),
        first_seen_at=NOW - timedelta(days=60),
        as_of=NOW,
        run_id="analyse-1",
    )
    down = SourceRun(
        key="mastodon/tag/velo",
        platform="mastodon",
        state="broken",
        started_at=NOW,
        ended_at=NOW,
        last_success_at=NOW - timedelta(days=4),
    )
    runs = [
        Run(id="collect-1", kind="collect", started_at=NOW, ended_at=NOW, sources=(down,)),
        Run(id="analyse-1", kind="analyse", started_at=NOW, ended_at=NOW),
    ]
    accounts = [
        Account(
            id=f"mastodon:{brand}",
            platform="mastodon",
            native_id=brand,
            handle=brand,
            followers=5000,
            owner=brand,
            first_seen_at=NOW,
            collected_at=NOW,
            source=SOURCE,
        )
        for brand in ("nacelle", "tandemia")
    ]
    read_posts = [read(one, label) for one, label in zip(posts, labels, strict=True)]
    samples = [sample for one in posts for sample in samples_of(one)]
    return [*posts, *read_posts, *samples, *accounts, *runs, trend, alert, person]


@pytest.fixture(scope="session")
def records() -> list[Record]:
    return world()


@pytest.fixture
def space(tmp_path: Path, records: list[Record]) -> Iterator[Workspace]:
    (tmp_path / "vigie.toml").write_text(TOML, encoding="utf-8")
    with Workspace(tmp_path, clock=SetClock(NOW)) as workspace:
        workspace.store.upsert(records)
        yield workspace


@pytest.fixture
def watchlist(space: Workspace) -> Watchlist:
    return space.watchlist
