"""A workspace of an invented bakery with posts of several networks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from vigie.clock import SetClock
from vigie.records import Author, Counts, Post, Source
from vigie.workspace import Workspace

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)  # a Monday, 9:00 in Paris
_WATCHLIST = """
[workspace]
name = "Boulangerie"
interface = "en"

[[brands]]
id = "levaine"
name = "Levaine"
role = "own"

[[brands]]
id = "mieloup"
name = "Mieloup"
"""


def opened(folder: Path, more: str = "", now: datetime = NOW) -> Workspace:
    """The workspace in that folder, made when it is not there; `more` ends its watchlist."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vigie.toml").write_text(_WATCHLIST + more, encoding="utf-8")
    return Workspace(folder, clock=SetClock(now))


def post(platform: str, native: str, **fields: Any) -> Post:
    """A post of the week before, read an hour ago."""
    at = fields.pop("at", NOW - timedelta(days=4))
    read = fields.pop("read", NOW - timedelta(hours=1))
    endpoint = fields.pop("endpoint", "posts")
    given: dict[str, Any] = {
        "text": f"Levaine fait du bon pain ({native})",
        "author": Author(id=f"{platform}:ada", handle="ada", followers=1_000),
        "metrics": Counts(likes=10, replies=5, shares=1, quotes=0),
        "origin": "earned",
        "matched": ("brand:levaine",),
        **fields,
    }
    return Post(
        id=f"{platform}:{native}",
        platform=platform,
        native_id=native,
        url=f"https://{platform}.example/{native}",
        published_at=at,
        first_seen_at=read,
        collected_at=read,
        source=Source(collector=platform, endpoint=endpoint, run_id="r", mapper_version="1"),
        **given,
    )


def ids(space: Workspace) -> set[str]:
    """All posts of the store, whatever their state."""
    from vigie.store import Filters

    frames = space.store.scan(Filters(states=("live", "deleted", "withheld")), ["id"])
    return {id for frame in frames for id in frame["id"]}
