"""What a watchlist will cost a day at each platform, before it is spent.

From the schedule (runs a day), the targets, the pages that they need and the posts that are read
again. Posts a day are those of the last week in the store; where there are none yet they are
assumed (`PER_ACCOUNT`, `PER_SEARCH`), and the estimate says so. Calls of a target are those of its
last week's visits; before the first, what its crawler begins with and a page for `page` posts. What
a platform sells by the read (`price` of policies.toml) is counted by posts: each once a day.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from vigie.budgets import KINDS, Limit, Price, limits_of, prices_of
from vigie.policies import Policies
from vigie.records import Post, Run
from vigie.refreshing import AGES
from vigie.schedules import runs_a_day
from vigie.sources import Call, Crawler, Target
from vigie.store import Filters, Page, Store
from vigie.watchlist import Watchlist

WEEK = timedelta(days=7)
PER_ACCOUNT, PER_SEARCH = 3, 20  # posts a day that are assumed where nothing was read yet
PAGE = 50  # posts on a page of a listing, where a crawler does not say
CHARGED = 1 + sum(age >= timedelta(days=1) for age in AGES)  # days on which a post is read
SAMPLE = 50  # posts that a refresh is tried on
Amounts = dict[str, dict[str, float]]  # bucket → calls, units, money


@dataclass(slots=True)
class Estimate:
    """A day at one platform. `unfit` names targets, and `refresh`, for which the budget will be
    spent, with the bucket; `refused` those that its terms forbid; `assumed` what was not measured:
    posts, calls."""

    platform: str
    runs: float
    targets: int
    posts: float  # that are new
    reads: float  # of posts, with those that are read again
    refresh_calls: float
    spends: Amounts
    limits: dict[str, dict[str, float]]  # bucket → the most of a day, by kind
    money: float
    currency: str | None
    missing: tuple[str, ...]  # keys that are not set
    unfit: tuple[tuple[str, str], ...] = ()
    refused: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        rounded = {
            bucket: {kind: round(value, 3) for kind, value in amounts.items()}
            for bucket, amounts in self.spends.items()
        }
        return {
            "platform": self.platform,
            "runs_per_day": round(self.runs, 2),
            "targets": self.targets,
            "posts": round(self.posts, 1),
            "posts_read": round(self.reads, 1),
            "refresh_calls": round(self.refresh_calls, 1),
            "per_day": rounded,
            "limits": self.limits,
            "money": round(self.money, 4),
            "currency": self.currency,
            "missing_keys": list(self.missing),
            "will_not_fit": [{"target": key, "budget": bucket} for key, bucket in self.unfit],
            "forbidden_by_terms": list(self.refused),
            "assumed": list(self.assumed),
        }


def estimates(
    watchlist: Watchlist,
    store: Store | None,
    now: datetime,
    environ: Mapping[str, str],
    crawlers: Iterable[Crawler] | None = None,
) -> list[Estimate]:
    """A day at every platform that the watchlist reads, by default of all that can be crawled.
    `store` None: nothing was read yet."""
    if crawlers is None:
        from crawlers import CRAWLERS

        crawlers = CRAWLERS.values()
    visits = _visits(store, now)
    found = []
    for crawler in crawlers:
        day = _Day(crawler, watchlist, store, now, visits)
        if day.targets or day.refused:
            missing = tuple(key for key in crawler.requires if not environ.get(key))
            found.append(day.estimate(missing))
    return found


def _visits(store: Store | None, now: datetime) -> dict[str, list[int]]:
    """The requests of each target's good visits of the last week."""
    found: dict[str, list[int]] = defaultdict(list)
    for run in store.all(Run) if store else ():
        if run.kind == "collect" and run.started_at >= now - WEEK:
            for source in run.sources:
                if source.state in ("ok", "empty"):
                    found[source.key].append(source.requests)
    return found


