"""Platforms for tests of connecting: a town behind the demo's door with its OAuth; and for those
whose crawler or site this tree does not have, the least that is one of each."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import crawlers
from vigie.clock import Clock
from vigie.demo import sites
from vigie.demo.grants import Grants
from vigie.demo.server import Served, serve
from vigie.demo.sites.reply import Ask, Refusal, Reply
from vigie.records import Author, Post, Source
from vigie.sources import Answer, Call, Mapped, Target

sys.path.insert(0, str(Path(__file__).parents[1] / "crawlers"))

from hamlet import Hamlet

# Platforms with OAuth, as they are tested.
NAMED = ("x", "reddit", "instagram", "facebook", "meta", "threads", "tiktok", "linkedin",
         "pinterest", "google_analytics")  # fmt: skip


class TinySite:
    """Lists posts by handle at `/posts/HANDLE`, and says the words of RFC 6750 to strangers."""

    needs_token = True
    renamed = ("text", "body")
    name = ""

    def __init__(self, town: Any) -> None:
        self._town = town

    @staticmethod
    def native(at: int, serial: int) -> str:
        return str(10_000_000_000 + serial)

    def token_of(self, ask: Ask) -> str:
        return ask.bearer()

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        words = {
            "missing": "no token", "lapsed": "The access token expired",
            "revoked": "The token was revoked", "unapproved": "insufficient_scope",
        }  # fmt: skip
        return Reply.json(
            403 if why == "unapproved" else 401,
            {"error": "invalid_token", "error_description": words[why]},
        )

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        return Reply.json(429, {"error": "slow down"}, **{"retry-after": str(round(wait_s))})

    def failed(self, ask: Ask) -> Reply:
        return Reply.json(200, {"error": "internal"})

    def answer(self, ask: Ask) -> Reply:
        handle = ask.path.rpartition("/")[2]
        told = [
            {"id": post.native, "text": post.text_at(ask.now), "at": post.at}
            for post in self._town.of(self.name)
            if post.account.handle == handle and post.visible(ask.now)
        ]
        return Reply.json(200, {"posts": told})


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


def install(names: Iterable[str], instead: Iterable[str] = ()) -> None:
    """Gives this process a tiny crawler and site of each platform that has no real one, and a tiny
    crawler of those of `instead` in any case."""
    from vigie.connecting.catalogue import CONNECTIONS

    for name in names:
        place = f"vigie.demo.sites.{name}"
        if place not in sys.modules and find_spec(place) is None:
            module = ModuleType(place)
            setattr(module, sites._SITES[name], type("Site", (TinySite,), {"name": name}))
            sys.modules[place] = module
        if name not in crawlers.names() or name in instead:
            module = ModuleType(f"crawlers.{name}")
            module.CRAWLER = TinyCrawler(name, CONNECTIONS[name].variable)  # type: ignore[attr-defined]
            sys.modules[f"crawlers.{name}"] = module
            crawlers._NAMES = tuple(dict.fromkeys((*crawlers._NAMES, name)))


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
