"""Verifying: a difference between documents, columns and index is found, whichever was planted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vigie.records import Enrichment, Post
from vigie.store.embedded import EmbeddedStore
from vigie.store.index import entry_of

T0 = datetime(2026, 9, 2, 8, tzinfo=UTC)
MakePost = Callable[..., Post]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path / "store", timezone="Europe/Paris")
    yield opened
    opened.close()


def test_rebuild_and_verify(store: EmbeddedStore, make_post: MakePost) -> None:
    store.upsert([make_post(n) for n in range(5)])
    connection = store._tables.connection
    connection.execute("UPDATE columns SET likes = 7 WHERE id = 'mastodon:1'")
    connection.execute("DELETE FROM posts WHERE id = 'mastodon:2'")
    wrong = store.verify()
    assert "mastodon:1: its columns are not its document's" in wrong
    assert any("without a document" in line for line in wrong)
    store.rebuild()
    assert store.verify() == []
    found = store.search("*", sort="published_at").hits
    assert [hit.post.native_id for hit in found] == ["0", "1", "3", "4"]


def planted_stale_words(store: EmbeddedStore) -> None:
    _put(store, {"text": "autre chose"})


def planted_stale_count(store: EmbeddedStore) -> None:
    _put(store, {"metrics.likes": 7})


def planted_twice(store: EmbeddedStore) -> None:
    _put(store, {}, new=True)


def _put(store: EmbeddedStore, changed: dict[str, object], *, new: bool = False) -> None:
    """An entry of the index in another state than its document's, or once more."""
    (document,) = store.documents(["mastodon:1"])
    assert document is not None
    row = 2  # of the second post
    times = tuple(
        round(datetime.fromisoformat(document[name]).timestamp() * 1e6)
        for name in ("published_at", "collected_at", "first_seen_at")
    )
    entry = entry_of({**document, **changed}, row, times)  # type: ignore[arg-type]
    with store._index.writing() as writing:
        writing.put(row, entry, new=new)
        writing.commit()


def planted_missing(store: EmbeddedStore) -> None:
    with store._index.writing() as writing:
        writing.drop(2)
        writing.commit()


def _sql(statement: str) -> Callable[[EmbeddedStore], None]:
    def plant(store: EmbeddedStore) -> None:
        store._tables.connection.execute(statement)

    return plant


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (planted_stale_words, "mastodon:1: the index has another state of it"),
        (planted_stale_count, "mastodon:1: the index has another state of it"),
        (planted_twice, "mastodon:1: 2 times in the index"),
        (planted_missing, "mastodon:1: 0 times in the index"),
        (_sql("INSERT INTO dirty VALUES (1)"), "1 posts wait for the index"),
        (_sql("DELETE FROM columns WHERE row = 2"), "mastodon:1: its columns are not"),
        (_sql("UPDATE columns SET hashtags = 'x' WHERE row = 2"), "its columns are not"),
        (_sql("INSERT INTO columns (row, id) VALUES (77, 'x')"), "1 rows of columns have no"),
        (_sql("UPDATE posts SET doc = '{' WHERE row = 2"), "row 2: its document cannot be read"),
        (
            _sql(
                "UPDATE posts SET doc = CAST(replace(CAST(doc AS TEXT), 'post 1', 'x') AS BLOB)"
                " WHERE row = 2"
            ),
            "mastodon:1: the index has another state of it",
        ),
        (
            _sql(
                "UPDATE records SET doc = CAST(replace(CAST(doc AS TEXT), 'fr', 'en') AS BLOB)"
                " WHERE kind = 'enrichment'"
            ),
            "mastodon:1: the index has another state of it",
        ),
    ],
)
def test_verify_finds_what_was_planted(
    store: EmbeddedStore, make_post: MakePost, plant: Callable[[EmbeddedStore], None], told: str
) -> None:
    store.upsert([make_post(n) for n in range(4)])
    store.upsert([Enrichment(id="mastodon:1", text_hash="h", language="fr", enriched_at=T0)])
    assert store.verify() == []
    plant(store)
    assert any(told in line for line in store.verify()), store.verify()
