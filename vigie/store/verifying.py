"""Whether what is derived is what follows from the documents."""

from __future__ import annotations

import sqlite3
from zoneinfo import ZoneInfo

from tantivy import Query, Searcher

from vigie.merging import microseconds
from vigie.query.compiling import between
from vigie.store.changing import joined
from vigie.store.index import SearchIndex
from vigie.store.tables import COLUMNS, columns_of

CHUNK = 5_000  # rows at a time
_COMPARED = ("published_at", "collected_at", "engagement")  # they move with every observation


def differences(connection: sqlite3.Connection, index: SearchIndex, zone: ZoneInfo) -> list[str]:
    """What differs between documents, columns and index, in words; empty: nothing."""
    wrong: list[str] = []
    (broken,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if broken != "ok":
        wrong.append(f"SQLite: {broken}")
    (dirty,) = connection.execute("SELECT count(*) FROM dirty").fetchone()
    if dirty:
        wrong.append(f"{dirty} posts wait for the index")
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
        for row, document, _ in joined(connection, zone, [row for (row,) in rows]):
            id, found = document["id"], entries.pop(row, [])
            published = microseconds(document["published_at"])
            collected = microseconds(document["collected_at"])
            if len(found) != 1:
                wrong.append(f"{id}: {len(found)} times in the index")
            elif found[0] != (published, collected, document.get("engagement")):
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


def _entries(
    searcher: Searcher, index: SearchIndex, low: int, high: int
) -> dict[int, list[tuple[int | float | None, ...]]]:
    """What the index holds of the rows low ≤ row < high, to compare."""
    query: Query = between(index.schema, "row", low, high)
    hits = searcher.search(query, max(searcher.num_docs, 1), order_by_field="row").hits
    addresses = [address for _, address in hits]
    columns = [searcher.fast_field_values(name, addresses) for name in _COMPARED]
    found: dict[int, list[tuple[int | float | None, ...]]] = {}
    for (row, _), *values in zip(hits, *columns, strict=True):
        found.setdefault(row, []).append(tuple(values))
    return found
