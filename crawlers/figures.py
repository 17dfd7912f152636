"""Own figures of Meta's platforms as samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from crawlers.fields import moment
from vigie.records import MetricSample, sample_id
from vigie.sources import Answer, Mapped

SETTLED = timedelta(hours=48)  # figures of a day may still move for so long
_TITLES = frozenset({"name", "period", "values", "total_value", "title", "description", "id"})


def daily(answer: Answer, cursor: Mapping[str, Any], what: str) -> bool:
    """Whether something that moves slowly was last read a day ago, or never."""
    at = moment(cursor.get(what))
    return at is None or answer.collected_at - at >= timedelta(hours=20)


def is_figures(items: Sequence[Any]) -> bool:
    """Whether a list holds insights: named values."""
    return bool(items) and all(
        isinstance(item, dict) and "name" in item and item.keys() & {"values", "total_value"}
        for item in items
    )


def figures(
    mapped: Mapped,
    answer: Answer,
    items: Iterable[Mapping[str, Any]],
    platform: str,
    names: Mapping[str, str],
    of_post: bool,
) -> dict[str, float]:
    """Gathers insights as own samples, and answers with those of the whole life by metric.

    The entity is the object that the answer names; a figure of a day is captured at its end and
    estimated until it has settled; parts of a figure have entities of their own,
    `facebook:1|type=like`. A value that is not given is no sample: an empty data set is unknown,
    not 0."""
    whole: dict[str, float] = {}
    for item in items:
        mapped.unknown.update(f"{answer.endpoint}.{key}" for key in item.keys() - _TITLES)
        period = item.get("period") or "lifetime"
        name = names.get(item["name"], item["name"])
        if period not in ("day", "lifetime", "total_over_range"):
            name = f"{name}_{period}"
        native = answer.meta.get("entity") or str(item["id"]).partition("/")[0]
        entity = f"{platform}:{native}"
        for part, value, at in _values(item, answer):
            if not part:
                whole[name] = value
            captured = at or answer.collected_at
            settled = at is None or answer.collected_at - at >= SETTLED
            mapped.samples.append(
                MetricSample(
                    id=sample_id(f"{entity}{part}", name, captured),
                    entity=f"{entity}{part}",
                    entity_kind="post" if of_post else "account",
                    platform=platform,
                    metric=name,
                    value=value,
                    captured_at=captured,
                    exactness="exact" if settled else "estimated",
                    scope="own",
                )
            )
    return whole


def _values(
    item: Mapping[str, Any], answer: Answer
) -> Iterator[tuple[str, float, datetime | None]]:
    """Part ("" is the whole), value, and the end of the day that it is of."""
    for given in item.get("values") or ():
        at = moment(given.get("end_time"))
        value = given.get("value")
        if isinstance(value, dict):
            for key, number in value.items():
                if _is_number(number):
                    yield f"|type={key}", number, at
        elif _is_number(value):
            yield "", value, at
    total = item.get("total_value") or {}
    at = moment(answer.meta.get("until"))
    if _is_number(total.get("value")):
        yield "", total["value"], at
    for breakdown in total.get("breakdowns") or ():
        dimensions = breakdown["dimension_keys"]
        for result in breakdown.get("results") or ():
            if _is_number(result.get("value")):
                pairs = zip(dimensions, result["dimension_values"], strict=True)
                yield f"|{','.join(f'{key}={of}' for key, of in pairs)}", result["value"], at


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
