"""The linter of the query language: what is probably not meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from lark import Token

from vigie.platforms import PLATFORMS
from vigie.query.deciding import leaves
from vigie.query.grammar import tokens
from vigie.query.implying import always, implies, never
from vigie.query.lexicon import Lang, lexicon
from vigie.query.matching import matches
from vigie.query.nodes import And, Node, Not, Raw, Term, Words, wanted, wild
from vigie.query.parsing import parse
from vigie.query.problems import Unreadable
from vigie.query.remarks import Finding, remark
from vigie.query.values import PASTED
from vigie.query.words import cut, fold
from vigie.records.posts import Label, Media, Origin, PostKind, State

LONG = 4_000  # characters: what other tools take
MANY = 150  # words and fields
SHORTEST = 4  # letters of a word whose plural is missed
OPERATORS = {"and": "AND", "or": "OR", "not": "NOT", "et": "AND", "ou": "OR", "sauf": "NOT"}
HASHTAG = ("hashtag:", "hashtags:", "tag:", "tags:")
VALUES: dict[str, frozenset[str]] = {
    "platform": frozenset((*PLATFORMS, *PASTED["platform"].values())),
    "kind": frozenset(get_args(PostKind)),
    "state": frozenset(get_args(State)),
    "origin": frozenset(get_args(Origin)),
    "sentiment": frozenset(get_args(Label)),
    "media": frozenset(get_args(Media.model_fields["kind"].annotation)),
}
CODE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]+)*")  # of a language
SIGNS = {"|": "OR", "||": "OR", "&&": "AND"}
_ENDS = {"FIELD", "_AND", "_OR", "_NOT", "_MINUS", "NEAR", "LPAR"}  # after these, no operator


@dataclass(frozen=True, slots=True)
class Context:
    """What a linter knows beside the query: time zone, names of the brand that it is for, languages
    that are watched."""

    timezone: str = "UTC"
    names: tuple[str, ...] = ()
    languages: tuple[Lang, ...] = ("fr", "en")


def lint(text: str, *, context: Context | None = None) -> list[Finding]:
    """Findings about a query, those with a place in its order. Never raises QueryError: what cannot
    be read is a finding."""
    known = context or Context()
    try:
        node = parse(text, timezone=known.timezone)
    except Unreadable as problem:
        return [Finding("unreadable", "error", problem.line, problem.column, problem=problem)]
    found = [*_whole(text, node), *_names(node, known)]
    read = list(tokens(text))
    found += _signs(read)
    if not never(node):
        found += _values(read, node)
    found += _spellings(read, node, known)
    return sorted(found, key=lambda one: (one.line or 0, one.column or 0))


def _whole(text: str, node: Node) -> Iterator[Finding]:
    count = sum(1 for _ in leaves(node))
    if len(text) > LONG or count > MANY:
        yield remark("long", size=f"{len(text)} / {LONG}, {count} / {MANY}")
    if never(node):
        yield remark("never")
    elif always(node):
        yield remark("always")
    elif isinstance(node, Not) or (
        isinstance(node, And) and all(isinstance(part, Not) for part in node.parts)
    ):
        yield remark("not_alone")


def _names(node: Node, context: Context) -> Iterator[Finding]:
    """Names that the bare word alone finds, though it means something else as well."""
    for name in () if always(node) else context.names:
        words = cut(name)
        if len(words) != 1 or not implies(Words((words[0],)), node):
            continue
        if any(lexicon(lang).knows(words[0]) for lang in context.languages):
            yield remark("common_name", given=name)


def _signs(read: list[Token]) -> Iterator[Finding]:
    """Words that look like operators, and signs that mean something here."""
    for at, token in enumerate(read):
        before = read[at - 1] if at else None
        behind = read[at + 1] if at + 1 < len(read) else None
        text = str(token)
        field = fold(before) if before is not None and before.type == "FIELD" else ""
        if token.type == "QUOTED" and field in HASHTAG and len(text.split()) > 1:
            yield remark("tag_space", token, given=f"{before}{text}")
        if token.type != "WORD":
            continue
        if text in ("NEAR", "ONEAR") and not field and behind is not None:
            yield remark("near_bare", token, given=text)
        elif (operator := OPERATORS.get(fold(text))) and behind is not None:
            if operator == "NOT" or (before is not None and before.type not in _ENDS):
                yield remark("operator", token, given=text, operator=operator)
        elif (operator := SIGNS.get(text)) and behind is not None:
            yield remark("sign", token, given=text, operator=operator)
        elif text[:1] == "!" and cut(text) and not field:
            yield remark("sign", token, given="!", operator="NOT")
        elif text == "#" and behind is not None:
            yield remark("tag_space", token, given=f"# {behind}")
        elif text.endswith("?") and len(cut(text)) == 1 and not wild(text[:-1]) and not field:
            yield remark("question", token, given=text)


def _values(read: list[Token], node: Node) -> Iterator[Finding]:
    """Values that a field never has, where its values are few and known."""
    for leaf in dict.fromkeys(leaves(node)):
        if not isinstance(leaf, Term) or leaf.prefix:
            continue
        known = VALUES.get(leaf.field, frozenset({leaf.value}))
        if leaf.field == "lang" and not CODE.fullmatch(leaf.value):
            known = frozenset(("fr", "en", "de", "es"))
        if leaf.value in known:
            continue
        near = difflib.get_close_matches(leaf.value, known, 1) or sorted(known)
        token = next((one for one in read if fold(str(one).strip('"“”«» ')) == leaf.value), None)
        yield remark("no_value", token, given=leaf.value, field=leaf.field, other=", ".join(near))


def _spellings(read: list[Token], node: Node, context: Context) -> Iterator[Finding]:
    """Plurals and accents that are missed."""
    asked = list(wanted(node))
    bare = {wish.words[0] for wish in asked if isinstance(wish, Words) and len(wish.words) == 1}
    names = {word for name in context.names for word in cut(name)}
    raw = {wish.text for wish in asked if isinstance(wish, Raw)}
    told: set[str] = set()
    for at, token in enumerate(read):
        text = str(token).strip('"“”«» ')
        if token.type not in ("WORD", "QUOTED") or text in told:
            continue
        told.add(text)
        before = read[at - 1] if at else None
        field = fold(before) if before is not None and before.type == "FIELD" else ""
        if (field == "raw:" or text in raw) and text.isascii():
            yield from _accents(text, token, context)
        elif not field and token.type == "WORD" and fold(text) in bare - names:
            yield from _plural(text, token, asked, context)


def _accents(text: str, token: Token, context: Context) -> Iterator[Finding]:
    for word in cut(text):
        forms = (lexicon(lang).accented.get(word) for lang in context.languages)
        if form := next(filter(None, forms), None):
            yield remark("raw_accent", token, given=text, other=form)


def _plural(
    text: str, token: Token, asked: list[Words | Raw], context: Context
) -> Iterator[Finding]:
    word = fold(text)
    if len(word) < SHORTEST or not word.isalpha() or word[-1] in "sxz":
        return
    if not any(word in lexicon(lang).nouns for lang in context.languages):
        return
    other = _pluralised(text.lower(), word)
    post = {"text": other}
    if not any(isinstance(wish, Words) and matches(wish, post) for wish in asked):
        yield remark("plural", token, given=text, other=other)


def _pluralised(text: str, word: str) -> str:
    if word.endswith(("eau", "eu")):
        return text + "x"
    if word.endswith("y") and word[-2] not in "aeiou":
        return text[:-1] + "ies"
    return text + "s"
