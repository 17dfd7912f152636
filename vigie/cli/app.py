"""All commands by name. Only the one that is asked for is imported: the others are names and what
they do, for the list of commands. What is heavy is imported inside the commands."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated

import typer

from vigie import logs
from vigie.cli.words import Language, both

COMMANDS: tuple[tuple[str, str, str], ...] = (  # module, name, what it does
    ("demo", "demo", both("Toute la chaîne sur un univers simulé, puis l'explorateur.",
                     "The whole way on a simulated world, then the explorer.")),
    ("begin", "init", both("Écrit un périmètre de veille commenté : vigie.toml.",
                      "Writes a commented watchlist: vigie.toml.")),
    ("begin", "check", both("Relit le périmètre, explique chaque requête et chaque accès.",
                       "Reads the watchlist and explains each query and each source.")),
    ("begin", "doctor", both("Versions, clés, place sur le disque, quarantaine.",
                        "Versions, keys, disk space, quarantine.")),
    ("connect", "connect", both("Connecte une plateforme qui demande un accord ou une clé.",
                                "Connects a platform that asks for permission or a key.")),
    ("work", "run", both("Collecte, lit et analyse une fois.",
                         "Collects, reads and analyses once.")),
    ("imports", "import", both("Importe des exports : CSV, TSV, XLSX, JSON Lines.",
                        "Imports exports: CSV, TSV, XLSX, JSON Lines.")),
    ("work", "status", both("La dernière collecte, source par source.",
                       "The last collection, source by source.")),
    ("work", "serve", both("Collecte à heures fixes, et sert l'explorateur.",
                      "Collects on schedule, and serves the explorer.")),
    ("share", "deploy", both("Inscrit les collectes chez Prefect, pour plusieurs postes.",
                        "Registers the flows on a Prefect server, for several machines.")),
    ("share", "worker", both("Fait ce que Prefect confie à ce poste.",
                        "Does what the Prefect server gives to this machine.")),
    ("find", "search", both("Cherche des publications.", "Searches posts.")),
    ("find", "trends", both("Tendances de la dernière analyse.", "Trends of the last analysis.")),
    ("find", "alerts", both("Alertes de la dernière analyse.", "Alerts of the last analysis.")),
    ("find", "benchmark", both("Comparaison des marques, semaine passée.",
                          "Comparison of the brands over the last full week.")),
    ("find", "influencers", both("Profils d'influence repérés.", "Influencer candidates.")),
    ("find", "metrics", both("Définition de chaque indicateur.", "How each metric is defined.")),
    ("publish", "brief", both("Écrit la note de veille d'une semaine.",
                         "Writes a week's briefing.")),
    ("publish", "shortlist", both("Écrit la liste de profils d'influence (XLSX ou CSV).",
                             "Writes the influencer shortlist (XLSX or CSV).")),
    ("publish", "export", both("Exporte des publications (XLSX ou CSV).",
                          "Exports posts (XLSX or CSV).")),
    ("publish", "explore", both("Sert l'explorateur.", "Serves the explorer.")),
    ("keep", "rebuild", both("Refait la base et l'index à partir des données brutes.",
                        "Makes store and index anew from the raw data.")),
    ("keep", "remap", both("Réinterprète les données brutes, sans nouvelle collecte.",
                      "Maps the raw data again, without a new crawl.")),
    ("keep", "verify", both("Vérifie que données brutes, base et index concordent.",
                       "Checks that raw data, store and index agree.")),
    ("keep", "prune", both("Retire ce qui est plus vieux que ce que le périmètre garde.",
                      "Takes out what is older than the watchlist keeps.")),
    ("keep", "forget", both("Efface un compte partout : RESEAU:COMPTE.",
                       "Erases an account everywhere: NETWORK:ACCOUNT.")),
    ("keep", "backup", both("Écrit une sauvegarde de tout l'espace de travail.",
                       "Writes a backup of the whole workspace.")),
    ("keep", "restore", both("Refait un espace de travail à partir d'une sauvegarde.",
                        "Makes a workspace of a backup.")),
    ("keep", "migrate", both("Copie la base d'un moteur vers un autre : embedded opensearch.",
                        "Copies the store from one engine to another: embedded opensearch.")),
    ("boards", "dashboards", both("Tableaux de bord pour OpenSearch Dashboards et Kibana.",
                                  "Dashboards for OpenSearch Dashboards and Kibana.")),
    ("evaluate", "evaluate", both("Mesure lecteurs et détecteurs sur vos données annotées.",
                                  "Measures readers and detectors on your labelled data.")),
)  # fmt: skip
GROUPS = ("dashboards", "evaluate")  # of commands

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


def listed() -> None:
    """Stands for a command that was not asked for."""


for module, name, told in COMMANDS:
    if name not in sys.argv:
        app.command(name, help=told)(listed)
    elif name in GROUPS:
        app.add_typer(import_module(f"vigie.cli.{module}").app, name=name)
    else:
        function = "import_" if name == "import" else name  # a word of Python's
        app.command(name, help=told)(getattr(import_module(f"vigie.cli.{module}"), function))


def _form(text: str) -> str:
    if text not in ("text", logs.JSON):
        raise typer.BadParameter(f"{text!r}: text, json")
    return text


@app.callback(invoke_without_command=True)
def version(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help=both("La version.", "The version.")),
    log: Annotated[
        str,
        typer.Option(
            envvar="VIGIE_LOG",
            parser=_form,
            metavar="text|json",
            show_envvar=False,
            help=both("Forme de ce qui est dit en chemin.", "Form of what is told on the way."),
        ),
    ] = "text",
    lang: Language = None,
) -> None:
    if log == logs.JSON:
        os.environ[logs.VARIABLE] = log  # for the processes that this one starts, too
        logs.begin()
    if version:
        from vigie import __version__

        print(f"vigie {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:  # an option, and nothing to do
        print(context.get_help(), file=sys.stderr)
        raise typer.Exit(2)
