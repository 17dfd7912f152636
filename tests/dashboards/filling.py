"""An invented month of posts, findings and runs for dashboards."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from vigie.records import (
    Alert,
    Enrichment,
    Entity,
    Influencer,
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

ZONE = "Europe/Paris"
SINCE = datetime(2026, 10, 12, 22, tzinfo=UTC)  # midnight in Paris; the clocks go back on the 25th
UNTIL = SINCE + timedelta(days=29, hours=1)
RUN = "run:1"
BRANDS = ("levaine", "mieloup", "crustelle")
TAGS = ("VendrediBrioche", "pain", "Été", "crème", "sourdough", "levain")
WORDS = ("file d’attente", "pain rassis", "croissant", "sourdough", "prix", "service")
ACCOUNTS = (
    "mastodon:did:levaine", "bluesky:did:mieloup", "mastodon:did:7", "youtube:did:mieloup",
)  # fmt: skip
PLACES = ("Lyon", "Nantes", "Évian")
ORIGINS = ("earned", "earned", "comment", "paid")
KINDS = ("post", "reply", "comment", "quote", "video", "article", "repost")


def world(number: int = 900, seed: int = 5) -> Iterator[Record]:
    """Posts in and around the period, what was read of them, and the findings of one run."""
    chance = random.Random(seed)
    source = Source(collector="c", endpoint="e", run_id=RUN, mapper_version="1")
    for n in range(number):
        at = SINCE + timedelta(seconds=chance.randrange(-3 * 86_400, 32 * 86_400))
        platform = chance.choice(("bluesky", "mastodon", "hackernews", "news", "youtube"))
        owner = chance.choice(BRANDS) if n % 5 == 0 else None
        named = sorted(chance.sample(BRANDS, chance.choice((0, 1, 1, 1, 2))))
        topics = [f"topic:{name}" for name, step in (("levain", 7), ("pain", 4)) if n % step == 0]
        origin = "owned" if owner else chance.choice(ORIGINS)
        id = f"{platform}:at://{n}"
        author = f"{platform}:did:{owner or chance.randrange(60)}"
        counts = {name: chance.randrange(40) for name in ("likes", "shares", "replies", "quotes")}
        yield Post.model_validate(
            {
                "id": id, "platform": platform, "native_id": str(n), "source": source,
                "kind": chance.choice(KINDS), "text": f"{' '.join(named)} n° {n}",
                "title": f"Titre {n}" if platform == "news" else None,
                "url": f"https://{platform}.example/{n}",
                "author": {"id": author, "handle": author[-6:], "name": f"Name {author}",
                           "followers": chance.choice((None, chance.randrange(9_000)))},
                "published_at": at, "first_seen_at": at + timedelta(minutes=4),
                "collected_at": at + timedelta(hours=chance.randrange(1, 60)),
                "hashtags": chance.sample(TAGS, chance.randrange(4)),
                "links": [f"https://www.site{n % 9}.example/{n}"] if n % 3 == 0 else [],
                "media": [{"kind": kind} for kind in chance.sample(("image", "video", "link"),
                                                                    chance.randrange(3))],
                "metrics": counts if chance.random() < 0.8 else {},
                "state": chance.choice((*("live",) * 20, "deleted", "withheld")),
                "matched": sorted([f"brand:{brand}" for brand in named] + topics),
                "origin": origin,
                # Comments lie under a brand's post: they have an owner and are not owned.
                "owner": owner or (BRANDS[n % 3] if origin == "comment" else None),
            }
        )  # fmt: skip
        label = chance.choice(("negative", "neutral", "positive", "unsure"))
        yield Enrichment(
            id=id, text_hash=str(n), language=chance.choice(("fr", "en", "de")),
            sentiment=Sentiment(label=label, score=0.1, confidence=0.6),  # type: ignore[arg-type]
            entities=tuple(Entity(text=name, label="LOC", canonical=name)
                           for name in chance.sample(PLACES, chance.randrange(3))),
            keyphrases=tuple(chance.sample(WORDS, chance.randrange(4))),
            story_id=f"story:{n % 11}" if n % 4 == 0 else id, enriched_at=at,
        )  # fmt: skip
    yield from _findings(chance)


def _findings(chance: random.Random) -> Iterator[Record]:
    def within() -> datetime:
        return SINCE + timedelta(minutes=chance.randrange(29 * 24 * 60))

    for n in range(24):
        began = within()
        yield Trend(
            id=f"trend:{n}", name=f"Sujet {n % 20}", terms=("a",),
            stage=chance.choice(("new", "emerging", "growing", "peaking")),
            score=n * 1.5, detected_at=within(), first_seen_at=began, window_start=SINCE,
            window_end=UNTIL, posts=chance.randrange(10, 500), authors=9, posts_before=3,
            growth=None if n % 9 == 0 else n / 3, daily=(("2026-10-20", 3),),
            brands=(BRANDS[n % 3],), run_id=RUN,
        )  # fmt: skip
        yield Alert(
            id=f"alert:{n}", kind=chance.choice(("spike", "crisis", "outage", "drop")),
            subject=f"brand:{chance.choice(BRANDS)}", severity=chance.randrange(1, 11),
            level=chance.choice(("watch", "sensitive", "crisis")), started_at=began,
            detected_at=began, observed=9, expected=2.5, sigmas=4.2, run_id=RUN,
        )  # fmt: skip
        yield Influencer(
            id=f"mastodon:p{n}", account_id=f"mastodon:p{n}",
            platform=chance.choice(("mastodon", "bluesky")), handle=f"p{n % 21}", name=None,
            kind="creator", tier=chance.choice(("nano", "micro", "macro", None)), followers=n,
            score=n * 2.5, components={"relevance": 0.4}, posts=3, engagement_median=2.0,
            sponsored_share=None, first_seen_at=began, as_of=within(), run_id=RUN,
        )  # fmt: skip
        states = chance.sample(("ok", "empty", "broken", "rate_limited"), 2)
        yield Run(
            id=f"run:{n}", kind=chance.choice(("collect", "analyse", "all")), started_at=within(),
            sources=tuple(SourceRun(key=f"mastodon/tag/{state}", platform="mastodon", state=state,
                                    started_at=began, ended_at=began) for state in states),
        )  # fmt: skip
    for account in ACCOUNTS:
        for day in range(29):
            for hour in (3, 15):
                at = SINCE + timedelta(days=day, hours=hour)
                for metric in ("followers", "following"):
                    yield MetricSample(
                        id=sample_id(account, metric, at), entity=account, entity_kind="account",
                        platform=account.split(":")[0], metric=metric, captured_at=at,
                        value=float(len(account) * 100 + chance.randrange(50) + day),
                    )  # fmt: skip
