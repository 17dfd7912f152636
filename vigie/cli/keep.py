"""Keeping: rebuild, remap, verify."""

from __future__ import annotations

import typer

from vigie.cli.options import AsJson, Folder, Language, opened
from vigie.cli.telling import count_lines, progress
from vigie.cli.words import said, show


def rebuild(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.backfills import replay

    with opened(workspace, lang, read_only=False) as space, space.alone("run"):
        counted = dict(replay(space, progress=progress(space.lang)))
        space.store.rebuild()
        show(counted, as_json=as_json, lines=count_lines(counted, space.lang))


def remap(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.backfills import replay

    with opened(workspace, lang, read_only=False) as space, space.alone("run"):
        counted = dict(replay(space, what="remap", progress=progress(space.lang)))
        show(counted, as_json=as_json, lines=count_lines(counted, space.lang))


def verify(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.pipeline import verify as differences

    with opened(workspace, lang) as space:
        wrong = differences(space)
        lines = wrong or [said(space.lang, "tout concorde", "all agree")]
        show({"ok": not wrong, "differences": wrong}, as_json=as_json, lines=lines)
    if wrong:
        raise typer.Exit(1)
