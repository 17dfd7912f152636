"""Sentences from lexicons: each symbol of `texts/*.toml` is a list of lines with `{slots}`.

Lines of a symbol are dealt like cards, without repeats until the deck is through, so that a
thousand people do not all say the same thing.
"""

from __future__ import annotations

import random
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from importlib.resources import files

SLOT = re.compile(r"\{([a-z_]+)\}")
_CONTRACTIONS = (
    (re.compile(r"\bà le (?=\w)"), "au "),
    (re.compile(r"\bde le (?=\w)"), "du "),
    (re.compile(r"\bà les (?=\w)"), "aux "),
    (re.compile(r"\bde les (?=\w)"), "des "),
    (re.compile(r"\bde (?:des|du) (?=\w)"), "de "),
    (re.compile(r"\bde (?=[aeiouéèêâîôAEIOUÉÈÊ](?!nze))"), "d'"),
    (re.compile(r"\bque (?=[aeiéèêAEIÉÈÊ])"), "qu'"),
)
_START = re.compile(r"(?:^|(?<=[.?!] ))\w")
Tables = Mapping[str, Mapping[str, list[str]]]  # section → symbol → lines
Line = tuple[tuple[str, str | None], ...]  # literal, then the slot that follows it


def _compile(text: str) -> Line:
    parts: list[tuple[str, str | None]] = []
    at = 0
    for match in SLOT.finditer(text):
        parts.append((text[at : match.start()], match[1]))
        at = match.end()
    return (*parts, (text[at:], None))


def fold(text: str) -> str:
    """Text without case and accents."""
    plain = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in plain if not unicodedata.combining(char))


class Grammar:
    """The lines of one language, dealt by one source of chance."""

    def __init__(self, lang: str, tables: Tables, rng: random.Random) -> None:
        self.lang = lang
        self._rng = rng
        self._decks: dict[str, tuple[list[Line], list[int]]] = {}
        for section, symbols in tables.items():
            for symbol, lines in symbols.items():
                deck: tuple[list[Line], list[int]] = ([_compile(line) for line in lines], [])
                self._decks[f"{section}.{symbol}"] = deck
                self._decks.setdefault(symbol, deck)

    @classmethod
    def of_people(cls, lang: str, rng: random.Random) -> Grammar:
        """What people of a language write."""
        folder = files("vigie.demo") / "texts"
        tables: dict[str, dict[str, list[str]]] = {}
        for name in (f"{lang}.toml", f"brand_{lang}.toml", f"story_{lang}.toml"):
            for section, symbols in tomllib.loads((folder / name).read_text("utf-8")).items():
                tables.setdefault(section, {}).update(symbols)
        return cls(lang, tables, rng)

    def has(self, symbol: str) -> bool:
        """Whether a symbol has lines."""
        return bool(self._decks.get(symbol, ((), ()))[0])

    def line(self, symbol: str, given: Mapping[str, str] | None = None) -> str:
        """The next line of a symbol with its slots filled; KeyError for an unknown slot."""
        lines, deck = self._decks[symbol]
        if not deck:
            deck.extend(range(len(lines)))
            self._rng.shuffle(deck)
        parts = lines[deck.pop()]
        text = "".join(
            literal
            if slot is None
            else literal + (given[slot] if given and slot in given else self.line(slot))
            for literal, slot in parts
        )
        return text

    def sentence(self, symbol: str, given: Mapping[str, str] | None = None) -> str:
        """A line as a sentence: capital first, in French with its contractions."""
        text = self.line(symbol, given)
        if self.lang == "fr":
            for pattern, contraction in _CONTRACTIONS:
                text = pattern.sub(contraction, text)
        return _START.sub(lambda match: match[0].upper(), text)
