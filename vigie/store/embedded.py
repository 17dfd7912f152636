"""The embedded store: SQLite holds the documents, tantivy the index derived from them.

Several processes read while one writes. A write is one SQLite transaction, then one commit of the
index; a process that dies between the two leaves a note, and the next that writes catches up.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import orjson
from tantivy import Query

from vigie.errors import StoreError
from vigie.merging import blob_of
from vigie.query import Node, parse
from vigie.query.compiling import compile_query, sayable
from vigie.query.deciding import settle
from vigie.query.nodes import All, wanted
from vigie.records import MetricSample, Post, Record
from vigie.store import Filters, Hit, Hits, Page, R, Told, Upserted, searching, untold
from vigie.store.catching import catch_up, clean
from vigie.store.changing import Change, joined
from vigie.store.documents import state_of
from vigie.store.highlighting import highlight as mark
from vigie.store.index import SHAPE, SearchIndex
from vigie.store.locking import WriteLock
from vigie.store.moving import State
from vigie.store.sampling import sample_of
from vigie.store.tables import Tables, listed
from vigie.store.thinning import EmbeddedThinning

if TYPE_CHECKING:
    import polars as pl

_POSTS = """
SELECT p.id, p.doc, t.doc FROM posts p
LEFT JOIN records t ON t.kind = 'tombstone' AND t.id = p.id
WHERE p.id IN (SELECT value FROM json_each(?))
"""


SETTLED = 32  # questions whose settled queries are remembered: a page asks one many times
_NO_FILTERS = Filters()
_FIRST_PAGE = Page()


class EmbeddedStore(EmbeddedThinning):
    """The store of one workspace, in a folder. Implements vigie.store.Store."""

    def __init__(self, path: Path, *, timezone: str, read_only: bool = False) -> None:
        self.path = path
        self.timezone = timezone
        self.zone = ZoneInfo(timezone)
        self.read_only = read_only
        self._settled: dict[tuple[Any, ...], Node] = {}
        if not read_only:
            path.mkdir(parents=True, exist_ok=True)
        self._lock = WriteLock(path / "write.lock")
        self._tables = Tables(path / "store.sqlite", read_only=read_only)
        if read_only:
            self._index = SearchIndex(path, read_only=True)
            return
        with self._lock:
            self._index = SearchIndex(path, read_only=False)
            derived = {"shape": SHAPE, "timezone": timezone}
            with self._tables.transaction() as connection:
                held = dict(connection.execute("SELECT name, value FROM settings").fetchall())
                if self._index.new or held != derived:
                    self._tables.derive_anew(connection)
                    connection.executemany(
                        "INSERT OR REPLACE INTO settings VALUES (?, ?)", derived.items()
                    )
            catch_up(self._tables, self._index, self.zone)

    # writing ------------------------------------------------------------------------------------

    def upsert(self, records: Sequence[Record]) -> Upserted:
        with self._changing() as change:
            return change.upsert(records)

    def delete(self, filters: Filters) -> int:
        from vigie.store.scanning import filter_sql

        condition, values = filter_sql(filters)
        with self._changing() as change:
            ids = change.connection.execute(
                f"SELECT id FROM columns WHERE {condition}", values
            ).fetchall()
            return change.remove_posts([id for (id,) in ids])

    def change(self, kind: type[R], id: str, expected: R | None, record: R) -> bool:
        if record.id != id:
            raise StoreError(f"record {record.id!r} under the id {id!r}")
        return self.change_many([(expected, record)])[0]

    def change_many(self, changes: Sequence[tuple[R | None, R]]) -> list[bool]:
        done = []
        with self._changing() as change:
            for expected, record in changes:
                (present,) = self.get([record.id], type(record))
                done.append(present == expected)
                if present != expected:
                    continue
                if isinstance(record, Post):
                    change.replace_post(record)
                elif isinstance(record, MetricSample):
                    raise StoreError("metric samples are never changed")
                else:
                    change.replace_record(record)
        return done

    def states(self) -> Iterator[State]:
        connection = self._tables.connect()
        try:
            for doc, stamps in connection.execute("SELECT doc, stamps FROM posts ORDER BY row"):
                yield State("post", doc, stamps)
            for kind, doc, stamps in connection.execute(
                "SELECT kind, doc, stamps FROM records ORDER BY kind, id"
            ):
                yield State(kind, doc, stamps)
            for row in connection.execute("SELECT * FROM samples"):
                yield State(MetricSample.record_kind, blob_of(sample_of(row)))
        finally:
            connection.close()

    def adopt(self, states: Sequence[State]) -> None:
        with self._changing() as change:
            change.adopt(states)

    def rebuild(self, progress: Told = untold) -> None:
        with self._lock:
            with self._tables.transaction() as connection:
                self._tables.derive_anew(connection)
            catch_up(self._tables, self._index, self.zone, anew=True, progress=progress)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[Change]:
        """One change: on disk and in the index when the block ends, undone when it raises."""
        with self._lock, ExitStack() as stack:
            if not self.read_only:
                catch_up(self._tables, self._index, self.zone)
            writing = None
            with self._tables.transaction() as connection:
                change = Change(connection, self.zone)
                yield change
                if change.touched or change.gone:
                    writing = stack.enter_context(self._index.writing())
                    change.derive(writing)
            if writing:
                writing.commit()
                clean(self._tables)

    # reading ------------------------------------------------------------------------------------

    def get(self, ids: Sequence[str], kind: type[R]) -> list[R | None]:
        if kind is Post:
            return [found.get(id) for found in [self._posts(ids)] for id in ids]  # type: ignore[misc]
        if kind is MetricSample:
            return [self._sample(id) for id in ids]  # type: ignore[misc]
        held = self._tables.connection.execute(
            "SELECT id, doc FROM records WHERE kind = ? AND id IN (SELECT value FROM json_each(?))",
            (kind.record_kind, listed(ids)),
        )
        found = {id: kind.model_validate_json(doc) for id, doc in held}
        return [found.get(id) for id in ids]

    def _posts(self, ids: Sequence[str]) -> dict[str, Post]:
        found: dict[str, Post] = {}
        for id, doc, tombstone in self._tables.connection.execute(_POSTS, (listed(ids),)):
            post = Post.model_validate_json(doc)
            if tombstone:
                state = state_of(orjson.loads(doc), orjson.loads(tombstone))
                post = post.model_copy(update={"state": state})
            found[id] = post
        return found

    def _sample(self, id: str) -> MetricSample | None:
        entity, _, rest = id.rpartition("|")[0].rpartition("|")
        try:
            at = datetime.fromisoformat(id.rpartition("|")[2])
        except ValueError:
            return None
        low = round(at.timestamp() * 1e6)
        row = self._tables.connection.execute(
            "SELECT * FROM samples WHERE entity = ? AND metric = ? "
            "AND captured_at BETWEEN ? AND ? LIMIT 1",
            (entity, rest, low, low + 999),
        ).fetchone()
        return None if row is None else sample_of(row)

    def all(self, kind: type[R], *, prefix: str = "") -> Iterator[R]:
        connection = self._tables.connection
        end = prefix + "\U0010ffff"
        if kind is MetricSample:
            rows = connection.execute(
                "SELECT * FROM samples WHERE entity >= ? AND entity <= ?", (prefix, end)
            ).fetchall()
            yield from (sample_of(row) for row in rows)  # type: ignore[misc]
            return
        last, sign = prefix, ">="
        while True:
            # By pages, so that the caller may write between two of them.
            page = connection.execute(
                f"SELECT id, doc FROM records WHERE kind = ? AND id {sign} ? AND id <= ? "
                "ORDER BY id LIMIT 1000",
                (kind.record_kind, last, end),
            ).fetchall()
            yield from (kind.model_validate_json(doc) for _, doc in page)
            if len(page) < 1000:
                return
            last, sign = page[-1][0], ">"

    def documents(self, ids: Sequence[str]) -> list[dict[str, Any] | None]:
        rows = self._tables.connection.execute(
            "SELECT row FROM posts WHERE id IN (SELECT value FROM json_each(?))", (listed(ids),)
        ).fetchall()
        found = {
            document["id"]: document
            for _, document, _ in joined(
                self._tables.connection, self.zone, [row for (row,) in rows]
            )
        }
        return [found.get(id) for id in ids]

    # questions ----------------------------------------------------------------------------------

    def search(
        self,
        query: str = "*",
        filters: Filters = _NO_FILTERS,
        sort: str = "-published_at",
        page: Page = _FIRST_PAGE,
        highlight: bool = False,
    ) -> Hits:
        node, question = self._question(query, filters)
        total, best = searching.best(
            self._index.searcher(),
            self._index.schema,
            question,
            sort if sort != "relevance" or next(wanted(node), None) else "-published_at",
            size=page.size,
            offset=page.offset,
            after=page.after,
        )
        rows = [row for _, _, row in best]
        found = {
            row: (document, doc)
            for row, document, doc in joined(self._tables.connection, self.zone, rows)
        }
        hits = []
        for value, _, row in best:
            if row not in found:  # deleted since that state of the index
                continue
            document, doc = found[row]
            post = Post.model_validate_json(doc)
            if post.state != document["state"]:
                post = post.model_copy(update={"state": document["state"]})
            piece = None
            if highlight:
                piece = mark(node, post.text or "") or mark(node, post.title or "")
            hits.append(Hit(post, document, piece, (value, post.id)))
        return Hits(total, hits)

    def aggregate(self, query: str, filters: Filters, aggs: dict[str, Any]) -> dict[str, Any]:
        from vigie.store.aggregating import Aggregator

        node, question = self._question(query, filters)
        let_in = replace(filters, states=searching.states_of(node, filters))
        since, until = filters.since, filters.until
        window = None
        if since and until and since < until:
            window = round(since.timestamp() * 1e6), round(until.timestamp() * 1e6) - 1
        aggregator = Aggregator(
            self._index.searcher(),
            lambda text: compile_query(self._settle(self._parse(text), let_in), self._index.schema),
            window,
        )
        return aggregator.run(question, aggs)

    def scan(
        self, filters: Filters, columns: Sequence[str], *, query: str = "*", batch: int = 50_000
    ) -> Iterator[pl.DataFrame]:
        from vigie.store import scanning

        scanning.check(columns)
        node, question = self._question(query, filters)
        connection = self._tables.connect()
        try:
            if isinstance(node, All) and scanning.wide(filters):
                condition, values = scanning.filter_sql(filters)
            else:
                rows = searching.rows(self._index.searcher(), question)
                connection.execute("CREATE TEMP TABLE wanted (row INTEGER PRIMARY KEY)")
                connection.executemany("INSERT INTO wanted VALUES (?)", ((row,) for row in rows))
                condition, values = "row IN wanted", []
            yield from scanning.frames(connection, condition, values, columns, batch)
        finally:
            connection.close()

    def samples(self, entities: Sequence[str], metrics: Sequence[str] = ()) -> pl.DataFrame:
        from vigie.store.scanning import sample_frame

        condition, values = "", [listed(entities)]
        if metrics:
            condition = "AND metric IN (SELECT value FROM json_each(?)) "
            values.append(listed(metrics))
        rows = self._tables.connection.execute(
            "SELECT entity, metric, captured_at, value FROM samples "
            f"WHERE entity IN (SELECT value FROM json_each(?)) {condition}"
            "ORDER BY captured_at, entity, metric",
            values,
        ).fetchall()
        return sample_frame(rows)

    def _question(self, query: str, filters: Filters) -> tuple[Node, Query]:
        node = self._parse(query)
        settled = self._settle(node, filters)
        return node, searching.compile_question(self._index.schema, settled, filters)

    def _settle(self, node: Node, filters: Filters) -> Node:
        """The query with what tantivy cannot say decided, within the filters."""
        searcher = self._index.searcher()
        key = (node, filters, self._index.generation)
        if key in self._settled:
            return self._settled[key]
        let_in = replace(filters, states=searching.states_of(node, filters))

        def find(wish: Node) -> Iterator[dict[str, Any]]:
            question = searching.compile_question(self._index.schema, wish, let_in, lax=True)
            rows = searching.rows(searcher, question)
            return (doc for _, doc, _ in joined(self._tables.connection, self.zone, rows))

        settled = settle(node, sayable, find)
        if settled is not node:
            if len(self._settled) >= SETTLED:
                self._settled.clear()
            self._settled[key] = settled
        return settled

    def _parse(self, query: str) -> Node:
        return parse(query if query.strip() else "*", timezone=self.timezone)

    # coordination -------------------------------------------------------------------------------

    def claim(self, name: str, holder: str, ttl: float) -> bool:
        # The machine's time: leases are between processes and no part of the watched world.
        now = time.time()
        with self._tables.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO leases VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE "
                "SET holder = excluded.holder, until = excluded.until "
                "WHERE leases.holder = excluded.holder OR leases.until <= ?",
                (name, holder, now + ttl, now),
            )
            return cursor.rowcount == 1

    def release(self, name: str, holder: str) -> None:
        with self._tables.transaction() as connection:
            connection.execute("DELETE FROM leases WHERE name = ? AND holder = ?", (name, holder))

    def verify(self) -> list[str]:
        from vigie.store.verifying import differences

        return differences(self._tables.connection, self._index, self.zone)

    def close(self) -> None:
        self._tables.close()
