"""The query language in memory: which queries a post matches, without any index.

The words of a post are one line, ` title | text `; a phrase is a part of that line. Of each query
the rarest words are known that one of them must occur; a post is compared only with queries whose
words it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vigie.query.fields import FIELDS
from vigie.query.nodes import All, And, Exists, Node, Not, Or, Range, Term, Words
from vigie.query.words import body_of, title_of, words_of

Document = Mapping[str, Any]


class Matcher:
    """Many queries over many posts: brands and topics at ingest."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = list(nodes)
        self._anchored: dict[str, list[int]] = {}
        self._always: list[int] = []
        for number, node in enumerate(self._nodes):
            anchors = _anchors(node)
            if anchors is None:
                self._always.append(number)
            else:
                for word in anchors:
                    self._anchored.setdefault(word, []).append(number)

    def match(self, documents: Iterable[Document]) -> list[list[int]]:
        """For each document the numbers of the queries that it matches, rising."""
        found = []
        anchored = self._anchored.keys()
        for document in documents:
            line = words_of(document)
            asked = set(self._always)
            for word in anchored & set(line.split()):
                asked.update(self._anchored[word])
            reading = _Reading(document, line)
            found.append([number for number in sorted(asked) if reading.holds(self._nodes[number])])
        return found


def matches(node: Node, document: Document) -> bool:
    """Whether an index document (flat, dotted names) matches a query."""
    return _Reading(document, None).holds(node)


class _Reading:
    """One document, its words cut once."""

    def __init__(self, document: Document, line: str | None) -> None:
        self.document = document
        self._lines: dict[str, str] = {} if line is None else {"words": line}

    def line(self, within: str) -> str:
        line = self._lines.get(within)
        if line is None:
            make = {"words": words_of, "text": body_of, "title": title_of}[within]
            line = self._lines[within] = make(self.document)
        return line

    def holds(self, node: Node) -> bool:
        if isinstance(node, Words):
            phrase = " ".join(node.words)
            return (f" {phrase}" if node.prefix else f" {phrase} ") in self.line(node.within)
        if isinstance(node, And):
            return all(self.holds(part) for part in node.parts)
        if isinstance(node, Or):
            return any(self.holds(part) for part in node.parts)
        if isinstance(node, Not):
            return not self.holds(node.part)
        if isinstance(node, All):
            return True
        values = FIELDS[node.field].values(self.document)
        if isinstance(node, Term):
            if node.prefix:
                return any(value.startswith(node.value) for value in values)
            return node.value in values
        if isinstance(node, Range):
            low, high = node.low, node.high
            return any(
                (low is None or value >= low) and (high is None or value < high) for value in values
            )
        assert isinstance(node, Exists)
        return any(True for _ in values)


def _anchors(node: Node) -> set[str] | None:
    """Words of which a matching post has one at least; None: there are none such."""
    if isinstance(node, Words):
        whole = node.words[:-1] if node.prefix else node.words
        # The longest word stands for the rarest: no counts are known here.
        return {max(whole, key=len)} if whole and node.within != "title" else None
    if isinstance(node, Or):
        found: set[str] = set()
        for part in node.parts:
            anchors = _anchors(part)
            if anchors is None:
                return None
            found |= anchors
        return found
    if isinstance(node, And):
        choices = [anchors for part in node.parts if (anchors := _anchors(part)) is not None]
        return min(choices, key=len, default=None)
    return None
