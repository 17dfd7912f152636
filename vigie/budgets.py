"""What may be spent of a platform in a day, counted in the store, so that workers share it.

A bucket with a limit is counted before each call, by compare and set: the limit is never passed,
whoever else is calling. A bucket without one is counted in memory and written with each landing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from vigie.clock import Clock
from vigie.errors import BudgetSpent, StoreError
from vigie.ratelimit import next_midnight
from vigie.records import Budget
from vigie.sources import Call
from vigie.store import Store
from vigie.watchlist import Platform

_TRIES = 100


@dataclass(frozen=True, slots=True)
class Price:
    """What one call costs of a bucket: a call, and units or money where those are counted."""

    bucket: str
    units: float = 0.0
    money: float = 0.0


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of a bucket in a day, which begins at midnight in `zone`; None: no limit."""

    calls: int | None = None
    units: float | None = None
    money: float | None = None
    zone: str = "UTC"
    days: int = 1  # length of the window

    @property
    def binds(self) -> bool:
        return not self.calls is self.units is self.money is None


class Purse:
    """The budgets of one platform during one crawl.

    A crawler says more in two optional attributes: `price(call) -> Sequence[Price]` (default: one
    call of the bucket that has the platform's name) and `limits: Mapping[str, Limit]` for buckets
    of its own. The watchlist's limits bind the platform's own bucket."""

    def __init__(self, crawler: Any, settings: Platform, store: Store, clock: Clock) -> None:
        self._store, self._clock, self._crawler = store, clock, crawler
        self._tally: dict[str, Budget] = {}
        own: Limit = dict(getattr(crawler, "limits", {})).get(crawler.name, Limit())
        self._limits: Mapping[str, Limit] = {
            **getattr(crawler, "limits", {}),
            crawler.name: Limit(
                _least(own.calls, settings.calls_per_day),
                _least(own.units, settings.units_per_day),
                _least(own.money, settings.money_per_day),
                own.zone,
            ),
        }

    def spend(self, call: Call) -> None:
        """Counts a call that is about to be made. Raises BudgetSpent, and then nothing is counted
        of the bucket that is spent."""
        price = getattr(self._crawler, "price", None)
        prices = price(call) if price else (Price(self._crawler.name),)
        for cost in prices:
            limit = self._limits.get(cost.bucket, Limit())
            if limit.binds:
                self._reserve(cost, limit)
            else:
                day = self._day(limit)
                key = f"{cost.bucket}@{day}"
                tally = self._tally.get(key) or Budget(id=key, bucket=cost.bucket, day=day)
                self._tally[key] = _added(tally, cost.units, cost.money, 1)

    def resumes_at(self, bucket: str) -> datetime:
        """When a bucket is full again."""
        return next_midnight(self._clock.now(), self._limits.get(bucket, Limit()).zone)

    def taken(self) -> list[Budget]:
        """What was counted in memory since the last time, by bucket."""
        tally, self._tally = self._tally, {}
        return list(tally.values())

    def _reserve(self, cost: Price, limit: Limit) -> None:
        day = self._day(limit)
        key = f"{cost.bucket}@{day}"
        for _ in range(_TRIES):
            present = self._present(cost.bucket, day)
            before = present or Budget(id=key, bucket=cost.bucket, day=day)
            after = _added(before, cost.units, cost.money, 1)
            for name in ("calls", "units", "money"):
                most = getattr(limit, name)
                if most is not None and getattr(after, name) > most + 1e-9:
                    raise BudgetSpent(
                        f"{name} of {day}: {getattr(before, name):g} of {most:g} spent",
                        where=cost.bucket,
                        do="wait until the next day, or raise the limit in vigie.toml",
                    )
            if self._store.change(Budget, key, present, after):
                return
        raise StoreError("a budget is changed all the time", where=key)

    def _present(self, bucket: str, day: str) -> Budget | None:
        return self._store.get([f"{bucket}@{day}"], Budget)[0]

    def _day(self, limit: Limit) -> str:
        return self._clock.now().astimezone(ZoneInfo(limit.zone)).date().isoformat()


def write(purses: Iterable[Purse], store: Store) -> None:
    """Adds what purses counted in memory to the store, in one transaction."""
    counted = [spent for purse in purses for spent in purse.taken()]
    for _ in range(_TRIES):
        if not counted:
            return
        present = store.get([spent.id for spent in counted], Budget)
        done = store.change_many(
            [
                (before, _added(before, spent.units, spent.money, spent.calls) if before else spent)
                for before, spent in zip(present, counted, strict=True)
            ]
        )
        counted = [spent for spent, written in zip(counted, done, strict=True) if not written]
    if counted:
        raise StoreError("a budget is changed all the time", where=counted[0].id)


def _added(budget: Budget, units: float, money: float, calls: int) -> Budget:
    return budget.model_copy(
        update={
            "calls": budget.calls + calls,
            "units": budget.units + units,
            "money": budget.money + money,
        }
    )


def _least(*limits: float | int | None) -> Any:
    return min((limit for limit in limits if limit is not None), default=None)
