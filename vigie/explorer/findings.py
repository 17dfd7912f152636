"""The findings of the last run, kept in memory for a few seconds: pages render them, filtered."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import TypeVar

from vigie.insights.drift import Change, find, standing
from vigie.insights.questions import Question
from vigie.records import (
    Alert,
    Annotation,
    Benchmark,
    Budget,
    Influencer,
    Run,
    SourceRun,
    Trend,
)
from vigie.store import Filters, Store
from vigie.workspace import Workspace

DAY = timedelta(days=1)  # the sources of a run are read after it began
ANALYSES = ("analyse", "all")


@dataclass(frozen=True)
class Findings:
    """What the runs left: the last one's trends, people and benchmarks; all runs' alerts."""

    runs: tuple[Run, ...] = ()  # oldest first
    trends: tuple[Trend, ...] = ()
    alerts: tuple[Alert, ...] = ()  # newest first
    influencers: tuple[Influencer, ...] = ()
    benchmarks: tuple[Benchmark, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    budgets: tuple[Budget, ...] = ()
    sources: dict[str, SourceRun] = field(default_factory=dict)  # key → its last run
    changes: tuple[Change, ...] = ()  # of the shape of answers, that last
    questions: tuple[Question, ...] = ()  # that wait for an answer of the own brand
    networks: tuple[str, ...] = ()  # of which there are posts, the fullest first
    posts: int = 0  # in the store

    @property
    def analysis(self) -> Run | None:
        """The last finished run that looked for findings."""
        done = (run for run in reversed(self.runs) if run.kind in ANALYSES and run.ended_at)
        return next(done, None)

    @property
    def going(self) -> Run | None:
        """The run in progress."""
        last = self.runs[-1] if self.runs else None
        return last if last and last.ended_at is None else None

    @cached_property
    def open_alerts(self) -> tuple[Alert, ...]:
        """What still burns, the most severe first; outages are told by the sources."""
        burning = (a for a in self.alerts if a.ended_at is None and a.status in ("open", "seen"))
        return tuple(sorted(burning, key=lambda a: (-a.severity, a.started_at)))

    @cached_property
    def troubled(self) -> tuple[SourceRun, ...]:
        """Sources that need attention."""
        return tuple(
            source
            for _, source in sorted(self.sources.items())
            if source.state in ("broken", "rate_limited", "skipped")
        )

    def trend(self, id: str) -> Trend | None:
        return next((trend for trend in self.trends if trend.id == id), None)

    def alert(self, id: str) -> Alert | None:
        return next((alert for alert in self.alerts if alert.id == id), None)

    def person(self, id: str) -> Influencer | None:
        return next((person for person in self.influencers if person.id == id), None)

    def posts_of(self, finding: tuple[str, str] | None) -> tuple[str, ...]:
        """The posts of a trend or an alert; none where it is unknown."""
        if finding is None:
            return ()
        kind, id = finding
        found = self.trend(id) if kind == "trend" else self.alert(id)
        return found.post_ids if found else ()


R = TypeVar("R", Trend, Influencer, Benchmark)


def _of_run(records: Iterable[R], run: Run | None) -> list[R]:
    return [record for record in records if run is None or record.run_id == run.id]


def read_findings(store: Store) -> Findings:
    """All findings of the store, those of an earlier analysis left out."""
    runs = tuple(sorted(store.all(Run), key=lambda run: (run.started_at, run.id)))
    sources = {source.key: source for run in runs for source in run.sources}
    last = Findings(runs=runs).analysis
    collected = [run for run in runs if run.kind == "collect"]
    ended = max((run.started_at for run in collected), default=None)
    changes = standing(find(collected, ended + DAY)) if ended else []
    counted = store.aggregate(
        "*", Filters(), {"network": {"terms": {"field": "platform", "size": 30}}}
    )
    return Findings(
        runs=runs,
        networks=tuple(bucket["key"] for bucket in counted["aggs"]["network"]["buckets"]),
        posts=int(counted["total"]),
        trends=tuple(
            sorted(_of_run(store.all(Trend), last), key=lambda trend: (-trend.score, trend.id))
        ),
        alerts=tuple(sorted(store.all(Alert), key=lambda a: (a.started_at, a.id), reverse=True)),
        influencers=tuple(
            sorted(_of_run(store.all(Influencer), last), key=lambda p: (-p.score, p.id))
        ),
        benchmarks=tuple(_of_run(store.all(Benchmark), last)),
        annotations=tuple(sorted(store.all(Annotation), key=lambda note: note.at)),
        budgets=tuple(store.all(Budget)),
        sources=sources,
        changes=tuple(changes),
    )


def waiting(workspace: Workspace) -> tuple[Question, ...]:
    """The questions to the own brands that nobody answered in public, as of now."""
    import polars as pl

    from vigie.insights.frames import POSTS
    from vigie.insights.questions import LOOKBACK, unanswered

    own = workspace.watchlist.own
    if not own:
        return ()
    now = workspace.clock.now()
    ids = tuple(brand.id for brand in own)
    handles = [name for brand in own for many in brand.accounts.values() for name in many]
    called = " OR ".join(f'mention:"{handle}"' for handle in handles if '"' not in handle)
    since = now - LOOKBACK
    asked = [("*", Filters(since=since, brands=ids)), ("*", Filters(since=since, owners=ids))]
    if called:
        asked.append((called, Filters(since=since)))
    frames = [
        frame
        for query, filters in asked
        for frame in workspace.store.scan(filters, list(POSTS), query=query)
    ]
    if not frames:
        return ()
    posts = pl.concat(frames).unique("id", maintain_order=True)
    return tuple(unanswered(posts, now=now, brands=own))


class KeptFindings:
    """Reads the findings again when they are older than `seconds`; the questions that wait for an
    answer, which are looked for in posts, only after a new run."""

    def __init__(self, workspace: Workspace, seconds: float = 5.0) -> None:
        self._workspace = workspace
        self._seconds = seconds
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._kept = Findings()
        self._questions: tuple[Question, ...] = ()

    def now(self) -> Findings:
        with self._lock:
            if time.monotonic() - self._read_at > self._seconds:
                found = read_findings(self._workspace.store)
                if self._kept.runs != found.runs or self._kept.posts != found.posts:
                    self._questions = waiting(self._workspace)
                self._kept = replace(found, questions=self._questions)
                self._read_at = time.monotonic()
            return self._kept
