"""A platform's crawl in a process of its own: for a crawler that may hang, crash or eat memory.

The child runs the same `crawl`; landing, cursors and budgets stay with the parent, which it asks
over a pipe. So the parent alone writes, and a child that dies takes nothing with it. Costs about
two CPU-seconds a platform.
"""

from __future__ import annotations

import asyncio
import inspect
import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any, cast

import anyio

from vigie.clock import Clock
from vigie.records import Cursor, Record, SourceRun
from vigie.sources import Answer, Crawler, Target
from vigie.store import Store
from vigie.watchlist import Watchlist

START_S = 60.0  # for a child to be there
GRACE_S = 20.0  # beyond the time limit, for landing what is there


class _Parent:
    """The child's end of the pipe, as the store and the landing that `crawl` needs."""

    def __init__(self, line: Connection) -> None:
        self._line, self._lock = line, threading.Lock()

    def ask(self, what: str, *given: Any) -> Any:
        with self._lock:
            self._line.send((what, given))
            answer, error = self._line.recv()
        if error is not None:
            raise error
        return answer

    def get(self, ids: Sequence[str], kind: type[Record]) -> Any:
        return self.ask("get", ids, kind)

    def change(self, kind: type[Record], id: str, expected: Record | None, record: Record) -> Any:
        return self.ask("change", kind, id, expected, record)

    def change_many(self, changes: Sequence[tuple[Record | None, Record]]) -> Any:
        return self.ask("change_many", changes)

    async def land(self, answers: Sequence[Answer]) -> None:
        bare = [replace(answer) for answer in answers]  # without what was read of them here
        await asyncio.to_thread(self.ask, "land", bare)

    def progress(self, source: SourceRun) -> None:
        self.ask("progress", source)


def _child(
    line: Connection, crawler: Crawler, watchlist: Watchlist, options: dict[str, Any]
) -> None:
    """What the child runs."""
    for heavy in ("aiohttp", "scrapy.crawler", "vigie.downloads"):  # before the time limit begins
        import_module(heavy)
    from vigie.crawl import crawl

    parent = _Parent(line)
    parent.ask("ready")
    with suppress(asyncio.CancelledError):
        sources = asyncio.run(
            crawl(
                [crawler],
                watchlist,
                store=cast(Store, parent),
                land=parent.land,
                progress=parent.progress,
                **options,
            )
        )
        parent.ask("ended", sources)


class Apart:
    """Runs crawlers in processes of their own, and does for them what only one may do."""

    def __init__(
        self,
        store: Store,
        land: Callable[[Sequence[Answer]], Any],
        clock: Clock,
        progress: Callable[[SourceRun], None] | None,
        limit_s: float,
    ) -> None:
        self._store, self._land, self._clock = store, land, clock
        self._progress, self._limit_s = progress, limit_s
        self._landing = asyncio.Lock()
        self.failed: Exception | None = None  # what `land` or the store raised

    async def run(
        self,
        crawler: Crawler,
        targets: Sequence[Target],
        watchlist: Watchlist,
        options: Mapping[str, Any],
    ) -> list[SourceRun]:
        """One crawler's targets; those that a dead child did not tell of are broken."""
        here, there = multiprocessing.Pipe()
        spawn = multiprocessing.get_context("spawn")
        given = {**options, "clock": self._clock, "limit_s": self._limit_s}
        child = spawn.Process(target=_child, args=(there, crawler, watchlist, given), daemon=True)
        child.start()
        there.close()
        told: dict[str, SourceRun] = {}
        started = self._clock.now()
        try:
            async with asyncio.timeout(START_S):
                await self._serve(here, told, most=1)
            async with asyncio.timeout(self._limit_s + GRACE_S):
                await self._serve(here, told)
        except TimeoutError:
            pass  # told below, of each target that did not end
        except asyncio.CancelledError:
            child.terminate()
            with anyio.CancelScope(shield=True), anyio.move_on_after(GRACE_S):
                await self._serve(here, told)
            raise
        finally:
            child.kill()
            child.join()
            here.close()
        end = f"process ended with {child.exitcode}"
        return [
            told.get(target.key)
            or SourceRun(
                key=target.key,
                platform=crawler.name,
                state="broken",
                reason=f"crawler error: {end}",
                started_at=started,
                ended_at=self._clock.now(),
                last_success_at=self._last_success(target),
            )
            for target in targets
        ]

    async def _serve(
        self, line: Connection, told: dict[str, SourceRun], most: int | None = None
    ) -> None:
        """Answers the child until it ends, or has asked `most` times."""
        while most is None or (most := most - 1) >= 0:
            await _readable(line)
            try:
                what, given = line.recv()
                answer, error = await self._answer(what, given, told)
                line.send((answer, error))
            except (EOFError, OSError):  # the child is gone
                return

    async def _answer(
        self, what: str, given: tuple[Any, ...], told: dict[str, SourceRun]
    ) -> tuple[Any, Exception | None]:
        try:
            if what == "land":
                async with self._landing:
                    landed = self._land(*given)
                    if inspect.isawaitable(landed):
                        await landed
            elif what == "progress":
                told[given[0].key] = given[0]
                if self._progress:
                    self._progress(given[0])
            elif what == "ended":
                told.update({source.key: source for source in given[0]})
            elif what == "get":
                return self._store.get(*given), None
            elif what == "change":
                return self._store.change(*given), None
            elif what == "change_many":
                return self._store.change_many(*given), None
        except Exception as error:
            self.failed = self.failed or error
            return None, RuntimeError(str(error))
        return None, None

    def _last_success(self, target: Target) -> Any:
        from vigie.visits import success_of

        return success_of(self._store.get([target.key], Cursor)[0])


async def _readable(line: Connection) -> None:
    """Returns when the pipe has something to read, or is closed at the other end."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    descriptor = os.dup(line.fileno())
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
