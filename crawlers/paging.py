"""Walking lists that are newest first, so that nothing is read twice and no gap is left.

The cursor holds `top`, the newest time that was ever seen, and `gaps`: walks that were cut short
(by a limit, a fault, the end of the program), each with the page to go on with and the time where
older posts are known already. A fresh walk goes from the newest post down to `top`; a gap is walked
to its own end. So new posts come first and a cut walk is finished by a later crawl. Only the newest
gaps are kept: a list that grows faster than it may be read stays incomplete, not endless.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from crawlers.fields import moment, stamp
from vigie.sources import Answer, Call

_NEXT = re.compile(r"""<([^>]+)>\s*;[^,]*?\brel="?next"?""")
THREAD_DAYS = 14  # under older posts new answers are rare
_THREADS_KEPT = 300
_GAPS_KEPT = 2  # a list that outruns every crawl must not make each of them longer than the last


@dataclass(frozen=True, slots=True)
class Page:
    """Newest and oldest time of a page, and the address of the next, relative to the host."""

    newest: datetime | None
    oldest: datetime | None
    next: str | None


def page(times: Iterable[datetime | None], next: str | None) -> Page:
    known = [time for time in times if time]
    return Page(max(known, default=None), min(known, default=None), next)


def walk(
    endpoint: str, host: str, path: str, cursor: Mapping[str, Any], meta: Mapping[str, Any]
) -> Iterator[Call]:
    """The first page of a fresh walk, then the pages at which earlier walks were cut."""
    top = cursor.get("top")
    yield Call(endpoint, f"{host}{path}", meta={**meta, "until": top})
    for name, gap in cursor.get("gaps", {}).items():
        yield Call(
            endpoint, f"{host}{gap['url']}", meta={**meta, "until": gap["until"], "walk": name}
        )


def following(answer: Answer, host: str, page: Page) -> Iterator[Call]:
    """The next page of the answer's walk, or none at its end."""
    if on := _onward(answer, page):
        meta = {**answer.meta, "walk": _name(answer, page)}
        yield Call(answer.endpoint, f"{host}{on}", meta=meta)


def advanced(answer: Answer, cursor: Mapping[str, Any], page: Page) -> dict[str, Any]:
    """The cursor after this page is on disk."""
    moved = dict(cursor)
    gaps = dict(cursor.get("gaps", {}))
    name = _name(answer, page)
    if on := _onward(answer, page):
        gaps[name] = {"url": on, "until": answer.meta.get("until")}
    else:
        gaps.pop(name, None)
    if page.newest:
        # A platform whose clock is ahead must not hide what comes until ours has caught up.
        newest = min(page.newest, answer.collected_at)
        moved["top"] = max(cursor.get("top") or "", stamp(newest))
    if gaps or "gaps" in moved:
        moved["gaps"] = dict(sorted(gaps.items(), reverse=True)[:_GAPS_KEPT])
    return moved


def _name(answer: Answer, page: Page) -> str:
    newest = stamp(page.newest) if page.newest else ""
    return str(answer.meta.get("walk") or f"{newest}|{answer.meta.get('until') or ''}")


def _onward(answer: Answer, page: Page) -> str | None:
    if page.oldest is None or page.next is None:
        return page.next  # a page may be empty, since what was on it is hidden, and the list go on
    until = answer.meta.get("until")
    if until and stamp(page.oldest) < until:
        return None
    floor = answer.collected_at - timedelta(days=answer.meta.get("since_days", 30))
    return page.next if page.oldest >= floor else None


def link_next(answer: Answer, host: str) -> str | None:
    """The `rel="next"` address of a Link header, relative to the host, whatever host it names."""
    found = _NEXT.search(answer.headers.get("link", ""))
    if not found:
        return None
    address = found[1]
    if address.startswith(host):
        return address[len(host) :]
    return re.sub(r"^[a-z]+://[^/]+", "", address)


def onward(answer: Answer, host: str, safe: str = ",", **step: Any) -> str:
    """The address that was asked for with other parameters, relative to the host."""
    split = urlsplit(answer.request_url)
    asked = urlencode({**dict(parse_qsl(split.query)), **step}, quote_via=quote, safe=safe)
    return f"{split.path[len(urlsplit(host).path) :]}?{asked}"


def threads_due(
    answer: Answer, cursor: Mapping[str, Any], posts: Iterable[tuple[str, int | None, Any]]
) -> Iterator[tuple[str, int]]:
    """Of (id, answers, published), the young posts that have got other answers since last read."""
    read = cursor.get("threads", {})
    young = answer.collected_at - timedelta(days=THREAD_DAYS)
    for id, answers, published in posts:
        time = moment(published)
        if answers and time and time >= young and read.get(id) != answers:
            yield id, answers


def thread_part(
    cursor: Mapping[str, Any], id: str, part: str, answers: int | None, below: Iterable[str]
) -> dict[str, Any]:
    """The cursor after one item of a thread is on disk that is read item by item: the post `id`
    itself, with its answers, or one of those below it. Only with the last of them the thread is
    read; one that is cut short is read again."""
    waiting = dict(cursor.get("open", {}))
    if answers is not None:
        waiting[id] = {"answers": answers, "left": list(below)}
    elif id in waiting:
        left = [one for one in waiting[id]["left"] if one != part]
        waiting[id] = {**waiting[id], "left": [*left, *below]}
    told = waiting.get(id)
    if told is not None and not told["left"]:
        del waiting[id]
        return {**thread_read(cursor, id, told["answers"]), "open": waiting}
    return {**cursor, "open": dict(list(waiting.items())[-_THREADS_KEPT:])}


def thread_read(cursor: Mapping[str, Any], id: str, answers: int) -> dict[str, Any]:
    """The cursor after the answers under a post are on disk."""
    threads = {key: count for key, count in cursor.get("threads", {}).items() if key != id}
    threads[id] = answers
    return {**cursor, "threads": dict(list(threads.items())[-_THREADS_KEPT:])}
