"""Reading a file: which map fits, what may not be imported, and its rows as answers to land."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from vigie.errors import ImportRefused
from vigie.importing import telegram
from vigie.importing.figures import read_day
from vigie.importing.names import folded
from vigie.importing.opening import Told, Used, opened, stamp
from vigie.importing.plans import Plan, Refused, least_of, plan_of
from vigie.importing.rows import read_row
from vigie.importing.tables import Table
from vigie.sources import Answer

CHUNK = 1_000  # rows of an answer
CHUNK_BYTES = 4 << 20
REFUSED = "other"  # the platform under which rows are landed that cannot be posts


def read_answers(
    path: Path,
    *,
    columns: str | None = None,
    platform: str | None = None,
    brand: str | None = None,
    account: str | None = None,
    timezone: str | None = None,
    run_id: str,
    now: datetime,
) -> Iterator[Answer]:
    """A file's rows as answers, a thousand each; rows that cannot be posts come in answers of their
    own, so that those are set aside and the others go on.

    `columns` is a preset or a MAP.toml; without it the preset that fits is taken. `platform`,
    `account` (id or handle), `timezone` and `brand` say what the file does not. Raises
    ImportRefused before the first answer."""
    if telegram.is_chat(path, columns):
        return telegram.answers(path, brand=brand, run_id=run_id, now=now)
    told = Told(columns, platform, account, timezone)
    return _all(opened(path, told)[0], brand, run_id, now)


def answers_of(used: list[Used], brand: str | None, run_id: str, now: datetime) -> Iterator[Answer]:
    """The same of tables that are open already. Raises ImportRefused after the last answer, where
    the file has changed since it was opened: it may have been read half old, half new."""
    return _all(used, brand, run_id, now)


def _all(used: list[Used], brand: str | None, run_id: str, now: datetime) -> Iterator[Answer]:
    for one in used:
        yield from _answers(one, brand, run_id, now)
    path = used[0].table.piece.path
    if used[0].seen not in (None, stamp(path)):
        raise ImportRefused(
            "the file has changed while it was read",
            where=path.name,
            do="import it again when it is whole: nothing is doubled",
        )


@dataclass(slots=True)
class _Reader:
    """One map at work: its plan, its meta, and the chunks that are not handed over yet."""

    meta: Mapping[str, Any]
    plan: Plan
    held: dict[str, _Chunk]

    @classmethod
    def of(cls, meta: Mapping[str, Any]) -> _Reader:
        plan = plan_of(meta)
        return cls(meta, plan if plan.figures else least_of(plan), {})

    def platform(self, row: Any, unread: Counter[str]) -> str:
        read = read_day if self.plan.figures else read_row
        return str(read(row, self.plan, unread)["platform"])


def _answers(used: Used, brand: str | None, run_id: str, now: datetime) -> Iterator[Answer]:
    readers = {name: _Reader.of(meta) for name, meta in used.metas.items()}
    unread: Counter[str] = Counter()  # told by map_import
    usual = readers[""]
    totals = used.recognised.map.shape.totals
    for number, row, line in _lines(used.table):
        if totals and isinstance(row, dict) and folded(str(next(iter(row.values())))) in totals:
            continue
        reader = usual
        if used.variant and isinstance(row, dict):
            reader = readers.get(folded(str(row.get(used.variant))), usual)
        try:
            name = reader.platform(row, unread)
        except Refused:
            name = REFUSED
        chunk = reader.held.get(name) or reader.held.setdefault(name, _Chunk(name))
        chunk.add(number, line)
        if chunk.full:
            yield reader.held.pop(name).answer(reader.meta, brand, run_id, now)
    for reader in readers.values():
        for chunk in reader.held.values():
            yield chunk.answer(reader.meta, brand, run_id, now)


def _lines(table: Table) -> Iterator[tuple[int, Any, bytes]]:
    if table.raw is not None:
        for number, line in table.raw():
            if isinstance(line, str):
                yield number, line, orjson.dumps(line)
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                row = f"no JSON: {error}: {line.decode(errors='replace')}"
            if isinstance(row, dict):
                yield number, row, line
            else:  # kept with what is wrong with it
                told = row if isinstance(row, str) and row[:7] == "no JSON" else _no_object(line)
                yield number, told, orjson.dumps(told)
        return
    for number, row in table.rows():
        try:
            yield number, row, orjson.dumps(row, default=str)
        except (TypeError, ValueError) as error:  # lone surrogates, numbers of more than 64 bits
            told = f"cannot be kept: {error}"
            yield number, told, orjson.dumps(told)


def _no_object(line: bytes) -> str:
    return f"no JSON object: {line.decode(errors='replace')}"


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
