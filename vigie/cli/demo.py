"""The demo: the whole way on the simulated world, then the explorer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from vigie.cli.options import AsJson, Language
from vigie.cli.words import both, language, show, tell


def demo(
    dir: Annotated[
        Path, typer.Option(help=both("Dossier de la démo.", "The demo's folder."))
    ] = Path("demo"),
    port: Annotated[int, typer.Option(help="Port.")] = 8765,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help=both("Servir.", "Serve."))
    ] = True,
    seed: Annotated[int | None, typer.Option(help=both("Graine.", "Seed."))] = None,
    store: Annotated[str, typer.Option(help="embedded")] = "embedded",
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    import asyncio

    from vigie.cli.options import Usage
    from vigie.demo.run import lines_of, run

    if store != "embedded":
        raise Usage(f"no store {store!r}", where="--store", do="embedded")

    def progress(stage: str, figures: dict[str, Any]) -> None:
        told = ", ".join(f"{name} {number}" for name, number in figures.items())
        tell(f"{stage} {told}".rstrip())

    def report(document: dict[str, Any]) -> None:
        show(document, as_json=as_json, lines=lines_of(document, language(lang)))

    asyncio.run(
        run(dir, seed=seed, lang=language(lang), port=port if serve else None,
            progress=progress, report=report)
    )  # fmt: skip
