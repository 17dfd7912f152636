"""Tiles over posts: the explorer's panels, and what the explorer draws as tables or tiles."""

from __future__ import annotations

from typing import Any

from vigie.dashboards.tile import ANY, Tile, figures, table
from vigie.locales import mark
from vigie.panels import PANELS, Panel
from vigie.panels.breakdowns import PUBLISHED, ranked, stacked
from vigie.panels.overtime import bars, histogram, lines

AUTHORS: dict[str, Any] = {"cardinality": {"field": "author.id"}}
ENGAGEMENT: dict[str, Any] = {"sum": {"field": "engagement"}}
MEDIAN: dict[str, Any] = {"percentiles": {"field": "engagement", "percents": [50]}}
LAST = mark(
    "Counters as last seen: posts are not of equal age here; the explorer compares at 72 h."
)
EARNED, OWNED = ("earned",), ("owned",)


def _terms(field: str, size: int, **inner: Any) -> dict[str, Any]:
    agg: dict[str, Any] = {"terms": {"field": field, "size": size}}
    return {**agg, "aggs": inner} if inner else agg


def _ordered(field: str, size: int, by: str, **inner: Any) -> dict[str, Any]:
    direction = "asc" if by == "_key" else "desc"
    return {"terms": {"field": field, "size": size, "order": {by: direction}}, "aggs": inner}


# Those of the explorer, with what they measure.
_MEASURED: dict[str, tuple[str, ...]] = {
    "mentions-over-time": ("mentions.earned",),
    "voice-over-time": ("sov.mentions",),
    "posts-share-over-time": ("posts.share",),
    "sentiment-over-time": ("mentions.earned",),
    "sentiment-by-brand": ("mentions.earned",),
    "publishing-hours": ("posts.owned",),
}

