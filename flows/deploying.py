"""`vigie deploy` and `vigie worker`: the flows on an existing Prefect server, and who does them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flows.environment import SERVER, WORKSPACE
from vigie.errors import ConfigError, Prerequisite
from vigie.workspace import Workspace

ENGINE = "python -m prefect.engine"  # the worker's own python: `work` puts it first on the path
QUERY = "PREFECT_WORKER_QUERY_SECONDS"


async def deploy(workspace: Workspace, pool: str) -> dict[str, Any]:
    """Registers the flows under the pool's name, in place of what stands there; makes the pool
    where it is missing. Answers with what is registered. Raises ConfigError, Prerequisite."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.deployments.runner import DeploymentApplyError
    from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
    from prefect.types.entrypoint import EntrypointType
    from prefect.workers.process import ProcessWorker

    from flows.daily import weekly
    from flows.serving import schedule
    from flows.sharing import collect_platform, read_slice, shared

    wanted = workspace.watchlist.schedule
    zone = workspace.watchlist.workspace.timezone
    plan: tuple[tuple[Any, dict[str, str], Any], ...] = (
        (shared, {"pool": pool}, schedule(wanted.run, zone, "run")),
        (weekly, {}, schedule(wanted.briefing, zone, "briefing")),
        (collect_platform, {}, None),
        (read_slice, {}, None),
    )
    try:
        async with get_client() as client:
            made = False
            try:
                found = await client.read_work_pool(pool)
            except ObjectNotFound:
                template = ProcessWorker.get_default_base_job_template()
                found = await client.create_work_pool(
                    WorkPoolCreate(name=pool, type="process", base_job_template=template)
                )
                made = True
        if found.type != "process":
            raise ConfigError(
                f"the work pool {pool!r} is of type {found.type!r}", where="--pool",
                do="name another, or one of type process",
            )  # fmt: skip
        names = []
        for flow, parameters, when in plan:
            deployment = await flow.ato_deployment(
                pool,
                parameters=parameters,
                schedules=[when] if when else [],
                entrypoint_type=EntrypointType.MODULE_PATH,
                work_pool_name=pool,
                job_variables={"command": ENGINE},
            )
            await deployment.aapply()
            names.append(f"{flow.name}/{pool}")
    except (PrefectHTTPStatusError, DeploymentApplyError) as error:
        raise Prerequisite(
            f"the Prefect server refuses: {error}", where=os.environ[SERVER], do="see its log"
        ) from error
    return {"server": os.environ[SERVER], "pool": pool, "made": made, "deployments": names}


def set_up(workspace: Workspace) -> None:
    """What flow runs of this worker find in their environment, beside what `prepare` sets."""
    os.environ[WORKSPACE] = str(workspace.dir)
    os.environ.setdefault(QUERY, "2")
    here = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", os.defpath)])


async def work(
    workspace: Workspace, *, pool: str, name: str, limit: int, ready: Callable[[str], None]
) -> None:
    """Does a pool's flow runs, `limit` at a time, until it is sent SIGTERM or SIGINT; those under
    way are then stopped, which loses nothing. Raises Prerequisite where there is no such pool."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound
    from prefect.workers.process import ProcessWorker

    from flows.serving import until_stopped
    from flows.watching import revive

    async with get_client() as client:
        try:
            await client.read_work_pool(pool)
        except ObjectNotFound as error:
            raise Prerequisite(
                f"no work pool {pool!r} there", where=os.environ[SERVER], do="vigie deploy"
            ) from error
    worker = ProcessWorker(work_pool_name=pool, name=name, limit=limit)
    await until_stopped(worker.start(printer=ready), revive(workspace, pool, name))
