"""The run as a flow: one task per platform, one per step after it, a report as an artifact."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact

from vigie.pipeline import Pipeline
from vigie.records import Run, SourceRun
from vigie.workspace import Workspace

RETRIES = [60.0, 300.0]  # seconds; a platform that is down for minutes is no reason to lose an hour


@task(retries=len(RETRIES), retry_delay_seconds=RETRIES, timeout_seconds=3600)
async def collect(pipeline: Pipeline, platform: str) -> Run:
    return await pipeline.collect((platform,))


@task
async def enrich(pipeline: Pipeline) -> int:
    return await pipeline.enrich()


@task
async def analyse(pipeline: Pipeline) -> dict[str, int]:
    return await pipeline.analyse()


@flow(name="vigie-run", log_prints=False)
async def daily(folder: str, only: tuple[str, ...] = ()) -> Run:
    """Collect, enrich, analyse once in a workspace; the same as `vigie run`."""
    from crawlers import names

    with Workspace.open(Path(folder)) as workspace, workspace.alone("run"):
        pipeline = Pipeline(workspace)
        started = workspace.clock.now()
        wanted = [name for name in names() if not only or name in only]
        runs = await asyncio.gather(
            *(collect.with_options(name=f"collect {name}")(pipeline, name) for name in wanted)
        )
        pipeline.counts["read"] = await enrich(pipeline)
        pipeline.counts.update(await analyse(pipeline))
        sources = [source for run in runs for source in run.sources]
        done = pipeline.record("all", started, sources)
        await acreate_markdown_artifact(report(done), key="vigie-run")
        return done


@flow(name="vigie-briefing", log_prints=False)
async def weekly(folder: str) -> list[str]:
    """The briefing of the last full week, in French and English."""
    from vigie import briefing
    from vigie.cli.publish import last_week

    with Workspace.open(Path(folder)) as workspace:
        written = await asyncio.to_thread(
            briefing.publish,
            workspace,
            week=last_week(workspace),
            formats=["html", "md"],
            languages=("fr", "en"),
            folder=workspace.data / "briefings",
        )
        return [str(path) for path in written]


def report(run: Run) -> str:
    """A run's report as Markdown: counts, and every source that gave less than it should."""
    states = Counter(source.state for source in run.sources)
    lines = [f"## {run.started_at:%Y-%m-%d %H:%M} UTC", ""]
    lines += [f"- {state}: {number}" for state, number in sorted(states.items())]
    lines += ["", "| figure | value |", "|---|---|"]
    lines += [f"| {key} | {value} |" for key, value in sorted(run.counts.items())]
    troubled = [one for one in run.sources if one.state not in ("ok", "empty")]
    if troubled:
        lines += ["", "| source | state | reason |", "|---|---|---|"]
        lines += [_row(source) for source in troubled]
    return "\n".join(lines)


def _row(source: SourceRun) -> str:
    cells = (source.key, source.state, source.reason or "")
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
