"""A workspace that reads one platform of a served hamlet, from the real door to a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.crawlers.hamlet import Hamlet
from vigie.clock import SetClock
from vigie.demo.server import Served, serve
from vigie.pipeline import Pipeline
from vigie.records import Cursor, Post, SourceRun
from vigie.store import Page
from vigie.workspace import Workspace


@dataclass
class Visitor:
    """Collects as of the clock, which tests move."""

    space: Workspace
    served: Served
    clock: SetClock
    site: str

    async def collect(self, *only: str) -> dict[str, SourceRun]:
        """Reads the sources once and tells how each went, by key."""
        run = await Pipeline(self.space).collect(only or (self.site,))
        return {source.key: source for source in run.sources}

    def post(self, id: str) -> Post | None:
        return self.space.store.get([id], Post)[0]

    def found(self, query: str = "*") -> set[str]:
        """The ids of the live posts that a query finds."""
        hits = self.space.store.search(query, page=Page(size=1_000)).hits
        return {hit.post.id for hit in hits}

    def cursor(self, key: str) -> dict[str, Any]:
        kept = self.space.store.get([key], Cursor)[0]
        return dict(kept.value) if kept else {}

    def asked(self) -> list[str]:
        """Method and target of the calls since the last time."""
        calls = list(self.served.asked)
        self.served.asked.clear()
        return calls


@asynccontextmanager
async def visiting(
    folder: Path,
    town: Hamlet,
    now: datetime,
    brands: str,
    *,
    settings: str = "",
    secrets: Mapping[str, str] | None = None,
    page: int | None = None,
) -> AsyncIterator[Visitor]:
    """Serves the hamlet and opens a workspace whose watchlist is `brands` (TOML) with the
    platform's `settings` (TOML, of its table)."""
    clock = SetClock(now)
    async with serve(town, clock, page=page, keep=True) as served:
        watchlist = (
            '[workspace]\nname = "Test"\ntimezone = "Europe/Paris"\n\n'
            f'[platforms.{town.site}]\nurl = "{served.urls[town.site]}"\n{settings}\n\n{brands}\n'
        )
        folder.mkdir(exist_ok=True)
        (folder / "vigie.toml").write_text(watchlist)
        env = "".join(f"{name}={value}\n" for name, value in (secrets or {}).items())
        (folder / ".env").write_text(env)
        with Workspace(folder, clock=clock) as space:
            yield Visitor(space, served, clock, town.site)


@asynccontextmanager
async def asking(town: Hamlet, now: datetime, **more: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the hamlet's platform."""
    async with (
        serve(town, SetClock(now), **more) as served,
        httpx.AsyncClient(base_url=served.urls[town.site]) as client,
    ):
        yield client
