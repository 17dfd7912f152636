"""A writer that is killed: nothing acknowledged is lost, nothing is twice, the index catches up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vigie.errors import StoreError
from vigie.records import Post
from vigie.store import Filters, Page
from vigie.store.embedded import EmbeddedStore
from vigie.store.index import SearchIndex, Writing

WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from vigie.records import Post, Source
from vigie.store.embedded import EmbeddedStore

store = EmbeddedStore(Path(sys.argv[1]), timezone="Europe/Paris")
source = Source(collector="c", endpoint="e", run_id="r", mapper_version="1")
at = datetime(2026, 9, 1, tzinfo=UTC)
for batch in range(10_000):
    store.upsert([
        Post(
            id=f"mastodon:{batch}-{n}", platform="mastodon", native_id=f"{batch}-{n}", text="mot",
            published_at=at, first_seen_at=at, collected_at=at, source=source,
        )
        for n in range(20)
    ])
    print(batch, flush=True)
"""


@pytest.mark.parametrize("batches", [0, 1, 4])
def test_kill_9(tmp_path: Path, batches: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    acknowledged = -1
    for line in process.stdout:
        acknowledged = int(line)
        if acknowledged >= batches:
            os.kill(process.pid, signal.SIGKILL)
            break
    acknowledged += sum(1 for _ in process.stdout)
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    with_store = EmbeddedStore(tmp_path, timezone="Europe/Paris")
    try:
        assert with_store.verify() == []
        found = with_store.search("mot", page=Page(size=100_000))
        ids = [hit.post.id for hit in found.hits]
        assert len(ids) == len(set(ids)) == found.total
        assert len(ids) % 20 == 0  # whole batches
        kept = {id.removeprefix("mastodon:").partition("-")[0] for id in ids}
        assert {str(batch) for batch in range(acknowledged + 1)} <= kept
    finally:
        with_store.close()


def test_death_between_documents_and_index(
    tmp_path: Path, make_post: Callable[..., Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment after SQLite's commit and before the index's: the next writer catches up."""
    store = EmbeddedStore(tmp_path, timezone="Europe/Paris")
    store.upsert([make_post(1), make_post(2)])

    def die(self: Writing) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Writing, "commit", die)
        with pytest.raises(StoreError, match="disk is full"):
            store.upsert([make_post(2, hours=1, text="neuf"), make_post(3, text="neuf")])
        with pytest.raises(StoreError, match="disk is full"):
            store.delete(Filters(ids=("mastodon:1",)))
    assert any("wait for the index" in line for line in store.verify())
    store.close()

    again = EmbeddedStore(tmp_path, timezone="Europe/Paris")
    assert again.search("neuf").total == 2
    assert again.verify() == []
    again.close()


def test_a_lost_index_is_built_anew(tmp_path: Path, make_post: Callable[..., Post]) -> None:
    store = EmbeddedStore(tmp_path, timezone="Europe/Paris")
    store.upsert([make_post(n) for n in range(5)])
    folder = SearchIndex(tmp_path, read_only=True).folder
    store.close()
    for file in folder.iterdir():
        file.unlink()
    again = EmbeddedStore(tmp_path, timezone="Europe/Paris")
    assert again.search("post").total == 5
    assert again.verify() == []
    again.close()


def test_columns_of_another_layout_are_built_anew(
    tmp_path: Path, make_post: Callable[..., Post]
) -> None:
    store = EmbeddedStore(tmp_path, timezone="Europe/Paris")
    store.upsert([make_post(n) for n in range(5)])
    connection = store._tables.connection
    connection.execute("ALTER TABLE columns DROP COLUMN views")
    connection.execute("UPDATE settings SET value = 'old' WHERE name = 'shape'")
    store.close()
    again = EmbeddedStore(tmp_path, timezone="Europe/Paris")
    assert again.search("post").total == 5
    assert again.verify() == []
    again.close()
