"""Charts along time."""

from __future__ import annotations

from typing import Any

from vigie.locales import mark
from vigie.panels.panel import Panel

TIME: dict[str, Any] = {
    "field": "at",
    "type": "temporal",
    "title": None,
    "axis": {"grid": False, "labelOverlap": "greedy", "labelSeparation": 12, "tickCount": 8},
}


def counts(field: str = "posts", **more: Any) -> dict[str, Any]:
    """A vertical axis of counts: few ticks, hairlines, no domain."""
    return {
        "field": field,
        "type": "quantitative",
        "title": None,
        "axis": {
            "tickCount": 4,
            "tickMinStep": 1,
            "domain": False,
            "ticks": False,
            "format": ",d",
        },
        **more,
    }


def histogram(field: str = "published_at", /, **inner: Any) -> dict[str, Any]:
    """Steps of time, with what is asked of each."""
    agg: dict[str, Any] = {
        "date_histogram": {
            "field": field,
            "calendar_interval": "$interval",
            "time_zone": "$zone",
        }
    }
    return {**agg, "aggs": inner} if inner else agg


BANDS: dict[str, Any] = {
    "data": {"name": "bands"},
    "mark": {"type": "rect", "color": "--band", "opacity": 1},
    "encoding": {
        "x": {"field": "at", "type": "temporal"},
        "x2": {"field": "until"},
        "tooltip": {"field": "label"},
    },
}
MARKS: list[dict[str, Any]] = [
    {
        "data": {"name": "marks"},
        "mark": {"type": "rule", "color": "--ink-soft", "strokeDash": [2, 3]},
        "encoding": {"x": {"field": "at", "type": "temporal"}},
    },
    {
        "data": {"name": "marks"},
        "mark": {"type": "text", "align": "center", "baseline": "bottom", "dy": -4, "fontSize": 12,
                 "color": "--ink", "cursor": "pointer"},
        "encoding": {
            "x": {"field": "at", "type": "temporal"},
            "y": {"value": 0},
            "text": {"field": "sign"},
            "tooltip": {"field": "label"},
        },
    },
]  # fmt: skip


def lines(series: str, *, value: str = "posts") -> dict[str, Any]:
    """Lines, the own brand's heavier; outages behind, alerts and notes above."""
    color = {"field": series, "type": "nominal", "legend": None}
    weight = {"condition": {"test": "datum.own", "value": 3}, "value": 1.75}
    return {
        "height": 240,
        "layer": [
            BANDS,
            {
                "data": {"name": "rows"},
                "mark": {"type": "line", "strokeCap": "round", "strokeJoin": "round"},
                "encoding": {
                    "x": TIME,
                    "y": counts(value),
                    "color": color,
                    "strokeWidth": weight,
                    "detail": {"field": "own"},
                },
            },
            {
                "data": {"name": "rows"},
                "mark": {"type": "point", "filled": True, "size": 36, "cursor": "pointer"},
                "encoding": {
                    "x": TIME,
                    "y": counts(value),
                    "color": color,
                    "tooltip": {"field": "label"},
                },
            },
            *MARKS,
        ],
    }


def bars(series: str, *, value: str = "posts", normalize: bool = False) -> dict[str, Any]:
    """Upright bars of parts, one per step."""
    stack: dict[str, Any] = {"stack": "normalize"} if normalize else {}
    y = counts(value, **stack)
    if normalize:
        y["axis"] = {**y["axis"], "format": "%", "tickMinStep": 0.25}
    return {
        "height": 200,
        "data": {"name": "rows"},
        "mark": {"type": "bar", "cursor": "pointer", "width": {"band": 0.8}},
        "encoding": {
            "x": {"field": "when", "type": "ordinal", "title": None, "sort": None,
                  "axis": {"labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8,
                           "ticks": False}},
            "y": y,
            "color": {"field": series, "type": "nominal", "legend": None},
            "order": {"field": "rank", "type": "quantitative"},
            "tooltip": {"field": "label"},
        },
    }  # fmt: skip


def area() -> dict[str, Any]:
    return {
        "height": 160,
        "layer": [
            BANDS,
            {
                "data": {"name": "rows"},
                "mark": {"type": "bar", "color": "--plain", "cursor": "pointer",
                         "width": {"band": 0.8}},
                "encoding": {
                    "x": {**TIME, "timeUnit": "yearmonthdate"},
                    "y": counts(),
                    "tooltip": {"field": "label"},
                },
            },
            *MARKS,
        ],
    }  # fmt: skip


PANELS = (
    Panel(
        id="mentions-over-time",
        title=mark("Mentions by brand"),
        question=mark("Who is talked about, and when?"),
        aggs={"brand": {"terms": {"field": "brands", "size": 20}, "aggs": {"at": histogram()}}},
        levels=("brand", "at"),
        origins=("earned",),
        doors={"brand": "brand", "at": "time"},
        spec=lines("series"),
    ),
    Panel(
        id="voice-over-time",
        title=mark("Share of voice over time"),
        question=mark("Whose share of the conversation grows?"),
        aggs={"brand": {"terms": {"field": "brands", "size": 20}, "aggs": {"at": histogram()}}},
        levels=("brand", "at"),
        origins=("earned",),
        doors={"brand": "brand", "at": "time"},
        spec=bars("series", normalize=True),
    ),
    Panel(
        id="posts-share-over-time",
        title=mark("Share of posts over time"),
        question=mark("Who publishes most?"),
        aggs={"owner": {"terms": {"field": "owner", "size": 20}, "aggs": {"at": histogram()}}},
        levels=("owner", "at"),
        origins=("owned",),
        doors={"owner": "owner", "at": "time"},
        spec=bars("series", normalize=True),
    ),
    Panel(
        id="sentiment-over-time",
        title=mark("Sentiment over time"),
        question=mark("When did the tone change?"),
        aggs={
            "sentiment": {
                "terms": {"field": "sentiment.label", "size": 4},
                "aggs": {"at": histogram()},
            }
        },
        levels=("sentiment", "at"),
        origins=("earned",),
        doors={"sentiment": "sentiment", "at": "time"},
        spec=bars("series"),
    ),
    Panel(
        id="posts-over-time",
        title=mark("Posts over time"),
        question=mark("When was it said?"),
        aggs={"network": {"terms": {"field": "platform", "size": 20}, "aggs": {"at": histogram()}}},
        levels=("network", "at"),
        doors={"network": "network", "at": "time"},
        spec=bars("series"),
    ),
    Panel(
        id="trend-over-time",
        title=mark("Posts per day"),
        question=mark("How did it grow?"),
        aggs={},
        levels=("at",),
        doors={"at": "time"},
        spec=area(),
    ),
    Panel(
        id="counters-over-time",
        title=mark("Counters over time"),
        question=mark("How did the public counters of this post move?"),
        aggs={},
        levels=("series", "at"),
        spec=lines("series"),
    ),
)
