"""What the cells of other tools' exports mean: counts, times, ids, in French and English.

A cell that says nothing ("", "-", "n/a") is None, never 0; one that cannot be read is None as well,
and the caller counts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from vigie.importing.names import offset

Cell = str | int | float | bool | None
Order = Literal["dmy", "mdy"]

NOTHING = frozenset(
    ("", "-", "--", "–", "—", "n/a", "na", "n.a.", "nd", "n.d.", "null", "none", "nan")
)
LONGEST = max(map(len, NOTHING))
SCIENTIFIC = re.compile(r"\s*[+-]?\d(?:[.,]\d+)?[eE]\+?\d{1,3}\s*")
_EXACT = 2**53  # beyond, a spreadsheet's number has lost digits
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']+")
_GROUPED = {",": re.compile(r"\d{1,3}(,\d{3})+"), ".": re.compile(r"\d{1,3}(\.\d{3})+")}
_UNITS = {"k": 1_000, "m": 1_000_000, "mio": 1_000_000, "b": 10**9, "md": 10**9}
_COUNT = re.compile(r"([+-]?[\d.,]+)([a-z]{0,3})\.?")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan janv janvier january", "feb fev fevr fevrier february", "mar mars march",
            "apr avr avril april", "may mai", "jun juin june", "jul juil juillet july",
            "aug aou aout august", "sep sept septembre september", "oct octobre october",
            "nov novembre november", "dec decembre december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_CLOCK = (
    r"(?:[T,\s]|à|at)*"
    r"(?:(\d{1,2})\s?[:hH]\s?(\d{2})?(?::(\d{2})(?:\.\d+)?)?\s*([ap])?\.?(?:m\.?)?)?"
    r"\s*\(?([A-Z]{1,4}|(?:UTC|GMT)?\s?[+\-−]\s?\d{1,2}:?(?:\d{2})?)?\)?"
)
_NUMERIC = re.compile(rf"(\d{{1,4}})([./\- ])(\d{{1,2}})\2(\d{{1,4}}){_CLOCK}", re.I)
_DAY_FIRST = re.compile(
    r"(?:\w+\.?,?\s+)??(\d{1,2})(?:er|st|nd|rd|th)?[\s\-]+"
    rf"([^\W\d_]{{3,9}})\.?,?[\s\-]+(\d{{4}}),?{_CLOCK}",
    re.I,
)
_MONTH_FIRST = re.compile(
    r"(?:\w+\.?,?\s+)??([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+"
    rf"(\d{{4}}),?{_CLOCK}",
    re.I,
)
_UNIX = re.compile(r"\w{3} (\w{3}) (\d{1,2}) (\d\d:\d\d:\d\d) ([+-]\d{4}|[A-Z]{3,4}) (\d{4})")
_EXCEL_EPOCH = datetime(1899, 12, 30)
_PLAIN_ACCENTS = str.maketrans("éèêûùôàâ", "eeeuuoaa")


@dataclass(frozen=True, slots=True)
class Dates:
    """How a file writes its times: the order of day and month, the zone of times without an
    offset, a strptime format where nothing else will do, and whether a time that no column tells
    may be read from the post's id."""

    order: Order | None = None
    timezone: str = "UTC"
    format: str | None = None
    in_id: bool = False


def says_nothing(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return cell is None
    if len(cell) > LONGEST and not (cell[0].isspace() or cell[-1].isspace()):
        return False
    text = cell.strip()
    return len(text) <= LONGEST and text.lower() in NOTHING


def count(cell: Cell) -> int | None:
    """A count: "1 234", "1,234", "1.234", "12,0", "12.5K", "3 M"; None where it is none."""
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int):
        return cell
    if isinstance(cell, float):
        return round(cell) if cell == cell and abs(cell) < _EXACT else None
    if not isinstance(cell, str):  # an object or list of JSON
        return None
    match = _COUNT.fullmatch(_SPACES.sub("", cell).lower())
    if not match or (match[2] and match[2] not in _UNITS):
        return None
    number = _number(match[1], bool(match[2]))
    return None if number is None else round(number * _UNITS.get(match[2], 1))


def rounded(cell: Cell) -> bool:
    """Whether a count is written in thousands or millions: "12.5K" is some number near 12,500."""
    if not isinstance(cell, str) or not cell or cell[-1].isdigit():
        return False
    match = _COUNT.fullmatch(_SPACES.sub("", cell).lower())
    return match is not None and match[2] in _UNITS


def _number(text: str, scaled: bool) -> float | None:
    for mark, grouped in _GROUPED.items():
        if not scaled and grouped.fullmatch(text.lstrip("+-")):
            return float(text.replace(mark, ""))
    if "," in text and "." in text:  # the last mark is the decimal one
        decimal = max(text.rfind(","), text.rfind("."))
        whole = text[:decimal].replace(",", "").replace(".", "")
        text = f"{whole}.{text[decimal + 1 :]}"
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def identifier(cell: Cell) -> str | None:
    """An id as text; None where there is none. Digits that were lost are found by `damaged`."""
    if says_nothing(cell) or isinstance(cell, (dict, list)):
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip().lstrip("'") or None


