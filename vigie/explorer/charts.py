"""A panel's declaration under a page's view: the rows to draw, and the same rows as a table whose
cells lead to their posts."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from vigie.explorer.desk import COLOURS, Desk
from vigie.explorer.periods import interval, midnight
from vigie.explorer.scope import Scope
from vigie.locales import mark
from vigie.panels import PANELS, Panel, ask, rows
from vigie.records import Benchmark, Trend

SENTIMENTS = ("positive", "neutral", "negative", "unsure")
SIGNS = {"spike": "▲", "crisis": "▲", "drop": "▼", "silence": "▽", "platform_dip": "▼"}
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
    n: int = 0
    notes: tuple[str, ...] = ()


def chart(desk: Desk, id: str, scope: Scope, *, brands: Sequence[str] = ()) -> Chart:
    """The chart of that id in that view; `brands` are those to show, default all with posts."""
    panel = PANELS[id]
    asked = scope
    if panel.origins and not scope.get("origin"):
        asked = scope.narrow(origin=panel.origins)
    step = interval(scope.period)
    answer = desk.ask(asked, ask(panel, interval=step, zone=str(desk.zone)))
    found = rows(panel, answer["aggs"]) if answer["aggs"] else []
    wanted = tuple(brands or asked.get("brand") or desk.brands)
    if panel.levels[0] == "brand" or panel.levels[0] == "owner":
        found = [row for row in found if row[panel.levels[0]] in wanted]
    if "at" in panel.levels:
        return over_time(desk, panel, asked, found, step)
    if panel.levels == ("weekday", "hour"):
        return calendar(desk, panel, asked, found)
    return breakdown(desk, panel, asked, found)


# -- along time


def steps(desk: Desk, scope: Scope, step: str, found: Sequence[Row]) -> list[datetime]:
    """The beginnings of all steps of the view, those without posts too."""
    low, high = scope.period.since, scope.period.until
    if scope.period.whole:
        if not found:
            return []
        low = min(instant_of(row["at"]) for row in found)
        high = max(instant_of(row["at"]) for row in found) + timedelta(seconds=1)
    first = desk.words.local(low)
    if step == "hour":
        at = first.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        return list(_while(at, high, lambda t: t + timedelta(hours=1)))
    day = first.date()
    size = 1
    if step == "week":
        day, size = day - timedelta(days=day.weekday()), 7
    days = _while(day, desk.words.local(high).date(), lambda d: d + timedelta(days=size), True)
    return [start for start in (midnight(d, desk.zone) for d in days) if start < high]


def _while(start: Any, end: Any, then: Any, closed: bool = False) -> Iterator[Any]:
    while start < end or (closed and start == end):
        yield start
        start = then(start)


def instant_of(key: Any) -> datetime:
    """The instant of a histogram's key (milliseconds)."""
    return datetime.fromtimestamp(float(key) / 1000, UTC)


def over_time(desk: Desk, panel: Panel, scope: Scope, found: list[Row], step: str) -> Chart:
    kind = panel.levels[0]
    starts = steps(desk, scope, step, found)
    ends = [*starts[1:], max([scope.period.until, *starts[-1:]])]
    if scope.period.whole and starts:
        ends[-1] = desk.now + timedelta(days=1)
    counted = {(row[kind], instant_of(row["at"])): row["posts"] for row in found}
    keys = _ordered(desk, kind, {row[kind] for row in found})
    series = _series(desk, kind, keys)
    drawn: list[Row] = []
    table: list[tuple[Cell, ...]] = []
    for start, end in zip(starts, ends, strict=True):
        when = _step_name(desk, start, step)
        cells = [Cell(when)]
        for rank, (key, shown) in enumerate(zip(keys, series, strict=True)):
            posts = counted.get((key, start), 0)
            inner = scope.narrow(**{panel.doors[kind]: key}).within(start, end)
            href = desk.door(inner)
            drawn.append(
                {
                    "series": shown.name,
                    "own": shown.own,
                    "rank": rank,
                    "at": _local(desk, start),
                    "when": when,
                    "posts": posts,
                    "label": f"{shown.name}, {when}: {desk.words.number(posts)}",
                    "href": href,
                }
            )
            cells.append(Cell(desk.words.number(posts), href if posts else "", posts))
        table.append(tuple(cells))
    return Chart(
        panel=panel,
        spec=finish(
            desk, panel, series, rows=drawn, clock=clock_of(scope, step), **markers(desk, scope)
        ),
        series=series,
        head=(desk.words.text("When"), *(shown.name for shown in series)),
        table=tuple(table),
        n=sum(row["posts"] for row in found),
    )


def _local(desk: Desk, at: datetime) -> str:
    """Local time without an offset: Vega then draws the workspace's hours on any machine."""
    return desk.words.local(at).replace(tzinfo=None).isoformat(timespec="minutes")


def _step_name(desk: Desk, at: datetime, step: str) -> str:
    if step == "hour":
        return f"{desk.words.day(at, weekday=False)}, {desk.words.hour(at)}"
    return desk.words.day(at, weekday=False)


