"""The fields of the query language: what each reads of an index document.

Every keyword field has one function that yields its folded values, and both engines and the
matcher use it: the index holds what the matcher compares.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from vigie.query.words import fold_value

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its kind, and how its values are read. Numbers are ints, dates microseconds."""

    kind: Literal["words", "raw", "keyword", "number", "date"]
    values: Callable[[Document], Collection[Any]]


def _one(path: str) -> Callable[[Document], Collection[str]]:
    def values(document: Document) -> Collection[str]:
        value = document.get(path)
        return () if value is None else (fold_value(value),)

    return values


def _id(path: str) -> Callable[[Document], Collection[str]]:
    """Ids are compared as they are: two that differ in case are two."""

    def values(document: Document) -> Collection[str]:
        value = document.get(path)
        return () if value is None else (value,)

    return values


def _many(path: str) -> Callable[[Document], Collection[str]]:
    def values(document: Document) -> Collection[str]:
        return [fold_value(value) for value in document.get(path) or ()]

    return values


def _handles(path: str) -> Callable[[Document], Collection[str]]:
    def values(document: Document) -> Collection[str]:
        found: list[str] = []
        for value in document.get(path) or ():
            found += handle_forms(value)
        return found

    return values


@lru_cache(1 << 15)
def handle_forms(handle: str) -> tuple[str, ...]:
    """`Ana@social.example` → `ana@social.example`, `ana`: both find it."""
    whole = fold_value(handle).lstrip("@")
    local = whole.partition("@")[0]
    return (whole,) if local == whole or not local else (whole, local)


def _author(document: Document) -> Collection[str]:
    found: list[str] = []
    if handle := document.get("author.handle"):
        found += handle_forms(handle)
    for path in ("author.name", "author.id"):
        if value := document.get(path):
            found.append(fold_value(value))
    return found


def _labels(path: str, key: str) -> Callable[[Document], Collection[str]]:
    def values(document: Document) -> Collection[str]:
        return [fold_value(part[key]) for part in document.get(path) or () if part.get(key)]

    return values


def _addresses(document: Document) -> Collection[str]:
    found = [address(link) for link in document.get("links") or ()]
    if url := document.get("url"):
        found.append(address(url))
    return found


def address(url: str) -> str:
    """An address as it is compared: without scheme, `www.` and a last slash."""
    text = url.strip()
    if "://" in text:
        text = text.partition("://")[2]
    return text.casefold().removeprefix("www.").rstrip("/")


def _domains(document: Document) -> Collection[str]:
    found: dict[str, None] = {}
    for url in document.get("links") or ():
        found.update(dict.fromkeys(_domains_of(_host(url))))
    if url := document.get("url"):
        found.update(dict.fromkeys(_domains_of(_host(url))))
    return found


def _host(url: str) -> str:
    """The host of an address, without user and port; any text has one, which is then no domain."""
    rest = url.partition("://")[2] or url
    for sign in "/?#":
        rest = rest.partition(sign)[0]
    return rest.rpartition("@")[2].partition(":")[0]


@lru_cache(1 << 14)
def _domains_of(host: str) -> tuple[str, ...]:
    """`www.a.example.test` → `a.example.test`, `example.test`: each finds it."""
    labels = host.casefold().removeprefix("www.").split(".")
    return tuple(".".join(labels[start:]) for start in range(len(labels) - 1))


def _number(path: str) -> Callable[[Document], Collection[int]]:
    def values(document: Document) -> Collection[int]:
        value = document.get(path)
        return () if value is None else (value,)

    return values


def _date(path: str) -> Callable[[Document], Collection[int]]:
    def values(document: Document) -> Collection[int]:
        value = document.get(path)
        return () if value is None else (microseconds(value),)

    return values


def microseconds(value: datetime | str) -> int:
    """A time as microseconds since 1970; reads ISO 8601 with an offset."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return round(moment.timestamp() * 1e6)


def _nothing(document: Document) -> Collection[str]:
    return ()


FIELDS: dict[str, Field] = {
    "text": Field("words", _nothing),
    "title": Field("words", _nothing),
    "raw": Field("raw", _nothing),
    "id": Field("keyword", _id("id")),
    "platform": Field("keyword", _one("platform")),
    "kind": Field("keyword", _one("kind")),
    "lang": Field("keyword", _one("language")),
    "state": Field("keyword", _one("state")),
    "origin": Field("keyword", _one("origin")),
    "owner": Field("keyword", _one("owner")),
    "brand": Field("keyword", _many("brands")),
    "homonym": Field("keyword", _many("homonyms")),
    "topic": Field("keyword", _many("topics")),
    "sentiment": Field("keyword", _one("sentiment.label")),
    "story": Field("keyword", _id("story_id")),
    "author": Field("keyword", _author),
    "hashtag": Field("keyword", _many("hashtags")),
    "mention": Field("keyword", _handles("mentions")),
    "emoji": Field("keyword", _many("emojis")),
    "entity": Field("keyword", _labels("entities", "canonical")),
    "keyphrase": Field("keyword", _many("keyphrases")),
    "media": Field("keyword", _labels("media", "kind")),
    "domain": Field("keyword", _domains),
    "link": Field("keyword", _addresses),
    "parent": Field("keyword", _id("parent_id")),
    "root": Field("keyword", _id("root_id")),
    "followers": Field("number", _number("author.followers")),
    "likes": Field("number", _number("metrics.likes")),
    "shares": Field("number", _number("metrics.shares")),
    "replies": Field("number", _number("metrics.replies")),
    "quotes": Field("number", _number("metrics.quotes")),
    "saves": Field("number", _number("metrics.saves")),
    "views": Field("number", _number("metrics.views")),
    "engagement": Field("number", _number("engagement")),
    "published": Field("date", _date("published_at")),
    "collected": Field("date", _date("collected_at")),
    "seen": Field("date", _date("first_seen_at")),
}
IDS = frozenset(("id", "story", "parent", "root"))
ALIASES = {
    "language": "lang", "tag": "hashtag", "url": "link", "date": "published", "type": "kind",
    "network": "platform", "site": "domain",
    # of queries pasted from Brandwatch and Talkwalker
    "links": "link", "hashtags": "hashtag", "tags": "hashtag", "at_mentions": "mention",
    "mentions": "mention", "authorfollowers": "followers", "blogname": "author",
    "weblogtitle": "author", "engagementtype": "kind", "publishersubtype": "media",
    "imagetype": "media", "content": "text", "sourcetype": "platform", "domainurl": "domain",
    # the words of a French desk
    "auteur": "author", "langue": "lang", "marque": "brand", "sujet": "topic", "titre": "title",
    "texte": "text", "plateforme": "platform", "reseau": "platform", "abonnes": "followers",
    "vues": "views", "partages": "shares", "reponses": "replies", "histoire": "story",
    "domaine": "domain", "lien": "link", "publie": "published", "sentiments": "sentiment",
}  # fmt: skip
