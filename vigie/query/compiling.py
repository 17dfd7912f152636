"""The query language for tantivy: the tree as a query over the index of vigie/store/index.py.

What tantivy cannot say exactly (`sayable`) is settled before: vigie/query/deciding.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tantivy import FieldType, Occur, Query, Schema

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
from vigie.query.words import open_pattern

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


ENOUGH = 3  # letters that a pattern in a phrase begins with; tantivy takes 16,384 words for it


def sayable(node: Node) -> bool:
    """Whether tantivy finds exactly what a node without parts means. Its phrases with slop take
    words in any order, and reach from title to text."""
    if isinstance(node, Words) and len(node.words) > 1:
        return all(
            len(re.split(r"[*?]", word)[0]) >= ENOUGH for word in _patterns(node) if wild(word)
        )
    return not isinstance(node, Near | Raw)


def compile_query(node: Node, schema: Schema, *, lax: bool = False) -> Query:
    """The tantivy query that finds what `vigie.query.matches` holds for; `lax`: more than that,
    where tantivy cannot say it."""
    if sayable(node):
        return _exact(node, schema, lax)
    assert lax, UNSETTLED
    if isinstance(node, Near) and len(node.parts) == 2:
        first, second = node.parts
        if isinstance(first, Words) and isinstance(second, Words) and _alone(first, second):
            return _beside(first, second, node, schema)
    return compile_query(contained(node), schema, lax=True)


def _alone(first: Words, second: Words) -> bool:
    """Whether both are one word, without a pattern, and not the same."""
    words = (*first.words, *second.words)
    prefix = first.prefix or second.prefix
    return len(set(words)) == len(words) == 2 and not prefix and not any(map(wild, words))


def _beside(first: Words, second: Words, near: Near, schema: Schema) -> Query:
    """Two words that stand near each other, or a little farther."""
    there, back = first.words + second.words, second.words + first.words
    field = "title" if first.within == "title" else "words"  # in which the text's are, too
    orders = (there,) if near.ordered else (there, back)
    return either([Query.phrase_query(schema, field, [*words], near.gap) for words in orders])


def _exact(node: Node, schema: Schema, lax: bool) -> Query:
    if isinstance(node, All):
        return Query.all_query()
    if isinstance(node, Words):
        return _words(node, schema)
    if isinstance(node, And):
        return both([compile_query(part, schema, lax=lax) for part in node.parts])
    if isinstance(node, Or):
        return either([compile_query(part, schema, lax=lax) for part in node.parts])
    if isinstance(node, Not):
        return without(compile_query(node.part, schema))
    if isinstance(node, Among):
        return Query.const_score_query(Query.term_set_query(schema, "id", list(node.ids)), 1.0)
    assert isinstance(node, Like | Term | Exists | Range)
    field = INDEXED[node.field]
    if isinstance(node, Like):
        return Query.regex_query(schema, field, open_pattern(node.value, ".", _escaped))
    if isinstance(node, Term):
        if node.prefix:
            return Query.regex_query(schema, field, beginning(node.value))
        return term(schema, field, node.value)
    if isinstance(node, Exists):
        if node.field in SLOW:
            return term(schema, HAS, node.field)
        return Query.exists_query(field)
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
    return _escaped(value) + ".*"


def _escaped(text: str) -> str:
    return _META.sub(r"\\\g<0>", text)


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
    words = _patterns(node)
    if len(words) == 1:
        if wild(words[0]):
            return Query.regex_query(schema, field, open_pattern(words[0], ".", _escaped))
        return Query.term_query(schema, field, words[0], "freq")
    if not any(wild(word) for word in words):
        return Query.phrase_query(schema, field, [*words])
    patterns = [open_pattern(word, ".", _escaped) for word in words]
    return Query.regex_phrase_query(schema, field, [*patterns])


def _patterns(node: Words) -> list[str]:
    """The words of a phrase, a prefix as `word*`."""
    *whole, last = node.words
    return [*whole, f"{last}*" if node.prefix else last]
