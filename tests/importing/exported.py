"""Files as tools write them, with invented people, and what an import makes of them."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from vigie import importing
from vigie.records import MetricSample, Post
from vigie.sources import Answer

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def answers(path: Path, **given: Any) -> list[Answer]:
    return list(importing.read_answers(path, run_id="run", now=NOW, **given))


def posts(path: Path, **given: Any) -> list[Post]:
    return [post for one in answers(path, **given) for post in importing.map_import(one).posts]


def samples(path: Path, **given: Any) -> list[MetricSample]:
    found = answers(path, **given)
    return [one for answer in found for one in importing.map_import(answer).samples]


def taken(path: Path, **given: Any) -> tuple[str | None, str]:
    """The preset that a file was recognised as, and how sure that is."""
    told = importing.previews(path, **given)[0]
    return told["preset"], told["sureness"]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def lines(path: Path, rows: list[Any]) -> Path:
    return write(path, "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n")


def archive(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in files.items():
            packed.writestr(name, body)
    return path


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for line, row in enumerate(rows):
            for place, cell in enumerate(row):
                page.write(line, place, cell)
    book.close()
    return path


def mojibake(given: Any) -> str:
    """JSON as Meta writes its archives: the bytes of UTF-8, each as an escape of its own."""
    return json.dumps(_latin(given))


def _latin(given: Any) -> Any:
    if isinstance(given, str):
        return given.encode().decode("latin-1")
    if isinstance(given, list):
        return [_latin(item) for item in given]
    if isinstance(given, dict):
        return {_latin(key): _latin(value) for key, value in given.items()}
    return given
