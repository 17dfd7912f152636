"""What Meta's APIs share: addresses with a version, errors with codes, pages, posts read again.

The token travels in a header, never in an address. `paging.next` holds a token of its own: only the
cursors beside it are used, and `vigie/masking.py` takes it out of what is landed.
Sources: Graph API error handling, paging and insights pages; Threads' API is built alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from crawlers import paging
from crawlers.fields import stamp
from crawlers.paging import Page
from vigie.addresses import parts
from vigie.ratelimit import META_CODES
from vigie.records import Post, Tombstone
from vigie.sources import Answer, Call, Target
from vigie.watchlist import Platform, Watchlist

HOST = "https://graph.facebook.com"
VERSION = "v25.0"  # each lives about two years; `platforms.<name>.api_version` names another
TOLD = 120  # characters of a platform's own words
TURNS = 15  # pages below one post
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


def accounts(
    platform: str, watchlist: Watchlist, host: str, more: Mapping[str, Any]
) -> list[Target]:
    """The accounts of all brands, each with whether it is an own brand's."""
    return [
        Target(platform, "account", account.lstrip("@"), brand.id, None, host,
               {**more, "own": brand.role == "own"})
        for brand in watchlist.brands
        for account in brand.accounts.get(platform, ())
    ]  # fmt: skip


def signed(calls: Iterable[Call], token: Mapping[str, str]) -> Iterator[Call]:
    """The calls with the token's header."""
    return (replace(call, headers=token) for call in calls)


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
    key = _key(answer, code, subcode, words)
    number = f"{code or ''}{f'/{subcode}' if subcode else ''}"
    if key == "unknown account":  # its words are many, and do not tell which it is
        return f"{key}: error {number}"
    return f"{key}: {' '.join(f'{number} {words}'.split())[:TOLD]}"


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
    split, onward = urlsplit(answer.request_url), dict(parse_qsl(parts(paging["next"]).query))
    step = {name: onward[name] for name in _STEPS if onward.get(name)}
    if after := (paging.get("cursors") or {}).get("after"):
        step["after"] = str(after)
    asked = {**dict(parse_qsl(split.query)), **step}
    here = split.path[len(urlsplit(host).path) :]
    return f"{here}?{urlencode(asked, safe='(),{}')}" if step else None


def below(answer: Answer, host: str, listing: Mapping[str, Any]) -> Call | None:
    """The next page of what stands below a post; None at its end, or where so much was read of it
    that a crawl would never come to the end."""
    turn, on = answer.meta.get("turn", 1), following(answer, host, listing)
    if on is None or turn >= TURNS:
        return None
    return Call(answer.endpoint, f"{host}{on}", meta={**answer.meta, "turn": turn + 1})


def came_back(answer: Answer, page: Page) -> bool:
    """Whether a later page of a walk begins with the walk's first post: its cursor leads back."""
    begun = str(answer.meta.get("walk", "")).partition("|")[0]
    return page.newest is not None and begun == stamp(page.newest)


# Posts read again where a platform answers for lists alone


def again(accounts: Iterable[Target], posts: Iterable[Post]) -> list[Target]:
    """Targets that read posts again, by the lists of the accounts that published them."""
    known = {target.value.casefold(): target for target in accounts}
    wanted: dict[str, dict[str, str]] = {}
    for post in posts:
        handle = (post.author.handle or "").casefold()
        if handle in known:
            wanted.setdefault(handle, {})[post.native_id] = stamp(post.published_at)
    return [
        replace(known[handle], kind="refresh", value=handle,
                options={**known[handle].options, "asked": ids})
        for handle, ids in wanted.items()
    ]  # fmt: skip


def walk(
    endpoint: str,
    target: Target,
    where: str,
    cursor: Mapping[str, Any],
    meta: Mapping[str, Any],
) -> Iterator[Call]:
    """The first pages of an account's list: of a walk, or of what is read again."""
    if target.kind == "refresh":
        more = {**meta, "asked": target.options["asked"]}
        yield Call(endpoint, f"{target.host}{where}", meta=more)
    else:
        yield from paging.walk(endpoint, target.host or "", where, cursor, meta)


def older(answer: Answer, target: Target, page: Page, ids: Iterable[str]) -> Iterator[Call]:
    """The next page of an account's list, where there is something to look for."""
    if "asked" not in answer.meta:
        yield from paging.following(answer, target.host or "", page)
        return
    _, left = missed(answer.meta["asked"], ids, page)
    if left and page.next:
        more = {**answer.meta, "asked": left}
        yield Call(answer.endpoint, f"{target.host}{page.next}", meta=more)


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
