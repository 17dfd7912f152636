"""Serves the explorer over HTTP: loopback without a token, elsewhere with one."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections.abc import Callable

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
    is needed: VIGIE_EXPLORER_TOKEN, else a new one. Port 0 takes a free one."""
    import uvicorn

    from vigie.explorer.app import create_app

    token = workspace.environ.get(TOKEN) or None
    if token is None and not is_loopback(host):
        token = secrets.token_urlsafe(24)
    app = create_app(workspace, token=token)
    # No access log: addresses hold queries, and once the token.
    settings = uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False,
                              server_header=False, lifespan="off")  # fmt: skip

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
            await super().startup(sockets=sockets)  # type: ignore[arg-type]
            if self.started:
                bound = self.servers[0].sockets[0].getsockname()[1]
                name = f"[{host}]" if ":" in host else host
                ready(f"http://{name}:{bound}/" + (f"?token={token}" if token else ""))

    server = Server(settings)
    try:
        await server.serve()
    except asyncio.CancelledError:  # uvicorn leaves its sockets open when it is cancelled
        server.force_exit = True
        if server.started:
            await server.shutdown()
        raise
