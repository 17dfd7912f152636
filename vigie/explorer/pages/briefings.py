"""Briefings: what we told, week by week, as it was frozen."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from starlette.responses import FileResponse, Response

from vigie.explorer.desk import Desk
from vigie.explorer.render import answer

NAME = re.compile(r"[\w.\-]+")
DOWNLOADS = (".html", ".md", ".json")


def folder(desk: Desk) -> Path:
    return desk.site.workspace.data / "briefings"


def documents(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    """The briefings on disk, newest week first, as (name, document)."""
    found = []
    for path in folder(desk).glob("*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(document, dict):
            found.append((path.stem, document))
    return sorted(found, key=lambda entry: (str(entry[1].get("week", "")), entry[0]), reverse=True)


def briefings(desk: Desk) -> Response:
    return answer(
        desk,
        "briefings.html",
        title=desk.words.text("Briefings"),
        briefings=documents(desk),
        files=sorted(
            (path.name for path in folder(desk).glob("*") if path.suffix in (".html", ".md")),
            reverse=True,
        ),
    )


def briefing(desk: Desk, name: str) -> Response:
    """One briefing, or one of its files to take away."""
    path = folder(desk) / name
    if not NAME.fullmatch(name) or name.startswith("."):
        return answer(desk, "missing.html", 404, title=desk.words.text("Briefing"))
    if path.suffix in DOWNLOADS and path.is_file():
        return FileResponse(path, filename=name, content_disposition_type="attachment")
    for stem, document in documents(desk):
        if stem == name:
            return answer(desk, "briefing.html", title=desk.words.text("Briefing"),
                          name=name, briefing=document)  # fmt: skip
    return answer(desk, "missing.html", 404, title=desk.words.text("Briefing"))
