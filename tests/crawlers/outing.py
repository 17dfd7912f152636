"""A crawler out in a hamlet: through the real door, the framework, a landing and a store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import crawlers
from tests.crawlers.hamlet import Hamlet
from vigie.clock import SetClock
from vigie.crawl import crawl
from vigie.demo.server import serve
from vigie.landing import Landing
from vigie.mapping import Mapper
from vigie.records import Account, Post, SourceRun
from vigie.sources import Answer, Target
from vigie.store import Filters, Page
from vigie.store.embedded import EmbeddedStore
from vigie.watchlist import Watchlist, parse


@dataclass
class Outing:
    """Runs of one platform's crawler; `landed` keeps what the last one brought home."""

    platform: str
    watchlist: Watchlist
    store: EmbeddedStore
    landing: Landing
    clock: SetClock
    environ: Mapping[str, str]
    landed: list[Answer] = field(default_factory=list)

    async def run(
        self, targets: Sequence[Target] = (), only: Sequence[str] = ()
    ) -> dict[str, SourceRun]:
        """One crawl; how each target went, by key."""
        mapper = Mapper(self.watchlist)
        self.landed = []

        def land(answers: Sequence[Answer]) -> None:
            self.landing.append(answers)
            self.landed += answers
            batch = mapper.map(answers)
            assert not batch.refused, batch.refused
            assert not batch.unknown, batch.unknown
            self.store.upsert(batch.records)

        sources = await crawl(
            [crawlers.load(self.platform)], self.watchlist, store=self.store, land=land,
            clock=self.clock, run_id="r", environ=self.environ, targets=targets, only=only,
        )  # fmt: skip
        return {source.key: source for source in sources}

    async def refresh(self) -> dict[str, SourceRun]:
        """Reads all that is known of the platform again."""
        crawler = crawlers.load(self.platform)
        again = crawler.refresh(self.posts(), self.watchlist)
        return await self.run(again, [target.key for target in again])

    def posts(self, *states: str) -> list[Post]:
        """What the store holds, live unless other states are named."""
        filters = Filters(states=states) if states else Filters()
        hits = self.store.search(filters=filters, page=Page(size=1_000)).hits
        return sorted((hit.post for hit in hits), key=lambda post: post.published_at)

    def asked(self, endpoint: str) -> int:
        return sum(answer.endpoint == endpoint for answer in self.landed)

    def account(self, id: str) -> Account:
        found = self.store.get([id], Account)[0]
        assert found is not None
        return found


@asynccontextmanager
async def outing(
    hamlet: Hamlet, folder: Path, clock: SetClock, brands: Sequence[Mapping[str, Any]],
    environ: Mapping[str, str], **settings: Any,
) -> AsyncIterator[Outing]:  # fmt: skip
    """An outing to a hamlet's platform; `brands` and `settings` as in a watchlist."""
    async with serve(hamlet, clock) as served:
        watchlist = parse(
            {
                "workspace": {"name": "w"},
                "brands": list(brands),
                "platforms": {hamlet.site: {"url": served.urls[hamlet.site], **settings}},
            }
        )
        store = EmbeddedStore(folder / "store", timezone="Europe/Paris")
        landing = Landing(folder / "landing")
        try:
            yield Outing(hamlet.site, watchlist, store, landing, clock, environ)
        finally:
            store.close()
            landing.close()
