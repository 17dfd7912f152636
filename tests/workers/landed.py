"""A workspace with a landing of many posts, and what its store holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from town import NOW, PAGE, Town, found, status

from vigie.records import Enrichment, Post
from vigie.sources import Answer
from vigie.store import Filters
from vigie.workspace import Workspace

POSTS = 6_000
FRAME = 10  # answers


def landed(folder: Path, *, posts: int = POSTS, more: str = "") -> Path:
    """A workspace whose landing holds that many posts, in frames of a few answers."""
    town = Town(owned=0, tagged=posts, url="http://127.0.0.1:9")
    found(folder, town, feeds=(), more=more)
    numbers = range(1001, posts + 1001)
    pages = [numbers[start : start + PAGE] for start in range(0, posts, PAGE)]
    with Workspace.open(folder) as space:
        for start in range(0, len(pages), FRAME):
            space.landing.append([_page(page, numbers) for page in pages[start : start + FRAME]])
    return folder


def _page(numbers: range, of: range) -> Answer:
    url = "http://127.0.0.1:9/api/v1/timelines/tag/velo"
    return Answer(
        platform="mastodon", endpoint="timelines_tag", target="mastodon/tag/velo", url=url,
        request_url=url, method="GET", status=200, headers={"content-type": "application/json"},
        body=orjson.dumps([status(number, of) for number in numbers]), collected_at=NOW,
        run_id="r", topic="velo",
    )  # fmt: skip


def held(folder: Path) -> dict[str, Any]:
    """Posts and readings of a workspace, as they are."""
    with Workspace.open(folder, read_only=True) as space:
        ids = [id for frame in space.store.scan(Filters(), ["id"]) for id in frame["id"]]
        readings = list(space.store.all(Enrichment))
        assert len(ids) == len(set(ids))
        return {
            "posts": dict(zip(ids, space.store.get(ids, Post), strict=True)),
            "readings": {one.id: one.model_dump(exclude={"enriched_at"}) for one in readings},
            "times": {one.id: one.enriched_at for one in readings},
        }


def told(enrichment: Mapping[str, Any]) -> dict[str, Any]:
    """What a reader says, but for the fourth decimal, which differs with the size of a batch
    and from one process to the next."""
    said = dict(enrichment)
    sentiment = dict(said["sentiment"])
    for name in ("score", "confidence"):
        sentiment[name] = pytest.approx(sentiment[name], abs=5e-4)
    brands = [
        {**one, "score": pytest.approx(one["score"], abs=5e-4)} for one in said["brand_sentiment"]
    ]
    return said | {"sentiment": sentiment, "brand_sentiment": tuple(brands)}
