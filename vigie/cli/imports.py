"""Importing: files of other tools, one after the other; one that is refused stops no other."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie.cli.options import AsJson, Folder, Language, Usage, opened
from vigie.cli.telling import progress
from vigie.cli.words import Lang, both, clean, show, tell
from vigie.cli.work import PART, report
from vigie.errors import ImportRefused

if TYPE_CHECKING:
    from vigie.pipeline import Pipeline


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

    from vigie.pipeline import Pipeline

    with opened(workspace, lang, read_only=dry_run) as space:
        known = [one.id for one in space.watchlist.brands]
        if brand is not None and brand not in known:
            raise Usage(f"no brand {brand!r}", where="--brand", do=", ".join(known))
        given: dict[str, Any] = {
            "columns": columns, "platform": platform, "account": account, "timezone": timezone,
        }  # fmt: skip
        if dry_run:
            _preview(files, {"brand": brand, **given}, space.lang, as_json=as_json)
            return
        with space.alone("run"):
            before: Counter[str] = Counter()  # of the files that were taken before this one
            pipeline = Pipeline(space, progress=_of_file(before, space.lang))
            started = space.clock.now()

            def take(path: Path) -> None:
                before.update(pipeline.counts - before)
                _take(pipeline, path, brand, given)

            with pipeline.stage("import"):
                refused = _each(files, take, space.lang, pipeline.counts)
            pipeline.errors = [str(error) for error in refused] + pipeline.errors
            pipeline.counts["read"] = asyncio.run(pipeline.enrich())
            pipeline.counts.update(asyncio.run(pipeline.analyse()))
            done = pipeline.record("import", started)
        report(done, space.lang, as_json)


def _preview(files: Iterable[Path], given: Mapping[str, Any], lang: Lang, *, as_json: bool) -> None:
    """Shows what an import would do, and exits with 3 where a file would be refused."""
    from vigie import importing

    told: list[dict[str, Any]] = []
    refused = _each(files, lambda path: told.extend(importing.previews(path, **given)), lang, told)
    show(told, as_json=as_json, lines=map(clean, importing.preview_lines(told, lang)))
    if refused:
        raise typer.Exit(PART)


def _take(pipeline: Pipeline, path: Path, brand: str | None, given: Mapping[str, Any]) -> None:
    """Lands and stores a file's rows. Raises ImportRefused, where a file breaks off after a part of
    it was taken."""
    from vigie import importing

    space, now = pipeline.workspace, pipeline.clock.now()
    if importing.is_chat(path, given["columns"]):  # no table, so no columns to tell of
        answers = importing.read_answers(
            path, brand=brand, run_id=pipeline.run_id, now=now, **given
        )
    else:
        used, left = importing.opened(path, importing.Told(**given))
        for line in importing.used_lines(used, left, space.lang):
            tell(clean(line))
        answers = importing.answers_of(used, brand, pipeline.run_id, now)
    pipeline.take_file(answers)


def _each(
    files: Iterable[Path], do: Callable[[Path], None], lang: Lang, done: Any
) -> list[ImportRefused]:
    """Does something with each file, and answers with the refusals, which are told at once. Raises
    the only or the first one where nothing is done."""
    from vigie.locales.errors import said as worded

    several = list(files)
    refused: list[ImportRefused] = []
    for path in several:
        try:
            do(path)
        except ImportRefused as error:
            refused.append(error)
            if len(several) > 1:
                tell(f"! {clean(worded(error, lang))}", logging.WARNING)
    if refused and not done:
        raise refused[0]
    return refused


def _of_file(before: Counter[str], lang: Lang) -> Callable[[str, dict[str, Any]], None]:
    """Progress that counts from the beginning of a file."""
    tell_of = progress(lang)

    def told(stage: str, figures: dict[str, Any]) -> None:
        if stage == "taken":
            figures = {name: number - before[name] for name, number in figures.items()}
        tell_of(stage, figures)

    return told
