"""Stores in a folder of their own, and posts to put in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from vigie.records import Post, Source
from vigie.store import Store

from .opening import Opener

sys.path.insert(0, str(Path(__file__).parents[1] / "servers"))

from front import as_elastic, front
from nodes import chosen, node
from starting import CannotStart

T0 = datetime(2026, 9, 1, 8, tzinfo=UTC)
OFFICIAL = "es7-official"  # Elasticsearch through its own client, as the versions 8 and 9 have it
SERVERS = [*chosen(), *([OFFICIAL] if "es7" in chosen() else [])]
ENGINES = ["embedded", *(pytest.param(name, marks=pytest.mark.engines) for name in SERVERS)]
MakePost = Callable[..., Post]


@pytest.fixture(scope="session", params=ENGINES)
def opener(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opener]:
    """Opens stores on each engine in turn: all tests of one before the next one's node starts."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        yield Opener(folder)
        return
    try:
        with node(request.param.removesuffix("-official"), folder, heap="1g") as cluster:
            if request.param != OFFICIAL:
                yield Opener(folder, cluster.url)
                return
            with front(cluster.url, as_elastic) as between:
                yield Opener(folder, between.url, client="elasticsearch")
    except CannotStart as reason:
        pytest.skip(f"no {request.param} node: {reason}")


@pytest.fixture
def store(opener: Opener) -> Iterator[Store]:
    with opener.fresh() as opened:
        yield opened


def build(number: int, *, hours: float = 0.0, **fields: Any) -> Post:
    """A post number N, published N hours after T0, observed `hours` after a day later."""
    published = fields.pop("published_at", T0 + timedelta(hours=number))
    observed = T0 + timedelta(days=400, hours=hours)
    given = {
        "id": f"mastodon:{number}",
        "platform": "mastodon",
        "native_id": str(number),
        "text": f"post {number}",
        "published_at": published,
        "first_seen_at": observed,
        "collected_at": observed,
        "source": Source(collector="c", endpoint="e", run_id="r", mapper_version="1"),
    }
    return Post.model_validate({**given, **fields})


@pytest.fixture(scope="session")
def make_post() -> MakePost:
    return build
