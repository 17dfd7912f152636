"""Column maps: which column of a file is which field of a post, from a preset or a MAP.toml."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as kept
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from vigie.errors import ImportRefused
from vigie.importing.names import folded, without_zone
from vigie.importing.values import Dates, time_zone

Type = Literal["text", "id", "count", "time", "list", "choice", "truth", "number", "objects"]
FIELDS: dict[str, Type] = {
    "platform": "choice", "native_id": "id", "kind": "choice", "url": "text", "title": "text",
    "text": "text", "lang": "choice", "published_at": "time", "edited_at": "time",
    "collected_at": "time", "parent_id": "id", "root_id": "id", "repost_of": "id",
    "quote_of": "id", "hashtags": "list", "mentions": "list", "links": "list",
    "sensitive": "truth", "state": "choice", "code": "text",
    "author.id": "id", "author.handle": "text", "author.name": "text",
    "author.followers": "count", "author.verified": "truth",
    "media.kind": "choice", "media.url": "text", "media.alt": "text", "media.duration_s": "number",
    "media": "objects",
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
_TABLES = {
    "title", "columns", "values", "dates", "constants", "file", "around", "made", "figures",
    "ignored", "variants", "hidden", "media",
}  # fmt: skip
MEDIA = ("kind", "url", "alt", "duration_s", "duration_ms")  # of each of several
FIGURE = "figures."


@dataclass(frozen=True, slots=True)
class Shape:
    """What else is known of a tool's files.

    `members` are names of files in an archive, folded, with `*`; `notes` those of the files that
    hold whole what the posts' text is cut from; `items` the places of rows in a
    JSON document; `signs` columns that only this tool writes, of which one has to be there;
    `ignored` columns that are left on purpose; `repair` says that text is UTF-8 written as Latin-1,
    `retweets` that what begins with "RT @" is one, `quoted` that each line of a text is in quotes;
    `media` names, of each object of the field `media`, where its kind, url, alt and duration lie;
    `around` tells fields of all rows from the document or another member of the archive
    ("account.js: 0.account.username"); `otherwise` is the platform where neither a column nor the
    address tells; `hidden` names for a field the column that says that its value is no true one;
    `totals` are words in the first column of lines that sum up the others; `variant` is the column
    that names the map of a row, `same` other words for such a name."""

    members: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    repair: bool = False
    retweets: bool = False
    quoted: bool = False
    otherwise: str | None = None
    totals: tuple[str, ...] = ()
    same: Mapping[str, str] = kept(default_factory=dict)
    hidden: Mapping[str, str] = kept(default_factory=dict)
    media: Mapping[str, tuple[str, ...]] = kept(default_factory=dict)
    around: Mapping[str, tuple[str, ...]] = kept(default_factory=dict)
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A column map as written: a field may name several columns, of which the first that is filled
    counts; "Date + Time" joins two. `made` are patterns of addresses, filled from other fields."""

    name: str
    columns: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Mapping[str, str]]
    dates: Dates
    constants: Mapping[str, Any]
    made: Mapping[str, str] = kept(default_factory=dict)
    shape: Shape = Shape()
    variants: Mapping[str, ColumnMap] = kept(default_factory=dict)
    title: str = ""

    def resolve(self, headers: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Field → columns of this file; case, accents, spaces and kinds of apostrophes do not
        matter, nor a time zone in brackets behind the name."""
        known = known_names(headers)
        found = {}
        for field, names in self.columns.items():
            columns = dict.fromkeys(
                column for name in names if (column := _column(name, known)) is not None
            )
            if columns:
                found[field] = tuple(columns)
        return found

    @property
    def figures(self) -> bool:
        """Whether its rows are figures of a day and not posts."""
        return any(name.startswith(FIGURE) for name in self.columns)

    def wanted(self) -> Iterator[str]:
        """The folded names of all columns that it knows."""
        for names in self.columns.values():
            yield from (folded(part) for name in names for part in name.split(JOIN))
        yield from map(folded, (*self.shape.ignored, *self.shape.signs))
        for variant in self.variants.values():
            yield from variant.wanted()


JOIN = " + "


def known_names(headers: Sequence[str]) -> dict[str, str]:
    """Folded name → column, the first of each."""
    known = {without_zone(header): header for header in reversed(headers)}
    known.update((folded(header), header) for header in reversed(headers))
    return known


def _column(name: str, known: Mapping[str, str]) -> str | None:
    """The column of a name: itself, joined ones, or a path that begins with one and goes on
    through lists, which headers do not tell."""
    if (column := known.get(folded(name))) is not None:
        return column
    if JOIN in name:
        joined = [known.get(folded(part)) for part in name.split(JOIN)]
        return JOIN.join(filter(None, joined)) if joined[0] else None
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        if parts[end] == "*" or parts[end].isdigit():
            above = known.get(folded(".".join(parts[:end])))
            if above is not None:
                return ".".join((above, *parts[end:]))
    return None


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
        _field(field, name): _several(named) for field, named in _flat(document.get("columns", {}))
    }
    columns |= {
        f"{FIGURE}{metric}": _several(named)
        for metric, named in document.get("figures", {}).items()
    }
    values: dict[str, dict[str, str]] = {}
    for key, table in document.get("values", {}).items():
        for inner, pairs in _value_tables(key, table):
            values[_field(inner, name)] = {
                str(word).casefold(): str(value) for word, value in pairs.items()
            }
    dates = dict(document.get("dates", {}))
    try:
        told = Dates(**dates)
        time_zone(told.timezone)
    except (TypeError, ValueError, KeyError, OSError) as error:
        raise ImportRefused(
            f"[dates]: {error}", where=name, do='order = "dmy", timezone = "Europe/Paris", format'
        ) from error
    if told.order not in (None, "dmy", "mdy"):
        raise ImportRefused(f"[dates] order: {told.order}", where=name, do='"dmy" or "mdy"')
    constants = {
        _field(field, name): value for field, value in _flat(document.get("constants", {}))
    }
    around = {
        _field(field, name): _several(places) for field, places in _flat(document.get("around", {}))
    }
    of_file: dict[str, Any] = {
        key: _several(value) if key in ("members", "notes", "items", "signs", "totals") else value
        for key, value in document.get("file", {}).items()
    }
    of_file["hidden"] = {
        _field(field, name): value for field, value in _flat(document.get("hidden", {}))
    }
    of_file["media"] = {key: _several(places) for key, places in document.get("media", {}).items()}
    if unknown := next((key for key in of_file["media"] if key not in MEDIA), None):
        raise ImportRefused(
            f"no field {f'media.{unknown}'!r} in a post", where=name, do=", ".join(MEDIA)
        )
    of_file["ignored"] = _several(document.get("ignored", {}).get("columns", ()))
    try:
        shape = Shape(**of_file, around=around)
    except TypeError as error:
        raise ImportRefused(f"[file]: {error}", where=name, do="items, members, signs") from error
    variants = {
        folded(key): parse(inner, name) for key, inner in document.get("variants", {}).items()
    }
    made = {_field(field, name): str(value) for field, value in _flat(document.get("made", {}))}
    title = str(document.get("title", ""))
    return ColumnMap(name, columns, values, told, constants, made, shape, variants, title)


def _several(named: str | Sequence[str]) -> tuple[str, ...]:
    return (named,) if isinstance(named, str) else tuple(named)


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
