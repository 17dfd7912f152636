"""What has to be set before prefect is imported: no telemetry, a home of our own, patience."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from vigie import logs
from vigie.errors import ConfigError, Prerequisite
from vigie.workspace import Workspace

SERVER = "PREFECT_API_URL"
WORKSPACE = "VIGIE_WORKSPACE"  # the folder that a worker's flow runs work in
ASK_S = 10.0


def wants_prefect(environ: Mapping[str, str]) -> bool:
    """Whether a Prefect server is configured; without one a run is plain functions."""
    return bool(environ.get(SERVER))


def prepare(workspace: Workspace) -> None:
    """Sets Prefect's environment for this process; call it before anything imports prefect. What
    the workspace's `.env` says of Prefect counts, but for telemetry: none leaves the machine."""
    home = workspace.data / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    told = {name: value for name, value in workspace.environ.items() if name.startswith("PREFECT_")}
    ours = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "vigie",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    }
    os.environ.update(told | ours)


def workspace_here() -> Workspace:
    """The workspace of this worker: each machine has its own folder. Raises ConfigError."""
    folder = os.environ.get(WORKSPACE)
    if not folder:
        raise ConfigError("is not set", where=WORKSPACE, do="start it by vigie worker")
    workspace = Workspace.open(Path(folder))
    if logs.structured():
        logs.hide(workspace.environ)
    return workspace


def reach(workspace: Workspace) -> None:
    """Asks the configured server whether it is there. Raises ConfigError or Prerequisite."""
    import httpx

    url = workspace.environ[SERVER]
    try:
        httpx.get(f"{url.rstrip('/')}/health", timeout=ASK_S).raise_for_status()
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise ConfigError(
            f"cannot read {url!r}", where=SERVER, do="write http://127.0.0.1:4200/api"
        ) from error
    except httpx.HTTPError as error:
        raise Prerequisite(
            f"no Prefect server answers at {url}", where=SERVER, do="start it, or unset that"
        ) from error
