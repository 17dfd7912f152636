"""Batches of answers on their way to disk: landed and fsynced first, then the cursors move."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress

from vigie.budgets import Purse, write
from vigie.clock import Clock
from vigie.errors import StoreError
from vigie.records import Cursor
from vigie.sources import Answer
from vigie.store import Store
from vigie.visits import Halt, Visit

log = logging.getLogger("vigie.crawl")
_TRIES = 10  # where another process moves the same cursors
Land = Callable[[Sequence[Answer]], Awaitable[None] | None]


class Batches:
    """Collects the answers of all platforms and lands them a batch at a time, never two at once.
    A batch is full at `most` answers, at `size` bytes, or `seconds` after its first answer."""

    def __init__(
        self,
        land: Land,
        store: Store,
        clock: Clock,
        *,
        most: int = 100,
        size: int = 8 * 1024 * 1024,
        seconds: float = 0.5,
    ) -> None:
        self._land, self._store, self._clock = land, store, clock
        self._most, self._size, self._seconds = most, size, seconds
        self._waiting: list[tuple[Visit, Answer | None, bool]] = []
        self._bytes = 0
        self._lock = asyncio.Lock()
        self._timer: asyncio.Task[None] | None = None
        self._failed: Exception | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def put(self, visit: Visit, answer: Answer, *, moves: bool) -> None:
        """Hands over an answer; `moves`: the visit's cursor moves past it once it is on disk.
        Raises Halt where a landing failed, of this batch or of one before."""
        self._waiting.append((visit, answer, moves))
        self._bytes += len(answer.body)
        if len(self._waiting) >= self._most or self._bytes >= self._size:
            await self.flush()
        elif self._timer is None or self._timer.done():
            self._timer = asyncio.create_task(self._later())

    async def end(self, visit: Visit) -> None:
        """Hands over the end of a visit: it is written after all of its answers."""
        self._waiting.append((visit, None, False))
        if self._timer is None or self._timer.done():
            self._timer = asyncio.create_task(self._later())

    async def flush(self) -> None:
        """Lands what waits and moves the cursors. Whoever is cancelled here does not break a
        landing off: it ends in a task of its own."""
        task = asyncio.ensure_future(self._flush())
        self._running.add(task)
        task.add_done_callback(self._done)
        try:
            await asyncio.shield(task)
        except Exception as error:
            raise Halt from error

    async def close(self) -> None:
        """Lands the last batch. Raises what any landing raised."""
        if self._timer is not None:
            self._timer.cancel()
        await self._flush()

    async def _flush(self) -> None:
        async with self._lock:
            if self._failed:
                raise self._failed
            batch, self._waiting, self._bytes = self._waiting, [], 0
            try:
                answers = [answer for _, answer, _ in batch if answer is not None]
                if answers:
                    landed = self._land(answers)
                    if inspect.isawaitable(landed):
                        await landed
                self._move(batch)
            except Exception as error:
                self._failed = error
                raise

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # kept in `_failed`, and raised by the next landing

    async def _later(self) -> None:
        await asyncio.sleep(self._seconds)
        with suppress(Halt):  # kept in `_failed`, and raised by the next landing
            await self.flush()

    def _move(self, batch: Iterable[tuple[Visit, Answer | None, bool]]) -> None:
        touched: dict[int, Visit] = {}
        purses: dict[int, Purse] = {}
        for visit, answer, moves in batch:
            touched[id(visit)] = visit
            purses[id(visit.purse)] = visit.purse
            if answer is not None and moves:
                self._advance(visit, answer)
        self._write(touched.values())
        write(purses.values(), self._store)

    def _advance(self, visit: Visit, answer: Answer) -> None:
        """A crawler that fails here keeps its cursor: the next run reads the page again."""
        try:
            visit.cursor = dict(visit.crawler.advance(answer, visit.cursor))
        except Exception as error:
            log.error("%s: the cursor cannot move", visit.target.key, exc_info=error)
            visit.spoil(f"crawler error: {type(error).__name__} in advance")

    def _write(self, visits: Iterable[Visit]) -> None:
        """Writes the cursors that moved, in one transaction."""
        moved = [(visit, cursor) for visit in visits if (cursor := self._moved(visit))]
        for _ in range(_TRIES):
            if not moved:
                return
            done = self._store.change_many([(visit.record, cursor) for visit, cursor in moved])
            for (visit, cursor), written in zip(moved, done, strict=True):
                if written:
                    visit.record = cursor
            moved = [one for one, written in zip(moved, done, strict=True) if not written]
            present = self._store.get([cursor.id for _, cursor in moved], Cursor)
            for (visit, _), record in zip(moved, present, strict=True):
                visit.record = record
        if moved:
            raise StoreError("a cursor is moved all the time", where=moved[0][1].id)

    def _moved(self, visit: Visit) -> Cursor | None:
        """The visit's cursor, where the store does not have it yet."""
        value = visit.value()
        if not value or (visit.record is not None and visit.record.value == value):
            return None
        return Cursor(id=visit.target.key, value=value, moved_at=self._clock.now())
