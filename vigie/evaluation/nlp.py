"""The readers over labelled files: `vigie evaluate sentiment F --out F`, `entities F --out F`."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import IO, Any, cast

import orjson

from vigie.errors import ImportRefused

_CHUNK = 2_000  # lines read at a time
Row = dict[str, Any]


def evaluate_sentiment(path: Path, out: Path) -> dict[str, Any]:
    """Writes the lines of a JSON Lines file ({"id"?, "text", "lang"?, "label"?}; `.gz` is read too)
    with `label`, `score` and `confidence` as read, in order, in any language. Returns the scores
    where labels were given, else {}.

    Labels are taken as equally frequent, since a labelled file is a choice and no plain sample;
    there is no "unsure". Raises ImportRefused."""
    from nlp import scoring
    from nlp.sentiment import LABELS, SentimentReader

    reader = SentimentReader()
    gold: list[tuple[str, str, str]] = []

    def read(rows: list[Row]) -> Iterator[Row]:
        chances = reader.chances([row["text"] for row in rows], balanced=True).astype(float)
        for row, chance in zip(rows, chances, strict=True):
            label = LABELS[chance.argmax()]
            if row.get("label") is not None:
                gold.append((row.get("lang") or "unknown", row["label"], label))
            yield row | {
                "label": label,
                "score": round(float(chance[2] - chance[0]), 4),
                "confidence": round(float(chance.max()), 4),
            }

    def check(row: Row) -> str | None:
        if not isinstance(row.get("text"), str):
            return 'it has no "text"'
        if row.get("label") not in {None, *LABELS}:
            return f'"label" is {row["label"]!r}, not one of {", ".join(LABELS)}'
        return None

    _through(path, out, check, read)
    return scoring.labels_by_language(gold) if gold else {}


def evaluate_entities(path: Path, out: Path) -> dict[str, Any]:
    """Writes the lines of a JSON Lines file ({"tokens", "tags"?, "lang"?}; `.gz` is read too) with
    `tags` as read (BIO; PER, LOC, ORG, PROD, WORK), in order. Returns the scores where tags were
    given, else {}.

    French is read by the French model, every other language by the English one. Given tags may
    be WNUT17's (person, location, group, corporation, product, creative-work). Raises
    ImportRefused."""
    from nlp import scoring
    from nlp.entities import OF_SOURCE, EntityModels

    models = EntityModels()
    pairs: list[tuple[list[str], list[str]]] = []

    def read(rows: list[Row]) -> Iterator[Row]:
        for language, some in groupby(rows, lambda row: row.get("lang")):
            group = list(some)
            tagged = models.tags([row["tokens"] for row in group], language)
            for row, tags in zip(group, tagged, strict=True):
                if row.get("tags") is not None:
                    pairs.append(([_mapped(tag) for tag in row["tags"]], tags))
                yield row | {"tags": tags}

    def _mapped(tag: str) -> str:
        return tag if tag == "O" else tag[:2] + OF_SOURCE[tag[2:]]

    def check(row: Row) -> str | None:
        tokens, tags = row.get("tokens"), row.get("tags")
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            return '"tokens" is no list of words'
        if tags is None:
            return None
        if len(tags) != len(tokens):
            return f"{len(tokens)} tokens, {len(tags)} tags"
        unknown = {tag for tag in tags if tag != "O" and tag[2:] not in OF_SOURCE}
        return f"unknown tags: {', '.join(sorted(unknown))}" if unknown else None

    _through(path, out, check, read)
    return cast(dict[str, Any], scoring.entities(pairs)) if pairs else {}


def _through(
    path: Path,
    out: Path,
    check: Callable[[Row], str | None],
    read: Callable[[list[Row]], Iterable[Row]],
) -> None:
    """Reads a file in chunks and writes what `read` makes of them."""
    with _open(path, "rb") as lines, _open(out, "wb") as written:
        numbered = enumerate(lines, 1)
        while chunk := list(islice(numbered, _CHUNK)):
            rows = [_row(path, n, line, check) for n, line in chunk if line.strip()]
            for row in read(rows):
                written.write(orjson.dumps(row) + b"\n")


def _open(path: Path, mode: str) -> IO[bytes]:
    try:
        return cast(IO[bytes], gzip.open(path, mode) if path.suffix == ".gz" else path.open(mode))
    except OSError as error:
        raise ImportRefused(
            f"cannot be opened: {error.strerror}", where=str(path), do="check the path"
        ) from error


def _row(path: Path, number: int, line: bytes, check: Callable[[Row], str | None]) -> Row:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _refusal(path, number, f"is no JSON ({error})") from error
    if not isinstance(row, dict):
        raise _refusal(path, number, "is no JSON object")
    problem = check(row)
    if problem:
        raise _refusal(path, number, problem)
    return row


def _refusal(path: Path, number: int, what: str) -> ImportRefused:
    return ImportRefused(
        what, where=f"{path}, line {number}", do="give one labelled object a line: see the manual"
    )
