"""The posts of a view as a spreadsheet."""

from __future__ import annotations

import tempfile
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from vigie.explorer.desk import Desk
from vigie.explorer.render import answer

FORMATS = ("csv", "xlsx")


def export(desk: Desk, format: str) -> Response:
    """All posts of the page's view, with the dictionary and the filters (XLSX) or bare (CSV)."""
    from vigie.exports import posts

    if format not in FORMATS:
        return answer(desk, "missing.html", 404, title=desk.words.text("Page"))
    with tempfile.NamedTemporaryFile(suffix=f".{format}", delete=False) as made:
        path = Path(made.name)
    try:
        posts(
            desk.site.workspace,
            path=path,
            query=desk.scope.query,
            filters=desk.filters(desk.scope),
            lang=desk.lang,
        )
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    name = f"{desk.words.text('Posts').lower()}.{format}"
    return FileResponse(path, filename=name, background=BackgroundTask(path.unlink))
