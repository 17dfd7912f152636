"""A panel's declaration under a page's view: the live rows to draw, and the same rows as a table
whose cells lead to their posts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from vigie.explorer.desk import Desk
from vigie.explorer.drawing import Cell, Chart, Row, clock_of, finish, local, ordered, series_of
from vigie.explorer.periods import interval, midnight
from vigie.explorer.scope import Scope
from vigie.locales import mark
from vigie.panels import PANELS, Panel, ask, rows
from vigie.records import OPERATIONAL

SIGNS = {"spike": "▲", "crisis": "▲", "drop": "▼", "silence": "▽", "platform_dip": "▼"}


def chart(
    desk: Desk, id: str, scope: Scope, *, brands: Sequence[str] = (), colour: str = "plain"
) -> Chart:
    """The chart of that id in that view; `brands` are those to show, default all with posts.
    `colour` is that of marks which belong to no series."""
    panel = PANELS[id]
    asked = scope
    if panel.origins and not scope.get("origin"):
        asked = scope.narrow(origin=panel.origins)
    if panel.kinds and not scope.get("kind"):
        asked = asked.narrow(kind=panel.kinds)
    step = interval(scope.period)
    answer = desk.ask(asked, ask(panel, interval=step, zone=str(desk.zone)))
    found = rows(panel, answer["aggs"]) if answer["aggs"] else []
    wanted = tuple(brands or asked.get("brand") or desk.brands)
    if panel.levels[0] == "brand" or panel.levels[0] == "owner":
        found = [row for row in found if row[panel.levels[0]] in wanted]
    if "at" in panel.levels:
        return over_time(desk, panel, asked, found, step)
    if panel.levels == ("weekday", "hour"):
        return calendar(desk, panel, found, colour)
    return breakdown(desk, panel, asked, found, colour)


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
    keys = ordered(desk, kind, {row[kind] for row in found})
    series = series_of(desk, kind, keys)
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
                    "at": local(desk, start),
                    "when": when,
                    "posts": posts,
                    "label": f"{shown.name}, {when}: {desk.words.number(posts)}",
                    "href": href,
                }
            )
            cells.append(Cell(desk.words.number(posts), href if posts else "", posts))
        table.append(tuple(cells))
    bands, marks = markers(desk, scope)
    return Chart(
        panel=panel,
        spec=finish(
            panel, series, rows=drawn, clock=clock_of(scope, step), bands=bands, marks=marks
        ),
        series=series,
        head=(desk.words.text("When"), *(shown.name for shown in series)),
        table=tuple(table),
        notes=tuple(
            Cell(f"{row['sign']} {row['label']}", row.get("href", "")) for row in (*marks, *bands)
        )
        if "layer" in panel.spec
        else (),
        n=sum(row["posts"] for row in found),
    )


def _step_name(desk: Desk, at: datetime, step: str) -> str:
    if step == "hour":
        return f"{desk.words.day(at, weekday=False)}, {desk.words.hour(at)}"
    return desk.words.day(at, weekday=False)


def markers(desk: Desk, scope: Scope) -> tuple[list[Row], list[Row]]:
    """What happened beside the counts: outages as bands; alerts, moments of the calendar and notes
    as marks."""
    since, until = scope.period.since, scope.period.until
    marks: list[Row] = []
    shown = scope.get("brand") or tuple(desk.brands)
    for alert in desk.findings.alerts:
        end = alert.ended_at or desk.now
        if alert.started_at >= until or end <= since or alert.kind in OPERATIONAL:
            continue
        about = alert.subject.removeprefix("brand:") in shown or alert.kind == "platform_dip"
        at = alert.peaked_at or alert.started_at
        if about and alert.status != "false_alarm" and since <= at < until:
            marks.append(
                {
                    "at": local(desk, at),
                    "sign": SIGNS.get(alert.kind, "▲"),
                    "label": f"{desk.alert(alert)}, {desk.words.moment(at)}",
                    "href": desk.beside("alert", alert.id),
                }
            )
    for note in desk.findings.annotations:
        if since <= note.at < until:
            marks.append({"at": local(desk, note.at), "sign": "✎", "label": note.text})
    return outages(desk, scope), marks + moments(desk, scope)


def outages(desk: Desk, scope: Scope) -> list[Row]:
    """The spans of the view in which a network was not collected."""
    since, until = scope.period.since, min(scope.period.until, desk.now)
    networks = scope.get("network")
    return [
        {
            "at": local(desk, max(alert.started_at, since)),
            "until": local(desk, min(alert.ended_at or desk.now, until)),
            "sign": "▒",
            "label": desk.alert(alert),
            "href": desk.beside("alert", alert.id),
        }
        for alert in desk.findings.alerts
        if alert.kind == "outage"
        and alert.status != "false_alarm"
        and alert.started_at < until
        and (alert.ended_at or desk.now) > since
        and (not networks or alert.platform in networks)
    ]


def moments(desk: Desk, scope: Scope) -> list[Row]:
    """The calendar's hooks that begin in the view; none in a view of more than a quarter."""
    from vigie.insights.moments import between

    if scope.period.days > 92:
        return []
    first = desk.words.local(scope.period.since).date()
    last = desk.words.local(scope.period.until).date()
    own = desk.watchlist.calendar.moments
    country = desk.watchlist.workspace.country
    return [
        {
            "at": f"{moment.start}T12:00",
            "sign": "◆",
            "label": f"{moment.names[desk.lang]}, {desk.words.day(moment.start)}",
        }
        for moment in between(first, last, country, own)
        if first <= moment.start < last and moment.hook
    ]


# -- splits


def breakdown(desk: Desk, panel: Panel, scope: Scope, found: list[Row], colour: str) -> Chart:
    kind = panel.levels[0]
    inner = panel.levels[1] if len(panel.levels) > 1 else ""
    keys = [row[kind] for row in found] if not inner else []
    if inner:
        keys = list(ordered(desk, kind, {row[kind] for row in found}))
    parts = ordered(desk, inner, {row[inner] for row in found}) if inner else ()
    series = series_of(desk, inner, parts) if inner else ()
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
        spec=finish(panel, series, rows=drawn, colour=colour),
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


def calendar(desk: Desk, panel: Panel, found: list[Row], colour: str) -> Chart:
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
        spec=finish(panel, (), rows=drawn, colour=colour),
        head=(desk.words.text("Day"), *names),
        table=table,
        n=sum(row["posts"] for row in found),
    )
