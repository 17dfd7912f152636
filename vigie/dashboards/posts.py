"""Tiles over posts: the explorer's panels, and what the explorer draws as tables or tiles."""

from __future__ import annotations

from typing import Any

from vigie.dashboards.tile import ANY, Tile, figures, table
from vigie.locales import mark
from vigie.panels import PANELS, Panel
from vigie.panels.breakdowns import PUBLISHED, ranked, stacked
from vigie.panels.overtime import bars, histogram, lines

AUTHORS: dict[str, Any] = {"cardinality": {"field": "author.id"}}
EARNED, OWNED = ("earned",), ("owned",)


def terms(field: str, size: int, **inner: Any) -> dict[str, Any]:
    """The values of a field that most posts have, with what is asked of each."""
    agg: dict[str, Any] = {"terms": {"field": field, "size": size}}
    return {**agg, "aggs": inner} if inner else agg


def ordered(field: str, size: int, by: str, **inner: Any) -> dict[str, Any]:
    """The values of a field by one of the figures that are asked of each, or by `_key`."""
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
            aggs={"authors": AUTHORS},
            levels=(),
            measures=("authors",),
            origins=EARNED,
            spec=figures(),
        ),
        where={"brands": ANY},
        measures=("mentions.earned", "mentions.authors"),
    ),
    Tile(
        Panel(
            id="brands-ranked",
            title=mark("Most mentioned brands"),
            question=mark("Which brands are talked about most?"),
            aggs={"brand": terms("brands", 20)},
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
            question=mark("Who is talked about, and by how many people?"),
            aggs={"brand": terms("brands", 20, authors=AUTHORS)},
            levels=("brand",),
            measures=("authors",),
            origins=EARNED,
            spec=table(),
        ),
        measures=("mentions.earned", "mentions.authors"),
    ),
    Tile(
        Panel(
            id="publishers-compared",
            title=mark("What brands publish"),
            question=mark("Who publishes how much?"),
            aggs={"owner": terms("owner", 20)},
            levels=("owner",),
            origins=OWNED,
            kinds=PUBLISHED,
            spec=table(),
        ),
        measures=("posts.owned",),
    ),
    Tile(
        Panel(
            id="networks-by-brand",
            title=mark("Networks by brand"),
            question=mark("Where is each brand talked about?"),
            aggs={"brand": terms("brands", 20, network=terms("platform", 12))},
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
            aggs={"owner": terms("owner", 20, kind=terms("kind", 8))},
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
            aggs={"owner": terms("owner", 20, media=terms("media.kind", 6))},
            levels=("owner", "media"),
            origins=OWNED,
            kinds=PUBLISHED,
            spec=stacked("row"),
        ),
        note=mark("A post with several media counts for each."),
    ),
    Tile(
        Panel(
            id="topics",
            title=mark("Topics of the watchlist"),
            question=mark("Which of the watched topics are talked about?"),
            aggs={"topic": terms("topics", 15)},
            levels=("topic",),
            spec=ranked("row"),
        ),
    ),
    Tile(
        Panel(
            id="hashtags",
            title=mark("Hashtags of the conversation"),
            question=mark("Under which hashtags are brands and topics talked about?"),
            aggs={"hashtag": terms("hashtags", 15)},
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
            aggs={"hashtag": terms("hashtags", 8, at=histogram())},
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
            aggs={"keyphrase": terms("keyphrases", 15)},
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
            aggs={"name": terms("entities.canonical", 15)},
            levels=("name",),
            origins=EARNED,
            spec=ranked("row"),
        ),
    ),
    Tile(
        Panel(
            id="authors-by-network",
            title=mark("Authors by network"),
            question=mark("On which networks do most people speak of the watched brands?"),
            aggs={"network": ordered("platform", 12, "authors", authors=AUTHORS)},
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
            aggs={"brand": terms("brands", 20, at=histogram())},
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
            aggs={"keyphrase": terms("keyphrases", 15)},
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
            aggs={"story": terms("story_id", 15, authors=AUTHORS)},
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
            aggs={"domain": terms("domains", 15)},
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
            aggs={"network": terms("platform", 20, at=histogram("collected_at"))},
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
            aggs={"origin": terms("origin", 5)},
            levels=("origin",),
            spec=ranked("row"),
        ),
    ),
    Tile(
        Panel(
            id="gone",
            title=mark("Posts gone since"),
            question=mark("How many posts did their authors or networks take down?"),
            aggs={"network": terms("platform", 12, state=terms("state", 3))},
            levels=("network", "state"),
            spec=stacked("row"),
        ),
        where={"state": ("deleted", "withheld")},
        note=mark("They count nowhere else."),
    ),
)  # fmt: skip
