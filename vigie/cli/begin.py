"""Beginning: init, check, doctor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigie.cli.access import access_lines, access_rows
from vigie.cli.options import AsJson, Folder, Language, Usage, opened
from vigie.cli.telling import colon, grouped
from vigie.cli.words import both, language, said, show
from vigie.errors import ConfigError
from vigie.locales import errors
from vigie.platforms import PLATFORMS, titled
from vigie.workspace import FILE

if TYPE_CHECKING:
    from vigie.workspace import Workspace


def init(
    folder: Annotated[
        Path, typer.Argument(help=both("Dossier à créer.", "Folder to make."))
    ] = Path("."),
    brand: Annotated[str | None, typer.Option(help=both("Votre marque.", "Your brand."))] = None,
    competitor: Annotated[
        list[str] | None,
        typer.Option(help=both("Un concurrent ; à répéter.", "A competitor; may be repeated.")),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help=both("Un réseau ; à répéter.", "A network; may be repeated.")),
    ] = None,
    languages: Annotated[
        str | None,
        typer.Option(help=both("Langues suivies : fr,en.", "Languages to watch: fr,en.")),
    ] = None,
    timezone: Annotated[
        str,
        typer.Option(
            help=both("Fuseau horaire des jours et des heures.", "Time zone of days and hours.")
        ),
    ] = "Europe/Paris",
    country: Annotated[
        str, typer.Option(help=both("Pays du calendrier : FR.", "Country of the calendar: FR."))
    ] = "FR",
    contact: Annotated[
        str, typer.Option(help=both("Adresse que les sites lisent.", "An address that sites read."))
    ] = "",
    account: Annotated[
        list[str] | None,
        typer.Option(
            help=both(
                "Un compte : bluesky=marque.bsky.social", "An account: bluesky=brand.bsky.social"
            )
        ),
    ] = None,
    topic: Annotated[
        list[str] | None,
        typer.Option(
            help=both("Un sujet suivi ; à répéter.", "A topic to watch; may be repeated.")
        ),
    ] = None,
    lang: Language = None,
) -> None:
    from vigie import beginning
    from vigie.watchfile import read

    words = language(lang)
    path = folder / FILE
    if path.exists():
        raise ConfigError("is there already", where=str(path), do="vigie check")
    asks = sys.stdin.isatty()

    def ask(fr: str, en: str, default: str) -> str:
        return str(typer.prompt(fr if words == "fr" else en, default=default)) if asks else default

    name = brand or ask("Votre marque", "Your brand", folder.resolve().name)
    rivals = competitor or _split(ask("Concurrents (virgules)", "Competitors (commas)", ""))
    if asks and not network:
        print(
            said(words, "Réseaux possibles\u00a0:", "Networks to choose from:"),
            ", ".join(PLATFORMS),
        )
    networks = network or _split(
        ask("Réseaux (virgules)", "Networks (commas)", "bluesky, mastodon, hackernews, feeds")
    )
    for one in networks:
        if one not in PLATFORMS:
            raise Usage(f"no network {one!r}", where="--network", do=", ".join(PLATFORMS))
    spoken = _split(languages or ask("Langues", "Languages", "fr, en"))
    accounts: dict[str, list[str]] = {}
    for pair in account or ():
        platform, equals, handle = pair.partition("=")
        if not equals or platform not in PLATFORMS:
            raise Usage(f"cannot read {pair!r}", where="--account", do="NETWORK=ACCOUNT")
        accounts.setdefault(platform, []).append(_account(platform, handle))
    for one in networks if asks else ():
        if one not in accounts and PLATFORMS[one].handle != PLATFORMS["feeds"].handle:
            title, example = titled(one, words), PLATFORMS[one].example
            given = _split(
                ask(
                    f"Votre compte {title}, tel {example} (vide\u00a0: aucun)",
                    f"Your account at {title}, such as {example} (empty: none)",
                    "",
                )
            )
            if given:
                accounts[one] = [_account(one, handle) for handle in given]
    answers = beginning.Answers(
        brand=name,
        competitors=rivals,
        networks=list(dict.fromkeys([*networks, *accounts])),
        languages=spoken,
        timezone=timezone,
        country=country,
        contact=contact,
        accounts=accounts,
        topics=topic or (),
    )
    text = beginning.watchlist_text(answers, words)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    (folder / ".env.example").write_text(beginning.env_text(words), encoding="utf-8")
    print(f"{path}")
    for line in access_lines(read(path), words, networks=answers.networks):
        print(line)
    print(f"→ vigie check --workspace {folder}; vigie run --workspace {folder}")


def check(
    workspace: Folder = None,
    lang: Language = None,
    as_json: AsJson = False,
) -> None:
    from vigie.cli.checking import check_queries, has_store, query_lines, unreadable
    from vigie.cli.costing import cost_lines
    from vigie.cli.find import reader
    from vigie.cli.upkeep import remarks
    from vigie.connecting.catalogue import CONNECTIONS
    from vigie.estimating import estimates

    with opened(workspace, lang) as space:
        watchlist, words, sets = space.watchlist, space.lang, space.environ.sets
        told = remarks(space)
        checked = check_queries(space)
        there = has_store(space)
        now = space.clock.now()
        connections, connected = connections_of(space, watched=True)
        # Not from the environment: a vault that cannot be read is told above, and ends nothing.
        keys = {one["variable"]: one["state"] for one in connections if one["state"] != "open"}
        keys |= {one.variable: "set" for one in CONNECTIONS.values() if sets(one.variable)}
        costs = estimates(watchlist, space.store if there else None, now, keys)
        document = {
            "file": str(space.dir / FILE),
            "access": access_rows(watchlist, words),
            "queries": {one.tag: one.query for one in checked},
            "remarks": told,
            "store": there,
            "costs": [one.document() for one in costs],
            "checked": {one.tag: one.document(words) for one in checked},
        }
        problem = unreadable(checked)
        state = said(words, "à corriger", "to be corrected") if problem else "OK"
        document["connections"] = connections
        lines = [f"{space.dir / FILE}: {state}", *access_lines(watchlist, words)]
        lines += [*(f"! {line}" for line in told)]
        lines += (
            ["", said(words, "Connexions\u00a0:", "Connections:"), *connected] if connected else []
        )
        lines += ["", *cost_lines(costs, reader(space))]
        lines += query_lines(checked, space, reader(space))
        show(document, as_json=as_json, lines=lines)
    if problem is not None:
        raise ConfigError(problem.what, where=str(space.dir / FILE), do=problem.do)


def doctor(workspace: Folder = None, lang: Language = None, as_json: AsJson = False) -> None:
    import platform
    import shutil
    from importlib.metadata import version

    opened_ = opened(workspace, lang)
    free = shutil.disk_usage(opened_.dir).free
    packages = ("scrapy", "spacy", "scikit-learn", "opensearch-py", "prefect", "polars", "tantivy")
    from crawlers import load, names
    from vigie.cli.reaching import reached_lines, reached_rows
    from vigie.cli.upkeep import remarks

    told = remarks(opened_)
    reached = reached_rows(opened_)
    connections, connected = connections_of(opened_)
    given = {one["variable"] for one in connections if one["state"] in ("connected", "set")}
    keys = {
        key: key in given or opened_.environ.sets(key)
        for name in names()
        for key in load(name).requires
    }
    document: dict[str, Any] = {
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
        "disk_free_gb": round(free / 1e9, 1),
        "reached": reached,
        "keys": keys,
        "remarks": told,
        "connections": connections,
        "quarantined": sum(1 for _ in opened_.landing.quarantine_reasons()),
    }
    lang_ = opened_.lang
    free_gb, held = grouped(document["disk_free_gb"], lang_), document["quarantined"]
    lines = [f"python {document['python']}"]
    lines += [f"{name} {number}" for name, number in document["packages"].items()]
    lines += [said(lang_, f"place libre{colon(lang_)} {free_gb} Go", f"disk free: {free_gb} GB")]
    lines += reached_lines(reached, lang_)
    shown = {one["variable"] for one in connections}  # below, with what to do
    lines += [f"{key}: {'✓' if there else '✗'}" for key, there in keys.items() if key not in shown]
    lines += connected
    lines += [f"! {line}" for line in told]
    lines += [said(lang_, f"en quarantaine{colon(lang_)} {held}", f"in quarantine: {held}")]
    show(document, as_json=as_json, lines=lines)


def connections_of(
    space: Workspace, *, watched: bool = False
) -> tuple[list[dict[str, Any]], list[str]]:
    """Every connection, or those of the platforms that the watchlist names, as documents and lines
    (of the watched ones, those that ask for nothing stand in one line); where the tokens cannot be
    read, why."""
    from vigie.connecting.standing import brief, standings

    watchlist = space.watchlist
    named = {*watchlist.platforms, *(name for one in watchlist.brands for name in one.accounts)}
    try:
        told = standings(space, sorted(named) if watched else None)
    except ConfigError as error:
        return [], [f"! {errors.said(error, space.lang)}"]
    lines = brief(told, space.lang) if watched else [one.line(space.lang) for one in told]
    return [one.document(space.lang) for one in told], [f"  {line}" for line in lines]


def _account(platform: str, handle: str) -> str:
    if not PLATFORMS[platform].accepts(handle):
        raise Usage(
            f"no account of {platform}: {handle!r}",
            where="--account",
            do=f"{platform}={PLATFORMS[platform].example}",
        )
    return handle


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
