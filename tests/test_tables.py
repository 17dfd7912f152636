"""Findings as tables: the reader's language, and nobody else's commands to the terminal."""

from __future__ import annotations

import pytest

from tests.explorer.seeding import open_workspace
from vigie.cli import tables
from vigie.cli.words import clean
from vigie.findings import latest
from vigie.locales import Lang
from vigie.locales.wording import Wording
from vigie.records import Alert, Benchmark, Influencer, Trend
from vigie.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return open_workspace(tmp_path_factory.mktemp("tables"))


@pytest.mark.parametrize(
    ("kind", "lang", "words"),
    [
        (Trend, "fr", ["Stade", "en progression", "× 3,4", "Vendredi brioche <i>", "marronnier"]),
        (Trend, "en", ["Stage", "growing", "× 3.4", "seasonal"]),
        (Alert, "fr", ["panne de collecte", "mastodon/tag/pain", "crise", "8/10"]),
        (Alert, "en", ["outage", "crisis", "Bluesky"]),
        (Benchmark, "fr", ["Marque", "Engagement à 72 h"]),
        (Benchmark, "en", ["Brand", "Engagement at 72 h"]),
        (Influencer, "fr", ["Abonnés", "expert", "4 200"]),
        (Influencer, "en", ["Followers", "creator", "4,200"]),
    ],
)
def test_findings_in_the_readers_words(
    workspace: Workspace, kind: type, lang: Lang, words: list[str]
) -> None:
    w = Wording(lang, "Europe/Paris")
    table = tables.FINDINGS[kind.record_kind]  # type: ignore[attr-defined]
    told = "\n".join(table(latest(workspace.store, kind), workspace.watchlist, w))
    told = told.replace("\u00a0", " ").replace("\u202f", " ")
    assert not [word for word in words if word not in told], told


def test_no_word_of_a_post_commands_the_terminal() -> None:
    hostile = "\x1b]0;owned\x07 [bold red]loud[/] \u202egnp.exe\x9b2J ok"
    line = "\n".join(tables.drawn(tables.POST, [("d", "n", "a", hostile)], Wording("en", "UTC")))
    assert "[bold red]loud[/]" in line
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(line)
    assert clean("a\x00b\nc") == "a b c"
