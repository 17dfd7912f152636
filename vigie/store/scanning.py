"""Columns of posts as polars frames, straight from the typed columns of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from vigie.errors import StoreError
from vigie.insights.frames import POSTS, SAMPLES
from vigie.store import Filters
from vigie.store.tables import COLUMNS, SEPARATOR, listed

_COLUMN = {
    "platforms": "platform", "languages": "language", "owners": "owner", "origins": "origin",
    "sentiments": "sentiment", "kinds": "kind", "states": "state", "authors": "author_id",
    "stories": "story_id", "ids": "id",
}  # fmt: skip
_LISTS = ("brands", "topics")


def check(columns: Sequence[str]) -> None:
    """Raises StoreError for a column that there is not."""
    unknown = [name for name in columns if name not in POSTS]
    if unknown:
        raise StoreError(f"no column {', '.join(unknown)}", do=f"columns: {', '.join(POSTS)}")


def wide(filters: Filters) -> bool:
    """Whether filters narrow by time and state alone, so that most rows of a period are read: the
    table is walked. Else the search index tells which."""
    return not any(getattr(filters, name) for name in (*_COLUMN, *_LISTS) if name != "states")


def filter_sql(filters: Filters) -> tuple[str, list[Any]]:
    """The filters as a condition on `columns`, with its parameters."""
    parts: list[str] = []
    values: list[Any] = []
    for bound, sign in ((filters.since, ">="), (filters.until, "<")):
        if bound is not None:
            parts.append(f"published_at {sign} ?")
            values.append(round(bound.timestamp() * 1e6))
    for name, column in _COLUMN.items():
        if wanted := getattr(filters, name):
            parts.append(f"{column} IN (SELECT value FROM json_each(?))")
            values.append(listed(wanted))
    for name in _LISTS:
        if wanted := getattr(filters, name):
            fits = f"instr(?1||{name}||?1, ?1||value||?1)".replace("?1", "char(31)")
            parts.append(f"EXISTS (SELECT 1 FROM json_each(?) WHERE {fits})")
            values.append(listed(wanted))
    return " AND ".join(parts) or "1", values


def frames(
    connection: sqlite3.Connection,
    condition: str,
    values: Sequence[Any],
    columns: Sequence[str],
    batch: int,
) -> Iterator[pl.DataFrame]:
    """Frames of the rows that fulfil a condition, by time of publication and id."""
    cursor = connection.execute(
        f"SELECT {', '.join(columns)} FROM columns WHERE {condition} ORDER BY published_at, id",
        values,
    )
    while rows := cursor.fetchmany(batch):
        yield frame(rows, columns)


def frame(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> pl.DataFrame:
    """Rows of `columns` as a frame of the types of vigie/insights/frames.py."""
    return pl.DataFrame(
        [
            _series(name, values)
            for name, values in zip(columns, zip(*rows, strict=True), strict=True)
        ]
    )


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    dtype = POSTS[name]
    if COLUMNS[name] == "LIST":
        texts = pl.Series(name, values, dtype=pl.String)
        nothing = pl.lit([], dtype=pl.List(pl.String))
        split = (
            pl.when(pl.col(name) == "").then(nothing).otherwise(pl.col(name).str.split(SEPARATOR))
        )
        return texts.to_frame().select(split.alias(name))[name]
    if isinstance(dtype, pl.Datetime):
        ticks = pl.Series(name, values, dtype=pl.Int64)
        return ticks.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if isinstance(dtype, pl.Boolean):
        return pl.Series(name, values, dtype=pl.Int64).cast(pl.Boolean)
    return pl.Series(name, values, dtype=dtype)


def sample_frame(rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Rows of entity, metric, captured_at, value as a frame."""
    if not rows:
        return pl.DataFrame(schema=SAMPLES)
    entity, metric, captured, value = zip(*rows, strict=True)
    ticks = pl.Series("captured_at", captured, dtype=pl.Int64)
    return pl.DataFrame(
        [
            pl.Series("entity", entity, dtype=pl.String),
            pl.Series("metric", metric, dtype=pl.String),
            ticks.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
            pl.Series("value", value, dtype=pl.Float64),
        ]
    )
