"""Reading a file: which map fits, what may not be imported, and its rows as answers to land."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from vigie.errors import ImportRefused
from vigie.importing import telegram
from vigie.importing.columns import IDS, ColumnMap, detect, load, presets
from vigie.importing.rows import Refused, least_of, plan_of, read_row
from vigie.importing.tables import Table, at_path, open_table
from vigie.importing.values import Dates, Order, damaged, order_of
from vigie.sources import Answer

CHUNK = 1_000  # rows of an answer
CHUNK_BYTES = 4 << 20
REFUSED = "other"  # the platform under which rows are landed that cannot be posts
_LOOKED_AT = (200, 20_000)  # rows whose dates tell whether, and in what order, days are written


def read_answers(
    path: Path,
    *,
    columns: str | None = None,
    platform: str | None = None,
    brand: str | None = None,
    run_id: str,
    now: datetime,
) -> Iterator[Answer]:
    """A file's rows as answers, a thousand each; rows that cannot be posts come in answers of their
    own, so that those are set aside and the others go on.

    `columns` is a preset or a MAP.toml; without it the preset that fits is taken. `platform` and
    `brand` say what the file does not. Raises ImportRefused before the first answer."""
    if columns in (None, telegram.PRESET) and telegram.is_export(path):
        return telegram.answers(path, brand=brand, run_id=run_id, now=now)
    table, meta = resolved(path, columns, platform)
    return _answers(table, meta, brand, run_id, now)


def resolved(path: Path, columns: str | None, platform: str | None) -> tuple[Table, dict[str, Any]]:
    """A file's table and the meta of its answers. Raises ImportRefused."""
    known = [load(columns)] if columns else list(presets().values())
    wanted = [name for one in known for names in one.columns.values() for name in names]
    table = open_table(path, wanted)
    chosen = known[0] if columns else detect(table.headers)
    if chosen is None:
        raise ImportRefused(
            f"no preset fits these columns: {', '.join(table.headers)}",
            where=path.name,
            do=f"--columns with one of {', '.join(presets())}, or a MAP.toml",
        )
    if platform:
        kept = {field: names for field, names in chosen.columns.items() if field != "platform"}
        chosen = replace(chosen, columns=kept, constants={**chosen.constants, "platform": platform})
    found = chosen.resolve(table.headers)
    _check(chosen, found, table)
    _refuse_damaged_ids(table, found)
    meta = {
        "file": path.name,
        "preset": chosen.name if chosen.name in presets() else None,
        "columns": found,
        "values": {field: pairs for field, pairs in chosen.values.items() if field in found},
        "dates": asdict(_dated(chosen, table, found.get("published_at"))),
        "constants": _plain(chosen.constants),
    }
    return table, meta


def _check(chosen: ColumnMap, found: Mapping[str, str], table: Table) -> None:
    if "published_at" in found or "published_at" in chosen.constants:
        return
    named = " / ".join(chosen.columns.get("published_at", ()))
    told = f"no column {named} for published_at" if named else "no column for published_at"
    raise ImportRefused(
        told,
        where=table.path.name,
        do=f"the file's columns are: {', '.join(table.headers)}",
    )


def _refuse_damaged_ids(table: Table, found: Mapping[str, str]) -> None:
    """A spreadsheet that saw a long id as a number has lost its last digits: nothing brings them
    back, and two posts may share what is left."""
    ids = [column for field, column in found.items() if field in IDS]
    if not ids or not table.suspicious():
        return
    for number, row in table.rows():
        if not isinstance(row, dict):
            continue
        for column in ids:
            if shown := damaged(at_path(row, column)):
                raise ImportRefused(
                    f"row {number}, column {column}: the id {shown} has lost digits",
                    where=table.path.name,
                    do="export it again and do not save it in a spreadsheet, or set the column to "
                    "text before the file is opened",
                )


def _dated(chosen: ColumnMap, table: Table, column: str | None) -> Dates:
    """The map's dates, with the order of day and month that the file shows."""
    if chosen.dates.format or column is None:
        return chosen.dates
    order: Order | None = None
    for looked_at in _LOOKED_AT:
        rows = (row for _, (_, row) in zip(range(looked_at), table.rows(), strict=False))
        order, needed = order_of(at_path(row, column) for row in rows if isinstance(row, dict))
        if not needed:
            return chosen.dates
    # A person's own map decides; else what the days show, then what the separator lets guess.
    told = chosen.dates.order if chosen.name not in presets() else None
    order = told or order or ("dmy" if table.separator == ";" else chosen.dates.order)
    if order is None:
        raise ImportRefused(
            f"column {column}: day and month cannot be told apart",
            where=table.path.name,
            do='write [dates] order = "dmy" or "mdy" in a MAP.toml',
        )
    return replace(chosen.dates, order=order)


def _plain(constants: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field: value.isoformat() if hasattr(value, "isoformat") else value
        for field, value in constants.items()
    }


def _answers(
    table: Table, meta: dict[str, Any], brand: str | None, run_id: str, now: datetime
) -> Iterator[Answer]:
    plan = least_of(plan_of(meta))
    held: dict[str, _Chunk] = {}
    unread: Counter[str] = Counter()  # told by map_import
    for number, row, line in _lines(table):
        try:
            name = read_row(row, plan, unread)["platform"]
        except Refused:
            name = REFUSED
        chunk = held.get(name) or held.setdefault(name, _Chunk(name))
        chunk.add(number, line)
        if chunk.full:
            yield held.pop(name).answer(meta, brand, run_id, now)
    for chunk in held.values():
        yield chunk.answer(meta, brand, run_id, now)


def _lines(table: Table) -> Iterator[tuple[int, Any, bytes]]:
    if table.raw is not None:
        for number, line in table.raw():
            try:
                yield number, orjson.loads(line), line
            except orjson.JSONDecodeError as error:
                told = f"no JSON: {error}"
                yield number, told, orjson.dumps(told)
        return
    for number, row in table.rows():
        yield number, row, orjson.dumps(row, default=str)


class _Chunk:
    """Rows of one platform that are not handed over yet."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._lines: list[bytes] = []
        self._runs: list[list[int]] = []
        self._bytes = 0

    def add(self, number: int, line: bytes) -> None:
        self._lines.append(line)
        self._bytes += len(line)
        if self._runs and sum(self._runs[-1]) == number:
            self._runs[-1][1] += 1
        else:
            self._runs.append([number, 1])

    @property
    def full(self) -> bool:
        return len(self._lines) >= CHUNK or self._bytes >= CHUNK_BYTES

    def answer(
        self, meta: Mapping[str, Any], brand: str | None, run_id: str, now: datetime
    ) -> Answer:
        address = f"file:{meta['file']}#row={self._runs[0][0]}"
        return Answer(
            platform=self._platform,
            endpoint="import",
            target=f"{self._platform}/import/{meta['file']}",
            url=address,
            request_url=address,
            method="GET",
            status=200,
            headers={"content-type": "application/x-ndjson"},
            body=b"\n".join(self._lines),
            collected_at=now,
            run_id=run_id,
            brand=brand,
            meta={**meta, "rows": self._runs},
        )
