"""Watching flow runs that other machines do: Prefect itself does not notice that a worker died.

Whoever works holds a lease, which lapses when its machine dies. So a flow run that is said to run
and whose lease nobody holds is dead, whatever the server believes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import anyio
import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType, WorkerStatus
from prefect.deployments.flow_runs import arun_deployment
from prefect.exceptions import PrefectHTTPStatusError
from prefect.states import Cancelled, Cancelling, Crashed

from vigie.leases import free
from vigie.workspace import Workspace

log = logging.getLogger("vigie.flows")
POLL_S = 2.0  # the server tells nobody that a run ends; asked once for all parts
TAKE_S = 60.0  # what no worker takes for so long is done by the run itself
BOOT_S = 60.0  # for a worker's process to be there, at least
SETTLE_S = 5.0
TRIES = 3
GOING = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)
LEASES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {  # by flow: what its run holds
    "vigie-run": lambda given: "run",
    "vigie-collect": lambda given: f"part:{given['platform']}",
    "vigie-read": lambda given: f"read:{given['since']}",
}


@dataclass(frozen=True)
class Part:
    """Work for whichever worker takes it: a deployment, the lease that it holds meanwhile, what it
    is given; how to do it without a worker, and what to do once it is done."""

    deployment: str
    lease: str
    parameters: Mapping[str, Any]
    alone: Callable[[], Awaitable[None]]
    done: Callable[[], Awaitable[None]]


class Watch:
    """Which flow runs are dead: going for a while, and at no look of the last while did anybody
    hold their lease."""

    def __init__(self, workspace: Workspace, asker: str) -> None:
        self._store, self._asker = workspace.store, f"watch-{asker}"
        self._ttl = workspace.watchlist.cluster.lease_s
        self._since: dict[tuple[UUID, str], float] = {}

    def waited(self, run: FlowRun, what: str = "") -> float:
        """Seconds since this flow run was first seen in its present state."""
        now = time.monotonic()
        return now - self._since.setdefault((run.id, what or str(run.state_type)), now)

    async def dead(self, run: FlowRun, lease: str) -> bool:
        boots = run.state_type is StateType.PENDING
        if run.state_type not in GOING or self.waited(run) < (max(BOOT_S, self._ttl) * boots):
            return False
        if await asyncio.to_thread(free, self._store, lease, self._asker):
            # One that has just ended is about to tell so, one that begins to take its lease.
            return self.waited(run, "free") >= max(SETTLE_S, self._ttl / 2)
        self._since.pop((run.id, "free"), None)
        return False


async def share(parts: Sequence[Part], workspace: Workspace, *, at_once: int) -> None:
    """Returns when all parts are done, at most `at_once` at a time. A part whose worker died, or
    that failed, is started again, `TRIES` times in all; after that, and where no worker takes it,
    it is done here, and what that raises is raised."""
    try:
        await _share(parts, workspace, at_once)
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors


async def _share(parts: Sequence[Part], workspace: Workspace, at_once: int) -> None:
    watch = Watch(workspace, "run")
    waiting, going = deque(parts), dict[UUID, Part]()
    tries = Counter[str]()
    async with get_client() as client, asyncio.TaskGroup() as here:
        try:
            while waiting or going:
                while waiting and len(going) < at_once:
                    part = waiting.popleft()
                    tries[part.lease] += 1
                    if tries[part.lease] > TRIES:
                        log.warning("%s: done by the run itself", part.lease)
                        here.create_task(_whole(part.alone))
                        continue
                    asked = await arun_deployment(
                        part.deployment, parameters=dict(part.parameters), timeout=0, client=client
                    )
                    going[asked.id] = part
                await asyncio.sleep(POLL_S)
                told = {run.id: run for run in await _read(client, list(going))}
                waiting += [going.pop(id) for id in [*going] if id not in told]  # deleted there
                for run in told.values():
                    part = going[run.id]
                    if run.state_type is StateType.COMPLETED:
                        here.create_task(_whole(part.done))
                    elif run.state is None or run.state.is_final():
                        log.warning("%s: %s", part.lease, run.state_name)
                        waiting.append(part)
                    elif await watch.dead(run, part.lease):
                        log.warning("%s: its worker is gone, it starts again", part.lease)
                        await end(client, run)
                        waiting.append(part)
                    elif run.state_type is StateType.SCHEDULED and watch.waited(run) > TAKE_S:
                        log.warning("%s: no worker takes it, done by the run itself", part.lease)
                        await client.set_flow_run_state(run.id, Cancelled(), force=True)
                        here.create_task(_whole(part.alone))
                    else:
                        continue
                    del going[run.id]
        finally:
            with anyio.CancelScope(shield=True):
                for run in await _read(client, list(going)):  # it was stopped: so are its parts
                    await stop(client, run)


async def _whole(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def _read(client: PrefectClient, ids: Sequence[UUID]) -> list[FlowRun]:
    """Flow runs, by pages of 200, which is the most that the server tells at once."""
    found: list[FlowRun] = []
    for start in range(0, len(ids), 200):
        chosen = FlowRunFilter(id=FlowRunFilterId(any_=list(ids[start : start + 200])))
        found += await client.read_flow_runs(flow_run_filter=chosen)
    return found


async def unfinished(
    client: PrefectClient, pool: str, flow: str, states: Sequence[StateType]
) -> list[FlowRun]:
    """A flow's runs of a pool that are in one of these states."""
    return await client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])),
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[pool])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states)))
        ),
    )


