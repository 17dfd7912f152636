"""Aggregations that a search engine computes itself: our subset of its DSL in, the same shapes out
as from the embedded store.

Names of fields are put in the engine's, `filter` gets its query compiled, and groups are asked for
so widely that counts are exact over several shards; where the engine cannot promise that, it is
asked again more widely. Dates are counted in microseconds where they are figures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from vigie.errors import StoreError
from vigie.store.aggregations import BUCKETS, DATES, Spec, instant, of
from vigie.store.calendar import edges, zone_of
from vigie.store.documents import engine_name
from vigie.store.engine import FULL, Engine, Refused
from vigie.store.index import FLAGS
from vigie.store.searching import ALIASES
from vigie.store.walking import WHOLE

WIDTHS = (2_000, 50_000)  # groups that each shard gives at least; the second where counts may err
COUNTED = 40_000  # distinct values that are told one by one
COMPRESSION = 2_000  # of percentiles: centroids
_SIGNS = re.compile(r"""[.?+*|{}\[\]()"\\#@&<>~^$-]""")  # of Lucene's expressions
Ask = Callable[[str], dict[str, Any]]  # a query of our language, compiled


def aggregate(engine: Engine, index: str, query: dict[str, Any], aggs: Spec, compile: Ask) -> Spec:
    """`{"total": n, "aggs": {…}}` of the posts that a query finds. Raises StoreError."""
    for part in of(aggs, lambda field: None, 0):
        part.check()
    answer: Spec = {}
    for width in WIDTHS:
        body = {
            "size": 0,
            "track_total_hits": True,
            "query": query,
            "aggs": _asked(aggs, compile, width),
        }
        try:
            answer = engine.request("POST", f"/{index}/_search", params=WHOLE, body=body)
        except Refused as error:
            full = FULL in error.what
            told = "too many buckets" if full else error.what
            raise StoreError(f"aggregation: {told}", do="narrow the question") from error
        found = _read_all(aggs, answer.get("aggregations", {}))
        if not _errs(found):
            break
    return {"total": answer["hits"]["total"]["value"], "aggs": found}


def _below(spec: Spec) -> Spec:
    return spec.get("aggs") or spec.get("aggregations") or {}


def _kind(spec: Spec) -> tuple[str, Spec]:
    ((kind, body),) = ((key, spec[key]) for key in spec if key not in ("aggs", "aggregations",
                                                                       "meta"))  # fmt: skip
    return kind, body


def _column(body: Spec) -> str:
    field: str = body["field"]
    return ALIASES.get(field, field)


def _asked(aggs: Spec, compile: Ask, width: int) -> Spec:
    return {name: _one(spec, compile, width) for name, spec in aggs.items()}


