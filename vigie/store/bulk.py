"""Writing many documents in few requests, each only over the state that it was made from."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from vigie.errors import StoreError
from vigie.store.engine import (
    FIRST_WAIT_S,
    LONGEST_WAIT_S,
    TRIES,
    Engine,
    Unreachable,
    remedy,
    rest,
)

MOST = 2_000  # documents of a request
MOST_BYTES = 5_000_000
CONFLICT = 409
ASKED = {"filter_path": "errors,items.*.status,items.*.error.type,items.*.error.reason"}
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Write:
    """A document to put, or with no source to take away.

    `held`: only if it is still at that sequence number and term. `version`: only over a lower one,
    whoever comes first. Neither: only where there is none yet (taking away: whatever is there).
    """

    index: str
    id: str
    source: bytes | None
    held: tuple[int, int] | None = None
    version: int | None = None
    action: bytes = field(init=False, repr=False)  # the line before the document's

    def __post_init__(self) -> None:
        if self.source is not None and self.held is None and self.version is None:
            self.action = _creating(self.index) + orjson.dumps(self.id) + b"}}\n"
            return
        action: dict[str, object] = {"_index": self.index, "_id": self.id}
        if self.held is not None:
            action["if_seq_no"], action["if_primary_term"] = self.held
        elif self.version is not None:
            action["version"], action["version_type"] = self.version, "external"
        name = "delete" if self.source is None else "index"
        self.action = orjson.dumps({name: action}, option=orjson.OPT_APPEND_NEWLINE)


@lru_cache(1 << 10)
def _creating(index: str) -> bytes:
    return f'{{"create":{{"_index":"{index}","_id":'.encode()


def write(engine: Engine, writes: Sequence[Write]) -> list[int]:
    """The HTTP status of each, in order: 200 changed or taken away, 201 new, 404 nothing to take
    away, 409 somebody was there before. Documents that a busy server puts off are sent again, with
    growing waits. Raises StoreError for one that it refuses, Unreachable."""
    statuses: list[int] = []
    first = 0
    for body, many in _bodies(writes):
        statuses += _sent(engine, writes[first : first + many], body)
        first += many
    return statuses


def _sent(engine: Engine, chunk: Sequence[Write], body: bytes) -> list[int]:
    answer = engine.request("POST", "/_bulk", params=ASKED, body=body)
    found = [told["status"] for item in answer["items"] for told in item.values()]
    if len(found) != len(chunk):
        raise StoreError(f"{len(found)} answers to {len(chunk)} documents", where=engine.where)
    if not answer["errors"]:
        return found
    waiting: Sequence[int] = range(len(chunk))
    wait = FIRST_WAIT_S
    for tried in range(1, TRIES + 1):
        again: list[int] = []
        reason = ""
        tolds = [told for item in answer["items"] for told in item.values()]
        for at, told in zip(waiting, tolds, strict=True):
            status = found[at] = told["status"]
            if status < 400:
                continue
            if status in (429, 503):
                again.append(at)
                reason = reason or _why(told)
            elif status not in _told(chunk[at]):
                _refuse(engine, chunk[at], told)
        if not again:
            return found
        if tried < TRIES:
            logger.info("%s: %d documents put off, again in %.1f s", engine.where, len(again), wait)
            rest(wait)
            waiting, wait = again, min(wait * 2, LONGEST_WAIT_S)
            body = b"".join(body for body, _ in _bodies([chunk[at] for at in waiting]))
            answer = engine.request("POST", "/_bulk", params=ASKED, body=body)
    raise Unreachable(
        f"{len(again)} documents put off {TRIES} times: {reason}",
        where=engine.where,
        do=remedy(reason),
    )


def _told(one: Write) -> tuple[int, ...]:
    """The statuses that are an answer and no refusal."""
    return (CONFLICT,) if one.source is not None else (CONFLICT, 404)


def _refuse(engine: Engine, one: Write, told: dict[str, Any]) -> None:
    raise StoreError(
        f"document {one.id!r} refused: {_why(told)}",
        where=f"{engine.where}, index {one.index}",
        do="vigie verify",
    )


def _why(told: dict[str, Any]) -> str:
    """Why a document was not taken, in the server's words."""
    error = told.get("error")
    reason = error if isinstance(error, dict) else {}
    return f"{reason.get('type', '')} {str(reason.get('reason', told['status']))[:300]}".strip()


def _bodies(writes: Sequence[Write]) -> Iterator[tuple[bytes, int]]:
    """Bodies of requests, with how many of the documents each holds."""
    pieces: list[bytes] = []
    size = many = 0
    for one in writes:
        source = one.source
        bytes_ = 0 if source is None else len(source)
        if many >= MOST or (many and size + bytes_ > MOST_BYTES):
            yield b"".join(pieces), many
            pieces.clear()
            size = many = 0
        pieces += (one.action,) if source is None else (one.action, source, b"\n")
        many += 1
        size += bytes_
    if many:
        yield b"".join(pieces), many
