"""Writing: records into their tables, what follows from them into columns and index.

A change is one transaction. The rows that the index must read again are noted in it (`dirty`), so
that a process that dies before the index has them leaves a note for the next.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from vigie.merging import Dump, blob_of, fold, microseconds, subject_of, succeed
from vigie.records import Correction, MetricSample, Post, Record, Tombstone
from vigie.store import Upserted
from vigie.store.documents import index_document
from vigie.store.index import Writing, entry_of
from vigie.store.tables import COLUMNS, columns_of, listed

CHUNK = 2_000  # rows that are read and derived at a time
_ROWS = """
SELECT p.row, p.doc, e.doc, t.doc FROM posts p
LEFT JOIN records e ON e.kind = 'enrichment' AND e.id = p.id
LEFT JOIN records t ON t.kind = 'tombstone' AND t.id = p.id
WHERE p.row IN (SELECT value FROM json_each(?)) ORDER BY p.row
"""
_ERASED = """
SELECT id FROM records WHERE kind = 'tombstone' AND CAST(doc AS TEXT) ->> 'reason' = 'erased'
"""
_SAMPLE = """
INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET value = excluded.value, exactness = excluded.exactness,
    scope = excluded.scope
WHERE (excluded.exactness = 'exact', excluded.exactness = 'rounded', excluded.value, excluded.scope)
    > (samples.exactness = 'exact', samples.exactness = 'rounded', samples.value, samples.scope)
