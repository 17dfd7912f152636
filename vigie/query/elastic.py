"""Stand-in while the language grows: replaced by the branch `query`."""

from __future__ import annotations

from typing import Any

from vigie.query.compiling import HAS, INDEXED, SLOW
from vigie.query.nodes import All, And, Exists, Node, Not, Or, Range, Term, Words

_N = {
    "published_at": "ticks.published",
    "collected_at": "ticks.collected",
    "first_seen_at": "ticks.seen",
}


def sayable(node: Node) -> bool:
    return not (isinstance(node, Words) and node.prefix and len(node.words) > 1)


def name(field: str) -> str:
    indexed = INDEXED[field]
    if field in SLOW:
        return f"find.{indexed}"
    return _N.get(indexed, indexed)


def compile_query(node: Node) -> dict[str, Any]:
    if isinstance(node, All):
        return {"match_all": {}}
    if isinstance(node, Words):
        if node.within == "title":
            return _p(node, "words_title")
        if node.within == "text":
            return {
                "bool": {
                    "should": [
                        _p(node, "words_body"),
                        {
                            "bool": {
                                "must": [_p(node, "words")],
                                "must_not": [{"term": {"titled": True}}],
                            }
                        },
                    ]
                }
            }
        return _p(node, "words")
    if isinstance(node, And):
        return {"bool": {"must": [compile_query(p) for p in node.parts]}}
    if isinstance(node, Or):
        return {
            "bool": {"should": [compile_query(p) for p in node.parts], "minimum_should_match": 1}
        }
    if isinstance(node, Not):
        return {"bool": {"must_not": [compile_query(node.part)]}}
    if isinstance(node, Term):
        return {"prefix" if node.prefix else "term": {name(node.field): node.value}}
    if isinstance(node, Exists):
        if node.field in SLOW:
            return {"term": {HAS: node.field}}
        return {"exists": {"field": name(node.field)}}
    assert isinstance(node, Range)
    bounds: dict[str, Any] = {}
    if node.low is not None:
        bounds["gte"] = node.low
    if node.high is not None:
        bounds["lt"] = node.high
    if not bounds:
        return {"exists": {"field": name(node.field)}}
    return {"range": {name(node.field): bounds}}


def _p(node: Words, field: str) -> dict[str, Any]:
    *whole, last = node.words
    if not whole:
        return {"prefix" if node.prefix else "term": {field: {"value": last}}}
    if node.prefix:
        return {
            "match_phrase_prefix": {field: {"query": " ".join(node.words), "max_expansions": 10000}}
        }
    return {"match_phrase": {field: {"query": " ".join(node.words)}}}
