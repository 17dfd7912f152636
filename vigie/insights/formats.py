"""Which format works for an account, at equal age: giveaways and paid posts are left out, for a
giveaway is never a format that works."""

from __future__ import annotations

from typing import Any

import polars as pl

COMPARABLE_AT_LEAST = 3
SLOT_SHARE = 0.5  # a format has a slot when at least half of its posts share weekday and hour
EXAMPLES = 5


def compare(posts: pl.DataFrame, timezone: str) -> dict[str, dict[str, Any]]:
    """By format, most successful first: posts, share of posts in %, n comparable, median engagement
    at equal age, index against the account's usual with its quartiles, typical slot and length,
    example posts. `posts`: one brand's originals with `format`, `at_age`, `giveaway`, `paid`."""
    organic = pl.col("at_age").is_not_null() & ~pl.col("giveaway") & ~pl.col("paid")
    usual = (
        posts.filter(organic)
        .group_by("platform")
        .agg(usual=pl.col("at_age").median())
        .filter(pl.col("usual") > 0)
    )
    local = pl.col("published_at").dt.convert_time_zone(timezone)
    told = posts.join(usual, on="platform", how="left").with_columns(
        index=pl.when(organic).then(pl.col("at_age") / pl.col("usual")),
        weekday=local.dt.weekday() - 1,
        hour=local.dt.hour().cast(pl.Int64),
    )
    found = {}
    for (shape,), group in told.group_by("format", maintain_order=True):
        known = group["index"].drop_nulls()
        enough = known.len() >= COMPARABLE_AT_LEAST
        found[str(shape)] = {
            "posts": group.height,
            "share": round(group.height / posts.height * 100, 1),
            "n": known.len(),
            "engagement": group.filter(organic)["at_age"].median() if enough else None,
            "index": _rounded(known.median()) if enough else None,
            "low": _rounded(known.quantile(0.25, interpolation="linear")) if enough else None,
            "high": _rounded(known.quantile(0.75, interpolation="linear")) if enough else None,
            "giveaways": int(group["giveaway"].sum()),
            "paid": int(group["paid"].sum()),
            "duration_s": group["media_duration_s"].median(),
            "slot": _slot(group),
            "since": group["published_at"].min().date().isoformat(),  # type: ignore[union-attr]
            "post_ids": _examples(group.filter(organic)),
        }
    return dict(sorted(found.items(), key=lambda item: (-(item[1]["index"] or 0), item[0])))


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 2)


def _slot(posts: pl.DataFrame) -> dict[str, Any] | None:
    """The weekday (0 is Monday) and hour that at least half of the posts share."""
    if posts.height < COMPARABLE_AT_LEAST:
        return None
    slots = posts.group_by("weekday", "hour").len().sort("len", "weekday", "hour", descending=True)
    weekday, hour, count = slots.row(0)
    share = count / posts.height
    if share < SLOT_SHARE:
        return None
    return {"weekday": int(weekday), "hour": int(hour), "share": round(share * 100, 1)}


def _examples(posts: pl.DataFrame) -> list[str]:
    return posts.sort("at_age", "id", descending=[True, False])["id"].head(EXAMPLES).to_list()
