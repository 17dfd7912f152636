"""The findings of the last analysis, as the surfaces read them."""

from __future__ import annotations

from typing import TypeVar

from vigie.records import Alert, Benchmark, Influencer, Record, Run, SourceRun, Trend
from vigie.store import Store

F = TypeVar("F", Trend, Alert, Influencer, Benchmark)


def last_analysis(store: Store) -> Run | None:
    """The last run that analysed; None before the first."""
    runs = [run for run in store.all(Run) if run.kind == "analyse"]
    return max(runs, key=lambda run: (run.started_at, run.id), default=None)


def latest(store: Store, kind: type[F]) -> list[F]:
    """The findings of a kind that the last analysis left, best first."""
    run = last_analysis(store)
    if run is None:
        return []
    found = [finding for finding in store.all(kind) if finding.run_id == run.id]
    return sorted(found, key=_rank)


def _rank(finding: Record) -> tuple[float, str]:
    if isinstance(finding, Trend | Influencer):
        return -finding.score, finding.id
    if isinstance(finding, Alert):
        return -float(finding.severity), finding.id
    return 0.0, finding.id


def source_runs(store: Store) -> list[SourceRun]:
    """Every visit of a source, in the order of the runs."""
    runs = [run for run in store.all(Run) if run.kind in ("collect", "all")]
    return [
        source for run in sorted(runs, key=lambda run: run.started_at) for source in run.sources
    ]
