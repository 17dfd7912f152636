"""What may be spent of a platform in a day, a week or a month, counted in the store by
days, so that workers share it and a restart forgets nothing.

A bucket with a limit is counted before each call, by compare and set: the limit is never passed,
whoever else is calling. A bucket without one is counted in memory and written with each landing.
What a call is reserved at and what its answer really cost may differ: `settle` puts that right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from vigie.clock import Clock
from vigie.errors import BudgetSpent, StoreError
from vigie.records import Budget
from vigie.sources import Answer, Call
from vigie.store import Store
from vigie.watchlist import Platform

_TRIES = 100
KINDS = ("calls", "units", "money")


@dataclass(frozen=True, slots=True)
class Price:
    """What one call costs of a bucket: a call, and units or money where those are counted."""

    bucket: str
    units: float = 0.0
    money: float = 0.0


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of a bucket in `days` days, today the last of them, or in the calendar month; days
    begin at midnight in `zone`. None: no limit."""

    calls: int | None = None
    units: float | None = None
    money: float | None = None
    zone: str = "UTC"
    days: int = 1
    month: bool = False

    @property
    def binds(self) -> bool:
        return not self.calls is self.units is self.money is None

    def today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.zone)).date()

    def window(self, now: datetime) -> list[str]:
        """The days that count now, today first."""
        today = self.today(now)
        days = today.day if self.month else self.days
        return [(today - timedelta(days=back)).isoformat() for back in range(days)]

    def midnight(self, day: date) -> datetime:
        """When a day begins."""
        return datetime.combine(day, time(), ZoneInfo(self.zone))

    def full_at(self, now: datetime, spent: Mapping[str, Budget]) -> datetime:
        """When something of a spent bucket is free again: the next day, the next month, or the day
        on which the oldest spending leaves the window. `spent` is by day."""
        today = self.today(now)
        if self.month:
            return self.midnight((today.replace(day=1) + timedelta(days=32)).replace(day=1))
        told = [day for day in self.window(now) if (one := spent.get(day)) and _amount(one)]
        oldest = date.fromisoformat(min(told)) if told else today
        return self.midnight(oldest + timedelta(days=self.days))


Limits = Limit | Sequence[Limit]


def limits_of(crawler: Any, settings: Platform) -> dict[str, tuple[Limit, ...]]:
    """The limits of a crawler's buckets: its own, and of the bucket that has the platform's name
    what the watchlist allows, whichever is less."""
    told: Mapping[str, Limits] = getattr(crawler, "limits", {})
    found = {
        bucket: (limits,) if isinstance(limits, Limit) else tuple(limits)
        for bucket, limits in told.items()
    }
    own = found.get(crawler.name, ())
    daily = next((one for one in own if one.days == 1 and not one.month), Limit())
    least = Limit(
        _least(daily.calls, settings.calls_per_day),
        _least(daily.units, settings.units_per_day),
        _least(daily.money, settings.money_per_day),
        daily.zone,
    )
    others = [one for one in own if one is not daily]
    if settings.money_per_month is not None:
        others.append(Limit(money=settings.money_per_month, zone=daily.zone, month=True))
    found[crawler.name] = (least, *others)
    return found


def prices_of(crawler: Any, call: Call) -> Sequence[Price]:
    """What a call is reserved at: by default one call of the bucket with the platform's name."""
    price = getattr(crawler, "price", None)
    return tuple(price(call)) if price else (Price(crawler.name),)


