"""Aggregations counted by hand: Elasticsearch's answers over plain values, with loops alone.

It knows nothing of the store. A row maps fields to lists of values, times to microseconds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, list[Any]]
Spec = dict[str, Any]
Found = Callable[[str, Row], bool]  # whether a row meets a query

DATES = ("published_at", "collected_at", "first_seen_at")
FLAGS = ("is_ad", "author.verified")
WHOLE = ("metrics.likes", "author.followers", "published_hour", "published_dow", "engagement")
TICK = 15 * 60 * 1_000_000
YEAR = 2026
STEPS = {"30m": 30, "1h": 60, "2h": 120, "3h": 180, "6h": 360, "12h": 720, "1d": 1440, "3d": 4320}


def answer(aggs: Spec, rows: Sequence[Row], found: Found) -> Spec:
    """The answers to a request over some rows."""
    return {name: _one(spec, rows, found) for name, spec in aggs.items()}


def _one(spec: Spec, rows: Sequence[Row], found: Found) -> Spec:
    below = spec.get("aggs", {})
    ((kind, body),) = ((key, value) for key, value in spec.items() if key != "aggs")

    def bucket(key: Spec, some: Sequence[Row]) -> Spec:
        return {**key, "doc_count": len(some), **answer(below, some, found)}

    if kind == "filter":
        return bucket({}, [row for row in rows if found(body["query"], row)])
    if kind == "terms":
        return _terms(body, rows, bucket)
    if kind == "range":
        return _range(body, rows, bucket)
    if kind == "histogram":
        return _histogram(body, rows, bucket)
    if kind == "date_histogram":
        return _dates(body, rows, bucket)
    if kind == "composite":
        return _composite(body, rows, bucket)
    return _metric(kind, body, rows)


Bucket = Callable[[Spec, Sequence[Row]], Spec]


def _values(row: Row, body: Spec) -> list[Any]:
    values = row.get(body["field"], [])
    return [body["missing"]] if not values and "missing" in body else values


def _metric(kind: str, body: Spec, rows: Sequence[Row]) -> Spec:
    scale = 1000 if body["field"] in DATES else 1
    held = [value for row in rows for value in _values(row, body)]
    if kind == "value_count":
        return {"value": len(held)}
    if kind == "cardinality":
        return {"value": len(set(held))}
    if kind == "percentiles":
        percents = body.get("percents", (1, 5, 25, 50, 75, 95, 99))
        ordered = sorted(held)
        return {"values": {str(float(p)): _around(ordered, p) for p in percents}}
    numbers = [value / scale for value in held]
    stats: Spec = {
        "count": len(numbers),
        "sum": sum(numbers),
        "min": min(numbers, default=None),
        "max": max(numbers, default=None),
        "avg": sum(numbers) / len(numbers) if numbers else None,
    }
    return stats if kind == "stats" else {"value": stats[kind]}


def _around(ordered: Sequence[float], percent: float) -> tuple[float, float] | None:
    """The values between which a percentile lies."""
    if not ordered:
        return None
    rank = percent / 100 * (len(ordered) - 1)
    return ordered[max(int(rank) - 1, 0)], ordered[min(int(rank) + 2, len(ordered) - 1)]


def _terms(body: Spec, rows: Sequence[Row], bucket: Bucket) -> Spec:
    field = body["field"]
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        for value in dict.fromkeys(_values(row, body)):
            groups.setdefault(value, []).append(row)
    include, exclude = body.get("include"), body.get("exclude")
    kept = {
        key: some
        for key, some in groups.items()
        if (include is None or _named(include, key))
        and not (exclude is not None and _named(exclude, key))
        and len(some) >= body.get("min_doc_count", 1)
    }
    ((by, direction),) = body.get("order", {"_count": "desc"}).items()
    sign = -1 if direction == "desc" else 1
    made = [(key, bucket(_key(field, key), some)) for key, some in sorted(kept.items())]
    if by == "_key":
        made = made[::sign]
    elif by == "_count":
        made.sort(key=lambda pair: sign * pair[1]["doc_count"])
    else:
        name, _, figure = by.partition(".")

        def rank(pair: tuple[Any, Spec]) -> float:
            value = pair[1][name][figure or "value"]
            return inf if value is None else sign * float(value)

        made.sort(key=rank)
    size = body.get("size", 10)
    return {
        "doc_count_error_upper_bound": 0,
        "sum_other_doc_count": sum(one["doc_count"] for _, one in made[size:]),
        "buckets": [one for _, one in made[:size]],
    }


def _named(wanted: str | list[str], key: str) -> bool:
    return key in wanted if isinstance(wanted, list) else bool(re.fullmatch(wanted, key))


def _key(field: str, value: Any) -> Spec:
    if field in FLAGS:
        return {"key": int(value), "key_as_string": "true" if value else "false"}
    return {"key": value}


def _range(body: Spec, rows: Sequence[Row], bucket: Bucket) -> Spec:
    buckets = []
    for wanted in sorted(
        body["ranges"], key=lambda one: (one.get("from", -inf), one.get("to", inf))
    ):
        low, high = wanted.get("from"), wanted.get("to")
        some = [
            row
            for row in rows
            if any(
                (low is None or value >= low) and (high is None or value < high)
                for value in row.get(body["field"], [])
            )
        ]
        ends = {end: float(wanted[end]) for end in ("from", "to") if end in wanted}
        name = wanted.get("key", f"{ends.get('from', '*')}-{ends.get('to', '*')}")
        buckets.append(bucket({"key": name, **ends}, some))
    return {"buckets": buckets}


def _histogram(body: Spec, rows: Sequence[Row], bucket: Bucket) -> Spec:
    step, offset = body["interval"], body.get("offset", 0)
    least = body.get("min_doc_count", 0)
    groups: dict[int, list[Row]] = {}
    for row in rows:
        for value in row.get(body["field"], []):
            groups.setdefault(int((value - offset) // step), []).append(row)
    ends = list(groups)
    if bounds := body.get("extended_bounds"):
        ends += [int((bounds[end] - offset) // step) for end in ("min", "max")]
    numbers = range(min(ends), max(ends) + 1) if ends else range(0)
    return {
        "buckets": [
            bucket({"key": float(number * step + offset)}, groups.get(number, []))
            for number in numbers
            if len(groups.get(number, [])) >= least
        ]
    }


# -- time


def _wall(us: int, zone: ZoneInfo) -> datetime:
    """What the clocks on the wall show."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
    return at.astimezone(zone)


