"""Values of fields as a query writes them: numbers, dates, ranges, folded keywords."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from vigie.query.fields import FIELDS, IDS, address, microseconds
from vigie.query.nodes import Exists, Like, Node, Range, Term
from vigie.query.words import fold

_NUMBER = re.compile(r"(-?\d+(?:[.,]\d+)?)([km]?)", re.IGNORECASE)
_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:T(\d{1,2})(?::(\d{2})(?::(\d{2}))?)?"
    r"(Z|[+-]\d{2}:?\d{2})?)?)?)?"
)
_BOUNDS = re.compile(r"([\[{])\s*(\S+)\s+TO\s+(\S+)\s*([\]}])")
_COMPARED = re.compile(r"(>=|<=|>|<)\s*(.+)")
PASTED: dict[str, dict[str, str]] = {
    "sentiment": {"positif": "positive", "negatif": "negative", "neutre": "neutral",
                  "incertain": "unsure"},
    # of queries pasted from Brandwatch and Talkwalker
    "kind": {"retweet": "repost", "tweet": "post"},
    "media": {"photo": "image", "picture": "image"},
    "platform": {"twitter": "x", "socialmedia_twitter": "x", "blog": "feeds", "onlinenews": "news",
                 "forum": "forums", "messageboard": "forums",
                 **{f"socialmedia_{name}": name for name in (
                     "facebook", "instagram", "youtube", "tiktok", "linkedin", "pinterest",
                     "reddit", "bluesky", "threads")}},
}  # fmt: skip
LITERAL = frozenset((*IDS, "link"))  # fields in whose values `?` is a sign like others
FURTHEST = 2**53  # beyond any count, and exact in every engine
Span = tuple[int, int]  # first, and the first after


class BadValue(ValueError):
    """A value that a field cannot take: its code in vigie/query/problems.py."""


def number(text: str) -> Span:
    """`10`, `1.5k`, `2M` as the span [n, n + 1)."""
    found = _NUMBER.fullmatch(text)
    if not found:
        raise BadValue("number")
    factor = {"": 1, "k": 1_000, "m": 1_000_000}[found[2].lower()]
    value = round(float(found[1].replace(",", ".")) * factor)
    if abs(value) >= FURTHEST:
        raise BadValue("number")
    return value, value + 1


def date(text: str, zone: ZoneInfo) -> Span:
    """`2026`, `2026-09`, `2026-09-01`, `2026-09-01T10:30` as the span of that year … minute, in
    the zone where the text names no offset."""
    found = _DATE.fullmatch(text)
    if not found:
        raise BadValue("date")
    parts = [int(part) for part in found.groups()[:6] if part is not None]
    offset = found[7]
    try:
        if offset:
            offset = "+00:00" if offset == "Z" else offset
            tz = datetime.strptime(offset.replace(":", ""), "%z").tzinfo
        else:
            tz = zone
        whole = [*parts, 1, 1][:3] if len(parts) < 3 else parts
        start = datetime(*whole, tzinfo=tz)  # type: ignore[arg-type,misc]
        if len(parts) == 1:
            end = start.replace(year=start.year + 1)
        elif len(parts) == 2:
            end = (start + timedelta(days=31)).replace(day=1)
        else:
            unit = {3: "days", 4: "hours", 5: "minutes", 6: "seconds"}[len(parts)]
            end = start + timedelta(**{unit: 1})
    except ValueError as error:
        raise BadValue("date") from error
    return microseconds(start), microseconds(end)


def ordered(field: str, zone: ZoneInfo) -> Callable[[str], Span] | None:
    """The reader of a field's values, None where they have no order."""
    kind = FIELDS[field].kind
    if kind == "number":
        return number
    return (lambda text: date(text, zone)) if kind == "date" else None


def read_range(field: str, text: str, zone: ZoneInfo) -> Node:
    """`[a TO b]`, `{a TO b}`, `>a`, `>=a`, `<a`, `<=a` or a single value of an ordered field."""
    read = ordered(field, zone)
    if read is None:
        raise BadValue("no_range")
    if text == "*":
        return Exists(field)
    if text[0] in "[{":
        found = _BOUNDS.fullmatch(text)
        if not found:
            raise BadValue("range")
        low = None if found[2] == "*" else read(found[2])[found[1] == "{"]
        high = None if found[3] == "*" else read(found[3])[found[4] == "]"]
        return Range(field, low, high)
    found = _COMPARED.fullmatch(text)
    if not found:
        return Range(field, *read(text))
    first, after = read(found[2].strip())
    if found[1] == ">":
        return Range(field, after, None)
    if found[1] == ">=":
        return Range(field, first, None)
    return Range(field, None, first if found[1] == "<" else after)


def read_keyword(field: str, text: str) -> Node:
    """A folded value of a keyword field; `*` alone: the field has one; a last `*`: begins so; with
    `*` or `?` elsewhere: looks so."""
    if text == "*":
        return Exists(field)
    inside = text.removesuffix("*")
    if "*" in inside or ("?" in text and field not in LITERAL):
        return _like(field, text)
    return keyword(field, inside, text != inside)


def _like(field: str, text: str) -> Node:
    value = fold_keyword(field, text)
    if value[:1] in ("*", "?"):
        raise BadValue("wild_first")
    if sum(sign not in "*?" for sign in value) < 2:
        raise BadValue("wild_short")
    if field == "link" and "/" not in value:
        field = "domain"
    return Like(field, value)


def keyword(field: str, text: str, prefix: bool = False) -> Term:
    value = fold_keyword(field, text)
    if field == "link" and "/" not in value:
        return Term("domain", value, prefix)
    value = PASTED.get(field, {}).get(value, value)
    if not value:
        raise BadValue("no_words")
    return Term(field, value, prefix)


def fold_keyword(field: str, text: str) -> str:
    """A value as the index holds it (vigie/query/fields.py)."""
    text = text.strip()
    if field in IDS:
        return text
    if field == "link":
        return address(text)
    value = fold(text)
    if field == "hashtag":
        return value.removeprefix("#")
    if field in ("mention", "author"):
        return value.removeprefix("@")
    return address(value).partition("/")[0] if field == "domain" else value