def markers(desk: Desk, scope: Scope) -> dict[str, list[Row]]:
    """What happened beside the counts: outages as bands; alerts and notes as marks."""
    since, until = scope.period.since, scope.period.until
    bands: list[Row] = []
    marks: list[Row] = []
    shown = scope.get("brand") or tuple(desk.brands)
    for alert in desk.findings.alerts:
        end = alert.ended_at or desk.now
        if alert.started_at >= until or end <= since or alert.status == "false_alarm":
            continue
        name = desk.alert(alert)
        if alert.kind == "outage":
            bands.append(
                {
                    "at": _local(desk, max(alert.started_at, since)),
                    "until": _local(desk, min(end, until)),
                    "label": name,
                    "href": desk.beside("alert", alert.id),
                }
            )
        elif alert.subject.removeprefix("brand:") in shown or alert.kind == "platform_dip":
            at = alert.peaked_at or alert.started_at
            if since <= at < until:
                marks.append(
                    {
                        "at": _local(desk, at),
                        "sign": SIGNS.get(alert.kind, "▲"),
                        "label": f"{name}, {desk.words.moment(at)}",
                        "href": desk.beside("alert", alert.id),
                    }
                )
    for note in desk.findings.annotations:
        if since <= note.at < until:
            marks.append({"at": _local(desk, note.at), "sign": "✎", "label": note.text})
    return {"bands": bands, "marks": marks}


def of_trend(desk: Desk, trend: Trend) -> Chart:
    """The trend's posts per day, as its finding counted them."""
    panel = PANELS["trend-over-time"]
    drawn: list[Row] = []
    table: list[tuple[Cell, ...]] = []
    for text, posts in trend.daily:
        day = date.fromisoformat(text)
        start = midnight(day, desk.zone)
        end = midnight(day + timedelta(days=1), desk.zone)
        inner = desk.everything.of("trend", trend.id).within(start, end)
        when = desk.words.day(day)
        drawn.append(
            {
                "at": f"{text}T00:00",
                "posts": posts,
                "label": f"{when}: {desk.words.number(posts)}",
                "href": desk.door(inner),
            }
        )
        table.append((Cell(when), Cell(desk.words.number(posts))))
    return Chart(
        panel=panel,
        spec=finish(desk, panel, (), rows=drawn, clock="%-d %b"),
        head=(desk.words.text("When"), desk.words.text("Posts")),
        table=tuple(table),
        n=sum(posts for _, posts in trend.daily),
    )


def of_formats(desk: Desk, found: Mapping[str, Benchmark]) -> Chart:
    """What each brand's publications are made of, as the last benchmark counted them."""
    panel = PANELS["formats-by-brand"]
    brands = [id for id in desk.brands if id in found and found[id].formats]
    shapes = list(dict.fromkeys(shape for id in brands for shape in found[id].formats))
    series = tuple(
        Series(desk.said("format", shape), f"cat-{COLOURS - n}" if n < COLOURS else "others")
        for n, shape in enumerate(shapes)
    )
    drawn: list[Row] = []
    table: list[tuple[Cell, ...]] = []
    for id in brands:
        cells = [Cell(desk.brand(id))]
        for rank, shape in enumerate(shapes):
            values = found[id].formats.get(shape, {})
            posts = int(values.get("posts", 0))
            examples = tuple(values.get("post_ids", ()))
            drawn.append(
                {
                    "row": desk.brand(id),
                    "series": series[rank].name,
                    "rank": rank,
                    "posts": posts,
                    "label": f"{desk.brand(id)}, {series[rank].name}: {posts}",
                    "href": desk.evidence(examples) if examples else "",
                }
            )
            cells.append(Cell(desk.words.number(posts)))
        table.append(tuple(cells))
    return Chart(
        panel=panel,
        spec=finish(desk, panel, series, rows=drawn),
        series=series,
        head=(desk.words.text("Brand"), *(shown.name for shown in series)),
        table=tuple(table),
        n=sum(row["posts"] for row in drawn),
    )


# -- splits


def breakdown(desk: Desk, panel: Panel, scope: Scope, found: list[Row]) -> Chart:
    kind = panel.levels[0]
    inner = panel.levels[1] if len(panel.levels) > 1 else ""
    keys = [row[kind] for row in found] if not inner else []
    if inner:
        keys = list(_ordered(desk, kind, {row[kind] for row in found}))
    parts = _ordered(desk, inner, {row[inner] for row in found}) if inner else ()
    series = _series(desk, inner, parts) if inner else ()
    drawn: list[Row] = []
    table: list[tuple[Cell, ...]] = []
    counted = {(row[kind], row.get(inner)): row["posts"] for row in found}
    for key in keys:
        name = desk.named(panel.doors[kind], str(key))
        outer = scope.narrow(**{panel.doors[kind]: str(key)})
        cells = [Cell(name)]
        for rank, part in enumerate(parts or (None,)):
            posts = counted.get((key, part), 0)
            narrowed = outer.narrow(**{panel.doors[inner]: str(part)}) if inner else outer
            href = desk.door(narrowed)
            said = f"{name}, {series[rank].name}" if inner else name
            drawn.append(
                {
                    "row": name,
                    "series": series[rank].name if inner else name,
                    "rank": rank,
                    "posts": posts,
                    "label": f"{said}: {desk.words.number(posts)}",
                    "href": href,
                }
            )
            cells.append(Cell(desk.words.number(posts), href if posts else "", posts))
        table.append(tuple(cells))
    heads = [shown.name for shown in series] if inner else [desk.words.text("Posts")]
    return Chart(
        panel=panel,
        spec=finish(desk, panel, series, rows=drawn),
        series=series,
        head=(desk.words.text(_KINDS[kind]), *heads),
        table=tuple(table),
        n=sum(row["posts"] for row in found),
    )