def damaged(cell: Cell) -> str | None:
    """The cell as it stands, where it is an id that a spreadsheet has cut to a number."""
    if isinstance(cell, float) and abs(cell) >= _EXACT:
        return f"{cell:.10g}".upper()
    if isinstance(cell, str) and SCIENTIFIC.fullmatch(cell):
        return cell.strip()
    return None


def truth(cell: Cell) -> bool | None:
    """Yes or no, in French and English."""
    if isinstance(cell, bool):
        return cell
    word = str(cell).strip().lower()
    if word in ("true", "yes", "y", "1", "oui", "vrai", "x"):
        return True
    return False if word in ("false", "no", "n", "0", "non", "faux") else None


def time(cell: Cell, dates: Dates) -> datetime | None:
    """A time with offset, from ISO 8601, epoch seconds or milliseconds, a spreadsheet's day number,
    or a French or English date; None where it is none of these, or day and month cannot be told."""
    if isinstance(cell, str):
        if dates.format:
            return _formatted(cell, dates)
        text = cell.strip()
        if text.isdigit():  # epoch milliseconds would be read as year, month, day and clock
            return _written(text, dates)
        try:
            return _zoned(datetime.fromisoformat(text), dates) if len(text) >= 10 else None
        except ValueError:
            return _written(text, dates)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _counted(cell, dates)
    return None


def _formatted(text: str, dates: Dates) -> datetime | None:
    try:
        return _zoned(datetime.strptime(text.strip(), dates.format or ""), dates)
    except ValueError:
        return None


def _counted(number: float, dates: Dates) -> datetime | None:
    """A number: epoch seconds or milliseconds from 2001 on, or days since 1899-12-30 (Excel)."""
    if 10_000 <= number < 100_000:
        moment = _EXCEL_EPOCH + timedelta(seconds=round(number * 86_400))
        return _zoned(moment, dates)
    if 1e9 <= number < 1e11:
        return datetime.fromtimestamp(number, UTC)
    return datetime.fromtimestamp(number / 1000, UTC) if 1e12 <= number < 1e14 else None


def _written(text: str, dates: Dates) -> datetime | None:
    if re.fullmatch(r"(?:19|20)\d{6}", text):
        try:
            return _zoned(datetime.strptime(text, "%Y%m%d"), dates)
        except ValueError:
            return None
    if re.fullmatch(r"\d+(?:[.,]\d+)?", text):
        return _counted(float(text.replace(",", ".")), dates)
    if unix := _UNIX.fullmatch(text):
        clock: tuple[str | None, ...] = (*unix[3].split(":"), None, unix[4])
        return _built(int(unix[5]), _month(unix[1]), int(unix[2]), clock, dates)
    if match := _NUMERIC.fullmatch(text):
        first, second, third = int(match[1]), int(match[3]), int(match[4])
        if len(match[1]) == 4:
            year, month, day = first, second, third
        elif dates.order == "mdy":
            year, month, day = third, first, second
        elif dates.order == "dmy":
            year, month, day = third, second, first
        else:
            return None
        clock = match.groups()[4:]
    elif match := _DAY_FIRST.fullmatch(text):
        year, month, day = int(match[3]), _month(match[2]), int(match[1])
        clock = match.groups()[3:]
    elif match := _MONTH_FIRST.fullmatch(text):
        year, month, day = int(match[3]), _month(match[1]), int(match[2])
        clock = match.groups()[3:]
    else:
        return None
    return _built(year + 2000 if year < 100 else year, month, day, clock, dates)


def _month(name: str) -> int:
    return _MONTHS.get(name.lower().translate(_PLAIN_ACCENTS), 0)


def _built(
    year: int, month: int, day: int, clock: tuple[str | None, ...], dates: Dates
) -> datetime | None:
    hour, minute, second, half, zone = clock
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    try:
        moment = datetime(year, month, day, hours, int(minute or 0), int(second or 0))
    except ValueError:
        return None
    if not zone:
        return _zoned(moment, dates)
    minutes = offset(zone)
    return None if minutes is None else moment.replace(tzinfo=_fixed(minutes))


def _zoned(moment: datetime, dates: Dates) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=_zone(dates.timezone))


@lru_cache(maxsize=32)
def _zone(name: str) -> tzinfo:
    minutes = offset(name)
    return ZoneInfo(name) if minutes is None else _fixed(minutes)


def _fixed(minutes: int) -> tzinfo:
    return timezone(timedelta(minutes=minutes)) if minutes else UTC


def time_zone(name: str) -> tzinfo:
    """A time zone by its name or offset. Raises ValueError, KeyError or OSError for no such."""
    return _zone(name)


def orders_of(cells: Iterable[Cell]) -> tuple[set[Order], bool, bool]:
    """What the dates of a column show of the order of day and month: the orders that some of them
    can only have; whether any of them needs it; whether they have clocks of twelve hours, which are
    written where the month comes first, mostly."""
    shown: set[Order] = set()
    needed = halves = False
    for cell in cells:
        match = _NUMERIC.fullmatch(cell.strip()) if isinstance(cell, str) else None
        if match and len(match[1]) < 4:
            needed = True
            if match[2] == "." or int(match[1]) > 12:
                shown.add("dmy")
            elif int(match[3]) > 12:
                shown.add("mdy")
            halves = halves or match[8] is not None
    return shown, needed, halves
