"""Labelled files as rows, with the texts of one split kept out of another."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from nlp.text import clean


def read(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file, gzipped or not."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [orjson.loads(line) for line in raw.splitlines() if line.strip()]


def folded(text: str) -> str:
    """What two copies of a text share: its letters and digits in lower case."""
    return "".join(character for character in clean(text).lower() if character.isalnum())


def without(rows: Iterable[dict[str, Any]], held_out: Iterable[dict[str, Any]]) -> Iterator[Any]:
    """The rows whose text is not among the held-out ones, each text once."""
    seen = {folded(row["text"]) for row in held_out} | {""}
    for row in rows:
        key = folded(row["text"])
        if key not in seen:
            seen.add(key)
            yield row
