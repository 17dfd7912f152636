"""What Dashboards asks for a saved visualization: its state, its query and the time range as the
body of a search; and the answer as figures by the keys of their buckets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

Saved = dict[str, Any]
Figures = dict[tuple[Any, ...], tuple[Any, ...]]
CLAUSE = re.compile(r'(not )?([\w.]+) : (\*|"[^"]*"|\((?:"[^"]*"(?: or )?)+\))(?: and |$)')
COUNTS = {"median": "percentiles"}  # type of a visualization → aggregation


def state_of(saved: Saved) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(saved["attributes"]["visState"])
    return state


def source_of(saved: Saved) -> dict[str, Any]:
    text = saved["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"]
    source: dict[str, Any] = json.loads(text)
    return source


def clauses(query: str) -> list[tuple[str, list[str], bool]]:
    """The clauses of a query in Dashboards' language: field, values (none: any), whether it must
    not hold."""
    found, at = [], 0
    for match in CLAUSE.finditer(query):
        assert match.start() == at, query
        found.append((match[2], re.findall(r'"([^"]*)"', match[3]), bool(match[1])))
        at = match.end()
    assert at == len(query), query
    return found


def body(saved: Saved, *, time: str, since: datetime, until: datetime, zone: str) -> dict[str, Any]:
    """The search of a visualization whose index has its time in the field `time`."""
    filters: list[dict[str, Any]] = [
        _clause(*one) for one in clauses(source_of(saved)["query"]["query"])
    ]
    # Both ends are in, to the millisecond.
    ends = {"gte": since, "lte": until - timedelta(milliseconds=1)}
    span = {end: at.isoformat(timespec="milliseconds") for end, at in ends.items()}
    filters.append({"range": {time: {**span, "format": "strict_date_optional_time"}}})
    state = state_of(saved)
    return {
        "size": 0,
        "track_total_hits": True,
        "query": {"bool": {"filter": filters}},
        "aggs": _aggs(state["aggs"], zone),
    }


def _clause(field: str, values: list[str], negated: bool) -> dict[str, Any]:
    asked: dict[str, Any] = {"exists": {"field": field}}
    if values:
        should = [{"match_phrase": {field: value}} for value in values]
        asked = {"bool": {"should": should, "minimum_should_match": 1}}
    return {"bool": {"must_not": asked}} if negated else asked


def metrics_of(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [agg for agg in state["aggs"] if agg["schema"] == "metric"]


def buckets_of(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [agg for agg in state["aggs"] if agg["schema"] != "metric"]


def _aggs(aggs: list[dict[str, Any]], zone: str) -> dict[str, Any]:
    """Buckets in one another, the metrics in the innermost; a metric that orders stands beside."""
    metrics = {agg["id"]: agg for agg in aggs if agg["schema"] == "metric"}
    below = {id: _metric(agg) for id, agg in metrics.items() if agg["type"] != "count"}
    for agg in reversed([agg for agg in aggs if agg["schema"] != "metric"]):
        asked, ordering = _bucket(agg, metrics, zone)
        beside = {id: _metric(metrics[id]) for id in ordering}
        asked["aggs"] = {**beside, **below}
        if not asked["aggs"]:
            del asked["aggs"]
        below = {agg["id"]: asked}
    return below


def _metric(agg: Mapping[str, Any]) -> dict[str, Any]:
    params: dict[str, Any] = {"field": agg["params"]["field"]}
    if agg["type"] == "median":
        params["percents"] = [50]
    return {COUNTS.get(agg["type"], agg["type"]): params}


def _bucket(
    agg: Mapping[str, Any], metrics: Mapping[str, Any], zone: str
) -> tuple[dict[str, Any], list[str]]:
    given, kind = agg["params"], agg["type"]
    field = {"field": given["field"]}
    if kind == "date_histogram":
        assert given["interval"] == "d"
        asked = {
            "calendar_interval": "1d",
            "time_zone": zone,
            "min_doc_count": given["min_doc_count"],
        }
        return {kind: {**field, **asked}}, []
    if kind == "histogram":
        least = 0 if given["min_doc_count"] else 1
        return {kind: {**field, "interval": given["interval"], "min_doc_count": least}}, []
    by, ordering = given["orderBy"], []
    if by != "_key" and metrics[by]["type"] == "count":
        by = "_count"
    elif by != "_key":
        assert metrics[by]["type"] != "median", "Dashboards orders by no median"
        ordering = [by]
    return {kind: {**field, "size": given["size"], "order": {by: given["order"]}}}, ordering


def figures(state: Mapping[str, Any], answer: Mapping[str, Any]) -> Figures:
    """The figures that are drawn, by the keys of their buckets from the outermost."""
    metrics, levels = metrics_of(state), [agg["id"] for agg in buckets_of(state)]

    def read(bucket: Mapping[str, Any], metric: Mapping[str, Any]) -> Any:
        if metric["type"] == "count":
            return bucket["doc_count"]
        value = bucket[metric["id"]]
        return value["values"]["50.0"] if metric["type"] == "median" else value["value"]

    whole = {"doc_count": answer["hits"]["total"]["value"], **answer["aggregations"]}
    return {
        keys: tuple(read(bucket, metric) for metric in metrics)
        for keys, bucket in walk(whole, levels)
    }


def walk(
    bucket: Mapping[str, Any], levels: Iterable[str], keys: tuple[Any, ...] = ()
) -> Iterable[tuple[tuple[Any, ...], Mapping[str, Any]]]:
    """The innermost buckets that hold anything, with the keys of those around them."""
    levels = list(levels)
    if not levels:
        if bucket["doc_count"]:
            yield keys, bucket
        return
    for one in bucket[levels[0]]["buckets"]:
        yield from walk(one, levels[1:], (*keys, one["key"]))
