"""The kinds of aggregation: what each asks of tantivy, and how its answer reads in the shapes of
Elasticsearch."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import pairwise
from math import ceil, floor, inf, isnan
from operator import itemgetter
from typing import Any

from vigie.errors import StoreError
from vigie.store.calendar import edges, text_of, zone_of
from vigie.store.index import FLAGS, FLOATS, GROUPED, HIDDEN, INTEGERS, KEYWORDS
from vigie.store.searching import ALIASES

Spec = dict[str, Any]
DATES = ("published_at", "collected_at", "first_seen_at")
FIELDS = frozenset((*KEYWORDS, *GROUPED, *INTEGERS, *FLOATS, *FLAGS)) - set(HIDDEN)
TEXTS = frozenset((*KEYWORDS, *GROUPED))
NUMBERS = FIELDS & {*INTEGERS, *FLOATS}
WHOLE = frozenset(INTEGERS)
MOST = 65_000  # groups of one aggregation
SPARES = (200, 20_000)  # groups beyond those asked for; the second where the first all tie
BELOW = 90  # the same below other groups, where equal ones beyond stay in the index's order
COUNTED = 20_000  # distinct values that are counted one by one; beyond, tantivy's estimate stands
STRETCH = "\x1f"
STRETCHES = 6  # of a histogram, at most; more are asked as ranges
# kind → its parameters
KINDS: dict[str, frozenset[str]] = {
    "terms": frozenset(("field", "size", "order", "min_doc_count", "missing", "include",
                        "exclude")),
    "date_histogram": frozenset(("field", "calendar_interval", "fixed_interval", "time_zone",
                                 "min_doc_count", "extended_bounds", "edges")),
    "histogram": frozenset(("field", "interval", "offset", "min_doc_count", "extended_bounds")),
    "range": frozenset(("field", "ranges")),
    "filter": frozenset(("query",)),
    "composite": frozenset(("sources", "size", "after")),
    "percentiles": frozenset(("field", "percents")),
    **dict.fromkeys(("avg", "sum", "min", "max", "value_count", "stats", "cardinality"),
                    frozenset(("field", "missing"))),
}  # fmt: skip
BUCKETS = ("terms", "date_histogram", "histogram", "range", "filter", "composite")
Bounds = Callable[[str], tuple[int, int] | None]


class Short(Exception):
    """Groups that tie with the last one were left out: more must be fetched."""


@dataclass(slots=True)
class Aggregation:
    """One aggregation of a request, read and checked; `of` makes it."""

    name: str
    kind: str
    body: Spec
    column: str
    parts: list[Aggregation] = field(default_factory=list)  # below its buckets, without filters
    filters: list[Aggregation] = field(default_factory=list)
    edges: list[int] = field(default_factory=list)  # of date_histogram, microseconds
    bounds: tuple[int, ...] = ()  # its extended bounds, microseconds
    stretches: list[tuple[int, int, int]] = field(default_factory=list)  # begin, step, buckets
    zone: tzinfo | None = None
    spare: int = SPARES[0]
    exact: bool = False  # a cardinality: its groups are counted one by one
    distinct: int = 0  # what was read of it, over all buckets

    def check(self) -> None:
        """Raises StoreError for an order that there is not, here or below."""
        if self.kind == "terms":
            _ = self._order
        for part in self.parts + self.filters:
            part.check()

    @property
    def estimates(self) -> list[Aggregation]:
        """The cardinalities in it that may be counted; one that orders groups stays as it is."""
        ranking = self._order[0].partition(".")[0] if self.kind == "terms" else ""
        below = [one for part in self.parts if part.name != ranking for one in part.estimates]
        return [self, *below] if self.kind == "cardinality" else below

    def asked(self) -> Spec:
        """What is asked of tantivy: its aggregations by their names."""
        below: Spec = {}
        for part in self.parts:
            below |= part.asked()
        inner = {"aggs": below} if below else {}
        if self.kind == "date_histogram":
            return self._asked_dates(inner)
        if self.kind == "range":
            return self._asked_ranges(inner)
        body = {key: value for key, value in self.body.items() if key != "field"}
        if self.kind == "histogram" and body.get("min_doc_count"):
            body.pop("extended_bounds", None)  # they add but empty buckets
        if self.kind == "terms":
            body = self._asked_terms()
        if self.exact:
            groups = {"field": self.column, "size": MOST, "segment_size": MOST, **body}
            return {self.name: {"terms": groups}}
        return {self.name: {self.kind: {"field": self.column, **body}, **inner}}

    def _asked_dates(self, below: Spec) -> Spec:
        """Stretches of equal buckets are histograms within a range: tantivy counts these faster
        than as many ranges. A change of the clocks ends one."""
        asked: Spec = {}
        for number, (low, step, many) in enumerate(self.stretches):
            inner = below
            if many > 1 and step:
                body = {"interval": step, "offset": low % step, "min_doc_count": 1}
                inner = {"aggs": {STRETCH: {"histogram": {"field": self.column, **body}, **below}}}
            ends = self.edges if not step else [low, low + many * step]
            ranges = [{"from": at, "to": to} for at, to in pairwise(ends)]
            asked[f"{self.name}{STRETCH}{number}"] = {
                "range": {"field": self.column, "ranges": ranges},
                **inner,
            }
        return asked

    def _asked_ranges(self, below: Spec) -> Spec:
        """Each range by itself, so that they may overlap."""
        return {
            f"{self.name}{STRETCH}{number}": {
                "range": {"field": self.column, "ranges": [_named(low, high)]},
                **below,
            }
            for number, (low, high) in enumerate(map(self._bounds, self._ranges))
            if low is None or high is None or low < high
        }

    @property
    def _ranges(self) -> list[Spec]:
        """The ranges as Elasticsearch gives them back: by where they begin and end."""
        asked = [
            {**_named(*(None if (end := one.get(name)) is None else float(end)
                        for name in ("from", "to"))), "key": one.get("key")}
            for one in self.body["ranges"]
        ]  # fmt: skip
        return sorted(asked, key=lambda one: (one.get("from", -inf), one.get("to", inf)))

    def _bounds(self, one: Spec) -> tuple[float | None, float | None]:
        """A range's bounds as tantivy takes them: whole for a whole number."""
        low, high = one.get("from"), one.get("to")
        if self.column in WHOLE:
            low, high = (end if end is None else float(ceil(end)) for end in (low, high))
        return low, high

    # terms

    @property
    def size(self) -> int:
        return int(self.body.get("size", 10))

    def _asked_terms(self) -> Spec:
        fetched = min(self.size + self.spare, MOST)
        body = {key: self.body[key] for key in self.body if key not in ("field", "size", "order")}
        key, direction = self._order
        # Every segment gives all its groups: the counts are exact, as one shard's would be.
        return {**body, "size": fetched, "segment_size": MOST, "order": {key: direction}}

    @property
    def _order(self) -> tuple[str, str]:
        order = self.body.get("order", {"_count": "desc"})
        if isinstance(order, list):
            order, *then = order
            if then not in ([], [{"_key": "asc"}]):
                raise StoreError(
                    f"aggregation {self.name!r}: more than one order",
                    do="groups that are equal stand by their keys",
                )
        ((key, direction),) = order.items()
        return key, direction

    def _read_terms(self, raw: Spec) -> Spec:
        key, direction = self._order
        sign = -1 if direction == "desc" else 1
        if key == "_key":
            ranked = sorted(((0.0, b["key"], b) for b in raw["buckets"]), key=itemgetter(1))
            ranked = ranked[::sign]
        else:
            ranked = sorted(
                ((_rank(b, key, sign), b["key"], b) for b in raw["buckets"]), key=itemgetter(0, 1)
            )
        size, fetched = self.size, min(self.size + self.spare, MOST)
        tied = key != "_key" and len(ranked) > size and ranked[-1][0] == ranked[size - 1][0]
        if len(ranked) >= fetched and tied and self.spare == SPARES[0]:
            raise Short
        others = sum(bucket["doc_count"] for _, _, bucket in ranked[size:])
        return {
            "doc_count_error_upper_bound": 0,
            "sum_other_doc_count": raw.get("sum_other_doc_count", 0) + others,
            "buckets": [self._bucket(self._key(bucket), bucket) for _, _, bucket in ranked[:size]],
        }

    def _key(self, bucket: Spec) -> Spec:
        key = bucket["key"]
        if self.column in FLAGS:
            return {"key": int(key), "key_as_string": "true" if key else "false"}
        if self.column in DATES:
            return {"key": int(key) // 1000}
        return {"key": int(key) if self.column in WHOLE else key}

    def read(self, answer: Spec) -> Spec:
        """Tantivy's answer in Elasticsearch's shape. Raises Short."""
        if self.kind == "date_histogram":
            return {"buckets": self._read_dates(answer)}
        if self.kind == "range":
            return {"buckets": self._read_ranges(answer)}
        raw = answer[self.name]
        if self.kind == "terms":
            return self._read_terms(raw)
        if self.kind == "histogram":
            buckets = [self._bucket({"key": part["key"]}, part) for part in raw["buckets"]]
            return {"buckets": buckets}
        return self._read_metric(raw)

    def _bucket(self, key: Spec, raw: Spec) -> Spec:
        count = raw["doc_count"]
        inner = {part.name: part.read(raw) if count else part.nothing() for part in self.parts}
        return {**key, "doc_count": count, **inner}

    def _read_dates(self, answer: Spec) -> list[Spec]:
        held: dict[int, Spec] = {}
        for number in range(len(self.stretches)):
            found = answer.get(f"{self.name}{STRETCH}{number}", {"buckets": ()})
            for one in found["buckets"]:
                if "from" in one and "to" in one and one["doc_count"]:
                    inner = one[STRETCH]["buckets"] if STRETCH in one else [one]
                    held |= {round(bucket.get("from", bucket["key"])): bucket for bucket in inner}
        shown = [at for at, edge in enumerate(self.edges[:-1]) if edge in held]
        shown += [bisect_right(self.edges, at) - 1 for at in self.bounds]
        first, last = (min(shown), max(shown)) if shown else (0, -1)
        least = self.body.get("min_doc_count", 0)
        assert self.zone is not None
        read = []
        for edge in self.edges[first : last + 1]:
            key = {"key_as_string": text_of(edge, self.zone), "key": edge // 1000}
            bucket = self._bucket(key, held.get(edge, {"doc_count": 0}))
            if bucket["doc_count"] >= least:
                read.append(bucket)
        return read

    def nothing(self) -> Spec:
        """The answer over no posts."""
        if self.kind == "terms":
            return self._read_terms({"buckets": []})
        if self.kind == "range":
            return {"buckets": self._read_ranges({})}
        if self.kind == "date_histogram":
            return {"buckets": self._read_dates({})}
        if self.kind == "histogram":
            return {"buckets": [self._bucket({"key": at}, {"doc_count": 0}) for at in self._bare]}
        if self.kind == "percentiles":
            percents = self.body.get("percents", (1, 5, 25, 50, 75, 95, 99))
            return {"values": {str(float(percent)): None for percent in percents}}
        if self.kind == "stats":
            return {"count": 0, "sum": 0.0, "min": None, "max": None, "avg": None}
        if self.kind in ("value_count", "cardinality"):
            return {"value": 0}
        return {"value": 0.0 if self.kind == "sum" else None}

    @property
    def _bare(self) -> list[float]:
        """The buckets of a histogram over no posts: those of its bounds."""
        bounds = self.body.get("extended_bounds")
        if not bounds or self.body.get("min_doc_count"):
            return []
        step, offset = self.body["interval"], self.body.get("offset", 0)
        low, high = (floor((bounds[end] - offset) / step) for end in ("min", "max"))
        return [float(number * step + offset) for number in range(low, high + 1)]

    def _read_ranges(self, answer: Spec) -> list[Spec]:
        buckets = []
        for number, one in enumerate(self._ranges):
            ends: Spec = {end: one[end] for end in ("from", "to") if end in one}
            name = one["key"] or f"{ends.get('from', '*')}-{ends.get('to', '*')}"
            wanted = _named(*self._bounds(one))
            found = answer.get(f"{self.name}{STRETCH}{number}", {"buckets": ()})["buckets"]
            raw = (part for part in found if _named(part.get("from"), part.get("to")) == wanted)
            buckets.append(self._bucket({"key": name, **ends}, next(raw, {"doc_count": 0})))
        return buckets

    def _read_metric(self, raw: Spec) -> Spec:
        if self.kind == "cardinality":
            value = len(raw["buckets"]) if self.exact else int(raw["value"])
            self.distinct += value
            return {"value": value}
        if self.kind == "value_count":
            return {"value": int(raw["value"])}
        if self.kind == "percentiles":
            values = sorted(raw["values"].items(), key=lambda item: float(item[0]))
            return {"values": {key: None if isnan(value) else value for key, value in values}}
        if self.column in DATES:  # in milliseconds
            return {
                key: value if value is None or key == "count" else value / 1000
                for key, value in raw.items()
            }
        return raw


def _named(low: float | None, high: float | None) -> Spec:
    """A range's bounds by their names."""
    return {name: end for name, end in (("from", low), ("to", high)) if end is not None}


def _rank(bucket: Spec, key: str, sign: int) -> float:
    """What orders a bucket of tantivy: its count or a figure below it; without one it is last."""
    if key == "_count":
        return sign * float(bucket["doc_count"])
    name, _, figure = key.partition(".")
    value = bucket[name][figure or "value"]
    return inf if value is None else sign * float(value)


def of(aggs: Spec, bounds: Bounds, spare: int) -> Iterator[Aggregation]:
    """The aggregations of a request, checked. Raises StoreError for what is not known."""
    for name, spec in aggs.items():
        below = spec.get("aggs") or spec.get("aggregations") or {}
        kinds = [key for key in spec if key not in ("aggs", "aggregations", "meta")]
        if len(kinds) != 1 or kinds[0] not in KINDS:
            raise StoreError(
                f"aggregation {name!r}: {', '.join(kinds) or 'no kind'}",
                do=f"one of {', '.join(KINDS)}",
            )
        kind, body = kinds[0], spec[kinds[0]]
        unknown = sorted(set(body) - KINDS[kind])
        if unknown:
            raise StoreError(
                f"aggregation {name!r}: {kind} has no {', '.join(unknown)}",
                do=f"parameters: {', '.join(sorted(KINDS[kind]))}",
            )
        if below and kind not in BUCKETS:
            raise StoreError(f"aggregation {name!r}: {kind} has nothing below it")
        made = Aggregation(name, kind, body, _field(name, kind, body), spare=spare)
        for part in of(below, bounds, BELOW) if kind not in ("filter", "composite") else ():
            if part.kind == "composite":
                raise StoreError(f"aggregation {part.name!r}: composite is never below another")
            (made.filters if part.kind == "filter" else made.parts).append(part)
        if kind == "date_histogram":
            _set_edges(made, bounds)
        yield made


def _field(name: str, kind: str, body: Spec) -> str:
    if kind in ("filter", "composite"):
        return ""
    field = ALIASES.get(body.get("field", ""), body.get("field", ""))
    fits = FIELDS
    if kind == "date_histogram":
        fits = frozenset(DATES)
    elif kind not in ("terms", "cardinality", "value_count"):
        fits = NUMBERS
        if kind in ("range", "histogram", "percentiles"):
            fits = NUMBERS - set(DATES)
    if "missing" in body and (field in DATES or (kind == "value_count" and field in TEXTS)):
        raise StoreError(f"aggregation {name!r}: {kind} of {field!r} has no missing")
    if field not in fits:
        raise StoreError(
            f"aggregation {name!r}: no {kind} of {field!r}", do=f"fields: {', '.join(sorted(fits))}"
        )
    return field


def _set_edges(made: Aggregation, bounds: Bounds) -> None:
    body = made.body
    made.zone = zone_of(body.get("time_zone", "UTC"))
    span = bounds(made.column)
    if extended := body.get("extended_bounds"):
        made.bounds = low, high = instant(extended["min"]), instant(extended["max"])
        span = (low, high) if span is None else (min(span[0], low), max(span[1], high))
    if "edges" in body:
        made.edges = body["edges"]
    elif span is not None:
        calendar, fixed = body.get("calendar_interval"), body.get("fixed_interval")
        made.edges = edges(*span, made.zone, calendar=calendar, fixed=fixed)
    for low, high in pairwise(made.edges):
        step = high - low
        if made.stretches and made.stretches[-1][1] == step:
            begin, _, many = made.stretches[-1]
            made.stretches[-1] = begin, step, many + 1
        else:
            made.stretches.append((low, step, 1))
    if len(made.stretches) > STRETCHES:
        made.stretches = [(made.edges[0], 0, len(made.edges) - 1)]


def instant(value: Any) -> int:
    """Microseconds of milliseconds, of an ISO 8601 text or of a time."""
    if isinstance(value, int | float):
        return round(value * 1000)
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return round(moment.timestamp() * 1e6)


def keys_at(found: Spec, path: Iterable[Aggregation]) -> dict[str, set[Any]]:
    """The keys of the buckets along a path of aggregations, by the aggregations' names."""
    keys: dict[str, set[Any]] = {}
    level = [found]
    for part in path:
        buckets = [bucket for one in level for bucket in one[part.name]["buckets"]]
        keys[part.name] = {bucket["key"] for bucket in buckets}
        level = buckets
    return keys
