"""Real nodes: VIGIE_OPENSEARCH_URL, or those that shared/opensearch-node starts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

GIVEN = os.environ.get("VIGIE_OPENSEARCH_URL")


@pytest.fixture(scope="module", params=["given"] if GIVEN else ["os2", "os3", "es7"])
def node(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a node."""
    if GIVEN:
        yield GIVEN
        return
    shared: Path = request.getfixturevalue("shared")
    folder = tmp_path_factory.mktemp(request.param)
    start = shared / "opensearch-node" / "start.sh"
    with (folder / "start.log").open("wb") as log:
        process = subprocess.Popen(
            [str(start), request.param, str(folder / "data"), "1", str(free_port())],
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "HEAP": "512m"},
        )
    assert process.stdout
    line = process.stdout.readline().decode()
    if not line.startswith("READY "):
        process.wait()
        process.stdout.close()
        pytest.skip(f"no {request.param}: {(folder / 'start.log').read_text()[-500:]}")
    try:
        yield line.split()[1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        process.stdout.close()


def free_port() -> int:
    """A port that is free, and the one for the nodes' own talk a hundred above it, too."""
    for port in range(19_200, 19_300):
        if _free(port) and _free(port + 100):
            return port
    raise OSError("no free port from 19200 to 19299")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
