"""The SQLite file: canonical documents, typed columns beside them for scans, coordination.

posts      what was observed of each post, merged, with its stamps (vigie/merging.py)
records    all other kinds, as JSON; accounts with stamps
samples    metric samples, append-only
leases     who holds what until when
columns    derived: the columns of vigie/insights/frames.py
dirty      posts that the search index does not have yet as they are
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from vigie.errors import StoreError

LAYOUT = "1"  # another layout of what is derived: it is built anew
SEPARATOR = "\x1f"  # between the values of a list
BUSY = 60.0  # seconds that a writer waits for another's transaction

# The columns of vigie/insights/frames.py and how SQLite holds them; lists are joined texts.
COLUMNS: dict[str, str] = {
    "id": "TEXT", "platform": "TEXT", "kind": "TEXT", "url": "TEXT", "author_id": "TEXT",
    "author_handle": "TEXT", "author_name": "TEXT", "author_followers": "INTEGER",
    "author_verified": "INTEGER", "text": "TEXT", "title": "TEXT", "language": "TEXT",
    "published_at": "INTEGER", "collected_at": "INTEGER", "parent_id": "TEXT", "root_id": "TEXT",
    "repost_of": "TEXT", "hashtags": "LIST", "mentions": "LIST", "links": "LIST",
    "media_kinds": "LIST", "media_duration_s": "REAL", "likes": "INTEGER", "shares": "INTEGER",
    "replies": "INTEGER", "quotes": "INTEGER", "saves": "INTEGER", "views": "INTEGER",
    "engagement": "INTEGER", "state": "TEXT", "origin": "TEXT", "owner": "TEXT",
    "brands": "LIST", "homonyms": "LIST", "topics": "LIST", "sentiment": "TEXT",
    "sentiment_score": "REAL", "sentiment_confidence": "REAL", "entities": "LIST",
    "keyphrases": "LIST", "story_id": "TEXT",
}  # fmt: skip
_TYPES = {"LIST": "TEXT"}
_COLUMNS = ", ".join(f"{name} {_TYPES.get(type, type)}" for name, type in COLUMNS.items())
_SCHEMA = """
CREATE TABLE IF NOT EXISTS posts (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, doc BLOB NOT NULL, stamps BLOB);
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, id TEXT NOT NULL, doc BLOB NOT NULL, stamps BLOB, UNIQUE (kind, id));
CREATE INDEX IF NOT EXISTS records_erased ON records (id)
    WHERE kind = 'tombstone' AND CAST(doc AS TEXT) ->> 'reason' = 'erased';
CREATE TABLE IF NOT EXISTS samples (
    entity TEXT NOT NULL, metric TEXT NOT NULL, captured_at INTEGER NOT NULL, value REAL NOT NULL,
    entity_kind TEXT NOT NULL, platform TEXT NOT NULL, exactness TEXT NOT NULL,
    scope TEXT NOT NULL, PRIMARY KEY (entity, metric, captured_at)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS leases (
    name TEXT PRIMARY KEY, holder TEXT NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS dirty (row INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_DERIVED = f"""
CREATE TABLE IF NOT EXISTS columns (row INTEGER PRIMARY KEY, {_COLUMNS});
CREATE INDEX IF NOT EXISTS columns_published ON columns (published_at, id);
"""


class Tables:
    """Connections to the store's SQLite file: one a thread."""

    def __init__(self, file: Path, *, read_only: bool) -> None:
        self.file = file
        self.read_only = read_only
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        if read_only and not file.exists():
            raise StoreError("there is no store yet", where=str(file), do="vigie run, vigie import")
        if not read_only:
            with self._told():
                self.connection.executescript(_SCHEMA + _DERIVED)

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        held: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if held is None:
            held = self._local.connection = self.connect()
            with self._lock:
                self._open.append(held)
        return held

    def connect(self) -> sqlite3.Connection:
        """A new connection, which the caller closes."""
        with self._told():
            mode = "ro" if self.read_only else "rwc"
            connection = sqlite3.connect(
                f"{self.file.resolve().as_uri()}?mode={mode}",
                uri=True,
                timeout=BUSY,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.execute("PRAGMA cache_size = -32000")
            connection.execute("PRAGMA temp_store = FILE")
            if not self.read_only:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
            return connection

    def derive_anew(self, connection: sqlite3.Connection) -> None:
        """Empties what is derived, in its present layout, and notes every post as dirty."""
        connection.execute("DROP TABLE columns")
        for statement in _DERIVED.split(";")[:2]:
            connection.execute(statement)
        connection.execute("INSERT OR REPLACE INTO dirty SELECT row FROM posts")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: on disk when the block ends, undone when it raises."""
        if self.read_only:
            raise StoreError("opened for reading only", where=str(self.file))
        connection = self.connection
        with self._told():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"SQLite: {error}", where=str(self.file)) from error

    def close(self) -> None:
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
        self._local = threading.local()


def listed(values: Sequence[Any]) -> str:
    """Values as one JSON parameter: `… IN (SELECT value FROM json_each(?))`."""
    return orjson.dumps(list(values)).decode()


def columns_of(document: dict[str, Any], published: int, collected: int) -> tuple[Any, ...]:
    """The row of `columns` of an index document, in the order of COLUMNS."""
    get = document.get
    media = get("media") or ()
    videos = [part for part in media if part["kind"] == "video"]
    duration = videos[0].get("duration_s") if videos else None
    return (
        document["id"], document["platform"], document["kind"], get("url"), get("author.id"),
        get("author.handle"), get("author.name"), get("author.followers"),
        get("author.verified"), get("text"), get("title"), get("language"),
        published, collected, get("parent_id"), get("root_id"),
        get("repost_of"), _joined(get("hashtags")), _joined(get("mentions")),
        _joined(get("links")), _joined([part["kind"] for part in media]), duration,
        get("metrics.likes"), get("metrics.shares"), get("metrics.replies"),
        get("metrics.quotes"), get("metrics.saves"), get("metrics.views"), get("engagement"),
        document["state"], get("origin"), get("owner"), _joined(document["brands"]),
        _joined(document["homonyms"]), _joined(document["topics"]), get("sentiment.label"),
        get("sentiment.score"), get("sentiment.confidence"),
        _joined([part["canonical"] for part in get("entities") or ()]),
        _joined(get("keyphrases")), get("story_id"),
    )  # fmt: skip


def _joined(values: Sequence[str] | None) -> str:
    return SEPARATOR.join(values) if values else ""
