"""Own figures of Meta's platforms as samples; and what a crawl owes of them until it is read.

A list of own posts leads to their figures and to the answers under them. A crawl may be cut between
the two, and the list is not read again: so the cursor holds in `owed` what is still to be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from crawlers import paging
from crawlers.fields import moment
from vigie.records import MetricSample, sample_id
from vigie.sources import Answer, Mapped

SETTLED = timedelta(hours=48)  # figures of a day may still move for so long
KEPT = 300  # posts of an account that a cursor remembers
_TITLES = frozenset({"name", "period", "values", "total_value", "title", "description", "id"})


def due(cursor: Mapping[str, Any], ids: Iterable[str]) -> list[str]:
    """Of own posts those whose figures were never read, nor are owed; later ones come with
    `refresh`."""
    known = {*cursor.get("figures", ()), *owed(cursor, "figures")}
    return [id for id in ids if id not in known]


def threads(
    answer: Answer, cursor: Mapping[str, Any], posts: Iterable[tuple[str, int | None, Any]]
) -> dict[str, int]:
    """Of (id, answers, published), the young posts that have got other answers since last read,
    and are not owed."""
    owing = owed(cursor, "threads")
    found = paging.threads_due(answer, cursor, posts)
    return {id: answers for id, answers in found if owing.get(id) != answers}


def owed(cursor: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Posts whose `figures` or `threads` are to be read, with what the call has to know."""
    return dict(cursor.get("owed", {}).get(what, {}))


def owing(cursor: Mapping[str, Any], what: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """The cursor after a list is on disk from which these follow."""
    if not more:
        return dict(cursor)
    kept = {**owed(cursor, what), **more}
    return _owed(cursor, what, dict(list(kept.items())[-KEPT:]))


def figures_read(cursor: Mapping[str, Any], id: str) -> dict[str, Any]:
    """The cursor after the figures of an own post are on disk."""
    known = [one for one in cursor.get("figures", ()) if one != id]
    return {**_paid(cursor, "figures", id), "figures": [*known, id][-KEPT:]}


def thread_read(cursor: Mapping[str, Any], id: str, answers: int) -> dict[str, Any]:
    """The cursor after the answers under a post are on disk."""
    return paging.thread_read(_paid(cursor, "threads", id), id, answers)


def _paid(cursor: Mapping[str, Any], what: str, id: str) -> Mapping[str, Any]:
    kept = owed(cursor, what)
    return _owed(cursor, what, kept) if kept.pop(id, None) is not None else cursor


def _owed(cursor: Mapping[str, Any], what: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    debts = {**cursor.get("owed", {}), what: kept}
    return {**cursor, "owed": {name: its for name, its in debts.items() if its}}


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
