"""The parser of the query language: one grammar, one tree (DESIGN.md §6)."""

from __future__ import annotations

import re
from functools import lru_cache
from zoneinfo import ZoneInfo

from lark import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from vigie.query.building import Builder, at
from vigie.query.grammar import lark, uncomment
from vigie.query.nodes import Node
from vigie.query.problems import Unreadable

LONGEST = 20_000  # characters of a query
DEEPEST = 100  # nested parentheses and NOTs


def parse(text: str, *, timezone: str = "UTC") -> Node:
    """The tree of a query; dates without an offset are days of `timezone`. Raises QueryError with
    line, column and what to do; its `render(lang)` says it in French or English."""
    return _parse(text, timezone)


@lru_cache(512)
def _parse(text: str, timezone: str) -> Node:
    if len(text) > LONGEST:
        raise Unreadable("too_deep")
    text, unclosed = uncomment(text)
    if unclosed is not None:
        line, column = _place(text, unclosed)
        raise Unreadable("open_comment", line=line, column=column)
    if not text.strip():
        raise Unreadable("empty")
    if _depth(text) > DEEPEST:
        raise Unreadable("too_deep")
    try:
        tree = lark().parse(text)
        node = Builder(ZoneInfo(timezone)).transform(tree)
    except UnexpectedInput as error:
        raise _problem(text, error) from error
    except VisitError as error:
        raise error.orig_exc from error
    if node is None:
        raise Unreadable("empty")
    return node  # type: ignore[no-any-return]


def _depth(text: str) -> int:
    depth = deepest = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    denials = re.findall(r"(?:\bNOT[\s(]+)+", text)
    return deepest + max((run.count("NOT") for run in denials), default=0)


def _problem(text: str, error: UnexpectedInput) -> Unreadable:
    """The reader's own words for what the parser ran into."""
    line, column = max(error.line, 1), max(error.column, 1)
    if isinstance(error, UnexpectedCharacters):
        sign = error.char
        if sign in '"“«':
            return Unreadable("open_quote", line=line, column=column)
        return Unreadable("unexpected", line=line, column=column, given=sign)
    if not isinstance(error, UnexpectedToken):
        return Unreadable("unexpected", line=line, column=column, given=text[-1:])
    token = error.token
    last = error.token_history[-1] if error.token_history else None
    if last is not None and last.type == "NEAR":
        code = "near_alone" if token.type == "RPAR" else "near_operand"
        return at(last, code, given=str(last), part=str(token))
    if token.type == "$END":
        operator = re.search(r"(?:AND|OR|NOT|-|O?NEAR/\S*)\s*$", text)
        if operator:
            line, column = _place(text, operator.start())
            hanging = "near_alone" if "/" in operator[0] else "operator"
            return Unreadable(hanging, line=line, column=column, given=operator[0].strip())
        line, column = _place(text, _unclosed(text))
        return Unreadable("open_parenthesis", line=line, column=column)
    if token.type in ("_OR", "_AND"):
        return at(token, "operator", given=str(token))
    if token.type == "NEAR":
        return at(token, "near_alone", given=str(token))
    if token.type == "RPAR":
        if last is not None and last.type in ("_OR", "_AND", "_NOT", "_MINUS"):
            return at(last, "operator", given=str(last))
        empty = last is not None and last.type == "LPAR"
        return at(token, "empty_parentheses" if empty else "extra_parenthesis")
    return at(token, "unexpected", given=str(token))


def _place(text: str, position: int) -> tuple[int, int]:
    """Line and column of a position, both from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _unclosed(text: str) -> int:
    """The last parenthesis that nothing closes."""
    opened: list[int] = []
    quoted = False
    for position, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif not quoted and sign == "(":
            opened.append(position)
        elif not quoted and sign == ")" and opened:
            opened.pop()
    return opened[-1] if opened else max(len(text) - 1, 0)
