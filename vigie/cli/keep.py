"""Keeping: rebuild, remap, verify."""

from __future__ import annotations

import typer

from vigie.cli.options import AsJson, Folder, Language, opened
from vigie.cli.words import both, show


def rebuild(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    """The store from the landing: documents mapped again, then the index."""
    from vigie.pipeline import replay

    with opened(workspace, lang, read_only=False) as space, space.alone("run"):
        counted = dict(replay(space))
        space.store.rebuild()
        show(counted, as_json=as_json, lines=[f"{key}: {n}" for key, n in counted.items()])


def remap(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    """Mapping again: the landed bodies through the present mappers, without a new crawl."""
    from vigie.pipeline import replay

    with opened(workspace, lang, read_only=False) as space, space.alone("run"):
        counted = dict(replay(space))
        show(counted, as_json=as_json, lines=[f"{key}: {n}" for key, n in counted.items()])


def verify(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    """Whether landing, store and index agree; exit 1 where they do not."""
    from vigie.pipeline import verify as differences

    with opened(workspace, lang) as space:
        wrong = differences(space)
        said = wrong or [both("rien à redire", "all agree")]
        show({"ok": not wrong, "differences": wrong}, as_json=as_json, lines=said)
    if wrong:
        raise typer.Exit(1)
