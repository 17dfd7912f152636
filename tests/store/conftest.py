"""Stores in a folder of their own, and posts to put in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vigie.records import Post, Source
from vigie.store import Store

from .opening import Opener

T0 = datetime(2026, 9, 1, 8, tzinfo=UTC)
ENGINES = ["embedded", pytest.param("os2", marks=pytest.mark.engines)]
MakePost = Callable[..., Post]


@pytest.fixture(scope="session", params=ENGINES)
def opener(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Opener:
    """Opens stores on each engine in turn."""
    import os

    folder = tmp_path_factory.mktemp(request.param)
    return Opener(folder, None if request.param == "embedded" else os.environ["TRY_URL"])


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
