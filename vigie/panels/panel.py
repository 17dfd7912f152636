"""What a chart declares, and how its question and its answer are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart: what it answers, what it asks the store, how it is drawn."""

    id: str
    title: str  # message id: vigie/locales
    question: str  # message id
    aggs: Mapping[str, Any]  # empty: drawn from a finding's own rows
    levels: tuple[str, ...]
    spec: Mapping[str, Any]
    measures: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()  # asked for where the reader chose none
    kinds: tuple[str, ...] = ()  # of posts, likewise
    doors: Mapping[str, str] = field(default_factory=dict)  # level → address parameter


def ask(panel: Panel, *, interval: str, zone: str) -> dict[str, Any]:
    """The panel's aggregation with its placeholders filled in."""

    def fill(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: fill(item) for key, item in value.items()}
        return (
            {"$interval": interval, "$zone": zone}.get(value, value)
            if isinstance(value, str)
            else value
        )

    return {name: fill(agg) for name, agg in panel.aggs.items()}


def rows(panel: Panel, aggregations: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per innermost bucket, in the answer's order."""
    found: list[dict[str, Any]] = []

    def walk(answer: Mapping[str, Any], levels: tuple[str, ...], keys: dict[str, Any]) -> None:
        name, deeper = levels[0], levels[1:]
        for bucket in answer[name]["buckets"]:
            here = {**keys, name: bucket["key"]}
            if deeper:
                walk(bucket, deeper, here)
            else:
                values = {measure: bucket[measure]["value"] for measure in panel.measures}
                found.append({**here, "posts": bucket["doc_count"], **values})

    walk(aggregations, panel.levels, {})
    return found
