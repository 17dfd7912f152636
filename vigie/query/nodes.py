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
    """Folded words in a row, in title, text or either; `prefix`: the last one only begins so."""

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


Node: TypeAlias = All | Words | Term | Range | Exists | And | Or | Not


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from walk(part)
    elif isinstance(node, Not):
        yield from walk(node.part)


def asks_for(node: Node, field: str) -> bool:
    """Whether a query speaks of a field."""
    return any(
        isinstance(part, Term | Range | Exists) and part.field == field for part in walk(node)
    )


def wanted(node: Node) -> Iterator[Words]:
    """The words that a post is looked for by: those that no NOT stands above."""
    if isinstance(node, Words):
        yield node
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from wanted(part)
