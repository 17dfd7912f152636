"""Faults of the simulated platforms, switched on and off while they serve.

| kind | what a caller sees |
|---|---|
| `outage` | 503 with a page |
| `reset` | the connection is torn off before an answer |
| `login`, `consent`, `html` | a page: a password is asked for, consent, or nothing |
| `half` | the first half of the body, with the right length |
| `torn` | the connection is torn off in the middle of the body |
| `renamed` | a field that no reader can do without has another name, wherever it stands |
| `grown` | every item has a field more (`FIELD`), which nobody knows |
| `crooked` | no address in the body is one: `https://[shop…` |
| `failed` | status 200 with an error of the platform's in the body |
| `empty` | status 200 without a body |
| `drip` | the body comes byte by byte and never ends in time |
| `hang` | no answer at all; `Faults.reached` is set when the call is there |
| `duplicate` | one page of each list comes twice before the next |
| `loop` | every page of a list is its first |
| `skew` | the platform's clock is `hours` ahead |
| `limited` | too many calls, come again in `wait_s` |
| `missing`, `lapsed`, `revoked`, `unapproved` | what is wrong with the token |
| `outdated` | the version of the API is not served any more |

A door that is shut altogether (`Served.shut`) refuses connections.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast, get_args

import orjson

from vigie.demo import sites
from vigie.demo.sites.reply import Ask, Refusal, Reply

Kind = Literal[
    "outage", "reset", "login", "consent", "html", "half", "torn", "renamed", "grown", "crooked",
    "failed", "empty", "drip", "hang", "duplicate", "loop", "skew", "limited", "missing", "lapsed",
    "revoked", "unapproved", "outdated",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
REFUSALS: tuple[str, ...] = get_args(Refusal)
FIELD = "fresh_from_the_platform"
DRIP_S = 0.02  # between two bytes
HTML = "text/html; charset=utf-8"
OUTAGE = b"<html><body>503 Service Unavailable</body></html>"
LOGIN = (
    b'<!doctype html><html><head><title>Log in</title></head><body><form method="post" '
    b'action="/login"><input name="user"><input type="password" name="pass"></form></body></html>'
)
CONSENT = (
    b"<!doctype html><html><head><title>Before you continue</title></head><body>"
    b"<h1>Before you continue</h1><p>We use cookies and data to deliver our services.</p>"
    b'<form method="post" action="/consent/save"><button name="consent" value="reject">Reject all'
    b'</button><button name="consent" value="accept">Accept all</button></form></body></html>'
)
PAGE = b"<!doctype html><html><head><title>Welcome</title></head><body><p>Hello</p></body></html>"
# Parameters that lead from page to page; without them two calls for pages of a list are the same.
_PAGES = re.compile(
    r"cursor|max_id|min_id|since_id|until_id|numericFilters|page|pageToken|page_token|next_token|"
    r"pagination_token|after|before|bookmark|start|offset|count|search_id|until|since"
)
_NESTED = re.compile(r"\.(?:after|before)\([^)]*\)")  # pages within Graph's `fields`


@dataclass(slots=True)
class Fault:
    """One fault of a platform: after how many sound answers it begins, how many it spoils (None:
    all until it is cleared), and of which addresses."""

    kind: Kind
    after: int = 0
    times: int | None = None
    path: str = ""
    wait_s: float = 3_600.0
    hours: float = 3.0

    def strikes(self, path: str) -> bool:
        """Whether this call is spoilt; counts it."""
        if self.path not in path:
            return False
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            if not self.times:
                return False
            self.times -= 1
        return True


class Faults:
    """The switches of all platforms."""

    def __init__(self) -> None:
        self._on: dict[str, list[Fault]] = {}
        self._lists: dict[tuple[str, str], _Walk] = {}
        self.reached = asyncio.Event()

    def switch(self, platform: str, kind: Kind, **options: Any) -> Fault:
        """Switches a fault on, with what `Fault` takes. Raises ValueError for a kind that there is
        not, or not at this platform."""
        if kind not in KINDS:
            raise ValueError(f"no fault {kind!r}; there are {', '.join(KINDS)}")
        if kind == "outdated" and not hasattr(sites.kind(platform), "outdated"):
            raise ValueError(f"the API of {platform} has no versions")
        fault = Fault(kind, **options)
        self._on.setdefault(platform, []).append(fault)
        return fault

    def clear(self, platform: str | None = None) -> None:
        """Switches everything off, of one platform or of all."""
        for name in [platform] if platform else list(self._on):
            self._on.pop(name, None)
        self._lists.clear()
        self.reached.clear()

    def struck(self, platform: str, path: str) -> Fault | None:
        """The fault that spoils a call to this platform's path."""
        return next((one for one in self._on.get(platform, ()) if one.strikes(path)), None)

    def instead(self, fault: Fault, site: Any, ask: Ask) -> Reply | None:
        """What comes in the place of the site's answer; None: the site is asked."""
        if fault.kind in REFUSALS:
            return cast("Reply", site.refused(ask, fault.kind))
        if fault.kind == "limited":
            return cast("Reply", site.limited(ask, fault.wait_s))
        if fault.kind == "failed":
            return cast("Reply", site.failed(ask))
        if fault.kind == "outdated":
            return cast("Reply", site.outdated(ask))
        if fault.kind == "outage":
            return Reply(503, OUTAGE, HTML)
        if fault.kind == "empty":
            return Reply(200, b"")
        if fault.kind in ("reset", "hang"):
            return Reply(200, b"", wire=fault.kind)
        pages = {"login": LOGIN, "consent": CONSENT, "html": PAGE}
        return Reply(200, pages[fault.kind], HTML) if fault.kind in pages else None

    def spoilt(self, fault: Fault, platform: str, site: Any, ask: Ask, reply: Reply) -> Reply:
        """The site's answer with the fault in it. Answers that are errors stay as they are."""
        if reply.status >= 300 or fault.kind == "skew":
            return reply
        headers = {name: told for name, told in reply.headers.items() if name != "etag"}
        reply = replace(reply, headers=headers)
        if fault.kind == "half":
            return replace(reply, body=reply.body[: len(reply.body) // 2])
        if fault.kind in ("torn", "drip"):
            return replace(reply, wire=fault.kind)
        if fault.kind == "crooked":
            return replace(reply, body=re.sub(rb"(https?):(\\?/){2}", rb"\1://[", reply.body))
        if fault.kind == "renamed":
            return replace(reply, body=_renamed(reply, *site.renamed))
        if fault.kind == "grown":
            return replace(reply, body=_grown(reply, site.renamed[0]))
        if fault.kind in ("duplicate", "loop"):
            return self._paged(fault, platform, ask, reply)
        return reply

    def _paged(self, fault: Fault, platform: str, ask: Ask, reply: Reply) -> Reply:
        """An earlier page of the same list in the place of this one."""
        place, page = list_of(ask)
        walk = self._lists.setdefault((platform, place), _Walk(page, reply))
        if page == walk.page or (fault.kind == "duplicate" and walk.repeated):
            walk.page, walk.reply = page, reply
            return reply
        walk.repeated = True
        return walk.reply


@dataclass(slots=True)
class _Walk:
    """A list that is read page by page: where the reader is, and what it was last given."""

    page: str
    reply: Reply
    repeated: bool = False


def list_of(ask: Ask) -> tuple[str, str]:
    """The list that a call reads, and which of its pages."""
    same, page = [ask.path], []
    asked: list[tuple[str, str]] = [
        (name, value) for name, values in ask.query.items() for value in values
    ]
    if ask.body:
        try:
            body = orjson.loads(ask.body)
        except orjson.JSONDecodeError:
            body = ask.body.decode(errors="replace")
        named = body if isinstance(body, Mapping) else {"": body}
        asked += [(name, str(value)) for name, value in named.items()]
    for name, value in asked:
        if _PAGES.fullmatch(name):
            page.append(f"{name}={value}")
        else:
            page += _NESTED.findall(value)
            same.append(f"{name}={_NESTED.sub('', value)}")
    return "&".join(same), "&".join(page)


def _renamed(reply: Reply, old: str, new: str) -> bytes:
    if "json" not in reply.kind:
        tag = re.compile(rf"(</?)(?:{old})\b")
        return tag.sub(rf"\g<1>{new}", reply.body.decode()).encode()

    def rename(item: dict[str, Any]) -> dict[str, Any]:
        return {new if key == old else key: value for key, value in item.items()}

    return orjson.dumps(_walked(orjson.loads(reply.body), rename))


def _grown(reply: Reply, mark: str) -> bytes:
    """The body with a field more in every object that has the field `mark`."""
    if "json" not in reply.kind:
        return reply.body

    def grow(item: dict[str, Any]) -> dict[str, Any]:
        return {**item, FIELD: "new"} if mark in item else item

    return orjson.dumps(_walked(orjson.loads(reply.body), grow))


def _walked(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A JSON value with every object in it changed."""
    if isinstance(value, dict):
        return change({key: _walked(one, change) for key, one in value.items()})
    return [_walked(one, change) for one in value] if isinstance(value, list) else value
