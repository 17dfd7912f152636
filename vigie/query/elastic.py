"""The query language for OpenSearch and Elasticsearch: the tree as a body of their query DSL.

The same body for every version from Elasticsearch 7.10 and OpenSearch 2 on. Words rank (BM25), all
else only filters. What the engines cannot say exactly (`sayable`) is settled before:
vigie/query/deciding.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from vigie.query.deciding import UNSETTLED, contained
from vigie.query.nodes import (
    All,
    Among,
    And,
    Exists,
    Like,
    Near,
    Node,
    Not,
    Or,
    Range,
    Raw,
    Term,
    Words,
    wild,
)
from vigie.query.words import GAP

Body: TypeAlias = dict[str, Any]

# Query field → field of the index (index_templates/).
INDEXED: dict[str, str] = {
    "id": "id", "platform": "platform", "kind": "kind", "lang": "language", "state": "state",
    "origin": "origin", "owner": "owner", "brand": "brands", "homonym": "homonyms",
    "topic": "topics", "sentiment": "sentiment.label", "story": "story_id",
    "author": "find.author", "hashtag": "hashtags", "mention": "find.mention", "emoji": "emojis",
    "entity": "find.entity", "keyphrase": "find.keyphrase", "media": "media.kind",
    "domain": "domains", "link": "find.link", "parent": "parent_id", "root": "root_id",
    "followers": "author.followers", "likes": "metrics.likes", "shares": "metrics.shares",
    "replies": "metrics.replies", "quotes": "metrics.quotes", "saves": "metrics.saves",
    "views": "metrics.views", "engagement": "engagement", "published": "ticks.published",
    "collected": "ticks.collected", "seen": "ticks.seen",
}  # fmt: skip
HAS = "has"  # holds the names of the fields below that a post has
SLOW = ("author", "mention", "entity", "keyphrase", "link")
TERMS = 65_536  # values that a `terms` query takes
CLAUSES = 200  # words of an OR beyond which they no longer rank: engines bound clauses, not terms


def sayable(node: Node) -> bool:
    """Whether the engines find exactly what a node without parts means. The last word of a phrase
    is no prefix for them but one of some words that begin so; NEAR they know between fixed words
    and phrases, and OR of them."""
    if isinstance(node, Words):
        return len(node.words) == 1 or _fixed(node)
    if isinstance(node, Near):
        if len(node.parts) == 2:
            return all(
                _fixed(leaf)
                for part in node.parts
                for leaf in (part.parts if isinstance(part, Or) else (part,))
            )
        single = {part.words for part in node.parts if isinstance(part, Words) and _fixed(part)}
        one_each = all(len(words) == 1 for words in single)
        return len(single) == len(node.parts) and one_each and not node.ordered
    return not isinstance(node, Raw)


def compile_query(node: Node, *, lax: bool = False) -> Body:
    """The query that finds what `vigie.query.matches` holds for; `lax`: more than that, where the
    engines cannot say it."""
    if not sayable(node):
        assert lax, UNSETTLED
        node = contained(node)
    if isinstance(node, All):
        return {"match_all": {"boost": 0.0}}
    if isinstance(node, Words | Near):
        return _words(node)
    if isinstance(node, And):
        return _both(node, lax)
    if isinstance(node, Or):
        return _either(node, lax)
    return silent(_silent(node))


def silent(query: Body) -> Body:
    """A query that finds and does not rank."""
    return {"bool": {"filter": [query]}}


def _silent(node: Node) -> Body:
    if isinstance(node, Not):
        return {"bool": {"must_not": [compile_query(node.part)]}}
    if isinstance(node, Among):
        return among("id", node.ids)
    assert isinstance(node, Term | Like | Exists | Range)
    field = INDEXED[node.field]
    if isinstance(node, Term):
        return {"prefix" if node.prefix else "term": {field: {"value": node.value}}}
    if isinstance(node, Like):
        # A backslash in the value is one: `*` and `?` are all that the language leaves open.
        return {"wildcard": {field: {"value": node.value.replace("\\", "\\\\")}}}
    if isinstance(node, Exists):
        if node.field in SLOW:
            return {"term": {HAS: {"value": node.field}}}
        return {"exists": {"field": field}}
    return between(field, node.low, node.high)


def between(field: str, low: int | None, high: int | None) -> Body:
    """low ≤ value < high of an integer field; open on both sides: that has a value."""
    if low is None and high is None:
        return {"exists": {"field": field}}
    bounds = {"gte": low, "lt": high}
    return {"range": {field: {name: at for name, at in bounds.items() if at is not None}}}


def among(field: str, values: Sequence[str]) -> Body:
    """One of these values, however many."""
    chunks = [values[at : at + TERMS] for at in range(0, len(values), TERMS)] or [values]
    if len(chunks) == 1:
        return {"terms": {field: list(values)}}
    return {"bool": {"should": [{"terms": {field: list(chunk)}} for chunk in chunks]}}


def _ranks(node: Node) -> bool:
    if isinstance(node, And | Or):
        return any(_ranks(part) for part in node.parts)
    return isinstance(node, Words | Near | Raw)


def _both(node: And, lax: bool) -> Body:
    parts: Body = {"must": [], "filter": [], "must_not": []}
    for part in node.parts:
        if isinstance(part, Not):
            parts["must_not"].append(compile_query(part.part))
        else:
            parts["must" if _ranks(part) else "filter"].append(compile_query(part, lax=lax))
    return {"bool": {name: queries for name, queries in parts.items() if queries}}


def _either(node: Or, lax: bool) -> Body:
    should: list[Body] = []
    single: dict[str, None] = {}  # in order, each once
    for part in node.parts:
        if isinstance(part, Words) and part.within == "words" and _fixed(part, 1):
            single[part.words[0]] = None
        else:
            should.append(compile_query(part, lax=lax))
    if len(single) > CLAUSES:
        should.append(silent({"terms": {"words": list(single)}}))
    else:
        should += [{"term": {"words": {"value": word}}} for word in single]
    return {"bool": {"should": should, "minimum_should_match": 1}}


def _words(node: Words | Near) -> Body:
    place = _place(node)
    if place == "title":
        return _in(node, "words_title")
    if place == "text":
        # Without a title the words are the text's; with one, the text's are beside.
        untitled = {
            "bool": {
                "must": [_in(node, "words")],
                "must_not": [{"term": {"titled": {"value": True}}}],
            }
        }
        return {"bool": {"should": [_in(node, "words_body"), untitled], "minimum_should_match": 1}}
    return _in(node, "words")


def _place(node: Node) -> str:
    while isinstance(node, Near | Or):
        node = node.parts[0]
    assert isinstance(node, Words)
    return node.within


def _in(node: Words | Near, field: str) -> Body:
    if isinstance(node, Near):
        return _near(node, field)
    if len(node.words) > 1:
        return {"match_phrase": {field: {"query": " ".join(node.words)}}}
    word = node.words[0]
    if node.prefix:
        return {"prefix": {field: {"value": word}}}
    if wild(word):
        return {"wildcard": {field: {"value": word}}}
    return {"term": {field: {"value": word}}}


def _near(node: Near, field: str) -> Body:
    if len(node.parts) > 2:
        words = [part.words[0] for part in node.parts if isinstance(part, Words)]
        asked = {
            "query": " ".join(words),
            "max_gaps": node.gap,
            "filter": {"not_containing": {"match": {"query": GAP}}},
        }
        return {"intervals": {field: {"match": asked}}}
    orders = [node.parts] if node.ordered else [node.parts, node.parts[::-1]]
    return {"bool": {"should": [_behind(parts, node.gap, field) for parts in orders],
                     "minimum_should_match": 1}}  # fmt: skip


def _behind(parts: Sequence[Node], gap: int, field: str) -> Body:
    """Spans of two parts, the second behind the first, that do not reach over a GAP."""
    near = {"clauses": [_span(part, field) for part in parts], "slop": gap, "in_order": True}
    return {"span_not": {"include": {"span_near": near}, "exclude": {"span_term": {field: GAP}}}}


def _span(node: Node, field: str) -> Body:
    if isinstance(node, Or):
        return {"span_or": {"clauses": [_span(part, field) for part in node.parts]}}
    assert isinstance(node, Words)
    terms = [{"span_term": {field: word}} for word in node.words]
    if len(terms) == 1:
        return terms[0]
    return {"span_near": {"clauses": terms, "slop": 0, "in_order": True}}


def _fixed(node: Node, most: int | None = None) -> bool:
    """Whether a node is words (at most so many) without a pattern."""
    return (
        isinstance(node, Words)
        and not node.prefix
        and not any(map(wild, node.words))
        and (most is None or len(node.words) <= most)
    )