def _label(wall: datetime, interval: str) -> tuple[int, bool]:
    """The number of the bucket that a wall's clock tells, and whether one begins just there for
    sure (a fixed one that the clocks, put back, begin again)."""
    day = wall.date().toordinal()
    if interval in STEPS or interval in ("hour", "minute"):
        minutes = (day - datetime(1970, 1, 1).toordinal()) * 1440 + wall.hour * 60 + wall.minute
        step = STEPS.get(interval, 60)
        return minutes // step, minutes % step == 0
    if interval == "week":
        return (day - 1) // 7, False
    months = {"month": 1, "quarter": 3, "year": 12}.get(interval)
    if months:
        return (wall.year * 12 + wall.month - 1) // months, False
    return day, False


@lru_cache(64)
def beginnings(name: str, interval: str) -> list[int]:
    """Where the buckets of a year begin: a quarter of an hour at a time, where the label moves on
    or a fixed one begins again."""
    zone = ZoneInfo(name)
    at = round(datetime(YEAR - 1, 12, 25, tzinfo=UTC).timestamp() * 1e6)
    end = round(datetime(YEAR + 1, 1, 15, tzinfo=UTC).timestamp() * 1e6)
    last: int | None = None
    found = []
    while at < end:
        label, again = _label(_wall(at, zone), interval)
        if last is None or label > last or again:
            found.append(at)
            last = label
        at += TICK
    return found


def begin_of(us: int, name: str, interval: str) -> int:
    known = beginnings(name, interval)
    return known[bisect_right(known, us) - 1]


def _dates(body: Spec, rows: Sequence[Row], bucket: Bucket) -> Spec:
    name = body.get("time_zone", "UTC")
    interval = body.get("calendar_interval") or body["fixed_interval"]
    groups: dict[int, list[Row]] = {}
    for row in rows:
        for value in row.get(body["field"], []):
            groups.setdefault(begin_of(value, name, interval), []).append(row)
    ends = list(groups)
    if bounds := body.get("extended_bounds"):
        moments = (datetime.fromisoformat(bounds[end]) for end in ("min", "max"))
        ends += [begin_of(round(at.timestamp() * 1e6), name, interval) for at in moments]
    shown = [at for at in beginnings(name, interval) if ends and min(ends) <= at <= max(ends)]
    least = body.get("min_doc_count", 0)
    return {
        "buckets": [
            bucket({"key_as_string": _text(at, name), "key": at // 1000}, groups.get(at, []))
            for at in shown
            if len(groups.get(at, [])) >= least
        ]
    }


def _text(us: int, name: str) -> str:
    text = f"{_wall(us, ZoneInfo(name)):%Y-%m-%dT%H:%M:%S.000%z}"
    return f"{text[:-2]}:{text[-2:]}".replace("+00:00", "Z")


# -- composite


def _composite(body: Spec, rows: Sequence[Row], bucket: Bucket) -> Spec:
    sources = [
        (name, kind, spec)
        for source in body["sources"]
        for name, parts in source.items()
        for kind, spec in parts.items()
    ]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        for key in _keys(row, sources):
            groups.setdefault(key, []).append(row)
    listed = sorted(groups)
    for place in range(len(sources) - 1, -1, -1):
        backwards = sources[place][2].get("order") == "desc"
        listed.sort(key=lambda key: key[place], reverse=backwards)
    names = [name for name, _, _ in sources]
    if after := body.get("after"):
        listed = listed[listed.index(tuple(after[name] for name in names)) + 1 :]
    page = listed[: body.get("size", 10)]
    made = [bucket({"key": dict(zip(names, key, strict=True))}, groups[key]) for key in page]
    return {"after_key": made[-1]["key"], "buckets": made} if made else {"buckets": []}


def _keys(row: Row, sources: Sequence[tuple[str, str, Spec]]) -> Iterator[tuple[Any, ...]]:
    if not sources:
        yield ()
        return
    _, kind, spec = sources[0]
    values = list(dict.fromkeys(row.get(spec["field"], [])))
    if kind == "date_histogram":
        interval = spec.get("calendar_interval") or spec["fixed_interval"]
        name = spec.get("time_zone", "UTC")
        values = [begin_of(value, name, interval) // 1000 for value in values]
    elif kind == "histogram":
        values = [float(value // spec["interval"] * spec["interval"]) for value in values]
    for value in values:
        for rest in _keys(row, sources[1:]):
            yield (value, *rest)
