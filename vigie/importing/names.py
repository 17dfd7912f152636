"""Names of columns: compared without case, accents and marks; the time zone that one tells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from zoneinfo import ZoneInfo

# Abbreviations that exports write, in minutes east of Greenwich. Those that mean several zones
# (IST, AST) are left out; CST and the like are those of North America, whose tools write them.
ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "met": 60, "cest": 120,
    "mest": 120, "eet": 120, "eest": 180, "msk": 180, "est": -300, "edt": -240, "cst": -360,
    "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "jst": 540,
}  # fmt: skip
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+\-−])\s*(\d{1,2})(?::?(\d{2}))?")
_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]+)[)\]]\s*$")
_TOLD = 600  # characters of columns in a message
_SPACES = re.compile(r"[\s\u200b\u00a0\u202f]+")


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A name as names are compared: "Identifiant de la Publication " is "identifiant de la
    publication", "Mentions J’aime" is "mentions j'aime"."""
    text = unicodedata.normalize("NFKD", name.replace("’", "'")).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _SPACES.sub(" ", text).strip(' \ufeff"')


def listed(headers: Iterable[str]) -> str:
    """Columns of a file as a message names them: not without end, and nothing a terminal obeys."""
    told = ", ".join(headers)
    shown = "".join(letter if letter.isprintable() else " " for letter in told[:_TOLD])
    return f"{shown} …" if len(told) > _TOLD else shown


def without_zone(header: str) -> str:
    """The folded name of a column without the time zone in brackets behind it."""
    return folded(_BRACKET.sub("", header)) if zone_of(header) else folded(header)


def zone_of(header: str) -> str | None:
    """The time zone in brackets behind a column's name, as `zoneinfo` or `offset` reads it:
    "Date (GMT)", "Date [Europe/Paris]", "Date (UTC+02:00)"."""
    found = _BRACKET.search(header)
    if not found:
        return None
    told = found[1].strip()
    if offset(told) is not None:
        return told
    if "/" in told:
        try:
            ZoneInfo(told)
        except (ValueError, OSError, KeyError):  # "and/or" is no zone
            return None
        return told
    return None


@lru_cache(maxsize=256)
def offset(told: str) -> int | None:
    """Minutes east of Greenwich of "+01:00", "UTC+2", "CET"; None where it is neither."""
    text = told.strip().lower()
    if text in ZONES:
        return ZONES[text]
    match = _OFFSET.fullmatch(text)
    if not match:
        return None
    minutes = 60 * int(match[2]) + int(match[3] or 0)
    return None if minutes > 14 * 60 else minutes if match[1] == "+" else -minutes
