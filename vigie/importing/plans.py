"""How the rows of a file are read: columns, and where else a cell may lie."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import orjson

from vigie.importing.columns import FIELDS, FIGURE, JOIN, Type
from vigie.importing.documents import repaired, way
from vigie.importing.values import (
    LONGEST,
    NOTHING,
    Dates,
    count,
    identifier,
    rounded,
    says_nothing,
    time,
    truth,
)

_CHOICES = frozenset(name for name, type_ in FIELDS.items() if type_ == "choice")
_TOLD = 200  # characters of a row that are told
_LIST = re.compile(r"[\s,;|]+")

KEPT = (  # of a meta, where told
    "repair", "retweets", "made", "hidden", "otherwise", "unread", "quoted", "media",
)  # fmt: skip
Cells = Callable[[Any], Any]


class Refused(ValueError):
    """A row that cannot be a post or a figure, and why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file's rows become posts, from the meta of its answers: field, column, how else to find
    the cell where the column has none, its reader (None: a time), words of the tool for ours."""

    columns: tuple[tuple[str, str, Cells | None, Cells | None, Mapping[str, str]], ...]
    dates: Dates
    constants: Mapping[str, Any]
    repair: bool = False
    figures: bool = False
    retweets: bool = False
    made: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    quoted: bool = False
    media: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)  # words of the tool for kinds of media
    unread: str | None = None  # a column whose word no map knows: its rows are set aside


def plan_of(meta: Mapping[str, Any]) -> Plan:
    """The plan that a file's meta tells."""
    kept = {key: meta[key] for key in ("columns", "values", "dates", "constants")}
    return _plan(orjson.dumps(kept | {key: meta.get(key) for key in KEPT}))


def least_of(plan: Plan) -> Plan:
    """The part of a plan that decides whether a row can be a post, and at which platform."""
    needed = ("platform", "native_id", "url", "title", "text", "published_at")
    kept = tuple(column for column in plan.columns if column[0] in needed)
    return replace(plan, columns=kept)


@lru_cache(maxsize=32)
def _plan(told: bytes) -> Plan:
    meta = orjson.loads(told)
    values = meta["values"]
    columns = []
    for name, places in meta["columns"].items():
        first, *others = [places] if isinstance(places, str) else places
        read = _READERS.get(FIELDS.get(name, "count"))
        columns.append((name, first, _elsewhere(first, others), read, values.get(name, {})))
    return Plan(
        columns=tuple(columns),
        dates=Dates(**meta["dates"]),
        constants=meta["constants"],
        repair=bool(meta["repair"]),
        figures=any(name.startswith(FIGURE) for name in meta["columns"]),
        made=meta["made"] or {},
        hidden=meta["hidden"] or {},
        otherwise=meta["otherwise"],
        unread=meta["unread"],
        retweets=bool(meta["retweets"]),
        quoted=bool(meta["quoted"]),
        media=meta["media"] or {},
        kinds=values.get("media.kind", {}),
    )


def _elsewhere(first: str, others: Sequence[str]) -> Cells | None:
    """How to find a cell where `row[first]` has none: by a path, of joined columns, of others."""
    ways = [] if JOIN not in first and "." not in first else [_cells(first)]
    ways += map(_cells, others)
    if len(ways) < 2:
        return ways[0] if ways else None

    def any_of(row: Mapping[str, Any]) -> Any:
        for read in ways:
            cell = read(row)
            if cell is not None and cell != "" and cell != []:
                return cell
        return None

    return any_of


def _cells(name: str) -> Cells:
    if JOIN in name:
        parts = name.split(JOIN)

        def joined(row: Mapping[str, Any]) -> Any:
            cells = [str(row[part]).strip() for part in parts if row.get(part) not in (None, "")]
            return " ".join(cells) or None

        return joined
    along = way(name) if "." in name else None

    def plain(row: Mapping[str, Any]) -> Any:
        if name in row:
            return row[name]
        return along(row) if along else None

    return plain


