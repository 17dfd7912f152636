"""What the public says: the posts that trends and alerts count; names that are no subject."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import polars as pl

from vigie.insights.terms import copy_keys, fold
from vigie.watchlist import Brand

_SAID = pl.concat_str("title", "text", separator=" ", ignore_nulls=True).fill_null("")


def earned(posts: pl.DataFrame, since: datetime, until: datetime) -> pl.DataFrame:
    """Live earned posts of a period, in order of time, without reposts and without coincidences of
    names. Adds `said` (title and text), `source` (the author, else the post) and `story` (its
    story, else a hash of what is said). A post whose origin is not told apart yet counts."""
    kept = posts.filter(
        (pl.col("published_at") >= since)
        & (pl.col("published_at") < until)
        & pl.col("state").fill_null("live").eq("live")
        & pl.col("origin").fill_null("earned").eq("earned")
        & pl.col("kind").ne("repost")
        & pl.col("repost_of").is_null()
        & (
            (pl.col("homonyms").list.len().fill_null(0) == 0)
            | (pl.col("brands").list.len().fill_null(0) > 0)
        )
    ).sort("published_at", "id")
    kept = kept.with_columns(said=_SAID, source=pl.coalesce("author_id", "author_handle", "id"))
    copies = copy_keys(kept["said"]).cast(pl.String)
    story = kept["story_id"].zip_with(kept["story_id"].is_not_null(), copies)
    return kept.with_columns(story=story)


def owned(posts: pl.DataFrame, since: datetime, until: datetime) -> pl.DataFrame:
    """What the brands publish in a period, in order of time, with `said`."""
    return (
        posts.filter(
            (pl.col("published_at") >= since)
            & (pl.col("published_at") < until)
            & (pl.col("origin") == "owned")
        )
        .sort("published_at", "id")
        .with_columns(said=_SAID)
    )


def first_of_stories(posts: pl.DataFrame) -> pl.DataFrame:
    """Each story once: its first post."""
    return posts.unique("story", keep="first", maintain_order=True)


def words_of(names: Iterable[str]) -> frozenset[str]:
    """Names as terms: folded, with and without their spaces."""
    words = set()
    for name in names:
        folded = fold(name).replace("-", " ").strip("@# ")
        words |= {folded, folded.replace(" ", "")}
    return frozenset(words)


def names_of(brands: Collection[Brand]) -> list[str]:
    """The names, spellings and handles of brands."""
    return [
        name
        for brand in brands
        for name in (
            brand.id,
            brand.name,
            *brand.names,
            *(handle for handles in brand.accounts.values() for handle in handles),
        )
    ]
