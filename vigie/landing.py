"""The landing: every raw body as it came, on disk before anything else happens with it.

    landing/<worker>/<platform>/<day>.jsonl.zst     one JSON line per answer
    quarantine/<platform>/<sha256>.json             answers that cannot be mapped, and why

A segment is a row of pairs: a skippable zstd frame that tells the length and checksum of the
next, and a zstd frame with the lines of one fsync. `zstd -d` reads it. A pair that a crash cut
short is cut off when the segment is opened again: it was never acknowledged. One that a disk
damaged in the middle is passed over and told by `verify`; those behind it are read. Each process
writes into a worker's folder of its own; reading goes through all.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

import orjson
import zstandard

from vigie.errors import Busy, LandingError
from vigie.sources import Answer

MARK = 0x184D2A56  # a skippable frame of zstd (RFC 8878, §3.1.2)
HEAD = struct.Struct("<IIIII")  # mark, size of the rest, frame length, lines, crc32
LEVEL = 3
_BEGIN = HEAD.pack(MARK, HEAD.size - 8, 0, 0, 0)[:8]  # how a pair begins


class Frame(NamedTuple):
    """A whole frame of a segment and where its pair lies."""

    body: bytes
    lines: int
    start: int
    end: int


class Place(NamedTuple):
    """Where in the landing a reader stands: a segment, and its frames before `end`. A segment that
    was written anew (`inode`) is another one."""

    segment: str
    inode: int
    end: int


class Landing:
    """Appends and replays raw answers below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.quarantined = folder.parent / "quarantine"
        self._worker: Path | None = None
        self._lock: IO[bytes] | None = None
        self._open: dict[Path, IO[bytes]] = {}

    def append(self, answers: Sequence[Answer]) -> None:
        """Writes a batch; on return it is on disk. Raises LandingError, and then nothing of the
        batch counts as written."""
        lines: dict[tuple[str, str], list[bytes]] = {}
        for answer in answers:
            day = answer.collected_at.astimezone(UTC).date().isoformat()
            lines.setdefault((answer.platform, day), []).append(to_line(answer))
        try:
            for (platform, day), batch in lines.items():
                self._append(self._segment(platform, day), batch)
        except OSError as error:
            raise LandingError(
                f"cannot write: {error.strerror}", where=str(self.folder), do="free disk space"
            ) from error

    def read(
        self, platforms: Sequence[str] = (), since: datetime | None = None
    ) -> Iterator[Answer]:
        """All answers, segment by segment in the order they were written; a frame that a crash cut
        short ends its segment. `since` leaves out what was collected earlier."""
        for path in self.segments(platforms):
            if since and path.name[:10] < since.astimezone(UTC).date().isoformat():
                continue
            for frame in _frames(path):
                for line in zstandard.decompress(frame.body).splitlines():
                    answer = from_line(line)
                    if since is None or answer.collected_at >= since:
                        yield answer

    def frames(self, after: Place | None = None) -> Iterator[tuple[list[Answer], Place]]:
        """All answers, frame by frame in the order of `read`, each with where the next begins."""
        begun = after is None
        for path in self.segments():
            segment, inode, start = path.relative_to(self.folder).as_posix(), path.stat().st_ino, 0
            if not begun and after is not None:
                if _order(path) < _order(self.folder / after.segment):
                    continue
                begun = True
                if after[:2] == (segment, inode):
                    start = after.end
            for frame in _frames(path):
                if frame.start >= start:
                    lines = zstandard.decompress(frame.body).splitlines()
                    place = Place(segment, inode, frame.end)
                    yield [from_line(line) for line in lines], place

    def segments(self, platforms: Sequence[str] = ()) -> list[Path]:
        """The segments, by platform and day."""
        found = self.folder.glob("*/*/*.jsonl.zst")
        kept = [path for path in found if not platforms or path.parent.name in platforms]
        return sorted(kept, key=_order)

    def count(self) -> int:
        """Answers on disk, read from the frames' heads only."""
        return sum(frame.lines for path in self.segments() for frame in _frames(path, bodies=False))

    def verify(self) -> list[str]:
        """What is wrong with the segments, in words; empty: nothing."""
        wrong = []
        for path in self.segments():
            end = 0
            for frame in _frames(path):
                if frame.start != end:
                    wrong.append(f"{path}: {frame.start - end} bytes from {end} cannot be read")
                end = frame.end
                try:
                    text = zstandard.decompress(frame.body)
                except zstandard.ZstdError as error:
                    wrong.append(f"{path}: a frame cannot be read ({error})")
                    break
                for line in text.splitlines():
                    answer = orjson.loads(line)
                    body = _body(answer)
                    if hashlib.sha256(body).hexdigest() != answer["sha256"]:
                        wrong.append(f"{path}: body {answer['sha256'][:12]} is not what was landed")
                found = text.count(b"\n")
                if found != frame.lines:
                    wrong.append(f"{path}: {frame.lines} lines announced, {found} found")
        return wrong

    def quarantine(self, answer: Answer, reason: str) -> None:
        """Sets an answer aside with its reason; the same body again replaces the reason."""
        digest = hashlib.sha256(answer.body).hexdigest()
        path = self.quarantined / answer.platform / f"{digest}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {"reason": reason, "answer": orjson.Fragment(to_line(answer).rstrip(b"\n"))}
        path.write_bytes(orjson.dumps(document))

    def release(self, answer: Answer) -> None:
        """Takes an answer out of quarantine, if it lies there: it maps now."""
        digest = hashlib.sha256(answer.body).hexdigest()
        (self.quarantined / answer.platform / f"{digest}.json").unlink(missing_ok=True)

    def quarantine_reasons(self) -> Iterator[tuple[Path, str]]:
        """What lies in quarantine, with the reasons."""
        for path in sorted(self.quarantined.glob("*/*.json")):
            yield path, str(orjson.loads(path.read_bytes())["reason"])

    def rewrite(
        self,
        path: Path,
        needles: Sequence[bytes],
        change: Callable[[Answer], Sequence[Answer]],
    ) -> int:
        """Writes a segment anew with what `change` makes of those of its answers in which one of
        the needles occurs, and answers how many it changed; the segment goes where nothing is left.
        Until the new one is whole on disk the old one stands. Raises Busy where another process
        writes beside it, LandingError."""
        with self._writing(path):
            lines: list[list[bytes]] = []
            changed = 0
            for frame in _frames(path):
                kept: list[bytes] = []
                for line in zstandard.decompress(frame.body).splitlines(keepends=True):
                    if (
                        not any(needle in line for needle in needles)
                        and b'"body_base64"' not in line
                    ):
                        kept.append(line)
                        continue
                    made = [to_line(one) for one in change(from_line(line))]
                    changed += made != [line]
                    kept += made
                lines.append(kept)
            if changed:
                self._replace(path, [batch for batch in lines if batch])
            return changed

    @contextmanager
    def _writing(self, path: Path) -> Iterator[None]:
        """Nobody else appends to a segment meanwhile."""
        worker = path.parents[1]
        if (opened := self._open.pop(path, None)) is not None:
            opened.close()
        if worker == self._worker:
            yield
            return
        with (worker / ".lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Busy(
                    "another process lands here", where=str(worker), do="wait for it to end"
                ) from error
            yield

    def _replace(self, path: Path, batches: Sequence[Sequence[bytes]]) -> None:
        if not batches:
            path.unlink()
            _sync_folder(path.parent)
            return
        part = path.with_name(f".{path.name}.part")
        try:
            with part.open("wb") as written:
                for batch in batches:
                    self._append(written, batch)
            part.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            raise LandingError(
                f"cannot write: {error.strerror}", where=str(path), do="free disk space"
            ) from error
        finally:
            part.unlink(missing_ok=True)

    def close(self) -> None:
        for opened in self._open.values():
            opened.close()
        self._open.clear()
        if self._lock is not None:
            self._lock.close()
            self._lock = self._worker = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _segment(self, platform: str, day: str) -> IO[bytes]:
        path = self._own_folder() / platform / f"{day}.jsonl.zst"
        opened = self._open.get(path)
        if opened is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            opened = path.open("ab")
            whole = max((frame.end for frame in _frames(path)), default=0)
            if whole != path.stat().st_size:
                opened.truncate(whole)
            _sync_folder(path.parent)
            self._open[path] = opened
        return opened

    def _append(self, segment: IO[bytes], lines: Iterable[bytes]) -> None:
        batch = list(lines)
        frame = zstandard.ZstdCompressor(level=LEVEL).compress(b"".join(batch))
        head = HEAD.pack(MARK, HEAD.size - 8, len(frame), len(batch), zlib.crc32(frame))
        segment.write(head + frame)
        segment.flush()
        os.fsync(segment.fileno())

    def _own_folder(self) -> Path:
        """The first worker's folder that no other process holds."""
        if self._worker is None:
            for number in range(1, 1000):
                worker = self.folder / f"w{number}"
                worker.mkdir(parents=True, exist_ok=True)
                lock = (worker / ".lock").open("ab")
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    lock.close()
                    continue
                self._worker, self._lock = worker, lock
                break
            else:
                raise LandingError("999 processes write here", where=str(self.folder))
        return self._worker


