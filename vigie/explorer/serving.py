"""Serves the explorer over HTTP: loopback without a token, elsewhere with one."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vigie import logs
from vigie.errors import ConfigError, Prerequisite
from vigie.workspace import Workspace

TOKEN = "VIGIE_EXPLORER_TOKEN"


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches that address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


async def serve(
    workspace: Workspace, *, host: str, port: int, ready: Callable[[str], None]
) -> None:
    """Answers until it is stopped. `ready` is told the address to open, with the token where one
    is needed: VIGIE_EXPLORER_TOKEN, else a new one. Port 0 takes a free one. Raises Prerequisite
    where the port is taken, ConfigError where nobody could read a new token."""
    import uvicorn

    from vigie.explorer.app import create_app

    token = workspace.environ.get(TOKEN) or None
    if token is None and not is_loopback(host):
        if logs.structured():
            raise ConfigError(
                "is not set, and a new token is masked in JSON lines",
                where=TOKEN,
                do="set it in .env or in the environment",
            )
        token = secrets.token_urlsafe(24)
    workspace.begin()
    app = create_app(workspace, token=token)
    # No access log: addresses hold queries, and once the token.
    settings = uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False,
                              server_header=False, lifespan="off")  # fmt: skip

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield  # signals are the program's: it cancels this task

    with _listening(host.strip("[]"), port) as bound:
        name = f"[{host.strip('[]')}]" if ":" in host else host
        address = f"http://{name}:{bound.getsockname()[1]}/"
        ready(address + (f"?token={token}" if token else ""))
        server = Server(settings)
        try:
            await server.serve(sockets=[bound])
        except asyncio.CancelledError:  # uvicorn leaves its sockets open when it is cancelled
            server.force_exit = True
            if server.started:
                await server.shutdown(sockets=[bound])
            raise


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise Prerequisite(
            f"cannot listen on port {port}: {error.strerror}",
            where=host,
            do="take another --port; 0 takes a free one",
        ) from error
