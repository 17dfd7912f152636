"""What a person is told of files and rows that are refused: in their language, and of each file."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from exported import NOW, answers, posts, write

from vigie import importing
from vigie.errors import ImportRefused, MappingError
from vigie.locales.errors import said

ROW = "2026-11-18 07:30:00,X,@brindille,Bonjour,https://x.com/b/status/{id},4\n"
HEAD = "Date (GMT),Social Network,Username,Post Message,Post Permalink,Likes\n"


def vigie(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    run = "from vigie.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", run, *words, "--workspace", str(folder)],
        capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace of a brand, without any source."""
    made = tmp_path / "w"
    made.mkdir()
    write(
        made / "vigie.toml",
        '[workspace]\nname = "Brindille"\n\n'
        '[[brands]]\nid = "brindille"\nname = "Brindille"\nrole = "own"\n',
    )
    return made


WRONG = (
    ("empty.csv", b"", "the file is empty", "le fichier est vide"),
    ("list.json", b"[]", "an empty list", "une liste vide"),
    ("report.pdf", b"%PDF-1.7\n1 0 obj", "a PDF, not a table", "un PDF, et non un tableau"),
    ("page.csv", b"<!doctype html><p>", "this is a web page", "c’est une page web"),
    ("other.csv", b"a,b\n1,2\n", "no preset fits these columns: a, b",
     "aucun préréglage ne convient à ces colonnes\u00a0: a, b"),
    ("cut.zip", b"PK\x03\x04cut", "the archive is damaged", "l’archive est endommagée ou tronquée"),
    ("folder", None, "this is a folder", "c’est un dossier"),
    ("nowhere.csv", None, "no such file", "ce fichier n’existe pas"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "body", "english", "words"), WRONG, ids=[one[0] for one in WRONG])
def test_a_file_that_is_none_is_told_in_words(
    tmp_path: Path, name: str, body: bytes | None, english: str, words: str
) -> None:
    path = tmp_path / name
    if body is not None:
        path.write_bytes(body)
    elif name == "folder":
        path.mkdir()
    with pytest.raises(ImportRefused, match=re.escape(english)) as told:
        importing.previews(path)
    shown = said(told.value, "fr")
    assert words in shown
    assert told.value.do
    assert told.value.do not in shown, "what to do is told in French, too"


def test_one_file_that_is_refused_stops_no_other(tmp_path: Path, folder: Path) -> None:
    first = write(tmp_path / "first.csv", HEAD + ROW.format(id=1990674000000000001))
    empty = write(tmp_path / "empty.csv", "")
    last = write(tmp_path / "last.csv", HEAD + ROW.format(id=1990674000000000002))
    dry = vigie("import", str(empty), str(first), "--dry-run", "--lang", "fr", folder=folder)
    assert dry.returncode == 3
    assert "empty.csv\u00a0: le fichier est vide → exportez-le à nouveau" in dry.stderr
    assert "1 publication sur 1 ligne (x 1)" in dry.stdout
    done = vigie("import", str(first), str(empty), str(last), "--lang", "fr", folder=folder)
    assert done.returncode == 3, done.stderr
    assert "nouvelles publications\u00a0: 2" in done.stdout
    assert "empty.csv\u00a0: le fichier est vide → exportez-le à nouveau" in done.stdout
    alone = vigie("import", str(empty), "--lang", "fr", folder=folder)
    assert (alone.returncode, alone.stdout) == (1, "")
    assert alone.stderr.endswith(
        "vigie\u00a0: empty.csv\u00a0: le fichier est vide → exportez-le à nouveau\n"
    )


def test_rows_that_are_refused_are_told_shortly_and_in_french(tmp_path: Path, folder: Path) -> None:
    rows = ROW.format(id=1990674000000000001) + "later,X,@b,Bonjour,,4\n" * 900
    done = vigie(
        "import", str(write(tmp_path / "f.csv", HEAD + rows)), "--lang", "fr", folder=folder
    )
    assert done.returncode == 3
    (told,) = (line for line in done.stdout.splitlines() if "f.csv" in line)
    assert told.startswith(
        "  f.csv\u00a0: ligne 3\u00a0: published_at\u00a0: pas une date\u00a0: 'later' "
        "(colonne Date (GMT))"
    )
    assert len(told) < 600
    assert "et 895 de plus" in told
    assert json.loads(vigie("status", "--json", folder=folder).stdout)["quarantined"] == 1


def test_progress_counts_from_the_beginning_of_each_file(tmp_path: Path, folder: Path) -> None:
    files = [
        write(tmp_path / f"{n}.csv", HEAD + ROW.format(id=1990674000000000000 + n)) for n in (1, 2)
    ]
    done = vigie("import", *map(str, files), "--lang", "en", folder=folder)
    taken = [line for line in done.stderr.splitlines() if line.startswith("taken:")]
    assert len(taken) == 2
    assert all("1 new posts" in line and "1 rows in the file" in line for line in taken), taken


def test_a_line_that_breaks_off_is_no_post(tmp_path: Path) -> None:
    """Of a file that is still being written: a cut address has the id of another post."""
    whole, cut = ROW.format(id=1990674000000000001), ROW.format(id=1990674000000000002)
    path = write(tmp_path / "f.csv", HEAD + whole + cut[: cut.index("002")])
    (answer, refused) = answers(path)
    assert [post.id for post in importing.map_import(answer).posts] == ["x:1990674000000000001"]
    with pytest.raises(MappingError, match="row 3: the line breaks off"):
        importing.map_import(refused)
    ended = write(tmp_path / "g.csv", (HEAD + whole + cut).removesuffix("\n"))
    assert len(posts(ended)) == 2, "the last line of a file needs no end"
    short = write(tmp_path / "h.csv", HEAD + whole.replace(",4", "") + cut)
    assert len(posts(short)) == 2, "tools leave empty cells out at the end of a row"


def test_a_file_that_is_written_while_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", HEAD + ROW.format(id=1990674000000000001))
    used, _ = importing.opened(path, importing.Told())
    with path.open("a", encoding="utf-8") as more:
        more.write(ROW.format(id=1990674000000000002))
    found = importing.answers_of(used, None, "run", NOW)
    assert len(importing.map_import(next(found)).posts) == 2
    with pytest.raises(ImportRefused, match="has changed while it was read"):
        next(found)
    assert len(posts(path)) == 2, "whole, it is read"


def test_a_preset_that_does_not_fit_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", HEAD + ROW.format(id=1990674000000000001))
    (wrong,) = importing.previews(path, columns="brandwatch")
    assert (wrong["sureness"], wrong["next"]) == ("named", "hootsuite")
    assert "looks like one of hootsuite" in "\n".join(importing.preview_lines([wrong], "en"))
    assert "ressemble plutôt à hootsuite" in "\n".join(importing.preview_lines([wrong], "fr"))
    (right,) = importing.previews(path, columns="hootsuite")
    assert right["next"] is None
