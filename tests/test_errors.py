"""Every error of the product can be said in French, and is."""

from __future__ import annotations

import re
import string
import subprocess
import sys

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from tests.errors import ROOT, texts
from vigie.errors import ConfigError, QueryError, StoreError
from vigie.locales.errors import letters, said, values, worded
from vigie.query import parse
from vigie.watchfile import read_text

# Commands, names of formats and what servers say: the same in both languages.
SAME = re.compile(r"vigie [a-z]+|--[a-z]+( [A-Z]+| key)?|HTTP \{0\}.*|[a-z]+(, [a-z]+)+|posts|"
                  r"chmod 600 .*|keep_days = 400|\[store\] client = .*|SQLite: .*|format \{0\}|"
                  r"\{0\}, --list|pip install .*|order = .*")  # fmt: skip
# Texts that are made elsewhere: of an error that is passed on, of several errors, of names.
PASSED_ON = {
    "shown", "problem.what", "problem.do", "error.what", "error.do", "ways", "names", "do", "told",
    "hidden.mask(told.what)", "connection.id", "str(row)[:_TOLD]",
    "what", "remedy(reason)", "remedy(str(reason))", "text", "known", "sources",
}  # fmt: skip


def catalogue(*, apart: bool = True) -> dict[str, str]:
    """Shape → French; without `apart` only of texts that stand as they are in a raised error."""
    with (ROOT / "vigie" / "locales" / "errors.fr.po").open("rb") as file:
        return {
            str(one.id): str(one.string)
            for one in read_po(file, locale="fr")
            if one.id and (apart or "apart" not in one.auto_comments)
        }


def test_every_error_has_its_french() -> None:
    held = catalogue()
    missing = {
        text: where
        for text, where in texts()
        if text is not None and letters(text) and not SAME.fullmatch(text) and text not in held
    }
    assert not missing, "add them to vigie/locales/errors.fr.po"
    left = set(catalogue(apart=False)) - {text for text, _ in texts()}
    assert not left, "no error says them any more"


def test_what_cannot_be_read_off_the_code_is_known() -> None:
    unread = {where.partition(" ")[2] for text, where in texts() if text is None}
    assert {one for one in unread if one not in PASSED_ON and "join(" not in one} == set()


def test_the_french_has_the_same_places() -> None:
    def places(text: str) -> set[str | None]:
        return {place for _, place, _, _ in string.Formatter().parse(text)} - {None}

    for id, french in catalogue().items():
        assert french.strip(), id
        assert places(french) <= places(id), id
        assert not re.search(r" [:;?!](\s|$)", french), f"{french}: a space that breaks"


def test_a_watchlist_s_errors() -> None:
    with pytest.raises(ConfigError) as caught:
        read_text('[workspace]\nnam = "x"\nlanguages = "fr"\n[[topics]]\nid = "a"\nquery = "(a"\n')
    assert said(caught.value, "fr").splitlines() == [
        "vigie.toml, ligne 1, workspace.name\u00a0: manque",
        "vigie.toml, ligne 2, workspace.nam\u00a0: clé inconnue\u00a0; "
        "vouliez-vous dire 'name'\u00a0?",
        "vigie.toml, ligne 3, workspace.languages\u00a0: il faut une liste (ici\u00a0: 'fr')",
        "vigie.toml, ligne 4, topics.1.name\u00a0: manque → corrigez ces lignes",
    ]
    assert said(caught.value, "en") == str(caught.value)


def test_values_stay_as_they_are() -> None:
    error = StoreError("cannot write: no {0}", where="/a/file: b", do="free disk space")
    assert said(error, "fr") == (
        "/a/file: b\u00a0: écriture impossible\u00a0: no {0} → libérez de la place sur le disque"
    )
    assert worded("nobody wrote this: {0} {x} 100 %", "fr") == "nobody wrote this: {0} {x} 100 %"
    assert worded("no store 'a{0}b'", "fr") == "pas de base 'a{0}b'"


def test_rows_of_an_import() -> None:
    told = "row 2: published_at: no date; row 7: no day and 3 more"
    assert worded(told, "fr") == (
        "ligne 2\u00a0: published_at\u00a0: pas de date\u00a0; "
        "ligne 7\u00a0: pas de jour et 3 de plus"
    )


def test_a_query_says_where() -> None:
    with pytest.raises(QueryError) as caught:
        parse("(a")
    assert said(caught.value, "fr").startswith("requête, ligne 1, colonne 1 : une")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (["search"], "vigie\u00a0: il manque l’argument 'query'"),
        (["search", "x", "--foo"], "vigie\u00a0: option inconnue\u00a0: --foo (options"),
        (["search", "x", "--limit", "a"], "refusée pour '--limit'\u00a0: il faut un nombre entier"),
        (["search", "x", "--limit", "-3"], "refusée pour '--limit'\u00a0: il faut au moins 0"),
        (["search", "x", "y"], "vigie\u00a0: argument de trop\u00a0: y"),
        (["sarch"], "commande inconnue\u00a0: 'sarch'\u00a0; vouliez-vous dire 'search'\u00a0?"),
    ],
)
def test_what_is_wrong_with_a_command_line(line: list[str], told: str) -> None:
    for lang, words in (("fr", told), ("en", "Error: ")):
        command = [
            sys.executable,
            "-c",
            "from vigie.cli import main; main()",
            *line,
            "--lang",
            lang,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr, done.stderr


@given(
    words=st.lists(st.text(" :a;", max_size=3), min_size=1, max_size=4),
    text=st.text(" :a;", max_size=12),
)
def test_a_shape_fits_what_its_pattern_matches(words: list[str], text: str) -> None:
    found = re.fullmatch("(.*?)".join(map(re.escape, words)), text)
    assert values(words, text) == (None if found is None else list(found.groups()))


@pytest.mark.parametrize("text", ["a of b: ", "x, line 1, y: ", "row 1: ", "; ", "A; ", "\n"])
def test_a_text_that_never_ends_is_told(text: str) -> None:
    assert len(worded(text * 500, "fr")) > 100
