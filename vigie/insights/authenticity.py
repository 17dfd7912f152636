"""Authenticity signals: what an account's public activity shows beside its numbers. Each is a value
to look at; none says that a person is not genuine."""

from __future__ import annotations

import math
from typing import Any

import polars as pl

COMMENTS_AT_LEAST = 8
JUMP = 0.15  # a rise by more than this between two counts at most a week apart
_GENERIC = (
    "super superbe excellent excellente style stylee classe ouf dingue whaou wahou wouah hate "
    "top genial geniale magnifique bravo merci sublime canon incroyable parfait parfaite "
    "trop beau belle bien jolie joli adore jadore j vraiment tellement c est ca oui waouh ouah "
    "love this it so nice great awesome amazing beautiful cool wow pretty stunning perfect lovely "
    "fire goals dream shot content pic photo post video good job best very much the you your "
    "gorgeous obsessed queen king iconic insane stunner brilliant fab fabulous wonderful yay "
    " need want yes check dm me us collab follow back page like look looks "
    "inspiration inspirant inspiring keep up work going continue comme ca"
)
# Marks, handles, tags and emojis go first; what is left of a generic comment are such words only.
_CLEAN = r"[@#]\S+|https?://\S+|[^\p{L}\s]"
_GENERIC_ONLY = rf"^\s*(?:(?:{_GENERIC.replace(' ', '|')})\s+){{0,6}}$"
_FOLDED = str.maketrans("àâäéèêëîïôöùûüç", "aaaeeeeiioouuuc")


def generic() -> pl.Expr:
    """Whether a comment could stand under any post: praise without a word on its subject."""
    text = pl.col("text").fill_null("").str.to_lowercase()
    for accented, plain in _FOLDED.items():
        text = text.str.replace_all(chr(accented), chr(plain), literal=True)
    cleaned = text.str.replace_all(_CLEAN, " ") + " "
    return cleaned.str.contains(_GENERIC_ONLY).alias("generic")


def comments(posts: pl.DataFrame) -> pl.DataFrame:
    """By account: `comments` under its posts by others, `generic_comment_share`, and
    `repeated_commenter_share` (of the comments, by people who commented three or more of its
    posts). Shares are null below `COMMENTS_AT_LEAST` comments."""
    parents = posts.select(parent_id="id", owner_id="author_id").drop_nulls()
    under = (
        posts.filter(pl.col("parent_id").is_not_null())
        .select("parent_id", "author_id", "text")
        .join(parents, on="parent_id")
        .filter(pl.col("author_id") != pl.col("owner_id"))
        .with_columns(generic())
    )
    repeated = (
        under.group_by("owner_id", "author_id")
        .agg(commented=pl.col("parent_id").n_unique(), wrote=pl.len())
        .group_by("owner_id")
        .agg(again=pl.col("wrote").filter(pl.col("commented") >= 3).sum())
    )
    enough = pl.col("comments") >= COMMENTS_AT_LEAST
    return (
        under.group_by("owner_id")
        .agg(comments=pl.len(), generic=pl.col("generic").sum())
        .join(repeated, on="owner_id")
        .select(
            "comments",
            author_id="owner_id",
            generic_comment_share=pl.when(enough).then(pl.col("generic") / pl.col("comments")),
            repeated_commenter_share=pl.when(enough).then(pl.col("again") / pl.col("comments")),
        )
    )


def jumps(samples: pl.DataFrame) -> pl.DataFrame:
    """By account: `follower_jumps` (rises by more than 15 % between two counts at most a week
    apart) and `growth` (last / first − 1); null for a single count."""
    known = samples.filter((pl.col("metric") == "followers") & (pl.col("value") > 0))
    rise = pl.col("value") / pl.col("value").shift(1) - 1
    near = pl.col("captured_at").diff() <= pl.duration(days=7)
    several = pl.len() > 1
    return (
        known.sort("captured_at")
        .group_by("entity")
        .agg(
            follower_jumps=pl.when(several).then(((rise > JUMP) & near).sum()),
            growth=pl.when(several).then(pl.col("value").last() / pl.col("value").first() - 1),
        )
        .rename({"entity": "author_id"})
    )


def copied(posts: pl.DataFrame) -> pl.DataFrame:
    """By account: `copied_share`, of its posts those that repeat a story told before."""
    first = pl.col("story_id").is_null() | (pl.col("story_id") == pl.col("id"))
    return posts.group_by("author_id").agg(copied_share=1 - first.mean())


def judge(signals: dict[str, Any]) -> float | None:
    """The signals as one component in 0..1 (1: nothing stands out); None where none is known. Each
    known signal takes away what it exceeds the usual by, and the strongest counts. An account of
    which little is known is not cleared: one known signal gives two thirds at most."""
    concerns = [
        _beyond(signals.get("generic_comment_share"), 0.2, 0.7),
        _beyond(signals.get("repeated_commenter_share"), 0.4, 0.9),
        _beyond(signals.get("copied_share"), 0.2, 0.8),
        _beyond(signals.get("follower_jumps"), 0.0, 3.0),
        _beyond(_distance(signals.get("comment_like_ratio_z")), 3.0, 10.0),
        _beyond(signals.get("following_follower_ratio"), 3.0, 20.0),
    ]
    known = [concern for concern in concerns if concern is not None]
    if not known:
        return None
    return min(1 - max(known), 0.6 + 0.4 * len(known) / len(concerns))


def _distance(z: float | None) -> float | None:
    return None if z is None else math.fabs(z)


def _beyond(value: float | None, usual: float, extreme: float) -> float | None:
    if value is None:
        return None
    return min(1.0, max(0.0, (value - usual) / (extreme - usual)))
