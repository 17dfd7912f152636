"""Working: run, status, serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie.cli.options import AsJson, Folder, Host, Language, Port, Usage, opened
from vigie.cli.telling import (
    TROUBLED,
    colon,
    progress,
    run_lines,
    spending_lines,
    standing_line,
)
from vigie.cli.words import Lang, both, said, show, tell

if TYPE_CHECKING:
    from vigie.records import Run

PART = 3  # exit code: done in part


def run(
    only: Annotated[
        list[str] | None,
        typer.Option(
            help=both(
                "Seulement ce réseau ou cette source ; à répéter.",
                "This network or source only; may be repeated.",
            )
        ),
    ] = None,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    import asyncio

    from crawlers import names
    from flows.environment import prepare, reach, wants_prefect
    from vigie.pipeline import Pipeline

    chosen = tuple(only or ())
    for one in chosen:
        if one.partition("/")[0] not in names():
            raise Usage(f"no crawler reads {one!r}", where="--only", do=", ".join(names()))
    with opened(workspace, lang, read_only=False) as space:
        if wants_prefect(space.environ):
            prepare(space)
            reach(space)
            from flows.daily import daily

            done = asyncio.run(daily(str(space.dir), chosen))
        else:
            done = asyncio.run(Pipeline(space, progress=progress(space.lang)).all(chosen))
        report(done, space.lang, as_json)


def report(done: Run, lang: Lang, as_json: bool) -> None:
    """Prints what a run did and exits with 3 where a source or a file gave less than it should."""
    show(done.model_dump(mode="json"), as_json=as_json, lines=run_lines(done, lang))
    if done.errors or any(source.state in TROUBLED for source in done.sources):
        raise typer.Exit(PART)


def status(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    from vigie.backfills import standings
    from vigie.cli.find import reader
    from vigie.cli.shapes import drift_lines, drift_row
    from vigie.cli.upkeep import remarks
    from vigie.insights.drift import find, standing
    from vigie.records import Run
    from vigie.spending import spendings

    with opened(workspace, lang) as space:
        runs = sorted(space.store.all(Run), key=lambda run: run.started_at)
        last = next((run for run in reversed(runs) if run.sources), None)
        told = remarks(space)
        changes = standing(find((r for r in runs if r.kind == "collect"), space.clock.now()))
        spent = spendings(space.store, space.watchlist, space.clock.now())
        document: dict[str, Any] = {
            "runs": len(runs),
            "last": last.model_dump(mode="json") if last else None,
            "quarantined": sum(1 for _ in space.landing.quarantine_reasons()),
            "remarks": told,
            "drift": [drift_row(one) for one in changes],
            "progress": [one._asdict() for one in standings(space.store)],
            "budgets": [one.document() for one in spent],
        }
        lines = [
            said(space.lang, "aucune collecte encore", "nothing collected yet") + " → vigie run"
        ]
        if last:
            lines = [f"{last.started_at:%Y-%m-%d %H:%M} UTC", *run_lines(last, space.lang)]
        held = said(space.lang, "en quarantaine", "in quarantine")
        lines.append(f"{held}{colon(space.lang)} {document['quarantined']}")
        lines += [f"! {line}" for line in told]
        lines += drift_lines(changes, reader(space))
        lines += [standing_line(one, space.lang) for one in document["progress"]]
        lines += spending_lines(spent, reader(space))
        show(document, as_json=as_json, lines=lines)


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8765,
    workspace: Folder = None,
    lang: Language = None,
) -> None:
    import asyncio

    from flows.environment import prepare
    from vigie.cli import INTERRUPTED, Interrupted

    with opened(workspace, lang, read_only=True) as space:
        prepare(space)
        from flows.serving import serve as serve_flows

        asyncio.run(serve_flows(space, host=host, port=port, ready=tell))
    raise Interrupted(INTERRUPTED)
