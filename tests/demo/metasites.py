"""A hamlet on one of Meta's networks, asked over HTTP and read by its crawler."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.crawlers.hamlet import NOON, Hamlet
from vigie.clock import SetClock
from vigie.demo.server import Served, serve
from vigie.pipeline import Pipeline
from vigie.records import MetricSample, Post, SourceRun
from vigie.store import Filters
from vigie.workspace import Workspace

TOKEN = "EAAB-geheim-17c0ffee"


@dataclass
class Place:
    hamlet: Hamlet
    clock: SetClock
    served: Served
    client: httpx.AsyncClient
    folder: Path

    async def ask(self, path: str, **asked: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {TOKEN}"}
        return await self.client.get(f"/{self.hamlet.site}{path}", params=asked, headers=headers)

    async def pages(self, path: str, **asked: Any) -> list[list[dict[str, Any]]]:
        """A list to its end, by the cursors alone."""
        found: list[list[dict[str, Any]]] = []
        while True:
            body = (await self.ask(path, **asked)).json()
            if not body["data"]:
                return found
            found.append(body["data"])
            if "next" not in body.get("paging", {}):
                return found
            asked["after"] = body["paging"]["cursors"]["after"]

    def watch(self, accounts: dict[str, list[str]], more: str = "", rivals: str = "") -> None:
        """A workspace that reads this platform alone."""
        written = ", ".join(f"{name} = {handles}" for name, handles in accounts.items())
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "vigie.toml").write_text(
            f"""
[workspace]
name = "Atelier"

[[brands]]
id = "brindille"
name = "Brindille"
role = "own"
accounts = {{ {written} }}
{rivals}
[platforms.{self.hamlet.site}]
url = "{self.served.urls[self.hamlet.site]}"
{more}
"""
        )
        (self.folder / ".env").write_text(f"{self.hamlet.site.upper()}_TOKEN={TOKEN}\n")

    def open(self) -> Workspace:
        return Workspace(self.folder, clock=self.clock)

    async def collect(self) -> dict[str, SourceRun]:
        with self.open() as space:
            run = await Pipeline(space).collect([self.hamlet.site])
            return {source.key: source for source in run.sources}

    def texts(self) -> set[str]:
        """The words of all live posts."""
        with self.open() as space:
            return {post.text or "" for post in _live(space)}

    def posts(self) -> list[Post]:
        with self.open() as space:
            return _live(space)

    def samples(self) -> list[MetricSample]:
        with self.open() as space:
            return list(space.store.all(MetricSample))


def _live(space: Workspace) -> list[Post]:
    ids = [id for frame in space.store.scan(Filters(), ["id"]) for id in frame["id"]]
    return [post for post in space.store.get(ids, Post) if post]


@asynccontextmanager
async def place(site: str, folder: Path) -> AsyncIterator[Place]:
    hamlet, clock = Hamlet(site), SetClock(NOON)
    async with (
        serve(hamlet, clock) as served,  # type: ignore[arg-type]
        httpx.AsyncClient(base_url=served.base) as client,
    ):
        yield Place(hamlet, clock, served, client, folder)
