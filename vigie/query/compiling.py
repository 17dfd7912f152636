"""The query language for tantivy: the tree as a query over the index of vigie/store/index.py."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tantivy import FieldType, Occur, Query, Schema

from vigie.query.nodes import All, And, Exists, Node, Not, Or, Range, Term, Words

# Query field → field of the index that holds its folded values.
INDEXED: dict[str, str] = {
    "id": "id", "platform": "platform", "kind": "kind", "lang": "language", "state": "state",
    "origin": "origin", "owner": "owner", "brand": "brands", "homonym": "homonyms",
    "topic": "topics", "sentiment": "sentiment.label", "story": "story_id", "author": "author",
    "hashtag": "hashtags", "mention": "mention", "emoji": "emojis", "entity": "entity",
    "keyphrase": "keyphrase", "media": "media.kind", "domain": "domains", "link": "link",
    "parent": "parent_id", "root": "root_id", "followers": "author.followers",
    "likes": "metrics.likes", "shares": "metrics.shares", "replies": "metrics.replies",
    "quotes": "metrics.quotes", "saves": "metrics.saves", "views": "metrics.views",
    "engagement": "engagement", "published": "published_at", "collected": "collected_at",
    "seen": "first_seen_at",
}  # fmt: skip
HAS = "has"  # holds the names of fields below that a post has, since they are no columns
SLOW = ("author", "mention", "entity", "keyphrase", "link")
_META = re.compile(r"[\\.+*?()|\[\]{}^$#&\-~]")


def compile_query(node: Node, schema: Schema) -> Query:
    """The tantivy query that finds what `vigie.query.matches` holds for."""
    if isinstance(node, All):
        return Query.all_query()
    if isinstance(node, Words):
        return _words(node, schema)
    if isinstance(node, And):
        return both([compile_query(part, schema) for part in node.parts])
    if isinstance(node, Or):
        return either([compile_query(part, schema) for part in node.parts])
    if isinstance(node, Not):
        return without(compile_query(node.part, schema))
    field = INDEXED[node.field]
    if isinstance(node, Term):
        if node.prefix:
            return Query.regex_query(schema, field, beginning(node.value))
        return term(schema, field, node.value)
    if isinstance(node, Exists):
        if node.field in SLOW:
            return term(schema, HAS, node.field)
        return Query.exists_query(field)
    assert isinstance(node, Range)
    return between(schema, field, node.low, node.high)


def both(parts: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, part) for part in parts])


def either(parts: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, part) for part in parts])


def without(part: Query) -> Query:
    return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, part)])


def term(schema: Schema, field: str, value: str) -> Query:
    return Query.term_query(schema, field, value, "basic")


def between(schema: Schema, field: str, low: int | None, high: int | None) -> Query:
    """low ≤ value < high of an integer field; open on both sides: that has a value."""
    if low is None and high is None:
        return Query.exists_query(field)
    return Query.range_query(schema, field, FieldType.Integer, low, high, True, high is None)


def beginning(value: str) -> str:
    """A regular expression of tantivy for values that begin so."""
    return _META.sub(r"\\\g<0>", value) + ".*"


def _words(node: Words, schema: Schema) -> Query:
    if node.within == "title":
        return _phrase(node, schema, "title")
    if node.within == "text":
        # Without a title the words are the text's; with one, the text's are beside in `body`.
        untitled = [_phrase(node, schema, "words"), without(flag(schema, "titled", True))]
        return either([_phrase(node, schema, "body"), both(untitled)])
    return _phrase(node, schema, "words")


def flag(schema: Schema, field: str, value: bool) -> Query:
    return Query.term_query(schema, field, value, "basic")


def _phrase(node: Words, schema: Schema, field: str) -> Query:
    *whole, last = node.words
    if not whole:
        if node.prefix:
            return Query.regex_query(schema, field, beginning(last))
        return Query.term_query(schema, field, last, "freq")
    if not node.prefix:
        return Query.phrase_query(schema, field, list(node.words))
    return Query.regex_phrase_query(schema, field, [*whole, beginning(last)])
