"""Words, cut and folded once for every engine (DESIGN.md §6).

Case, accents, ligatures and apostrophes are folded; '#' and '@' fall away, so that `health` finds
`#health`; an emoji is a word, without skin tone; a Chinese or Japanese character is a word, so
that a name is found inside a run of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import regex  # type: ignore[import-untyped]

GAP = "|"  # stands between title and text: a phrase does not reach over it, and no word is it

_EMOJI = (
    r"\p{Regional_Indicator}{2}|[0-9]\uFE0F?\u20E3"
    r"|[\p{Extended_Pictographic}--[©®™ℹ]][\uFE0F\U0001F3FB-\U0001F3FF]*"
    r"(?:\u200D\p{Extended_Pictographic}[\uFE0F\U0001F3FB-\U0001F3FF]*)*"
)
_CJK = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
LETTER = rf"[[\p{{L}}\p{{N}}\p{{M}}_]--{_CJK}]"  # what makes words; a pattern of `regex`, version 1
_ANY = regex.compile(f"{_EMOJI}|{_CJK}|{LETTER}+", regex.VERSION1)
_ASCII = re.compile(r"[a-z0-9_]+")
# Between signs that no word holds: what is ASCII there is a word, the rest is looked at closely.
_CHUNK = re.compile(r"[^\s\u0000-/:-@\[-^`{-~«»‘’“”…–—•]+")
_BENT = "’“”–—…"  # of those signs what most texts that are not ASCII have, and often nothing else
_MARKS = re.compile("[\u0300-\u036f]+")
_TONES = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]+")
_LETTERS = {
    "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "ª": " ", "º": " ", "™": " ", "℠": " ",
}  # fmt: skip
_SPECIAL = re.compile(f"[{''.join(_LETTERS)}]")
LONGEST = 200  # characters of a word that are compared
# Letters of a script that no text here is written in, for `*` and `?` while a pattern is cut.
_OPEN = {"*": "\U00010600", "?": "\U00010601"}


def fold(text: str) -> str:
    """The text without case, accents, ligatures, bent apostrophes and skin tones, to compare values
    as a whole; spaces and signs stay."""
    if text.isascii():
        return text.lower()
    return _TONES.sub("", _fold_letters(text)).replace("’", "'")


def _fold_letters(text: str) -> str:
    text = _SPECIAL.sub(lambda found: _LETTERS[found[0]], text.casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text)))


@lru_cache(1 << 15)
def fold_value(value: str) -> str:
    """`fold` of what recurs from post to post: a hashtag, a brand, a handle."""
    return fold(value)


def cut(text: str) -> list[str]:
    """The folded words of a text, in order: `L'Oréal #été 👍🏽` → `l oreal ete 👍`."""
    text = text.lower()
    if not text.isascii():
        for sign in _BENT:
            text = text.replace(sign, " ")
    if text.isascii():
        words = _ASCII.findall(text)
    else:
        words = []
        for chunk in _CHUNK.findall(text):
            if chunk.isascii():
                words.append(chunk)
            else:
                words += _cut_closely(chunk)
    if len(text) > LONGEST:
        return [word[:LONGEST] for word in words]
    return words


def cut_pattern(text: str) -> list[str]:
    """The folded words of a text in which `*` and `?` count as letters: `Cr?me*` → `cr?me*`."""
    for sign, letter in _OPEN.items():
        text = text.replace(sign, letter)
    line = " ".join(cut(text))
    for sign, letter in _OPEN.items():
        line = line.replace(letter, sign)
    return line.split()


def open_pattern(text: str, any: str, escape: Callable[[str], str] = re.escape) -> str:
    """A regular expression for a text in which `*` stands for any letters and `?` for one."""
    return "".join(
        f"{any}*" if sign == "*" else any if sign == "?" else escape(sign) for sign in text
    )


@lru_cache(1 << 15)
def _cut_closely(chunk: str) -> tuple[str, ...]:
    words = [_TONES.sub("", word) for word in _ANY.findall(_fold_letters(chunk))]
    return tuple(word for word in words if word)


def spans(text: str) -> Iterable[tuple[str, int, int]]:
    """The folded words of a text, each with where it stands in the text as written."""
    for found in _ANY.finditer(text):
        for word in cut(found[0]):
            yield word, found.start(), found.end()


def words_of(document: Mapping[str, Any]) -> str:
    """The words of an index document in one line: ` title | text | hashtags beside the text `.
    Both engines and the matcher read this line, so that a word means the same everywhere."""
    body = body_of(document)
    title = document.get("title")
    return f" {' '.join(cut(title))} {GAP}{body}" if title else body


def body_of(document: Mapping[str, Any]) -> str:
    """The line of words without the title."""
    line = f" {' '.join(cut(document.get('text') or ''))} "
    for tag in document.get("hashtags") or ():
        words = _line_of(tag)
        if f" {words} " not in line:
            line += f"{GAP} {words} "
    return line


@lru_cache(1 << 15)
def _line_of(tag: str) -> str:
    return " ".join(cut(tag))


def title_of(document: Mapping[str, Any]) -> str:
    """The line of words of the title."""
    return f" {' '.join(cut(document.get('title') or ''))} "


def written(text: str) -> str:
    """A text as `raw:` compares it: letters and signs as they are, each with its accent in one
    character, apostrophes straight, one space between words."""
    return " ".join(unicodedata.normalize("NFC", text).replace("’", "'").split())


def written_of(document: Mapping[str, Any]) -> str:
    """Title and text as `raw:` compares them, a line each."""
    return "\n".join(written(document.get(field) or "") for field in ("title", "text"))
