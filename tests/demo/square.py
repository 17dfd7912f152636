"""A hamlet behind the real door, and a workspace that watches it as a user's does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.crawlers.hamlet import Hamlet
from vigie.clock import SetClock
from vigie.demo.server import serve
from vigie.pipeline import Pipeline
from vigie.records import Post, Run, SourceRun
from vigie.store import Filters, Page
from vigie.workspace import Workspace

WATCHLIST = """
[workspace]
name = "Place"
contact = "mailto:veille@example.org"
interface = "en"

[[brands]]
id = "brindille"
name = "Brindille"
role = "own"
accounts = {{ {site} = [{accounts}] }}

[[brands]]
id = "rivale"
name = "Rivale"
accounts = {{ {site} = [{rivals}] }}

[platforms.{site}]
url = "{url}"
{settings}
"""


@dataclass
class Square:
    """What a test does there."""

    folder: Path
    site: str
    url: str  # of the site
    clock: SetClock
    client: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(f"{self.url}{path}", headers=named)

    async def collect(self, at: datetime | None = None) -> Run:
        """Reads all sources once, at that time."""
        if at is not None:
            self.clock.set(at)
        with Workspace(self.folder, clock=self.clock) as space:
            return await Pipeline(space).collect((self.site,))

    def posts(self, *states: Any) -> list[Post]:
        with Workspace(self.folder, clock=self.clock, read_only=True) as space:
            filters = Filters(states=states or ("live",), platforms=(self.site,))
            hits = space.store.search(filters=filters, page=Page(size=500)).hits
            return sorted((hit.post for hit in hits), key=lambda post: post.published_at)

    def opened(self) -> Workspace:
        return Workspace(self.folder, clock=self.clock, read_only=True)


@asynccontextmanager
async def watched(
    folder: Path,
    hamlet: Hamlet,
    now: datetime,
    *,
    accounts: Sequence[str],
    rivals: Sequence[str] = (),
    settings: str = "",
    env: Mapping[str, str],
) -> AsyncIterator[Square]:
    """Serves the hamlet as of a clock, and watches these accounts of it."""
    clock = SetClock(now)
    world: Any = hamlet
    async with serve(world, clock) as served, httpx.AsyncClient() as client:
        url = served.urls[hamlet.site]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "vigie.toml").write_text(
            WATCHLIST.format(
                site=hamlet.site, url=url, settings=settings,
                accounts=", ".join(f'"{one}"' for one in accounts),
                rivals=", ".join(f'"{one}"' for one in rivals),
            ),
            encoding="utf-8",
        )  # fmt: skip
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in env.items()))
        yield Square(folder, hamlet.site, url, clock, client)


def states(run: Run) -> dict[str, tuple[str, str | None]]:
    """State and reason by target, without the platform."""
    return {one.key.partition("/")[2]: (one.state, one.reason) for one in run.sources}


def source(run: Run, part: str) -> SourceRun:
    return next(one for one in run.sources if part in one.key)
