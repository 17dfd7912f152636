"""All readers over batches of posts: what the pipeline calls.

Language, sentiment and keyphrases are read for every post; entities only where the caller will use
them, in a process of their own so that both cores work. Results are remembered by text, since a
stream repeats itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType

from nlp import clauses, keyphrases
from nlp.entities import EntityModels, Span, canonical
from nlp.gazetteer import Gazetteer, Naming
from nlp.language import LanguageReader
from nlp.sentiment import SentimentReader
from nlp.worker import EntityWorker
from vigie.records import BrandSentiment, Entity, Sentiment

_CACHED = 100_000  # texts


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
    model_versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Plain:
    language: str | None
    confidence: float | None
    sentiment: Sentiment | None
    keyphrases: tuple[str, ...]
    namings: tuple[Naming, ...]


class Reader:
    """Reads posts in the watchlist's `languages`; `names` maps a brand's id to its spellings, the
    one to show first (`nlp.gazetteer.names_of`). Safe across threads; `close` ends the process
    that reads entities."""

    def __init__(
        self,
        languages: Sequence[str] = ("fr", "en"),
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._language = LanguageReader(languages)
        self._sentiment = SentimentReader()
        self._gazetteer = Gazetteer(names or {})
        self._worker = EntityWorker()
        self._lock = Lock()
        self._plain: dict[tuple[str, str | None], _Plain] = {}
        self._spans: dict[tuple[str, bool], list[Span]] = {}
        self._versions = {
            "language": self._language.version,
            "sentiment": self._sentiment.version,
            "keyphrases": keyphrases.VERSION,
        }
        self._entity_versions = EntityModels.versions()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the entity process; a later `read` starts it again."""
        self._worker.close()

    def read(
        self,
        texts: Sequence[str],
        *,
        platform_langs: Sequence[str | None] | None = None,
        entities: Sequence[bool] | None = None,
        brands: Sequence[Sequence[str] | None] | None = None,
    ) -> list[Reading]:
        """One Reading a text, in order.

        `platform_langs` are the platforms' own tags; `entities` says where spaCy is to run
        (default: nowhere); `brands` are the ids that a post is known to name, so that a homonym is
        no brand (default, or None for a post: every name that occurs)."""
        tags = list(platform_langs) if platform_langs is not None else [None] * len(texts)
        asked = list(entities) if entities is not None else [False] * len(texts)
        named = list(brands) if brands is not None else [None] * len(texts)
        keys = list(zip(texts, tags, strict=True))
        with self._lock:
            if len(self._plain) + len(self._spans) > _CACHED:
                self._plain.clear()
                self._spans.clear()
            new = [key for key in dict.fromkeys(keys) if key not in self._plain]
            languages = self._language.read([text for text, _ in new], [tag for _, tag in new])
            spoken = {key: language for key, (language, _) in zip(new, languages, strict=True)}
            spoken.update((key, self._plain[key].language) for key in keys if key in self._plain)
            waiting = self._ask(
                [(key[0], spoken[key] == "fr") for key, ask in zip(keys, asked, strict=True) if ask]
            )
            self._read_plain(new, languages)
            plain = [self._plain[key] for key in keys]
            namings = [
                [naming for naming in one.namings if only is None or naming.brand in only]
                for one, only in zip(plain, named, strict=True)
            ]
            by_brand = self._brand_sentiment(texts, plain, namings)
            for wanted, answer in waiting:
                self._spans.update(zip(wanted, answer.result(), strict=True))
            return [
                Reading(
                    one.language,
                    one.confidence,
                    one.sentiment,
                    one.keyphrases,
                    self._entities(text, self._spans[text, one.language == "fr"], found)
                    if ask
                    else None,
                    brand,
                    self._versions_of(one.language) if ask else self._versions,
                )
                for text, one, ask, found, brand in zip(
                    texts, plain, asked, namings, by_brand, strict=True
                )
            ]

    def _versions_of(self, language: str | None) -> dict[str, str]:
        return self._versions | {
            "entities": self._entity_versions["fr" if language == "fr" else "en"]
        }

    def _ask(
        self, wanted: Sequence[tuple[str, bool]]
    ) -> list[tuple[list[tuple[str, bool]], Future[list[list[Span]]]]]:
        missing = [key for key in dict.fromkeys(wanted) if key not in self._spans]
        groups = [[key for key in missing if key[1] is french] for french in (True, False)]
        return [
            (group, self._worker.submit([text for text, _ in group], "fr" if group[0][1] else "en"))
            for group in groups
            if group
        ]

    def _read_plain(
        self,
        new: Sequence[tuple[str, str | None]],
        languages: Sequence[tuple[str | None, float | None]],
    ) -> None:
        # The same text under two tags is one sentiment.
        texts = list(dict.fromkeys(text for text, _ in new))
        sentiments = dict(zip(texts, self._sentiment.read(texts), strict=True))
        for key, (language, confidence) in zip(new, languages, strict=True):
            text = key[0]
            self._plain[key] = _Plain(
                language,
                confidence,
                sentiments[text],
                keyphrases.of_post(text, language),
                tuple(self._gazetteer.find(text)),
            )

    def _brand_sentiment(
        self, texts: Sequence[str], plain: Sequence[_Plain], namings: Sequence[Sequence[Naming]]
    ) -> list[tuple[BrandSentiment, ...]]:
        parts = [clauses.by_brand(text, found) for text, found in zip(texts, namings, strict=True)]
        several = list(
            dict.fromkeys(clause for part in parts if len(part) > 1 for clause in part.values())
        )
        read = dict(zip(several, self._sentiment.read(several), strict=True))
        return [
            tuple(
                BrandSentiment(brand=brand, label=said.label, score=said.score)
                for brand, clause in part.items()
                if (said := one.sentiment if len(part) == 1 else read[clause]) is not None
            )
            for one, part in zip(plain, parts, strict=True)
        ]

    def _entities(
        self, text: str, spans: Sequence[Span], namings: Sequence[Naming]
    ) -> tuple[Entity, ...]:
        found: dict[tuple[str, str], Entity] = {}
        for naming in namings:
            shown = self._gazetteer.shown[naming.brand]
            as_written = text[naming.start : naming.end]
            found.setdefault(
                ("BRAND", shown), Entity(text=as_written, label="BRAND", canonical=shown)
            )
        taken = [text[naming.start : naming.end].lower() for naming in namings]
        for words, kind in spans:
            if any(name in words.lower() for name in taken):
                continue
            name = canonical(words)
            found.setdefault((kind, name), Entity(text=words, label=kind, canonical=name))
        return tuple(found.values())
