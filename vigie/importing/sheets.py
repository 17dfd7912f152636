"""Spreadsheets as tables, one of each sheet: XLSX, XLSM, XLSB, XLS, ODS."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from datetime import time as day_time
from typing import Any

from vigie.errors import ImportRefused
from vigie.importing.files import RATIO, SMALL, Piece
from vigie.importing.tables import HEAD_LINES, Row, Table, cells_of, header_line

ENDINGS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
OLE = b"\xd0\xcf\x11\xe0"
LARGEST = 256 << 20
_LOCKED = "EncryptedPackage".encode("utf-16-le")


def sheets(piece: Piece, wanted: frozenset[str]) -> list[Table]:
    """The sheets that hold something. Raises ImportRefused."""
    from python_calamine import CalamineError, CalamineWorkbook

    with piece.open() as stream:
        body = stream.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise ImportRefused(
            f"a spreadsheet of more than {LARGEST >> 20} MiB", where=piece.name, do="save it as CSV"
        )
    if body.startswith(OLE) and _LOCKED in body:
        raise ImportRefused(
            "the spreadsheet has a password", where=piece.name, do="save it without one"
        )
    try:
        if body.startswith(b"PK"):
            _weighed(body, piece)
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        pages = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                 for name in book.sheet_names}  # fmt: skip
    except (
        CalamineError, zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, ValueError,
        OSError, EOFError,
    ) as error:  # fmt: skip
        raise ImportRefused(
            f"no spreadsheet: {error}", where=piece.name, do="export it again, as CSV or XLSX"
        ) from error
    filled = {name: rows for name, rows in pages.items() if any(map(any, rows))}
    if not filled:
        raise ImportRefused("the file is empty", where=piece.name, do="export it again")
    return [
        _sheet(piece, name if len(filled) > 1 else None, rows, wanted)
        for name, rows in filled.items()
    ]


def _weighed(body: bytes, piece: Piece) -> None:
    """Refuses what unpacks out of proportion; what is told of the sizes is true or fails here."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        size = sum(info.file_size for info in archive.infolist())
        if size > SMALL and size > RATIO * len(body):
            raise ImportRefused(
                f"{len(body) >> 10} KiB that unpack to {size >> 20} MiB: not read",
                where=piece.name,
                do="export it again, as CSV",
            )
        if damaged := archive.testzip():
            raise zipfile.BadZipFile(f"{damaged} is damaged")


def _sheet(piece: Piece, name: str | None, table: list[list[Any]], wanted: frozenset[str]) -> Table:
    skipped, headers = header_line(iter(table[:HEAD_LINES]), wanted, piece.name)

    def rows() -> Iterator[Row]:
        for number, values in enumerate(table[skipped + 1 :], start=skipped + 2):
            if any(value not in ("", None) for value in values):
                yield number, cells_of(headers, [_cell(value) for value in values])

    return Table(piece, "spreadsheet", headers, rows, lambda: True, sheet=name)


def _cell(value: Any) -> Any:
    if isinstance(value, datetime | date | day_time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value if value != "" else None
