"""NEAR against its definition, tried with every choice of finds."""

from __future__ import annotations

import time
from itertools import pairwise, permutations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.query import matches, parse
from vigie.query.nearness import stands
from vigie.query.nodes import Near, Node, Or, Words


def finds(node: Node, words: list[str]) -> list[tuple[int, ...]]:
    """Where a node stands: the positions of its words, for every way to find it."""
    if isinstance(node, Words):
        size = len(node.words)
        return [
            tuple(range(at, at + size))
            for at in range(len(words) - size + 1)
            if tuple(words[at : at + size]) == node.words
        ]
    assert isinstance(node, Or | Near)
    if isinstance(node, Or):
        return [found for part in node.parts for found in finds(part, words)]
    return [
        tuple(sorted(sum(chosen, ())))
        for chosen in product(*(finds(part, words) for part in node.parts))
        if near_enough(chosen, node)
    ]


def near_enough(chosen: tuple[tuple[int, ...], ...], near: Near) -> bool:
    used = sum(chosen, ())
    if len(set(used)) != len(used):
        return False
    orders = [chosen] if near.ordered else list(permutations(chosen))
    return any(between(order, near) <= near.gap for order in orders)


def between(order: tuple[tuple[int, ...], ...], near: Near) -> float:
    """The words between finds in this order, infinite where it is not that of the line."""
    total, reach = 0, max(order[0])
    for before, behind in pairwise(order):
        if min(behind) < min(before) or (near.ordered and min(behind) <= max(before)):
            return float("inf")
        total += max(0, min(behind) - reach - 1)
        reach = max(reach, *behind)
    return total


letters = st.sampled_from("abcd")
phrases = st.lists(letters, min_size=1, max_size=2).map(lambda words: Words(tuple(words)))
groups = st.lists(phrases, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts)))
leaves = st.one_of(phrases, phrases, groups)


def joined(parts: st.SearchStrategy[Node], most: int) -> st.SearchStrategy[Near]:
    return st.builds(
        Near,
        st.lists(parts, min_size=2, max_size=most).map(tuple),
        st.integers(0, 4),
        st.booleans() if most == 2 else st.just(False),
    )


nears = st.one_of(
    joined(leaves, 2), joined(phrases, 4), joined(st.one_of(leaves, joined(leaves, 2)), 2)
)


@given(nears, st.lists(st.lists(letters, max_size=9), min_size=1, max_size=2))
@settings(deadline=None, max_examples=500)
def test_near_is_some_choice_of_finds_that_is_near_enough(
    near: Near, pieces: list[list[str]]
) -> None:
    line = " | ".join(" ".join(words) for words in pieces)
    assert stands(near, line) == any(finds(near, words) for words in pieces)


def test_what_failed_with_little_room_is_tried_again_with_more() -> None:
    assert matches(parse('"a b c"~2'), {"text": "a x a b x x c"})
    assert not matches(parse('"a b c"~1'), {"text": "a x a b x x c"})


def test_texts_that_repeat_a_word_are_read_in_time() -> None:
    """What is written to be slow: every word is many parts, and the last part is too far."""
    far = {"text": "a " * 400 + "x " * 60 + "b"}
    query = '"a a a a a b"~50'
    began = time.process_time()
    assert not matches(parse(query), far)
    assert not matches(parse(f"({query}) NEAR/200 a"), far)
    assert not matches(parse("a" + " NEAR/200 a" * 6 + " ONEAR/0 b"), far)
    assert not matches(parse('"a a a"~200 NEAR/1 b'), far)
    assert matches(parse('"a a a a a a"~3'), far)
    assert time.process_time() - began < 10
