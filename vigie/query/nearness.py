"""NEAR and ONEAR: how many words stand between finds, counted in the line of words.

A find is where an operand stands: its first word, the first word behind it, and its words as bits
of a number. Finds of one NEAR share no word and lie on one side of every GAP. The words between
them are those that stand between one find and the next, in the order of the line.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import TypeAlias

from vigie.query.nodes import Near, Node, Or, Words, wild
from vigie.query.words import GAP, open_pattern

Find: TypeAlias = tuple[int, int, int]  # first, the first behind, words as bits
Finder: TypeAlias = Callable[[Sequence[str]], list[Find]]
WordTest: TypeAlias = Callable[[str], bool]

MOST = 2_000  # finds of a NEAR inside another one, in one piece: texts that repeat a word have more


def stands(near: Near, line: str) -> bool:
    """Whether a line of words (vigie/query/words.py) has the parts as near as asked for."""
    finds = [_finder(part) for part in near.parts]
    for piece in line.split(GAP):
        words = piece.split()
        found = [find(words) for find in finds]
        if all(found) and next(_together(found, near), None):
            return True
    return False


def places(node: Words, words: Sequence[str]) -> Iterator[int]:
    """Where a phrase begins in a list of words."""
    tests = word_tests(node)
    first, size = tests[0], len(tests)
    for at in range(len(words) - size + 1):
        if first(words[at]) and all(tests[n](words[at + n]) for n in range(1, size)):
            yield at


@lru_cache(1024)
def word_tests(node: Words) -> tuple[WordTest, ...]:
    """A test for each word of a phrase."""
    last = len(node.words) - 1
    return tuple(
        _word_test(word + "*" if node.prefix and at == last else word)
        for at, word in enumerate(node.words)
    )


def _word_test(word: str) -> WordTest:
    if not wild(word):
        return word.__eq__
    like = re.compile(open_pattern(word, ".")).fullmatch
    return lambda known: like(known) is not None


@lru_cache(1024)
def _finder(node: Node) -> Finder:
    if isinstance(node, Words):
        size = len(node.words)
        bits = (1 << size) - 1
        return lambda words: [(at, at + size, bits << at) for at in places(node, words)]
    assert isinstance(node, Or | Near)
    finders = [_finder(part) for part in node.parts]
    if isinstance(node, Or):
        return lambda words: sorted({find for finder in finders for find in finder(words)})
    near = node

    def together(words: Sequence[str]) -> list[Find]:
        found = [finder(words) for finder in finders]
        return sorted(set(islice(_together(found, near), MOST))) if all(found) else []

    return together


def _together(found: list[list[Find]], near: Near) -> Iterator[Find]:
    """Every way to take one find of each part that is near enough, as one find."""
    firsts = [[low for low, _, _ in finds] for finds in found]
    alike = [near.parts.index(part) for part in near.parts]  # equal parts are tried once
    # What was tried in vain, with the widest gap that was left: texts may repeat one word for ever.
    vain: dict[tuple[tuple[int, ...], int, int, int], int] = {}

    def extend(left: tuple[int, ...], find: Find, last: int, gap: int) -> Iterator[Find]:
        """`last`: where the find that was joined last begins; the next does not begin before."""
        if not left:
            yield find
            return
        low, high, used = find
        tried = (left, high, last, used >> last)
        if vain.get(tried, -1) >= gap:
            return
        some = False
        for part in choices(left):
            others = tuple(other for other in left if other != part)
            finds = found[part]
            for at in range(bisect_left(firsts[part], high if near.ordered else last), len(finds)):
                first, end, bits = finds[at]
                between = max(0, first - high)
                if between > gap:
                    break
                if not used & bits:
                    joined = (low, max(high, end), used | bits)
                    for whole in extend(others, joined, first, gap - between):
                        some = True
                        yield whole
        if not some:
            vain[tried] = gap

    def choices(left: tuple[int, ...]) -> Iterable[int]:
        return left[:1] if near.ordered else {alike[part]: part for part in left}.values()

    every = tuple(range(len(found)))
    for part in choices(every):
        others = tuple(other for other in every if other != part)
        for find in found[part]:
            yield from extend(others, find, find[0], near.gap)
