"""What has to be set before prefect is imported: no telemetry, a home of our own, patience."""

from __future__ import annotations

import os
from collections.abc import Mapping

from vigie.workspace import Workspace


def wants_prefect(environ: Mapping[str, str]) -> bool:
    """Whether a Prefect server is configured; without one a run is plain functions."""
    return bool(environ.get("PREFECT_API_URL"))


def prepare(workspace: Workspace) -> None:
    """Sets Prefect's environment for this process; call it before anything imports prefect."""
    home = workspace.data / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    wanted = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "vigie",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    }
    os.environ.update(wanted)
