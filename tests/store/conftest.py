"""Stores in a folder of their own, and posts to put in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from vigie.records import Post, Source
from vigie.store.embedded import EmbeddedStore

T0 = datetime(2026, 9, 1, 8, tzinfo=UTC)
MakePost = Callable[..., Post]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path / "store", timezone="Europe/Paris")
    yield opened
    opened.close()


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
