"""Tiles over findings, runs and samples: what analyses and collections left."""

from __future__ import annotations

from typing import Any

from vigie.dashboards.tile import Tile, table
from vigie.locales import mark
from vigie.panels import Panel
from vigie.panels.breakdowns import ranked
from vigie.panels.overtime import bars, histogram, lines

ALL_RUNS = mark("All analyses of the period; the explorer shows the last one.")


def _counted(field: str, size: int) -> dict[str, Any]:
    return {"terms": {"field": field, "size": size}}


def _highest(field: str, size: int, name: str, value: str) -> dict[str, Any]:
    """The groups with the highest values of a field, under the name of the value."""
    terms = {"field": field, "size": size, "order": {name: "desc"}}
    return {"terms": terms, "aggs": {name: {"max": {"field": value}}}}


TILES: tuple[Tile, ...] = (
    Tile(
        Panel(
            id="trend-growth",
            title=mark("Fastest growing trends"),
            question=mark("What grows fastest against its own past?"),
            aggs={"trend": _highest("name", 15, "factor", "growth")},
            levels=("trend",),
            measures=("factor",),
            spec=ranked("row", value="factor"),
        ),
        pattern="trends",
        measures=("trend.growth",),
        note=ALL_RUNS,
    ),
    Tile(
        Panel(
            id="trend-posts",
            title=mark("Largest trends"),
            question=mark("What is talked about most among what rises?"),
            aggs={"trend": _highest("name", 15, "size", "posts")},
            levels=("trend",),
            measures=("size",),
            spec=ranked("row", value="size"),
        ),
        pattern="trends",
        measures=("trend.posts",),
        note=ALL_RUNS,
    ),
    Tile(
        Panel(
            id="trend-stages",
            title=mark("Trends by stage"),
            question=mark("How many trends begin, grow, peak, decline?"),
            aggs={"stage": _counted("stage", 6)},
            levels=("stage",),
            spec=ranked("row"),
        ),
        pattern="trends",
        note=ALL_RUNS,
    ),
    Tile(
        Panel(
            id="influencer-scores",
            title=mark("Best influencer candidates"),
            question=mark("Whom should we talk to?"),
            aggs={"person": _highest("handle", 20, "score", "score")},
            levels=("person",),
            measures=("score",),
            spec=ranked("row", value="score"),
        ),
        pattern="influencers",
        measures=("influencer.score",),
        note=ALL_RUNS,
    ),
    Tile(
        Panel(
            id="influencer-tiers",
            title=mark("Candidates by audience"),
            question=mark("Nano, micro, macro: what sizes are they?"),
            aggs={"tier": _counted("tier", 6)},
            levels=("tier",),
            spec=ranked("row"),
        ),
        pattern="influencers",
        note=ALL_RUNS,
    ),
    Tile(
        Panel(
            id="influencer-networks",
            title=mark("Candidates by network"),
            question=mark("Where are they?"),
            aggs={"network": _counted("platform", 12)},
            levels=("network",),
            spec=ranked("row"),
        ),
        pattern="influencers",
        note=ALL_RUNS,
    ),
    Tile(
        Panel(
            id="alerts-over-time",
            title=mark("Alerts over time"),
            question=mark("When did something unusual begin?"),
            aggs={"alert": {**_counted("kind", 6), "aggs": {"at": histogram("started_at")}}},
            levels=("alert", "at"),
            spec=bars("series"),
        ),
        pattern="alerts",
    ),
    Tile(
        Panel(
            id="alert-levels",
            title=mark("Alerts by level"),
            question=mark("To watch, sensitive, crisis: how serious was it?"),
            aggs={"level": _counted("level", 3)},
            levels=("level",),
            spec=ranked("row"),
        ),
        pattern="alerts",
    ),
    Tile(
        Panel(
            id="alert-subjects",
            title=mark("Whom the alerts concern"),
            question=mark("Which brands, topics and sources had alerts, and how severe?"),
            aggs={
                "subject": {
                    **_counted("subject", 20),
                    "aggs": {"severity": {"max": {"field": "severity"}}},
                }
            },
            levels=("subject",),
            measures=("severity",),
            spec=table(),
        ),
        pattern="alerts",
    ),
    Tile(
        Panel(
            id="runs-over-time",
            title=mark("Runs over time"),
            question=mark("Did it collect and analyse every day?"),
            aggs={"run": {**_counted("kind", 6), "aggs": {"at": histogram("started_at")}}},
            levels=("run", "at"),
            spec=bars("series"),
        ),
        pattern="runs",
    ),
    Tile(
        Panel(
            id="source-states",
            title=mark("Runs by state of their sources"),
            question=mark("In how many runs was a source broken or asked to wait?"),
            aggs={"source": _counted("sources.state", 5)},
            levels=("source",),
            spec=ranked("row"),
        ),
        pattern="runs",
        note=mark("A run counts once for each state that any of its sources was in."),
    ),
    Tile(
        Panel(
            id="followers-over-time",
            title=mark("Followers over time"),
            question=mark("Which of the followed accounts gain followers?"),
            aggs={
                "account": {
                    "terms": {"field": "entity", "size": 12, "order": {"followers": "desc"}},
                    "aggs": {
                        "followers": {"max": {"field": "value"}},
                        "at": histogram(
                            "captured_at", followers={"max": {"field": "value"}}
                        ),
                    },
                }
            },
            levels=("account", "at"),
            measures=("followers",),
            spec=lines("series", value="followers"),
        ),
        pattern="metrics",
        where={"metric": ("followers",)},
        measures=("followers",),
        note=mark("The highest count seen each day."),
    ),
)  # fmt: skip
