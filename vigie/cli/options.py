"""The options that commands share."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated

import typer

from vigie import logs
from vigie.cli.words import Lang, Language, both, given_language, reads
from vigie.errors import VigieError
from vigie.workspace import Workspace

Folder = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        help=both("Dossier de l'espace de travail.", "Folder of the workspace."),
        show_default=False,
    ),
]
AsJson = Annotated[
    bool,
    typer.Option(
        "--json",
        help=both("Un document JSON et rien d'autre.", "One JSON document and nothing else."),
    ),
]
Since = Annotated[
    str | None, typer.Option("--from", help=both("Premier jour (ISO).", "First day (ISO)."))
]
Until = Annotated[
    str | None,
    typer.Option("--to", help=both("Jour de fin, exclu (ISO).", "End day, excluded (ISO).")),
]
Last = Annotated[
    str | None, typer.Option("--last", help=both("Durée : 7d, 24h, 4w.", "Length: 7d, 24h, 4w."))
]


__all__ = ["AsJson", "Folder", "Language", "Last", "Since", "Until", "Usage", "opened", "period"]
Host = Annotated[str, typer.Option(help=both("Adresse d'écoute.", "Address to listen at."))]
Port = Annotated[
    int,
    typer.Option(
        help=both(
            "Port de l'explorateur ; 0 en prend un libre.",
            "Port of the explorer; 0 takes a free one.",
        )
    ),
]


class Usage(VigieError):
    """A value on the command line cannot be read."""

    exit_code = 2


def opened(folder: Path | None, lang: Lang | None = None, *, read_only: bool = True) -> Workspace:
    """The workspace that a command works on, in the language asked for anywhere on the line."""
    asked = lang or given_language()
    space = Workspace.open(folder, lang=asked, read_only=read_only)
    if asked is None:
        with suppress(VigieError):  # a watchlist that cannot be read is told by who needs it
            reads(space.lang)
    if logs.structured():
        logs.hide(space.environ)
    return space


def period(
    workspace: Workspace, since: str | None, until: str | None, last: str | None
) -> tuple[datetime | None, datetime | None]:
    """The period asked for as UTC bounds, the end excluded; None where it is open."""
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(workspace.watchlist.workspace.timezone)
    if last is not None:
        if since or until:
            raise Usage("either a length or bounds", where="--last", do="leave out --from and --to")
        match = re.fullmatch(r"(\d+)([hdw])", last)
        if not match:
            raise Usage(f"cannot read {last!r}", where="--last", do="write 7d, 24h or 4w")
        unit = {"h": "hours", "d": "days", "w": "weeks"}[match[2]]
        now = workspace.clock.now()
        return now - timedelta(**{unit: int(match[1])}), now
    return _day(since, zone, "--from"), _day(until, zone, "--to")


def _day(text: str | None, zone: tzinfo, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Usage(f"cannot read {text!r}", where=option, do="write 2026-11-16") from error
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
