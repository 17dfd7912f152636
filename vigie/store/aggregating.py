"""Elasticsearch's aggregations over tantivy: its DSL in, its shapes out.

What tantivy counts is asked as it is. What it does not know, or not alike, is put in its terms:
a histogram of dates becomes ranges whose bounds Python computes (calendar and zone exact through a
change of the clocks), `filter` is a pass of its own over the narrowed query that is grafted in,
and `composite` is nested groups that are flattened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from tantivy import Query, Searcher

from vigie.errors import StoreError
from vigie.query.compiling import both
from vigie.store.aggregations import (
    COUNTED,
    MOST,
    SPARES,
    TEXTS,
    Aggregation,
    Short,
    Spec,
    of,
)

TOTAL = "\x1ftotal"


class Aggregator:
    """Aggregations over one state of the index."""

    def __init__(
        self,
        searcher: Searcher,
        compile: Callable[[str], Query],
        window: tuple[int, int] | None = None,
    ) -> None:
        self._searcher = searcher
        self._compile = compile  # a query of our language
        self._window = window  # what published_at is within, where that is known

    def run(self, query: Query, aggs: Spec) -> Spec:
        """`{"total": n, "aggs": {…}}` of the posts that a query finds."""
        total, found = self._run(query, aggs)
        return {"total": total, "aggs": found}

    def _run(self, query: Query, aggs: Spec) -> tuple[int, Spec]:
        for spare in SPARES:
            plan = list(of(aggs, lambda field: self._bounds(query, field), spare))
            counted = [part for part in plan if part.kind not in ("filter", "composite")]
            asked: Spec = {TOTAL: {"value_count": {"field": "row"}}}
            for part in counted:
                asked |= part.asked()
            raw = self._ask(query, asked)
            with suppress(Short):
                found = {part.name: part.read(raw) for part in counted}
                found |= self._counted(query, counted)
                break
        for part in plan:
            if part.kind == "filter":
                found[part.name] = self._filtered(query, part, aggs[part.name])
            elif part.kind == "composite":
                found[part.name] = self._composite(query, part, _below(aggs[part.name]))
            else:
                self._graft(query, [part], aggs[part.name], found)
        return int(raw[TOTAL]["value"]), {name: found[name] for name in aggs}

    def _counted(self, query: Query, parts: list[Aggregation]) -> Spec:
        """Again, what holds estimates of few distinct values, with these counted."""
        estimates = [one for part in parts for one in part.estimates]
        if not 0 < sum(one.distinct for one in estimates) <= COUNTED:
            return {}
        for one in estimates:
            one.exact = True
        again = [part for part in parts if part.estimates]
        asked: Spec = {}
        for part in again:
            asked |= part.asked()
        raw = self._ask(query, asked)
        return {part.name: part.read(raw) for part in again}

    def _ask(self, query: Query, asked: Spec) -> Spec:
        try:
            return self._searcher.aggregate(query, asked)
        except ValueError as error:
            raise StoreError(f"aggregation: {error}", do="narrow the question") from error

    def _bounds(self, query: Query, field: str) -> tuple[int, int] | None:
        """Between which values of a field the posts of a query lie, at most."""
        if field == "published_at" and self._window is not None:
            return self._window
        asked = {"low": {"min": {"field": field}}, "high": {"max": {"field": field}}}
        raw = self._ask(query, asked)
        if raw["low"]["value"] is None:
            return None
        return int(raw["low"]["value"]), int(raw["high"]["value"])

    # filter -------------------------------------------------------------------------------------

    def _filtered(self, query: Query, part: Aggregation, spec: Spec) -> Spec:
        total, found = self._run(both([query, self._compile(part.body["query"])]), _below(spec))
        return {"doc_count": total, **found}

    def _graft(self, query: Query, path: list[Aggregation], spec: Spec, found: Spec) -> None:
        """Puts the `filter`s below buckets where they belong: the same buckets are counted again
        over the narrowed query."""
        last = path[-1]
        for inner in last.filters:
            below = _below(_below(spec)[inner.name])
            narrowed = both([query, self._compile(inner.body["query"])])
            keys = _keys_at(found, path)
            chain = below
            for part in reversed(path):
                chain = {part.name: _again(part, keys[part.name], chain)}
            _, counted = self._run(narrowed, chain)
            _, nothing = self._run(Query.empty_query(), below)
            _put(found, counted, [part.name for part in path], inner.name, nothing)
        for part in last.parts:
            self._graft(query, [*path, part], _below(spec)[part.name], found)

    # composite ----------------------------------------------------------------------------------

    def _composite(self, query: Query, part: Aggregation, below: Spec) -> Spec:
        """Groups over several sources, by their keys, a page at a time."""
        names: list[str] = []
        signs: list[bool] = []
        chain = below
        for source in reversed(part.body["sources"]):
            ((name, spec),) = source.items()
            ((kind, body),) = spec.items()
            body = dict(body)
            signs.insert(0, body.pop("order", "asc") == "desc")
            names.insert(0, name)
            if kind == "terms":
                body |= {"size": MOST, "order": {"_key": "asc"}}
            chain = {f"\x1f{name}": {kind: body, "aggs": chain}}
        _, nested = self._run(query, chain)
        rows: list[Spec] = []
        _flatten(nested, names, {}, rows)
        for name, backwards in reversed(list(zip(names, signs, strict=True))):
            rows.sort(key=_by_key(name), reverse=backwards)
        if after := part.body.get("after"):
            rows = [row for row in rows if _passed(row["key"], after, names, signs)]
        page = rows[: int(part.body.get("size", 10))]
        answer: Spec = {"buckets": page}
        return {"after_key": page[-1]["key"], **answer} if page else answer


def _below(spec: Spec) -> Spec:
    return spec.get("aggs") or spec.get("aggregations") or {}


def _again(part: Aggregation, keys: set[Any], below: Spec) -> Spec:
    """A bucket aggregation that counts just the buckets that there are."""
    body = dict(part.body)
    if part.kind == "terms":
        body |= {"size": MOST, "order": {"_key": "asc"}}
        # tantivy never includes what stands for "missing": it is no word of the index
        if part.column in TEXTS and keys and body.get("missing") not in keys:
            body["include"] = sorted(keys)
            body.pop("exclude", None)
    elif part.kind == "date_histogram":
        body["edges"] = part.edges
    return {part.kind: body, "aggs": below}


def _put(found: Spec, counted: Spec, path: list[str], name: str, nothing: Spec) -> None:
    first, *rest = path
    known = {bucket["key"]: bucket for bucket in counted.get(first, {}).get("buckets", ())}
    for bucket in found[first]["buckets"]:
        again = known.get(bucket["key"], {})
        if rest:
            _put(bucket, again, rest, name, nothing)
        else:
            inner = {key: again[key] for key in nothing if key in again}
            bucket[name] = {"doc_count": again.get("doc_count", 0), **nothing, **inner}


def _flatten(level: Spec, names: list[str], key: Spec, rows: list[Spec]) -> None:
    first, *rest = names
    for bucket in level[f"\x1f{first}"]["buckets"]:
        if not bucket["doc_count"]:
            continue
        whole = {**key, first: bucket["key"]}
        if rest:
            _flatten(bucket, rest, whole, rows)
        else:
            inner = {name: bucket[name] for name in bucket if name not in ("key", "key_as_string")}
            rows.append({"key": whole, **inner})


def _by_key(name: str) -> Callable[[Spec], Any]:
    return lambda row: row["key"][name]


def _passed(key: Spec, after: Spec, names: list[str], signs: list[bool]) -> bool:
    for name, backwards in zip(names, signs, strict=True):
        if key[name] != after[name]:
            return bool(key[name] < after[name]) == backwards
    return False


def _keys_at(found: Spec, path: Iterable[Aggregation]) -> dict[str, set[Any]]:
    """The keys of the buckets along a path of aggregations, by the aggregations' names."""
    keys: dict[str, set[Any]] = {}
    level = [found]
    for part in path:
        buckets = [bucket for one in level for bucket in one[part.name]["buckets"]]
        keys[part.name] = {bucket["key"] for bucket in buckets}
        level = buckets
    return keys
