"""An invented workspace: three bakery brands, a few hundred posts, and findings of one run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vigie.clock import SetClock
from vigie.metrics import figure
from vigie.records import (
    Account,
    Alert,
    Author,
    Benchmark,
    Counts,
    Enrichment,
    Influencer,
    Interval,
    MetricSample,
    Post,
    Record,
    Run,
    Sentiment,
    Source,
    SourceRun,
    Trend,
    sample_id,
)
from vigie.workspace import Workspace

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)  # a Monday, 9:00 in Paris
HOSTILE = (
    '<script>alert("x")</script> <img src=x onerror=alert(1)> "\' onmouseover="alert(2)'
    " brioche </textarea><svg/onload=alert(3)>"
)
RUN = "r1"
BEST = "mastodon:at://post/0"
WATCHLIST = """
[workspace]
name = "Boulangeries"
timezone = "Europe/Paris"
languages = ["fr", "en"]

[[brands]]
id = "levaine"
name = "Levaine"
role = "own"
[brands.accounts]
bluesky = ["levaine.example"]

[[brands]]
id = "mieloup"
name = "Mieloup"
exclude = ["ruche"]

[[brands]]
id = "crustelle"
name = "Crustelle & Fils"

[[topics]]
id = "levain"
name = "Levain"
query = "levain OR sourdough"
"""
TEXTS = {
    "fr": (
        "Le pain de {brand} était encore chaud ce matin, quel bonheur",
        "Déçue par {brand} : la brioche était sèche et la queue interminable",
        "Quelqu'un a goûté le nouveau levain de {brand} ? #VendrediBrioche",
        "{brand} ouvre une boutique près de la gare, on verra bien",
        "Trois croissants chez {brand}, zéro regret #boulangerie",
    ),
    "en": (
        "{brand} sourdough is the best thing about Mondays",
        "Waited forty minutes at {brand} for a stale bun, never again",
        "Has anybody tried the rye loaf at {brand}? #VendrediBrioche",
        "{brand} opens near the station, we shall see",
    ),
}
TONES = ("positive", "neutral", "negative", "unsure")
PEOPLE = 40


def open_workspace(folder: Path, *, posts: int = 420, findings: bool = True) -> Workspace:
    """A workspace with posts and findings on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vigie.toml").write_text(WATCHLIST, encoding="utf-8")
    workspace = Workspace(folder, clock=SetClock(NOW))
    workspace.store.upsert(list(world(posts, findings=findings)))
    return workspace


def source(platform: str) -> Source:
    return Source(collector=platform, endpoint="search", run_id=RUN, mapper_version="1")


def author(number: int, platform: str) -> Author:
    return Author(
        id=f"{platform}:did:person{number}",
        handle=f"person{number}.example",
        name=f"Person {number}",
        followers=50 * (number + 1) ** 2,
    )


def post(id: str, platform: str, at: datetime, text: str, **more: object) -> Post:
    values: dict[str, object] = {
        "id": f"{platform}:{id}",
        "platform": platform,
        "native_id": id,
        "text": text,
        "published_at": at,
        "first_seen_at": at + timedelta(minutes=5),
        "collected_at": at + timedelta(minutes=5),
        "url": f"https://{platform}.example/{id}",
        "source": source(platform),
    }
    return Post.model_validate(values | more)


def world(number: int, *, findings: bool = True) -> Iterator[Record]:
    posts = list(_posts(number))
    yield from posts
    yield from _hostile()
    yield post("hive", "bluesky", NOW - timedelta(days=3), "Une ruche de mieloup au village")
    if findings:
        yield from _findings([record for record in posts if isinstance(record, Post)])


