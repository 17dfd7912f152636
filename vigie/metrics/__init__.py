"""The single place where a metric is defined: engagement, the registry and the value that carries
its definition. Light: polars is imported only by `engagement_column`."""

from __future__ import annotations

from vigie.metrics.engagement import OTHERS, TERMS, engagement, engagement_column
from vigie.metrics.registry import DEFINITIONS, Definition, Figure, figure

__all__ = [
    "DEFINITIONS",
    "OTHERS",
    "TERMS",
    "Definition",
    "Figure",
    "engagement",
    "engagement_column",
    "figure",
]
