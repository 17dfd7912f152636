"""Files as rows: CSV, TSV, JSON Lines, JSON arrays, spreadsheets, and `.gz` of them.

Encoding, separator and the line of the headers are found, not asked for. A table can be walked more
than once; text files are never in memory as a whole.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as day_time
from pathlib import Path
from typing import IO, Any

import orjson

from vigie.errors import ImportRefused

Row = tuple[int, dict[str, Any] | str]  # number as a person counts, and cells or what is wrong
_SHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD_LINES = 30
_NUMBERLIKE = re.compile(rb"""[\s:,;|"'][+-]?[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}[\s,;|"'}\]]""")

LONG_NUMBER = 64  # digits before the exponent, and more than any has
_SHAPE = bytes.maketrans(b"123456789E", b"000000000e")


@dataclass(frozen=True)
class Table:
    """A file's columns and rows. `suspicious`: somewhere a number in scientific notation stands."""

    path: Path
    format: str
    headers: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    suspicious: Callable[[], bool]
    encoding: str | None = None
    separator: str | None = None
    raw: Callable[[], Iterator[tuple[int, bytes]]] | None = field(default=None, repr=False)


def open_table(path: Path, wanted: Sequence[str] = ()) -> Table:
    """The table of a file; `wanted` are column names that help to find the line of the headers.
    Raises ImportRefused where it is none."""
    if not path.is_file():
        raise ImportRefused("no such file", where=str(path), do="check the path")
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(_SHEETS):
        return _sheet(path, wanted)
    with _bytes(path) as stream:
        start = stream.read(65_536)
    if not start.strip():
        raise ImportRefused("the file is empty", where=path.name)
    if start.startswith(b"PK\x03\x04") or start.startswith(b"\xd0\xcf\x11\xe0"):
        return _sheet(path, wanted)
    first = start.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if first == b"{":
        return _json_lines(path)
    if first == b"[" and name.endswith((".json", ".jsonl", ".ndjson")):
        return _json_array(path)
    return _delimited(path, start, wanted)


@contextmanager
def _bytes(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as plain:
        if plain.read(2) == b"\x1f\x8b":
            with gzip.open(path) as packed:
                yield packed  # type: ignore[misc]
        else:
            plain.seek(0)
            yield plain


def _scan(path: Path) -> bool:
    with _bytes(path) as stream:
        while lines := stream.readlines(1 << 20):
            text = b"\n" + b"".join(lines) + b"\n"
            if _holds_number(text):
                return True
    return False


def _holds_number(text: bytes) -> bool:
    """Whether `_NUMBERLIKE` stands somewhere; looked for only around a digit, an e and a digit,
    which are found ten times as fast."""
    shape = text.translate(_SHAPE)
    for sign in (b"0e0", b"0e+0"):
        at = shape.find(sign)
        while at >= 0:
            if _NUMBERLIKE.search(text, max(0, at - LONG_NUMBER), at + 8):
                return True
            at = shape.find(sign, at + 1)
    return False


def _json_lines(path: Path) -> Table:
    def raw() -> Iterator[tuple[int, bytes]]:
        with _bytes(path) as stream:
            for number, line in enumerate(stream, start=1):
                if line := line.removeprefix(codecs.BOM_UTF8).strip():
                    yield number, line

    def rows() -> Iterator[Row]:
        for number, line in raw():
            try:
                given = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                yield number, f"no JSON: {error}"
                continue
            yield number, given if isinstance(given, dict) else "no JSON object"

    headers: dict[str, None] = {}
    for _, given in _first(rows(), 200):
        if isinstance(given, dict):
            headers.update(dict.fromkeys(_paths(given)))
    return Table(path, "JSON Lines", tuple(headers), rows, lambda: _scan(path), "utf-8", raw=raw)


def _json_array(path: Path) -> Table:
    with _bytes(path) as stream:
        try:
            given = orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise ImportRefused(f"no JSON: {error}", where=path.name) from error
    headers: dict[str, None] = {}
    for item in given[:200]:
        if isinstance(item, dict):
            headers.update(dict.fromkeys(_paths(item)))

    def rows() -> Iterator[Row]:
        for number, item in enumerate(given, start=1):
            yield number, item if isinstance(item, dict) else "no JSON object"

    return Table(path, "JSON", tuple(headers), rows, lambda: _scan(path), "utf-8")


def _paths(given: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, value in given.items():
        yield f"{above}{key}"
        if isinstance(value, dict):
            yield from _paths(value, f"{above}{key}.")


def at_path(row: dict[str, Any], column: str) -> Any:
    """A cell by its column; a dotted one reaches into nested objects."""
    if column in row:
        return row[column]
    value: Any = row
    for part in column.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _encoding(path: Path, start: bytes) -> str:
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    if start[1:200:2].count(0) > 80:
        return "utf-16-le"
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _bytes(path) as stream:
        try:
            while block := stream.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _delimited(path: Path, start: bytes, wanted: Sequence[str]) -> Table:
    encoding = _encoding(path, start)
    text = start.decode(encoding, errors="replace")
    lines = text.splitlines()[:_HEAD_LINES]
    told = re.fullmatch(r"sep=(.)", lines[0].strip('\ufeff "')) if lines else None
    separator = told[1] if told else _separator(lines)
    if separator is None:
        raise ImportRefused(
            "one column only", where=path.name, do="save it as CSV, TSV, XLSX or JSON Lines"
        )
    csv.field_size_limit(16 << 20)

    @contextmanager
    def reader() -> Iterator[Iterator[list[str]]]:
        with _bytes(path) as stream:
            words = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
            yield csv.reader(words, delimiter=separator)

    with reader() as cells:
        skipped, headers = _header_line(_first(cells, _HEAD_LINES), wanted, path)

    def rows() -> Iterator[Row]:
        with reader() as cells:
            for number, values in enumerate(cells, start=1):
                if number > skipped + 1 and any(values):
                    yield number, _row(headers, values)

    format = "TSV" if separator == "\t" else "CSV"
    return Table(path, format, headers, rows, lambda: _scan(path), encoding, separator)


def _separator(lines: Sequence[str]) -> str | None:
    counts = {}
    for mark in (";", "\t", ",", "|"):
        cells = [len(row) for row in csv.reader(lines, delimiter=mark) if row]
        counts[mark] = sorted(cells)[len(cells) // 2] if cells else 0
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] > 1 else None


def _header_line(
    lines: Iterator[list[Any]], wanted: Sequence[str], path: Path
) -> tuple[int, tuple[str, ...]]:
    """How many lines stand above the headers, and the headers: the line that has most of the
    wanted columns, else the first with as many cells as the widest."""
    from vigie.importing.columns import folded

    known = {folded(name) for name in wanted}
    table = [[str(cell).strip() if cell is not None else "" for cell in line] for line in lines]
    if not table:
        raise ImportRefused("the file is empty", where=path.name)
    hits = [sum(folded(cell) in known for cell in line if cell) for line in table]
    if max(hits) >= 2:
        skipped = hits.index(max(hits))
    else:
        widths = [sum(bool(cell) for cell in line) for line in table]
        skipped = next(index for index, width in enumerate(widths) if width * 2 > max(widths))
    headers: list[str] = []
    for index, cell in enumerate(table[skipped], start=1):
        name = cell or f"column {index}"
        headers.append(name if name not in headers else f"{name} ({headers.count(name) + 1})")
    return skipped, tuple(headers)


def _row(headers: tuple[str, ...], values: list[Any]) -> dict[str, Any] | str:
    if len(values) > len(headers) and any(values[len(headers) :]):
        return f"{len(values)} cells under {len(headers)} headers"
    return dict(zip(headers, values, strict=False))


def _sheet(path: Path, wanted: Sequence[str]) -> Table:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with _bytes(path) as stream:
            book = CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        largest = max(sheets, key=lambda sheet: sheet.height)
        table = largest.to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError) as error:
        raise ImportRefused(f"no spreadsheet: {error}", where=path.name) from error
    skipped, headers = _header_line(iter(table[:_HEAD_LINES]), wanted, path)

    def rows() -> Iterator[Row]:
        for number, values in enumerate(table[skipped + 1 :], start=skipped + 2):
            if any(value not in ("", None) for value in values):
                yield number, _row(headers, [_cell(value) for value in values])

    return Table(path, "spreadsheet", headers, rows, lambda: True)


def _cell(value: Any) -> Any:
    if isinstance(value, datetime | date | day_time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value if value != "" else None


def _first(items: Iterator[Any], number: int) -> Iterator[Any]:
    for _, item in zip(range(number), items, strict=False):
        yield item