async def stop(client: PrefectClient, run: FlowRun) -> None:
    """Stops a flow run: its worker does so where it has begun."""
    begun = run.state_type in GOING
    await client.set_flow_run_state(run.id, Cancelling() if begun else Cancelled(), force=True)


async def end(client: PrefectClient, run: FlowRun) -> None:
    """Tells the server that a flow run is dead."""
    await client.set_flow_run_state(run.id, Crashed(message="its worker is gone"), force=True)


async def clear(pool: str) -> None:
    """Stops the parts that another run left, which has ended."""
    async with get_client() as client:
        for flow in LEASES:
            if flow != "vigie-run":
                for run in await unfinished(client, pool, flow, (StateType.SCHEDULED, *GOING)):
                    await stop(client, run)


async def workers(pool: str) -> int:
    """How many workers of a pool are there; at least one."""
    async with get_client() as client:
        found = await client.read_workers_for_work_pool(pool)
    return max(1, sum(worker.status is WorkerStatus.ONLINE for worker in found))


async def revive(workspace: Workspace, pool: str, name: str) -> None:
    """Ends what runs nowhere any more, and starts a pool's run again whose worker died; goes on
    until it is cancelled. Every worker does this, and of several that notice it one is heard."""
    watch = Watch(workspace, name)
    async with get_client() as client:
        while True:
            try:
                await _revive(client, watch, pool)
            except (httpx.HTTPError, PrefectHTTPStatusError) as error:  # it may be back
                log.warning("the Prefect server does not answer: %s", error)
            await asyncio.sleep(min(POLL_S, workspace.watchlist.cluster.lease_s / 3))


async def _revive(client: PrefectClient, watch: Watch, pool: str) -> None:
    for flow, lease in LEASES.items():
        for run in await unfinished(client, pool, flow, GOING):
            if not await watch.dead(run, lease(run.parameters)):
                continue
            log.warning("%s: its worker is gone", run.name)
            await end(client, run)
            again = sum(tag.startswith("again-") for tag in run.tags)
            if flow == "vigie-run" and run.deployment_id and again < TRIES:
                await client.create_flow_run_from_deployment(
                    run.deployment_id,
                    parameters=run.parameters,
                    tags=[*run.tags, f"again-{again + 1}"],
                    idempotency_key=f"again-{run.id}",
                )
