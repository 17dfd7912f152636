"""The trend detector over a stream, day by day: `vigie evaluate trends STREAM --out F`."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from vigie.errors import ImportRefused

if TYPE_CHECKING:
    import polars as pl

DAY = timedelta(days=1)


def evaluate(stream: Path, out: Path) -> dict[str, Any]:
    """Walks a stream of JSON lines (`id`, `created_at`, `text`, `author`, and `hashtags` where
    given; `.gz` is read too), asks the detector at the end of each UTC day, writes what it said and
    returns it: `system`, `mode`, `posts`, `posts_per_s` (per CPU-second, reading included) and
    `trends` with `label`, `terms`, `start`, `end`, `post_ids`, `score`, `detected_at`. Raises
    ImportRefused."""
    started = time.process_time()
    posts = _read(stream)
    trends = list(walk(posts))
    seconds = time.process_time() - started
    report = {
        "system": "vigie",
        "mode": "stream",
        "posts": posts.height,
        "posts_per_s": round(posts.height / max(seconds, 1e-9)),
        "trends": trends,
    }
    out.write_text(json.dumps(report, ensure_ascii=False) + "\n", encoding="utf-8")
    return report


def walk(posts: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The subjects that burst at the end of each UTC day, from that day's posts and those before.
    `posts` has `id`, `at` (UTC), `source`, `text`."""
    import polars as pl

    from vigie.insights.bursts import Bursts
    from vigie.insights.terms import phrase_of

    posts = posts.sort("at", "id")
    if posts.is_empty():
        return
    origin = posts["at"][0].replace(hour=0, minute=0, second=0, microsecond=0)
    bursts = Bursts(origin)
    window = pl.DataFrame()
    for (day,), group in posts.group_by(pl.col("at").dt.date(), maintain_order=True):
        now = datetime(day.year, day.month, day.day, tzinfo=UTC) + DAY
        bursts.add(group)
        window = pl.concat([window, group], how="diagonal").filter(pl.col("at") >= now - 3 * DAY)
        for subject in bursts.at(now):
            mine = window.filter(pl.col("id").is_in(subject.posts))
            yield {
                "label": phrase_of(subject.terms[0], mine["text"], mine["hashtags"].to_list()),
                "terms": subject.terms[:10],
                "start": mine["at"].min().isoformat(),  # type: ignore[union-attr]
                "end": mine["at"].max().isoformat(),  # type: ignore[union-attr]
                "post_ids": subject.posts,
                "score": round(subject.score, 3),
                "detected_at": now.isoformat(),
            }


def _read(stream: Path) -> pl.DataFrame:
    import orjson
    import polars as pl

    columns: dict[str, list[Any]] = {
        name: [] for name in ("id", "at", "source", "text", "hashtags")
    }
    number = 0
    with gzip.open(stream) if stream.suffix == ".gz" else stream.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                post = orjson.loads(line)
                columns["id"].append(post["id"])
                columns["at"].append(post["created_at"])
                columns["source"].append(post.get("author") or post["id"])
                columns["text"].append(post["text"])
                columns["hashtags"].append(post.get("hashtags") or [])
            except (orjson.JSONDecodeError, KeyError, AttributeError, TypeError):
                raise _refusal(stream, number) from None
    kinds = {"hashtags": pl.List(pl.String)}
    frame = pl.DataFrame(columns, schema_overrides=kinds)
    try:
        return frame.with_columns(pl.col("at").str.to_datetime(time_unit="us", time_zone="UTC"))
    except pl.exceptions.PolarsError:
        bad = frame.with_columns(
            read=pl.col("at").str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
        )
        at = cast(int, bad["read"].is_null().arg_max())
        raise _refusal(stream, at + 1) from None


def _refusal(stream: Path, line: int) -> ImportRefused:
    return ImportRefused(
        "a line that is no post",
        where=f"{stream}, line {line}",
        do='write {"id": …, "created_at": "2026-11-23T09:00:00Z", "author": …, "text": …}',
    )
