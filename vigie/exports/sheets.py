"""Sheets of a workbook and rows of a CSV: text that a spreadsheet would run is neutralised, unknown
stays empty."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vigie.errors import ImportRefused
from vigie.exports.columns import Column

Cell = str | int | float | bool | None
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONGEST = 32_767  # characters of a cell
NARROWEST, WIDEST = 9, 26  # characters of a column


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name, its headers and its rows. `widths` (in characters) are those of the first
    columns, `manual` the places of columns that people fill in."""

    name: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()
    manual: frozenset[int] = frozenset()


def neutral(value: Cell) -> Cell:
    """Text that no spreadsheet takes for a formula: a leading sign gets an apostrophe. Control
    signs that a workbook cannot hold go. Numbers stay numbers."""
    if not isinstance(value, str):
        return value
    clean = "".join(sign for sign in value if sign >= " " or sign in "\n\t")[:LONGEST]
    return f"'{clean}"[:LONGEST] if clean.startswith(FORMULA) else clean


def restored(value: Cell) -> Cell:
    """What `neutral` made of a text, back: so that a second export does not add a sign."""
    if isinstance(value, str) and value.startswith("'") and value[1:].startswith(FORMULA):
        return value[1:]
    return value


def write_workbook(path: Path, sheets: Iterable[Sheet]) -> int:
    """Writes an XLSX file row by row; answers with the rows of its first sheet."""
    import xlsxwriter  # type: ignore[import-untyped]

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    first = None
    with xlsxwriter.Workbook(str(path), options) as book:
        plain = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"}
        heading = book.add_format(plain)
        to_fill = book.add_format(plain | {"bg_color": "#FFF3C4"})
        whole = book.add_format({"num_format": "#,##0"})
        broken = book.add_format({"num_format": "#,##0.0##"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, min(2, max(1, len(sheet.headers) - 1)))
            page.set_landscape()
            page.set_paper(9)  # A4
            page.repeat_rows(0)
            for place, title in enumerate(sheet.headers):
                width = min(max(len(title) + 3, NARROWEST), WIDEST)
                page.set_column(
                    place, place, sheet.widths[place] if place < len(sheet.widths) else width
                )
                page.write_string(0, place, title, to_fill if place in sheet.manual else heading)
            number = 0
            for number, row in enumerate(sheet.rows, 1):
                for place, value in enumerate(row):
                    cell = neutral(value)
                    if isinstance(cell, str) and cell:
                        page.write_string(number, place, cell)
                    elif isinstance(cell, bool):
                        page.write_boolean(number, place, cell)
                    elif isinstance(cell, int | float):
                        page.write_number(
                            number, place, cell, whole if float(cell).is_integer() else broken
                        )
            if any(sheet.headers):
                page.autofilter(0, 0, max(1, number), len(sheet.headers) - 1)
            first = number if first is None else first
    return first or 0


def write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Writes a CSV in UTF-8 with the mark that makes spreadsheets read it so; answers its rows."""
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        for row in rows:
            writer.writerow(["" if value is None else neutral(value) for value in row])
            written += 1
    return written


@dataclass(frozen=True, slots=True)
class Written:
    """What people wrote in an earlier export: their columns by id, and columns that they added."""

    manual: dict[str, dict[str, str]]
    added: tuple[str, ...]
    extra: dict[str, list[Cell]]


def read_written(path: Path, columns: Sequence[Column]) -> Written:
    """The manual columns of an earlier export by its first column, whatever language its headers
    are in and whatever order a person gave them. Raises ImportRefused where it cannot be read."""
    header, *rows = _rows(path) or [[]]
    places = {
        column.name: header.index(title)
        for column in columns
        for title in (column.title_fr, column.name)
        if title in header
    }
    key = columns[0].name
    if key not in places:
        raise ImportRefused(
            f"no column {key}", where=str(path), do="move the file away, or give its header back"
        )
    known = set(places.values())
    added = {
        place: str(title) for place, title in enumerate(header) if place not in known and title
    }
    found = Written({}, tuple(added.values()), {})
    for row in rows:
        row = [*row, *[None] * (len(header) - len(row))]
        id = str(restored(row[places[key]]) or "")
        if id:
            found.manual[id] = {
                column.name: str(restored(row[places[column.name]]) or "")
                for column in columns
                if column.manual and column.name in places
            }
            found.extra[id] = [restored(row[place]) for place in added]
    return found


def _rows(path: Path) -> list[list[Any]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except python_calamine.CalamineError as error:
        raise ImportRefused(
            "the earlier shortlist cannot be read", where=str(path), do="move the file away"
        ) from error


def cells(columns: Sequence[Column], row: Mapping[str, Cell]) -> list[Cell]:
    """A row's values in the frozen order; what is not in it is unknown, so empty."""
    return [row.get(column.name) for column in columns]
