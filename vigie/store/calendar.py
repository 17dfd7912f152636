"""Buckets of time: where calendar and fixed intervals begin in a time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vigie.errors import StoreError

SECOND = 1_000_000
_FIXED = {"ms": SECOND // 1000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND,
          "d": 86_400 * SECOND}  # fmt: skip
_CALENDAR = {"minute": "1m", "hour": "1h", "day": "1d", "week": "1w", "month": "1M",
             "quarter": "1q", "year": "1y"}  # fmt: skip
_UNITS = {"1m", "1h", "1d", "1w", "1M", "1q", "1y"}
MOST = 60_000  # buckets of one histogram


def zone_of(name: str) -> tzinfo:
    """A time zone by name (`Europe/Paris`) or offset (`+02:00`). Raises StoreError."""
    if re.fullmatch(r"[+-]\d{2}:\d{2}", name):
        sign = -1 if name[0] == "-" else 1
        return timezone(sign * timedelta(hours=int(name[1:3]), minutes=int(name[4:])))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise StoreError(f"no time zone {name!r}", do="name one like Europe/Paris") from error


def edges(
    low: int, high: int, zone: tzinfo, *, calendar: str | None = None, fixed: str | None = None
) -> list[int]:
    """The beginnings of the buckets that cover low … high (both microseconds, included), and the
    end of the last one."""
    steps = _calendar(low, zone, calendar) if calendar else _fixed(low, zone, fixed or "")
    found: list[int] = []
    for edge in steps:
        found.append(edge)
        if edge > high:
            return found
        if len(found) > MOST:
            raise StoreError("too many buckets", do="take a longer interval or a shorter period")
    return found


def _calendar(low: int, zone: tzinfo, interval: str) -> Iterator[int]:
    unit = _CALENDAR.get(interval, interval)
    if unit not in _UNITS:
        raise StoreError(f"no calendar interval {interval!r}", do=f"one of {', '.join(_CALENDAR)}")
    if unit in ("1m", "1h"):
        # Hours and minutes run on through a change of the clocks.
        yield from _fixed(low, zone, unit)
        return
    local = _local(low, zone)
    day = datetime(local.year, local.month, local.day)
    if unit == "1w":
        day -= timedelta(days=day.weekday())
    elif unit != "1d":
        month = {"1M": day.month, "1q": (day.month - 1) // 3 * 3 + 1, "1y": 1}[unit]
        day = day.replace(month=month, day=1)
    months = {"1M": 1, "1q": 3, "1y": 12}.get(unit, 0)
    while True:
        yield _midnight(day, zone)
        if months:
            at = day.month - 1 + months
            day = day.replace(year=day.year + at // 12, month=at % 12 + 1)
        else:
            day += timedelta(days=7 if unit == "1w" else 1)


def _fixed(low: int, zone: tzinfo, interval: str) -> Iterator[int]:
    found = re.fullmatch(r"(\d+)(ms|s|m|h|d)", interval)
    if not found or int(found[1]) == 0:
        raise StoreError(f"no interval {interval!r}", do="write a number and ms, s, m, h or d")
    step = int(found[1]) * _FIXED[found[2]]
    # Buckets begin where the clocks on the wall show a multiple of the step since 1970.
    wall = (low + _shift(low, zone)) // step * step
    if step <= _FIXED["h"]:
        edge = wall - _shift(low, zone)  # a change of the clocks moves no hour's beginning
        while True:
            yield edge
            edge += step
    last = low - 2 * step
    while True:
        for fold in (0, 1):  # a time that the clocks show twice begins two buckets
            edge = _instant(wall, zone, fold)
            if edge > last:
                yield edge
                last = edge
        wall += step


def _shift(us: int, zone: tzinfo) -> int:
    """Microseconds that a zone is ahead of UTC at an instant."""
    return (_local(us, zone).utcoffset() or timedelta()) // timedelta(microseconds=1)


def _instant(wall: int, zone: tzinfo, fold: int) -> int:
    """When the clocks show a time, given as microseconds since they showed 1970; a time that they
    leap over is the moment of the leap, at the full hours where they leap."""
    shown = datetime(1970, 1, 1) + timedelta(microseconds=wall)
    return round(shown.replace(tzinfo=zone, fold=fold).timestamp() * 1e6)


def _local(us: int, zone: tzinfo) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).astimezone(zone)


@lru_cache(1 << 14)
def _midnight(day: datetime, zone: tzinfo) -> int:
    return round(day.replace(tzinfo=zone).timestamp() * 1e6)


@lru_cache(1 << 14)
def text_of(us: int, zone: tzinfo) -> str:
    """A bucket's beginning as Elasticsearch writes it, in its zone."""
    local = _local(us, zone)
    text = local.isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z") if local.utcoffset() == timedelta() else text