"""
_COLUMNS = f"INSERT OR REPLACE INTO columns VALUES (?, {', '.join('?' * len(COLUMNS))})"


class Change:
    """One transaction's writing; `touched` and `gone` are the rows that the index must follow."""

    def __init__(self, connection: sqlite3.Connection, zone: ZoneInfo) -> None:
        self.connection = connection
        self.zone = zone
        self.touched: set[int] = set()
        self.new: set[int] = set()
        self.gone: set[int] = set()

    def upsert(self, records: Iterable[Record]) -> Upserted:
        """Writes records of any kinds, and the counters that posts carry as metric samples; counts
        what was new, changed and the same."""
        kinds: dict[str, list[Any]] = {}
        for record in records:
            kinds.setdefault(record.record_kind, []).append(record)
        counts = Upserted()
        if "tombstone" in kinds:
            kinds = {"tombstone": kinds.pop("tombstone"), **kinds}
        erased: set[str] | None = None
        samples: list[Sequence[Any]] = []
        for kind in kinds:
            if kind != "tombstone" and erased is None:
                # After this batch's tombstones: what they erased is not written again.
                erased = {id for (id,) in self.connection.execute(_ERASED)}
            wanted = [one for one in kinds[kind] if not erased or subject_of(one) not in erased]
            if kind == "post":
                told = self._posts(wanted)
                samples += [row for post in wanted for row in _counters(post)]
            elif kind == "metric_sample":
                told = 0, 0, 0
                samples += [_sample(sample) for sample in wanted]
            else:
                told = self._records(kind, wanted)
            left = len(kinds[kind]) - len(wanted)
            told = (told[0], told[1], told[2] + left)
            for place, number in zip((counts.new, counts.changed, counts.same), told, strict=True):
                if number:
                    place[kind] = number
        if samples:
            self._samples(samples, counts)
        return counts

    # posts --------------------------------------------------------------------------------------

    def _posts(self, posts: Sequence[Post]) -> tuple[int, int, int]:
        states: dict[str, tuple[bytes, bytes | None]] = {}
        repeats = 0
        for post in posts:
            state = states.get(post.id)
            blob = blob_of(post)
            repeats += state is not None
            states[post.id] = succeed("post", state, post, blob)
        ids = listed(list(states))
        held = self.connection.execute(
            "SELECT row, id, doc, stamps FROM posts WHERE id IN (SELECT value FROM json_each(?))",
            (ids,),
        ).fetchall()
        changes: list[tuple[bytes, bytes | None, int]] = []
        for row, id, doc, stamps in held:
            merged = fold("post", doc, stamps, *states.pop(id))
            if merged != (doc, stamps):
                changes.append((*merged, row))
        self.connection.executemany("UPDATE posts SET doc = ?, stamps = ? WHERE row = ?", changes)
        self.touched.update(change[2] for change in changes)
        (last,) = self.connection.execute("SELECT coalesce(max(row), 0) FROM posts").fetchone()
        self.connection.executemany(
            "INSERT INTO posts VALUES (?, ?, ?, ?)",
            ((last + at, id, *state) for at, (id, state) in enumerate(states.items(), 1)),
        )
        new = range(last + 1, last + 1 + len(states))
        self.new.update(new)
        self.touched.update(new)
        return len(states), len(changes), len(held) - len(changes) + repeats

    def replace_post(self, post: Post) -> None:
        """Puts a post in place of what was observed of it."""
        self.connection.execute(
            "INSERT INTO posts (id, doc, stamps) VALUES (?, ?, NULL) "
            "ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, stamps = NULL",
            (post.id, blob_of(post)),
        )
        self._touch([post.id])

    def remove_posts(self, ids: Sequence[str]) -> int:
        """Takes posts out with their samples, readings and corrections; tombstones stay."""
        chosen = listed(ids)
        among = "IN (SELECT value FROM json_each(?))"
        rows = self._rows(ids)
        for table, column in (("posts", "id"), ("columns", "id"), ("samples", "entity")):
            self.connection.execute(f"DELETE FROM {table} WHERE {column} {among}", (chosen,))
        self.connection.execute(
            f"DELETE FROM records WHERE kind = 'enrichment' AND id {among}", (chosen,)
        )
        self.connection.execute(
            "DELETE FROM records WHERE kind = 'correction' "
            f"AND CAST(doc AS TEXT) ->> 'post_id' {among}",
            (chosen,),
        )
        self.gone.update(rows)
        self.touched.difference_update(rows)
        return len(rows)

    # other kinds --------------------------------------------------------------------------------

    def _records(self, kind: str, records: Sequence[Record]) -> tuple[int, int, int]:
        ids = listed([record.id for record in records])
        held: dict[str, tuple[bytes, bytes | None]] = {
            id: (doc, stamps)
            for id, doc, stamps in self.connection.execute(
                "SELECT id, doc, stamps FROM records WHERE kind = ? "
                "AND id IN (SELECT value FROM json_each(?))",
                (kind, ids),
            )
        }
        before = dict(held)
        seen: set[tuple[str, bytes]] = set()  # who writes often is told often, and alike
        for record in records:
            blob = blob_of(record)
            if (record.id, blob) in seen:
                continue
            seen.add((record.id, blob))
            state = held.get(record.id)
            held[record.id] = succeed(kind, state, record, blob)
        written = {id: state for id, state in held.items() if before.get(id) != state}
        self._write(kind, written)
        known = sum(id in before for id in written)
        self._follow(kind, [record for record in records if record.id in written])
        return len(written) - known, known, len(records) - len(written)

    def _write(self, kind: str, states: dict[str, tuple[bytes, bytes | None]]) -> None:
        self.connection.executemany(
            "INSERT INTO records (kind, id, doc, stamps) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (kind, id) DO UPDATE SET doc = excluded.doc, stamps = excluded.stamps",
            ((kind, id, *state) for id, state in states.items()),
        )

    def replace_record(self, record: Record) -> None:
        """Puts a record in place of the one that there is."""
        self._write(record.record_kind, {record.id: (blob_of(record), None)})
        self._follow(record.record_kind, [record])

    def _follow(self, kind: str, records: Sequence[Record]) -> None:
        """Touches the posts that other records speak of; an erased one goes."""
        if kind == "tombstone":
            erased = [
                record.id
                for record in records
                if isinstance(record, Tombstone) and record.reason == "erased"
            ]
            if erased:
                self.remove_posts(erased)
        if kind in ("tombstone", "enrichment"):
            self._touch([record.id for record in records])
        elif kind == "correction":
            self._touch([record.post_id for record in records if isinstance(record, Correction)])

    def _touch(self, ids: Sequence[str]) -> None:
        self.touched.update(self._rows(ids))

    def _rows(self, ids: Sequence[str]) -> list[int]:
        found = self.connection.execute(
            "SELECT row FROM posts WHERE id IN (SELECT value FROM json_each(?))", (listed(ids),)
        )
        return [row for (row,) in found]

    def _samples(self, samples: Sequence[Sequence[Any]], counts: Upserted) -> None:
        before = self.connection.total_changes
        self.connection.executemany(_SAMPLE, samples)
        written = self.connection.total_changes - before
        for place, number in ((counts.new, written), (counts.same, len(samples) - written)):
            if number:
                place["metric_sample"] = place.get("metric_sample", 0) + number

    # what follows -------------------------------------------------------------------------------

    def derive(self, writing: Writing) -> None:
        """Columns and index entries of what was touched, and the note that they are under way."""
        self.connection.executemany(
            "INSERT OR IGNORE INTO dirty VALUES (?)", ((row,) for row in self.touched | self.gone)
        )
        for row in self.gone:
            writing.drop(row)
        derive_rows(self.connection, self.zone, sorted(self.touched), writing, self.new)


