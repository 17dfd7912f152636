"""Public engagement of a post, `eng.public` of the registry: one sum per network, once for the
store (a row at a time) and once for the frames of insights (a column at a time)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# What is summed, by network, in the names of `vigie.records.Counts`. Counters that a network shows
# to owners only (saves on Instagram, clicks on LinkedIn) are no term: they would make the sum of a
# competitor's post unknown.
TERMS: Mapping[str, tuple[str, ...]] = {
    "facebook": ("likes", "replies", "shares"),
    "instagram": ("likes", "replies"),
    "linkedin": ("likes", "replies", "shares"),
    "x": ("likes", "replies", "shares", "quotes"),
    "threads": ("likes", "replies", "shares", "quotes"),
    "bluesky": ("likes", "replies", "shares", "quotes"),
    "mastodon": ("likes", "replies", "shares"),
    "tiktok": ("likes", "replies", "shares"),
    "youtube": ("likes", "replies"),
    "pinterest": ("saves", "replies", "likes"),
    "reddit": ("likes", "replies"),  # likes is the score: net votes, can be negative
    "hackernews": ("likes", "replies"),
    "telegram": ("likes",),  # the public preview shows reactions and views only
    "feeds": ("replies",),
    "news": ("replies",),
}
OTHERS = ("likes", "replies", "shares")  # imported posts of a network that is not listed


def engagement(platform: str, counts: Mapping[str, int | None]) -> int | None:
    """The sum of a post's public counters that its network shows to everybody; None where one of
    them is unknown (never 0). `counts` has the names of `vigie.records.Counts`."""
    total = 0
    for term in TERMS.get(platform, OTHERS):
        value = counts.get(term)
        if value is None:
            return None
        total += value
    return total


def engagement_column() -> pl.Expr:
    """The same sum as a polars expression over the columns `platform`, `likes`, `replies`,
    `shares`, `quotes`, `saves`; null where a term is null."""
    import polars as pl

    by_terms: dict[tuple[str, ...], list[str]] = {}
    for platform, terms in TERMS.items():
        by_terms.setdefault(terms, []).append(platform)
    # A sum of columns is null where one is null: that is the rule.
    expression = _sum(OTHERS)
    for terms, platforms in by_terms.items():
        if terms != OTHERS:
            chosen = pl.col("platform").is_in(platforms)
            expression = pl.when(chosen).then(_sum(terms)).otherwise(expression)
    return expression.alias("engagement")


def _sum(terms: tuple[str, ...]) -> pl.Expr:
    import polars as pl

    expression = pl.col(terms[0])
    for term in terms[1:]:
        expression = expression + pl.col(term)
    return expression
