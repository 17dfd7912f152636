"""Backup and restore: one file with a workspace's watchlist, raw data, briefings and store.

The store is written as merged states (vigie/store/moving.py), so that a backup of one engine is
restored into any. Keys and passwords (`.env`) are never in it. A manifest at its end holds the
digest of every file and the store's counts and checksums; a restore that does not come out at these
says so. One that is stopped, or whose store is away, is begun again by the same command.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import orjson
import zstandard

from vigie.errors import ConfigError, VigieError
from vigie.store import Filters, Page
from vigie.store.moving import Movable, Progress, State, Sums, adopt_all, sums_of
from vigie.workspace import FILE, Workspace

FORMAT = 1
STATES = "store.jsonl.zst"
MANIFEST = "manifest.json"
FOLDERS = ("landing", "quarantine", "briefings")
FULL = (errno.ENOSPC, errno.EDQUOT)
KEPT = ("now", "demo.json", "truth.json")  # of a demo's world


class BackupError(VigieError):
    """A backup cannot be written, or a file is no backup or a broken one."""


def backup(workspace: Workspace, target: Path, progress: Progress) -> Sums:
    """Writes a workspace's backup; what was there by that name stays until it is whole."""
    part = target.with_name(target.name + ".part")
    digests: dict[str, str] = {}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with part.open("wb") as out, tarfile.open(fileobj=out, mode="w") as archive:
            for name, path in _files(workspace):
                digests[name] = _add(archive, name, path)
            with tempfile.NamedTemporaryFile(dir=target.parent) as states:
                sums = _write_states(workspace.store, states, progress)
                digests[STATES] = _add(archive, STATES, Path(states.name))
            manifest = {"format": FORMAT, "files": digests, "store": asdict(sums)}
            _add_bytes(archive, MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.replace(target)
    except OSError as error:
        if error.errno in FULL:
            raise _full(target, error) from error
        raise BackupError(
            f"cannot write: {error.strerror}",
            where=str(target),
            do="name a file in a folder that can be written",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return sums


def restore(source: Path, dir: Path, progress: Progress) -> Sums:
    """Makes a workspace of a backup, in a folder that has none yet; its store is the one that its
    watchlist names, and has to be empty. What was begun of this backup goes on, under the watchlist
    as it is by then. Raises BackupError, ConfigError, StoreError."""
    begun = _Begun(dir)
    try:
        with tarfile.open(source, mode="r:") as archive:
            manifest, digest = _manifest(archive, source)
            if (dir / FILE).exists() and begun.backup != digest:
                raise ConfigError(
                    "a workspace is there already", where=str(dir), do="take another folder"
                )
            sums = Sums(**manifest["store"])
            states = _extract(archive, dir, manifest["files"], source)
            begun.note(digest)
            _place_watchlist(archive, dir, manifest["files"][FILE], source)
    except (OSError, tarfile.TarError) as error:
        why = getattr(error, "strerror", None) or error
        if getattr(error, "errno", None) in FULL:
            raise _full(dir, error) from error
        raise BackupError(f"cannot be read: {why}", where=str(source), do="another copy") from error
    try:
        with Workspace.open(dir) as workspace:
            if not begun.filling:
                _empty(workspace)
            begun.note(digest, filling=True)
            adopt_all(_read_states(states, source), workspace.store, progress)
            wrong = sums.differences(sums_of(workspace.store))
    finally:
        states.unlink()
    if wrong:
        raise BackupError(
            f"the store is not the one that was backed up: {'; '.join(wrong)}",
            where=str(dir),
            do=_ELSEWHERE,
        )
    begun.end()
    return sums


def _full(where: Path, error: BaseException) -> BackupError:
    why = getattr(error, "strerror", error)
    return BackupError(f"cannot write: {why}", where=str(where), do="free disk space")


_ELSEWHERE = "another cluster or prefix below [store] in its vigie.toml, then run this again"


class _Begun:
    """Which backup is being restored into a folder, and whether its store is being filled."""

    def __init__(self, dir: Path) -> None:
        self._note = dir / ".vigie" / "restoring"
        noted = self._note.read_text("ascii", "replace").split() if self._note.is_file() else []
        self.backup = noted[0] if noted else ""
        self.filling = noted[1:] == ["filling"]

    def note(self, backup: str, *, filling: bool = False) -> None:
        filling = self.filling = filling or (self.filling and backup == self.backup)
        self.backup = backup
        self._note.parent.mkdir(parents=True, exist_ok=True)
        self._note.write_text(f"{backup} {'filling' if filling else ''}", encoding="ascii")

    def end(self) -> None:
        self._note.unlink()


def _empty(workspace: Workspace) -> None:
    """Raises BackupError for a store that holds posts: they would be mixed with those of the
    backup, and a trial would change what is in use."""
    held = workspace.store.search("*", Filters(states=()), page=Page(size=0)).total
    if held:
        settings = workspace.watchlist.store
        raise BackupError(
            f"the store holds {held} posts already: engine {settings.engine}, prefix "
            f"{settings.prefix}",
            where=str(workspace.dir),
            do=_ELSEWHERE,
        )


def _files(workspace: Workspace) -> Iterator[tuple[str, Path]]:
    yield FILE, workspace.dir / FILE
    for name in KEPT:
        if (workspace.data / name).is_file():
            yield f".vigie/{name}", workspace.data / name
    for folder in FOLDERS:
        for path in sorted((workspace.data / folder).rglob("*")):
            if path.is_file() and path.suffix != ".lock":
                yield f".vigie/{path.relative_to(workspace.data).as_posix()}", path


def _add(archive: tarfile.TarFile, name: str, path: Path) -> str:
    """Adds a file as it is now, even where it grows meanwhile; answers its digest."""
    with path.open("rb") as content:
        info = tarfile.TarInfo(name)
        info.size = os.fstat(content.fileno()).st_size
        info.mtime = int(os.fstat(content.fileno()).st_mtime)
        reading = _Hashed(content)
        archive.addfile(info, reading)
        return reading.digest.hexdigest()


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.digest.update(content)
        return content


def _write_states(store: Movable, out: Any, progress: Progress) -> Sums:
    sums = Sums()
    with zstandard.ZstdCompressor(level=6).stream_writer(out, closefd=False) as compressed:
        for state in store.states():
            line = {
                "kind": state.kind,
                "doc": state.doc.decode(),
                "stamps": None if state.stamps is None else state.stamps.decode(),
            }
            compressed.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            sums.add(state)
            if sums.counts[state.kind] % 50_000 == 0:
                progress(state.kind, sums.counts[state.kind])
    out.flush()
    return sums


def _read_states(path: Path, source: Path) -> Iterator[State]:
    try:
        with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as content:
            for line in io.BufferedReader(content, 1 << 20):
                read = orjson.loads(line)
                stamps = read["stamps"]
                yield State(read["kind"], read["doc"].encode(), stamps.encode() if stamps else None)
    except (zstandard.ZstdError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(
            f"{STATES!r} is damaged: {error}", where=str(source), do="another copy"
        ) from error


def _manifest(archive: tarfile.TarFile, source: Path) -> tuple[dict[str, Any], str]:
    """The manifest, and its digest, which names the backup."""
    content = _member(archive, MANIFEST, source, "no backup, or one that is cut off").read()
    try:
        manifest: dict[str, Any] = json.loads(content)
        if manifest.get("format") != FORMAT:
            raise BackupError(
                f"format {manifest.get('format')!r}", where=str(source), do="a newer Vigie"
            )
        files, store = manifest["files"], manifest["store"]
        whole = isinstance(files, dict) and {"counts", "digests"} == store.keys()
    except (ValueError, KeyError, AttributeError) as error:
        raise BackupError(
            f"{MANIFEST!r} is damaged: {error}", where=str(source), do="another copy"
        ) from error
    if not whole:
        raise BackupError(f"{MANIFEST!r} is damaged", where=str(source), do="another copy")
    return manifest, hashlib.sha256(content).hexdigest()


def _member(archive: tarfile.TarFile, name: str, source: Path, what: str) -> IO[bytes]:
    try:
        member = archive.extractfile(name)
    except KeyError:
        member = None
    if member is None:
        raise BackupError(what, where=str(source), do="another copy")
    return member


def _extract(archive: tarfile.TarFile, dir: Path, digests: dict[str, str], source: Path) -> Path:
    """Writes all files but the watchlist below a folder, each held against its digest; answers
    where the store's states are."""
    for name in digests:
        if not (dir / name).resolve().is_relative_to(dir.resolve()):
            raise BackupError(
                f"{name!r} leads out of the folder", where=str(source), do="another copy"
            )
    for name in (FILE, STATES):
        if name not in digests:
            raise BackupError(f"{name!r} is missing", where=str(source), do="another copy")
    dir.mkdir(parents=True, exist_ok=True)
    states = dir / f".{STATES}"
    for name, digest in digests.items():
        if name != FILE:
            _write(archive, name, states if name == STATES else dir / name, digest, source)
    return states


def _place_watchlist(archive: tarfile.TarFile, dir: Path, digest: str, source: Path) -> None:
    """Writes the watchlist last, since a folder without it is no workspace; one that is there is
    that of the restore that goes on, and may have been changed since."""
    if not (dir / FILE).exists():
        _write(archive, FILE, dir / FILE, digest, source)


def _write(archive: tarfile.TarFile, name: str, target: Path, digest: str, source: Path) -> None:
    """Writes a file, which has its name only once it is whole and the one that was backed up."""
    member = _member(archive, name, source, f"{name!r} is missing")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    read = _Hashed(member)
    try:
        with part.open("wb") as out:
            while chunk := read.read(1 << 20):
                out.write(chunk)
        if read.digest.hexdigest() != digest:
            raise BackupError(f"{name!r} is damaged", where=str(source), do="another copy")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
