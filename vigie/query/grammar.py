"""The grammar of the query language, and a query's tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lark import Lark, Token, UnexpectedInput

GRAMMAR = r"""
?start: any
?any: all (_OR all)*                  -> either
?all: unary (_AND? unary)*            -> both
?unary: (_NOT | _MINUS) unary         -> without
      | near
?near: operand (NEAR operand)*        -> near
?operand: "(" any ")"
      | "(" any ")" TILDE             -> together
      | FIELD value                   -> field
      | QUOTED                        -> phrase
      | CASED                         -> cased
      | WORD                          -> word
?value: RANGE                         -> range
      | COMPARED                      -> range
      | QUOTED                        -> exact
      | WORD                          -> plain
      | "(" values ")"
?values: every (_OR every)*           -> either
?every: single (_AND? single)*        -> both
?single: (_NOT | _MINUS) single       -> without
      | beside
?beside: value (NEAR value)*          -> near

_OR.3: /OR(?=[\s()]|$)/
_AND.3: /AND(?=[\s()]|$)/
_NOT.3: /NOT(?=[\s()]|$)/
_MINUS.3: /-(?=[^\s\d)-])/
NEAR.3: /O?NEAR\/[^\s()"“«]*/
TILDE.3: /(?<=\))~\w+/
FIELD.2: /[^\W\d][\w.]*:(?=[^\s)])(?!\/\/)/
RANGE.2: /[\[{][^\]}()"]*[\]}]/
COMPARED.2: /(>=|<=|>|<)\s*[^\s()"]+/
CASED.2: /\{[^\s{}()"]+\}(?=[\s()]|$)/
QUOTED.2: /(?:"[^"]*"|“[^”]*”|«[^»]*»)(?:\*|~\w+)?/
WORD: /(?!(?:AND|OR|NOT)(?=[\s()]|$)|O?NEAR\/)[^\s()"“«]+/
%ignore /\s+/
"""
_COMMENT = re.compile(r'"[^"]*"|“[^”]*”|«[^»]*»|<<<.*?(>>>|\Z)', re.DOTALL)


@lru_cache(1)
def lark() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=False)


def uncomment(text: str) -> tuple[str, int | None]:
    """The query with blanks for its <<<comments>>>, so that all stands where it stood, and where a
    comment begins that nothing closes."""
    unclosed: list[int] = []

    def blank(found: re.Match[str]) -> str:
        if not found[0].startswith("<<<"):
            return found[0]
        if not found[1]:
            unclosed.append(found.start())
        return re.sub(r"[^\n]", " ", found[0])

    return _COMMENT.sub(blank, text), unclosed[0] if unclosed else None


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a query, as far as it can be read."""
    reading = lark().parse_interactive(uncomment(text)[0])
    try:
        yield from reading.iter_parse()
    except UnexpectedInput:
        return