_KINDS = {
    "brand": mark("Brand"),
    "network": mark("Network"),
    "language": mark("Language"),
}


def calendar(desk: Desk, panel: Panel, scope: Scope, found: list[Row]) -> Chart:
    """Week × hour; its cells have no door, since the address has no filter for hours."""
    monday = datetime(2024, 1, 1).date()
    days = [desk.words.day(monday + timedelta(days=n)).split()[0] for n in range(7)]
    counted = {(int(row["weekday"]), int(row["hour"])): row["posts"] for row in found}
    hours = range(24)
    names = [f"{hour}{' h' if desk.lang == 'fr' else ':00'}" for hour in hours]
    drawn = [
        {
            "row": days[day],
            "column": names[hour],
            "posts": counted.get((day, hour), 0),
            "label": f"{days[day]}, {names[hour]}: {counted.get((day, hour), 0)}",
        }
        for day in range(7)
        for hour in hours
    ]
    table = tuple(
        (Cell(days[day]), *(Cell(str(counted.get((day, hour), 0))) for hour in hours))
        for day in range(7)
    )
    return Chart(
        panel=panel,
        spec=finish(desk, panel, (), rows=drawn),
        head=(desk.words.text("Day"), *names),
        table=table,
        n=sum(row["posts"] for row in found),
    )


def counters(desk: Desk, id: str) -> Chart:
    """The public counters of one post over time, from its samples."""
    panel = PANELS["counters-over-time"]
    samples = desk.store.samples([id]).to_dicts()
    names = sorted({sample["metric"] for sample in samples})
    times = sorted({sample["captured_at"] for sample in samples})
    series = tuple(
        Series(desk.said("counter", name), f"cat-{n}") for n, name in enumerate(names, 1)
    )
    at = {(sample["metric"], sample["captured_at"]): sample["value"] for sample in samples}
    said = dict(zip(names, series, strict=True))
    drawn: list[Row] = [
        {
            "series": said[name].name,
            "own": False,
            "at": _local(desk, time),
            "posts": value,
            "label": f"{said[name].name}, {desk.words.moment(time)}: {desk.words.number(value)}",
        }
        for (name, time), value in sorted(at.items(), key=lambda item: item[0][1])
    ]
    table = tuple(
        (Cell(desk.words.moment(time)), *(Cell(desk.words.number(at.get((name, time))))
                                          for name in names))
        for time in times
    )  # fmt: skip
    drawable = len(times) > 1
    return Chart(
        panel=panel,
        spec=finish(desk, panel, series, rows=drawn) if drawable else {},
        series=series,
        head=(desk.words.text("When"), *(shown.name for shown in series)),
        table=table,
        n=len(times),
    )


# -- order and colours


def _ordered(desk: Desk, kind: str, keys: Iterable[Any]) -> tuple[Any, ...]:
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


def _series(desk: Desk, kind: str, keys: Sequence[Any]) -> tuple[Series, ...]:
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
    desk: Desk, panel: Panel, series: Sequence[Series], *, clock: str = "", **data: list[Row]
) -> dict[str, Any]:
    """The declared spec with its data, the colours of its series and the ticks of its time axis."""
    spec = copy.deepcopy(dict(panel.spec))
    scale = {"domain": [s.name for s in series], "range": [f"--{s.colour}" for s in series]}
    for layer in spec.get("layer", [spec]):
        color = layer.get("encoding", {}).get("color")
        if color and color.get("field") == "series":
            color["scale"] = scale
        x = layer.get("encoding", {}).get("x", {})
        if clock and x.get("type") == "temporal" and "axis" in x:
            x["axis"]["format"] = clock
    spec["datasets"] = {"rows": data["rows"], **{n: data.get(n, []) for n in ("marks", "bands")}}
    if "layer" in spec:
        spec["layer"] = [
            layer
            for layer in spec["layer"]
            if layer["data"]["name"] == "rows" or data.get(layer["data"]["name"])
        ]
    height = spec.get("height")
    if isinstance(height, dict):  # so much a row
        lines = dict.fromkeys(row["row"] for row in data["rows"])
        spec["height"] = height["step"] * max(len(lines), 1)
    return {"width": "container", "autosize": {"type": "fit-x", "contains": "padding"}, **spec}
