"""What crawlers have to say of their settings: a version that lapses, a right that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vigie.workspace import Workspace


def remarks(space: Workspace) -> list[str]:
    """One line each, in the reader's language. A crawler says them by `remarks(watchlist, now)`:
    pairs of French and English."""
    from crawlers import load, names

    now, english = space.clock.now(), space.lang == "en"
    found = []
    for name in names():
        told = getattr(load(name), "remarks", None)
        pairs = told(space.watchlist, now) if told else ()
        found += [pair[english] for pair in pairs]
    return found
