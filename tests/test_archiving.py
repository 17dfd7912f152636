"""A backup is the workspace: restored it holds the same, and a damaged one says so."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from vigie.archiving import MANIFEST, BackupError, backup, restore
from vigie.errors import ConfigError
from vigie.records import Correction, ShortlistState
from vigie.store import Filters, Page
from vigie.store.moving import sums_of
from vigie.workspace import Workspace

WATCHLIST = """
[workspace]
name = "Sauvegarde"
[[brands]]
id = "zephir"
name = "Zéphir"

"""
ROWS = "".join(
    f"{n};2026-09-{n % 28 + 1:02} 10:00;Zéphir n°{n} 😍 #été;ana{n % 3};{n}\n" for n in range(60)
)


def vigie(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from vigie.cli import main; main()", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def quiet(kind: str, number: int) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with imported posts, a person's words and a secret."""
    tmp_path = tmp_path_factory.mktemp("archiving")
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "vigie.toml").write_text(WATCHLIST, encoding="utf-8")
    (folder / ".env").write_text("MASTODON_TOKEN=hush-hush\n", encoding="utf-8")
    rows = tmp_path / "posts.csv"
    rows.write_text("id;date;text;author;likes\n" + ROWS, encoding="utf-8")
    columns = tmp_path / "map.toml"
    columns.write_text(
        '[columns]\nnative_id = "id"\npublished_at = "date"\ntext = "text"\n'
        '"author.handle" = "author"\n"metrics.likes" = "likes"\n'
        '[constants]\nplatform = "instagram"\n',
        encoding="utf-8",
    )
    assert vigie("import", rows, "--columns", columns, "--workspace", folder).returncode == 0
    with Workspace.open(folder) as space:
        (hit,) = space.store.search("*", page=Page(size=1)).hits
        at = hit.post.collected_at
        listed = ShortlistState(id="instagram:ana1", notes="à rappeler", changed_at=at)
        word = Correction(
            id=f"{hit.post.id}:sentiment", post_id=hit.post.id, field="sentiment",
            value="negative", by="lea", at=at,
        )  # fmt: skip
        space.store.upsert([listed, word])
    return folder


