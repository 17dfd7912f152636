"""Index documents: a post, what the readers and people say of it, and what follows from these.

One flat name space with dotted names (see vigie/store/__init__.py); a field without a value is
absent. Times are ISO 8601 texts, as in the records' JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from vigie.merging import Dump, microseconds
from vigie.metrics import engagement
from vigie.records import Author, Counts, Part, Source

# Field of vigie/store/index.py → its name in a search engine, where that differs: dates as people
# see them have the plain names there, and `author` is the object that holds its parts.
_RENAMED = {
    "title": "words_title", "body": "words_body", "published_at": "ticks.published",
    "collected_at": "ticks.collected", "first_seen_at": "ticks.seen",
    **{name: f"find.{name}" for name in ("author", "mention", "entity", "keyphrase", "link")},
}  # fmt: skip
RENAMED = frozenset(_RENAMED)
_PARTS: tuple[tuple[str, type[Part]], ...] = (
    ("author", Author), ("metrics", Counts), ("source", Source),
)  # fmt: skip
_PATHS = {part: {key: f"{part}.{key}" for key in kind.model_fields} for part, kind in _PARTS}
_LABELS = {"negative": -1.0, "neutral": 0.0, "positive": 1.0, "unsure": 0.0}
_HOUR = 3_600_000_000


def index_document(
    post: Dump,
    zone: ZoneInfo,
    enrichment: Dump | None = None,
    corrections: Sequence[Dump] = (),
    tombstone: Dump | None = None,
) -> Dump:
    """The index document of a post's dump. A person's corrections stand over the readers' words;
    a tombstone makes it deleted or withheld, unless the post was seen live after it."""
    document = {key: value for key, value in post.items() if key not in _PATHS}
    document.setdefault("kind", "post")
    document["state"] = state_of(post, tombstone)
    for part, paths in _PATHS.items():
        for key, value in post.get(part, {}).items():
            document[paths[key]] = value
    language = post.get("lang")
    topics: list[str] = []
    if enrichment:
        for key in ("brand_sentiment", "entities", "keyphrases", "story_id", "text_hash"):
            if enrichment.get(key) is not None:
                document[key] = enrichment[key]
        for key, value in (enrichment.get("sentiment") or {}).items():
            document[f"sentiment.{key}"] = value
        topics = list(enrichment.get("topics", ()))
        if enrichment.get("language"):
            language = enrichment["language"]
            confidence = enrichment.get("language_confidence")
            if confidence is not None:
                document["language_confidence"] = confidence
    if language:
        document["language"] = language.replace("_", "-").partition("-")[0].lower()
    kinds: dict[str, list[str]] = {"brand": [], "topic": topics, "homonym": []}
    for tag in post.get("matched", ()):
        kind, _, id = tag.partition(":")
        if kind in kinds and id not in kinds[kind]:
            kinds[kind].append(id)
    document["brands"], document["homonyms"] = sorted(kinds["brand"]), sorted(kinds["homonym"])
    document["topics"] = sorted(kinds["topic"])
    total = engagement(document["platform"], post.get("metrics", {}))
    if total is not None:
        document["engagement"] = total
    for correction in corrections:
        _correct(document, correction)
    document["is_ad"] = document.get("origin") == "paid"
    local = _local(microseconds(document["published_at"]) // _HOUR, zone)
    document["published_hour"], document["published_dow"] = local
    return document


def engine_name(field: str) -> str:
    """The name in a search engine of a field of vigie/store/index.py."""
    return _RENAMED.get(field, field)


def state_of(post: Mapping[str, Any], tombstone: Mapping[str, Any] | None) -> str:
    """The state that holds: the tombstone's, unless it is older than the post's last sight."""
    state: str = post.get("state", "live")
    if tombstone is None:
        return state
    reason = tombstone.get("reason", "deleted")
    if reason != "erased" and state == "live":
        noticed = microseconds(tombstone["noticed_at"])
        if microseconds(post["collected_at"]) > noticed:
            return state
    return "withheld" if reason == "withheld" else "deleted"


def _correct(document: Dump, correction: Dump) -> None:
    field, value = correction["field"], correction["value"]
    if field == "sentiment":
        label = value["label"] if isinstance(value, dict) else value
        document["sentiment.label"] = label
        document["sentiment.score"] = _LABELS.get(label, 0.0)
        document["sentiment.confidence"] = 1.0
    elif field in ("topics", "brands"):
        document[field] = sorted(value or ())
    elif value is None:
        document.pop(field, None)
    else:
        document[field] = value


@lru_cache(1 << 15)
def _local(hour: int, zone: ZoneInfo) -> tuple[int, int]:
    # Offsets are whole quarters of an hour, so that an hour has one local hour but for zones like
    # India's, where the hour's beginning decides.
    local = datetime.fromtimestamp(hour * 3600, UTC).astimezone(zone)
    return local.hour, local.weekday()
