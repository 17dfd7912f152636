"""`vigie serve`: a Prefect server on loopback, the schedules of the watchlist, and the explorer."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from types import FrameType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flows.environment import SERVER
from flows.server import prefect_server
from vigie.errors import ConfigError
from vigie.workspace import FILE, Workspace

if TYPE_CHECKING:
    from prefect.runner import Runner
    from prefect.schedules import Schedule

UNITS = {"minute": "minutes", "hour": "hours", "day": "days"}
STOPPING = (signal.SIGTERM, signal.SIGINT)


async def serve(
    workspace: Workspace, *, host: str, port: int, ready: Callable[[str], None]
) -> None:
    """Serves until it is sent SIGTERM or SIGINT; a run that is under way is then stopped, which
    loses nothing. `ready` is told the addresses of the explorer and of the Prefect server. Raises
    ConfigError for a schedule that cannot be read, Prerequisite where no server starts."""
    from vigie.explorer.serving import serve as explore

    stopped = asyncio.Event()
    await until_stopped(
        explore(workspace, host=host, port=port, ready=ready),
        _keep_schedules(workspace, ready, stopped),
        stopped=stopped,
    )


async def until_stopped(
    *work: Coroutine[Any, Any, None], stopped: asyncio.Event | None = None
) -> None:
    """Works until one ends or a signal to stop comes, which `stopped` tells; then ends the others.
    Raises what one of them raises."""
    stopped = stopped or asyncio.Event()
    loop = asyncio.get_running_loop()
    before = [signal.getsignal(number) for number in STOPPING]
    for number in STOPPING:
        loop.add_signal_handler(number, stopped.set)
    working = [asyncio.create_task(one) for one in work]
    waiting = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait([*working, waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (*working, waiting):
            task.cancel()
        ended = await asyncio.gather(*working, return_exceptions=True)
        for number, handler in zip(STOPPING, before, strict=True):
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
    for error in ended:
        if isinstance(error, BaseException) and not isinstance(error, asyncio.CancelledError):
            raise error


async def _keep_schedules(
    workspace: Workspace, ready: Callable[[str], None], stopped: asyncio.Event
) -> None:
    """Runs what is due until it is cancelled; then it stops the run that is under way."""
    async with prefect_server(workspace.data / "logs" / "prefect.log") as url:
        os.environ[SERVER] = url  # before prefect is imported
        runner = await scheduled(workspace, stopped)
        await begin()
        ready(url)
        running = asyncio.create_task(runner.start())
        try:
            await asyncio.wait([running])
        finally:
            if runner.started:
                await runner.astop()
            else:
                running.cancel()
            await running


async def begin() -> None:
    """Asks for a run at once: what was missed while nobody served is not waited for."""
    from prefect.client.orchestration import get_client

    async with get_client() as client:
        deployment = await client.read_deployment_by_name("vigie-run/vigie-run")
        await client.create_flow_run_from_deployment(deployment.id)


async def scheduled(workspace: Workspace, stopped: asyncio.Event) -> Runner:
    """A runner with a workspace's deployments, one run at a time. Registering them anew forgets the
    moments that passed while nobody served. Raises ConfigError."""
    from prefect.runner import Runner
    from prefect.types.entrypoint import EntrypointType

    from flows.daily import daily, weekly

    class Calm(Runner):
        """A runner that leaves signals to the program."""

        def handle_sigterm(self, number: int, frame: FrameType | None) -> None:
            stopped.set()

    runner = Calm(name="vigie", limit=1)
    zone = workspace.watchlist.workspace.timezone
    wanted = workspace.watchlist.schedule
    for flow, when, key in ((daily, wanted.run, "run"), (weekly, wanted.briefing, "briefing")):
        deployment = await flow.ato_deployment(
            flow.name,
            parameters={"folder": str(workspace.dir)},
            schedule=schedule(when, zone, key),
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        await runner.aadd_deployment(deployment)
    return runner


def schedule(text: str, zone: str, key: str) -> Schedule:
    """A Prefect schedule in that time zone, from "every 2 hours" (counted from midnight of
    1 January 2024) or a cron line. Raises ConfigError."""
    from prefect.client.schemas.schedules import CronSchedule
    from prefect.schedules import Cron, Interval

    try:
        if match := re.fullmatch(r"every ([1-9]\d*) (minute|hour|day)s?", text.strip()):
            every = timedelta(**{UNITS[match[2]]: int(match[1])})
            return Interval(every, datetime(2024, 1, 1, tzinfo=ZoneInfo(zone)), timezone=zone)
        CronSchedule(cron=text.strip(), timezone=zone)
        return Cron(text.strip(), timezone=zone)
    except ValueError as error:
        raise ConfigError(
            f"cannot read the schedule {text!r}",
            where=f"{FILE}, [schedule] {key}",
            do='write "every 1 hour", or a cron line as "0 7 * * 1"',
        ) from error
