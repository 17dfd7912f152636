"""Collecting for the first time: what has come so far, until the first analysis is there."""

from __future__ import annotations

from typing import Any

from starlette.responses import HTMLResponse, Response

from vigie.explorer.desk import Desk
from vigie.store import Filters, Page


def read_progress(desk: Desk) -> dict[str, Any] | None:
    """How far the first run is; None once something was analysed."""
    if desk.findings.analysis is not None:
        return None
    hits = desk.store.search("*", Filters(), sort="-published_at", page=Page(size=5))
    answered = desk.store.aggregate(
        "*", Filters(), {"read": {"value_count": {"field": "sentiment.label"}}}
    )
    read = int(answered["aggs"]["read"]["value"]) if answered["aggs"] else 0
    collected = any(run.kind in ("collect", "import") for run in desk.findings.runs)
    collected = collected or desk.site.workspace.at_work("run")
    return {
        "posts": hits.total,
        "read": read,
        "collected": collected,
        "newest": hits.hits,
        "folder": desk.site.workspace.dir.name,
    }


def progress(desk: Desk) -> Response:
    """The progress alone; a browser that polls it loads the page again once all is there."""
    from vigie.explorer.render import environment

    found = read_progress(desk)
    if found is None:
        return HTMLResponse("", headers={"HX-Refresh": "true"})
    template = environment(desk.lang).get_template("progress.html")
    return HTMLResponse(template.render(desk=desk, progress=found))
