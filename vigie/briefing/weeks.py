"""Weeks by their ISO number, from Monday to Sunday in a time zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from vigie.errors import BriefingError

_WEEK = re.compile(r"(\d{4})-W(\d{1,2})")


def bounds(week: str, zone: str) -> tuple[datetime, datetime]:
    """The UTC bounds of `2026-W47`; raises BriefingError where there is no such week."""
    match = _WEEK.fullmatch(week)
    try:
        if match is None:
            raise ValueError(week)
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError as error:
        raise BriefingError(
            f"there is no week {week!r}", where="week", do="name it as 2026-W47"
        ) from error
    return midnight(monday, zone), midnight(monday + timedelta(days=7), zone)


def shifted(since: datetime, weeks: int, zone: str) -> datetime:
    """The same local midnight some weeks on: weeks of a clock change keep their days."""
    local = since.astimezone(ZoneInfo(zone)).date()
    return midnight(local + timedelta(weeks=weeks), zone)


def named(since: datetime, zone: str) -> str:
    """The ISO week in which an instant lies."""
    year, number, _ = since.astimezone(ZoneInfo(zone)).isocalendar()
    return f"{year}-W{number:02}"


def midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
