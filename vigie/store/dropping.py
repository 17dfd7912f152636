"""Retention in a search engine: a period that is over is dropped as a whole."""

from __future__ import annotations

from vigie.store import Filters
from vigie.store.naming import FIRST
from vigie.store.observing import Observing
from vigie.store.walking import walk


def drop_periods(observing: Observing, filters: Filters) -> int:
    """Drops the indices whose posts are all older than filters let in, where these ask for nothing
    but age; answers how many posts were in them. Their samples and corrections go first, so that
    what is stopped half-way is found again."""
    if filters.until is None or filters != Filters(until=filters.until, states=()):
        return 0
    engine, names = observing.engine, observing.names
    gone = 0
    for index in sorted(engine.request("GET", f"/{names.posts}/_alias")):
        end = names.end_of(index)
        if end is None or end > filters.until or index == names.posts_of(FIRST):
            continue
        for page in walk(engine, index, {"match_all": {}}, ["id"], ["id"]):
            observing.forget([hit["_source"]["id"] for hit in page])
            gone += len(page)
        engine.request("DELETE", f"/{index}")
    return gone
