"""Questions to the index: query and filters as one, the best hits in one order."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tantivy import Order, Query, Schema, Searcher, SearchResult

from vigie.errors import StoreError
from vigie.query.compiling import between, both, compile_query, term, without
from vigie.query.nodes import All, Node, asks_for
from vigie.store import Filters
from vigie.store.index import COUNTERS, HIDDEN, INTEGERS, tie_of

LIVE = Filters().states
# Names of the frames' columns are taken for fields, too.
ALIASES = {
    "author_id": "author.id", "author_handle": "author.handle", "sentiment": "sentiment.label",
    "sentiment_score": "sentiment.score", "sentiment_confidence": "sentiment.confidence",
    "author_followers": "author.followers", "followers": "author.followers", "lang": "language",
    "entities": "entities.canonical", "media_kinds": "media.kind", "media": "media.kind",
    "author_verified": "author.verified", **{name: f"metrics.{name}" for name in COUNTERS},
}  # fmt: skip
FILTERED = (
    ("platforms", "platform"), ("languages", "language"), ("brands", "brands"),
    ("owners", "owner"), ("topics", "topics"), ("origins", "origin"),
    ("sentiments", "sentiment.label"), ("kinds", "kind"), ("authors", "author.id"),
    ("stories", "story_id"), ("ids", "id"),
)  # fmt: skip
ALWAYS = ("published_at", "collected_at", "first_seen_at", "published_hour", "published_dow")
Sorted = tuple[Any, int, int]  # value (None: has none), tie, row


def states_of(node: Node, filters: Filters) -> tuple[str, ...]:
    """The states that are let in: the filter's, unless it is the default and the query names
    states of its own."""
    return () if filters.states == LIVE and asks_for(node, "state") else filters.states


def compile_question(schema: Schema, node: Node, filters: Filters, *, lax: bool = False) -> Query:
    """Query and filters as one tantivy query; filters do not rank."""
    narrowing = [
        _among(schema, field, getattr(filters, name))
        for name, field in FILTERED
        if getattr(filters, name)
    ]
    if states := states_of(node, filters):
        narrowing.append(_among(schema, "state", states))
    if filters.since or filters.until:
        low, high = _us(filters.since), _us(filters.until)
        narrowing.append(between(schema, "published_at", low, high))
    query = compile_query(node, schema, lax=lax)
    if not narrowing:
        return query
    silent = Query.const_score_query(both(narrowing), 0.0)
    return silent if isinstance(node, All) else both([query, silent])


def _among(schema: Schema, field: str, values: Sequence[str]) -> Query:
    if len(values) == 1:
        return term(schema, field, values[0])
    return Query.term_set_query(schema, field, list(values))


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1e6)


def rows(searcher: Searcher, query: Query) -> list[int]:
    """The rows of all hits, in no order."""
    limit = max(searcher.num_docs, 1)
    hits = _search(searcher, query, limit, count=False, order_by_field="row").hits
    return [row for row, _ in hits]


def best(
    searcher: Searcher,
    schema: Schema,
    query: Query,
    sort: str,
    *,
    size: int,
    offset: int = 0,
    after: tuple[Any, ...] | None = None,
) -> tuple[int, list[Sorted]]:
    """How many hits there are, and those at `offset` … `offset + size` by a field or `relevance`;
    equal ones by their tie, those without a value last. `after`: (value, id) of the hit before the
    first."""
    need = offset + size
    if need <= 0:
        return _count(searcher, query), []
    if sort == "relevance":
        passed = None if after is None else (-after[0], tie_of(after[1]))
        total, found = _ranked(searcher, query, None, Order.Desc, need, passed)
        return total, found[offset:need]
    field, order = sort_field(sort)
    if field in ALWAYS and after is None:
        total, found = _ranked(searcher, query, field, order, need, None)
        return total, found[offset:need]
    found = []
    if after is None or after[0] is not None:
        passed, valued = None, both([query, Query.exists_query(field)])
        if after is not None:
            value = after[0]
            bounds = (None, value + 1) if order is Order.Desc else (value, None)
            valued = both([query, between(schema, field, *bounds)])
            passed = (-value if order is Order.Desc else value, tie_of(after[1]))
        _, found = _ranked(searcher, valued, field, order, need, passed)
    if len(found) < need and field not in ALWAYS:
        # What has no value comes last.
        passed = (0, tie_of(after[1])) if after is not None and after[0] is None else None
        bare = both([query, without(Query.exists_query(field))])
        _, rest = _ranked(searcher, bare, "tie", Order.Asc, need - len(found), passed)
        found += [(None, tie, row) for _, tie, row in rest]
    return _count(searcher, query), found[offset:need]


def _count(searcher: Searcher, query: Query) -> int:
    return _search(searcher, query, 1).count or 0  # type: ignore[attr-defined]


def _search(searcher: Searcher, query: Query, limit: int, **more: Any) -> SearchResult:
    """What tantivy finds; it refuses phrases whose patterns stand for too many words."""
    try:
        return searcher.search(query, limit, **more)
    except ValueError as error:
        raise StoreError(f"index: {error}", do="write more letters before * and ?") from error


def sort_field(sort: str) -> tuple[str, Order]:
    """Field and direction of `field` or `-field`. Raises StoreError for one without an order."""
    name = sort.removeprefix("-")
    field = ALIASES.get(name, name)
    orders = [name for name in INTEGERS if name not in HIDDEN]
    if field not in orders:
        near = difflib.get_close_matches(field, orders, 1)
        raise StoreError(
            f"cannot sort by {name!r}",
            do=f"sort by {near[0]}" if near else f"sort by relevance, {', '.join(orders)}",
        )
    return field, Order.Desc if sort.startswith("-") else Order.Asc


def _ranked(
    searcher: Searcher,
    query: Query,
    field: str | None,
    order: Order,
    need: int,
    passed: tuple[Any, int] | None,
) -> tuple[int, list[Sorted]]:
    """How many hits there are, and the first `need` behind `passed`, exactly ordered. The index
    leaves equal hits in the order of its segments: more are fetched until the last one is not tied
    with what was left out."""
    most = max(searcher.num_docs, 1)
    limit = min(need + 16, most)
    sign = -1 if order is Order.Desc else 1
    while True:
        if field is None:
            result = _search(searcher, query, limit)
        else:
            result = _search(searcher, query, limit, order_by_field=field, order=order)
        hits, total = result.hits, result.count or 0  # type: ignore[attr-defined]
        addresses = [address for _, address in hits]
        ties: list[Any] = searcher.fast_field_values("tie", addresses)
        known: list[Any] = searcher.fast_field_values("row", addresses)
        values = [0 if field == "tie" else value for value, _ in hits]
        keyed = sorted(
            (sign * value, tie, value, row)
            for value, tie, row in zip(values, ties, known, strict=True)
        )
        if passed is not None:
            keyed = [entry for entry in keyed if entry[:2] > passed]
        complete = len(hits) < limit or limit >= most
        if complete or (
            len(keyed) > need and (field == "tie" or keyed[need - 1][0] != keyed[-1][0])
        ):
            return total, [(value, tie, row) for _, tie, value, row in keyed[:need]]
        limit = min(limit * 4, most)
