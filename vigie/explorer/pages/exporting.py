"""What a view shows as a spreadsheet: its posts, or the people to talk to."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from vigie.explorer.desk import Desk
from vigie.explorer.render import answer

FORMATS = ("csv", "xlsx")


def export(desk: Desk, format: str) -> Response:
    """All posts of the page's view, with the dictionary and the filters (XLSX) or bare (CSV)."""
    from vigie.exports import posts

    def write(path: Path) -> int:
        return posts(
            desk.site.workspace,
            path=path,
            query=desk.scope.query,
            filters=desk.filters(desk.scope),
            lang=desk.lang,
        )

    return _file(desk, format, desk.words.text("Posts"), write)


def people(desk: Desk, format: str) -> Response:
    """The candidates of the last analysis, those with a post that the query matches; with the
    manual columns as the last `vigie shortlist` read them."""
    from vigie.exports import shortlist

    def write(path: Path) -> int:
        query = desk.scope.q.strip() or None
        return shortlist(desk.site.workspace, path=path, query=query, lang=desk.lang)

    return _file(desk, format, desk.words.text("shortlist"), write)


def _file(desk: Desk, format: str, name: str, write: Callable[[Path], int]) -> Response:
    if format not in FORMATS:
        return answer(desk, "missing.html", 404, title=desk.words.text("Nothing here"))
    folder = Path(tempfile.mkdtemp())
    path = folder / f"{name.lower()}.{format}"
    try:
        write(path)
    except BaseException:
        shutil.rmtree(folder)
        raise
    return FileResponse(path, filename=path.name, background=BackgroundTask(shutil.rmtree, folder))
