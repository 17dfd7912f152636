"""The run as a flow: a task per platform and per batch that is read, and the run's report."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE

from flows.environment import workspace_here
from vigie.enriching import Enricher
from vigie.errors import SourceError
from vigie.health import passes
from vigie.pipeline import Pipeline, quiet, unread
from vigie.records import Run, SourceRun
from vigie.workspace import Workspace

COLLECT_S = 1800  # a platform's crawl ends by itself before (`limit_s` of `vigie.crawl`)
READ_AGAIN_S = 5


class Down(SourceError):
    """No source of a platform answered, for a reason that may pass: it is asked again later."""

    def __init__(self, sources: Sequence[SourceRun]) -> None:
        super().__init__(sources[0].reason or sources[0].state, where=sources[0].platform)
        self.sources = sources


@task(cache_policy=NO_CACHE, timeout_seconds=COLLECT_S)
async def collect(pipeline: Pipeline, only: Sequence[str]) -> Sequence[SourceRun]:
    sources = await pipeline.visit(only)
    if sources and all(source.state == "broken" and passes(source.reason) for source in sources):
        raise Down(sources)
    return sources


@task(cache_policy=NO_CACHE, retries=1, retry_delay_seconds=READ_AGAIN_S)
async def read(enricher: Enricher, ids: Sequence[str]) -> int:
    return await asyncio.to_thread(enricher.read_ids, ids, quiet)


@task(cache_policy=NO_CACHE)
async def analyse(pipeline: Pipeline) -> dict[str, int]:
    return await pipeline.analyse()


@flow(name="vigie-run", validate_parameters=False)
async def daily(folder: str, only: Sequence[str] = ()) -> Run:
    """Collects, reads and analyses once in a workspace; the same as `vigie run`."""
    with Workspace.open(Path(folder)) as workspace, workspace.alone("run"):
        pipeline = Pipeline(workspace)
        started = workspace.clock.now()
        with pipeline.stage("collect"):
            sources = await visit(pipeline, only)
        pipeline.record("collect", started, sources)
        with pipeline.stage("enrich"), closing(Enricher(workspace)) as enricher:
            ids = await asyncio.to_thread(unread, workspace)
            for start in range(0, len(ids), enricher.batch):
                part = ids[start : start + enricher.batch]
                pipeline.counts["read"] += await read(enricher, part)
        pipeline.counts.update(await analyse(pipeline))
        run = pipeline.record("all", started, sources)
        await acreate_markdown_artifact(report(run), key="vigie-run")
        return run


async def visit(pipeline: Pipeline, only: Sequence[str]) -> list[SourceRun]:
    """The sources of all platforms, a task each. One that is down is asked again after a while, as
    the watchlist's schedule says; it holds up no other."""
    from crawlers import names

    delays = pipeline.workspace.watchlist.schedule.again_after_s
    tasks = []
    for name in names():
        here = [one for one in only if one.partition("/")[0] == name] if only else [name]
        if here:
            named = collect.with_options(
                name=f"collect {name}", retries=len(delays), retry_delay_seconds=list(delays)
            )
            tasks.append(named(pipeline, here))
    sources: list[SourceRun] = []
    for visited in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(visited, BaseException) and not isinstance(visited, Down):
            raise visited
        sources += visited.sources if isinstance(visited, Down) else visited
    return sources


@flow(name="vigie-briefing", validate_parameters=False)
async def weekly(folder: str = "") -> list[str]:
    """Writes the briefing of the last full week, and what the watchlist delivers with it; in this
    worker's workspace where no folder is named."""
    from vigie.delivering import deliver_week

    with Workspace.open(Path(folder)) if folder else workspace_here() as workspace:
        written = await asyncio.to_thread(deliver_week, workspace)
        names = [str(path) for path in written]
        told = "\n".join(f"- `{name}`" for name in names)
        await acreate_markdown_artifact(told, key="vigie-briefing")
        return names


def report(run: Run) -> str:
    """A run's report as Markdown: counts, and every source that gave less than it should."""
    states = Counter(source.state for source in run.sources)
    lines = [f"## {run.started_at:%Y-%m-%d %H:%M} UTC", ""]
    lines += [f"- {state}: {number}" for state, number in sorted(states.items())]
    lines += ["", "| figure | value |", "|---|---|"]
    lines += [f"| {key} | {value} |" for key, value in sorted(run.counts.items())]
    lines += [f"| {stage}, s | {seconds:.1f} |" for stage, seconds in run.seconds.items()]
    troubled = [one for one in run.sources if one.state not in ("ok", "empty")]
    if troubled:
        lines += ["", "| source | state | reason |", "|---|---|---|"]
        lines += [_row(source) for source in troubled]
    return "\n".join(lines)


def _row(source: SourceRun) -> str:
    cells = (source.key, source.state, source.reason or "–")
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _plain(cell: str) -> str:
    """Text that came from outside, without what Markdown or HTML would read in it."""
    cell = " ".join(cell.split()).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{sign}" if sign in "\\`*_[]|" else sign for sign in cell)
