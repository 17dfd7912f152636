"""Sharing the work between machines: deploy, worker."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from vigie.cli.options import AsJson, Folder, Language, opened
from vigie.cli.words import both, said, show, tell
from vigie.errors import ConfigError
from vigie.workspace import Workspace

Pool = Annotated[
    str,
    typer.Option(
        help=both(
            "Groupe de travail (work pool) de cet espace, un par espace.",
            "Work pool of this workspace, one for each.",
        )
    ),
]


def deploy(
    pool: Pool = "vigie",
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    import asyncio

    with opened(workspace, lang) as space:
        reached(space)
        from flows.deploying import deploy as register

        done = asyncio.run(register(space, pool))
        known = said(space.lang, "groupe de travail", "work pool")
        made = said(space.lang, "créé", "made") if done["made"] else said(space.lang, "là", "there")
        lines = [f"{known} {pool}: {made}", *done["deployments"]]
        lines.append(f"→ vigie worker --pool {pool}")
        show(done, as_json=as_json, lines=lines)


def worker(
    pool: Pool = "vigie",
    name: Annotated[
        str,
        typer.Option(
            help=both("Nom de ce poste chez Prefect.", "Name of this worker at Prefect."),
            show_default=False,
        ),
    ] = "",
    limit: Annotated[
        int,
        typer.Option(
            min=1, help=both("Tâches à la fois, au plus.", "Flow runs at a time, at most.")
        ),
    ] = 4,
    workspace: Folder = None,
    lang: Language = None,
) -> None:
    import asyncio

    from vigie.cli import INTERRUPTED, Interrupted

    with opened(workspace, lang, read_only=False) as space:
        reached(space)
        from flows.deploying import set_up, work

        set_up(space)
        called = name or socket.gethostname()
        asyncio.run(work(space, pool=pool, name=called, limit=limit, ready=tell))
    raise Interrupted(INTERRUPTED)


def reached(space: Workspace) -> None:
    """Prepares the environment, and asks the configured server whether it is there. Raises
    ConfigError, Prerequisite."""
    from flows.environment import SERVER, prepare, reach, wants_prefect

    if not wants_prefect(space.environ):
        raise ConfigError(
            "is not set", where=SERVER, do=f"set it in .env: {SERVER}=http://127.0.0.1:4200/api"
        )
    prepare(space)
    reach(space)