@dataclass
class _Day:
    """One platform's day, target by target."""

    crawler: Any
    watchlist: Watchlist
    store: Store | None
    now: datetime
    visits: Mapping[str, list[int]]
    targets: list[Target] = field(init=False)
    refused: tuple[str, ...] = field(init=False)
    assumed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        from vigie.crawl import targets_of

        self.name: str = self.crawler.name
        self.targets = targets_of(self.crawler, self.watchlist, (), ())
        kept = {target.key for target in self.targets}
        asked = {target.key for target in self.crawler.targets(self.watchlist)}
        self.refused = tuple(sorted(asked - kept))
        self.policies = Policies(self.watchlist)
        self.limits = limits_of(self.crawler, self.watchlist.platform(self.name))
        self.runs = runs_a_day(self.watchlist.schedule.run)

    def estimate(self, missing: tuple[str, ...]) -> Estimate:
        first = {target.key: list(self.crawler.start(target, {})) for target in self.targets}
        total, own = self._posts()
        usual = self._usual(first)
        share = total / max(1, len(self.targets))
        parts = [
            (target.key, self._of_target(target, first[target.key], share, usual))
            for target in self.targets
        ]
        reads, refresh = self._refresh(total, usual)
        parts.append(("refresh", self._spread(refresh)))
        price = self.policies[self.name].price
        money = 0.0
        if price is not None:  # what is really paid, in place of what is reserved
            accounts = sum(target.kind == "account" for target in self.targets)
            own_price = price.post if price.own_post is None else price.own_post
            per_post = (total - own) * price.post + own * own_price
            charged = CHARGED if reads else 1
            reads = total * (charged - 1)
            money = per_post * charged + accounts * price.account
            each, units = money / len(parts), (total + reads) / len(parts)
            parts = [(key, _paid(amounts, each, units, self.name)) for key, amounts in parts]
        spends = _sum(amounts for _, amounts in parts)
        money = money or sum(amounts["money"] for amounts in spends.values())
        return Estimate(
            platform=self.name,
            runs=self.runs,
            targets=len(self.targets),
            posts=total,
            reads=total + reads,
            refresh_calls=sum(amount for _, amount in refresh),
            spends=spends,
            limits={
                bucket: most for bucket, those in self.limits.items() if (most := _daily(those))
            },
            money=money,
            currency=price.currency if price else "USD" if money else None,
            missing=missing,
            unfit=tuple(self._unfit(parts)),
            refused=self.refused,
            assumed=tuple(sorted(self.assumed)),
        )

    def _posts(self) -> tuple[float, float]:
        """Posts a day, and those of own brands among them."""
        if total := self._count():
            ids = tuple(brand.id for brand in self.watchlist.own)
            return total / 7, (self._count(owners=ids) if ids else 0) / 7
        if any(not self.visits.get(target.key) for target in self.targets):
            self.assumed.add("posts")
            supposed = [
                PER_ACCOUNT if target.kind == "account" else PER_SEARCH for target in self.targets
            ]
            return float(sum(supposed)), 0.0
        return 0.0, 0.0  # all were read, and nobody published

    def _usual(self, first: Mapping[str, Sequence[Call]]) -> tuple[Price, ...]:
        """The cheapest of what a first call costs: what following pages are taken to cost."""
        calls = [call for those in first.values() for call in those]
        prices = [tuple(prices_of(self.crawler, call)) for call in calls]
        plain = [one for one in prices if all(price.bucket == self.name for price in one)]
        return min(
            plain or [(Price(self.name),)],
            key=lambda one: (sum(p.money for p in one), sum(p.units for p in one)),
        )

    def _of_target(
        self, target: Target, first: Sequence[Call], posts: float, usual: tuple[Price, ...]
    ) -> Amounts:
        """What one target spends in a day."""
        pages = math.ceil(posts / max(self.runs, 1e-9) / getattr(self.crawler, "page", PAGE))
        calls = len(first) + max(0, pages - 1)
        if made := self.visits.get(target.key):
            calls = math.ceil(median(made))
        else:
            self.assumed.add("calls")
        priced = [prices_of(self.crawler, call) for call in first[:calls]]
        priced += [usual] * (calls - len(priced))
        return self._spread([(price, self.runs) for prices in priced for price in prices])

    def _spread(self, spent: Iterable[tuple[Price, float]]) -> Amounts:
        """Prices, each so many times a day, by bucket. A bucket whose limit spans days counts other
        things, as hashtags: a target takes of it once in that span."""
        found: Amounts = {}
        for price, times in spent:
            days = max((one.days for one in self.limits.get(price.bucket, ())), default=1)
            times = min(times, 1 / days) if days > 1 else times
            amounts = found.setdefault(price.bucket, dict.fromkeys(KINDS, 0.0))
            amounts["calls"] += times
            amounts["units"] += times * price.units
            amounts["money"] += times * price.money
        return found

    def _refresh(
        self, total: float, usual: tuple[Price, ...]
    ) -> tuple[float, list[tuple[Price, float]]]:
        """Posts that are read again in a day, and the prices of the calls for it."""
        sample = self._sample()
        batch: int | None = getattr(self.crawler, "batch", None)
        if sample:
            calls = [
                call
                for target in self.crawler.refresh(sample, self.watchlist)
                for call in self.crawler.start(target, {})
            ]
            if not calls:
                return 0.0, []
            if batch is None:
                batch = max(1, len(sample) // len(calls))
            usual = tuple(prices_of(self.crawler, calls[0]))
        elif batch is None:
            return 0.0, []
        reads = total * self._again() * len(AGES)
        # A batch is seldom full: each run asks for what is due by then.
        made = max(min(self.runs, reads), reads / batch) if reads else 0.0
        return reads, [(price, made) for price in usual]

    def _sample(self) -> list[Post]:
        if self.store is None:
            return []
        filters = Filters(platforms=(self.name,))
        return [hit.post for hit in self.store.search("*", filters, page=Page(size=SAMPLE)).hits]

    def _again(self) -> float:
        """The share of posts that is read again: all, where a call answers for many."""
        if getattr(self.crawler, "reads_many", False) or self.store is None:
            return 1.0
        total = self._count()
        if not total:
            return 1.0
        ids = tuple(brand.id for brand in self.watchlist.brands)
        due = self._count(origins=("owned", "comment")) + (self._count(brands=ids) if ids else 0)
        return min(1.0, due / total)

    def _count(
        self,
        owners: tuple[str, ...] = (),
        brands: tuple[str, ...] = (),
        origins: tuple[str, ...] = (),
    ) -> int:
        """The platform's posts of the last week."""
        if self.store is None:
            return 0
        week = Filters(
            since=self.now - WEEK,
            until=self.now,
            platforms=(self.name,),
            owners=owners,
            brands=brands,
            origins=origins,
        )
        return int(self.store.aggregate("*", week, {})["total"])

    def _unfit(self, parts: Iterable[tuple[str, Amounts]]) -> Iterable[tuple[str, str]]:
        """The targets at which a budget is spent, in the order in which they are read."""
        spent: Amounts = {}
        for key, amounts in parts:
            spent = _sum([spent, amounts])
            for bucket in amounts:
                most = _daily(self.limits.get(bucket, ()))
                if any(spent[bucket][kind] > value + 1e-6 for kind, value in most.items()):
                    yield key, bucket
                    break


def _daily(limits: Iterable[Limit]) -> dict[str, float]:
    """The most of a day, by kind: of a limit over more days, its part."""
    most: dict[str, float] = {}
    for limit in limits:
        days = 30 if limit.month else limit.days
        for kind in KINDS:
            value = getattr(limit, kind)
            if value is not None:
                most[kind] = min(most.get(kind, math.inf), value / days)
    return most


def _paid(amounts: Amounts, money: float, units: float, bucket: str) -> Amounts:
    """The amounts with what is really paid in the platform's own bucket, in place of what is
    reserved: money, and units where it counts posts as such."""
    bare = {name: {**those, "money": 0.0} for name, those in amounts.items()}
    own = bare.setdefault(bucket, dict.fromkeys(KINDS, 0.0))
    own["money"] = money
    if own["units"]:
        own["units"] = units
    return bare


def _sum(many: Iterable[Amounts]) -> Amounts:
    total: Amounts = {}
    for amounts in many:
        for bucket, those in amounts.items():
            held = total.setdefault(bucket, dict.fromkeys(KINDS, 0.0))
            for kind in KINDS:
                held[kind] += those[kind]
    return total
