"""Evaluating: how good readers and detectors are on labelled data; no workspace needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from vigie.cli.options import AsJson, Language
from vigie.cli.words import both, show

app = typer.Typer(
    help=both(
        "Mesure lecteurs et détecteurs sur vos données annotées.",
        "Measures readers and detectors on your labelled data.",
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Stream = Annotated[
    Path, typer.Argument(help=both("Flux JSON Lines (.gz admis).", "JSON Lines stream (or .gz)."))
]
Series = Annotated[
    Path, typer.Argument(help=both("Dossier de séries *.csv.", "Folder of *.csv series."))
]
Lines = Annotated[
    Path, typer.Argument(help=both("Fichier JSON Lines.", "JSON Lines file (or .gz)."))
]
Bodies = Annotated[
    Path,
    typer.Argument(
        help=both("Dossier de réponses avec index.json.", "Folder of bodies with an index.json.")
    ),
]
Out = Annotated[Path, typer.Option("--out", help=both("Fichier à écrire.", "File to write."))]


@app.callback()
def group(lang: Language = None) -> None:
    pass


@app.command(
    help=both(
        "Les tendances d'un flux, jour après jour, et le débit.",
        "The trends of a stream, day by day, and the speed.",
    )
)
def trends(stream: Stream, out: Out, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.evaluation.trends import evaluate

    report = evaluate(stream, out)
    summary = {**report, "trends": len(report["trends"])}
    _summed(summary, out, as_json)


@app.command(
    help=both(
        "Les alertes de séries de volumes, une série par fichier.",
        "The alerts in series of volumes, one series a file.",
    )
)
def alerts(folder: Series, out: Out, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.evaluation.alerts import evaluate

    found = evaluate(folder, out)
    _summed({"series": len(found), "alerts": sum(map(len, found.values()))}, out, as_json)


@app.command(
    help=both(
        "La tonalité de chaque ligne, et les scores là où elle est annotée.",
        "The sentiment of each line, and the scores where labels are given.",
    )
)
def sentiment(file: Lines, out: Out, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.evaluation.nlp import evaluate_sentiment

    _summed(evaluate_sentiment(file, out), out, as_json)


@app.command(
    help=both(
        "Les entités de chaque ligne, et les scores là où elles sont annotées.",
        "The entities of each line, and the scores where tags are given.",
    )
)
def entities(file: Lines, out: Out, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.evaluation.nlp import evaluate_entities

    _summed(evaluate_entities(file, out), out, as_json)


@app.command(
    help=both(
        "Ce que donnent des réponses enregistrées, plateforme par plateforme.",
        "What recorded bodies become, endpoint by endpoint.",
    )
)
def mapping(folder: Bodies, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.evaluation.mapping import evaluate

    document = evaluate(folder)
    lines = [f"{name}: {value}" for name, value in document.items() if name != "endpoints"]
    show(document, as_json=as_json, lines=lines)


def _summed(summary: dict[str, Any], out: Path, as_json: bool) -> None:
    """What was written, in a few lines; the whole of it is in the file."""
    document = {"file": str(out), **summary}
    show(document, as_json=as_json, lines=[f"{name}: {told}" for name, told in document.items()])
