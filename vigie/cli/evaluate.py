"""Evaluating: how good readers and detectors are on labelled data; no workspace needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigie.cli.options import AsJson
from vigie.cli.words import both, show

app = typer.Typer(
    help=both("Mesurer lecteurs et détecteurs.", "Measure readers and detectors."),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Given = Annotated[Path, typer.Argument(help=both("Fichier ou dossier.", "File or folder."))]
Out = Annotated[Path, typer.Option("--out", help=both("Fichier de sortie.", "File to write."))]


@app.command()
def trends(stream: Given, out: Out) -> None:
    from vigie.evaluation.trends import evaluate

    show(evaluate(stream, out), as_json=True, lines=[])


@app.command()
def alerts(folder: Given, out: Out) -> None:
    from vigie.evaluation.alerts import evaluate

    show(evaluate(folder, out), as_json=True, lines=[])


@app.command()
def sentiment(file: Given, out: Out) -> None:
    from vigie.evaluation.nlp import evaluate_sentiment

    show(evaluate_sentiment(file, out), as_json=True, lines=[])


@app.command()
def entities(file: Given, out: Out) -> None:
    from vigie.evaluation.nlp import evaluate_entities

    show(evaluate_entities(file, out), as_json=True, lines=[])


@app.command()
def mapping(folder: Given, as_json: AsJson = False) -> None:
    from vigie.evaluation.mapping import evaluate

    document = evaluate(folder)
    lines = [f"{name}: {value}" for name, value in document.items() if name != "endpoints"]
    show(document, as_json=as_json, lines=lines)
