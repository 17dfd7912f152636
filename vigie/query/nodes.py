"""The tree of a query: what the parser builds and every back end reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class All:
    """Every post."""


@dataclass(frozen=True, slots=True)
class Words:
    """Folded words in a row, in title, text or either; `prefix`: the last one only begins so. In a
    word `*` stands for any letters and `?` for exactly one (`wild`)."""

    words: tuple[str, ...]
    within: Literal["words", "text", "title"] = "words"
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A folded value of a keyword field; `prefix`: a value that begins so."""

    field: str
    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """A folded value of a keyword field, in which `*` stands for anything and `?` for one sign."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Raw:
    """Title or text with exactly these letters, accents and signs, at the bounds of words; `words`:
    the same, folded."""

    text: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """Each part found, all together with at most `gap` other words between them; `ordered`: one
    behind the other. Parts are Words, Or of them, or Near, all in one place (`within`)."""

    parts: tuple[Node, ...]
    gap: int
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Among:
    """Posts with one of these ids: what was decided outside an engine (vigie/query/deciding.py)."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """low ≤ value < high of a number, or of a date in microseconds since 1970; None: open."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Exists:
    """A field that has a value."""

    field: str


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


Node: TypeAlias = All | Words | Term | Like | Raw | Near | Among | Range | Exists | And | Or | Not


def wild(word: str) -> bool:
    """Whether a word of Words has letters that it leaves open."""
    return "*" in word or "?" in word


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    if isinstance(node, And | Or | Near):
        for part in node.parts:
            yield from walk(part)
    elif isinstance(node, Not):
        yield from walk(node.part)


def asks_for(node: Node, field: str) -> bool:
    """Whether a query speaks of a field."""
    return any(
        isinstance(part, Term | Like | Range | Exists) and part.field == field
        for part in walk(node)
    )


def wanted(node: Node) -> Iterator[Words | Raw]:
    """What a post's text is looked through for: words that no NOT stands above."""
    if isinstance(node, Words | Raw):
        yield node
    elif isinstance(node, And | Or | Near):
        for part in node.parts:
            yield from wanted(part)
