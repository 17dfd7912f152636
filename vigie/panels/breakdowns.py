"""Charts that split a whole: by sentiment, network, language, format, hour."""

from __future__ import annotations

from typing import Any

from vigie.locales import mark
from vigie.panels.overtime import counts
from vigie.panels.panel import Panel


def ranked(field: str, *, value: str = "posts", color: str = "--plain") -> dict[str, Any]:
    """Horizontal bars, the longest first."""
    return {
        "height": {"step": 24},
        "data": {"name": "rows"},
        "mark": {"type": "bar", "color": color, "cursor": "pointer", "height": {"band": 0.7}},
        "encoding": {
            "y": {"field": field, "type": "nominal", "sort": None, "title": None,
                  "axis": {"ticks": False, "domain": False, "labelPadding": 8,
                           "labelLimit": 140}},
            "x": counts(value),
            "tooltip": {"field": "label"},
        },
    }  # fmt: skip


def stacked(field: str) -> dict[str, Any]:
    """One bar of parts per row, all as long as the whole."""
    bars = ranked(field)
    share = counts(stack="normalize")
    share["axis"] = {**share["axis"], "format": "%", "tickMinStep": 0.25}
    return {
        **bars,
        "encoding": {
            **bars["encoding"],
            "x": share,
            "color": {"field": "series", "type": "nominal", "legend": None},
            "order": {"field": "rank", "type": "quantitative"},
        },
    }


PUBLISHED = ("post", "quote", "video", "article", "pin")  # what is no answer to somebody

PANELS = (
    Panel(
        id="sentiment-by-brand",
        title=mark("Sentiment by brand"),
        question=mark("How do people speak of each brand?"),
        aggs={
            "brand": {
                "terms": {"field": "brands", "size": 20},
                "aggs": {"sentiment": {"terms": {"field": "sentiment.label", "size": 4}}},
            }
        },
        levels=("brand", "sentiment"),
        origins=("earned",),
        doors={"brand": "brand", "sentiment": "sentiment"},
        spec=stacked("row"),
    ),
    Panel(
        id="networks",
        title=mark("Networks"),
        question=mark("Where are they talked about?"),
        aggs={"network": {"terms": {"field": "platform", "size": 12}}},
        levels=("network",),
        doors={"network": "network"},
        spec=ranked("row"),
    ),
    Panel(
        id="languages",
        title=mark("Languages"),
        question=mark("In which languages?"),
        aggs={"language": {"terms": {"field": "language", "size": 8}}},
        levels=("language",),
        doors={"language": "language"},
        spec=ranked("row"),
    ),
    Panel(
        id="formats-by-brand",
        title=mark("Format mix"),
        question=mark("Which formats does each brand publish?"),
        aggs={},
        levels=("owner", "format"),
        spec=stacked("row"),
    ),
    Panel(
        id="publishing-hours",
        title=mark("Publication calendar"),
        question=mark("When does this brand publish?"),
        aggs={
            "weekday": {
                "terms": {"field": "published_dow", "size": 7, "order": {"_key": "asc"}},
                "aggs": {
                    "hour": {
                        "histogram": {"field": "published_hour", "interval": 1, "min_doc_count": 1}
                    }
                },
            }
        },
        levels=("weekday", "hour"),
        origins=("owned",),
        kinds=PUBLISHED,
        doors={"weekday": "weekday", "hour": "hour"},
        spec={
            "height": {"step": 24},
            "data": {"name": "rows"},
            "mark": {"type": "rect", "color": "--plain", "stroke": "--paper", "strokeWidth": 2},
            "encoding": {
                "x": {"field": "column", "type": "ordinal", "title": None, "sort": None,
                      "axis": {"labelAngle": 0, "ticks": False, "domain": False,
                               "labelOverlap": "parity", "labelSeparation": 8}},
                "y": {"field": "row", "type": "nominal", "sort": None, "title": None,
                      "axis": {"ticks": False, "domain": False}},
                "fillOpacity": {"field": "posts", "type": "quantitative", "legend": None,
                                "scale": {"range": [0.08, 1], "zero": True}},
                "tooltip": {"field": "label"},
            },
        },
    ),
)  # fmt: skip
