"""What an engine cannot say exactly: it proposes posts, and the matcher in memory decides.

A back end exports `sayable(node)` for nodes without parts, and `compile_query(node, lax=True)`,
which finds a little more where a node is not sayable. A store asks so:

    node = settle(parse(query), sayable, find)
    engine.search(compile_query(node), filters)

where `find(node)` yields the index documents that `compile_query(node, lax=True)` finds within the
question's filters (all of them, in any order). The settled query is exact within these filters:
with NOT, in counts, aggregations, sorts and pages alike. What is sayable costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from vigie.query.matching import matches
from vigie.query.nodes import Among, And, Near, Node, Not, Or, Raw, Words

Sayable: TypeAlias = Callable[[Node], bool]
UNSETTLED = "settle() has to be asked before"
Find: TypeAlias = Callable[[Node], Iterable[Mapping[str, Any]]]


def settle(node: Node, sayable: Sayable, find: Find) -> Node:
    """The query with ids in the place of what the engine cannot say."""
    return _settled(node, (), sayable, find)


def leaves(node: Node) -> Iterator[Node]:
    """The nodes of a query that AND, OR and NOT join."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Not):
        yield from leaves(node.part)
    else:
        yield node


def contained(node: Node) -> Node:
    """A query of words alone that finds all that NEAR, `raw:` or a phrase finds, and more."""
    if isinstance(node, Near):
        return And(node.parts)
    if isinstance(node, Raw):
        return Words(node.words)
    assert isinstance(node, Words)
    *whole, last = node.words
    parts = [Words((word,), node.within) for word in whole]
    return And((*parts, Words((last,), node.within, node.prefix)))


def _settled(node: Node, within: tuple[Node, ...], sayable: Sayable, find: Find) -> Node:
    """`within`: what the posts fulfil that the result is asked of."""
    if _whole(node, sayable):
        return node
    if isinstance(node, Not):
        return Not(_settled(node.part, within, sayable, find))
    if isinstance(node, Or):
        said = [part for part in node.parts if _whole(part, sayable)]
        rest = [part for part in node.parts if part not in said]
        return Or((*said, *(_settled(part, within, sayable, find) for part in rest)))
    if isinstance(node, And):
        # What can be said narrows what is read; leaves that cannot are decided in one reading.
        said = [part for part in node.parts if _whole(part, sayable)]
        rest = [part for part in node.parts if part not in said]
        alone = tuple(part for part in rest if not isinstance(part, And | Or | Not))
        known = (*within, *said)
        settled = [_decided(alone, known, sayable, find)] if alone else []
        known = (*known, *settled)
        joined = [part for part in rest if part not in alone]
        settled += [_settled(part, known, sayable, find) for part in joined]
        return And((*said, *settled))
    return _decided((node,), within, sayable, find)


def _whole(node: Node, sayable: Sayable) -> bool:
    return all(sayable(leaf) for leaf in leaves(node))


def _decided(
    parts: tuple[Node, ...], within: tuple[Node, ...], sayable: Sayable, find: Find
) -> Node:
    wish = And(parts)
    found = find(And((*within, *parts)))
    ids = Among(tuple(sorted(str(post["id"]) for post in found if matches(wish, post))))
    # Each of these posts has the words, too: they are asked for again, to rank by.
    ranking: dict[Node, None] = {}
    for part in parts:
        inner = contained(part)
        for leaf in inner.parts if isinstance(inner, And) else (inner,):
            if _whole(leaf, sayable):
                ranking[leaf] = None
    return And((ids, *ranking))
