"""What the address says: the period and the filters that all pages share. A link shows a colleague
the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, get_args
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from vigie.explorer.periods import (
    DEFAULT,
    Compare,
    Period,
    PeriodError,
    before,
    period,
)
from vigie.records import Label, Origin, PostKind, State
from vigie.store import Filters

# What narrows, by its name in the address → the field of `Filters`. The first six have chips.
NARROWING: dict[str, str] = {
    "network": "platforms",
    "language": "languages",
    "brand": "brands",
    "origin": "origins",
    "sentiment": "sentiments",
    "topic": "topics",
    "owner": "owners",
    "kind": "kinds",
    "state": "states",
    "author": "authors",
    "story": "stories",
    "post": "ids",
}
CLOSED: dict[str, tuple[str, ...]] = {
    "origin": get_args(Origin),
    "sentiment": get_args(Label),
    "kind": get_args(PostKind),
    "state": get_args(State),
}
SORTS = ("-published_at", "published_at", "-engagement", "relevance")
LONGEST = 4_000  # characters of a query


@dataclass(frozen=True)
class Scope:
    """Period, comparison, query and filters of one page."""

    period: Period
    compare: Compare = "previous"
    q: str = ""
    narrowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by address name
    finding: tuple[str, str] | None = None  # ("trend" | "alert", id): its posts
    errors: tuple[str, ...] = ()

    def filters(self, ids: Sequence[str] | None = None) -> Filters:
        """As the store reads them; `ids` are the posts of the finding, where one is named."""
        fields: dict[str, Any] = {NARROWING[name]: values for name, values in self.narrowed.items()}
        if ids is not None:
            asked = set(fields.get("ids") or ids)
            # An id that no post has: a finding without posts is empty, not everything.
            fields["ids"] = tuple(id for id in ids if id in asked) or ("",)
        return Filters(since=self.period.since, until=self.period.until, **fields)

    @property
    def query(self) -> str:
        return self.q.strip() or "*"

    def get(self, name: str) -> tuple[str, ...]:
        return self.narrowed.get(name, ())

    def narrow(self, **values: str | Iterable[str] | None) -> Scope:
        """The same view narrowed to these values; None takes a filter away."""
        narrowed = dict(self.narrowed)
        for name, value in values.items():
            if name not in NARROWING:
                raise KeyError(name)
            narrowed.pop(name, None)
            if value is not None:
                narrowed[name] = (value,) if isinstance(value, str) else tuple(value)
        return replace(self, narrowed=narrowed)

    def earned(self) -> Scope:
        """Earned posts, unless the reader chose origins."""
        return self if self.get("origin") else self.narrow(origin="earned")

    def asking(self, q: str) -> Scope:
        """The same view with a further query, both of which a post has to meet."""
        both = f"({self.q.strip()}) AND ({q})" if self.q.strip() else q
        return replace(self, q=both)

    def within(self, since: datetime, until: datetime) -> Scope:
        """The part of the view between two instants."""
        low, high = max(since, self.period.since), min(until, self.period.until)
        return replace(self, period=Period("custom", low, high))

    def of(self, kind: str, id: str) -> Scope:
        """The posts of one finding, whatever the period."""
        return replace(self, finding=(kind, id))

    def previous(self, zone: ZoneInfo) -> Scope | None:
        """The same view of the period it is compared with."""
        old = before(self.period, self.compare, zone)
        return replace(self, period=old) if old else None

    def params(self) -> list[tuple[str, str]]:
        """The address's parameters in their one order; defaults stay unsaid."""
        said: list[tuple[str, str]] = []
        if self.period.name == "custom":
            said += [("from", instant(self.period.since)), ("to", instant(self.period.until))]
        elif self.period.name != DEFAULT:
            said.append(("period", self.period.name))
        if self.compare != "previous":
            said.append(("compare", self.compare))
        if self.q:
            said.append(("q", self.q))
        for name in NARROWING:
            said += [(name, value) for value in self.narrowed.get(name, ())]
        if self.finding:
            said.append(self.finding)
        return said

    def address(self, path: str, *more: tuple[str, str]) -> str:
        """A link to a page in this view."""
        query = encode([*self.params(), *more])
        return f"{path}?{query}" if query else path


def instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ" if at.second else "%Y-%m-%dT%H:%MZ")


def encode(pairs: Sequence[tuple[str, str]]) -> str:
    return urlencode(pairs, quote_via=quote, safe=":,@/")


def read_scope(pairs: Sequence[tuple[str, str]], now: datetime, zone: ZoneInfo) -> Scope:
    """The scope of an address. What it cannot mean is left out and told in `errors`."""
    asked: dict[str, list[str]] = {}
    for name, value in pairs:
        if value and value not in asked.setdefault(name, []):
            asked[name].append(value)

    def last(name: str) -> str:
        return asked.get(name, [""])[-1]

    errors: list[str] = []
    try:
        dates = ("", "") if last("period") else (last("from"), last("to"))  # a named one wins
        shown = period(last("period"), now, zone, *dates)
    except PeriodError as error:
        errors.append(str(error))
        shown = period(DEFAULT, now, zone)
    narrowed: dict[str, tuple[str, ...]] = {}
    for name in NARROWING:
        known = CLOSED.get(name)
        values = tuple(asked.get(name, ()))
        errors += [value for value in values if known and value not in known]
        if kept := tuple(value for value in values if not known or value in known):
            narrowed[name] = kept
    compare = last("compare")
    finding = next(((kind, last(kind)) for kind in ("trend", "alert") if last(kind)), None)
    return Scope(
        period=shown,
        compare=compare if compare in get_args(Compare) else "previous",  # type: ignore[arg-type]
        q=last("q")[:LONGEST],
        narrowed=narrowed,
        finding=finding,
        errors=tuple(errors),
    )
