"""Own figures of a day, as tools export them beside posts: one row a day, a column a metric."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from vigie.errors import MappingError
from vigie.importing.addresses import handle_in, platform_of
from vigie.importing.columns import FIGURE
from vigie.importing.plans import Plan, Refused, read_cells
from vigie.importing.values import time_zone
from vigie.records import MetricSample, sample_id
from vigie.sources import Answer, Mapped


def daily(rows: Iterable[tuple[int, Any]], plan: Plan, answer: Answer) -> Mapped:
    """Samples of own figures (scope "own") of an account, at the end of each day. A cell that says
    nothing gives none. Raises MappingError where not one row can be read."""
    mapped = Mapped()
    for number, row in rows:
        try:
            found = read_day(row, plan, mapped.missing)
        except Refused as error:
            mapped.refused.append(f"row {number}: {error}")
            continue
        samples = list(_samples(found))
        if not samples:
            mapped.refused.append(f"row {number}: no figure")
        mapped.samples += samples
    if mapped.refused and not mapped.samples:
        raise MappingError("; ".join(mapped.refused[:5]), where=str(answer.meta.get("file")))
    return mapped


def read_day(row: Any, plan: Plan, unread: Counter[str]) -> dict[str, Any]:
    """Field → value of a row of figures. Raises Refused where it names no day or no account."""
    found = read_cells(row, plan, unread)
    day = found.get("published_at")
    if not isinstance(day, datetime):
        raise Refused("no day")
    platform = platform_of(str(found.get("platform") or ""), found.get("url"))
    if platform is None:
        raise Refused("no platform: neither a column nor --platform")
    account = found.get("author.id") or handle_in(str(found.get("author.handle") or ""))
    if not account:
        raise Refused("no account: give --account")
    account = str(account) if found.get("author.id") else str(account).casefold()
    found["entity"] = account if account.startswith(f"{platform}:") else f"{platform}:{account}"
    found["platform"] = platform
    # The day ends by the clock of the place that the file counts in.
    local = day.astimezone(time_zone(plan.dates.timezone))
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    found["until"] = start + timedelta(days=1)
    return found


def _samples(found: Mapping[str, Any]) -> Iterable[MetricSample]:
    values = [(name, value, "exact") for name, value in found.items() if name.startswith(FIGURE)]
    values += [(name, value, "rounded") for name, value in found.get("rounded", {}).items()]
    for name, value, exactness in values:
        metric = name.removeprefix(FIGURE)
        yield MetricSample.model_validate(
            {
                "id": sample_id(found["entity"], metric, found["until"]),
                "entity": found["entity"],
                "entity_kind": "account",
                "platform": found["platform"],
                "metric": metric,
                "value": value,
                "captured_at": found["until"],
                "exactness": exactness,
                "scope": "own",
            }
        )
