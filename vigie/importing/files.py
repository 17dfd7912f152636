"""Where rows lie as bytes: a file, its gzip, a member of a zip archive; read within limits.

Nothing is unpacked to the disk, so that no name in an archive can lead anywhere.
"""

from __future__ import annotations

import codecs
import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from vigie.errors import ImportRefused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST_LINE = 16 << 20  # bytes; no post is longer, and memory stays bounded
MOST_MEMBERS = 200_000
SMALL = 256 << 20  # up to here a file may unpack to as much as it likes
RATIO = 200  # beyond, to this many times its packed size: text packs to a fifth, rarely a fiftieth
_TOO_LONG = f"a line of more than {LONGEST_LINE >> 20} MiB"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAC = frozenset(b"\x87\x88\x89\x8a\x8d\x8e\x8f\x90\x94\x95\x99\x9a\x9d\x9e\x9f")  # áàâäçéèêîïôöùûü
_WINDOWS = frozenset(b"\xe0\xe1\xe2\xe4\xe7\xe8\xe9\xea\xee\xef\xf4\xf6\xf9\xfb\xfc")


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that can be read: a file, or a member of an archive."""

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"{self.path.name}/{self.member}" if self.member else self.path.name

    @property
    def kind(self) -> str:
        """The ending of its name, lower case, without that of a gzip: ".csv"."""
        name = (self.member or self.path.name).lower().removesuffix(".gz")
        return Path(name).suffix

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Its bytes, unpacked. Raises ImportRefused where they break off or are locked."""
        try:
            if self.member is None:
                with self.path.open("rb") as plain, _unpacked(plain, self) as stream:
                    yield stream
            else:
                with _archive(self.path) as archive:
                    _bounded(archive.getinfo(self.member), self)
                    with archive.open(self.member) as stream:
                        yield stream
        except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, struct.error) as error:
            raise ImportRefused(
                f"the file is damaged or breaks off: {error}", where=self.name,
                do="download or export it again",
            ) from error  # fmt: skip
        except (NotImplementedError, RuntimeError) as error:  # another way of packing or locking
            raise ImportRefused(f"{error}", where=self.name, do="unpack the archive") from error
        except OSError as error:
            raise ImportRefused(
                f"cannot be read: {error.strerror or error}", where=self.name,
                do="check that the file is whole, and yours to read",
            ) from error  # fmt: skip


def members(path: Path) -> list[Piece]:
    """The files of a zip archive. Raises ImportRefused where it is none, or has too many."""
    try:
        with _archive(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error) as error:
        raise ImportRefused(
            f"the archive is damaged or breaks off: {error}",
            where=path.name,
            do="download it again",
        ) from error
    if len(infos) > MOST_MEMBERS:
        raise ImportRefused(f"{len(infos)} files in one archive", where=path.name, do="unpack it")
    return [
        Piece(path, info.filename)
        for info in infos
        if not info.is_dir()
        and not info.filename.startswith("__MACOSX/")
        and not info.filename.rpartition("/")[2].startswith(".")
    ]


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(path) as archive:
        yield archive


def _bounded(info: zipfile.ZipInfo, piece: Piece) -> None:
    """`zipfile` reads no more than the size that is told here, and then compares the checksum."""
    if info.flag_bits & 0x1:
        raise ImportRefused(
            "the archive has a password", where=piece.name, do="unpack it, import what is inside"
        )
    _within(info.file_size, info.compress_size, piece)


def _within(unpacked: int, packed: int, piece: Piece) -> None:
    if unpacked > SMALL and unpacked > RATIO * max(packed, 1):
        raise ImportRefused(
            f"{packed >> 10} KiB that unpack to {unpacked >> 20} MiB and more: not read",
            where=piece.name,
            do="unpack it and look at what is inside",
        )


@contextmanager
def _unpacked(plain: IO[bytes], piece: Piece) -> Iterator[IO[bytes]]:
    packed = plain.read(2) == b"\x1f\x8b"
    plain.seek(0)
    if not packed:
        yield plain
        return
    with gzip.open(plain) as stream:
        yield io.BufferedReader(_Watched(stream, plain, piece), 1 << 18)


class _Watched(io.RawIOBase):
    """What a gzip unpacks to, as long as it is in proportion."""

    def __init__(self, stream: gzip.GzipFile, plain: IO[bytes], piece: Piece) -> None:
        self._stream = stream
        self._plain = plain
        self._piece = piece
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        read = self._stream.readinto(buffer)
        self._read += read
        if self._read > SMALL:
            _within(self._read, self._plain.tell(), self._piece)
        return read


def head(piece: Piece, size: int = 65_536) -> bytes:
    """The first bytes."""
    with piece.open() as stream:
        return stream.read(size)


def lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes | str]]:
    """The lines with their numbers; of one that is too long, what is wrong with it."""
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            while (more := stream.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
                pass
            yield number, _TOO_LONG
            continue
        yield number, line


class Lines:
    """A stream as lines of text for a reader of CSV. In place of a line that is too long comes an
    empty one, and `too_long` tells it until it is taken. `ended` is whether the last one has its
    end: the last line of a file need not."""

    def __init__(self, words: io.TextIOWrapper) -> None:
        self._words = words
        self.number = 0
        self.too_long: str | None = None
        self.ended = True

    def __iter__(self) -> Iterator[str]:
        readline = self._words.readline
        while line := readline(LONGEST_LINE):
            self.number += 1
            self.ended = line[-1] in "\r\n"
            if len(line) == LONGEST_LINE and not self.ended:
                while (more := readline(LONGEST_LINE)) and more[-1] not in "\r\n":
                    pass
                self.too_long = _TOO_LONG
                yield "\n"
                continue
            yield line


def encoding_of(piece: Piece, start: bytes) -> str:
    """How a text file is written: by its mark, its zeros, else by whether all of it is UTF-8."""
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    looked_at = max(1, min(len(start), 2_000) // 2)
    for place, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if start[place : 2 * looked_at : 2].count(0) > 0.4 * looked_at:
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    with piece.open() as stream:
        while block := stream.read(1 << 20):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return _eight_bit(block)
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _eight_bit(block: bytes) -> str:
    """Windows or the Mac of old: whose accented letters stand beside plain ones."""
    counts = [0, 0]
    for before, letter, after in zip(block, block[1:], block[2:], strict=False):
        if letter > 0x7F and (_letter(before) or _letter(after)):
            counts[0] += letter in _WINDOWS
            counts[1] += letter in _MAC
    return "mac-roman" if counts[1] > 2 * counts[0] else "cp1252"


def _letter(byte: int) -> bool:
    return 0x41 <= byte <= 0x5A or 0x61 <= byte <= 0x7A
