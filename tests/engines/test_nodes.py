"""The nodes themselves: they index, find, die and come back with what was acknowledged."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError

import pytest
from nodes import ENGINES, GIVEN, Cluster, chosen, find_jdk, free_ports, prepare
from starting import CannotStart

pytestmark = pytest.mark.engines
HERE = Path(__file__).resolve().parent


def test_is_the_engine_that_it_says(server: Cluster) -> None:
    if server.engine == GIVEN:
        pytest.skip("a running server is used: whatever it is")
    version = server.ask("GET", "/")["version"]
    assert version["number"] == ENGINES[server.engine].version
    assert version.get("distribution") == (None if server.engine == "es7" else "opensearch")


def test_finds_what_was_indexed_after_a_kill(mortal: Cluster, prefix: str) -> None:
    place = f"{prefix}-posts"
    mortal.ask("PUT", f"/{place}/_doc/1?refresh=true", {"text": "lancée à Lyon 🔥"})
    assert found(mortal, place) == 1
    mortal.ask("PUT", f"/{place}/_doc/2", {"text": "lancée à Nantes"})
    mortal.kill(1)
    with pytest.raises(URLError):
        mortal.ask("GET", "/")
    mortal.start(1)
    mortal.ask("POST", f"/{place}/_refresh")
    assert found(mortal, place) == 2


def test_keeps_a_snapshot(server: Cluster, prefix: str) -> None:
    if server.engine == GIVEN:
        pytest.skip("a running server is used: where it may write is not known")
    place, repository = f"{prefix}-posts", f"/_snapshot/{prefix}"
    server.ask("PUT", f"/{place}/_doc/1?refresh=true", {"text": "lancée"})
    where = {"location": str(server.snapshots / prefix)}
    server.ask("PUT", repository, {"type": "fs", "settings": where})
    made = server.ask("PUT", f"{repository}/1?wait_for_completion=true", {"indices": place})
    assert made["snapshot"]["state"] == "SUCCESS"
    server.ask("DELETE", f"/{place}")
    server.ask("POST", f"{repository}/1/_restore?wait_for_completion=true", {"indices": place})
    assert found(server, place) == 1
    server.ask("DELETE", f"{repository}/1")
    server.ask("DELETE", repository)


def test_three_nodes_survive_a_kill(three: Cluster) -> None:
    place = "vigie-smoke"
    three.ask("PUT", f"/{place}", {"settings": {"number_of_replicas": 1}})
    three.ask("GET", f"/_cluster/health/{place}?wait_for_status=green&timeout=60s")
    lines = "".join(f'{{"index":{{"_id":"{n}"}}}}\n{{"n":{n}}}\n' for n in range(300))
    assert not three.ask("POST", f"/{place}/_bulk", lines)["errors"]
    home = three.ask("GET", f"/_cat/shards/{place}?format=json&h=prirep,node")
    primary = next(int(shard["node"][-1]) for shard in home if shard["prirep"] == "p")
    three.kill(primary)
    left = primary % 3 + 1
    health = "wait_for_nodes=2&wait_for_status=yellow&timeout=60s"
    assert not three.ask("GET", f"/_cluster/health?{health}", number=left)["timed_out"]
    three.ask("POST", f"/{place}/_refresh", number=left)
    assert found(three, place, number=left) == 300
    three.start(primary)
    assert three.ask("GET", "/_cluster/health")["number_of_nodes"] == 3
    three.ask("DELETE", f"/{place}")


@pytest.mark.skipif(chosen() == [GIVEN], reason="a running server is used")
def test_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    engine = chosen()[0]
    try:
        prepare(engine)
    except CannotStart as reason:
        pytest.skip(f"no {engine} node: {reason}")
    code = (
        "import sys, signal, pathlib, nodes\n"
        f"with nodes.node({engine!r}, pathlib.Path(sys.argv[1])) as cluster:\n"
        "    print(cluster.processes[1].pid, flush=True)\n"
        "    signal.pause()\n"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=HERE.parent / "servers",
        stdout=subprocess.PIPE,
    )
    assert starter.stdout
    with starter.stdout:
        watched = os.pidfd_open(int(starter.stdout.readline()))
    try:
        starter.kill()
        starter.wait()
        ended, _, _ = select.select([watched], [], [], 30)
        assert ended
    finally:
        os.close(watched)


def test_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(CannotStart, match="no JDK 999 or newer"):
        find_jdk(999)
    monkeypatch.setenv("VIGIE_ENGINES", "os2,solr")
    monkeypatch.delenv("VIGIE_OPENSEARCH_URL", raising=False)
    with pytest.raises(ValueError, match="solr is none of os2, os3, es7"):
        chosen()


def test_ports_are_free_and_differ() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50


def found(cluster: Cluster, place: str, *, number: int = 1) -> int:
    answer = cluster.ask("GET", f"/{place}/_search?track_total_hits=true", number=number)
    return int(answer["hits"]["total"]["value"])
