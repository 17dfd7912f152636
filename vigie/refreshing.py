"""Which posts are read again, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from vigie.records import Post
from vigie.store import Filters
from vigie.workspace import Workspace

# Ages at which a post is read again: counts at equal age need 72 h, deletions come at any time.
AGES = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 168, 720))
SLACK = timedelta(days=7)


def due(workspace: Workspace, platforms: Sequence[str]) -> list[Post]:
    """The posts of these platforms to read again for counts and deletions, each once after it
    reached one of `AGES`: what brands published, what stands below it and what names a brand; and
    all posts of a platform that answers for many at a time."""
    from crawlers import load

    now = workspace.clock.now()
    since = now - AGES[-1] - SLACK
    many = tuple(name for name in platforms if getattr(load(name), "reads_many", False))
    ids: dict[str, None] = {}
    asked = tuple(platforms)
    chosen = [Filters(since=since, origins=("owned", "comment"), platforms=asked)]
    if brands := _brands(workspace):
        chosen.append(Filters(since=since, brands=brands, platforms=asked))
    if many:
        chosen.append(Filters(since=since, platforms=many))
    for filters in chosen:
        for frame in workspace.store.scan(filters, ["id", "published_at", "collected_at"]):
            for id, published, collected in frame.iter_rows():
                if any(collected < published + age <= now for age in AGES):
                    ids[id] = None
    return [post for post in workspace.store.get(list(ids), Post) if post]


def _brands(workspace: Workspace) -> tuple[str, ...]:
    return tuple(brand.id for brand in workspace.watchlist.brands)
