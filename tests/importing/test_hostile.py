"""Files that are no tables, are cut, locked, or made to hurt: clear errors, bounded memory."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from exported import answers, archive, posts, workbook, write

from vigie import importing
from vigie.errors import ImportRefused, MappingError
from vigie.importing import files
from vigie.importing.documents import array_items
from vigie.importing.files import Piece

HEAD = "published_at,platform,author,text\n"
ROW = "2026-11-03T10:00:00Z,x,zoe,Bonjour\n"


def noise(size: int) -> bytes:
    import random

    return random.Random(7).randbytes(size)


def refused(path: Path, told: str, do: str = "") -> None:
    with pytest.raises(ImportRefused) as error:
        answers(path)
    assert told in error.value.what
    assert do in error.value.do
    assert path.name in error.value.where
    assert error.value.do, "it says what to do"


def test_what_is_no_table(tmp_path: Path) -> None:
    page = "<!DOCTYPE html>\n<html><body>Sign in, please</body></html>"
    refused(write(tmp_path / "posts.csv", page), "this is a web page", "sign in")
    refused(write(tmp_path / "posts.xls", "<table><tr><td>Post ID</td></tr></table>"), "web page")
    refused(write(tmp_path / "empty.csv", ""), "the file is empty")
    refused(write(tmp_path / "blank.csv", "\ufeff \n\n"), "the file is empty")
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00")
    refused(tmp_path / "picture.csv", "this is no text")
    refused(write(tmp_path / "settings.json", '{\n "theme": "dark"\n}'), "no preset finds posts")
    refused(write(tmp_path / "cut.json", '{\n "result_content": {"data": [{"da'), "no JSON")


def test_cut_archives_and_files(tmp_path: Path) -> None:
    whole = archive(tmp_path / "a.zip", {"posts.csv": HEAD + ROW * 500}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path / "cut.zip", "damaged or breaks off", "again")
    packed = gzip.compress((HEAD + ROW * 5_000).encode() + noise(100_000).hex().encode())
    (tmp_path / "cut.csv.gz").write_bytes(packed[:-30_000])
    refused(tmp_path / "cut.csv.gz", "damaged or breaks off", "again")
    book = workbook(tmp_path / "b.xlsx", {"a": [["Post ID", "Publish time"], ["1", "2"]]})
    (tmp_path / "cut.xlsx").write_bytes(book.read_bytes()[:-600])
    refused(tmp_path / "cut.xlsx", "no spreadsheet", "again")


def test_what_is_locked(tmp_path: Path) -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    locked += "EncryptedPackage".encode("utf-16-le") + bytes(600)
    (tmp_path / "locked.xlsx").write_bytes(locked)
    refused(tmp_path / "locked.xlsx", "the spreadsheet has a password", "without")
    (tmp_path / "posts.csv").write_text(HEAD + ROW)
    subprocess.run(
        ["zip", "-q", "-P", "secret", "locked.zip", "posts.csv"], cwd=tmp_path, check=True
    )
    refused(tmp_path / "locked.zip", "the archive has a password", "unpack")


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed,
        packed.open("posts.csv", "w", force_zip64=True) as member,
    ):
        for _ in range(300):
            member.write(bytes(1 << 20))
    refused(path, "unpack to 300 MiB and more: not read", "look at what is inside")
    with gzip.open(tmp_path / "bomb.csv.gz", "wb", 9) as stream:
        stream.write((HEAD + ROW).encode())
        for _ in range(300):
            stream.write(b" " * (1 << 20))
    refused(tmp_path / "bomb.csv.gz", "not read")


def test_names_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    path = archive(
        inside / "a.zip",
        {"../../escaped.csv": HEAD + ROW, "/tmp/absolute.csv": HEAD + ROW, "__MACOSX/._a.csv": "x"},
    )
    assert len(posts(path)) == 2
    assert sorted(tmp_path.rglob("*")) == [inside, path]


def test_an_archive_of_anything_is_read_as_far_as_maps_fit(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "exports.zip",
        {"nov/posts.csv": HEAD + ROW, "readme.txt": "Bonjour\n", "people.csv": "name,mail\na,b\n",
         "nov/posts.jsonl": json.dumps({"published_at": "2026-11-03T10:00:00Z", "platform": "x",
                                        "text": "Encore", "author": "zoe"}) + "\n"},
    )  # fmt: skip
    assert [post.text for post in posts(path)] == ["Bonjour", "Encore"]
    told = importing.previews(path)
    assert [one["file"] for one in told] == [
        "exports.zip/nov/posts.csv", "exports.zip/nov/posts.jsonl",
    ]  # fmt: skip
    assert len(told[0]["left"]) == 2
    refused(archive(tmp_path / "pictures.zip", {"a.jpg": b"\xff\xd8"}), "no file of posts")


@pytest.fixture
def short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LONGEST_LINE", 10_000)


@pytest.mark.usefixtures("short_lines")
def test_lines_without_end_are_set_aside(tmp_path: Path) -> None:
    long = "2026-11-03T10:00:00Z,x,zoe," + "a" * 50_000 + "\n"
    good, bad = answers(write(tmp_path / "a.csv", HEAD + ROW + long + ROW.replace("zoe", "lea")))
    assert [post.author.handle for post in importing.map_import(good).posts] == ["zoe", "lea"]
    with pytest.raises(MappingError, match="row 3: a line of more than"):
        importing.map_import(bad)
    rows = [json.dumps({"published_at": "2026-11-03T10:00:00Z", "platform": "x", "author": name,
                        "text": text}) for name, text in (("zoe", "a"), ("b", "a" * 50_000),
                                                          ("lea", "a"))]  # fmt: skip
    good, bad = answers(write(tmp_path / "a.jsonl", "\n".join(rows)))
    assert [post.author.handle for post in importing.map_import(good).posts] == ["zoe", "lea"]
    with pytest.raises(MappingError, match="row 2: a line of more than"):
        importing.map_import(bad)


def test_an_array_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    row = json.dumps({"published_at": "2026-11-03T10:00:00Z", "platform": "x", "text": "a",
                      "author": "zoe"})  # fmt: skip
    path = write(tmp_path / "a.json", f"[{row}, 7, {row}, " + row[:40])
    good, bad = answers(path)
    assert len(importing.map_import(good).posts) == 2
    with pytest.raises(MappingError, match="row 2: no JSON object; row 4: no JSON from here on"):
        importing.map_import(bad)


def test_arrays_are_read_across_blocks(tmp_path: Path) -> None:
    rows = [{"n": n, "text": "é" * (n % 4_000), "deep": [{"]": "}"}]} for n in range(3_000)]
    path = write(tmp_path / "a.json", json.dumps(rows, ensure_ascii=False, indent=1))
    assert [row for _, row in array_items(Piece(path))] == rows


SCRIPT = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from vigie import importing
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
posts = 0
for answer in importing.read_answers(Path(sys.argv[1]), run_id="r", now=datetime.now(UTC)):
    if answer.platform == "x":
        posts += len(importing.map_import(answer).posts)
print(posts, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
def test_a_line_of_200_mib_costs_no_200_mib(tmp_path: Path, kind: str) -> None:
    row = {"published_at": "2026-11-03T10:00:00Z", "platform": "x", "author": "zoe", "text": "a"}
    path = tmp_path / f"a.{kind}"
    with path.open("w") as stream:
        start = {
            "csv": HEAD + ROW,
            "jsonl": json.dumps(row) + "\n",
            "json": f"[{json.dumps(row)},\n",
        }
        stream.write(start[kind])
        stream.write('{"text": "' if kind != "csv" else "2026-11-03T10:00:00Z,x,zoe,")
        for _ in range(200):
            stream.write("a" * (1 << 20))
        stream.write("\n" + start[kind].lstrip("[").splitlines()[-1])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, check=True
    )
    path.unlink()  # pytest keeps what tests leave
    found, grown = map(int, done.stdout.split())
    assert found == (1 if kind == "json" else 2)
    assert grown < 150, f"{grown} MiB"
