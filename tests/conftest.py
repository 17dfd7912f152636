"""What all tests share: a network closed but for loopback, and shared/, or a reason to skip."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = {"127.0.0.1", "::1", "localhost", ""}

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")


# What holds today holds tomorrow on the same commit: a change is judged by the same examples each
# time, however slow the machine. `make torture` looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("new", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("VIGIE_EXAMPLES", "same"))


class NetworkClosed(OSError):
    """A test tried to leave the machine."""


def _check(address: object) -> None:
    if isinstance(address, tuple) and str(address[0]) not in LOOPBACK:
        raise NetworkClosed(f"tests reach loopback only, not {address[0]}:{address[1]}")


@pytest.fixture(autouse=True, scope="session")
def closed_network() -> Iterator[None]:
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: object) -> None:
        _check(address)
        connect(self, address)  # type: ignore[arg-type]

    def guarded_ex(self: socket.socket, address: object) -> int:
        _check(address)
        return connect_ex(self, address)  # type: ignore[arg-type]

    socket.socket.connect = guarded  # type: ignore[method-assign,assignment]
    socket.socket.connect_ex = guarded_ex  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect, socket.socket.connect_ex = connect, connect_ex  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Recorded and labelled data; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("VIGIE_SHARED", ROOT.parent / "shared"))
    if not (folder / "README.md").exists():
        pytest.skip(f"no shared data at {folder} (set VIGIE_SHARED)")
    return folder
