"""The platform of our own, a real landing and a real store for the crawl framework."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from plaza import Api, serving, watchlist

from vigie.clock import SetClock
from vigie.crawl import crawl
from vigie.landing import Landing
from vigie.records import SourceRun
from vigie.sources import Answer, Crawler
from vigie.store import Store

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def api() -> Iterator[Api]:
    with serving(Api()) as served:
        yield served


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    from vigie.store.embedded import EmbeddedStore

    opened = EmbeddedStore(tmp_path / "store", timezone="Europe/Paris")
    yield opened
    opened.close()


@pytest.fixture
def landing(tmp_path: Path) -> Iterator[Landing]:
    opened = Landing(tmp_path / "landing")
    yield opened
    opened.close()


Run = Callable[..., Awaitable[list[SourceRun]]]


@pytest.fixture
def run(store: Store, landing: Landing, clock: SetClock) -> Run:
    """Crawls once; keyword arguments go on to `crawl`, `settings` to the watchlist's platforms."""

    async def run(*crawlers: Crawler, settings: Any = None, **options: Any) -> list[SourceRun]:
        options.setdefault("land", landing.append)
        options.setdefault("environ", {})
        return await crawl(
            crawlers,
            watchlist(**(settings or {})),
            store=store,
            clock=clock,
            run_id="r1",
            **options,
        )

    return run


@pytest.fixture
def landed(landing: Landing) -> Callable[[], Sequence[Answer]]:
    return lambda: list(landing.read())
