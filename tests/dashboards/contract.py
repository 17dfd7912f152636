"""The fields of a search engine's indices, with their types: what saved objects may ask."""

from __future__ import annotations

from typing import Any

from vigie.dashboards.patterns import PATTERNS
from vigie.store.templates import templates

KEYWORDS = (
    "id", "platform", "kind", "language", "state", "origin", "owner", "sentiment.label",
    "story_id", "author.id", "parent_id", "root_id", "brands", "homonyms", "topics", "hashtags",
    "mentions", "emojis", "media.kind", "domains", "author.handle", "author.name",
    "entities.canonical", "keyphrases", "has", "find.author", "find.mention", "find.entity",
    "find.keyphrase", "find.link",
)  # fmt: skip
INTEGERS = (
    "ticks.published", "ticks.collected", "ticks.seen", "published_hour", "published_dow",
    "author.followers", "engagement",
    *(f"metrics.{name}" for name in ("likes", "shares", "replies", "quotes", "saves", "views",
                                     "clicks", "reach", "impressions")),
)  # fmt: skip
KEYWORD = {"type": "keyword", "ignore_above": 8191}
CUT = {"type": "text", "analyzer": "whitespace"}
TEXT = {"type": "text", "fields": {"fr": {"type": "text"}, "en": {"type": "text"}}}
POST: dict[str, dict[str, Any]] = {
    **dict.fromkeys(KEYWORDS, KEYWORD),
    **{key: {"type": "long"} for key in INTEGERS},
    **{key: {"type": "double"} for key in ("sentiment.score", "sentiment.confidence")},
    **{key: {"type": "boolean"} for key in ("is_ad", "titled", "author.verified")},
    **{key: {"type": "date"} for key in ("published_at", "collected_at", "first_seen_at")},
    **dict.fromkeys(("words", "words_title", "words_body"), CUT),
    "text": TEXT,
    "title": TEXT,
    "url": {"type": "keyword", "index": False, "doc_values": False},
    "kept": {"type": "object", "enabled": False},
}
NUMBERS = ("long", "integer", "byte", "double", "float")


def mapped(name: str) -> dict[str, Any]:
    """The mapping of an index pattern as its template declares it: what lies in what."""
    index = f"vigie-{PATTERNS[name].index}"
    (found,) = (
        body["template"]["mappings"]["properties"]
        for body in templates().values()
        if body.get("index_patterns") == [index]
    )
    return dict(found)


def flat(properties: dict[str, Any], above: str = "") -> dict[str, dict[str, Any]]:
    """Fields by their dotted names."""
    fields: dict[str, dict[str, Any]] = {}
    for name, field in properties.items():
        if "properties" in field:
            fields |= flat(field["properties"], f"{above}{name}.")
        else:
            fields[above + name] = field
    return fields


def known(name: str) -> dict[str, dict[str, Any]]:
    """The fields of an index pattern."""
    return POST if name == "posts" else flat(mapped(name))


def stored(field: dict[str, Any]) -> bool:
    """Whether it is read: shown, and found where it is indexed."""
    return bool(field.get("enabled", True))


def searchable(field: dict[str, Any]) -> bool:
    return stored(field) and bool(field.get("index", True)) and field["type"] != "object"


def groupable(field: dict[str, Any]) -> bool:
    """Whether it can be counted, grouped and sorted."""
    return searchable(field) and field["type"] != "text" and bool(field.get("doc_values", True))
