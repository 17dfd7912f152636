"""JSON as rows: JSON Lines, arrays, documents with a list inside, and JavaScript that assigns one.

Lines and arrays are read as they come, whatever their size; a document is read as a whole.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

import orjson

from vigie.errors import ImportRefused
from vigie.importing.files import LONGEST_LINE, Piece, lines

LARGEST_DOCUMENT = 512 << 20
_BLOCK = 1 << 20
_ASSIGNMENT = re.compile(rb"\s*(?:var\s+|let\s+|const\s+)?[\w.$\[\]\"']+\s*=\s*(?=[\[{])")
_BETWEEN = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()

Numbered = Iterator[tuple[int, Any]]


def json_lines(piece: Piece) -> Iterator[tuple[int, bytes | str]]:
    """The lines that hold something, with their numbers; of those that are too long, a reason."""
    with piece.open() as stream:
        for number, line in lines(stream):
            if isinstance(line, bytes):
                line = line.removeprefix(codecs.BOM_UTF8).strip()
            if line:
                yield number, line


def objects(numbered: Iterable[tuple[int, bytes | str]]) -> Numbered:
    """Each line as an object, or what is wrong with it."""
    for number, line in numbered:
        if isinstance(line, str):
            yield number, line
            continue
        try:
            given = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield number, f"no JSON: {error}"
            continue
        yield number, given if isinstance(given, dict) else "no JSON object"


def array_items(piece: Piece) -> Numbered:
    """The objects of an array at the top of a file, from 1; where it breaks off, the reason last.

    A name that it is assigned to (`window.YTD.tweets.part0 = [`) is passed over."""
    with piece.open() as stream:
        start = stream.read(_BLOCK).removeprefix(codecs.BOM_UTF8)
        if assigned := _ASSIGNMENT.match(start):
            start = start[assigned.end() :]
        yield from _items(start.lstrip()[1:], stream)


def _items(start: bytes, stream: IO[bytes]) -> Numbered:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text, at, number, block = decoder.decode(start), 0, 0, _BLOCK
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        if text.startswith("]", at):
            return
        try:
            given, end = _DECODER.raw_decode(text, at)
            if end == len(text):  # a number may go on; an object has ended
                given = given if isinstance(given, dict) else None
        except (json.JSONDecodeError, RecursionError) as error:
            more = stream.read(block)
            if not more or len(text) - at > LONGEST_LINE:
                told = f"{error}" if more or text[at:].strip() else "the list has no end"
                yield number + 1, f"no JSON from here on: {told}"
                return
            text, at, block = text[at:] + decoder.decode(more), 0, min(2 * block, LONGEST_LINE)
            continue
        number, at, block = number + 1, end, _BLOCK
        yield number, given if isinstance(given, dict) else "no JSON object"


def document(piece: Piece) -> Any:
    """A JSON document as a whole. Raises ImportRefused."""
    with piece.open() as stream:
        body = stream.read(LARGEST_DOCUMENT + 1).removeprefix(codecs.BOM_UTF8)
    if len(body) > LARGEST_DOCUMENT:
        raise ImportRefused(
            f"one JSON document of more than {LARGEST_DOCUMENT >> 20} MiB",
            where=piece.name,
            do="export a shorter period, or as JSON Lines",
        )
    if assigned := _ASSIGNMENT.match(body):
        body = body[assigned.end() :].rstrip().rstrip(b";")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ImportRefused(
            f"no JSON: {error}", where=piece.name, do="download or export it again"
        ) from error


def paths(given: dict[str, Any], above: str = "") -> Iterator[str]:
    """The columns of an object: its keys, and those of objects in it, dotted."""
    for key, value in given.items():
        yield f"{above}{key}"
        if isinstance(value, dict):
            yield from paths(value, f"{above}{key}.")


def columns_of(rows: Iterable[Any]) -> tuple[str, ...]:
    """All columns of some rows, in the order of their first appearance."""
    found: dict[str, None] = {}
    for row in rows:
        if isinstance(row, dict):
            found.update(dict.fromkeys(paths(row)))
    return tuple(found)


def way(column: str) -> Callable[[Any], Any]:
    """A reader of what lies at a dotted path: keys, places of lists, `*` for all of a list.

    >>> way("media.0.title")({"media": [{"title": "a"}]})
    'a'
    >>> way("tags.*.name")({"tags": [{"name": "a"}, {"name": "b"}]})
    ['a', 'b']
    """
    parts = column.split(".")

    def read(row: Any) -> Any:
        return _walk(row, parts, 0)

    return read


def _walk(value: Any, parts: Sequence[str], at: int) -> Any:
    for place in range(at, len(parts)):
        part = parts[place]
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part == "*":
            found = [_walk(item, parts, place + 1) for item in value]
            if "*" in parts[place + 1 :]:
                found = [inner for items in found if items for inner in items]
            return [item for item in found if item is not None]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def at_path(row: dict[str, Any], column: str) -> Any:
    """A cell by its column; a dotted one reaches into nested objects and lists."""
    if column in row:
        return row[column]
    return _walk(row, column.split("."), 0)


def listed(given: Any, path: str) -> list[Any] | None:
    """The rows that lie at a path of a document; None where no list of objects does."""
    found = _walk(given, path.split("."), 0) if path else given
    rows = found if isinstance(found, list) else None
    return rows if rows and isinstance(rows[0], dict) else None


def repaired(text: str) -> str:
    """What was written as UTF-8 and read as Latin-1, as Meta writes its archives: "Ã©" is "é"."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def repaired_whole(given: Any) -> Any:
    """The same of a whole document."""
    if isinstance(given, str):
        return repaired(given)
    if isinstance(given, list):
        return [repaired_whole(item) for item in given]
    if isinstance(given, dict):
        return {repaired(key): repaired_whole(value) for key, value in given.items()}
    return given
