"""How a chart stands on a page: its spec with data and colours, its key, its table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from vigie.explorer.desk import COLOURS, Desk
from vigie.explorer.scope import Scope
from vigie.panels import Panel

SENTIMENTS = ("positive", "neutral", "negative", "unsure")
Row = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    text: str
    href: str = ""
    count: int | None = None


@dataclass(frozen=True)
class Series:
    """One colour of a chart's key."""

    name: str
    colour: str  # custom property without its dashes
    own: bool = False


@dataclass(frozen=True)
class Chart:
    """A figure of a page: what it asks, what it draws, and its table."""

    panel: Panel
    spec: Mapping[str, Any] = field(default_factory=dict)
    series: tuple[Series, ...] = ()
    head: tuple[str, ...] = ()
    table: tuple[tuple[Cell, ...], ...] = ()
    notes: tuple[Cell, ...] = ()  # what its marks and bands stand for
    n: int = 0
    said: str = ""  # what `n` counts, where that is not posts
    since: date | None = None  # from when on, where that is not the page's period
    empty: str = ""  # what stands there when there is nothing to draw


def local(desk: Desk, at: datetime) -> str:
    """Local time without an offset: Vega then draws the workspace's hours on any machine."""
    return desk.words.local(at).replace(tzinfo=None).isoformat(timespec="minutes")


def ordered(desk: Desk, kind: str, keys: Iterable[Any]) -> tuple[Any, ...]:
    """Keys in the order that all charts share."""
    known: Sequence[Any] = ()
    if kind in ("brand", "owner"):
        known = tuple(desk.brands)
    elif kind == "sentiment":
        known = SENTIMENTS
    present = set(keys)
    return (
        *(key for key in known if key in present),
        *sorted(key for key in present if key not in known),
    )


def series_of(desk: Desk, kind: str, keys: Sequence[Any]) -> tuple[Series, ...]:
    if kind in ("brand", "owner"):
        return tuple(
            Series(desk.brand(key), desk.colours.get(key, "others"), desk.colours.get(key) == "own")
            for key in keys
        )
    if kind == "sentiment":
        return tuple(Series(desk.said("sentiment", key), key) for key in keys)
    # From the palette's end: what is no brand looks like none of the first brands.
    return tuple(
        Series(desk.named(kind, key), f"cat-{COLOURS - n}" if n < COLOURS else "others")
        for n, key in enumerate(keys)
    )


def clock_of(scope: Scope, step: str) -> str:
    """How a time axis writes its ticks."""
    if step == "hour":
        return "%-d %b %-H h" if scope.period.days > 1.5 else "%-H h"
    return "%a %-d %b" if scope.period.days <= 10 else "%-d %b"


def finish(
    panel: Panel,
    series: Sequence[Series],
    *,
    clock: str = "",
    colour: str = "plain",
    rows: list[Row],
    marks: Sequence[Row] = (),
    bands: Sequence[Row] = (),
) -> dict[str, Any]:
    """The declared spec with its data, the colours of its series, the colour of marks that belong
    to no series, and the ticks of its time axis."""
    spec = _coloured(panel.spec, f"--{colour}")
    scale = {"domain": [s.name for s in series], "range": [f"--{s.colour}" for s in series]}
    for layer in spec.get("layer", [spec]):
        color = layer.get("encoding", {}).get("color")
        if color and color.get("field") == "series":
            color["scale"] = scale
        x = layer.get("encoding", {}).get("x", {})
        if clock and x.get("type") == "temporal" and "axis" in x:
            x["axis"]["format"] = clock
    data = {"rows": rows, "marks": list(marks), "bands": list(bands)}
    spec["datasets"] = data
    if "layer" in spec:
        spec["layer"] = [
            layer
            for layer in spec["layer"]
            if layer["data"]["name"] == "rows" or data[layer["data"]["name"]]
        ]
    height = spec.get("height")
    if isinstance(height, dict):  # so much a row
        lines = dict.fromkeys(row["row"] for row in rows)
        spec["height"] = height["step"] * max(len(lines), 1)
    return {"width": "container", "autosize": {"type": "fit-x", "contains": "padding"}, **spec}


def _coloured(value: Any, colour: str) -> Any:
    """A copy of a spec in which marks without a series have that colour."""
    if isinstance(value, Mapping):
        return {key: _coloured(item, colour) for key, item in value.items()}
    if isinstance(value, list):
        return [_coloured(item, colour) for item in value]
    return colour if value == "--plain" else value
