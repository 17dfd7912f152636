"""Periods as strategists speak of them: the last full week, the last 28 days, a week by number, two
dates; and the equal period that each is compared with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Compare = Literal["previous", "year", "none"]
DEFAULT = "last-week"
ROLLING = {"7d": 7, "28d": 28, "90d": 90}
CHOICES = (DEFAULT, "this-week", "24h", "7d", "28d", "90d", "all")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)  # "all": older than any public post


class PeriodError(ValueError):
    """The address names a period that does not exist."""


@dataclass(frozen=True, slots=True)
class Period:
    """Posts published from `since` to before `until` (UTC). `name` is what the address says."""

    name: str
    since: datetime
    until: datetime

    @property
    def days(self) -> float:
        return (self.until - self.since) / timedelta(days=1)

    @property
    def whole(self) -> bool:
        """Everything there is: no period stands before it."""
        return self.name == "all"


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins there, in UTC: days of 23 and 25 hours are real."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def parse_moment(text: str, zone: ZoneInfo) -> datetime:
    """An ISO date or time, local where it has no offset. Raises PeriodError."""
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise PeriodError(text) from None
    if not 1900 < at.year < 9000:
        raise PeriodError(text)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def period(name: str, now: datetime, zone: ZoneInfo, since: str = "", until: str = "") -> Period:
    """The period that an address means at that time. Raises PeriodError."""
    if since or until:
        low = parse_moment(since, zone) if since else BEGINNING
        high = parse_moment(until, zone) if until else now
        if low >= high:
            raise PeriodError(f"{since} – {until}")
        return Period("custom", low, high)
    name = name or DEFAULT
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    if name == DEFAULT:
        return Period(name, midnight(monday - timedelta(days=7), zone), midnight(monday, zone))
    if name == "this-week":
        return Period(name, midnight(monday, zone), now)
    if name == "24h":
        return Period(name, now - timedelta(days=1), now)
    if name in ROLLING:  # full days: a morning is not compared with whole days
        first = today - timedelta(days=ROLLING[name])
        return Period(name, midnight(first, zone), midnight(today, zone))
    if name == "all":
        return Period(name, BEGINNING, now + timedelta(days=1))
    if match := _WEEK.fullmatch(name):
        try:
            first = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        except ValueError:
            raise PeriodError(name) from None
        return Period(name, midnight(first, zone), midnight(first + timedelta(days=7), zone))
    raise PeriodError(name)


def before(now: Period, compare: Compare, zone: ZoneInfo) -> Period | None:
    """The equal period that it is compared with: the one before, or the same weekdays a year ago.
    Calendar days are kept over a change of clocks; None where there is nothing to compare."""
    if compare == "none" or now.whole or now.since == BEGINNING:
        return None
    low, high = now.since.astimezone(zone), now.until.astimezone(zone)
    if compare == "year":
        shift = timedelta(days=364)
    elif low.time() == high.time() == time():
        shift = timedelta(days=(high.date() - low.date()).days)
    else:
        shift = now.until - now.since
        return Period("custom", now.since - shift, now.since)
    return Period("custom", (low - shift).astimezone(UTC), (high - shift).astimezone(UTC))


def interval(shown: Period) -> Literal["hour", "day", "week"]:
    """The step of time charts: hours under a week, days up to ten weeks, weeks beyond."""
    if shown.days < 6.5:
        return "hour"
    return "day" if shown.days <= 70 else "week"


def is_week(shown: Period, zone: ZoneInfo) -> bool:
    """Whether it is Monday to Sunday."""
    low, high = shown.since.astimezone(zone), shown.until.astimezone(zone)
    return (
        low.weekday() == 0
        and (high.date() - low.date()).days == 7
        and low.time() == high.time() == time()
    )