TILES: tuple[Tile, ...] = (
    *(
        Tile(panel, measures=_MEASURED.get(panel.id, ()))
        for panel in PANELS.values()
        if panel.aggs
    ),
    Tile(
        Panel(
            id="mentions",
            title=mark("Key figures"),
            question=mark("How much is said of the watched brands, and by how many people?"),
            aggs={"authors": AUTHORS, "engagement": ENGAGEMENT},
            levels=(),
            measures=("authors", "engagement"),
            origins=EARNED,
            spec=figures(),
        ),
        where={"brands": ANY},
        measures=("mentions.earned", "mentions.authors", "eng.public"),
        note=LAST,
    ),
    Tile(
        Panel(
            id="brands-ranked",
            title=mark("Most mentioned brands"),
            question=mark("Which brands are talked about most?"),
            aggs={"brand": _terms("brands", 20)},
            levels=("brand",),
            origins=EARNED,
            spec=ranked("row"),
        ),
        measures=("mentions.earned",),
    ),
    Tile(
        Panel(
            id="brands-compared",
            title=mark("Brands side by side"),
            question=mark("Who is talked about, by how many people, with what engagement?"),
            aggs={
                "brand": _terms(
                    "brands", 20, authors=AUTHORS, engagement=ENGAGEMENT, median=MEDIAN
                )
            },
            levels=("brand",),
            measures=("authors", "engagement", "median"),
            origins=EARNED,
            spec=table(),
        ),
        measures=("mentions.earned", "mentions.authors", "eng.public"),
        note=LAST,
    ),
    Tile(
        Panel(
            id="publishers-compared",
            title=mark("What brands publish"),
            question=mark("Who publishes how much, and with what engagement?"),
            aggs={"owner": _terms("owner", 20, engagement=ENGAGEMENT, median=MEDIAN)},
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
            id="networks-by-brand",
            title=mark("Networks by brand"),
            question=mark("Where is each brand talked about?"),
            aggs={"brand": _terms("brands", 20, network=_terms("platform", 12))},
            levels=("brand", "network"),
            origins=EARNED,
            spec=stacked("row"),
        ),
        measures=("mentions.earned",),
    ),
    Tile(
        Panel(
            id="kinds-by-owner",
            title=mark("Kinds of posts by brand"),
            question=mark("What kinds of posts does each brand publish?"),
            aggs={"owner": _terms("owner", 20, kind=_terms("kind", 8))},
            levels=("owner", "kind"),
            origins=OWNED,
            kinds=PUBLISHED,
            spec=stacked("row"),
        ),
        measures=("posts.owned",),
    ),
    Tile(
        Panel(
            id="media-by-owner",
            title=mark("Media by brand"),
            question=mark("With pictures, with videos, with links?"),
            aggs={"owner": _terms("owner", 20, media=_terms("media.kind", 6))},
            levels=("owner", "media"),
            origins=OWNED,
            kinds=PUBLISHED,
            spec=stacked("row"),
        ),
        note=mark("A post with several media counts for each."),
    ),
    Tile(
        Panel(
            id="engagement-by-kind",
            title=mark("Engagement by kind of post"),
            question=mark("Which kinds of posts work?"),
            aggs={"kind": _ordered("kind", 8, "_key", median=MEDIAN)},
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
            aggs={"hashtag": _ordered("hashtags", 15, "engagement", engagement=ENGAGEMENT)},
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
            id="topics",
            title=mark("Topics of the watchlist"),
            question=mark("Which of the watched topics are talked about?"),
            aggs={"topic": _terms("topics", 15)},
            levels=("topic",),
            spec=ranked("row"),
        ),
    ),
    Tile(
        Panel(
            id="hashtags",
            title=mark("Hashtags of the conversation"),
            question=mark("Under which hashtags are brands and topics talked about?"),
            aggs={"hashtag": _terms("hashtags", 15)},
            levels=("hashtag",),
            origins=EARNED,
            spec=ranked("row"),
        ),
    ),
    Tile(
        Panel(
            id="hashtags-over-time",
            title=mark("Hashtags over time"),
            question=mark("Which hashtags rise?"),
            aggs={"hashtag": _terms("hashtags", 8, at=histogram())},
            levels=("hashtag", "at"),
            origins=EARNED,
            spec=lines("series"),
        ),
    ),
    Tile(
        Panel(
            id="keyphrases",
            title=mark("Key phrases"),
            question=mark("In which words do people talk about it?"),
            aggs={"keyphrase": _terms("keyphrases", 15)},
            levels=("keyphrase",),
            origins=EARNED,
            spec=ranked("row"),
        ),
    ),
    Tile(
        Panel(
            id="names",
            title=mark("People, places and names"),
            question=mark("Who and what is named along with it?"),
            aggs={"name": _terms("entities.canonical", 15)},
            levels=("name",),
            origins=EARNED,
            spec=ranked("row"),
        ),
    ),
    Tile(
        Panel(
            id="voices",
            title=mark("Most active voices"),
            question=mark("Who speaks of the watched brands most, and to how many followers?"),
            aggs={
                "author": _terms(
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
    Tile(
        Panel(
            id="authors-by-network",
            title=mark("Authors by network"),
            question=mark("On which networks do most people speak of the watched brands?"),
            aggs={"network": _ordered("platform", 12, "authors", authors=AUTHORS)},
            levels=("network",),
            measures=("authors",),
            origins=EARNED,
            spec=ranked("row", value="authors"),
        ),
        where={"brands": ANY},
        measures=("mentions.authors",),
    ),
    Tile(
        Panel(
            id="negative-over-time",
            title=mark("Negative mentions by brand"),
            question=mark("Whom does it burn, and when?"),
            aggs={"brand": _terms("brands", 20, at=histogram())},
            levels=("brand", "at"),
            origins=EARNED,
            spec=lines("series"),
        ),
        where={"sentiment.label": ("negative",)},
        measures=("mentions.earned",),
    ),
    Tile(
        Panel(
            id="negative-phrases",
            title=mark("Drivers of negative sentiment"),
            question=mark("What is held against the brands?"),
            aggs={"keyphrase": _terms("keyphrases", 15)},
            levels=("keyphrase",),
            origins=EARNED,
            spec=ranked("row"),
        ),
        where={"brands": ANY, "sentiment.label": ("negative",)},
    ),
    Tile(
        Panel(
            id="stories",
            title=mark("Most repeated posts"),
            question=mark("Which message is copied most, and by how many people?"),
            aggs={"story": _terms("story_id", 15, authors=AUTHORS)},
            levels=("story",),
            measures=("authors",),
            origins=EARNED,
            spec=table(),
        ),
        measures=("mentions.authors",),
        note=mark("The first post and its copies are counted; the link shows them."),
    ),
    Tile(
        Panel(
            id="domains",
            title=mark("Sites linked to"),
            question=mark("To which sites do posts link?"),
            aggs={"domain": _terms("domains", 15)},
            levels=("domain",),
            origins=EARNED,
            spec=ranked("row"),
        ),
    ),
    Tile(
        Panel(
            id="collected",
            title=mark("What was collected"),
            question=mark("How many posts are there, and when was the last one collected?"),
            aggs={"authors": AUTHORS, "last": {"max": {"field": "collected_at"}}},
            levels=(),
            measures=("authors", "last"),
            spec=figures(),
        ),
    ),
    Tile(
        Panel(
            id="collected-over-time",
            title=mark("Collection day by day"),
            question=mark("When did the posts of this period come in?"),
            aggs={"network": _terms("platform", 20, at=histogram("collected_at"))},
            levels=("network", "at"),
            spec=bars("series"),
        ),
        note=mark("A day without posts of a network that has some every day deserves a look."),
    ),
    Tile(
        Panel(
            id="origins",
            title=mark("Origins"),
            question=mark("What is it made of: earned, owned, paid, comments?"),
            aggs={"origin": _terms("origin", 5)},
            levels=("origin",),
            spec=ranked("row"),
        ),
    ),
    Tile(
        Panel(
            id="gone",
            title=mark("Posts gone since"),
            question=mark("How many posts did their authors or networks take down?"),
            aggs={"network": _terms("platform", 12, state=_terms("state", 3))},
            levels=("network", "state"),
            spec=stacked("row"),
        ),
        where={"state": ("deleted", "withheld")},
        note=mark("They count nowhere else."),
    ),
)  # fmt: skip
