"""Whether what is derived is what follows from the documents."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from tantivy import Query, Searcher

from vigie.merging import Dump, microseconds
from vigie.query.compiling import between
from vigie.store.changing import joined
from vigie.store.index import SearchIndex, entry_of
from vigie.store.tables import COLUMNS, columns_of

CHUNK = 5_000  # rows at a time


def differences(connection: sqlite3.Connection, index: SearchIndex, zone: ZoneInfo) -> list[str]:
    """What differs between documents, columns and index, in words; empty: nothing."""
    wrong: list[str] = []
    (broken,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if broken != "ok":
        wrong.append(f"SQLite: {broken}")
    (dirty,) = connection.execute("SELECT count(*) FROM dirty").fetchone()
    if dirty:
        wrong.append(f"{dirty} posts wait for the index")
    (alone,) = connection.execute(
        "SELECT count(*) FROM columns WHERE row NOT IN (SELECT row FROM posts)"
    ).fetchone()
    if alone:
        wrong.append(f"{alone} rows of columns have no document")
    searcher = index.searcher()
    (last,) = connection.execute("SELECT coalesce(max(row), 0) FROM posts").fetchone()
    names = ", ".join(COLUMNS)
    known = 0
    for low in range(1, last + 1, CHUNK):
        rows = connection.execute(
            "SELECT row FROM posts WHERE row >= ? AND row < ?", (low, low + CHUNK)
        ).fetchall()
        entries = _entries(searcher, index, low, low + CHUNK)
        known += sum(len(found) for found in entries.values())
        documents = dict(_documents(connection, zone, [row for (row,) in rows]))
        for row, document in documents.items():
            found = entries.pop(row, [])
            if document is None:
                wrong.append(f"row {row}: its document cannot be read")
                continue
            id = document["id"]
            times = published, collected, _ = (
                microseconds(document["published_at"]),
                microseconds(document["collected_at"]),
                microseconds(document["first_seen_at"]),
            )
            if len(found) != 1:
                wrong.append(f"{id}: {len(found)} times in the index")
            elif found[0] != entry_of(document, row, times)["digest"]:
                wrong.append(f"{id}: the index has another state of it")
            expected = columns_of(document, published, collected)
            present = connection.execute(
                f"SELECT {names} FROM columns WHERE row = ?", (row,)
            ).fetchone()
            if present != expected:  # True == 1, as SQLite keeps it
                wrong.append(f"{id}: its columns are not its document's")
        wrong += [f"row {row}: in the index, without a document" for row in sorted(entries)]
    if searcher.num_docs != known:
        wrong.append(f"the index holds {searcher.num_docs - known} entries that no row has")
    return wrong


def _documents(
    connection: sqlite3.Connection, zone: ZoneInfo, rows: Sequence[int]
) -> Iterator[tuple[int, Dump | None]]:
    """Rows with their index documents; None where what is kept cannot be read."""
    try:
        whole = [(row, document) for row, document, _ in joined(connection, zone, rows)]
    except (ValueError, LookupError, TypeError):
        if len(rows) == 1:
            yield rows[0], None
            return
        for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
            yield from _documents(connection, zone, half)
        return
    yield from whole


def _entries(searcher: Searcher, index: SearchIndex, low: int, high: int) -> dict[int, list[int]]:
    """The digests of what the index holds of the rows low ≤ row < high."""
    query: Query = between(index.schema, "row", low, high)
    hits = searcher.search(query, max(searcher.num_docs, 1), order_by_field="row").hits
    digests = searcher.fast_field_values("digest", [address for _, address in hits])
    found: dict[int, list[int]] = {}
    for (row, _), digest in zip(hits, digests, strict=True):
        found.setdefault(row, []).append(int(digest or 0))
    return found
