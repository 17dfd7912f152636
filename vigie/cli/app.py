"""All commands by name. Each lives in a module that is light to import; what is heavy is imported
inside the commands."""

from __future__ import annotations

import typer

from vigie.cli import begin, demo, evaluate, find, keep, publish, work
from vigie.cli.words import both

app = typer.Typer(
    name="vigie",
    help=both(
        "Vigie : veille de tendances et de concurrents pour les équipes social media.",
        "Vigie: trend and competitor watch for social media teams.",
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

for command in (
    demo.demo,
    begin.init, begin.check, begin.doctor,
    work.run, work.import_, work.status, work.serve,
    find.search, find.trends, find.alerts, find.benchmark, find.influencers, find.metrics,
    publish.brief, publish.shortlist, publish.export, publish.explore,
    keep.rebuild, keep.remap, keep.verify,
):  # fmt: skip
    app.command(command.__name__.rstrip("_"))(command)
app.add_typer(evaluate.app, name="evaluate")


@app.callback(invoke_without_command=True)
def version(
    version: bool = typer.Option(False, "--version", help=both("La version.", "The version.")),
) -> None:
    if version:
        from vigie import __version__

        print(f"vigie {__version__}")
        raise typer.Exit