def _one(spec: Spec, compile: Ask, width: int) -> Spec:
    kind, body = _kind(spec)
    below = _below(spec)
    inner = {"aggs": _asked(below, compile, max(width // 20, 100))} if below else {}
    if kind == "filter":
        return {"filter": compile(body["query"]), **inner}
    if kind == "composite":
        sources = [_source(source) for source in body["sources"]]
        asked: Spec = {"size": body.get("size", 10), "sources": sources}
        if "after" in body:
            asked["after"] = {name: _after(sources, name, body["after"][name]) for name in
                              body["after"]}  # fmt: skip
        return {"composite": asked, **inner}
    asked = {**body, "field": engine_name(_column(body))}
    if kind == "terms":
        asked["shard_size"] = int(body.get("size", 10)) + width
        order = asked.get("order", {"_count": "desc"})
        if isinstance(order, list):
            asked["order"] = order[0]
        kinds = {type(asked[name]) for name in ("include", "exclude") if name in asked}
        if len(kinds) == 2:  # Elasticsearch takes two expressions or two lists
            for name in ("include", "exclude"):
                if isinstance(asked[name], list):
                    asked[name] = "|".join(_SIGNS.sub(r"\\\g<0>", one) for one in asked[name])
        if "missing" in asked and _column(body) in FLAGS:
            asked["missing"] = bool(asked["missing"])
    elif kind == "date_histogram":
        _check(asked)
        asked["field"] = _column(body)  # by the calendar of the engine
        if bounds := asked.get("extended_bounds"):
            asked["extended_bounds"] = {
                end: instant(value) // 1000 for end, value in bounds.items()
            }
    elif kind == "cardinality":
        asked["precision_threshold"] = COUNTED
    elif kind == "percentiles":
        asked["tdigest"] = {"compression": COMPRESSION}
    return {kind: asked, **inner}


def _check(body: Spec) -> None:
    zone = zone_of(body.get("time_zone", "UTC"))
    edges(0, 0, zone, calendar=body.get("calendar_interval"), fixed=body.get("fixed_interval"))
    if body.get("calendar_interval") == "quarter":
        body["calendar_interval"] = "1q"


def _source(source: Spec) -> Spec:
    ((name, spec),) = source.items()
    kind, body = _kind(spec)
    asked = {**body, "field": engine_name(_column(body))}
    if kind == "date_histogram":
        _check(asked)
        asked["field"] = _column(body)
    return {name: {kind: asked}}


def _after(sources: list[Spec], name: str, value: Any) -> Any:
    ((_, spec),) = ((key, part) for source in sources for key, part in source.items()
                    if key == name)  # fmt: skip
    _, body = _kind(spec)
    return bool(value) if body["field"] in FLAGS else value


def _read_all(aggs: Spec, answer: Spec) -> Spec:
    return {name: _read(spec, answer[name]) for name, spec in aggs.items()}


def _read(spec: Spec, raw: Spec) -> Spec:
    kind, body = _kind(spec)
    below = _below(spec)
    if kind == "filter":
        return {"doc_count": raw["doc_count"], **_read_all(below, raw)}
    if kind not in BUCKETS:
        return _figure(kind, body, raw)
    read: Spec = {
        key: raw[key] for key in ("doc_count_error_upper_bound", "sum_other_doc_count")
        if key in raw
    }  # fmt: skip
    if kind == "composite":
        buckets = [
            {"key": _plain(one["key"]), "doc_count": one["doc_count"], **_read_all(below, one)}
            for one in raw["buckets"]
        ]
        return {"after_key": buckets[-1]["key"], "buckets": buckets} if buckets else {"buckets": []}
    read["buckets"] = [_bucket(kind, body, below, one) for one in raw["buckets"]]
    return read


def _bucket(kind: str, body: Spec, below: Spec, raw: Spec) -> Spec:
    key: Spec = {name: raw[name] for name in ("key", "key_as_string", "from", "to") if name in raw}
    if kind == "terms" and _column(body) in DATES:
        key = {"key": int(raw["key"]) // 1000}
    elif kind == "terms" and _column(body) not in FLAGS:
        key.pop("key_as_string", None)
    return {**key, "doc_count": raw["doc_count"], **_read_all(below, raw)}


def _plain(key: Spec) -> Spec:
    return {name: int(value) if isinstance(value, bool) else value for name, value in key.items()}


def _figure(kind: str, body: Spec, raw: Spec) -> Spec:
    if kind in ("value_count", "cardinality"):
        return {"value": int(raw["value"])}
    if kind == "percentiles":
        return {"values": {key: value for key, value in raw["values"].items()
                           if not key.endswith("_as_string")}}  # fmt: skip
    names = ("count", "min", "max", "avg", "sum") if kind == "stats" else ("value",)
    read = {name: raw[name] for name in names}
    if kind == "stats" and not read["count"]:
        read |= {"min": None, "max": None, "avg": None}
    if _column(body) in DATES:
        return {
            key: value if value is None or key == "count" else value / 1000
            for key, value in read.items()
        }
    return read


def _errs(found: Any) -> bool:
    """Whether a count somewhere in an answer may be too low."""
    return any(error != 0 for error in _errors(found))


def _errors(found: Any) -> Iterator[int]:
    if isinstance(found, dict):
        if "doc_count_error_upper_bound" in found:
            yield found["doc_count_error_upper_bound"]
        for value in found.values():
            yield from _errors(value)
    elif isinstance(found, list):
        for value in found:
            yield from _errors(value)
