"""What a site is asked and what it answers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import parse_qs

import orjson

if TYPE_CHECKING:
    from vigie.demo.people import Account
    from vigie.demo.posts import Post

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: path below the site's prefix, query, lower-case headers, the clock's time. `left`
    and `reset` are what the door counted of the caller's quota; sites tell them in their way."""

    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    now: int  # ms since the epoch
    url: str  # the address without query
    method: str = "GET"
    body: bytes = b""
    left: int = 1_000  # calls of the window
    reset: int = 0  # ms since the epoch: when the window ends

    def one(self, name: str, default: str = "") -> str:
        """A parameter's first value."""
        return self.query.get(name, [default])[0]

    def number(self, name: str, default: int, most: int) -> int:
        """A parameter as a number between 1 and `most`."""
        text = self.one(name)
        return max(1, min(int(text), most)) if text.isdigit() else default

    def bearer(self) -> str:
        """The token of an Authorization header, "" without one."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else ""

    def json(self) -> Any:
        """The body as JSON; raises ValueError."""
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    body: bytes
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    wire: str = ""  # how the body fails to come: see vigie/demo/faults.py

    @classmethod
    def json(cls, status: int, value: Any, **headers: str) -> Reply:
        """An answer whose body is a value as JSON."""
        return cls(status, orjson.dumps(value), headers=headers)


class Town(Protocol):
    """What a site shows of a world: the demo's is large and set, that of the conformance suite
    small and moved by the test."""

    accounts: list[Account]  # of all sites

    def of(self, site: str) -> list[Post]:
        """The site's posts, by time."""


class Site(Protocol):
    """One platform."""

    def answer(self, ask: Ask) -> Reply: ...


Refusal = Literal["missing", "lapsed", "revoked", "unapproved"]


class Guarded(Site, Protocol):
    """A platform that asks who calls. The door (vigie/demo/server.py) reads the token, counts the
    quota and switches faults; how each is said is the platform's own."""

    needs_token: bool
    renamed: tuple[str, str]  # a field of its items that no reader can do without, and another name

    @staticmethod
    def native(at: int, serial: int) -> str:
        """The platform's id of the post that is its `serial`-th, published then (ms)."""

    def token_of(self, ask: Ask) -> str:
        """The token as the request carries it, "" without one."""

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        """No token, one that has lapsed, one that its owner has withdrawn, one without the approval
        that the call needs."""

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        """Too many calls: come again after so many seconds."""

    def failed(self, ask: Ask) -> Reply:
        """An error of the platform's in a body that comes with status 200, in its own shape."""


def began(town: Any) -> int:
    """When a town's story begins (ms since the epoch); ages and followers count from there."""
    almanac = getattr(town, "almanac", None)
    if almanac is not None:
        return int(almanac.at(0, 0)[0])
    begin: datetime = getattr(town, "begin", datetime.fromtimestamp(0, UTC))
    return round(begin.timestamp() * 1000)


def parsed(query: str) -> dict[str, list[str]]:
    """Parameters of a query; names with brackets (`any[]`) lose them."""
    return {
        name.removesuffix("[]"): values
        for name, values in parse_qs(query, keep_blank_values=True).items()
    }


_SIZES = frozenset(
    ("limit", "max_results", "maxResults", "hitsPerPage", "page_size", "pageSize", "per_page",
     "count", "max_count")
)  # fmt: skip
_NESTED_SIZE = re.compile(r"\.limit\((\d+)\)")  # within Graph's `fields`


def capped(ask: Ask, most: int) -> Ask:
    """The request as a server reads it that gives no more than `most` items at a time."""

    def size(name: str, value: Any) -> Any:
        if isinstance(value, str) and name not in _SIZES:
            return _NESTED_SIZE.sub(lambda found: f".limit({min(int(found[1]), most)})", value)
        if name not in _SIZES or not str(value).isdigit():
            return value
        return type(value)(min(int(value), most))

    query = {name: [size(name, one) for one in given] for name, given in ask.query.items()}
    try:
        given = orjson.loads(ask.body) if ask.body.startswith(b"{") else None
    except orjson.JSONDecodeError:
        given = None  # the site says what is wrong with it
    if given is None:
        return replace(ask, query=query)
    body = orjson.dumps({name: size(name, one) for name, one in given.items()})
    return replace(ask, query=query, body=body)


def etag(body: bytes) -> str:
    """A weak tag of a body."""
    return f'W/"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def iso(ms: int) -> str:
    """Milliseconds since the epoch as the APIs write times."""
    return (
        datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"
    )
