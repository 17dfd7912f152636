"""One Prefect server for the tests that need one, and a guard that tells of every way out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "pipeline"))
sys.path.insert(0, str(Path(__file__).parent.parent / "servers"))
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_ENABLED", "false")  # no test starts one unasked

from watching import environment

GUARD = """
import os, socket
kept = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
look_up = socket.getaddrinfo
HERE = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "", None, b"localhost")

def tell(what):
    with open(os.environ["VIGIE_WAYS_OUT"], "a") as told:
        print(what, file=told)

def guarded(name):
    def ask(self, *given):
        if isinstance(given[-1], tuple) and given[-1][0] not in HERE:
            tell(given[-1])
            raise OSError("the network is closed")
        return kept[name](self, *given)
    return ask

def looked_up(host, *rest, **more):
    if host not in HERE:
        tell(host)
        raise socket.gaierror("the network is closed")
    return look_up(host, *rest, **more)

for name in kept:
    setattr(socket.socket, name, guarded(name))
socket.getaddrinfo = looked_up
"""


@pytest.fixture(scope="session")
def guard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment under which a Python program leaves loopback nowhere, and tells who tried."""
    folder = tmp_path_factory.mktemp("guard")
    (folder / "sitecustomize.py").write_text(GUARD)
    (folder / "ways_out").touch()
    return {"PYTHONPATH": str(folder), "VIGIE_WAYS_OUT": str(folder / "ways_out")}


@pytest.fixture(scope="session")
def prefect_url(tmp_path_factory: pytest.TempPathFactory, guard: dict[str, str]) -> Iterator[str]:
    """The address of a Prefect server of our own."""
    home = tmp_path_factory.mktemp("prefect")
    ours = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_HOME": str(home),
    }
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "flows.server"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            env=environment(**guard, **ours),
        )  # fmt: skip
    assert server.stdin is not None
    assert server.stdout is not None
    port = server.stdout.readline().strip().decode()
    assert port, (home / "log").read_text()
    yield f"http://127.0.0.1:{port}/api"
    server.stdin.close()
    server.stdout.close()
    assert server.wait(30) == 0
