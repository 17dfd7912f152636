"""Posts of all sorts with what hangs on them, and their values as rows for `counting.py`, taken
from the records themselves without the store's code."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from vigie.records import (
    Author,
    Correction,
    Counts,
    Enrichment,
    Entity,
    Media,
    Post,
    Record,
    Sentiment,
    Tombstone,
)

from .counting import Row

HOME = "Europe/Paris"
ZONES = (HOME, "UTC", "America/New_York", "America/Havana", "America/Santiago", "Asia/Kolkata",
         "Asia/Beirut", "Pacific/Auckland")  # fmt: skip
# Both changes of the clocks of Paris, one of Havana and of Santiago, and ordinary days.
DAYS = tuple(
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in ((3, 8), (3, 28), (3, 29), (4, 5), (6, 30), (9, 6), (10, 24), (10, 25),
                       (11, 1), (12, 31))
)  # fmt: skip
TAGS = ("Été", "ete", "Solaire", "jardin", "promo", "b")
TERMS = {"mastodon": ("likes", "replies", "shares"), "news": ("replies",), "telegram": ("likes",)}


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def records_of(make_post: Callable[..., Post], number: int) -> Iterator[Record]:
    rng = random.Random(29)
    some = lambda values, most: tuple(rng.sample(values, rng.randint(0, most)))  # noqa: E731
    maybe = lambda *values: rng.choice((None, *values))  # noqa: E731
    for n in range(number):
        at = rng.choice(DAYS) + timedelta(minutes=rng.randrange(36 * 60))
        post = make_post(
            n,
            published_at=at,
            first_seen_at=at + timedelta(hours=2),
            collected_at=at + timedelta(hours=3),
            platform=rng.choice(list(TERMS)),
            kind=rng.choice(["post", "post", "reply", "video"]),
            text=rng.choice(["sun", "crème", "sun crème"]),
            lang=maybe("fr", "en-GB", "pt_BR"),
            hashtags=some(TAGS, 3),
            mentions=some(("Ana", "@Bob", "zoé@social.test"), 2),
            links=some(("https://www.boutique.test/a", "https://blog.boutique.test/b?c=1"), 2),
            emojis=some(("😍", "👍🏽"), 2),
            media=tuple(Media(kind=kind) for kind in rng.choices(("image", "video"), k=n % 3)),
            author=Author(
                id=maybe(*(f"mastodon:A{number}" for number in range(25))),
                handle=maybe("Ana", "ana", "bob"),
                followers=maybe(0, 7, 1200, 10**9),
                verified=maybe(True, False),
            ),
            metrics=Counts(likes=maybe(0, 1, 2, 40, -3), replies=maybe(0, 2), shares=maybe(1)),
            matched=some(("brand:acme", "brand:zeta", "topic:skin", "homonym:acme"), 3),
            parent_id=maybe("mastodon:P", "mastodon:p"),
            state=rng.choice(["live", "live", "live", "withheld"]),
            origin=maybe("earned", "owned", "paid"),
            owner=maybe("acme", "zeta"),
        )
        yield post
        if n % 3:
            yield Enrichment(
                id=post.id,
                text_hash="h",
                language=maybe("fr", "de"),
                sentiment=maybe(
                    Sentiment(label="negative", score=-0.5, confidence=0.9),
                    Sentiment(label="positive", score=0.25, confidence=0.6),
                ),
                entities=maybe(
                    tuple(
                        Entity(text="x", label="ORG", canonical=name)
                        for name in rng.choices(("L’Oréal", "Acme", "acme"), k=2)
                    )
                ),
                keyphrases=some(("Crème solaire", "plage"), 2),
                topics=some(("skin", "spf"), 2),
                story_id=maybe("mastodon:1", "mastodon:2"),
                enriched_at=post.collected_at,
            )
        if n % 11 == 0:
            yield Tombstone(
                id=post.id, entity_kind="post", noticed_at=post.collected_at + timedelta(hours=1)
            )
        if n % 13 == 0:
            yield Correction(
                id=f"{post.id}:sentiment", post_id=post.id, field="sentiment", value="neutral",
                by="lea", at=post.collected_at,
            )  # fmt: skip
        if n % 17 == 0:
            yield Correction(
                id=f"{post.id}:brands", post_id=post.id, field="brands", value=["zeta", "acme"],
                by="lea", at=post.collected_at,
            )  # fmt: skip


def rows_of(records: list[Record]) -> list[Row]:
    """The values of every post, taken from the records by the words of vigie/store/__init__.py."""
    of: dict[type, dict[str, Any]] = {}
    for record in records:
        of.setdefault(type(record), {})[record.id] = record
    rows = []
    for post in of[Post].values():
        enrichment = of[Enrichment].get(post.id) or Enrichment(
            id=post.id, text_hash="", enriched_at=post.collected_at
        )
        told = enrichment.sentiment
        corrected = of[Correction]
        if f"{post.id}:sentiment" in corrected:
            told = Sentiment(label="neutral", score=0.0, confidence=1.0)
        brands = tagged(post, "brand")
        if f"{post.id}:brands" in corrected:
            brands = ["acme", "zeta"]
        language = enrichment.language or post.lang
        local = post.published_at.astimezone(ZoneInfo(HOME))
        counts = [getattr(post.metrics, name) for name in TERMS[post.platform]]
        row: dict[str, list[Any]] = {
            "id": [post.id],
            "platform": [post.platform],
            "kind": [post.kind],
            "words": (post.text or "").split(),
            "state": ["deleted" if post.id in of[Tombstone] else post.state],
            "language": [language[:2]] if language else [],
            "origin": given_(post.origin),
            "owner": given_(post.owner),
            "sentiment.label": [told.label] if told else [],
            "sentiment.score": [told.score] if told else [],
            "story_id": given_(enrichment.story_id),
            "author.id": given_(post.author.id),
            "author.handle": given_(post.author.handle),
            "author.followers": given_(post.author.followers),
            "author.verified": given_(post.author.verified),
            "is_ad": [post.origin == "paid"],
            "parent_id": given_(post.parent_id),
            "brands": brands,
            "homonyms": tagged(post, "homonym"),
            "topics": unique([*tagged(post, "topic"), *enrichment.topics]),
            "hashtags": unique(map(folded, post.hashtags)),
            "mentions": unique(folded(name).lstrip("@") for name in post.mentions),
            "emojis": unique(emoji[0] for emoji in post.emojis),  # of any skin
            "media.kind": unique(part.kind for part in post.media),
            "domains": unique(
                domain
                for link in post.links
                for domain in (["boutique.test", "blog.boutique.test"] if "blog" in link
                               else ["boutique.test"])
            ),
            "entities.canonical": unique(one.canonical for one in enrichment.entities or ()),
            "keyphrases": list(enrichment.keyphrases),
            "metrics.likes": given_(post.metrics.likes),
            "engagement": [] if None in counts else [sum(counts)],
            "published_hour": [local.hour],
            "published_dow": [local.weekday()],
            **{name: [round(getattr(post, name).timestamp() * 1e6)]
               for name in ("published_at", "collected_at", "first_seen_at")},
        }  # fmt: skip
        rows.append(row)
    return rows


def given_(value: Any) -> list[Any]:
    return [] if value is None else [value]


def unique(values: Any) -> list[Any]:
    return list(dict.fromkeys(values))


def tagged(post: Post, kind: str) -> list[str]:
    return [tag.partition(":")[2] for tag in post.matched if tag.startswith(f"{kind}:")]
