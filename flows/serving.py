"""`vigie serve`: a Prefect server on loopback, the schedules of the watchlist, and the explorer."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from vigie.errors import ConfigError, Prerequisite
from vigie.workspace import Workspace

UNITS = {"minute": "minutes", "hour": "hours", "day": "days"}
START_LIMIT = 120.0


async def serve(workspace: Workspace, *, host: str, port: int) -> None:
    """Serves until it is stopped. Raises ConfigError for a schedule that cannot be read."""
    schedules = workspace.watchlist.schedule
    zone = workspace.watchlist.workspace.timezone
    run = schedule(schedules.run, zone)
    briefing = schedule(schedules.briefing, zone)
    async with prefect_server() as url:
        os.environ["PREFECT_API_URL"] = url
        from prefect import aserve

        from flows.daily import daily, weekly
        from vigie.explorer.serving import serve as explore

        folder = {"folder": str(workspace.dir)}
        deployments = [
            await daily.ato_deployment("vigie-run", parameters=folder, schedule=run),
            await weekly.ato_deployment("vigie-briefing", parameters=folder, schedule=briefing),
        ]
        await asyncio.gather(
            aserve(*deployments, limit=1),
            explore(workspace, host=host, port=port, ready=lambda at: print(at, file=sys.stderr)),
        )


def schedule(text: str, zone: str) -> Any:
    """A Prefect schedule from "every 2 hours" or a cron line, in that time zone."""
    from prefect.schedules import Cron, Interval

    if match := re.fullmatch(r"every (\d+) (minute|hour|day)s?", text.strip()):
        return Interval(timedelta(**{UNITS[match[2]]: int(match[1])}), timezone=zone)
    if len(text.split()) == 5:
        return Cron(text, timezone=str(ZoneInfo(zone)))
    raise ConfigError(
        f"cannot read the schedule {text!r}", where="vigie.toml, schedule", do='"every 1 hour"'
    )


@asynccontextmanager
async def prefect_server() -> AsyncIterator[str]:
    """A Prefect server of our own on a free loopback port; stopped on leaving."""
    import httpx

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1"]
    server = subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}/api"
    try:
        async with asyncio.timeout(START_LIMIT), httpx.AsyncClient() as client:
            while True:
                if server.poll() is not None:
                    raise Prerequisite("the Prefect server ended at its start", do="vigie doctor")
                try:
                    answer = await client.get(f"{url}/health", timeout=2)
                except httpx.TransportError:
                    # Nothing tells that a port is open but trying it.
                    await asyncio.sleep(0.2)
                    continue
                if answer.is_success:
                    break
        yield url
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
