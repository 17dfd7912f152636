"""What an error says, in the reader's language.

Errors are written, and kept in the store, in English: `StoreError(f"no column {name}")`. What a
person is shown is looked up here by its shape: `errors.fr.po` holds `no column {0}` with its French
words, and a test finds every error of the code there. What has no entry stays as it is.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from vigie.errors import VigieError
from vigie.locales import Lang

Shapes = dict[str, list[tuple[re.Pattern[str], str, int]]]  # first sign → shape, words, weight
# Around other texts: looked for before these.
_FRAMES = (
    "{0}, line {1}, {2}: {3}", "row {0}: {1}", "{0} (here: {1})", "{0} and {1} more",
    "{0} (and {1} more)",
)  # fmt: skip
_NESTED = 5  # letters of its own that a shape needs to be looked for within another's values


def said(error: VigieError, lang: Lang) -> str:
    """The whole error: where, what, and what to do."""
    from vigie.query.problems import Unreadable  # with it comes the grammar

    if isinstance(error, Unreadable):
        return error.render(lang)
    if lang == "en":
        return str(error)
    what, where, do = (worded(text, lang) for text in (error.what, error.where, error.do))
    text = f"{where}\u00a0: {what}" if where else what
    return f"{text} → {do}" if do else text


def worded(text: str, lang: Lang) -> str:
    """An error's English text in a language; as it is where no shape fits."""
    return text if lang == "en" or not text else _worded(text, _shapes(lang), 0)


def shape(text: str) -> re.Pattern[str]:
    """What matches an English text with anything in the places of `{0}`, `{1}`."""
    told = string.Formatter().parse(text)
    parts = (re.escape(words) + ("" if place is None else "(.*?)") for words, place, _, _ in told)
    return re.compile("".join(parts))


def _names(text: str) -> Iterator[str]:
    return (place for _, place, _, _ in string.Formatter().parse(text) if place is not None)


def letters(text: str) -> int:
    """How many letters a shape has of its own."""
    return sum(sign.isalpha() for words, *_ in string.Formatter().parse(text) for sign in words)


def _worded(text: str, shapes: Shapes, least: int) -> str:
    if "\n" in text:
        return "\n".join(_worded(line, shapes, least) for line in text.split("\n"))
    for pattern, words, weight in _candidates(text, shapes):
        if weight >= least and (found := pattern.fullmatch(text)):
            return words.format(*(_worded(value, shapes, _NESTED) for value in found.groups()))
    if text[:1].isupper():  # the same words as the beginning of a sentence
        lower = text[0].lower() + text[1:]
        if (other := _worded(lower, shapes, max(least, _NESTED))) != lower:
            return other
    if "; " in text:  # several reasons
        return "\u00a0; ".join(_worded(part, shapes, least) for part in text.split("; "))
    return text


def _candidates(text: str, shapes: Shapes) -> Iterator[tuple[re.Pattern[str], str, int]]:
    """Frames, then shapes that begin as the text does, then those that begin with a value."""
    for first in ("frame", text[:1], ""):
        yield from shapes.get(first, ())


@cache
def _shapes(lang: Lang) -> Shapes:
    """First sign → shapes and their words: those with more letters come first."""
    from babel.messages.pofile import read_po

    from vigie.query.problems import MESSAGES

    with files("vigie.locales").joinpath(f"errors.{lang}.po").open("rb") as file:
        held = {str(one.id): str(one.string) for one in read_po(file, locale=lang) if one.id}
    for told in MESSAGES.values():  # of a topic's query, within the watchlist's errors
        for en, other in zip(told["en"], told[lang], strict=True):
            names = {name: f"{{{at}}}" for at, name in enumerate(dict.fromkeys(_names(en)))}
            held[en.format(**names)] = other.format(**{**dict.fromkeys(_names(other), ""), **names})
    found: Shapes = {}
    for id in sorted(held, key=letters, reverse=True):
        first = "frame" if id in _FRAMES else "" if id.startswith("{0}") else id[:1]
        weight = _NESTED if id in _FRAMES else letters(id)
        found.setdefault(first, []).append((shape(id), held[id], weight))
    return found
