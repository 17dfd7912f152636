"""A Prefect server that ends with the program that started it: `python -m flows.server`.

It takes a free port of loopback, says `PORT` on its standard output once it answers, and serves
until its standard input ends, as it does when the parent dies, or until it is sent SIGTERM.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

from vigie.errors import Prerequisite

START_S = 120.0
STOP_S = 15.0


@asynccontextmanager
async def prefect_server(log: Path) -> AsyncIterator[str]:
    """The address of a server of our own, which writes to `log` and is stopped on leaving. The
    environment has to be prepared (`flows.environment`). Raises Prerequisite where none starts."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as told:
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "flows.server",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told, start_new_session=True,
        )  # fmt: skip
    assert server.stdin is not None
    assert server.stdout is not None
    port = ""
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                port = (await server.stdout.readline()).strip().decode()
        if not port:
            raise Prerequisite("the Prefect server does not start", where=str(log), do="read it")
        yield f"http://127.0.0.1:{port}/api"
    finally:
        server.stdin.close()
        if port:
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_S):
                    await server.wait()
        if server.returncode is None:
            server.kill()
            await server.wait()


def main() -> None:
    """What the process runs."""
    import uvicorn
    from prefect.server.api.server import create_app

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[Any] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                os.write(port, f"{self.servers[0].sockets[0].getsockname()[1]}\n".encode())
                os.close(port)

    port = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not be read as the port
    server = Server(
        uvicorn.Config(create_app(final=True), host="127.0.0.1", port=0, log_level="warning",
                       timeout_graceful_shutdown=2)
    )  # fmt: skip

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True

    Thread(target=wait_for_the_end, daemon=True).start()
    server.run()


if __name__ == "__main__":
    main()
