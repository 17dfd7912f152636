"""Working: run, import, status, serve."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
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
from vigie.cli.words import Lang, both, clean, said, show, tell

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


def import_(
    files: Annotated[
        list[Path], typer.Argument(help=both("Fichiers à importer.", "Files to import."))
    ],
    columns: Annotated[
        str | None,
        typer.Option(
            help=both("Préréglage, ou correspondance MAP.toml.", "Preset, or a map: MAP.toml."),
            metavar="PRESET|MAP.toml",
        ),
    ] = None,
    platform: Annotated[
        str | None, typer.Option(help=both("Réseau des lignes.", "Network of the rows."))
    ] = None,
    brand: Annotated[
        str | None,
        typer.Option(help=both("Marque qui a publié.", "Brand that published them.")),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            help=both(
                "Compte des lignes, là où le fichier ne le nomme pas : @nom ou identifiant.",
                "Account of the rows, where the file does not name it: @handle or id.",
            )
        ),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            help=both(
                "Fuseau des heures sans décalage, tel Europe/Paris.",
                "Time zone of times without offset, as Europe/Paris.",
            )
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help=both("Montre sans rien importer.", "Shows, imports nothing.")
        ),
    ] = False,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    import asyncio

    from vigie import importing
    from vigie.pipeline import Pipeline

    with opened(workspace, lang, read_only=dry_run) as space:
        known = [one.id for one in space.watchlist.brands]
        if brand is not None and brand not in known:
            raise Usage(f"no brand {brand!r}", where="--brand", do=", ".join(known))
        given: dict[str, Any] = {
            "columns": columns, "platform": platform, "account": account, "timezone": timezone,
        }  # fmt: skip
        if dry_run:
            told = [one for path in files for one in importing.previews(path, brand=brand, **given)]
            lines = map(clean, importing.preview_lines(told, space.lang))
            show(told, as_json=as_json, lines=lines)
            return
        with space.alone("run"):
            pipeline = Pipeline(space, progress=progress(space.lang))
            started = space.clock.now()
            counted: Counter[str] = Counter()
            with pipeline.stage("import"):
                for path in files:
                    if importing.is_chat(path, columns):  # no table, so no columns to tell of
                        answers = importing.read_answers(
                            path, brand=brand, run_id=pipeline.run_id, now=started, **given
                        )
                    else:
                        used, left = importing.opened(path, importing.Told(**given))
                        for line in importing.used_lines(used, left, space.lang):
                            tell(clean(line))
                        answers = importing.answers_of(used, brand, pipeline.run_id, started)
                    counted += pipeline.take_file(answers)
            pipeline.counts.update(counted)
            pipeline.counts["read"] = asyncio.run(pipeline.enrich())
            pipeline.counts.update(asyncio.run(pipeline.analyse()))
            done = pipeline.record("import", started)
        report(done, space.lang, as_json)


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