def _posts(number: int) -> Iterator[Record]:
    chance = random.Random(7)
    brands = (("levaine", "Levaine"), ("mieloup", "Mieloup"), ("crustelle", "Crustelle & Fils"))
    for n in range(number):
        platform = chance.choice(("bluesky", "mastodon", "hackernews"))
        lang = chance.choice(("fr", "fr", "en"))
        brand, name = chance.choice(brands)
        owned = n % 9 == 0
        at = NOW - timedelta(minutes=chance.randrange(30, 60 * 24 * 28))
        copy = n % 40 in (1, 2, 3) and not owned
        text = chance.choice(TEXTS[lang]).format(brand=name)
        if copy:
            text = f"{name} rappelle un lot de farine"
        id = f"at://post/{n}"
        who = (
            Author(id=f"{platform}:did:{brand}", handle=f"{brand}.example", name=name)
            if owned
            else author(chance.randrange(PEOPLE), platform)
        )
        counts = {
            "bluesky": Counts(likes=n % 17, shares=n % 5, replies=n % 3, quotes=0),
            "mastodon": Counts(likes=n % 11, shares=n % 4, replies=n % 3),
            "hackernews": Counts(),
        }[platform]
        yield post(
            id, platform, at, text, lang=lang, author=who, metrics=counts,
            hashtags=("VendrediBrioche",) if "#Vendredi" in text else (),
            matched=(f"brand:{brand}", "topic:levain") if "levain" in text else (f"brand:{brand}",),
            origin="owned" if owned else "earned", owner=brand if owned else None,
        )  # fmt: skip
        tone = TONES[n % 7 % 4]
        yield Enrichment(
            id=f"{platform}:{id}",
            text_hash=str(n),
            language=lang,
            sentiment=Sentiment(label=tone, score=0.2, confidence=0.7),
            story_id=f"story:{brand}:recall" if copy else f"{platform}:{id}",
            enriched_at=NOW,
        )
        if n < 3:
            for hours in (1, 6, 24):
                moment = at + timedelta(hours=hours)
                yield MetricSample(
                    id=sample_id(f"{platform}:{id}", "likes", moment),
                    entity=f"{platform}:{id}",
                    entity_kind="post",
                    platform=platform,
                    metric="likes",
                    value=hours * 3,
                    captured_at=moment,
                )


def _hostile() -> Iterator[Record]:
    at = NOW - timedelta(days=2)
    name = '"><script>alert(4)</script>'
    yield post(
        'evil"><script>', "mastodon", at, HOSTILE, lang="fr", title="<b>bold</b>",
        url="javascript:alert(5)", origin="earned", matched=("brand:levaine",),
        author=Author(id='mastodon:"><script>', handle=name, name=name),
        hashtags=("<i>tag</i>",),
        media=({"kind": "image", "url": "javascript:alert(6)", "alt": "<script>alt</script>"},),
    )  # fmt: skip
    yield post(
        "reply", "mastodon", at + timedelta(hours=1), "Vraiment ?", lang="fr", origin="earned",
        parent_id='mastodon:evil"><script>', root_id='mastodon:evil"><script>',
        author=author(3, "mastodon"),
    )  # fmt: skip


