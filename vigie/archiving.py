"""Backup and restore: one file with a workspace's watchlist, raw data, briefings and store.

The store is written as merged states (vigie/store/moving.py), so that a backup of one engine is
restored into any. Keys and passwords (`.env`) are never in it. A manifest at its end holds the
digest of every file and the store's counts and checksums; a restore that does not come out at these
says so.
"""

from __future__ import annotations

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
from vigie.store.moving import Movable, Progress, State, Sums, adopt_all, sums_of
from vigie.workspace import FILE, Workspace

FORMAT = 1
STATES = "store.jsonl.zst"
MANIFEST = "manifest.json"
FOLDERS = ("landing", "quarantine", "briefings")
KEPT = ("now", "demo.json", "truth.json")  # of a demo's world


class BackupError(VigieError):
    """A backup cannot be written, or a file is no backup or a broken one."""


def backup(workspace: Workspace, target: Path, progress: Progress) -> Sums:
    """Writes a workspace's backup; what was there by that name stays until it is whole."""
    part = target.with_name(target.name + ".part")
    digests: dict[str, str] = {}
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
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
        raise BackupError(
            f"cannot write: {error.strerror}", where=str(target), do="free disk space"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return sums


def restore(source: Path, dir: Path, progress: Progress) -> Sums:
    """Makes a workspace of a backup, in a folder that has none yet; its store is the one that its
    watchlist names. Raises BackupError, ConfigError, StoreError."""
    if (dir / FILE).exists():
        raise ConfigError("a workspace is there already", where=str(dir), do="take another folder")
    try:
        with tarfile.open(source, mode="r:") as archive:
            manifest = _manifest(archive, source)
            states = _extract(archive, dir, manifest["files"], source)
    except (OSError, tarfile.TarError) as error:
        raise BackupError(f"cannot be read: {error}", where=str(source), do="another copy") from (
            error
        )
    try:
        with Workspace.open(dir) as workspace:
            adopt_all(_read_states(states), workspace.store, progress)
            wrong = Sums(**manifest["store"]).differences(sums_of(workspace.store))
    finally:
        states.unlink()
    if wrong:
        raise BackupError(
            f"the store is not the one that was backed up: {'; '.join(wrong)}",
            where=str(dir),
            do="an empty store, or another prefix in the cluster",
        )
    return Sums(**manifest["store"])


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


def _read_states(path: Path) -> Iterator[State]:
    with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as content:
        for line in io.BufferedReader(content, 1 << 20):
            read = orjson.loads(line)
            stamps = read["stamps"]
            yield State(read["kind"], read["doc"].encode(), stamps.encode() if stamps else None)


def _manifest(archive: tarfile.TarFile, source: Path) -> dict[str, Any]:
    try:
        member = archive.extractfile(MANIFEST)
    except KeyError:
        member = None
    if member is None:
        raise BackupError("no backup, or one that is cut off", where=str(source))
    manifest: dict[str, Any] = json.loads(member.read())
    if manifest.get("format") != FORMAT:
        raise BackupError(
            f"format {manifest.get('format')!r}", where=str(source), do="a newer Vigie"
        )
    return manifest


def _extract(archive: tarfile.TarFile, dir: Path, digests: dict[str, str], source: Path) -> Path:
    """Writes the files below a folder, each held against its digest; answers where the store's
    states are. The watchlist comes last: a folder without it is no workspace."""
    dir.mkdir(parents=True, exist_ok=True)
    states = dir / f".{STATES}"
    names = sorted(digests, key=lambda name: name == FILE)
    for name in names:
        target = states if name == STATES else dir / name
        if not target.resolve().is_relative_to(dir.resolve()):
            raise BackupError(f"{name!r} leads out of the folder", where=str(source))
        member = archive.extractfile(name)
        if member is None:
            raise BackupError(f"{name!r} is missing", where=str(source), do="another copy")
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with target.open("wb") as out:
            while chunk := member.read(1 << 20):
                digest.update(chunk)
                out.write(chunk)
        if digest.hexdigest() != digests[name]:
            raise BackupError(f"{name!r} is damaged", where=str(source), do="another copy")
    return states
