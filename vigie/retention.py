"""Retention: posts that are older than the watchlist keeps leave store and landing, and no replay
of what is landed brings them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from vigie.records import Post, Record
from vigie.store import Filters
from vigie.workspace import Workspace


def horizon(workspace: Workspace) -> datetime | None:
    """Posts published before that are not kept; None: all are."""
    days = workspace.watchlist.store.keep_days
    return None if days is None else workspace.clock.now() - timedelta(days=days)


def kept(records: Sequence[Record], since: datetime | None) -> list[Record]:
    """Records without the posts that are too old."""
    if since is None:
        return list(records)
    return [one for one in records if not isinstance(one, Post) or one.published_at >= since]


def prune(workspace: Workspace) -> dict[str, int]:
    """Takes out what is too old: posts with all that hangs on them, and raw data of days on which
    nothing younger can have been collected. Answers how many posts and segments."""
    since = horizon(workspace)
    if since is None:
        return {"posts": 0, "segments": 0}
    day = since.astimezone(UTC).date().isoformat()
    old = [path for path in workspace.landing.segments() if path.name[:10] < day]
    gone = workspace.store.delete(Filters(until=since, states=()))
    for path in old:
        path.unlink()
    return {"posts": gone, "segments": len(old)}
