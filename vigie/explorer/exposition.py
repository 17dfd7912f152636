"""`/metrics`: what Prometheus asks for. Figures of the store and of its last runs; no word of a
post, no key. docs/operate.md says what to watch."""

from __future__ import annotations

import platform
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response

from vigie import __version__
from vigie.backfills import standings
from vigie.explorer.desk import Site
from vigie.explorer.findings import Findings
from vigie.masking import mask_url
from vigie.records import Run, SourceRun
from vigie.store import Filters, Store
from vigie.workspace import Workspace

STATES: tuple[str, ...] = get_args(SourceRun.model_fields["state"].annotation)
EVERY = Filters(states=("live", "deleted", "withheld"))
PARTS = ("landing", "store", "quarantine")
_URL = re.compile(r"https?://\S+")


def metrics(request: Request, site: Site) -> Response:
    """The exposition, as text or as OpenMetrics, whichever the scraper prefers."""
    encode, kind = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(Exposition(site)), headers={"content-type": kind})


class Exposition:
    """All families as of now; `collect` is what the encoders of prometheus_client ask for."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def collect(self) -> Iterator[Metric]:
        workspace, findings = self.site.workspace, self.site.findings.now()
        yield from built(workspace)
        yield from of_posts(self.site.store)
        yield from of_sources(findings)
        yield from of_runs(findings, workspace)
        yield from of_budgets(findings)
        yield from of_disk(workspace)


def built(workspace: Workspace) -> Iterator[Metric]:
    info = InfoMetricFamily("vigie_build", "What answers")
    engine = workspace.watchlist.store.engine
    python = platform.python_version()
    info.add_metric([], {"version": __version__, "engine": engine, "python": python})
    yield info


def of_posts(store: Store) -> Iterator[Metric]:
    states = {"terms": {"field": "state", "size": 5}}
    asked = {"network": {"terms": {"field": "platform", "size": 50}, "aggs": {"state": states}}}
    answered = store.aggregate("*", EVERY, asked)
    posts = _gauge("vigie_posts", "Posts in the store", "platform", "state")
    for network in answered["aggs"]["network"]["buckets"] if answered["aggs"] else ():
        for state in network["state"]["buckets"]:
            posts.add_metric([network["key"], state["key"]], state["doc_count"])
    yield posts
    done = _gauge("vigie_backfill_done", "How far a piece of long work is", "what")
    total = _gauge("vigie_backfill_size", "How much a piece of long work is", "what")
    for one in standings(store):
        done.add_metric([one.what], one.done)
        total.add_metric([one.what], one.total)
        if one.what == "read":
            unread = _gauge("vigie_posts_unread", "Posts that no reader has read yet")
            unread.add_metric([], one.total - one.done)
            yield unread
    yield done
    yield total


def of_sources(findings: Findings) -> Iterator[Metric]:
    names = ("platform", "source")
    state = _gauge("vigie_source_state", "1: the state of a source's last visit", *names, "state")
    success = _gauge(
        "vigie_source_last_success_timestamp_seconds", "When a source last gave what it should",
        *names,
    )  # fmt: skip
    items = _gauge("vigie_source_items", "Posts and accounts that its last visit gave", *names)
    unknown = _gauge(
        "vigie_source_drift",
        "Unknown, missing and retyped fields of its last visit",
        *names,
    )
    for key, source in sorted(findings.sources.items()):
        if key.partition("/")[2].startswith(
            "refresh/"
        ):  # posts that are read again: others each time
            continue
        labels = [source.platform, _URL.sub(lambda found: mask_url(found[0]), key)]
        for one in STATES:
            state.add_metric([*labels, one], float(one == source.state))
        if source.last_success_at:
            success.add_metric(labels, source.last_success_at.timestamp())
        items.add_metric(labels, source.items)
        drift = (
            *source.unknown_fields.values(),
            *source.missing_fields.values(),
            *source.retyped_fields.values(),
        )
        unknown.add_metric(labels, sum(drift))
    yield from (state, success, items, unknown)


def of_runs(findings: Findings, workspace: Workspace) -> Iterator[Metric]:
    last: dict[str, Run] = {run.kind: run for run in findings.runs if run.ended_at}
    counted = CounterMetricFamily("vigie_runs", "Runs that the store knows", labels=["kind"])
    for kind, number in sorted(Counter[str](run.kind for run in findings.runs).items()):
        counted.add_metric([kind], number)
    yield counted
    ended = _gauge("vigie_run_end_timestamp_seconds", "When the last run of a kind ended", "kind")
    for kind, run in sorted(last.items()):
        ended.add_metric([kind], _seconds(run.ended_at))
    yield ended
    stages = _gauge("vigie_stage_seconds", "How long a stage took in the last run", "stage")
    for stage, spent in sorted(
        {k: v for run in findings.runs for k, v in run.seconds.items()}.items()
    ):
        stages.add_metric([stage], spent)
    yield stages
    new = CounterMetricFamily("vigie_posts_collected", "New posts of all runs")
    kinds = ("collect", "import")
    fresh = sum(run.counts.get("new_post", 0) for run in findings.runs if run.kind in kinds)
    new.add_metric([], fresh)
    yield new
    working = _gauge("vigie_run_at_work", "1: a run is at work on this machine")
    working.add_metric([], float(workspace.at_work("run")))
    yield working
    alerts = _gauge("vigie_alerts_open", "Alerts that nobody has closed")
    alerts.add_metric([], len(findings.open_alerts))
    yield alerts


def of_budgets(findings: Findings) -> Iterator[Metric]:
    spent = _gauge("vigie_budget_spent", "Spent of a bucket on its last day", "bucket", "unit")
    last = {budget.bucket: budget for budget in sorted(findings.budgets, key=lambda one: one.day)}
    for bucket, budget in sorted(last.items()):
        for unit in ("calls", "units", "money"):
            spent.add_metric([bucket, unit], getattr(budget, unit))
    yield spent


def of_disk(workspace: Workspace) -> Iterator[Metric]:
    used = _gauge("vigie_disk_bytes", "Bytes of a part of the workspace", "part")
    for part in PARTS:
        used.add_metric([part], size_of(workspace.data / part))
    yield used
    free = _gauge("vigie_disk_free_bytes", "Bytes that are free where the workspace lies")
    free.add_metric([], shutil.disk_usage(workspace.dir).free)
    yield free
    quarantined = _gauge("vigie_quarantined", "Answers in quarantine", "platform")
    for folder in sorted((workspace.data / "quarantine").glob("*")):
        quarantined.add_metric([folder.name], sum(1 for _ in folder.glob("*.json")))
    yield quarantined


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder; those that go meanwhile are left out."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def _gauge(name: str, told: str, *labels: str) -> Any:
    return GaugeMetricFamily(name, told, labels=labels)


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