def _order(segment: Path) -> tuple[str, str, str]:
    return segment.name, segment.parent.name, segment.parts[-3]


def _frames(path: Path, *, bodies: bool = True) -> Iterator[Frame]:
    """The whole frames of a segment. What is torn or damaged is passed over, up to the next pair
    that is whole."""
    with path.open("rb") as segment:
        size = path.stat().st_size
        while True:
            start = segment.tell()
            head = segment.read(HEAD.size)
            if len(head) < HEAD.size:
                return
            _, _, length, lines, checksum = HEAD.unpack(head)
            begins = head.startswith(_BEGIN)
            if not bodies and begins and start + HEAD.size + length <= size:
                segment.seek(length, os.SEEK_CUR)
                yield Frame(b"", lines, start, segment.tell())
                continue
            body = segment.read(length) if begins else b""
            if begins and len(body) == length and zlib.crc32(body) == checksum:
                yield Frame(body, lines, start, segment.tell())
                continue
            segment.seek(start + 1)
            following = segment.read().find(_BEGIN)
            if following < 0:
                return
            segment.seek(start + 1 + following)


def to_line(answer: Answer) -> bytes:
    """An answer as one JSON line; base64 where the body is not UTF-8."""
    line: dict[str, Any] = {
        "platform": answer.platform,
        "endpoint": answer.endpoint,
        "target": answer.target,
        "method": answer.method,
        "request_url": answer.request_url,
        "url": answer.url,
        "status": answer.status,
        "headers": dict(answer.headers),
        "collected_at": answer.collected_at.astimezone(UTC).isoformat(),
        "run_id": answer.run_id,
        "api_version": answer.api_version,
        "brand": answer.brand,
        "topic": answer.topic,
        "meta": dict(answer.meta),
        "sha256": hashlib.sha256(answer.body).hexdigest(),
    }
    try:
        line["body"] = answer.body.decode()
    except UnicodeDecodeError:
        line["body_base64"] = base64.b64encode(answer.body).decode("ascii")
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def from_line(line: bytes) -> Answer:
    """The answer of a landed line."""
    document = orjson.loads(line)
    body = _body(document)
    for name in ("sha256", "body", "body_base64"):
        document.pop(name, None)
    document["collected_at"] = datetime.fromisoformat(document["collected_at"])
    return Answer(body=body, **document)


def _body(document: dict[str, Any]) -> bytes:
    if "body" in document:
        return str(document["body"]).encode()
    return base64.b64decode(document["body_base64"])


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
