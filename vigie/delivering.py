"""Deliveries of the watchlist: what is put into a folder when a run or a week has ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import orjson

from vigie.locales import LANGUAGES
from vigie.workspace import Workspace


def deliver_week(workspace: Workspace) -> list[Path]:
    """Writes the briefing of the last full week where the explorer shows it, and what the watchlist
    delivers weekly into its folders; answers with the files. Raises BriefingError."""
    from vigie.briefing import publish
    from vigie.briefing.weeks import named, shifted
    from vigie.exports import shortlist

    zone = workspace.watchlist.workspace.timezone
    week = named(shifted(workspace.clock.now(), -1, zone), zone)
    own = workspace.data / "briefings"
    written: list[Path] = []
    for folder in dict.fromkeys([own, *_folders(workspace, "briefing")]):
        written += publish(
            workspace, week=week, formats=["html", "md"], languages=LANGUAGES, folder=folder
        )
    for folder in _folders(workspace, "shortlist"):
        path = folder / "shortlist.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        shortlist(workspace, path=path, query=None, lang=workspace.lang)
        written.append(path)
    return written


def deliver_alerts(workspace: Workspace) -> list[Path]:
    """Writes the alerts of the last analysis as `alerts.json` into the watchlist's folders."""
    from vigie.findings import latest
    from vigie.records import Alert

    written = []
    for folder in _folders(workspace, "alerts"):
        path = folder / "alerts.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        alerts = [alert.model_dump(mode="json") for alert in latest(workspace.store, Alert)]
        path.write_bytes(orjson.dumps(alerts, option=orjson.OPT_INDENT_2))
        written.append(path)
    return written


def _folders(
    workspace: Workspace, what: Literal["briefing", "alerts", "shortlist"]
) -> Iterator[Path]:
    for delivery in workspace.watchlist.deliveries:
        if what in delivery.what:
            yield workspace.dir / delivery.to
