"""What a query says for sure, without any post: what follows from it, that it never or always
holds. A True is certain; a False only says that nothing was found."""

from __future__ import annotations

from itertools import combinations

from vigie.query.fields import FIELDS
from vigie.query.nodes import (
    All,
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

SINGLE = frozenset(
    ("platform", "kind", "lang", "state", "origin", "owner", "sentiment", "story", "id", "parent",
     "root", *(name for name, field in FIELDS.items() if field.kind in ("number", "date")))
)  # fmt: skip
MOST = 100  # parts of an AND or OR that are compared with each other


def never(node: Node) -> bool:
    """Whether no post can match."""
    if isinstance(node, Not):
        return always(node.part)
    if isinstance(node, Or):
        return all(never(part) for part in node.parts)
    if isinstance(node, And):
        return any(never(part) for part in node.parts) or any(
            excludes(one, other) for one, other in combinations(node.parts[:MOST], 2)
        )
    if isinstance(node, Range):
        return node.low is not None and node.high is not None and node.low >= node.high
    return False


def always(node: Node) -> bool:
    """Whether every post matches."""
    if isinstance(node, Not):
        return never(node.part)
    if isinstance(node, And):
        return all(always(part) for part in node.parts)
    if isinstance(node, Or):
        return any(always(part) for part in node.parts) or any(
            _fill(one, other) or _fill(other, one)
            for one, other in combinations(node.parts[:MOST], 2)
        )
    return isinstance(node, All)


def _fill(one: Node, other: Node) -> bool:
    return isinstance(one, Not) and implies(one.part, other)


def excludes(one: Node, other: Node) -> bool:
    """Whether no post can match both."""
    if isinstance(other, Not) and implies(one, other.part):
        return True
    if isinstance(one, Not) and implies(other, one.part):
        return True
    if isinstance(other, And | Or) and not isinstance(one, And | Or):
        one, other = other, one
    if isinstance(one, Or):
        return all(excludes(part, other) for part in one.parts)
    if isinstance(one, And):
        return any(excludes(part, other) for part in one.parts)
    if isinstance(one, Range) and isinstance(other, Range) and one.field == other.field:
        return _disjoint(one, other)
    if isinstance(one, Term) and isinstance(other, Term) and one.field == other.field in SINGLE:
        short, long = sorted((one, other), key=lambda term: len(term.value))
        begins = long.value.startswith(short.value)
        return not begins or (not short.prefix and short.value != long.value)
    return False


def _disjoint(one: Range, other: Range) -> bool:
    return any(
        low is not None and high is not None and low >= high
        for low, high in ((one.low, other.high), (other.low, one.high))
    )


def implies(one: Node, other: Node) -> bool:
    """Whether every post that matches the one matches the other."""
    if one == other or isinstance(other, All):
        return True
    if isinstance(one, Or):
        return all(implies(part, other) for part in one.parts)
    if isinstance(other, And):
        return all(implies(one, part) for part in other.parts)
    if isinstance(other, Or) and any(implies(one, part) for part in other.parts):
        return True
    if isinstance(one, Near) and isinstance(other, Near) and one.parts == other.parts:
        return one.gap <= other.gap and (one.ordered or not other.ordered)
    if isinstance(one, And | Near):
        return any(implies(part, other) for part in one.parts)
    if isinstance(one, Not):
        return isinstance(other, Not) and implies(other.part, one.part)
    if isinstance(one, Raw):
        return implies(Words(one.words), other)
    if isinstance(one, Words):
        return isinstance(other, Words) and _holds(one, other)
    if isinstance(one, Range) and isinstance(other, Range) and one.field == other.field:
        return _inside(one, other)
    if isinstance(one, Term | Like | Range) and isinstance(other, Exists):
        return one.field == other.field
    return (
        isinstance(one, Term)
        and isinstance(other, Term)
        and other.prefix
        and one.field == other.field
        and one.value.startswith(other.value)
    )


def _inside(one: Range, other: Range) -> bool:
    low = other.low is None or (one.low is not None and one.low >= other.low)
    high = other.high is None or (one.high is not None and one.high <= other.high)
    return low and high


def _holds(one: Words, other: Words) -> bool:
    """Whether a phrase is a part of another one."""
    if other.within not in (one.within, "words"):
        return False
    size = len(other.words)
    return any(_stands(one, other, at) for at in range(len(one.words) - size + 1))


def _stands(one: Words, other: Words, at: int) -> bool:
    *whole, last = other.words
    end = at + len(whole)
    if list(one.words[at:end]) != whole:
        return False
    known, open_end = one.words[end], one.prefix and end == len(one.words) - 1
    if other.prefix:
        return known.startswith(last) and not wild(last)
    return known == last and not open_end
