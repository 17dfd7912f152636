"""What a linter says about a query that can be read, in French and English, with what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lark import Token

from vigie.query.problems import Lang, Unreadable

Severity = Literal["error", "warning", "advice"]

# code → severity, language → (what, do)
REMARKS: dict[str, tuple[Severity, dict[Lang, tuple[str, str]]]] = {
    "never": (
        "error",
        {
            "en": (
                "no post can match",
                "look for what contradicts: AND NOT of the same word, two networks joined with "
                "AND, a range that ends before it begins",
            ),
            "fr": (
                "aucun post ne peut correspondre",
                "cherchez ce qui se contredit : AND NOT du même mot, deux réseaux reliés par AND, "
                "un intervalle qui finit avant de commencer",
            ),
        },
    ),
    "always": (
        "warning",
        {
            "en": ("every post matches", "name a word, a hashtag or an account"),
            "fr": ("tous les posts correspondent", "citez un mot, un hashtag ou un compte"),
        },
    ),
    "not_alone": (
        "warning",
        {
            "en": ("only NOT: all other posts match", "say what to find, then what to leave out"),
            "fr": (
                "seulement NOT : tous les autres posts correspondent",
                "dites ce qu’il faut trouver, puis ce qu’il faut écarter",
            ),
        },
    ),
    "long": (
        "warning",
        {
            "en": (
                "the query is long: {size}",
                "split it into topics; prefixes and (one OR another) NEAR/5 (…) shorten it",
            ),
            "fr": (
                "la requête est longue : {size}",
                "répartissez-la en sujets ; débuts de mots et (l’un OR l’autre) NEAR/5 (…) "
                "l’abrègent",
            ),
        },
    ),
    "operator": (
        "warning",
        {
            "en": ("{given} is a word here", "write {operator} to join, or quote it to search it"),
            "fr": (
                "{given} est un mot ici",
                "écrivez {operator} pour relier, ou des guillemets pour le chercher",
            ),
        },
    ),
    "sign": (
        "warning",
        {
            "en": ("{given} means nothing here", "write {operator}, in capitals"),
            "fr": ("{given} ne veut rien dire ici", "écrivez {operator}, en capitales"),
        },
    ),
    "near_bare": (
        "warning",
        {
            "en": ("{given} without a number is a word", "write {given}/5: at most 5 words apart"),
            "fr": ("{given} sans nombre est un mot", "écrivez {given}/5 : 5 mots d’écart au plus"),
        },
    ),
    "no_value": (
        "warning",
        {
            "en": ("{field}: is never {given}", "write {field}:… with one of: {other}"),
            "fr": ("{field}: ne vaut jamais {given}", "écrivez {field}:… avec l’un de : {other}"),
        },
    ),
    "question": (
        "advice",
        {
            "en": (
                "? in {given} stands for exactly one letter",
                "take it out if it is a question mark",
            ),
            "fr": (
                "? dans {given} remplace exactement une lettre",
                "ôtez-le si c’est un point d’interrogation",
            ),
        },
    ),
    "tag_space": (
        "warning",
        {
            "en": ("a hashtag has no space: {given}", "write it in one: #FrenchDays"),
            "fr": ("un hashtag n’a pas d’espace : {given}", "écrivez-le d’un trait : #FrenchDays"),
        },
    ),
    "plural": (
        "advice",
        {
            "en": ("{given} does not find {other}", "write ({given} OR {other}), or {given}*"),
            "fr": ("{given} ne trouve pas {other}", "écrivez ({given} OR {other}), ou {given}*"),
        },
    ),
    "raw_accent": (
        "advice",
        {
            "en": ("raw:{given} does not find {other}", "write raw:{other} too, or leave raw: out"),
            "fr": (
                "raw:{given} ne trouve pas {other}",
                "écrivez aussi raw:{other}, ou ôtez raw:",
            ),
        },
    ),
    "common_name": (
        "warning",
        {
            "en": (
                "{given} is a word of the dictionary, too",
                "say what it is about (context, exclude in vigie.toml); in a query, raw:{given} "
                "looks at capitals",
            ),
            "fr": (
                "{given} est aussi un mot du dictionnaire",
                "dites de quoi il s’agit (context, exclude dans vigie.toml) ; dans une requête, "
                "raw:{given} regarde les majuscules",
            ),
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a linter has to say: a code of REMARKS, or `unreadable` with the parser's problem; and
    where, as far as it can be told."""

    code: str
    severity: Severity
    line: int | None = None
    column: int | None = None
    given: dict[str, str] = field(default_factory=dict)
    problem: Unreadable | None = None

    def render(self, lang: Lang) -> tuple[str, str]:
        """What was found, and what to do."""
        if self.problem is not None:
            return self.problem.say(lang)
        what, do = REMARKS[self.code][1][lang]
        return what.format(**self.given), do.format(**self.given)


def remark(code: str, token: Token | None = None, **given: str) -> Finding:
    """A finding where a token stands."""
    line, column = (None, None) if token is None else (token.line, token.column)
    return Finding(code, REMARKS[code][0], line, column, given)
