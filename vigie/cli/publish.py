"""Publishing: brief, shortlist, export, explore."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from vigie.cli.options import AsJson, Folder, Host, Language, Port, Usage, opened
from vigie.cli.words import Lang, both, show, tell
from vigie.errors import BriefingError
from vigie.workspace import Workspace

Out = Annotated[
    Path | None,
    typer.Option(
        "--out", help=both("Où écrire : fichier ou dossier.", "Where to write: file or folder.")
    ),
]


def brief(
    week: Annotated[
        str | None, typer.Option(help=both("Semaine ISO : 2026-W47.", "ISO week: 2026-W47."))
    ] = None,
    format: Annotated[
        str, typer.Option(help=both("Formats : json, html, md.", "Formats: json, html, md."))
    ] = "html,md",
    out: Out = None,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie import briefing
    from vigie.briefing import weeks

    with opened(workspace, lang, read_only=False) as space:
        chosen = week or last_week(space)
        formats = [one.strip() for one in format.split(",") if one.strip()]
        unknown = [one for one in formats if one not in ("json", "html", "md")]
        if unknown:
            raise Usage(f"no format {unknown[0]!r}", where="--format", do="json, html, md")
        try:
            weeks.bounds(chosen, space.watchlist.workspace.timezone)
        except BriefingError as error:
            raise Usage(error.what, where="--week", do=error.do) from error
        languages: tuple[Lang, ...] = (space.lang,) if lang else ("fr", "en")
        folder = out or space.data / "briefings"
        written = briefing.publish(
            space, week=chosen, formats=formats, languages=languages, folder=folder
        )
        show(
            [str(path) for path in written], as_json=as_json, lines=[str(path) for path in written]
        )


def last_week(space: Workspace) -> str:
    """The last full ISO week in the workspace's time zone."""
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(space.watchlist.workspace.timezone)
    today = space.clock.now().astimezone(zone).date()
    year, number, _ = (today - timedelta(days=7)).isocalendar()
    return f"{year}-W{number:02}"


def shortlist(
    query: Annotated[
        str | None, typer.Option(help=both("Requête, comme pour search.", "Query, as for search."))
    ] = None,
    out: Out = None,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie import exports
    from vigie.query import parse

    with opened(workspace, lang, read_only=False) as space:
        parse(query or "*")
        path = out or space.data / "exports" / "shortlist.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = exports.shortlist(space, path=path, query=query, lang=space.lang)
        show({"file": str(path), "rows": rows}, as_json=as_json, lines=[f"{path} ({rows})"])


def export(
    what: Annotated[str, typer.Argument(help=both("Quoi : posts.", "What: posts."))] = "posts",
    query: Annotated[
        str, typer.Option(help=both("Requête, comme pour search.", "Query, as for search."))
    ] = "*",
    out: Out = None,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie import exports

    if what != "posts":
        raise Usage(f"cannot export {what!r}", where="export", do="posts")
    with opened(workspace, lang) as space:
        path = out or space.data / "exports" / "posts.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = exports.posts(space, path=path, query=query, lang=space.lang)
        show({"file": str(path), "rows": rows}, as_json=as_json, lines=[f"{path} ({rows})"])


def explore(
    host: Host = "127.0.0.1",
    port: Port = 8765,
    workspace: Folder = None,
    lang: Language = None,
) -> None:
    import asyncio

    from vigie.explorer.serving import serve

    with opened(workspace, lang, read_only=True) as space:
        asyncio.run(serve(space, host=host, port=port, ready=lambda url: tell(url)))
