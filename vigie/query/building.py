"""The tree of a query from what the grammar reads."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from lark import Token, Transformer

from vigie.query.fields import ALIASES, FIELDS
from vigie.query.nodes import All, And, Near, Node, Not, Or, Raw, Words, walk, wild
from vigie.query.pasted import NO_EQUAL
from vigie.query.problems import Unreadable
from vigie.query.values import BadValue, keyword, read_keyword, read_range
from vigie.query.words import cut, cut_pattern, fold, written

FARTHEST = 200  # words between the finds of a NEAR
MOST = 10  # words of a phrase with `~`
LITERAL = 2  # letters that a word with `*` or `?` inside has at least
_QUOTED = re.compile(r'["“«](.*)["”»](\*|~\w+)?', re.DOTALL)
# In quotes a star that touches no word, and a question mark inside none, are signs like others.
_STRAY = re.compile(r"(?<!\w)[*?]|\?(?![\w*])")


class Builder(Transformer[Token, Any]):
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

    def near(self, parts: list[Any]) -> Any:
        """Operands with NEARs between them; several bind from left to right."""
        if any(callable(part) for part in parts):
            return lambda field: self.near(
                [part(field) if callable(part) else part for part in parts]
            )
        node, *rest = parts
        for token, part in zip(rest[::2], rest[1::2], strict=True):
            gap, ordered = _distance(token)
            node = _near(token, (node, part), gap, ordered)
        return node

    def together(self, parts: list[Any]) -> Any:
        """`(a AND b)~5`, Brandwatch's other spelling of NEAR."""
        node, token = parts
        gap = _reach(token, str(token)[1:])
        if not isinstance(node, And):
            raise at(token, "near_alone", given=str(token))
        return _near(token, node.parts, gap, False)

    def phrase(self, parts: list[Token]) -> Node:
        return _phrase(parts[0], "words")

    def cased(self, parts: list[Token]) -> Node:
        """`{BT}`, Brandwatch's `raw:BT`."""
        return _raw(parts[0], str(parts[0])[1:-1])

    def word(self, parts: list[Token]) -> Node | None:
        token = parts[0]
        text = str(token)
        if text == "*":
            return All()
        if text[-1] == ":" and ALIASES.get(fold(text[:-1]), fold(text[:-1])) in FIELDS:
            raise at(token, "space_after_field", given=text)
        if len(text) > 1 and text[0] in "#@" and cut(text):
            field = "hashtag" if text[0] == "#" else "mention"
            return self._keyword(field, token, text[1:])
        return _words(token, text, "words")

    # fields

    def field(self, parts: list[Any]) -> Any:
        token, value = parts
        written_as = str(token)[:-1]
        name = fold(written_as)
        if advice := NO_EQUAL.get(name):
            raise at(token, "no_equal", given=written_as, advice=advice)
        name = ALIASES.get(name, name)
        if name not in FIELDS:
            near = difflib.get_close_matches(name, [*FIELDS, *ALIASES], 1, 0.6)
            quoted = f'"{written_as}:…"'
            raise at(
                token,
                "unknown_field",
                given=written_as,
                nearest=near[0] if near else "",
                quoted=quoted,
            )
        return value(name)

    def range(self, parts: list[Token]) -> Any:
        return lambda field: self._ranged(field, parts[0], str(parts[0]))

    def exact(self, parts: list[Token]) -> Any:
        token = parts[0]

        def build(field: str) -> Node:
            kind = FIELDS[field].kind
            if kind == "words":
                return _phrase(token, field)
            text, suffix = _unquoted(token)
            if kind == "raw":
                if suffix:
                    raise at(token, "raw_open", given=str(token))
                return _raw(token, text)
            if suffix.startswith("~"):
                raise at(token, "near_field", field=field)
            if kind != "keyword":
                return self._ranged(field, token, text)
            return self._try(field, token, lambda: keyword(field, text, suffix == "*"))

        return build

    def plain(self, parts: list[Token]) -> Any:
        token = parts[0]
        text = str(token)

        def build(field: str) -> Node | None:
            kind = FIELDS[field].kind
            if kind == "words":
                return _words(token, text, field)
            if kind == "raw":
                if wild(text):
                    raise at(token, "raw_open", given=text)
                return _raw(token, text)
            if kind == "keyword":
                return self._keyword(field, token, text)
            return self._ranged(field, token, text)

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
            raise at(token, str(error), **given) from error


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


