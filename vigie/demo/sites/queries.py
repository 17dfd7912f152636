"""The search language that X and Reddit share in the main: words, phrases, OR, negation, brackets,
`from:`, `is:retweet`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from vigie.demo.grammar import fold

_TOKEN = re.compile(r'(-?)(?:"([^"]*)"|([()])|([^\s()"]+))')


@dataclass(frozen=True, slots=True)
class Subject:
    """What a query is asked of: folded text and title, folded handle, whether it is a repost."""

    text: str
    author: str
    repost: bool


Wanted = Callable[[Subject], bool]


def parse(query: str) -> Wanted:
    """A query as a test of a subject. What stands side by side must all be true."""
    tokens = [match.groups() for match in _TOKEN.finditer(query)]
    return _either(tokens)


def _either(tokens: list[tuple[str, ...]]) -> Wanted:
    """Reads alternatives up to the end or a closing bracket, taking them off `tokens`."""
    ways: list[list[Wanted]] = [[]]
    while tokens:
        minus, phrase, bracket, word = tokens.pop(0)
        if bracket == ")":
            break
        if word in ("OR", "AND"):
            if word == "OR":
                ways.append([])
            continue
        test = _either(tokens) if bracket else _term(phrase if phrase is not None else word)
        ways[-1].append(_not(test) if minus else test)
    return lambda subject: any(all(test(subject) for test in way) for way in ways if way)


def _not(test: Wanted) -> Wanted:
    return lambda subject: not test(subject)


def _term(term: str) -> Wanted:
    if term == "is:retweet":
        return lambda subject: subject.repost
    name, colon, value = term.partition(":")
    if colon and name in ("from", "author"):
        wanted = fold(value)
        return lambda subject: subject.author == wanted
    folded = fold(term)
    left = "" if folded.startswith("#") else r"(?<![\w])"
    pattern = re.compile(rf"{left}{re.escape(folded)}(?!\w)")
    return lambda subject: pattern.search(subject.text) is not None
