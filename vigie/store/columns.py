"""Rows of columns from what a search engine keeps of posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from vigie.merging import microseconds
from vigie.store.kept import Kept
from vigie.store.tables import COLUMNS, columns_of

_PLACES = {name: place for place, name in enumerate(COLUMNS)}
_FLAGS = [place for name, place in _PLACES.items() if name == "author_verified"]


def rows_of(kept: Iterable[Kept], zone: ZoneInfo, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """The rows of posts in the order of `columns`, as `scanning.frame` takes them."""
    places = [_PLACES[name] for name in columns]
    rows = []
    for one in kept:
        document = one.document(zone)
        times = microseconds(document["published_at"]), microseconds(document["collected_at"])
        whole = columns_of(document, *times)
        rows.append(
            tuple(
                int(whole[place]) if place in _FLAGS and whole[place] is not None else whole[place]
                for place in places
            )
        )
    return rows
