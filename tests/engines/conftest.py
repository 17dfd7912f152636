"""Real search nodes, one engine after another; skipped with the reason where there is none."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "servers"))

from front import Front, as_elastic, front
from nodes import GIVEN, Cluster, chosen, node
from starting import CannotStart

Folders = pytest.TempPathFactory


@pytest.fixture(scope="session", params=chosen())
def engine(request: pytest.FixtureRequest) -> str:
    """The engine of this round. All its tests run before the next engine's nodes start."""
    return str(request.param)


@pytest.fixture(scope="session")
def server(engine: str, tmp_path_factory: Folders) -> Iterator[Cluster]:
    """One node."""
    try:
        with node(engine, tmp_path_factory.mktemp(engine)) as cluster:
            yield cluster
    except CannotStart as reason:
        pytest.skip(f"no {engine} node: {reason}")


@pytest.fixture(scope="session")
def trio(engine: str, tmp_path_factory: Folders) -> Iterator[Cluster]:
    """Three nodes, all running again before each test that asks for `three`."""
    if engine == GIVEN:
        pytest.skip("a running server is used: its nodes are not ours to kill")
    try:
        with node(engine, tmp_path_factory.mktemp(f"{engine}-trio"), nodes=3) as cluster:
            yield cluster
    except CannotStart as reason:
        pytest.skip(f"no {engine} nodes: {reason}")


@pytest.fixture
def three(trio: Cluster) -> Iterator[Cluster]:
    """Three nodes that a test may kill."""
    yield trio
    trio.start()


@pytest.fixture
def mortal(server: Cluster) -> Iterator[Cluster]:
    """One node that a test may kill."""
    if server.engine == GIVEN:
        pytest.skip("a running server is used: it is not ours to kill")
    yield server
    server.start()


@pytest.fixture(scope="session")
def elastic(server: Cluster) -> Iterator[Front]:
    """The node as the official Elasticsearch clients of 8 and 9 accept it."""
    with front(server.url, as_elastic) as opened:
        yield opened


@pytest.fixture
def prefix(server: Cluster) -> Iterator[str]:
    """A prefix for the names of a test's indices and templates, which are removed at its end."""
    yield from fresh_prefix(server)


@pytest.fixture
def prefix_of_three(three: Cluster) -> Iterator[str]:
    """The same on three nodes."""
    yield from fresh_prefix(three)


def fresh_prefix(cluster: Cluster) -> Iterator[str]:
    name = f"vigie-test-{uuid.uuid4().hex[:8]}"
    yield name
    cluster.start()
    for index in cluster.ask("GET", f"/_cat/indices/{name}*?format=json&h=index"):
        cluster.ask("DELETE", f"/{index['index']}")
    for kind, key in (("_index_template", "index_templates"),
                      ("_component_template", "component_templates")):  # fmt: skip
        for template in cluster.ask("GET", f"/{kind}")[key]:
            if template["name"].startswith(name):
                cluster.ask("DELETE", f"/{kind}/{template['name']}")
