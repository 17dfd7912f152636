"""One seeded workspace and its application for all tests of the explorer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from vigie.explorer.app import create_app
from vigie.workspace import Workspace

from .seeding import open_workspace

BASE = "http://127.0.0.1"


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path_factory.mktemp("boulangeries"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def client(workspace: Workspace) -> TestClient:
    return TestClient(create_app(workspace), base_url=BASE)
