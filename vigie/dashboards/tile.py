"""A panel as Dashboards shows it: the index that it asks, its filters, and what it measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vigie.panels import Panel

ANY = ("*",)  # whatever the value, there is one
LIVE = ("live",)


@dataclass(frozen=True, slots=True)
class Tile:
    """A panel with all that its declaration leaves to the surface."""

    panel: Panel
    pattern: str = "posts"  # of vigie/dashboards/patterns.py
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # index field → values
    measures: tuple[str, ...] = ()  # ids of vigie/metrics
    note: str = ""  # message id: what a reader must know

    @property
    def filters(self) -> dict[str, tuple[str, ...]]:
        """What narrows it, by index field: of posts only the live ones, unless it says else."""
        asked: dict[str, tuple[str, ...]] = {"state": LIVE} if self.pattern == "posts" else {}
        if self.panel.origins:
            asked["origin"] = self.panel.origins
        if self.panel.kinds:
            asked["kind"] = self.panel.kinds
        return {**asked, **self.where}


def kql(filters: Mapping[str, tuple[str, ...]]) -> str:
    """Filters in the query language of Dashboards."""
    return " and ".join(f"{name} : {_among(values)}" for name, values in filters.items())


def _among(values: tuple[str, ...]) -> str:
    if values == ANY:
        return "*"
    quoted = [f'"{value}"' for value in values]
    return quoted[0] if len(quoted) == 1 else f"({' or '.join(quoted)})"


def table() -> dict[str, Any]:
    """A row per bucket, with the count and all measures."""
    spec = figures()
    spec["encoding"]["y"] = {"field": "row", "type": "nominal", "title": None}
    return spec


def figures() -> dict[str, Any]:
    """Figures side by side: the count and all measures."""
    return {
        "data": {"name": "rows"},
        "mark": {"type": "text"},
        "encoding": {"text": {"field": "posts"}},
    }