def read_cells(row: Any, plan: Plan, unread: Counter[str]) -> dict[str, Any]:
    """Field → value of a row; cells that hold something unreadable are counted in `unread`, and
    counts that are rounded lie under `rounded`. Raises Refused."""
    if not isinstance(row, dict):
        raise Refused(str(row)[:_TOLD])
    if plan.unread is not None:
        raise Refused(f"{plan.unread}: {row.get(plan.unread)!r:.60} is not read")
    dates, repair = plan.dates, plan.repair
    found: dict[str, Any] = dict(plan.constants)
    for name, column, elsewhere, read, values in plan.columns:
        cell = row.get(column)
        if (cell is None or cell == "") and elsewhere is not None:
            cell = elsewhere(row)
        if cell is None or cell == "":
            continue
        if repair and type(cell) is str:
            cell = repaired(cell)
        if values and name != "media":
            cell = _translated(cell, values)
        value = read(cell) if read is not None else time(cell, dates)
        if value is None:
            if name not in _CHOICES and not says_nothing(cell):
                unread[f"import.{name}"] += 1
                if name == "published_at":
                    raise Refused(f"published_at: no date: {cell!r:.80} (column {column})")
        elif read is count and type(cell) is str and rounded(cell):
            found.setdefault("rounded", {})[name] = value
        else:
            found[name] = value
    if "media" in found:
        found["media"] = [_medium(one, plan) for one in found["media"]]
    if plan.hidden:
        for name, column in plan.hidden.items():
            if name in found and way(column)(row):
                del found[name]
    return found


def _medium(given: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """One of a post's media: its fields, as far as they are told."""
    found = {
        name: next((cell for path in paths if (cell := way(path)(given)) is not None), None)
        for name, paths in plan.media.items()
    }
    kind = str(found.get("kind") or "")
    length = found.pop("duration_ms", None)
    seconds = _number(length if length is not None else found.get("duration_s"))
    return {
        "kind": plan.kinds.get(kind.casefold(), kind),
        "url": _text(found.get("url")) if found.get("url") else None,
        "alt": _said(found.get("alt"), plan),
        "duration_s": seconds / 1000 if seconds is not None and length is not None else seconds,
    }


def _said(cell: Any, plan: Plan) -> str | None:
    text = _text(cell) if isinstance(cell, str) else None
    return (repaired(text) if plan.repair else text) if text else None


def _translated(cell: Any, values: Mapping[str, str]) -> Any:
    """The cell in our words; of a list the last one that has any, since lists go into detail."""
    if isinstance(cell, list):
        known = (values.get(str(item).casefold()) for item in reversed(cell))
        return next((value for value in known if value), cell[-1] if cell else None)
    return values.get(str(cell).strip().casefold(), cell)


def _text(cell: Any) -> str | None:
    if type(cell) is str:
        text = cell.strip()
    elif isinstance(cell, (dict, list)):
        return None
    else:
        text = str(cell).strip()
    if len(text) <= LONGEST and text.lower() in NOTHING:
        return None
    return text


def _items(cell: Any) -> list[str] | None:
    if isinstance(cell, list):
        return [str(item) for item in cell if item and isinstance(item, (str, int))]
    if says_nothing(cell) or isinstance(cell, dict):
        return None
    return [item for item in _LIST.split(str(cell)) if item]


def _number(cell: Any) -> float | None:
    try:
        return float(str(cell).replace(",", "."))
    except ValueError:
        return None


def _objects(cell: Any) -> list[dict[str, Any]] | None:
    found = [one for one in cell if isinstance(one, dict)] if isinstance(cell, list) else []
    return found or None


_READERS: dict[Type, Callable[[Any], Any]] = {
    "text": _text,
    "id": identifier,
    "count": count,
    "list": _items,
    "choice": _text,
    "truth": truth,
    "number": _number,
    "objects": _objects,
}
