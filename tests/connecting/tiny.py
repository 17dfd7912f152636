"""Platforms for tests of connecting: a town behind the demo's door with its OAuth; and the least
that is a crawler, for tests of what any crawler's tokens go through."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from vigie.clock import Clock
from vigie.demo.grants import Grants
from vigie.demo.server import Served, serve
from vigie.records import Author, Post, Source
from vigie.sources import Answer, Call, Mapped, Target

sys.path.insert(0, str(Path(__file__).parents[1] / "crawlers"))

from hamlet import NOON, Hamlet

# Platforms as they are tested: with OAuth, and those that take a key.
NAMED = ("x", "reddit", "instagram", "facebook", "meta", "threads", "tiktok", "linkedin",
         "pinterest", "google_analytics")  # fmt: skip
KEYED = ("youtube", "telegram")
__all__ = ["KEYED", "NAMED", "NOON", "Hamlet", "TinyCrawler", "Towns", "install", "serving"]


class TinyCrawler:
    """Reads it with the platform's token."""

    title = "Tiny"
    endpoints = ("posts",)
    mapper_version = "1"

    def __init__(self, name: str, variable: str) -> None:
        self.name, self.requires = name, (variable,)

    def targets(self, watchlist: Any) -> list[Target]:
        host = watchlist.platform(self.name).url or "http://127.0.0.1:9"
        return [
            Target(self.name, "account", handle.lstrip("@"), brand.id, host=host)
            for brand in watchlist.brands
            for handle in brand.accounts.get(self.name, ())
        ]

    def refresh(self, posts: Sequence[Post], watchlist: Any) -> list[Target]:
        return []

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        headers = {"Authorization": "Bearer ${" + self.requires[0] + "}"}
        yield Call("posts", f"{target.host}/posts/{target.value}", headers=headers)

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        return ()

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        return cursor

    def map(self, answer: Answer) -> Mapped:
        if answer.status >= 400:
            return Mapped()
        return Mapped(posts=[self._post(row, answer) for row in answer.json()["posts"]])

    def _post(self, row: Mapping[str, Any], answer: Answer) -> Post:
        return Post(
            id=f"{self.name}:{row['id']}", platform=self.name, native_id=row["id"],
            author=Author(handle=answer.target.rpartition("/")[2]), text=row["text"],
            published_at=datetime.fromtimestamp(row["at"] / 1000, UTC),
            first_seen_at=answer.collected_at, collected_at=answer.collected_at,
            source=Source(collector=self.name, endpoint="posts", run_id=answer.run_id,
                          mapper_version="1"),
        )  # fmt: skip


def install(names: Iterable[str]) -> None:
    """Gives this process a tiny crawler of each platform instead of the real one."""
    from vigie.connecting.catalogue import CONNECTIONS

    for name in names:
        module = ModuleType(f"crawlers.{name}")
        module.CRAWLER = TinyCrawler(name, CONNECTIONS[name].variable)  # type: ignore[attr-defined]
        sys.modules[f"crawlers.{name}"] = module


@dataclass
class Towns:
    """Several hamlets, each at a platform of its own."""

    hamlets: dict[str, Hamlet] = field(default_factory=dict)

    @property
    def accounts(self) -> list[Any]:
        return [one for hamlet in self.hamlets.values() for one in hamlet.accounts]

    @property
    def posts(self) -> list[Any]:
        return [one for hamlet in self.hamlets.values() for one in hamlet.posts]

    def of(self, site: str) -> list[Any]:
        return self.hamlets[site].of(site) if site in self.hamlets else []


@contextmanager
def serving(town: Any, clock: Clock, grants: Grants) -> Iterator[Served]:
    """Serves a town from a thread of its own, so that programs can be waited for."""
    ready, ended = threading.Event(), threading.Event()
    there: list[Served] = []
    failed: list[BaseException] = []

    async def main() -> None:
        async with serve(town, clock, grants=grants, keep=True) as served:
            there.append(served)
            ready.set()
            await asyncio.to_thread(ended.wait)

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            failed.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(30)
    try:
        yield there[0]
    finally:
        ended.set()
        thread.join(30)
    if failed:
        raise failed[0]
