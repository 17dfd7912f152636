"""Catching up: columns and index entries of posts that are noted as dirty."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from vigie.store import Told, untold
from vigie.store.changing import CHUNK, derive_rows
from vigie.store.index import SearchIndex
from vigie.store.tables import Tables, listed

STEP = 10 * CHUNK  # rows that are derived before they are noted as done


def catch_up(
    tables: Tables,
    index: SearchIndex,
    zone: ZoneInfo,
    *,
    anew: bool = False,
    progress: Told = untold,
) -> None:
    """Derives what is noted as dirty: what a process that died, or another shape of the index, has
    left. By steps that are each done for good, so that one that is killed again goes on where it
    was; but an index that is made `anew` is seen whole or as it was. The caller holds the lock."""
    rows = [row for (row,) in tables.connection.execute("SELECT row FROM dirty ORDER BY row")]
    if not rows and not anew:
        return
    size = max(len(rows), 1) if anew else STEP
    for begin in range(0, max(len(rows), 1), size):
        many = rows[begin : begin + size]
        with index.writing() as writing:
            if anew:
                writing.drop_all()
            for start in range(0, len(many), STEP):
                step = many[start : start + STEP]
                with tables.transaction() as connection:
                    new = set(step) if anew else frozenset[int]()
                    derive_rows(connection, zone, step, writing, new)
                progress(begin + start + len(step), len(rows))
            writing.commit()
        clean(tables, many)


def clean(tables: Tables, rows: Sequence[int] | None = None) -> None:
    """Forgets that these rows are dirty, or that any are: the index has them."""
    with tables.transaction() as connection:
        if rows is None:
            connection.execute("DELETE FROM dirty")
        else:
            connection.execute(
                "DELETE FROM dirty WHERE row IN (SELECT value FROM json_each(?))", (listed(rows),)
            )