class Purse:
    """The budgets of one platform during one crawl.

    A crawler says more in optional attributes: `price(call) -> Sequence[Price]`, what a call costs
    at most (default: one call of the bucket that has the platform's name); `limits`, a Limit or
    several for buckets of its own; and `cost(answer) -> Sequence[Price]`, what an answer really
    cost, where only the answer tells. The watchlist's limits bind the platform's own bucket."""

    def __init__(self, crawler: Any, settings: Platform, store: Store, clock: Clock) -> None:
        self._store, self._clock, self._crawler = store, clock, crawler
        self._tally: dict[str, Budget] = {}
        self._limits = limits_of(crawler, settings)
        self._resumes: dict[str, datetime] = {}  # bucket that was found spent → when it is not
        self._open: dict[int, list[tuple[str, Price]]] = {}  # call → what it was reserved at

    def spend(self, call: Call) -> None:
        """Counts a call that is about to be made. Raises BudgetSpent, and then nothing is counted
        of the bucket that is spent, nor of those before it."""
        done: list[tuple[str, Price]] = []
        try:
            for price in prices_of(self._crawler, call):
                done.append((self._count(price, 1), price))
        except BudgetSpent:
            for day, price in done:
                self._add(price.bucket, day, -price.units, -price.money, -1)
            raise
        if hasattr(self._crawler, "cost"):
            self._open.setdefault(id(call), []).extend(done)

    def settle(self, call: Call, answer: Answer | None) -> None:
        """Counts what an answer really cost in place of what the call was reserved at, tries that
        were refused included; None: every try was refused, which costs nothing but calls. A call
        whose end is unknown is left as it was reserved."""
        reserved = self._open.pop(id(call), [])
        if not reserved:
            return
        cost = list(self._crawler.cost(answer)) if answer is not None else []
        days = {price.bucket: day for day, price in reserved}
        change: dict[str, list[float]] = {bucket: [0.0, 0.0] for bucket in days}
        for price, sign in [*((one, -1) for _, one in reserved), *((one, 1) for one in cost)]:
            if price.bucket in change:
                change[price.bucket][0] += sign * price.units
                change[price.bucket][1] += sign * price.money
        for bucket, (units, money) in change.items():
            if units or money:
                self._add(bucket, days[bucket], units, money, 0)

    def drop(self, call: Call) -> None:
        """Leaves a call as it was reserved."""
        self._open.pop(id(call), None)

    def resumes_at(self, bucket: str) -> datetime:
        """When a bucket that was found spent has something free again."""
        limit = (self._limits.get(bucket) or (Limit(),))[0]
        return self._resumes.get(bucket) or limit.full_at(self._clock.now(), {})

    def taken(self) -> list[Budget]:
        """What was counted in memory since the last time, by bucket."""
        tally, self._tally = self._tally, {}
        return list(tally.values())

    def _count(self, price: Price, calls: int) -> str:
        """Counts a price and answers on which day. Raises BudgetSpent."""
        limits = [one for one in self._limits.get(price.bucket, ()) if one.binds]
        now = self._clock.now()
        day = (limits or list(self._limits.get(price.bucket, ())) or [Limit()])[0].window(now)[0]
        if not limits:
            self._add(price.bucket, day, price.units, price.money, calls)
            return day
        key = f"{price.bucket}@{day}"
        for _ in range(_TRIES):
            present = self._store.get([key], Budget)[0]
            before = present or Budget(id=key, bucket=price.bucket, day=day)
            after = _added(before, price.units, price.money, calls)
            for limit in limits:
                self._check(limit, before, after)
            if self._store.change(Budget, key, present, after):
                return day
        raise StoreError("a budget is changed all the time", where=key)

    def _check(self, limit: Limit, before: Budget, after: Budget) -> None:
        """Raises BudgetSpent where a limit would be passed."""
        now = self._clock.now()
        earlier = [
            one for day, one in self._spent(before.bucket, limit).items() if day != before.day
        ]
        for name in KINDS:
            most = getattr(limit, name)
            past = sum(getattr(one, name) for one in earlier)
            if most is not None and past + getattr(after, name) > most + 1e-9:
                window = limit.window(now)
                self._resumes[before.bucket] = limit.full_at(now, self._spent(before.bucket, limit))
                span = before.day if len(window) == 1 else f"{window[-1]} to {before.day}"
                raise BudgetSpent(
                    f"{name} of {span}: {past + getattr(before, name):g} of {most:g} spent",
                    where=before.bucket,
                    do="wait until it is free again, or raise the limit in vigie.toml",
                )

    def _spent(self, bucket: str, limit: Limit) -> dict[str, Budget]:
        return spent_of(self._store, bucket, limit, self._clock.now())

    def _add(self, bucket: str, day: str, units: float, money: float, calls: int) -> None:
        """Adds to what was counted, whatever the limits: at once where the bucket has one, else in
        memory."""
        key = f"{bucket}@{day}"
        if not any(one.binds for one in self._limits.get(bucket, ())):
            tally = self._tally.get(key) or Budget(id=key, bucket=bucket, day=day)
            self._tally[key] = _added(tally, units, money, calls)
            return
        for _ in range(_TRIES):
            present = self._store.get([key], Budget)[0]
            before = present or Budget(id=key, bucket=bucket, day=day)
            if self._store.change(Budget, key, present, _added(before, units, money, calls)):
                return
        raise StoreError("a budget is changed all the time", where=key)


def spent_of(store: Store, bucket: str, limit: Limit, now: datetime) -> dict[str, Budget]:
    """What was spent of a bucket on each day of a limit's window."""
    days = limit.window(now)
    found = store.get([f"{bucket}@{day}" for day in days], Budget)
    return {day: one for day, one in zip(days, found, strict=True) if one}


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
            # Sums of prices and their returns: what is left of rounding is nothing.
            "units": round(budget.units + units, 9),
            "money": round(budget.money + money, 9),
        }
    )


def _amount(budget: Budget) -> bool:
    return bool(budget.calls or budget.units or budget.money)


def _least(*limits: float | int | None) -> Any:
    return min((limit for limit in limits if limit is not None), default=None)
