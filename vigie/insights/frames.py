"""The frames that insights read: names and types of the columns that `Store.scan` yields."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from vigie.records import Account

POSTS: dict[str, pl.DataType] = {
    "id": pl.String(),
    "platform": pl.String(),
    "kind": pl.String(),
    "url": pl.String(),
    "author_id": pl.String(),
    "author_handle": pl.String(),
    "author_name": pl.String(),
    "author_followers": pl.Int64(),
    "author_verified": pl.Boolean(),
    "text": pl.String(),
    "title": pl.String(),
    "language": pl.String(),  # of the enrichment, else as the platform says
    "published_at": pl.Datetime("us", "UTC"),
    "collected_at": pl.Datetime("us", "UTC"),
    "parent_id": pl.String(),
    "root_id": pl.String(),
    "repost_of": pl.String(),
    "hashtags": pl.List(pl.String()),
    "mentions": pl.List(pl.String()),
    "links": pl.List(pl.String()),
    "media_kinds": pl.List(pl.String()),
    "media_duration_s": pl.Float64(),  # of the first video
    "likes": pl.Int64(),
    "shares": pl.Int64(),
    "replies": pl.Int64(),
    "quotes": pl.Int64(),
    "saves": pl.Int64(),
    "views": pl.Int64(),
    "engagement": pl.Int64(),  # null where a term is unknown
    "state": pl.String(),
    "origin": pl.String(),  # owned, earned, comment, paid; null: not told apart yet
    "owner": pl.String(),
    "brands": pl.List(pl.String()),
    "homonyms": pl.List(pl.String()),
    "topics": pl.List(pl.String()),
    "sentiment": pl.String(),  # negative, neutral, positive, unsure
    "sentiment_score": pl.Float64(),
    "sentiment_confidence": pl.Float64(),
    "entities": pl.List(pl.String()),  # canonical names
    "keyphrases": pl.List(pl.String()),
    "story_id": pl.String(),
}

SAMPLES: dict[str, pl.DataType] = {
    "entity": pl.String(),
    "metric": pl.String(),
    "captured_at": pl.Datetime("us", "UTC"),
    "value": pl.Float64(),
}


def empty(schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """A frame of that schema without rows."""
    return pl.DataFrame(schema=schema)


ACCOUNTS: dict[str, pl.DataType] = {
    "id": pl.String(),
    "platform": pl.String(),
    "handle": pl.String(),
    "name": pl.String(),
    "url": pl.String(),
    "bio": pl.String(),
    "kind": pl.String(),  # as the platform says: person, brand, media, bot; null: unknown
    "verified": pl.Boolean(),
    "created_at": pl.Datetime("us", "UTC"),
    "followers": pl.Int64(),
    "following": pl.Int64(),
    "posts": pl.Int64(),
    "owner": pl.String(),  # the brand that it belongs to
    "first_seen_at": pl.Datetime("us", "UTC"),
    "collected_at": pl.Datetime("us", "UTC"),
}


def of_accounts(accounts: Iterable[Account]) -> pl.DataFrame:
    """The frame of account records, one row each."""
    rows = [{name: getattr(account, name) for name in ACCOUNTS} for account in accounts]
    return pl.DataFrame(rows, schema=ACCOUNTS)
