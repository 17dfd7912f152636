"""The demo: the whole way on the simulated world, then the explorer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from vigie.cli.options import AsJson, Language, Port
from vigie.cli.words import both, language, show, tell


def demo(
    dir: Annotated[
        Path, typer.Option(help=both("Dossier de la démo.", "The demo's folder."))
    ] = Path("demo"),
    port: Port = 8765,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve/--no-serve",
            help=both(
                "Sert l'explorateur à la fin, ou non.", "Serves the explorer at the end, or not."
            ),
        ),
    ] = True,
    seed: Annotated[
        int | None,
        typer.Option(help=both("Graine de l'univers simulé.", "Seed of the simulated world.")),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(help=both("Base : embedded ou opensearch.", "Store: embedded or opensearch.")),
    ] = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    import asyncio

    from vigie.cli.options import Usage
    from vigie.demo.run import ZONE, lines_of, run
    from vigie.demo.telling import Telling

    if store not in (None, "embedded", "opensearch"):
        raise Usage(f"no store {store!r}", where="--store", do="embedded, opensearch")

    def report(document: dict[str, Any], explorer: str) -> None:
        show(document, as_json=as_json, lines=lines_of(document, language(lang), explorer))

    asyncio.run(
        run(dir, seed=seed, store=store, lang=language(lang), port=port if serve else None,
            progress=Telling(language(lang), str(ZONE), tell), report=report)
    )  # fmt: skip
