"""The query language in memory: which queries a post matches, without any index.

The words of a post are one line, ` title | text `; a phrase is a part of that line. Of each query
the rarest words are known that one of them must occur; a post is compared only with queries whose
words it has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import inf
from typing import Any, TypeAlias

import regex  # type: ignore[import-untyped]

from vigie.query.fields import FIELDS
from vigie.query.nearness import stands
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
    walk,
    wild,
)
from vigie.query.words import (
    LETTER,
    body_of,
    cut,
    open_pattern,
    title_of,
    words_of,
    written_of,
)

Document = Mapping[str, Any]


class Matcher:
    """Many queries over many posts: brands and topics at ingest."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._tests = [_test(node) for node in nodes]
        self._anchored: dict[str, list[int]] = {}
        self._always: list[int] = []
        for number, node in enumerate(nodes):
            anchors = _anchors(node)
            if anchors is None:
                self._always.append(number)
            else:
                for word in anchors:
                    self._anchored.setdefault(word, []).append(number)

    def match(self, documents: Iterable[Document]) -> list[list[int]]:
        """For each document the numbers of the queries that it matches, rising."""
        found = []
        always, anchored, tests = self._always, self._anchored, self._tests
        for document in documents:
            reading = _Reading(document)
            asked = set(always)
            for word in reading["words"].split():
                if word in anchored:
                    asked.update(anchored[word])
            for handle in reading["mention"]:
                if (word := f"@{handle}") in anchored:
                    asked.update(anchored[word])
            found.append([number for number in sorted(asked) if tests[number](reading)])
        return found


def matches(node: Node, document: Document) -> bool:
    """Whether an index document (flat, dotted names) matches a query."""
    return _test(node)(_Reading(document))


class _Reading(dict[str, Any]):
    """A document's lines of words and folded values, each made when it is first asked for."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document

    def __missing__(self, name: str) -> Any:
        make = _LINES.get(name) or FIELDS[name].values
        value = self[name] = make(self._document)
        return value


_LINES = {"words": words_of, "text": body_of, "title": title_of, "raw": written_of}
_LETTER = regex.compile(LETTER, regex.VERSION1).match
Test: TypeAlias = Callable[[_Reading], bool]


@lru_cache(1024)
def _test(node: Node) -> Test:
    """A query as a function: a post is read thousands of times as often as a query."""
    if isinstance(node, Words):
        within, phrase = node.within, " " + " ".join(node.words) + ("" if node.prefix else " ")
        if wild(phrase):
            like = re.compile(open_pattern(phrase, "[^ ]")).search
            return lambda reading: like(reading[within]) is not None
        return lambda reading: phrase in reading[within]
    if isinstance(node, And | Or):
        tests = [_test(part) for part in node.parts]
        if isinstance(node, And):
            return lambda reading: all(test(reading) for test in tests)
        return lambda reading: any(test(reading) for test in tests)
    if isinstance(node, Not):
        part = _test(node.part)
        return lambda reading: not part(reading)
    if isinstance(node, All):
        return lambda reading: True
    if isinstance(node, Near):
        return _near_test(node)
    if isinstance(node, Raw):
        return _raw_test(node)
    if isinstance(node, Among):
        ids = frozenset(node.ids)
        return lambda reading: not ids.isdisjoint(reading["id"])
    field = node.field
    if isinstance(node, Like):
        fits = re.compile(open_pattern(node.value, "."), re.DOTALL).fullmatch
        return lambda reading: any(fits(known) for known in reading[field])
    if isinstance(node, Term):
        value = node.value
        if node.prefix:
            return lambda reading: any(known.startswith(value) for known in reading[field])
        return lambda reading: value in reading[field]
    if isinstance(node, Range):
        low = -inf if node.low is None else node.low
        high = inf if node.high is None else node.high
        return lambda reading: any(low <= known < high for known in reading[field])
    assert isinstance(node, Exists)
    return lambda reading: bool(reading[field])


def place(node: Node) -> str:
    """In which line of words NEAR or words are looked for."""
    return next(part.within for part in walk(node) if isinstance(part, Words))


def _near_test(node: Near) -> Test:
    # Most posts lack one of the words: that is seen sooner than where the words stand.
    tests, within = [_test(part) for part in node.parts], place(node)
    return lambda reading: all(test(reading) for test in tests) and stands(node, reading[within])


def _raw_test(node: Raw) -> Test:
    text, folded = node.text, _test(Words(node.words))
    before = f"(?<!{LETTER})" if _LETTER(text[0]) else ""
    behind = f"(?!{LETTER})" if _LETTER(text[-1]) else ""
    bound = regex.compile(f"{before}{regex.escape(text)}{behind}", regex.VERSION1).search
    return lambda reading: (
        text in reading["raw"] and bound(reading["raw"]) is not None and folded(reading)
    )


def _anchors(node: Node) -> set[str] | None:
    """Words and `@` mentions of which a matching post has one at least; None: none such."""
    if isinstance(node, Words):
        whole = [word for word in node.words[: -1 if node.prefix else None] if not wild(word)]
        # The longest word stands for the rarest: no counts are known here.
        return {max(whole, key=len)} if whole and node.within != "title" else None
    if isinstance(node, Term) and not node.prefix:
        if node.field == "mention":
            return {f"@{node.value}"}
        if node.field == "hashtag" and (words := cut(node.value)):
            return {max(words, key=len)}  # hashtags are in the line of words, too
    if isinstance(node, Or):
        found: set[str] = set()
        for part in node.parts:
            anchors = _anchors(part)
            if anchors is None:
                return None
            found |= anchors
        return found
    if isinstance(node, Raw):
        return {max(node.words, key=len)}
    if isinstance(node, And | Near):
        choices = [anchors for part in node.parts if (anchors := _anchors(part)) is not None]
        return min(choices, key=len, default=None)
    return None
