"""Questions to a search engine: query and filters as one, in one order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vigie.query.elastic import compile_query
from vigie.query.nodes import All, Node
from vigie.store import Filters
from vigie.store.documents import engine_name
from vigie.store.index import tie_of
from vigie.store.searching import FILTERED, sort_field, states_of

Body = dict[str, Any]
LEAST, GREATEST = -(2**63), 2**63 - 1  # what engines give for a value that is missing


def compile_question(settled: Node, filters: Filters, node: Node) -> Body:
    """Query and filters as one query of the engine; filters do not rank. `node`: the query before
    what the engine cannot say was settled, which tells the states that it asks for."""
    narrowing = narrow(node, filters)
    query = compile_query(settled)
    if not narrowing:
        return query
    if isinstance(settled, All):
        return {"bool": {"filter": narrowing}}
    return {"bool": {"must": [query], "filter": narrowing}}


def narrow(node: Node, filters: Filters) -> list[Body]:
    """The filters as clauses that a post has to fulfil."""
    clauses: list[Body] = [
        {"terms": {engine_name(field): list(getattr(filters, name))}}
        for name, field in FILTERED
        if getattr(filters, name)
    ]
    if states := states_of(node, filters):
        clauses.append({"terms": {"state": list(states)}})
    bounds = {
        sign: round(moment.timestamp() * 1e6)
        for sign, moment in (("gte", filters.since), ("lt", filters.until))
        if isinstance(moment, datetime)
    }
    if bounds:
        clauses.append({"range": {"ticks.published": bounds}})
    return clauses


def order_of(sort: str) -> tuple[list[Body], bool]:
    """The engine's sort of `field`, `-field` or `relevance`, and whether it falls; equal ones stand
    by their tie, those without a value last. Raises StoreError for a field without an order."""
    if sort == "relevance":
        return [{"_score": "desc"}, {"tie": "asc"}], True
    field, _ = sort_field(sort)
    falls = sort.startswith("-")
    order = {"order": "desc" if falls else "asc", "missing": "_last"}
    return [{engine_name(field): order}, {"tie": "asc"}], falls


def after_of(after: tuple[Any, ...], falls: bool) -> list[Any]:
    """`search_after` of a hit's (value, id)."""
    value, id = after
    if value is None:
        value = LEAST if falls else GREATEST
    return [value, tie_of(id)]


def value_of(hit: Mapping[str, Any]) -> Any:
    """What a hit was sorted by; None where it has no value."""
    value = hit["sort"][0]
    return None if value in (LEAST, GREATEST) else value
