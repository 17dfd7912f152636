"""A panel as Dashboards shows it: the index that it asks, its filters, and what it measures.

What platforms' terms keep out of sums (vigie/policies.py) is left out of every tile and search
whose figures or order come from counters; those that count posts or people have all platforms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vigie.panels import Panel
from vigie.policies import Policies

ANY = ("*",)  # whatever the value, there is one
LIVE = ("live",)
_COUNTERS = ("engagement", "author.followers", "value")  # of posts, of authors, of samples
_HEADS = ("cardinality", "value_count")  # how many values there are, whatever they are


def uncounted(policies: Policies) -> tuple[str, ...]:
    """The platforms whose counters may not be mixed with others', or of whose counters no figure
    may be derived."""
    return tuple(sorted(policies.barred("mixed") | policies.barred("derived")))


def is_counter(field: str) -> bool:
    """Whether a field of an index holds what a platform counted."""
    return field in _COUNTERS or field.startswith("metrics.")


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

    @property
    def counts(self) -> bool:
        """Whether any of its figures comes from counters."""
        return any(is_counter(field) for field in _measured(self.panel.aggs))


def _measured(aggs: Mapping[str, Any]) -> Iterator[str]:
    """The fields from whose values figures are computed."""
    for agg in aggs.values():
        for kind, body in agg.items():
            if kind == "aggs":
                yield from _measured(body)
            elif "field" in body and kind not in _HEADS:
                yield body["field"]


def kql(filters: Mapping[str, tuple[str, ...]], without: tuple[str, ...] = ()) -> str:
    """Filters in the query language of Dashboards; `without`: platforms that are left out."""
    clauses = [f"{name} : {_among(values)}" for name, values in filters.items()]
    if without:
        clauses.append(f"not platform : {_among(without)}")
    return " and ".join(clauses)


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
