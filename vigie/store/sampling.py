"""Metric samples in a search engine: an index a period, an id a sample; of two that have one id the
greater stands, as its version says."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from vigie.records import MetricSample, sample_id
from vigie.store.bulk import Write
from vigie.store.kept import SampleRow
from vigie.store.naming import Names, document_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEVELS = {"exact": 2, "rounded": 1}


def sample_row(sample: MetricSample) -> SampleRow:
    """A sample's row; its time in microseconds, at whole milliseconds as in its id."""
    at = round(sample.captured_at.timestamp() * 1e6) // 1000 * 1000
    return (
        sample.entity, sample.metric, at, sample.value, sample.entity_kind, sample.platform,
        sample.exactness, sample.scope,
    )  # fmt: skip


def sample_of(row: SampleRow) -> MetricSample:
    entity, metric, at, value, entity_kind, platform, exactness, scope = row
    captured = _EPOCH + timedelta(microseconds=at)
    return MetricSample.model_validate(
        {
            "id": sample_id(entity, metric, captured),
            "entity": entity,
            "entity_kind": entity_kind,
            "platform": platform,
            "metric": metric,
            "value": value,
            "captured_at": captured,
            "exactness": exactness,
            "scope": scope,
        }
    )


def row_of(source: Mapping[str, Any]) -> SampleRow:
    """The row of a document."""
    at = round(datetime.fromisoformat(source["captured_at"]).timestamp() * 1e6)
    return (
        source["entity"], source["metric"], at, source["value"], source["entity_kind"],
        source["platform"], source["exactness"], source["scope"],
    )  # fmt: skip


def rank_of(row: SampleRow) -> tuple[bool, bool, float, str]:
    """What orders two samples of one id; the greater stands."""
    return row[6] == "exact", row[6] == "rounded", row[3], row[7]


def version_of(row: SampleRow) -> int:
    """`rank_of` as a version of the engine, 63 bits: exactness, value, scope."""
    bits: int = struct.unpack(">Q", struct.pack(">d", float(row[3])))[0]
    rising = bits ^ (0xFFFFFFFFFFFFFFFF if bits >> 63 else 0x8000000000000000)
    return _LEVELS.get(row[6], 0) << 61 | rising >> 4 << 1 | (row[7] == "public")


def sample_writes(names: Names, rows: Iterable[SampleRow]) -> list[Write]:
    """The writes of samples, by period."""
    writes = []
    for row in rows:
        entity, metric, at, value, entity_kind, platform, exactness, scope = row
        captured = _EPOCH + timedelta(microseconds=at)
        id = sample_id(entity, metric, captured)
        text = captured.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        source = {
            "id": id,
            "entity": entity,
            "entity_kind": entity_kind,
            "platform": platform,
            "metric": metric,
            "value": value,
            "captured_at": text,
            "exactness": exactness,
            "scope": scope,
        }
        version = version_of(row)
        index = names.metrics_of(text)
        writes.append(Write(index, document_id(id), orjson.dumps(source), version=version))
    return sorted(writes, key=lambda one: one.index)
