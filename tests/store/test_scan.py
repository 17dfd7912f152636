"""Scans: columns as the insights read them, by time, under the same filters as the search."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from vigie.errors import StoreError
from vigie.insights.frames import POSTS, SAMPLES
from vigie.records import Author, Counts, Enrichment, Entity, Media, Post, Sentiment
from vigie.store import Filters, Page, Store
from vigie.store.tables import COLUMNS

T0 = datetime(2026, 9, 1, 8, tzinfo=UTC)
MakePost = Callable[..., Post]


def scanned(store: Store, filters: Filters, query: str = "*", batch: int = 7) -> pl.DataFrame:
    frames = list(store.scan(filters, list(POSTS), query=query, batch=batch))
    assert all(frame.schema == pl.Schema(POSTS) for frame in frames)
    return pl.concat(frames) if frames else pl.DataFrame(schema=POSTS)


def test_the_columns_are_those_of_the_frames() -> None:
    assert list(COLUMNS) == list(POSTS)
    kinds = {"TEXT": pl.String, "LIST": pl.List, "REAL": pl.Float64}
    for name, kind in COLUMNS.items():
        dtype = POSTS[name]
        assert isinstance(dtype, kinds.get(kind, (pl.Int64, pl.Boolean, pl.Datetime))), name


def test_every_column(store: Store, make_post: MakePost) -> None:
    post = make_post(
        1,
        kind="video",
        url="https://v.test/1",
        author=Author(id="mastodon:a", handle="ana", name="Ana", followers=5, verified=False),
        text="Été",
        title="Titre",
        lang="fr-FR",
        parent_id="mastodon:0",
        root_id="mastodon:0",
        repost_of="mastodon:00",
        hashtags=("Été", "b"),
        mentions=("bob",),
        links=("https://l.test",),
        media=(Media(kind="image"), Media(kind="video", duration_s=2.5)),
        metrics=Counts(likes=1, shares=2, replies=3, views=9),
        matched=("brand:acme", "homonym:orange", "topic:skin"),
        origin="owned",
        owner="acme",
    )
    reading = Enrichment(
        id=post.id,
        text_hash="h",
        sentiment=Sentiment(label="positive", score=0.5, confidence=0.75),
        entities=(Entity(text="ACME", label="ORG", canonical="Acme"),),
        keyphrases=("crème solaire",),
        story_id=post.id,
        enriched_at=T0,
    )
    store.upsert([post, reading, make_post(2, text=None)])
    full, bare = scanned(store, Filters()).to_dicts()
    assert full == {
        "id": "mastodon:1", "platform": "mastodon", "kind": "video", "url": "https://v.test/1",
        "author_id": "mastodon:a", "author_handle": "ana", "author_name": "Ana",
        "author_followers": 5, "author_verified": False, "text": "Été", "title": "Titre",
        "language": "fr", "published_at": post.published_at, "collected_at": post.collected_at,
        "parent_id": "mastodon:0", "root_id": "mastodon:0", "repost_of": "mastodon:00",
        "hashtags": ["Été", "b"], "mentions": ["bob"], "links": ["https://l.test"],
        "media_kinds": ["image", "video"], "media_duration_s": 2.5, "likes": 1, "shares": 2,
        "replies": 3, "quotes": None, "saves": None, "views": 9, "engagement": 6,
        "state": "live", "origin": "owned", "owner": "acme", "brands": ["acme"],
        "homonyms": ["orange"], "topics": ["skin"], "sentiment": "positive",
        "sentiment_score": 0.5, "sentiment_confidence": 0.75, "entities": ["Acme"],
        "keyphrases": ["crème solaire"], "story_id": "mastodon:1",
    }  # fmt: skip
    lists = [name for name, kind in COLUMNS.items() if kind == "LIST"]
    assert all(bare[name] == [] for name in lists)
    assert bare["engagement"] is None
    assert bare["text"] is None


FILTERS = [
    Filters(),
    Filters(states=()),
    Filters(states=("deleted",)),
    Filters(since=T0 + timedelta(hours=10), until=T0 + timedelta(hours=20)),
    Filters(platforms=("news", "bluesky")),
    Filters(languages=("fr",), kinds=("reply",)),
    Filters(brands=("a",)),
    Filters(brands=("a", "b"), topics=("t",)),
    Filters(owners=("a",), origins=("owned",)),
    Filters(authors=("mastodon:A",)),
    Filters(sentiments=("negative",)),
    Filters(stories=("mastodon:1", "mastodon:2")),
    Filters(ids=("mastodon:3", "mastodon:4", "mastodon:99")),
    Filters(brands=("absent",)),
]


@pytest.mark.parametrize("number", range(len(FILTERS)))
def test_scan_and_search_see_the_same(store: Store, make_post: MakePost, number: int) -> None:
    filters = FILTERS[number]
    store.upsert(
        [
            make_post(
                n,
                text="sun" if n % 5 == 2 else "crème",
                platform=("news", "bluesky", "mastodon")[n % 3],
                lang=("fr", "en")[n % 5 == 0],
                kind=("post", "reply")[n // 2 % 2],
                matched=((), ("brand:a", "topic:t"), ("brand:ab",), ("brand:b",))[n % 4],
                origin=(None, "owned", "earned")[n % 3],
                owner=(None, "a")[n % 3 == 1],
                author=Author(id=("mastodon:A", "mastodon:a")[n % 2]),
                state=("live", "deleted")[n % 7 == 0],
            )
            for n in range(40)
        ]
        + [
            Enrichment(
                id=f"mastodon:{n}",
                text_hash="h",
                sentiment=Sentiment(label="negative", score=-1, confidence=1),
                story_id=f"mastodon:{n // 3}",
                enriched_at=T0,
            )
            for n in range(20)
        ]
    )
    for query in ("*", "crème"):
        found = store.search(query, filters, sort="published_at", page=Page(size=100))
        frame = scanned(store, filters, query)
        assert frame["id"].to_list() == [hit.post.id for hit in found.hits]
        assert len(frame) == found.total < 41
        assert frame.is_empty() == (filters == FILTERS[-1])


def test_an_unknown_column_is_told(store: Store) -> None:
    with pytest.raises(StoreError, match="no column colour"):
        list(store.scan(Filters(), ["id", "colour"]))
    assert store.samples(["x"]).schema == pl.Schema(SAMPLES)
