"""Writing many documents in few requests, each only over the state that it was made from."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import orjson

from vigie.errors import StoreError
from vigie.store.engine import FIRST_WAIT_S, LONGEST_WAIT_S, TRIES, Engine, Unreachable, rest

MOST = 1_000  # documents of a request
MOST_BYTES = 5_000_000
CONFLICT = 409
_PATHS = {"filter_path": "items.*.status,items.*.error.type,items.*.error.reason"}
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

    def lines(self) -> tuple[bytes, ...]:
        """The lines of a request, in pieces."""
        if self.source is None:
            return (self._action("delete"),)
        if self.held is None and self.version is None:
            return _creating(self.index), orjson.dumps(self.id), b"}}\n", self.source, b"\n"
        return self._action("index"), self.source, b"\n"

    def _action(self, name: str) -> bytes:
        action: dict[str, object] = {"_index": self.index, "_id": self.id}
        if self.held is not None:
            action["if_seq_no"], action["if_primary_term"] = self.held
        elif self.version is not None:
            action["version"], action["version_type"] = self.version, "external"
        return orjson.dumps({name: action}, option=orjson.OPT_APPEND_NEWLINE)


@lru_cache(1 << 10)
def _creating(index: str) -> bytes:
    return f'{{"create":{{"_index":"{index}","_id":'.encode()


def write(engine: Engine, writes: Sequence[Write]) -> list[int]:
    """The HTTP status of each, in order: 200 changed or taken away, 201 new, 404 nothing to take
    away, 409 somebody was there before. Documents that a busy server puts off are sent again, with
    growing waits. Raises StoreError for one that it refuses, Unreachable."""
    statuses: list[int] = []
    for chunk in _chunks(writes):
        statuses += _sent(engine, chunk)
    return statuses


def _sent(engine: Engine, chunk: list[Write]) -> list[int]:
    found = [0] * len(chunk)
    waiting: Sequence[int] = range(len(chunk))
    wait = FIRST_WAIT_S
    for tried in range(1, TRIES + 1):
        body = b"".join([piece for at in waiting for piece in chunk[at].lines()])
        answer = engine.request("POST", "/_bulk", params=_PATHS, body=body)
        tolds = [told for item in answer["items"] for told in item.values()]
        again: list[int] = []
        for at, told in zip(waiting, tolds, strict=True):
            status = found[at] = told["status"]
            if status < 400:
                continue
            if status in (429, 503):
                again.append(at)
            elif status not in _told(chunk[at]):
                _refuse(engine, chunk[at], told)
        if not again:
            return found
        if tried < TRIES:
            logger.info("%s: %d documents put off, again in %.1f s", engine.where, len(again), wait)
            rest(wait)
        waiting, wait = again, min(wait * 2, LONGEST_WAIT_S)
    raise Unreachable(
        f"{len(waiting)} documents put off {TRIES} times: the cluster is overloaded",
        where=engine.where,
        do="give it room, then run this again: what was written stays",
    )


def _told(one: Write) -> tuple[int, ...]:
    """The statuses that are an answer and no refusal."""
    return (CONFLICT,) if one.source is not None else (CONFLICT, 404)


def _refuse(engine: Engine, one: Write, told: dict[str, object]) -> None:
    error = told.get("error")
    reason = error if isinstance(error, dict) else {}
    raise StoreError(
        f"document {one.id!r} refused: {reason.get('type', '')} "
        f"{str(reason.get('reason', told['status']))[:300]}",
        where=f"{engine.where}, index {one.index}",
    )


def _chunks(writes: Sequence[Write]) -> Iterator[list[Write]]:
    chunk: list[Write] = []
    size = 0
    for one in writes:
        bytes_ = 0 if one.source is None else len(one.source)
        if chunk and (len(chunk) >= MOST or size + bytes_ > MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(one)
        size += bytes_
    if chunk:
        yield chunk
