"""Briefings: what we told, week by week, with the figures as they were frozen."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.responses import FileResponse, HTMLResponse, Response

from vigie.briefing import FILE, Briefing, load, moved
from vigie.briefing import rendering as told
from vigie.explorer.desk import Desk
from vigie.explorer.render import answer, environment
from vigie.metrics import DEFINITIONS

WEEK = re.compile(r"\d{4}-W\d{2}")
TAKEN = re.compile(r"briefing\.(?:(?:fr|en)\.(?:html|md)|json)")


def folder(desk: Desk) -> Path:
    return desk.site.workspace.data / "briefings"


def weeks(desk: Desk) -> list[str]:
    """The weeks that were told, newest first."""
    found = (path.parent.name for path in folder(desk).glob(f"*/{FILE}"))
    return sorted((week for week in found if WEEK.fullmatch(week)), reverse=True)


def read(desk: Desk, week: str) -> Briefing | None:
    path = folder(desk) / week / FILE
    return load(path) if WEEK.fullmatch(week) and path.is_file() else None


def briefings(desk: Desk) -> Response:
    listed = [briefing for week in weeks(desk) if (briefing := read(desk, week))]
    return answer(
        desk,
        "briefings.html",
        title=desk.words.text("Briefings"),
        briefings=listed,
        hits=[outcome for briefing in listed[:1] for outcome in briefing.outcomes],
    )


def briefing(desk: Desk, week: str) -> Response:
    found = read(desk, week)
    if found is None:
        return answer(desk, "missing.html", 404, title=desk.words.text("Briefing"))
    words = desk.words
    files = sorted(path.name for path in (folder(desk) / week).iterdir())
    return answer(
        desk,
        "briefing.html",
        title=f"{words.text('Briefing')}, {words.text('week %(n)s') % {'n': int(week[-2:])}}",
        b=found,
        week=week,
        definitions=DEFINITIONS,
        columns=[
            DEFINITIONS[id]
            for id in told.COLUMNS
            if any(id in competitor.figures for competitor in found.competitors)
        ],
        shown=lambda figure: told.shown(figure, words),
        change=lambda figure: told.change(figure, words),
        against_mean=lambda key: told.against_mean(key, words),
        cell=lambda competitor, id: told.cell(competitor, id, words),
        advised=lambda advice: told.advised(advice, found, words),
        files=[name for name in files if TAKEN.fullmatch(name)],
    )


def today(desk: Desk, week: str) -> Response:
    """What has moved since the briefing was frozen, with its cause."""
    found = read(desk, week)
    if found is None:
        return answer(desk, "missing.html", 404, title=desk.words.text("Briefing"))
    last = desk.findings.analysis
    frozen = (folder(desk) / week / FILE).stat().st_mtime_ns
    present = desk.site.comparisons.ask(
        week,
        (frozen, last.id if last else None, desk.findings.posts),
        lambda: moved(found, desk.store, desk.watchlist, now=desk.now),
    )
    template = environment(desk.lang).get_template("moved.html")
    return HTMLResponse(
        template.render(
            desk=desk,
            week=week,
            moved=present,
            definitions=DEFINITIONS,
            shown=lambda figure: told.shown(figure, desk.words) if figure else "—",
        )
    )


def file(desk: Desk, week: str, name: str) -> Response:
    """One of a briefing's files, to take away."""
    path = folder(desk) / week / name
    if not WEEK.fullmatch(week) or not TAKEN.fullmatch(name) or not path.is_file():
        return answer(desk, "missing.html", 404, title=desk.words.text("Briefing"))
    return FileResponse(path, filename=f"{week}.{name}", content_disposition_type="attachment")
