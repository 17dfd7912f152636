"""The dashboards: what each answers, and where its panels and searches stand.

Above stand an introduction with links and the lists that narrow everything; below come rows of
tiles and, last, searches: the posts or findings behind the figures.
"""

from __future__ import annotations

from dataclasses import dataclass

from vigie.dashboards.drawing import form_of
from vigie.dashboards.engagement import TILES as ENGAGEMENT
from vigie.dashboards.findings import TILES as FINDINGS
from vigie.dashboards.posts import TILES as POSTS
from vigie.dashboards.tile import Tile
from vigie.locales import mark

COLUMNS = 48
TILES: dict[str, Tile] = {tile.panel.id: tile for tile in (*POSTS, *ENGAGEMENT, *FINDINGS)}
INTRODUCTION, LISTS = "introduction", "lists"
# Rows of 20 pixels: three figures need 24 columns, or their last word is out of sight below 10.
_HEIGHTS = {"metric": 7, "table": 14, "heatmap": 15, "search": 18, "head": 9}
_CHART = 13


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard."""

    title: str  # message id
    answers: str  # message id
    page: str  # of the explorer
    rows: tuple[tuple[tuple[str, int], ...], ...]  # ids of tiles and searches with their widths
    days: int = 28  # the period that it opens with: so many full days, and today

    @property
    def tiles(self) -> list[Tile]:
        return [TILES[id] for row in self.rows for id, _ in row if id in TILES]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands on a dashboard, in columns and rows."""

    id: str
    x: int
    y: int
    w: int
    h: int


def _pair(left: str, right: str) -> tuple[tuple[str, int], ...]:
    return (left, 24), (right, 24)


def _wide(id: str) -> tuple[tuple[str, int], ...]:
    return ((id, COLUMNS),)


BOARDS: dict[str, Board] = {
    "overview": Board(
        mark("Overview"),
        mark("What is said of the watched brands, by whom, where and in what tone?"),
        "/",
        (
            _pair("mentions", "mentions-engagement"),
            (("mentions-over-time", 32), ("brands-ranked", 16)),
            _pair("sentiment-over-time", "hashtags"),
            _pair("networks", "languages"),
            _wide("earned"),
        ),
    ),
    "trends": Board(
        mark("Trends"),
        mark("What rises, how fast, and in which words?"),
        "/trends",
        (
            _pair("trend-growth", "trend-posts"),
            (("trend-stages", 16), ("hashtags-over-time", 32)),
            _pair("keyphrases", "names"),
            _pair("topics", "posts-over-time"),
            _wide("trends"),
            _wide("posts"),
        ),
    ),
    "benchmark": Board(
        mark("Brand benchmark"),
        mark("Who is ahead, in voice, in publications, in tone?"),
        "/brands",
        (
            _pair("brands-compared", "brands-engagement"),
            _pair("publishers-compared", "publishers-engagement"),
            _pair("voice-over-time", "posts-share-over-time"),
            _pair("sentiment-by-brand", "networks-by-brand"),
            _wide("followers-over-time"),
            _wide("owned"),
        ),
    ),
    "brand": Board(
        mark("One brand"),
        mark("What does a brand do, what is said of it? Choose it in the list above."),
        "/brands",
        (
            _pair("mentions", "mentions-engagement"),
            _pair("mentions-over-time", "sentiment-over-time"),
            _pair("publishing-hours", "kinds-by-owner"),
            _pair("networks", "keyphrases"),
            _wide("voices"),
            _wide("earned"),
            _wide("owned"),
        ),
    ),
    "content": Board(
        mark("Content and timing"),
        mark("What do brands publish, when, and what works?"),
        "/brands",
        (
            _pair("publishing-hours", "engagement-by-hour"),
            _pair("engagement-by-kind", "kinds-by-owner"),
            _pair("hashtags-by-engagement", "media-by-owner"),
            _pair("posts-share-over-time", "publishers-engagement"),
            _wide("owned-by-engagement"),
            _wide("owned"),
        ),
    ),
    "influencers": Board(
        mark("Influencers"),
        mark("Whom should we talk to, and who speaks of the brands already?"),
        "/influencers",
        (
            (("influencer-scores", 24), ("influencer-tiers", 12), ("influencer-networks", 12)),
            (("voices", 32), ("authors-by-network", 16)),
            _wide("influencers"),
            _wide("earned"),
        ),
    ),
    "alerts": Board(
        mark("Alerts and crisis"),
        mark("What burns, what burned, and what is held against whom?"),
        "/alerts",
        (
            (("alerts-over-time", 32), ("alert-levels", 16)),
            _pair("negative-over-time", "sentiment-over-time"),
            _pair("negative-phrases", "alert-subjects"),
            _pair("stories", "domains"),
            _wide("alerts"),
            _wide("negative"),
        ),
        days=90,
    ),
    "sources": Board(
        mark("Sources and coverage"),
        mark("Can I trust what I see: what came in, from where, and what is missing?"),
        "/sources",
        (
            _wide("collected"),
            _pair("posts-over-time", "collected-over-time"),
            (("networks", 16), ("languages", 16), ("origins", 16)),
            (("runs-over-time", 16), ("source-states", 16), ("gone", 16)),
            _wide("runs"),
            _wide("posts"),
        ),
    ),
}


def kind_of(id: str) -> str:
    """The type of saved object that stands at a place."""
    return "visualization" if id in (*TILES, INTRODUCTION, LISTS) else "search"


def places(board: Board) -> list[Place]:
    """The grid of a dashboard, row below row."""
    head = _HEIGHTS["head"]
    found = [Place(INTRODUCTION, 0, 0, 24, head), Place(LISTS, 24, 0, 24, head)]
    y = head
    for row in board.rows:
        height = max(_height(id) for id, _ in row)
        x = 0
        for id, width in row:
            found.append(Place(id, x, y, width, height))
            x += width
        y += height
    return found


def _height(id: str) -> int:
    if id not in TILES:
        return _HEIGHTS["search"]
    return _HEIGHTS.get(form_of(TILES[id].panel), _CHART)
