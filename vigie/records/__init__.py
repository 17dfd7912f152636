"""The records that pass between the parts: frozen, closed, times in UTC, ids as text.

A field that an observation does not carry is None, never 0 and never "": merging
(`vigie/merging.py`) then leaves what an earlier observation gave.
"""

from __future__ import annotations

from vigie.records.findings import (
    OPERATIONAL,
    Alert,
    Benchmark,
    Influencer,
    Interval,
    Trend,
)
from vigie.records.parts import Count, Part, Record, Time
from vigie.records.posts import (
    Account,
    Author,
    BrandSentiment,
    Counts,
    Enrichment,
    Entity,
    Label,
    Media,
    MetricSample,
    Origin,
    Post,
    PostKind,
    Sentiment,
    Source,
    State,
    Tombstone,
    sample_id,
    samples_of,
)
from vigie.records.work import (
    Annotation,
    Budget,
    Correction,
    Cursor,
    DailyCount,
    Run,
    ShortlistState,
    SourceRun,
)

RECORDS: dict[str, type[Record]] = {
    kind.record_kind: kind
    for kind in (
        Post, Enrichment, Account, MetricSample, Tombstone, Trend, Alert, Influencer, Benchmark,
        Run, Cursor, Budget, Correction, Annotation, ShortlistState, DailyCount,
    )
}  # fmt: skip

__all__ = [
    "OPERATIONAL",
    "RECORDS",
    "Account",
    "Alert",
    "Annotation",
    "Author",
    "Benchmark",
    "BrandSentiment",
    "Budget",
    "Correction",
    "Count",
    "Counts",
    "Cursor",
    "DailyCount",
    "Enrichment",
    "Entity",
    "Influencer",
    "Interval",
    "Label",
    "Media",
    "MetricSample",
    "Origin",
    "Part",
    "Post",
    "PostKind",
    "Record",
    "Run",
    "Sentiment",
    "ShortlistState",
    "Source",
    "SourceRun",
    "State",
    "Time",
    "Tombstone",
    "Trend",
    "sample_id",
    "samples_of",
]
