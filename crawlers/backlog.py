"""What a list leads to and a crawl may be cut off from: answers under posts, figures of own posts.

The list is not read again, so the cursor holds in `owed` what is still to be read, and the next
crawl begins with it. What is gone by then is owed no more: the crawler names in `settles` the
endpoints whose refusal says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crawlers import paging
from vigie.sources import Answer

KEPT = 300  # posts of an account that a cursor remembers


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
    return {id: answers for id, answers in found if _answers(owing.get(id)) != answers}


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


def part_read(
    cursor: Mapping[str, Any], id: str, part: str, answers: int | None, below: Iterable[str]
) -> dict[str, Any]:
    """The cursor after one part of what stands under a post is on disk (`paging.thread_part`): with
    the last of them it is owed no more."""
    moved = paging.thread_part(cursor, id, part, answers, below)
    return moved if id in moved["open"] else dict(_paid(moved, "threads", id))


def _answers(told: Any) -> Any:
    """How many answers a post had when it came to be owed: alone, or beside what the call needs."""
    return told["answers"] if isinstance(told, dict) else told


def _paid(cursor: Mapping[str, Any], what: str, id: str) -> Mapping[str, Any]:
    kept = owed(cursor, what)
    return _owed(cursor, what, kept) if kept.pop(id, None) is not None else cursor


def _owed(cursor: Mapping[str, Any], what: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    debts = {**cursor.get("owed", {}), what: kept}
    return {**cursor, "owed": {name: its for name, its in debts.items() if its}}
