"""How much of each budget is spent as of now, and when it is free again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vigie.budgets import KINDS, Limit, limits_of, spent_of
from vigie.platforms import titled
from vigie.records import Budget
from vigie.store import Store
from vigie.watchlist import Watchlist

# Buckets that are not a whole platform's: what is counted there, in French and English.
BUCKETS = {
    "instagram tags": ("hashtags Instagram", "Instagram hashtags"),
    "threads profiles": ("profils Threads", "Threads profiles"),
    "threads searches": ("recherches Threads", "Threads searches"),
    "tiktok research": ("recherche TikTok", "TikTok research"),
    "youtube.search": ("recherches YouTube", "YouTube searches"),
}


def bucket_title(bucket: str, lang: str) -> str:
    """What a bucket is called."""
    if bucket in BUCKETS:
        return BUCKETS[bucket][lang == "en"]
    return titled(bucket, lang)


@dataclass(frozen=True, slots=True)
class Spending:
    """What was spent of a bucket in the window of one of its limits. `most` holds the limit of
    calls, units and money, as far as there is one; `free_at` says when more may be spent, where a
    limit is reached."""

    bucket: str
    platform: str
    days: int
    month: bool
    spent: dict[str, float]
    most: dict[str, float]
    free_at: datetime | None

    @property
    def left(self) -> dict[str, float]:
        """What may still be spent, by kind."""
        return {kind: max(0.0, most - self.spent[kind]) for kind, most in self.most.items()}

    def document(self) -> dict[str, Any]:
        return {
            "bucket": self.bucket,
            "platform": self.platform,
            "days": self.days,
            "month": self.month,
            "spent": self.spent,
            "limit": self.most,
            "free_at": self.free_at.isoformat() if self.free_at else None,
        }


def spendings(store: Store, watchlist: Watchlist, now: datetime) -> list[Spending]:
    """Every limit of the platforms that the watchlist reads, and what was spent of buckets without
    one today; by platform. What neither has a limit nor was touched is left out."""
    from crawlers import load, names
    from vigie.crawl import targets_of

    found: list[Spending] = []
    known: set[str] = set()
    for name in names():
        crawler = load(name)
        limits = limits_of(crawler, watchlist.platform(name))
        known.update(limits)
        told = [
            one
            for bucket, those in sorted(limits.items())
            for one in _told(store, name, bucket, those, now)
        ]
        if any(any(one.spent.values()) for one in told) or (
            told and targets_of(crawler, watchlist, (), ())
        ):
            found += told
    today = {now.date().isoformat(), Limit().window(now)[0]}
    others = {one.bucket for one in store.all(Budget) if one.day in today} - known
    for bucket in sorted(others):
        found += _told(store, bucket, bucket, (Limit(),), now)
    return found


def _told(
    store: Store, platform: str, bucket: str, limits: tuple[Limit, ...], now: datetime
) -> Iterator[Spending]:
    binding = [one for one in limits if one.binds] or [limits[0] if limits else Limit()]
    for limit in binding:
        days = spent_of(store, bucket, limit, now)
        spent = {kind: float(sum(getattr(one, kind) for one in days.values())) for kind in KINDS}
        most = {k: float(v) for k in KINDS if (v := getattr(limit, k)) is not None}
        if not most and not any(spent.values()):
            continue
        reached = any(spent[kind] >= value - 1e-9 for kind, value in most.items())
        free_at = limit.full_at(now, days) if reached else None
        yield Spending(bucket, platform, limit.days, limit.month, spent, most, free_at)