@pytest.fixture
def filled(original: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return shutil.copytree(original, tmp_path / "work")


def test_there_and_back(filled: Path, tmp_path: Path) -> None:
    file, again = tmp_path / "copy" / "all.vigie", tmp_path / "again"
    with Workspace.open(filled, read_only=True) as space:
        sums = backup(space, file, quiet)
        everything = space.store.search("*", Filters(states=()), page=Page(size=100)).hits
    assert sums.counts["post"] == 60
    assert b"hush-hush" not in file.read_bytes()
    assert [path.name for path in file.parent.iterdir()] == ["all.vigie"]
    assert restore(file, again, quiet) == sums
    with Workspace.open(again) as space:
        assert space.store.search("*", Filters(states=()), page=Page(size=100)).hits == everything
        assert sums_of(space.store) == sums
        assert space.store.search("sentiment:negative").total == 1
        assert space.landing.count() > 0
    assert vigie("verify", "--workspace", again).returncode == 0
    assert not list(again.glob(".store*"))
    with pytest.raises(ConfigError, match="already"):
        restore(file, again, quiet)


def test_commands(filled: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.vigie"
    here = ("--workspace", filled)
    told = json.loads(vigie("backup", file, *here, "--json").stdout)
    assert told["counts"]["post"] == 60
    done = vigie("restore", file, "--workspace", tmp_path / "x", "--lang", "fr")
    assert done.returncode == 0
    assert "recopiez .env" in done.stdout
    assert vigie("backup", file, *here, "--repository", "r").returncode == 4
    assert vigie("migrate", "embedded", "embedded", *here).returncode == 2
    unknown = vigie("migrate", "embedded", "solr", *here)
    assert unknown.returncode == 2
    assert "pas de base 'solr'" in unknown.stderr
    nowhere = vigie("migrate", "embedded", "opensearch", *here)
    assert nowhere.returncode == 4
    assert "VIGIE_OPENSEARCH_URL" in nowhere.stderr


@pytest.mark.parametrize("where", ["half", "a byte", "no backup", "a later format"])
def test_a_damaged_backup_is_told(filled: Path, tmp_path: Path, where: str) -> None:
    file = tmp_path / "all.vigie"
    with Workspace.open(filled, read_only=True) as space:
        backup(space, file, quiet)
    content = bytearray(file.read_bytes())
    if where == "half":
        with tarfile.open(file) as archive:
            content = content[: archive.getmember(MANIFEST).offset]
    elif where == "a byte":
        with tarfile.open(file) as archive:
            at = archive.getmember("store.jsonl.zst").offset_data + 40
        content[at] ^= 1
    elif where == "no backup":
        content = bytearray(b"not a tar file" * 100)
    else:
        content = content.replace(b'"format": 1', b'"format": 9')
        assert MANIFEST.encode() in content
    file.write_bytes(content)
    with pytest.raises(BackupError, match=r"cannot be read|cut off|damaged|format 9|no backup"):
        restore(file, tmp_path / "again", quiet)
    assert not (tmp_path / "again" / "vigie.toml").exists()


def changed(file: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A backup with the content of its members changed; None leaves one out."""
    target = file.with_name("changed.vigie")
    with tarfile.open(file) as archive, tarfile.open(target, "w") as made:
        for member in archive:
            read = archive.extractfile(member)
            assert read is not None
            content = change(member.name, read.read())
            if content is not None:
                member.size = len(content)
                made.addfile(member, io.BytesIO(content))
    return target


def states_are_no_states(name: str, content: bytes) -> bytes | None:
    if name == "store.jsonl.zst":
        return b"garbage"
    if name == MANIFEST:
        told = json.loads(content)
        told["files"]["store.jsonl.zst"] = hashlib.sha256(b"garbage").hexdigest()
        return json.dumps(told).encode()
    return content


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda name, content: b"{cut" if name == MANIFEST else content, "damaged"),
        (lambda name, content: b"[]" if name == MANIFEST else content, "damaged"),
        (lambda name, content: b'{"format": 1}' if name == MANIFEST else content, "damaged"),
        (lambda name, content: None if name == "vigie.toml" else content, "missing"),
        (lambda name, content: b"x" + content if name == "vigie.toml" else content, "damaged"),
        (states_are_no_states, "damaged"),
    ],
)
def test_whatever_is_wrong_with_a_backup_a_good_one_is_restored_in_the_same_folder(
    filled: Path, tmp_path: Path, change: Callable[[str, bytes], bytes | None], told: str
) -> None:
    file, folder = tmp_path / "all.vigie", tmp_path / "again"
    with Workspace.open(filled, read_only=True) as space:
        sums = backup(space, file, quiet)
    bad = changed(file, change)
    done = vigie("restore", bad, "--workspace", folder)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert told in done.stderr
    assert "another copy" in done.stderr
    (folder / "vigie.toml").unlink(missing_ok=True)  # of another backup: its digest is another
    assert restore(file, folder, quiet) == sums


def test_a_restore_whose_store_is_away_goes_on_elsewhere(filled: Path, tmp_path: Path) -> None:
    file, folder = tmp_path / "all.vigie", tmp_path / "again"
    text = (filled / "vigie.toml").read_text("utf-8")
    with Workspace.open(filled, read_only=True) as space:
        sums = backup(space, file, quiet)
    away = f'{text}[store]\nengine = "opensearch"\n'  # and no address
    bad = changed(file, lambda name, content: _with_watchlist(name, content, away))
    done = vigie("restore", bad, "--workspace", folder)
    assert done.returncode == 4
    assert "VIGIE_OPENSEARCH_URL" in done.stderr
    (folder / "vigie.toml").write_text(text, "utf-8")
    assert restore(bad, folder, quiet) == sums
    assert vigie("verify", "--workspace", folder).returncode == 0
    with pytest.raises(ConfigError, match="already"):
        restore(bad, folder, quiet)


def _with_watchlist(name: str, content: bytes, text: str) -> bytes:
    if name == MANIFEST:
        told = json.loads(content)
        told["files"]["vigie.toml"] = hashlib.sha256(text.encode()).hexdigest()
        return json.dumps(told).encode()
    return text.encode() if name == "vigie.toml" else content


def test_a_restore_leaves_a_store_alone_that_holds_something(filled: Path, tmp_path: Path) -> None:
    file, folder = tmp_path / "all.vigie", tmp_path / "again"
    with Workspace.open(filled, read_only=True) as space:
        backup(space, file, quiet)
    shutil.copytree(filled / ".vigie", folder / ".vigie")
    with sqlite3.connect(folder / ".vigie" / "store" / "store.sqlite") as tables:
        before = tables.execute("SELECT count(*) FROM records").fetchone()
        tables.execute("DELETE FROM records WHERE kind = 'correction'")
    for _ in range(2):  # the second goes on, and is no way around it
        with pytest.raises(BackupError, match="holds 60 posts already"):
            restore(file, folder, quiet)
    with sqlite3.connect(folder / ".vigie" / "store" / "store.sqlite") as tables:
        assert tables.execute("SELECT count(*) FROM records").fetchone()[0] == before[0] - 1
    shutil.rmtree(folder / ".vigie" / "store")
    assert restore(file, folder, quiet).counts["post"] == 60


def test_a_backup_that_cannot_be_written_says_what_to_do(filled: Path, tmp_path: Path) -> None:
    done = vigie("backup", tmp_path, "--workspace", filled, "--lang", "en")
    assert done.returncode == 1
    assert "Is a directory → name a file" in done.stderr


def test_a_member_that_leads_out_is_refused(filled: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.vigie"
    with Workspace.open(filled, read_only=True) as space:
        backup(space, file, quiet)
    evil = tmp_path / "evil.vigie"
    with tarfile.open(file) as archive, tarfile.open(evil, "w") as made:
        for member in archive:
            read = archive.extractfile(member)
            assert read is not None
            content = read.read().replace(b"store.jsonl.zst", b"../../../evil.x")
            member.name = member.name.replace("store.jsonl.zst", "../../../evil.x")
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    with pytest.raises(BackupError, match="leads out"):
        restore(evil, tmp_path / "deep" / "again", quiet)
    assert not list(tmp_path.rglob("evil.x"))


def test_retention(filled: Path) -> None:
    """What is too old leaves the store, and no replay brings it back."""
    here = ("--workspace", filled, "--json")
    assert vigie("prune", *here).returncode == 4
    with Workspace.open(filled, read_only=True) as space:
        newest = max(hit.post.published_at for hit in space.store.search("*").hits)
        days = (space.clock.now() - newest).days + 15
    text = (filled / "vigie.toml").read_text("utf-8")
    (filled / "vigie.toml").write_text(f"{text}[store]\nkeep_days = {days}\n", "utf-8")
    told = json.loads(vigie("prune", *here).stdout)
    assert 0 < told["posts"] < 60
    assert told["segments"] == 0  # all was collected today
    left = 60 - told["posts"]
    for command in (("verify",), ("rebuild",), ("verify",)):
        assert vigie(*command, *here).returncode == 0
        with Workspace.open(filled, read_only=True) as space:
            assert space.store.search("*").total == left
    assert json.loads(vigie("prune", *here).stdout)["posts"] == 0
    assert vigie("rebuild", "--store", "solr", *here).returncode == 2
