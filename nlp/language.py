"""The language of a post among those that the watchlist names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp import weights
from nlp.ngrams import NGrams, Scores, softmax
from nlp.text import clean, has_letters

# Odds that the platform's own tag is worth. Users' default settings make such tags wrong in a few
# posts of a hundred, so a clear text wins over it and a short one follows it.
_TAG_ODDS = 8.0
_LONGEST = 1_500  # characters of a text that are read
_FOREIGN_BELOW = 0.1  # joint chance of the watchlist's languages


def primary(tag: str | None) -> str:
    """The primary subtag of a BCP 47 tag: "fr" of "fr-CA"; "" for none."""
    return (tag or "").replace("_", "-").split("-")[0].lower()


class LanguageReader:
    """Reads the language of texts among `languages` (ISO 639-1).

    A hashed character n-gram regression where it knows all of them (`weights/language`), else
    py3langid with the same restriction."""

    def __init__(self, languages: Sequence[str]) -> None:
        self.languages = tuple(dict.fromkeys(primary(language) for language in languages))
        model = weights.load("language")
        known = tuple(str(name) for name in model["classes"])
        if set(self.languages) <= set(known):
            self.version = str(model["version"])
            self._known = known
            self._scores: Scores | None = Scores(
                NGrams.of(model["ngrams"]), model["weights"], model["bias"]
            )
        else:
            self.version = "py3langid"
            self._known = self.languages
            self._scores = None
            self._identifier = _identifier(self.languages)

    def read(
        self, texts: Sequence[str], platform_langs: Sequence[str | None] | None = None
    ) -> list[tuple[str | None, float | None]]:
        """For each text its language and the probability that it is right; (None, None) where
        there is no word to read. The probability is that among `languages`; but a text that is
        clearly in a language which the watchlist leaves out gets its nearest one with the low
        figure that it has among all languages the model knows.
        `platform_langs` are the platforms' own tags: evidence that short texts lean on."""
        if not texts:
            return []
        cleaned = [clean(text[:_LONGEST]) for text in texts]
        scores = self._score(cleaned)
        if platform_langs is not None:
            place = {language: i for i, language in enumerate(self._known)}
            for row, tag in zip(scores, platform_langs, strict=True):
                column = place.get(primary(tag))
                if column is not None:
                    row[column] += np.log(_TAG_ODDS)
        chances = softmax(scores)
        allowed = [self._known.index(language) for language in self.languages]
        inside = chances[:, allowed]
        best = inside.argmax(axis=1)
        chosen = inside.max(axis=1)
        share = inside.sum(axis=1)
        sure = np.where(share < _FOREIGN_BELOW, chosen, chosen / np.maximum(share, 1e-9)).tolist()
        return [
            (self.languages[i], round(chance, 4)) if has_letters(text) else (None, None)
            for text, i, chance in zip(cleaned, best, sure, strict=True)
        ]

    def _score(self, cleaned: Sequence[str]) -> NDArray[Any]:
        if self._scores is not None:
            return self._scores.of(cleaned)
        rows = []
        for text in cleaned:
            ranked = dict(self._identifier.rank(text))
            rows.append([np.log(max(float(ranked[name]), 1e-9)) for name in self._known])
        return np.array(rows, np.float32)


@lru_cache(maxsize=4)
def _identifier(languages: tuple[str, ...]) -> Any:
    from py3langid.langid import (  # type: ignore[import-untyped]
        MODEL_FILE,
        LanguageIdentifier,
    )

    from vigie.errors import ConfigError

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    unknown = set(languages) - set(identifier.labels)
    if unknown:
        raise ConfigError(
            f"no reader knows the language {', '.join(sorted(unknown))}",
            where="[workspace] languages",
            do="use ISO 639-1 codes such as fr, en, de",
        )
    identifier.set_languages(list(languages))
    return identifier
