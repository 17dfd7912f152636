"""The watchlist's own names in a text: brands by any spelling, as hashtags and as handles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vigie.watchlist import Brand


@dataclass(frozen=True, slots=True)
class Naming:
    """A place in a text where a brand is named."""

    start: int
    end: int
    brand: str  # id


def names_of(brands: Iterable[Brand]) -> dict[str, tuple[str, ...]]:
    """Brand id → its spellings, the name to show first, its accounts' handles last."""
    return {
        brand.id: tuple(
            dict.fromkeys(
                [
                    brand.name,
                    *brand.names,
                    *(
                        handle.lstrip("@").split("@")[0]
                        for handles in brand.accounts.values()
                        for handle in handles
                        if "/" not in handle
                    ),
                ]
            )
        )
        for brand in brands
    }


class Gazetteer:
    """Finds names without regard to case and accents, as whole words, with or without # and @."""

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self.shown = {brand: spellings[0] for brand, spellings in names.items() if spellings}
        self._brand: dict[str, str] = {}
        for brand, spellings in names.items():
            for spelling in spellings:
                key = " ".join(fold(spelling.lstrip("#@")).split())
                if key:
                    self._brand.setdefault(key, brand)
        # longest first: "Portambule Pro" before "Portambule"
        choices = sorted(self._brand, key=lambda key: (-len(key), key))
        pattern = "|".join(r"\s+".join(map(re.escape, choice.split())) for choice in choices)
        self._pattern = (
            re.compile(rf"(?<![\w.])[#@]?({pattern})(?:['’]s)?(?!\w)") if choices else None
        )

    def find(self, text: str) -> list[Naming]:
        """Where brands are named, in order, without overlap; offsets are those of `text`."""
        if self._pattern is None:
            return []
        return [
            Naming(match.start(1), match.end(1), self._brand[" ".join(match[1].split())])
            for match in self._pattern.finditer(fold(text))
        ]


def fold(text: str) -> str:
    """Lower case without accents, character by character, so that offsets stay."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lower if lower.isascii() else "".join(map(_plain, lower))


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    return unicodedata.normalize("NFD", character)[0]
