"""Which preset reads a table, and how sure that is."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vigie.importing.columns import ALIASES, FIELDS, ColumnMap, known_names, presets
from vigie.importing.names import folded
from vigie.importing.tables import Table
from vigie.importing.values import Dates

Sureness = Literal["named", "certain", "likely", "doubtful"]
FEWEST = 4  # fields, where no sign is there
_SIGN = 4  # fields that a sign is worth


@dataclass(frozen=True, slots=True)
class Recognised:
    """A map for a table; `share` of the table's columns that it knows, and the next best preset."""

    map: ColumnMap
    sureness: Sureness
    share: float
    next: str | None = None


def recognise(table: Table) -> Recognised | None:
    """The preset that fits a table, by the signs of its tool and the columns that it knows; where
    none does and the columns have the names of fields, those. None where nothing fits."""
    rated = sorted(
        ((_points(preset, table), preset) for preset in presets().values()),
        key=lambda pair: -pair[0],
    )
    fitting = [(points, preset) for points, preset in rated if points >= FEWEST]
    own = _own_names(table.headers)
    if own and (not fitting or len(own) >= fitting[0][0]):
        return Recognised(ColumnMap("fields", own, {}, Dates(), {}), "certain", 1.0)
    if not fitting:
        return None
    points, chosen = fitting[0]
    rival = fitting[1] if len(fitting) > 1 else None
    share = known_share(chosen, table.headers)
    signed = bool(_signs(chosen, table.headers))
    ahead = points - (rival[0] if rival else 0)
    sureness: Sureness = "doubtful"
    if (signed or _by_name(chosen, table)) and ahead >= 2:
        sureness = "certain"
    elif ahead >= 2 and (signed or share >= 0.5):
        sureness = "likely"
    return Recognised(chosen, sureness, share, rival[1].name if rival else None)


def known_share(chosen: ColumnMap, headers: Sequence[str]) -> float:
    """The share of a table's columns that a map reads, or leaves on purpose."""
    top = [header for header in headers if "." not in header]
    known = {name.partition(".")[0] for name in chosen.wanted()}
    known |= set(chosen.wanted()) | {folded(ALIASES.get(name, name)) for name in chosen.columns}
    held = [header for header in top if folded(header) in known or _zoned(header, known)]
    return round(len(held) / len(top), 2) if top else 0.0


def _zoned(header: str, known: set[str]) -> bool:
    return any(name in known for name in known_names([header]))


def member_fits(chosen: ColumnMap, member: str) -> bool:
    """Whether an archive's file has a name under which the map's posts lie."""
    name = folded(member.rpartition("/")[2])
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in chosen.shape.members)


def _by_name(chosen: ColumnMap, table: Table) -> bool:
    return member_fits(chosen, table.piece.member or table.piece.path.name)


def _signs(chosen: ColumnMap, headers: Sequence[str]) -> list[str]:
    present = known_names(headers)
    return [sign for sign in chosen.shape.signs if folded(sign) in present]


def _points(chosen: ColumnMap, table: Table) -> float:
    """How well a preset fits: fields found, and signs of its tool. 0 where it cannot be."""
    shape = chosen.shape
    if table.items is not None and table.items not in shape.items:
        return 0
    signs = _signs(chosen, table.headers)
    if shape.signs and not signs:
        return 0
    if shape.variant:
        return _SIGN * (1 + len(signs))
    found = chosen.resolve(table.headers)
    if "published_at" not in found and not (chosen.dates.in_id and "native_id" in found):
        return 0
    named = _SIGN if _by_name(chosen, table) or table.items is not None else 0
    return len(found) + min(len(signs), 2) * _SIGN + named + known_share(chosen, table.headers)


def _own_names(headers: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    own: dict[str, tuple[str, ...]] = {}
    for header in headers:
        field = ALIASES.get(header, header)
        if field in FIELDS:
            own.setdefault(field, (header,))
    return own if "published_at" in own and len(own) >= FEWEST - 1 else {}
