"""The weekly briefing: `briefing.json` first (claims, figures, evidence), the rest from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.briefing.building import build
from vigie.briefing.checking import Moved, moved, verify
from vigie.briefing.model import Briefing
from vigie.briefing.rendering import render_html, render_markdown
from vigie.errors import BriefingError
from vigie.locales import Lang

if TYPE_CHECKING:
    from vigie.workspace import Workspace

__all__ = [
    "Briefing",
    "Moved",
    "build",
    "kept",
    "load",
    "moved",
    "publish",
    "render_html",
    "render_markdown",
    "verify",
]
FILE = "briefing.json"


def publish(
    space: Workspace,
    *,
    week: str,
    formats: Sequence[str],
    languages: Sequence[Lang],
    folder: Path,
) -> list[Path]:
    """Writes a week's briefing into `folder/WEEK/` and answers with the files: `briefing.json`,
    and `briefing.LANG.FORMAT` for each of `html` and `md`. One that was written after its week
    ended is kept: its figures are frozen. Raises BriefingError where a figure does not recompute
    or a post does not resolve; then nothing is written."""
    from vigie.briefing import weeks

    zone = space.watchlist.workspace.timezone
    since, _ = weeks.bounds(week, zone)
    path = folder / week / FILE
    told = load(path) if path.is_file() else None
    if told is None or told.as_of < told.until:
        earlier = folder / weeks.named(weeks.shifted(since, -1, zone), zone) / FILE
        previous = load(earlier) if earlier.is_file() else None
        now = space.clock.now()
        told = build(space.store, space.watchlist, week=week, now=now, previous=previous)
        verify(told, space.store, space.watchlist, previous=previous)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(told.model_dump_json(indent=1), encoding="utf-8")
    written = [path]
    for lang in languages:
        for format, render in (("html", render_html), ("md", render_markdown)):
            if format in formats:
                file = path.with_name(f"briefing.{lang}.{format}")
                file.write_text(render(told, lang), encoding="utf-8")
                written.append(file)
    return written


def load(path: Path) -> Briefing:
    """The briefing of a `briefing.json`; raises BriefingError where it cannot be read."""
    try:
        return Briefing.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BriefingError(
            "this is no briefing of this version", where=str(path), do="remove it and brief again"
        ) from error


def kept(folder: Path) -> list[Briefing]:
    """The briefings of a folder, newest week first."""
    found = [load(path) for path in folder.glob(f"*/{FILE}")]
    return sorted(found, key=lambda briefing: briefing.week, reverse=True)
