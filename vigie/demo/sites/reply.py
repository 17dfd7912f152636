"""What a site is asked and what it answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qs

import orjson

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Ask:
    """A GET request: path below the site's prefix, query, lower-case headers, the clock's time."""

    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    now: int  # ms since the epoch
    url: str  # the address without query

    def one(self, name: str, default: str = "") -> str:
        """A parameter's first value."""
        return self.query.get(name, [default])[0]

    def number(self, name: str, default: int, most: int) -> int:
        """A parameter as a number between 1 and `most`."""
        text = self.one(name)
        return max(1, min(int(text), most)) if text.isdigit() else default


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    body: bytes
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, status: int, value: Any, **headers: str) -> Reply:
        """An answer whose body is a value as JSON."""
        return cls(status, orjson.dumps(value), headers=headers)


class Site(Protocol):
    """One platform."""

    def answer(self, ask: Ask) -> Reply: ...


def parsed(query: str) -> dict[str, list[str]]:
    """Parameters of a query; names with brackets (`any[]`) lose them."""
    return {
        name.removesuffix("[]"): values
        for name, values in parse_qs(query, keep_blank_values=True).items()
    }


def etag(body: bytes) -> str:
    """A weak tag of a body."""
    return f'W/"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def iso(ms: int) -> str:
    """Milliseconds since the epoch as the APIs write times."""
    return (
        datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"
    )
