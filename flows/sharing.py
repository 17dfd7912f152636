"""A run that several workers share: each platform's crawl and each batch of reading is a flow run
of its own, which any worker of the pool takes; the run itself tells stories and analyses.

The run watches its parts (`flows/watching.py`): one whose worker died is started again, and what no
worker takes it does itself.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from datetime import datetime, timedelta
from typing import Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Cancelled

from flows.daily import analyse, read, report, visit
from flows.environment import workspace_here
from flows.watching import Part, clear, share, workers
from vigie.enriching import Enricher
from vigie.errors import Busy
from vigie.leases import held
from vigie.pipeline import Pipeline, unread
from vigie.records import Cursor, Run, SourceRun
from vigie.store import Filters
from vigie.workspace import Workspace

COLLECT, READ = "vigie-collect", "vigie-read"
KEPT = "shared:collect:"  # where a platform's part leaves what it tells the run
TICK = timedelta(microseconds=1)


@flow(name="vigie-run", validate_parameters=False)
async def shared(pool: str, only: Sequence[str] = ()) -> Run | State[Run]:
    """Collects, reads and analyses once, with the workers of a pool; where another run is at work
    it is cancelled."""
    with workspace_here() as workspace:
        pipeline = Pipeline(workspace)
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(held(workspace, "run", pipeline.patience_s))
            except Busy as error:
                return Cancelled(message=str(error))
            await clear(pool)
            started = workspace.clock.now()
            with pipeline.stage("collect"):
                sources = await collect_shared(pipeline, pool, only)
            pipeline.record("collect", started, sources)
            with pipeline.stage("enrich"):
                await read_shared(pipeline, pool)
            pipeline.counts.update(await analyse(pipeline))
            run = pipeline.record("all", started, sources)
            await acreate_markdown_artifact(report(run), key="vigie-run")
            return run


async def collect_shared(pipeline: Pipeline, pool: str, only: Sequence[str]) -> list[SourceRun]:
    """The sources of all platforms, a part each; what their parts counted is added up."""
    from crawlers import names

    told: dict[str, list[SourceRun]] = {}

    def part_of(name: str, here: list[str]) -> Part:
        key = f"{pipeline.run_id}-{uuid.uuid4().hex[:8]}"

        async def alone() -> None:
            told[name] = await visit(pipeline, here)

        async def done() -> None:
            (kept,) = pipeline.store.get([KEPT + name], Cursor)
            if kept is None or kept.value["run"] != key:
                await alone()
                return
            told[name] = [SourceRun.model_validate(one) for one in kept.value["sources"]]
            pipeline.counts.update(kept.value["counts"])

        given = {"platform": name, "only": here, "run": key}
        return Part(f"{COLLECT}/{pool}", f"part:{name}", given, alone, done)

    parts = []
    for name in names():
        here = [one for one in only if one.partition("/")[0] == name] if only else [name]
        if here and pipeline.sources(here):
            parts.append(part_of(name, here))
    await share(parts, pipeline.workspace, at_once=len(parts))
    return [source for name in names() for source in told.get(name, ())]


@flow(name=COLLECT, validate_parameters=False)
async def collect_platform(platform: str, only: Sequence[str], run: str) -> None:
    """A platform's part of a run: its sources, read and stored."""
    with workspace_here() as workspace:
        pipeline = Pipeline(workspace)
        pipeline.run_id = run
        # Over its waits, too: while a platform that is down is left alone, nobody crawls it, and
        # `collect:PLATFORM` is free.
        async with held(workspace, f"part:{platform}", pipeline.patience_s):
            sources = await visit(pipeline, only)
            value: dict[str, Any] = {
                "run": run,
                "sources": [source.model_dump(mode="json") for source in sources],
                "counts": dict(pipeline.counts),
            }
            cursor = Cursor(id=KEPT + platform, value=value, moved_at=workspace.clock.now())
            workspace.store.upsert([cursor])


async def read_shared(pipeline: Pipeline, pool: str) -> None:
    """Reads what nobody has read: where it is more than a worker's batch, and no Dask cluster
    reads, workers read ahead; then the stories are told in order."""
    workspace = pipeline.workspace
    cluster = workspace.watchlist.cluster
    slices = [] if cluster.dask else await asyncio.to_thread(slices_of, workspace, cluster.batch)
    if len(slices) > 1:
        parts = [
            Part(
                f"{READ}/{pool}",
                f"read:{since.isoformat()}",
                {"since": since.isoformat(), "until": until.isoformat()},
                left_to_the_run,
                left_to_the_run,
            )
            for since, until in slices
        ]
        await share(parts, workspace, at_once=await workers(pool))
    with closing(Enricher(workspace)) as enricher:
        ids = await asyncio.to_thread(unread, workspace)
        for start in range(0, len(ids), enricher.batch):
            pipeline.counts["read"] += await read(enricher, ids[start : start + enricher.batch])


async def left_to_the_run() -> None:
    """The run reads itself what no worker has read ahead."""


@flow(name=READ, validate_parameters=False)
async def read_slice(since: str, until: str) -> int:
    """A part of what is unread, read ahead; answers how many posts."""
    begins, ends = datetime.fromisoformat(since), datetime.fromisoformat(until)
    with workspace_here() as workspace:
        patience_s = 1.5 * workspace.watchlist.cluster.lease_s
        try:
            async with held(workspace, f"read:{since}", patience_s):
                with closing(Enricher(workspace)) as enricher:
                    ids = await asyncio.to_thread(unread, workspace, begins, ends)
                    return await asyncio.to_thread(enricher.read_ahead, ids)
        except Busy:
            return 0  # another reads it


def slices_of(workspace: Workspace, size: int) -> list[tuple[datetime, datetime]]:
    """What is unread, cut into spans of time of about `size` posts, the end excluded."""
    times: list[datetime] = []
    for frame in workspace.store.scan(Filters(), ["published_at", "story_id"]):
        times += frame.filter(frame["story_id"].is_null())["published_at"].to_list()
    return spans(times, size)


def spans(times: Sequence[datetime], size: int) -> list[tuple[datetime, datetime]]:
    """Sorted times cut at every `size`; what is of one instant stays together."""
    cuts = sorted({times[at] for at in range(0, len(times), size)})
    ends = [*cuts[1:], times[-1] + TICK] if times else []
    return list(zip(cuts, ends, strict=True))
