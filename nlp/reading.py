"""All readers over batches of posts: what the pipeline calls.

Language, sentiment and keyphrases are read for every post; entities only where the caller will use
them, in a process of their own so that both cores work. Results are remembered by text, since a
stream repeats itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlp.language import LanguageReader
from nlp.sentiment import SentimentReader

if TYPE_CHECKING:
    from vigie.records import BrandSentiment, Entity, Sentiment

_CACHED = 200_000  # texts


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one text: the fields of `vigie.records.Enrichment` without ids and times.
    `entities` is None where nobody asked for them."""

    language: str | None
    language_confidence: float | None
    sentiment: Sentiment | None
    keyphrases: tuple[str, ...] = ()
    entities: tuple[Entity, ...] | None = None
    brand_sentiment: tuple[BrandSentiment, ...] = ()


class Reader:
    """Reads posts in the watchlist's `languages`; `names` maps a brand's id to its spellings, the
    one to show first."""

    def __init__(
        self,
        languages: Sequence[str] = ("fr", "en"),
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._language = LanguageReader(languages)
        self._sentiment = SentimentReader()
        self.versions: dict[str, str] = {
            "language": self._language.version,
            "sentiment": self._sentiment.version,
        }
        self._plain: dict[tuple[str, str | None], Reading] = {}

    def read(
        self,
        texts: Sequence[str],
        *,
        platform_langs: Sequence[str | None] | None = None,
        entities: Sequence[bool] | None = None,
    ) -> list[Reading]:
        """One Reading a text, in order."""
        tags = list(platform_langs) if platform_langs is not None else [None] * len(texts)
        keys = list(zip(texts, tags, strict=True))
        if len(self._plain) > _CACHED:
            self._plain.clear()
        new = [key for key in dict.fromkeys(keys) if key not in self._plain]
        new_texts = [text for text, _ in new]
        languages = self._language.read(new_texts, [tag for _, tag in new])
        sentiments = self._sentiment.read(new_texts)
        for key, (language, confidence), sentiment in zip(new, languages, sentiments, strict=True):
            self._plain[key] = Reading(language, confidence, sentiment)
        return [self._plain[key] for key in keys]
