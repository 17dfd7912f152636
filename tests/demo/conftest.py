"""One world for all tests of the demo, served on loopback as of a clock that tests set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from vigie.clock import SetClock
from vigie.demo.server import Served, serve
from vigie.demo.world import World

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture(scope="session")
def world() -> World:
    return World(NOW)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
async def served(world: World, clock: SetClock) -> AsyncIterator[Served]:
    async with serve(world, clock) as served:
        yield served


@pytest.fixture
async def ask(served: Served) -> AsyncIterator[Callable[..., Any]]:
    """Asks a platform and goes on after a refusal, as a crawler does: `await ask(site, path)`."""
    async with httpx.AsyncClient(base_url=served.base) as client:

        async def call(site: str, path: str, **headers: str) -> httpx.Response:
            for _ in range(2):
                answer = await client.get(f"/{site}{path}", headers=headers)
                if answer.status_code != 429:
                    break
            return answer

        yield call
