"""A store moved to another engine is the same store, and stays so."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from vigie.errors import StoreError
from vigie.records import Account, Cursor, Post, Tombstone
from vigie.store import Filters, Page, Store
from vigie.store.embedded import EmbeddedStore
from vigie.store.moving import move, sums_of

from .counted import records_of
from .opening import Opener

MakePost = Callable[..., Post]
EVERYTHING = Filters(states=())


def fill(store: Store, make_post: MakePost) -> None:
    """Posts seen several times, with all that hangs on them."""
    records = list(records_of(make_post, 80))
    posts = [one for one in records if isinstance(one, Post)]
    moments = [post.collected_at + timedelta(hours=hours) for post in posts for hours in (1, 2)]
    store.upsert(records)
    seen_again = [
        post.model_copy(update={"collected_at": at, "text": None, "hashtags": ()})
        for post, at in zip(posts * 2, moments, strict=True)
    ]
    store.upsert(seen_again)
    accounts = [
        Account(
            id="mastodon:a",
            platform="mastodon",
            native_id="a",
            followers=number,
            first_seen_at=at,
            collected_at=at,
            source=posts[0].source,
        )
        for number, at in enumerate(moments[:3])
    ]
    store.upsert(accounts)
    gone = Tombstone(id=posts[3].id, entity_kind="post", noticed_at=moments[-1])
    store.upsert([gone, Cursor(id="k", value={"page": 3}, moved_at=moments[0])])


def answers(store: Store) -> list[object]:
    found = [store.search(query, EVERYTHING, page=Page(size=200)) for query in ("*", "crème", "é*")]
    ids = sorted(hit.post.id for hit in found[0].hits)
    return [
        *([(hit.post, hit.document) for hit in one.hits] for one in found),
        store.samples(ids).to_dicts(),
        list(store.all(Cursor)),
        list(store.all(Account)),
    ]


def test_there_and_back(opener: Opener, make_post: MakePost, tmp_path: Path) -> None:
    told: list[str] = []
    first = EmbeddedStore(tmp_path / "first", timezone="Europe/Paris")
    last = EmbeddedStore(tmp_path / "last", timezone="Europe/Paris")
    fill(first, make_post)
    with opener.fresh() as middle:
        there = move(first, middle, lambda kind, number: told.append(kind))
        assert there.counts["post"] == 80
        assert there.counts["metric_sample"] > 80
        assert {"post", "account", "enrichment", "tombstone", "cursor"} <= set(told)
        assert answers(middle) == answers(first)
        assert middle.verify() == []
        assert move(first, middle, lambda kind, number: None) == there
        move(middle, last, lambda kind, number: None)
        # What is observed later is merged as it would have been.
        posts = [post for post in first.get([f"mastodon:{n}" for n in range(40)], Post) if post]
        rng = random.Random(5)
        late = [
            post.model_copy(
                update={
                    "collected_at": post.collected_at + timedelta(minutes=rng.randint(-200, 9)),
                    "title": "tard",
                }
            )
            for post in posts
        ]
        for store in (first, middle, last):
            store.upsert(late)
        assert answers(middle) == answers(first) == answers(last)
        assert sums_of(first) == sums_of(middle) == sums_of(last)
    first.close()
    last.close()


def test_a_copy_that_differs_is_told(opener: Opener, make_post: MakePost, tmp_path: Path) -> None:
    first = EmbeddedStore(tmp_path / "first", timezone="Europe/Paris")
    first.upsert([make_post(1)])
    with opener.fresh() as target:
        target.upsert([make_post(1, hours=-1, text="more"), make_post(2)])
        with pytest.raises(StoreError, match=r"post: 1 here, 2 there"):
            move(first, target, lambda kind, number: None)
        assert len(target.get(["mastodon:1", "mastodon:2"], Post)) == 2
    first.close()
