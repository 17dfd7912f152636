"""Taking out what is no post: counters of a platform that are too old, and records by their ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from vigie.records import Record
from vigie.store.bulk import Write, write
from vigie.store.changing import Change
from vigie.store.engine import Engine
from vigie.store.kept import SampleRow, counters
from vigie.store.naming import Names, document_id
from vigie.store.observing import Observing
from vigie.store.tables import listed

_OLD = "FROM samples WHERE platform = ? AND captured_at < ?"
_THIN = f"DELETE {_OLD}"
_SAMPLE = "INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_POSTS = f"SELECT doc, stamps FROM posts WHERE id IN (SELECT entity {_OLD})"


class _Embedded(Protocol):
    def _changing(self) -> AbstractContextManager[Change]: ...


class EmbeddedThinning:
    """`thin` and `drop` of the protocol (vigie/store/__init__.py) in SQLite."""

    def thin(self: _Embedded, platform: str, before: datetime) -> int:
        at = round(before.timestamp() * 1e6)
        with self._changing() as change:
            connection = change.connection
            shown = _shown(connection, platform, at)
            gone = connection.execute(_THIN, (platform, at)).rowcount
            connection.executemany(_SAMPLE, shown)
            return max(gone - len(shown), 0)

    def drop(self: _Embedded, kind: type[Record], ids: Sequence[str]) -> int:
        with self._changing() as change:
            return change.connection.execute(
                "DELETE FROM records WHERE kind = ? AND id IN (SELECT value FROM json_each(?))",
                (kind.record_kind, listed(ids)),
            ).rowcount


def _shown(connection: sqlite3.Connection, platform: str, before: int) -> list[SampleRow]:
    """The samples from before that time that posts still stand for: a counter that later
    observations did not carry. A search engine keeps them in the post itself, so that both engines
    hold the same."""
    found: list[SampleRow] = []
    for doc, stamps in connection.execute(_POSTS, (platform, before)):
        found += (row for row in counters(doc, stamps) if row[2] < before)
    return found


class _Cluster(Protocol):
    engine: Engine
    names: Names

    def _observing(self) -> Observing: ...


class ClusterThinning:
    """The same in a search engine."""

    def thin(self: _Cluster, platform: str, before: datetime) -> int:
        self._observing().finish()
        params = {"conflicts": "proceed", "refresh": "true", "ignore_unavailable": "true"}
        asked = [
            {"term": {"platform": platform}},
            {"range": {"captured_at": {"lt": before.isoformat(timespec="milliseconds")}}},
        ]
        answered = self.engine.request(
            "POST",
            f"/{self.names.metrics}/_delete_by_query",
            params=params,
            body={"query": {"bool": {"filter": asked}}},
        )
        return int(answered["deleted"])

    def drop(self: _Cluster, kind: type[Record], ids: Sequence[str]) -> int:
        observing = self._observing()
        index = self.names.kind(kind.record_kind)
        observing.touched.add(index)
        statuses = write(self.engine, [Write(index, document_id(id), None) for id in ids])
        observing.finish()
        return sum(status == 200 for status in statuses)
