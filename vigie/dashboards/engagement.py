"""Tiles over the counters of posts: what platforms' terms keep out of sums is left out of them
(vigie/dashboards/tile.py), and their titles say so."""

from __future__ import annotations

from typing import Any

from vigie.dashboards.posts import EARNED, OWNED, ordered, terms
from vigie.dashboards.tile import ANY, Tile, figures, table
from vigie.locales import mark
from vigie.panels import Panel
from vigie.panels.breakdowns import PUBLISHED, ranked
from vigie.panels.overtime import bars

ENGAGEMENT: dict[str, Any] = {"sum": {"field": "engagement"}}
MEDIAN: dict[str, Any] = {"percentiles": {"field": "engagement", "percents": [50]}}
LAST = mark(
    "Counters as last seen: posts are not of equal age here; the explorer compares at 72 h."
)

TILES: tuple[Tile, ...] = (
    Tile(
        Panel(
            id="mentions-engagement",
            title=mark("Engagement of mentions"),
            question=mark("How much engagement do mentions of the watched brands get?"),
            aggs={"engagement": ENGAGEMENT},
            levels=(),
            measures=("engagement",),
            origins=EARNED,
            spec=figures(),
        ),
        where={"brands": ANY},
        measures=("mentions.earned", "eng.public"),
        note=LAST,
    ),
    Tile(
        Panel(
            id="brands-engagement",
            title=mark("Engagement of mentions by brand"),
            question=mark("How much engagement do mentions of each brand get?"),
            aggs={"brand": terms("brands", 20, engagement=ENGAGEMENT, median=MEDIAN)},
            levels=("brand",),
            measures=("engagement", "median"),
            origins=EARNED,
            spec=table(),
        ),
        measures=("mentions.earned", "eng.public"),
        note=LAST,
    ),
    Tile(
        Panel(
            id="publishers-engagement",
            title=mark("Engagement of what brands publish"),
            question=mark("Which brands get how much engagement for what they publish?"),
            aggs={"owner": terms("owner", 20, engagement=ENGAGEMENT, median=MEDIAN)},
            levels=("owner",),
            measures=("engagement", "median"),
            origins=OWNED,
            kinds=PUBLISHED,
            spec=table(),
        ),
        measures=("posts.owned", "eng.public"),
        note=LAST,
    ),
    Tile(
        Panel(
            id="engagement-by-kind",
            title=mark("Engagement by kind of post"),
            question=mark("Which kinds of posts work?"),
            aggs={"kind": ordered("kind", 8, "_key", median=MEDIAN)},
            levels=("kind",),
            measures=("median",),
            origins=OWNED,
            kinds=PUBLISHED,
            spec=ranked("row", value="median"),
        ),
        measures=("eng.public",),
        note=LAST,
    ),
    Tile(
        Panel(
            id="engagement-by-hour",
            title=mark("Engagement by hour of publication"),
            question=mark("At what hour do posts published by brands get most engagement?"),
            aggs={
                "hour": {
                    "histogram": {"field": "published_hour", "interval": 1, "min_doc_count": 1},
                    "aggs": {"median": MEDIAN},
                }
            },
            levels=("hour",),
            measures=("median",),
            origins=OWNED,
            kinds=PUBLISHED,
            spec=bars("series", value="median"),
        ),
        measures=("eng.public",),
        note=mark(
            "Hours of the workspace's time zone; peaks of engagement, not of when people are there."
        ),
    ),
    Tile(
        Panel(
            id="hashtags-by-engagement",
            title=mark("Brands' hashtags by engagement"),
            question=mark("Which of the brands' hashtags get engagement?"),
            aggs={"hashtag": ordered("hashtags", 15, "engagement", engagement=ENGAGEMENT)},
            levels=("hashtag",),
            measures=("engagement",),
            origins=OWNED,
            kinds=PUBLISHED,
            spec=ranked("row", value="engagement"),
        ),
        measures=("eng.public",),
        note=LAST,
    ),
    Tile(
        Panel(
            id="voices",
            title=mark("Most active voices"),
            question=mark("Who speaks of the watched brands most, and to how many followers?"),
            aggs={
                "author": terms(
                    "author.handle", 25,
                    engagement=ENGAGEMENT, followers={"max": {"field": "author.followers"}},
                )
            },
            levels=("author",),
            measures=("engagement", "followers"),
            origins=EARNED,
            spec=table(),
        ),
        where={"brands": ANY},
        measures=("mentions.earned", "eng.public", "followers"),
        note=LAST,
    ),
)  # fmt: skip
