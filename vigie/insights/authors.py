"""What is counted of each author in a period: activity, subject, reactions, mentions of brands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import polars as pl

from vigie.insights import authenticity, frames

EVIDENCE = 5
_MATURE = timedelta(hours=24)  # engagement of younger observations tells little


def facts(
    posts: pl.DataFrame,
    accounts: pl.DataFrame,
    samples: pl.DataFrame | None,
    own: Sequence[str],
    rivals: Sequence[str],
    in_trend: Collection[str],
    since: datetime,
    until: datetime,
) -> pl.DataFrame:
    """One row per author. `posts` has the column `paid`; `own` and `rivals` are brand ids;
    `in_trend` are ids of posts that belong to a trend."""
    weeks = max(1.0, (until - since) / timedelta(weeks=1))
    spontaneous = (pl.col("origin") == "earned") & ~pl.col("paid")
    named = pl.col("brands").fill_null([])
    tagged = posts.with_columns(
        trending=pl.col("id").is_in(list(in_trend)),
        own=named.list.set_intersection(own).list.len() > 0,
        rival=named.list.set_intersection(rivals).list.len() > 0,
        week=pl.col("published_at").dt.truncate("1w"),
        mature=pl.col("collected_at") - pl.col("published_at") >= _MATURE,
        original=~pl.col("kind").is_in(["reply", "comment"]),
    ).with_columns(
        relevant=pl.col("own")
        | pl.col("rival")
        | (pl.col("topics").fill_null([]).list.len() > 0)
        | pl.col("trending")
    )
    measured = pl.col("engagement").filter(pl.col("mature") & pl.col("original"))
    replies = pl.col("replies").filter(pl.col("mature") & pl.col("likes").is_not_null())
    likes = pl.col("likes").filter(pl.col("mature") & pl.col("replies").is_not_null())
    by_author = tagged.group_by("author_id").agg(
        platform=pl.col("platform").first(),
        handle=pl.col("author_handle").drop_nulls().last(),
        name=pl.col("author_name").drop_nulls().last(),
        seen_followers=pl.col("author_followers").drop_nulls().last(),
        posts=pl.len(),
        relevant=pl.col("relevant").sum(),
        visual=pl.col("media_kinds").fill_null([]).list.len().gt(0).mean(),
        consistency=(pl.col("week").n_unique() / weeks).clip(0, 1),
        measured=measured.drop_nulls().len(),
        engagement_median=measured.median(),
        comment_like_ratio=pl.when(likes.sum() >= 50).then(replies.sum() / likes.sum()),
        sponsored_share=pl.col("paid").mean(),
        own_mentions=(pl.col("own") & spontaneous).sum(),
        own_tone=pl.col("sentiment_score").filter(pl.col("own") & spontaneous).mean(),
        competitor_mentions=(pl.col("rival") & spontaneous).sum(),
        terms=pl.col("hashtags").filter(pl.col("relevant")).list.explode().drop_nulls(),
        evidence=pl.col("id")
        .filter(pl.col("relevant"))
        .sort_by(
            pl.col("trending").filter(pl.col("relevant")),
            pl.col("engagement").filter(pl.col("relevant")).fill_null(-1),
            descending=[True, True],
        )
        .head(EVIDENCE),
        first_seen_at=pl.col("published_at").min(),
    )
    known = accounts.select(
        "bio",
        author_id="id",
        account_kind="kind",
        account_name="name",
        account_followers="followers",
        following="following",
    ).unique("author_id", keep="any")
    moved = authenticity.jumps(frames.empty(frames.SAMPLES) if samples is None else samples)
    return (
        by_author.join(known, on="author_id", how="left")
        .join(authenticity.comments(posts), on="author_id", how="left")
        .join(authenticity.copied(posts), on="author_id", how="left")
        .join(moved, on="author_id", how="left")
        .with_columns(followers=pl.coalesce("account_followers", "seen_followers"))
        .with_columns(
            er=pl.when(pl.col("measured") >= 2).then(
                pl.when(pl.col("followers") > 0)
                .then(pl.col("engagement_median") / pl.col("followers"))
                .when(pl.col("followers").is_null())
                .then(pl.col("engagement_median"))
            ),
            following_follower_ratio=pl.when(pl.col("followers") > 0).then(
                pl.col("following") / pl.col("followers")
            ),
        )
        .sort("author_id")
    )