def _moment(at: datetime) -> int:
    """Microseconds since 1970 at whole milliseconds, which is how far a sample's id tells."""
    return round(at.timestamp() * 1e6) // 1000 * 1000


def _sample(sample: MetricSample) -> tuple[Any, ...]:
    """The row of a sample."""
    at = _moment(sample.captured_at)
    return (
        sample.entity, sample.metric, at, sample.value, sample.entity_kind, sample.platform,
        sample.exactness, sample.scope,
    )  # fmt: skip


def _counters(post: Post) -> Iterator[tuple[Any, ...]]:
    """The rows of the samples that an observation of a post carries (`records.samples_of`)."""
    at = _moment(post.collected_at)
    for metric, value in vars(post.metrics).items():
        if value is not None:
            yield post.id, metric, at, value, "post", post.platform, "exact", "public"


def derive_rows(
    connection: sqlite3.Connection,
    zone: ZoneInfo,
    rows: Sequence[int],
    writing: Writing,
    new: set[int] | frozenset[int] = frozenset(),
) -> None:
    """Writes columns and index entries of rows from their documents; rows without one go."""
    found: set[int] = set()
    columns: list[tuple[Any, ...]] = []
    for row, document, _ in joined(connection, zone, rows):
        found.add(row)
        published = microseconds(document["published_at"])
        collected = microseconds(document["collected_at"])
        seen = microseconds(document["first_seen_at"])
        columns.append((row, *columns_of(document, published, collected)))
        writing.put(row, entry_of(document, row, (published, collected, seen)), new=row in new)
        if len(columns) >= CHUNK:
            connection.executemany(_COLUMNS, columns)
            columns.clear()
    connection.executemany(_COLUMNS, columns)
    for row in set(rows) - found:
        connection.execute("DELETE FROM columns WHERE row = ?", (row,))
        writing.drop(row)


def joined(
    connection: sqlite3.Connection, zone: ZoneInfo, rows: Sequence[int]
) -> Iterator[tuple[int, Dump, bytes]]:
    """Rows with their index documents and their posts' blobs, by row; those without a post are
    left out."""
    corrections: dict[str, list[Dump]] = {}
    for (doc,) in connection.execute("SELECT doc FROM records WHERE kind = 'correction'"):
        correction = orjson.loads(doc)
        corrections.setdefault(correction["post_id"], []).append(correction)
    for start in range(0, len(rows), CHUNK):
        chunk = connection.execute(_ROWS, (listed(rows[start : start + CHUNK]),)).fetchall()
        for row, doc, enrichment, tombstone in chunk:
            post = orjson.loads(doc)
            yield (
                row,
                index_document(
                    post,
                    zone,
                    orjson.loads(enrichment) if enrichment else None,
                    corrections.get(post["id"], ()),
                    orjson.loads(tombstone) if tombstone else None,
                ),
                doc,
            )
