"""Files as tables of rows: CSV, TSV, JSON, spreadsheets, `.gz` and `.zip` of them.

Encoding, separator and the line of the headers are found, not asked for. A table can be walked more
than once; text files are never in memory as a whole.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson

from vigie.errors import ImportRefused
from vigie.importing.documents import (
    array_items,
    columns_of,
    document,
    json_lines,
    listed,
    objects,
)
from vigie.importing.files import Lines, Piece, encoding_of, head
from vigie.importing.names import folded
from vigie.importing.names import listed as named

Row = tuple[int, dict[str, Any] | str]  # number as a person counts, and cells or what is wrong

HEAD_LINES = 40
_LOOKED_AT = 200  # rows of JSON whose keys are the columns
_NUMBERLIKE = re.compile(rb"""[\s:,;|"'][+-]?[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}[\s,;|"'}\]]""")
_PAGE = (b"<!doctype", b"<html", b"<head", b"<body", b"<table", b"<?xml", b"<meta")
_ARRAY = re.compile(rb"\s*(?:(?:var\s+|let\s+|const\s+)?[\w.$]+\s*=\s*)?\[")
_OBJECT = re.compile(rb"\s*(?:(?:var\s+|let\s+|const\s+)?[\w.$]+\s*=\s*)?\{")
_JSON = (".json", ".jsonl", ".ndjson", ".js")

LONG_NUMBER = 64  # digits before the exponent, and more than any has
_SHAPE = bytes.maketrans(b"123456789E", b"000000000e")


@dataclass(frozen=True)
class Table:
    """Columns and rows of a file, or of a part of it. `suspicious`: whether somewhere a number in
    scientific notation stands. `items`: where in a JSON document the rows lie."""

    piece: Piece
    format: str
    headers: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    suspicious: Callable[[], bool]
    encoding: str | None = None
    separator: str | None = None
    raw: Callable[[], Iterator[tuple[int, bytes | str]]] | None = field(default=None, repr=False)
    sheet: str | None = None
    items: str | None = None
    document: Any = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return f"{self.piece.name}#{self.sheet}" if self.sheet else self.piece.name


def tables(piece: Piece, wanted: frozenset[str], items: Sequence[str] = ()) -> list[Table]:
    """The tables of a file that is no archive; `wanted` are folded names of columns that help to
    find the line of the headers, `items` the places of rows in JSON documents. Raises ImportRefused
    where there is none."""
    from vigie.importing.sheets import ENDINGS, OLE, sheets

    start = head(piece)
    if not start.strip(b"\x00\xff\xfe\xef\xbb\xbf\r\n\t "):
        raise ImportRefused("the file is empty", where=piece.name, do="export it again")
    first = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if first[:15].lower().startswith(_PAGE):
        raise ImportRefused(
            "this is a web page or XML, not a table",
            where=piece.name,
            do="sign in to the tool and export again as CSV, XLSX or JSON",
        )
    if first.startswith(b"%PDF-"):
        raise ImportRefused(
            "this is a PDF, not a table", where=piece.name, do="export again as CSV, XLSX or JSON"
        )
    if start.startswith((b"PK\x03\x04", OLE)) or piece.kind in ENDINGS:
        return sheets(piece, wanted)
    if _OBJECT.match(first):
        return _objects(piece, items)
    if _ARRAY.match(first) and piece.kind in _JSON:
        return [_rows(piece, lambda: array_items(piece))]
    return [_delimited(piece, start, wanted)]


def _objects(piece: Piece, items: Sequence[str]) -> list[Table]:
    """A file that begins with an object: JSON Lines, or one document with lists inside."""
    (_, first) = next(json_lines(piece))
    try:
        given = orjson.loads(first) if isinstance(first, bytes) else None
        lines = 1 + (next(islice(json_lines(piece), 1, None), None) is not None)
    except orjson.JSONDecodeError:
        _, second = next(islice(json_lines(piece), 1, None), (2, b""))
        given, lines = None, 2 if isinstance(second, bytes) and second.startswith(b"{") else 1
    if lines > 1 or (given is not None and not any(listed(given, path) for path in items)):
        return [_lines(piece)]
    given = document(piece) if given is None else given
    found: list[tuple[str, list[Any]]] = []
    for path in items:
        inside = any(longer.startswith(f"{path}.") for longer, _ in found)
        if not inside and (rows := listed(given, path)):
            found.append((path, rows))
    if not found:
        raise ImportRefused(
            f"one JSON document in which no preset finds posts: {named(columns_of([given]))}",
            where=piece.name,
            do="give JSON Lines or a list, or name a preset with --columns",
        )
    return [_inside(piece, given, path, rows) for path, rows in found]


def _inside(piece: Piece, given: Any, path: str, rows: list[Any]) -> Table:
    def numbered() -> Iterator[Row]:
        for number, row in enumerate(rows, start=1):
            yield number, row if isinstance(row, dict) else "no JSON object"

    headers = columns_of(rows[:_LOOKED_AT])
    return Table(piece, "JSON", headers, numbered, lambda: True, "utf-8", items=path,
                 document=given)  # fmt: skip


def _lines(piece: Piece) -> Table:
    def rows() -> Iterator[Row]:
        return objects(json_lines(piece))

    headers = columns_of(row for _, row in islice(rows(), _LOOKED_AT))
    return Table(piece, "JSON Lines", headers, rows, lambda: _scan(piece), "utf-8",
                 raw=lambda: json_lines(piece))  # fmt: skip


def _rows(piece: Piece, rows: Callable[[], Iterator[Row]]) -> Table:
    headers = columns_of(row for _, row in islice(rows(), _LOOKED_AT))
    return Table(piece, "JSON", headers, rows, lambda: _scan(piece), "utf-8")


def _scan(piece: Piece) -> bool:
    kept = b"\n"
    with piece.open() as stream:
        while block := stream.read(1 << 20):
            text = kept + block
            if _holds_number(text):
                return True
            kept = text[-LONG_NUMBER - 8 :]
    return _holds_number(kept + b"\n")


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


def _delimited(piece: Piece, start: bytes, wanted: frozenset[str]) -> Table:
    encoding = encoding_of(piece, start)
    text = start.decode(encoding, errors="replace")
    if "\x00" in text:
        raise ImportRefused(
            "this is no text", where=piece.name, do="give CSV, TSV, XLSX, JSON or a zip of them"
        )
    top = io.StringIO(text, newline="").readlines()[:HEAD_LINES]
    told = re.fullmatch(r"sep=(.)", top[0].strip('\ufeff "\r\n')) if top else None
    separator = told[1] if told else _separator(top, wanted)
    if separator is None:
        raise ImportRefused(
            "one column only", where=piece.name, do="save it as CSV, TSV, XLSX or JSON Lines"
        )
    csv.field_size_limit(16 << 20)

    @contextmanager
    def reader() -> Iterator[tuple[Iterator[list[str]], Lines]]:
        with piece.open() as stream:
            words = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
            text = Lines(words)
            yield csv.reader(text, delimiter=separator), text
            words.detach()

    with reader() as (cells, _):
        try:
            skipped, headers = header_line(islice(cells, HEAD_LINES), wanted, piece.name)
        except csv.Error as error:
            raise ImportRefused(
                f"no table: {error}", where=piece.name, do="export it again as CSV or XLSX"
            ) from error

    def rows() -> Iterator[Row]:
        with reader() as (cells, text):
            number = 0
            while True:
                number += 1
                try:
                    values = next(cells)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield number, f"{error}, in the lines up to {text.number}"
                    continue
                if text.too_long:
                    yield number, text.too_long
                    text.too_long = None
                elif number > skipped + 1 and len(values) < len(headers) and not text.ended:
                    yield number, "the line breaks off"  # an id may be cut, and be another's
                elif number > skipped + 1 and any(values):
                    yield number, cells_of(headers, values)

    format = "TSV" if separator == "\t" else "CSV"
    wide = encoding.startswith("utf-16")  # the scan looks at bytes
    return Table(piece, format, headers, rows, lambda: wide or _scan(piece), encoding, separator)


def _separator(lines: Sequence[str], wanted: frozenset[str]) -> str | None:
    """The mark by which a line has most of the wanted columns, else most cells."""
    counts = {}
    for mark in (";", "\t", ",", "|"):
        table = [row for row in csv.reader(lines, delimiter=mark) if row]
        cells = sorted(map(len, table))
        hits = max((sum(folded(cell) in wanted for cell in row) for row in table), default=0)
        usual = cells[len(cells) // 2] if cells else 0
        counts[mark] = (hits if hits > 1 else 0, usual if usual > 1 else max(cells, default=0))
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best][1] > 1 else None


def header_line(
    lines: Iterator[list[Any]], wanted: frozenset[str], where: str
) -> tuple[int, tuple[str, ...]]:
    """How many lines stand above the headers, and the headers: the line that has most of the
    wanted columns, else the first with as many cells as the widest."""
    table = [[str(cell).strip() if cell is not None else "" for cell in line] for line in lines]
    if not any(any(line) for line in table):
        raise ImportRefused("the file is empty", where=where, do="export it again")
    hits = [sum(folded(cell) in wanted for cell in line if cell) for line in table]
    if max(hits) >= 2:
        skipped = hits.index(max(hits))
    else:
        widths = [sum(bool(cell) for cell in line) for line in table]
        skipped = next(index for index, width in enumerate(widths) if width * 2 > max(widths))
    headers: dict[str, None] = {}
    for index, cell in enumerate(table[skipped], start=1):
        name, times = cell or f"column {index}", 1
        while (shown := name if times == 1 else f"{name} ({times})") in headers:
            times += 1
        headers[shown] = None
    return skipped, tuple(headers)


def cells_of(headers: tuple[str, ...], values: list[Any]) -> dict[str, Any] | str:
    if len(values) > len(headers) and any(values[len(headers) :]):
        return f"{len(values)} cells under {len(headers)} headers"
    return dict(zip(headers, values, strict=False))
