"""What Meta's APIs share: addresses with a version, errors with codes, pages, and own figures.

The token travels in a header, never in an address. `paging.next` holds a token of its own: only the
cursors beside it are used, and `vigie/masking.py` takes it out of what is landed.
Sources: Graph API error handling, paging and insights pages; Threads' API is built alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from crawlers import paging
from crawlers.fields import moment, stamp
from crawlers.paging import Page
from vigie.ratelimit import META_CODES
from vigie.records import MetricSample, Post, Tombstone, sample_id
from vigie.sources import Answer, Mapped
from vigie.watchlist import Platform

HOST = "https://graph.facebook.com"
VERSION = "v25.0"  # each lives about two years; `platforms.<name>.api_version` names another
SETTLED = timedelta(hours=48)  # figures of a day may still move for so long
KEPT = 300  # posts of an account that a cursor remembers
_LAPSED = frozenset({463, 467})
_REVOKED = frozenset({458, 459, 460, 464, 492})
_GONE = frozenset({110, 803})
_VERSION = re.compile(r"\bversion\b|unknown path components: /v\d", re.I)
_WITHDRAWN = re.compile(r"password|not authorized|revoked|logged out|checkpoint|de-?auth", re.I)
_NEEDS = re.compile(r"public content access|permission|requires .*(?:access|review|proof)", re.I)
_STEPS = ("after", "until", "__paging_token")


def bearer(name: str) -> dict[str, str]:
    """The header that carries a token; the framework fills its value in."""
    return {"Authorization": f"Bearer ${{{name}}}"}


def base(settings: Platform, host: str = HOST, version: str = VERSION) -> str:
    """The API's address with its version."""
    asked = settings.api_version or version
    return f"{(settings.url or host).rstrip('/')}/{asked if asked[:1] == 'v' else f'v{asked}'}"


def options(settings: Platform, version: str = VERSION) -> dict[str, Any]:
    """What every target of these platforms carries. `meta` goes with each call."""
    meta: dict[str, Any] = {"since_days": settings.since_days}
    asked = settings.api_version or version
    if asked != version:
        meta["api_version"] = asked if asked[:1] == "v" else f"v{asked}"
    return {"meta": meta, "insights": list(settings.insights)}


def path(where: str, **asked: object) -> str:
    """A path below the version with its parameters."""
    return f"/{where}?{urlencode(asked, safe='(),{}')}" if asked else f"/{where}"


# Errors


def error_of(answer: Answer) -> Mapping[str, Any] | None:
    """The error that a body tells, None where it tells none."""
    return answer.once("error", lambda: _read_error(answer))


def _read_error(answer: Answer) -> Mapping[str, Any] | None:
    if b'"error"' not in answer.body:
        return None
    try:
        body = answer.json()
    except ValueError:
        return None  # half a page, or HTML: others tell
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else None


def code_of(answer: Answer) -> tuple[int, int]:
    """Code and subcode of an answer's error, zeros without one."""
    error = error_of(answer) or {}
    code, subcode = error.get("code"), error.get("error_subcode")
    return code if isinstance(code, int) else 0, subcode if isinstance(subcode, int) else 0


def is_gone(answer: Answer) -> bool:
    """Whether an answer says that what was asked for is not there: gone, or not for this token."""
    code, subcode = code_of(answer)
    return answer.status == 404 or (code, subcode) == (100, 33) or code in _GONE


def fault(answer: Answer) -> str | None:
    """What an error says of the source, beginning with a key of `vigie/health.py`."""
    error = error_of(answer)
    if error is None:
        return None
    code, subcode = code_of(answer)
    words = f"{error.get('error_user_msg') or ''} {error.get('message') or ''}"
    told = " ".join(f"{code or ''}{f'/{subcode}' if subcode else ''} {words}".split())[:160]
    key = _key(answer, code, subcode, words)
    return f"{key}: {told}"


def _key(answer: Answer, code: int, subcode: int, words: str) -> str:
    if code in (102, 190):
        withdrawn = subcode in _REVOKED or (subcode not in _LAPSED and _WITHDRAWN.search(words))
        return "approval revoked" if withdrawn else "token lapsed"
    if code == 104 or (code == 2500 and "token" in words):
        return "token lapsed"
    if code in META_CODES or code == 18:
        return "rate limit"
    if code == 2635 or (code in (3, 12, 100, 2500) and _VERSION.search(words)):
        return "unknown API version"
    if is_gone(answer):
        return "unknown account"
    if code in (3, 10) or 200 <= code < 300 or (code == 100 and _NEEDS.search(words)):
        return "approval missing"
    return "error in a 200" if answer.status < 300 else f"HTTP {answer.status}"


# Pages


def following(answer: Answer, host: str, listing: Mapping[str, Any]) -> str | None:
    """The path of a list's next page, relative to the host; None at its end."""
    paging = listing.get("paging") or {}
    if not paging.get("next") or not listing.get("data"):
        return None
    split, onward = urlsplit(answer.request_url), dict(parse_qsl(urlsplit(paging["next"]).query))
    step = {name: onward[name] for name in _STEPS if onward.get(name)}
    if after := (paging.get("cursors") or {}).get("after"):
        step["after"] = str(after)
    asked = {**dict(parse_qsl(split.query)), **step}
    here = split.path[len(urlsplit(host).path) :]
    return f"{here}?{urlencode(asked, safe='(),{}')}" if step else None


def came_back(answer: Answer, page: Page) -> bool:
    """Whether a later page of a walk begins with the walk's first post: its cursor leads back."""
    begun = str(answer.meta.get("walk", "")).partition("|")[0]
    return page.newest is not None and begun == stamp(page.newest)


# What follows from a list, and is owed until it is read: a crawl may be cut before that


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


# Posts read again where a platform answers for lists alone


def asked(posts: Iterable[Post]) -> dict[str, str]:
    """Native ids of posts with the times of their publication, as `missed` wants them."""
    return {post.native_id: stamp(post.published_at) for post in posts}


def missed(
    wanted: Mapping[str, str], there: Iterable[str], page: Page
) -> tuple[list[str], dict[str, str]]:
    """Of wanted posts those that are gone, and those that older pages may hold. A post is gone
    where the page of a list that is newest first begins before it and does not have it; at the
    list's end what is left is gone, but an empty list proves nothing."""
    found = set(there)
    if page.oldest is None:
        return [], {}
    oldest = stamp(page.oldest)
    left = {id: at for id, at in wanted.items() if id not in found}
    gone = [id for id, at in left.items() if page.next is None or at > oldest]
    return gone, {id: at for id, at in left.items() if id not in gone}


def tombstones(platform: str, ids: Iterable[str], answer: Answer) -> list[Tombstone]:
    return [
        Tombstone(id=f"{platform}:{id}", entity_kind="post", noticed_at=answer.collected_at)
        for id in ids
    ]


# Own figures

_TITLES = frozenset({"name", "period", "values", "total_value", "title", "description", "id"})


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
