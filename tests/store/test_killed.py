"""A writer that is killed: nothing acknowledged is lost, nothing is twice, the index catches up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from vigie.errors import StoreError
from vigie.records import Post
from vigie.store import Filters, Page
from vigie.store.embedded import EmbeddedStore
from vigie.store.index import SearchIndex, Writing

MakePost = Callable[..., Post]
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


BETWEEN = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from vigie.records import Post, Source
from vigie.store import Filters
from vigie.store.embedded import EmbeddedStore
from vigie.store.index import Writing

store = EmbeddedStore(Path(sys.argv[1]), timezone="Europe/Paris")
source = Source(collector="c", endpoint="e", run_id="r", mapper_version="1")

def post(n, text, hour=0):
    at = datetime(2026, 9, 1, hour, tzinfo=UTC)
    return Post(
        id=f"mastodon:{n}", platform="mastodon", native_id=str(n), text=text,
        published_at=at, first_seen_at=at, collected_at=at, source=source,
    )

store.upsert([post(n, "ancien") for n in range(5)])
Writing.commit = lambda self: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "delete":
    store.delete(Filters(ids=("mastodon:1",)))
else:
    store.upsert([post(2, "neuf", 1), post(9, "neuf")])
"""


@pytest.mark.parametrize("what", ["upsert", "delete"])
def test_kill_9_between_documents_and_index(tmp_path: Path, what: str) -> None:
    """Killed at the very moment when SQLite has the change and the index has not."""
    died = subprocess.run([sys.executable, "-c", BETWEEN, str(tmp_path), what], check=False)
    assert died.returncode == -signal.SIGKILL
    reader = EmbeddedStore(tmp_path, timezone="Europe/Paris", read_only=True)
    assert reader.search("ancien").total >= 4  # the index as it was answers meanwhile
    assert any("wait for the index" in line for line in reader.verify())
    reader.close()
    writer = EmbeddedStore(tmp_path, timezone="Europe/Paris")
    counts = {word: writer.search(word).total for word in ("ancien", "neuf")}
    assert counts == ({"ancien": 4, "neuf": 2} if what == "upsert" else {"ancien": 4, "neuf": 0})
    assert writer.verify() == []
    writer.close()


STEPS = """
import os, signal, sys
from pathlib import Path
from vigie.store import catching
from vigie.store.embedded import EmbeddedStore
from vigie.store.index import Writing

catching.STEP = 4
commit, done = Writing.commit, []

def commit_twice(self):
    if len(done) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(commit(self))

Writing.commit = commit_twice
EmbeddedStore(Path(sys.argv[1]), timezone="Europe/Paris")
"""


def test_catching_up_goes_on_where_it_was_killed(tmp_path: Path, make_post: MakePost) -> None:
    """A million posts take minutes to index again: who is killed on the way has done a part."""
    with closing(EmbeddedStore(tmp_path, timezone="Europe/Paris")) as store:
        store.upsert([make_post(n) for n in range(14)])
        with store._tables.transaction() as connection:
            store._tables.derive_anew(connection)
    died = subprocess.run([sys.executable, "-c", STEPS, str(tmp_path)], check=False)
    assert died.returncode == -signal.SIGKILL
    with closing(EmbeddedStore(tmp_path, timezone="Europe/Paris", read_only=True)) as reader:
        assert "6 posts wait for the index" in reader.verify(), "two steps of four are done"
        assert reader.search("*", page=Page(size=0)).total == 14, "the index answers meanwhile"
    with closing(EmbeddedStore(tmp_path, timezone="Europe/Paris")) as store:
        assert store.verify() == []
        assert store.search("*", page=Page(size=0)).total == 14


def test_readers_while_one_writes_and_is_killed(tmp_path: Path) -> None:
    """Readers of other processes' writing see whole batches, never fewer than were acknowledged
    before they asked, and go on when the writer dies."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        acknowledged = int(process.stdout.readline())
        over = threading.Event()

        def read() -> list[tuple[int, int, int]]:
            seen = []
            reader = EmbeddedStore(tmp_path, timezone="Europe/Paris", read_only=True)
            try:
                while not over.is_set() or not seen:
                    before = acknowledged
                    found = reader.search("mot", page=Page(size=3))
                    counted = reader.aggregate("mot", Filters(), {})["total"]
                    rows = sum(frame.height for frame in reader.scan(Filters(), ["id"]))
                    assert len(found.hits) == 3
                    assert found.total % 20 == counted % 20 == rows % 20 == 0
                    seen.append((before, found.total, rows))
            finally:
                reader.close()
            return seen

        with ThreadPoolExecutor(3) as pool:
            readers = [pool.submit(read) for _ in range(3)]
            while acknowledged < 8:
                acknowledged = int(process.stdout.readline())
            os.kill(process.pid, signal.SIGKILL)
            over.set()
            stories = [reader.result() for reader in readers]
        acknowledged += sum(1 for _ in process.stdout)
    for seen in stories:
        assert all(min(found, rows) >= 20 * (before + 1) for before, found, rows in seen)
        totals = [found for _, found, _ in seen]
        assert totals == sorted(totals)
    again = EmbeddedStore(tmp_path, timezone="Europe/Paris")
    assert again.search("mot").total >= 20 * (acknowledged + 1)
    assert again.verify() == []
    again.close()


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
