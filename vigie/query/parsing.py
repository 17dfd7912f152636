"""The parser of the query language: one grammar, one tree (DESIGN.md §6)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from vigie.query.fields import ALIASES, FIELDS
from vigie.query.nodes import All, And, Node, Not, Or, Words
from vigie.query.problems import Unreadable
from vigie.query.values import BadValue, keyword, read_keyword, read_range
from vigie.query.words import cut, fold

GRAMMAR = r"""
?start: any
?any: all (_OR all)*                  -> either
?all: unary (_AND? unary)*            -> both
?unary: (_NOT | _MINUS) unary         -> without
      | "(" any ")"
      | FIELD value                   -> field
      | QUOTED                        -> phrase
      | WORD                          -> word
?value: RANGE                         -> range
      | COMPARED                      -> range
      | QUOTED                        -> exact
      | WORD                          -> plain
      | "(" values ")"
?values: every (_OR every)*           -> either
?every: single (_AND? single)*        -> both
?single: (_NOT | _MINUS) single       -> without
      | value

_OR.3: /OR(?=[\s()]|$)/
_AND.3: /AND(?=[\s()]|$)/
_NOT.3: /NOT(?=[\s()]|$)/
_MINUS.3: /-(?=[^\s\d)-])/
FIELD.2: /[^\W\d][\w.]*:(?=[^\s)])(?!\/\/)/
RANGE.2: /[\[{][^\]}()"]*[\]}]/
COMPARED.2: /(>=|<=|>|<)\s*[^\s()"]+/
QUOTED.2: /"[^"]*"\*?|“[^”]*”\*?|«[^»]*»\*?/
WORD: /(?!(?:AND|OR|NOT)(?=[\s()]|$))[^\s()"“«]+/
%ignore /\s+/
"""
LONGEST = 20_000  # characters of a query
DEEPEST = 100  # nested parentheses and NOTs


@lru_cache(1)
def _lark() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=False)


def parse(text: str, *, timezone: str = "UTC") -> Node:
    """The tree of a query; dates without an offset are days of `timezone`. Raises QueryError with
    line, column and what to do; its `render(lang)` says it in French or English."""
    return _parse(text, timezone)


@lru_cache(512)
def _parse(text: str, timezone: str) -> Node:
    if not text.strip():
        raise Unreadable("empty")
    if len(text) > LONGEST or _depth(text) > DEEPEST:
        raise Unreadable("too_deep")
    try:
        tree = _lark().parse(text)
        node = _Builder(ZoneInfo(timezone)).transform(tree)
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


class _Builder(Transformer[Token, Any]):
    """Builds nodes bottom-up. A word of signs alone is None and falls away; a value waits as a
    function of its field."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self.zone = zone

    # queries

    def either(self, parts: list[Any]) -> Any:
        return _join(Or, parts)

    def both(self, parts: list[Any]) -> Any:
        return _join(And, parts)

    def without(self, parts: list[Any]) -> Any:
        part = parts[-1]
        if callable(part):
            return lambda field: Not(part(field))
        return None if part is None else Not(part)

    def phrase(self, parts: list[Token]) -> Node:
        return _phrase(parts[0], "words")

    def word(self, parts: list[Token]) -> Node | None:
        token = parts[0]
        text = str(token)
        if text == "*":
            return All()
        if text[-1] == ":" and ALIASES.get(fold(text[:-1]), fold(text[:-1])) in FIELDS:
            raise _at(token, "space_after_field", given=text)
        if len(text) > 1 and text[0] in "#@" and cut(text):
            field = "hashtag" if text[0] == "#" else "mention"
            return self._keyword(field, token, text[1:])
        return _words(token, text, "words")

    # fields

    def field(self, parts: list[Any]) -> Any:
        token, value = parts
        written = str(token)[:-1]
        name = fold(written)
        name = ALIASES.get(name, name)
        if name not in FIELDS:
            near = difflib.get_close_matches(name, [*FIELDS, *ALIASES], 1, 0.6)
            quoted = f'"{written}:…"'
            raise _at(
                token,
                "unknown_field",
                given=written,
                nearest=near[0] if near else "",
                quoted=quoted,
            )
        return value(name)

    def range(self, parts: list[Token]) -> Any:
        return lambda field: self._ranged(field, parts[0], str(parts[0]))

    def exact(self, parts: list[Token]) -> Any:
        token = parts[0]

        def build(field: str) -> Node:
            if FIELDS[field].kind == "words":
                return _phrase(token, field)
            text, prefix = _unquoted(token)
            if FIELDS[field].kind != "keyword":
                return self._ranged(field, token, text)
            return self._try(field, token, lambda: keyword(field, text, prefix))

        return build

    def plain(self, parts: list[Token]) -> Any:
        token = parts[0]

        def build(field: str) -> Node | None:
            if FIELDS[field].kind == "words":
                return _words(token, str(token), field)
            if FIELDS[field].kind == "keyword":
                return self._keyword(field, token, str(token))
            return self._ranged(field, token, str(token))

        return build

    def _keyword(self, field: str, token: Token, text: str) -> Node:
        return self._try(field, token, lambda: read_keyword(field, text))

    def _ranged(self, field: str, token: Token, text: str) -> Node:
        return self._try(field, token, lambda: read_range(field, text, self.zone))

    def _try(self, field: str, token: Token, read: Callable[[], Node]) -> Node:
        try:
            return read()
        except BadValue as error:
            names = [name for name, known in FIELDS.items() if known.kind in ("number", "date")]
            given = {"given": str(token), "field": field, "ordered": ", ".join(names)}
            raise _at(token, str(error), **given) from error


def _join(kind: type[And] | type[Or], parts: Iterable[Any]) -> Any:
    kept = [part for part in parts if part is not None]
    if any(callable(part) for part in kept):
        return lambda field: _join(kind, [part(field) for part in kept])
    flat: list[Node] = []
    for part in kept:
        flat += part.parts if isinstance(part, kind) else [part]
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def _unquoted(token: Token) -> tuple[str, bool]:
    text = str(token)
    prefix = text.endswith("*")
    return text.removesuffix("*")[1:-1], prefix


def _phrase(token: Token, within: str) -> Node:
    text, prefix = _unquoted(token)
    words = cut(text)
    if not words:
        raise _at(token, "no_words", given=str(token))
    return Words(tuple(words), within, prefix)  # type: ignore[arg-type]


def _words(token: Token, text: str, within: str) -> Node | None:
    prefix = text.endswith("*")
    text = text.removesuffix("*")
    if "*" in text and cut(text):
        raise _at(token, "star", given=str(token))
    words = cut(text)
    return Words(tuple(words), within, prefix) if words else None  # type: ignore[arg-type]


def _at(token: Token, code: str, **given: str) -> Unreadable:
    return Unreadable(code, line=token.line or 1, column=token.column or 1, **given)


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
    if token.type == "$END":
        hanging = re.search(r"(?:AND|OR|NOT|-)\s*$", text)
        if hanging:
            line, column = _place(text, hanging.start())
            return Unreadable("operator", line=line, column=column, given=hanging[0].strip())
        line, column = _place(text, _unclosed(text))
        return Unreadable("open_parenthesis", line=line, column=column)
    if token.type in ("_OR", "_AND"):
        return _at(token, "operator", given=str(token))
    if token.type == "RPAR":
        last = error.token_history[-1] if error.token_history else None
        if last is not None and last.type in ("_OR", "_AND", "_NOT", "_MINUS"):
            return _at(last, "operator", given=str(last))
        code = "empty_parentheses" if last is not None and last.type == "LPAR" else None
        return _at(token, code or "extra_parenthesis")
    return _at(token, "unexpected", given=str(token))


def _place(text: str, at: int) -> tuple[int, int]:
    """Line and column of a position, both from 1."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _unclosed(text: str) -> int:
    """The last parenthesis that nothing closes."""
    opened: list[int] = []
    quoted = False
    for at, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif not quoted and sign == "(":
            opened.append(at)
        elif not quoted and sign == ")" and opened:
            opened.pop()
    return opened[-1] if opened else max(len(text) - 1, 0)
