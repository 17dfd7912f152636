"""Column maps: which column of a file is which field of a post, from a preset or a MAP.toml."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from vigie.errors import ImportRefused
from vigie.importing.values import Dates

Type = Literal["text", "id", "count", "time", "list", "choice", "truth", "number"]
FIELDS: dict[str, Type] = {
    "platform": "choice", "native_id": "id", "kind": "choice", "url": "text", "title": "text",
    "text": "text", "lang": "choice", "published_at": "time", "edited_at": "time",
    "collected_at": "time", "parent_id": "id", "root_id": "id", "repost_of": "id",
    "quote_of": "id", "hashtags": "list", "mentions": "list", "links": "list",
    "sensitive": "truth", "state": "choice",
    "author.id": "id", "author.handle": "text", "author.name": "text",
    "author.followers": "count", "author.verified": "truth",
    "media.kind": "choice", "media.url": "text", "media.alt": "text", "media.duration_s": "number",
    **{
        f"metrics.{name}": "count"
        for name in ("likes", "shares", "replies", "quotes", "saves", "views", "clicks", "reach",
                     "impressions")
    },
}  # fmt: skip
ALIASES = {
    "id": "native_id", "author": "author.handle", "date": "published_at", "language": "lang",
    "followers": "author.followers",
    **{name[8:]: name for name in FIELDS if name.startswith("metrics.")},
}  # fmt: skip
IDS = tuple(field for field, type_ in FIELDS.items() if type_ == "id")
_TABLES = {"title", "columns", "values", "dates", "constants"}


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A column map as written: a field may name several columns, the first that is there counts."""

    name: str
    columns: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Mapping[str, str]]
    dates: Dates
    constants: Mapping[str, Any]

    def resolve(self, headers: Sequence[str]) -> dict[str, str]:
        """Field → column of this file; case, spaces and kinds of apostrophes do not matter."""
        known = {folded(header): header for header in reversed(headers)}
        found = {}
        for field, names in self.columns.items():
            column = next((known[folded(name)] for name in names if folded(name) in known), None)
            if column is not None:
                found[field] = column
        return found

    def missing(self, headers: Sequence[str]) -> list[str]:
        """Columns that the map names and the file lacks."""
        present = self.resolve(headers)
        return [" / ".join(names) for field, names in self.columns.items() if field not in present]


def folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).replace("’", "'").casefold()
    return re.sub(r"\s+", " ", text).strip(' \ufeff"')


@cache
def presets() -> dict[str, ColumnMap]:
    """The presets that come with Vigie, by name."""
    folder = resources.files("vigie.importing").joinpath("presets")
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    return {
        name.removesuffix(".toml"): parse(
            tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8")),
            name.removesuffix(".toml"),
        )
        for name in files
    }


def load(columns: str) -> ColumnMap:
    """A preset by its name, or a MAP.toml by its path. Raises ImportRefused."""
    if columns in presets():
        return presets()[columns]
    path = Path(columns)
    if not path.exists():
        near = difflib.get_close_matches(columns, presets(), 1)
        hint = f"did you mean {near[0]}?" if near else f"a preset ({', '.join(presets())})"
        raise ImportRefused("no such preset or file", where=columns, do=f"{hint} or a MAP.toml")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ImportRefused(f"not a column map: {error}", where=columns, do="mend it") from error
    return parse(document, path.name)


def parse(document: Mapping[str, Any], name: str) -> ColumnMap:
    """A column map from its TOML. Raises ImportRefused that names the unknown key and the nearest
    field."""
    for table in document:
        if table not in _TABLES:
            raise ImportRefused(
                f"unknown table [{table}]", where=name, do="columns, values, dates or constants"
            )
    columns = {
        _field(field, name): tuple([named] if isinstance(named, str) else named)
        for field, named in _flat(document.get("columns", {}))
    }
    values: dict[str, dict[str, str]] = {}
    for field, table in document.get("values", {}).items():
        for inner, pairs in _value_tables(field, table):
            values[_field(inner, name)] = {
                str(key).casefold(): str(value) for key, value in pairs.items()
            }
    dates = dict(document.get("dates", {}))
    try:
        told = Dates(**dates)
        ZoneInfo(told.timezone)
    except (TypeError, ValueError, KeyError, OSError) as error:
        raise ImportRefused(
            f"[dates]: {error}", where=name, do='order = "dmy", timezone = "Europe/Paris", format'
        ) from error
    if told.order not in (None, "dmy", "mdy"):
        raise ImportRefused(f"[dates] order: {told.order}", where=name, do='"dmy" or "mdy"')
    constants = {
        _field(field, name): value for field, value in _flat(document.get("constants", {}))
    }
    return ColumnMap(name, columns, values, told, constants)


def _flat(table: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """Dotted keys, whether they were quoted or made tables."""
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        name = f"{above}{key}"
        found += _flat(value, f"{name}.") if isinstance(value, Mapping) else [(name, value)]
    return found


def _value_tables(field: str, table: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    if all(isinstance(value, Mapping) for value in table.values()):
        return [(f"{field}.{key}", value) for key, value in table.items()]
    return [(field, table)]


def _field(field: str, name: str) -> str:
    field = ALIASES.get(field, field)
    if field not in FIELDS:
        near = difflib.get_close_matches(field, [*FIELDS, *ALIASES], 1, 0.4)
        raise ImportRefused(
            f"no field {field!r} in a post", where=name, do=f"did you mean {near[0]}?" if near else
            ", ".join(FIELDS)
        )  # fmt: skip
    return field


def detect(headers: Sequence[str]) -> ColumnMap | None:
    """The map that fits a file: the preset that finds most columns, or, where the columns have the
    names of fields, those."""
    best, most = None, 3
    for preset in presets().values():
        found = preset.resolve(headers)
        if "published_at" in found and len(found) > most:
            best, most = preset, len(found)
    own = {}
    for header in headers:
        field = ALIASES.get(header, header)
        if field in FIELDS:
            own[field] = (header,)
    if "published_at" in own and len(own) >= most:
        return ColumnMap("fields", own, {}, Dates(), {})
    return best
