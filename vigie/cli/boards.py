"""Dashboards: their saved objects into files, or into a running Dashboards or Kibana."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie.cli.options import AsJson, Folder, Language, Since, Until, Usage
from vigie.cli.words import Lang, both, clean, language, said, show

if TYPE_CHECKING:
    from vigie.dashboards import Settings
    from vigie.dashboards.pushing import Failure
    from vigie.workspace import Workspace

PART = 3  # exit code: done in part

app = typer.Typer(
    help=both(
        "Tableaux de bord pour OpenSearch Dashboards et Kibana.",
        "Dashboards for OpenSearch Dashboards and Kibana.",
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Explorer = Annotated[
    str,
    typer.Option(
        help=both(
            "Adresse de l'explorateur pour ses lecteurs.",
            "Address of the explorer as its readers reach it.",
        )
    ),
]
Prefix = Annotated[
    str | None,
    typer.Option(
        help=both(
            "Préfixe des index ; par défaut celui de l'espace de travail.",
            "Prefix of the indices; by default the workspace's.",
        ),
        show_default=False,
    ),
]
HERE = "http://127.0.0.1:8765"
# Kind of failure: French, English.
FAILURES = {
    "missing_references": ("il lui manque", "it lacks"),
    "conflict": ("existe déjà et n'a pas été remplacé", "is there already and was not replaced"),
    "ambiguous_conflict": ("plusieurs objets lui correspondent", "several objects stand for it"),
    "unsupported_type": ("ce serveur n'en connaît pas le type", "this server has no such type"),
}


@app.callback()
def group(lang: Language = None) -> None:
    pass


@app.command(
    help=both(
        "Écrit un fichier .ndjson par langue, à importer.",
        "Writes one .ndjson file a language, to be imported.",
    )
)
def build(
    out: Annotated[
        Path, typer.Option("--out", help=both("Dossier à écrire.", "Folder to write."))
    ] = Path("dashboards"),
    explorer: Explorer = HERE,
    prefix: Prefix = None,
    since: Since = None,
    until: Until = None,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie.dashboards import write
    from vigie.errors import ConfigError

    space = here(workspace)
    chosen = settings(explorer, prefix_of(prefix, space), since, until, left_out(space))
    try:
        written = write(out, chosen)
    except OSError as error:
        what = f"cannot write: {error.strerror}"
        raise ConfigError(what, where=str(out), do="name another folder") from error
    show([str(path) for path in written], as_json=as_json, lines=[str(path) for path in written])


@app.command(
    help=both(
        "Importe les tableaux de bord, dans les deux langues ou celle de --lang ; ceux qui y "
        "sont déjà sont remplacés.",
        "Imports the dashboards, in both languages or that of --lang; those that are there "
        "already are replaced.",
    )
)
def push(
    url: Annotated[
        str,
        typer.Argument(
            help=both("Adresse de Dashboards ou de Kibana.", "Address of the Dashboards or Kibana.")
        ),
    ],
    explorer: Explorer = HERE,
    prefix: Prefix = None,
    since: Since = None,
    until: Until = None,
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie.dashboards import lines, pushing
    from vigie.errors import DashboardsError
    from vigie.locales import LANGUAGES

    space = here(workspace)
    into = pushing.access(url, space.environ if space else os.environ)
    chosen = settings(explorer, prefix_of(prefix, space), since, until, left_out(space))
    spoken = language(lang)
    document: dict[str, dict[str, object]] = {}
    told: list[str] = []
    errors: list[DashboardsError] = []
    taken = 0
    for one in (lang,) if lang else LANGUAGES:
        try:
            done = pushing.push(f"vigie.{one}", lines(one, chosen), into)
        except DashboardsError as error:
            errors.append(error)
            document[one] = {"taken": 0, "error": str(error)}
            told.append(f"{one}: {clean(str(error))}")
            continue
        taken += done.taken
        failed = [failure_line(failure, spoken) for failure in done.failures]
        document[one] = {"taken": done.taken, "failed": failed}
        objects = said(spoken, "objets importés", "objects imported")
        told += [f"{one}: {done.taken} {objects}", *(f"  {line}" for line in failed)]
    if errors and not taken:
        raise errors[0]
    show(document, as_json=as_json, lines=told)
    if not taken:
        raise typer.Exit(1)
    if errors or any(one.get("failed") for one in document.values()):
        raise typer.Exit(PART)


def failure_line(failure: Failure, lang: Lang) -> str:
    """An object that was not taken, and why, for a person."""
    fr, en = FAILURES.get(failure.error, (failure.error, failure.error))
    why = said(lang, fr, en)
    detail = f" ({failure.detail})" if failure.detail else ""
    return clean(f"{failure.kind} {failure.id} – {why}{detail}")


def settings(
    explorer: str, prefix: str, since: str | None, until: str | None, without: tuple[str, ...]
) -> Settings:
    """What was chosen on the command line, checked; `without`: platforms that figures of counters
    leave out."""
    from vigie.dashboards import Settings

    if not re.fullmatch(r"https?://[^\s/?#@\"]+(/[^\s?#\"]*)?", explorer):
        raise Usage("no address to link to", where="--explorer", do=f"write {HERE}")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", prefix):
        raise Usage(f"no prefix {prefix!r}", where="--prefix", do="lower case, digits and -")
    if bool(since) != bool(until):
        raise Usage("a period has two ends", where="--from, --to", do="give both")
    if not since or not until:
        return Settings(prefix, explorer.rstrip("/"), without=without)
    first, end = moment(since, "--from"), moment(until, "--to")
    if first >= end:
        raise Usage("the period ends before it begins", where="--from, --to", do="swap them")
    end -= timedelta(milliseconds=1)  # Dashboards takes the end in
    return Settings(prefix, explorer.rstrip("/"), stamp(first), stamp(end), without)


def moment(text: str, option: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Usage(f"cannot read {text!r}", where=option, do="write 2026-11-16") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def here(folder: Path | None) -> Workspace | None:
    """The workspace of a folder or of this place; None where there is none, which is no error."""
    from vigie.workspace import FILE, Workspace

    start = Path.cwd()
    if folder or any((place / FILE).is_file() for place in (start, *start.parents)):
        return Workspace.open(folder)
    return None


def left_out(space: Workspace | None) -> tuple[str, ...]:
    """The platforms that figures of counters leave out, with the rights that a watchlist names."""
    from vigie.dashboards.tile import uncounted
    from vigie.policies import Policies

    return uncounted(Policies(space.watchlist if space else None))


def prefix_of(given: str | None, space: Workspace | None) -> str:
    """The prefix that was asked for, else that of the workspace's indices."""
    if given is not None:
        return given
    return space.watchlist.store.prefix if space else "vigie"