def _distance(token: Token) -> tuple[int, bool]:
    """How far the words of a NEAR may be apart, and whether their order counts."""
    operator, _, number = str(token).partition("/")
    ordered = operator == "ONEAR" or number.endswith("f")  # NEAR/5f: Brandwatch's ONEAR/5
    return _reach(token, number.removesuffix("f")), ordered


def _reach(token: Token, number: str) -> int:
    if not number.isdecimal() or not number.isascii() or int(number) > FARTHEST:
        raise at(token, "near_distance", given=str(token), most=str(FARTHEST))
    return int(number)


def _near(token: Token, parts: Sequence[Node | None], gap: int, ordered: bool) -> Near:
    for part in parts:
        if part is None or not _placed(part):
            raise at(token, "near_operand", given=str(token), part=_told(part))
    kept = tuple(part for part in parts if part is not None)
    places = {leaf.within for part in kept for leaf in walk(part) if isinstance(leaf, Words)}
    if len(places) > 1:
        raise at(token, "near_places", given=str(token))
    return Near(kept, gap, ordered)


def _placed(node: Node) -> bool:
    """Whether it can be told where in the words a node is found."""
    if isinstance(node, Or):
        return all(_placed(part) for part in node.parts)
    return isinstance(node, Words | Near)


def _told(node: Node | None) -> str:
    """What of a query a node was written as, in short."""
    for part in () if node is None else walk(node):
        if isinstance(part, Raw):
            return "raw:"
        if not isinstance(part, Words | Near | Or):
            name = {"All": "*", "And": "AND", "Not": "NOT"}.get(type(part).__name__)
            return name or f"{getattr(part, 'field', '')}:"
    return "!"


def _unquoted(token: Token) -> tuple[str, str]:
    """The text between the quotes, and what follows them: `*`, `~5` or nothing."""
    found = _QUOTED.fullmatch(str(token))
    assert found
    return found[1], found[2] or ""


def _phrase(token: Token, within: str) -> Node:
    text, suffix = _unquoted(token)
    text = _STRAY.sub(" ", text).rstrip()
    words = cut_pattern(text)
    if not words:
        raise at(token, "no_words", given=str(token))
    prefix = suffix == "*"
    if words[-1].endswith("*") and not wild(words[-1][:-1]):
        words[-1], prefix = words[-1][:-1], True
    _check(token, words)
    if not suffix.startswith("~"):
        return Words(tuple(words), within, prefix)  # type: ignore[arg-type]
    gap = _reach(token, suffix[1:])
    if len(words) > MOST:
        raise at(token, "near_many", given=str(token), most=str(MOST))
    *whole, last = words
    parts = [Words((word,), within) for word in whole]  # type: ignore[arg-type]
    parts.append(Words((last,), within, prefix))  # type: ignore[arg-type]
    return parts[0] if len(parts) == 1 else Near(tuple(parts), gap)


def _words(token: Token, text: str, within: str) -> Node | None:
    if not cut(text):
        return None
    text = re.sub(r"\*+", "*", text)
    prefix = text.endswith("*") and not wild(text[:-1])
    words = cut_pattern(text.removesuffix("*") if prefix else text)
    _check(token, words)
    return Words(tuple(words), within, prefix)  # type: ignore[arg-type]


def _check(token: Token, words: Sequence[str]) -> None:
    """Raises where a word has too few letters, or begins with what it leaves open."""
    for word in words:
        if not wild(word):
            continue
        if wild(word[0]):
            raise at(token, "wild_first", given=str(token))
        if sum(not wild(letter) for letter in word) < LITERAL:
            raise at(token, "wild_short", given=str(token), least=str(LITERAL))


def _raw(token: Token, text: str) -> Raw:
    text = written(text)
    words = cut(text)
    if not words:
        raise at(token, "no_words", given=str(token))
    return Raw(text, tuple(words))


def at(token: Token, code: str, **given: str) -> Unreadable:
    """What is wrong with a token, where it stands."""
    return Unreadable(code, line=token.line or 1, column=token.column or 1, **given)
