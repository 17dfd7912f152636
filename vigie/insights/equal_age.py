"""Engagement at equal age: posts are compared by what they had 72 h after publication, else every
Monday's engagement would seem to fall."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from vigie.metrics import engagement_column

AGE = timedelta(hours=72)
TOLERANCE = timedelta(hours=24)
COUNTERS = ("likes", "shares", "replies", "quotes", "saves")


def measure(
    posts: pl.DataFrame,
    samples: pl.DataFrame,
    *,
    now: datetime,
    age: timedelta = AGE,
    tolerance: timedelta = TOLERANCE,
) -> pl.DataFrame:
    """`posts` with `at_age` (engagement in the observation nearest to `age`, at most `tolerance`
    away), and `age_state`: comparable, in_progress (still too young at `now`), unknown_count (a
    counter is not given), not_comparable (nobody looked near that age)."""
    keys = posts.select(pl.col("id").alias("entity"), "platform", "published_at")
    observed = (
        samples.filter(pl.col("metric").is_in(COUNTERS))
        .join(keys, on="entity")
        .group_by("entity", "platform", "published_at", "captured_at")
        .agg(_counter(name) for name in COUNTERS)
        .with_columns(engagement_column())
        .select("entity", "published_at", "captured_at", "engagement")
    )
    last = posts.select(
        pl.col("id").alias("entity"),
        "published_at",
        captured_at="collected_at",
        engagement="engagement",
    )
    away = (pl.col("captured_at") - pl.col("published_at") - age).abs()
    near = (
        pl.concat([observed, last])
        .filter(pl.col("engagement").is_not_null())
        .with_columns(away=away)
        .filter(pl.col("away") <= tolerance)
        .sort("away", "captured_at", "engagement")
        .group_by("entity", maintain_order=True)
        .first()
        .select(id="entity", at_age="engagement", at_age_at="captured_at")
    )
    young = pl.col("published_at") > now - age + tolerance
    return posts.join(near, on="id", how="left").with_columns(
        age_state=pl.when(pl.col("at_age").is_not_null())
        .then(pl.lit("comparable"))
        .when(pl.col("engagement").is_null())
        .then(pl.lit("unknown_count"))
        .when(young)
        .then(pl.lit("in_progress"))
        .otherwise(pl.lit("not_comparable"))
    )


def _counter(name: str) -> pl.Expr:
    chosen = pl.col("value").filter(pl.col("metric") == name)
    return chosen.max().cast(pl.Int64).alias(name)