def _findings(posts: list[Post]) -> Iterator[Record]:
    week = NOW.replace(hour=0) - timedelta(days=7, hours=1)
    tagged = [p for p in posts if p.hashtags and p.platform in ("bluesky", "mastodon")]
    ids = tuple(p.id for p in sorted(tagged, key=lambda p: p.published_at))
    recalls = tuple(p.id for p in posts if p.text == "Mieloup rappelle un lot de farine")
    days = tuple(((NOW - timedelta(days=20 - n)).date().isoformat(), n * n // 8) for n in range(20))
    for id, name, stage, recurring in (
        ("trend:brioche", "Vendredi brioche <i>", "growing", None),
        ("trend:noel", "Bûche de Noël", "emerging", "noel"),
        ("trend:seigle", "Pain de seigle", "new", None),
    ):
        yield Trend(
            id=id, name=name, terms=("brioche", "vendredi"), hashtags=("VendrediBrioche",),
            stage=stage, recurring=recurring, score=9.5, detected_at=NOW,
            first_seen_at=NOW - timedelta(days=12), window_start=week, window_end=NOW, posts=58,
            authors=31, posts_before=17, growth=3.4,
            growth_interval=Interval(low=2.1, high=5.2), share=0.12,
            platforms={"mastodon": 30, "bluesky": 28}, languages={"fr": 40, "en": 18},
            spread=(
                {"platform": "mastodon", "language": "fr", "first_post": ids[1],
                 "first_at": (NOW - timedelta(days=12)).isoformat()},
                {"platform": "bluesky", "language": "en", "first_post": ids[0],
                 "first_at": (NOW - timedelta(days=8)).isoformat()},
            ),
            sentiment={"positive": 30, "neutral": 20, "negative": 8}, daily=days,
            representative=ids[:6], first_authors=("mastodon:did:person1",), post_ids=ids,
            brands=("levaine",), run_id=RUN,
        )  # fmt: skip
    yield Alert(
        id="alert:mieloup:crisis", kind="crisis", subject="brand:mieloup", severity=8,
        level="crisis", started_at=NOW - timedelta(days=4), peaked_at=NOW - timedelta(days=3),
        detected_at=NOW, observed=64, expected=12.4, sigmas=7.2, negative_share=0.71,
        negative_baseline=0.18, authors=40, terms=("farine", "rappel"), first_post=recalls[0],
        post_ids=recalls, story_id="story:mieloup:recall", run_id=RUN,
    )  # fmt: skip
    yield Alert(
        id="alert:levaine:spike", kind="spike", subject="brand:levaine", platform="bluesky",
        severity=4, started_at=NOW - timedelta(days=15), ended_at=NOW - timedelta(days=14),
        detected_at=NOW, observed=30, expected=10, sigmas=4.1, post_ids=ids[20:30],
        status="confirmed", run_id=RUN,
    )  # fmt: skip
    yield Alert(
        id="alert:outage", kind="outage", subject="source:mastodon/tag/pain", platform="mastodon",
        severity=5, started_at=NOW - timedelta(days=3), detected_at=NOW, observed=0, expected=40,
        sigmas=-6, run_id=RUN,
    )  # fmt: skip
    for number, kind in ((1, "expert"), (2, "creator"), (3, "media")):
        account = f"mastodon:did:person{number}"
        yield Account(
            id=account, platform="mastodon", native_id=f"did:person{number}",
            handle=f"person{number}.example", name=f"Person {number}",
            url="javascript:alert(7)" if number == 2 else "https://mastodon.example/p1",
            bio="Pain <script>alert(8)</script>", followers=4200, first_seen_at=NOW,
            collected_at=NOW, source=source("mastodon"),
        )  # fmt: skip
        yield Influencer(
            id=account, account_id=account, platform="mastodon", handle=f"person{number}.example",
            name=f"Person {number}", kind=kind, tier="nano", followers=4200, score=80 - number,
            components={"relevance": 0.8, "engagement": 0.6, "authenticity": None},
            signals={"comment_like_ratio": 0.12}, posts=12, engagement_median=31,
            sponsored_share=0.06, own_mentions=3, reasons=("early_in_trend", "on_subject"),
            trend_ids=("trend:brioche",), evidence=ids[:3], first_seen_at=NOW, as_of=NOW,
            run_id=RUN,
        )  # fmt: skip
    for brand, at_age in (("levaine", 41.0), ("mieloup", 58.0), ("crustelle", None)):
        figures = {
            "eng.at_age": figure("eng.at_age", at_age, 12, left_out=3),
            "posts.per_week": figure("posts.per_week", 5.0, 5),
            "er_follower_post": figure("er_follower_post", 0.83, 12),
            "reach.potential": figure("reach.potential", 123456.0, 40, left_out=8),
        }
        yield Benchmark(
            id=f"benchmark:{brand}:all", brand=brand, platform=None, window_start=week,
            window_end=week + timedelta(days=7),
            figures={
                id: value.model_copy(
                    update={"before": figure(id, (value.value or 2) * 0.8, 11)}
                ).model_dump(mode="json")
                for id, value in figures.items()
            },
            best_posts=({"id": BEST, "engagement": 30, "over_performing": 3.1,
                         "giveaway": False, "paid": False},),
            run_id=RUN,
        )  # fmt: skip
    yield Run(
        id="c1", kind="collect", started_at=NOW - timedelta(hours=1),
        ended_at=NOW - timedelta(minutes=50), counts={"new_post": 420, "quarantined": 0},
        seconds={"collect": 12.5},
        sources=(
            SourceRun(key="bluesky/account/levaine.example", platform="bluesky", state="ok",
                      started_at=NOW, ended_at=NOW, last_success_at=NOW - timedelta(minutes=50),
                      requests=12, items=140),
            SourceRun(key="mastodon/tag/pain", platform="mastodon", state="broken",
                      reason="HTTP 502 <script>", started_at=NOW, ended_at=NOW,
                      last_success_at=NOW - timedelta(days=3), requests=3),
            SourceRun(key="hackernews/search/bread", platform="hackernews", state="rate_limited",
                      resume_at=NOW + timedelta(hours=1), started_at=NOW, ended_at=NOW),
        ),
    )  # fmt: skip
    yield Run(id=RUN, kind="analyse", started_at=NOW, ended_at=NOW)
