"""What others say of the brands: earned mentions, share of voice, net sentiment and reach. A
coincidence of names (`homonyms`), owned and paid posts are no mention."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from vigie.insights import tone
from vigie.metrics import Figure, figure, formulas

Key = tuple[str, str | None]  # brand, network (None: all)


def mentions(posts: pl.DataFrame, brands: Sequence[str]) -> pl.DataFrame:
    """The earned mentions, one row per post and brand that it names, with the column `brand`."""
    return (
        posts.filter((pl.col("origin") == "earned") & (pl.col("brands").list.len() > 0))
        .explode("brands")
        .rename({"brands": "brand"})
        .filter(pl.col("brand").is_in(brands))
    )


def figures(
    posts: pl.DataFrame,
    brands: Sequence[str],
    mixed: Callable[[pl.DataFrame], pl.DataFrame] = lambda posts: posts,
) -> dict[Key, dict[str, Figure]]:
    """Figures of the earned mentions by brand and network (None: all networks) of one period.
    A brand that nobody named on a network where others were named has 0 mentions there. `mixed`
    takes from posts what must not be in a figure over all networks."""
    named = mentions(posts, brands)
    found: dict[Key, dict[str, Figure]] = {}
    platforms: list[str | None] = [None, *sorted(named["platform"].unique())]
    for platform in platforms:
        here = mixed(named) if platform is None else named.filter(pl.col("platform") == platform)
        totals = {"mentions": here.height, "authors": 0, "engagement": 0.0}
        by_brand = {}
        for brand in brands:
            mine = here.filter(pl.col("brand") == brand)
            authors = int(mine["author_id"].drop_nulls().n_unique())
            totals["authors"] += authors
            totals["engagement"] += float(mine["engagement"].sum() or 0)
            by_brand[brand] = (mine, authors)
        for brand, (mine, authors) in by_brand.items():
            if not mine.height and platform is not None and not totals["mentions"]:
                continue
            found[(brand, platform)] = _of(mine, authors, totals)
    return found


def _of(mine: pl.DataFrame, authors: int, totals: dict[str, float]) -> dict[str, Figure]:
    n = mine.height
    nameless = int(mine["author_id"].is_null().sum())
    uncounted = int(mine["engagement"].is_null().sum())
    all_mentions = int(totals["mentions"])
    engagement = float(mine["engagement"].sum() or 0)
    rate = formulas.rate
    return {
        "mentions.earned": figure("mentions.earned", n, n),
        "mentions.authors": figure("mentions.authors", authors, n, left_out=nameless),
        "sov.mentions": figure("sov.mentions", rate(n, all_mentions), all_mentions),
        "sov.authors": figure(
            "sov.authors", rate(authors, totals["authors"]), all_mentions, left_out=nameless
        ),
        "sov.engagement": figure(
            "sov.engagement",
            rate(engagement, totals["engagement"]),
            all_mentions - uncounted,
            left_out=uncounted,
        ),
        **tone.figures(mine),
        **reach(mine),
    }


def reach(mine: pl.DataFrame) -> dict[str, Figure]:
    """Potential reach, potential impressions and estimated reach of some mentions; authors without
    a known number of followers are left out and counted."""
    known = mine.filter(
        pl.col("author_followers").is_not_null() & pl.col("author_id").is_not_null()
    )
    authors = known.group_by("author_id", "platform").agg(
        followers=pl.col("author_followers").max(), views=pl.col("views").max()
    )
    left_out = int(mine["author_id"].n_unique()) - authors.height if mine.height else 0
    low = central = high = 0.0
    for _, platform, followers, views in authors.iter_rows():
        one = formulas.estimated_reach(platform, followers, views)
        low, central, high = low + one.low, central + one.value, high + one.high
    n = authors.height
    note = None if n else "no_follower_count"
    return {
        "reach.potential": figure(
            "reach.potential",
            float(authors["followers"].sum()) if n else None,
            n,
            left_out=left_out,
            note=note,
        ),
        "impressions.potential": figure(
            "impressions.potential",
            float(known["author_followers"].sum()) if n else None,
            known.height,
            left_out=mine.height - known.height,
            note=note,
        ),
        "reach.estimated": figure(
            "reach.estimated",
            central if n else None,
            n,
            left_out=left_out,
            low=low if n else None,
            high=high if n else None,
            note="range" if n else note,
        ),
    }
