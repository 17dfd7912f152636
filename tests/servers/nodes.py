"""Real OpenSearch and Elasticsearch nodes on loopback, from the jars of Maven: one JVM a node.

Needs Maven and a JDK. The first start fetches the jars of the engine (36 to 71 MB).
`VIGIE_ENGINES=os2,es7` narrows the engines; `VIGIE_OPENSEARCH_URL` is a running server instead.
"""

from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starting import HERE, CannotStart, cache, install, program, running, wait_until

SOURCE = HERE / "search-node"
PLACES = ("usr/lib/jvm/*", "opt/*", "Library/Java/JavaVirtualMachines/*/Contents/Home")
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # half the CPU of a start
GIVEN = "given"


@dataclass(frozen=True)
class Engine:
    name: str
    version: str
    jdk: int  # the oldest that it runs on
    runner: str
    manager: str  # what it calls the node that leads


ENGINES = {
    "os2": Engine(
        "OpenSearch", "2.19.1", 11, "org.codelibs.opensearch.runner.OpenSearchRunner",
        "cluster_manager",
    ),
    "os3": Engine(
        "OpenSearch", "3.8.0", 21, "org.codelibs.opensearch.runner.OpenSearchRunner",
        "cluster_manager",
    ),
    "es7": Engine(
        "Elasticsearch OSS", "7.10.2", 11,
        "org.codelibs.elasticsearch.runner.ElasticsearchClusterRunner", "master",
    ),
}  # fmt: skip


def chosen() -> list[str]:
    """The engines to test on: `given` alone where a running server is named."""
    if os.environ.get("VIGIE_OPENSEARCH_URL"):
        return [GIVEN]
    names = [name for name in os.environ.get("VIGIE_ENGINES", "").split(",") if name]
    unknown = set(names) - set(ENGINES)
    if unknown:
        raise ValueError(f"VIGIE_ENGINES: {', '.join(unknown)} is none of {', '.join(ENGINES)}")
    return names or list(ENGINES)


@dataclass
class Cluster:
    """Addresses of the nodes, counted from 1, which can be killed and started one by one.

    Start nodes from the main thread: they end with the thread that started them."""

    engine: str
    urls: list[str]
    commands: list[list[str]] = field(default_factory=list)
    folder: Path = Path()
    _nodes: dict[int, tuple[subprocess.Popen[bytes], ExitStack]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.urls[0]

    @property
    def processes(self) -> dict[int, subprocess.Popen[bytes]]:
        return {number: process for number, (process, _) in self._nodes.items()}

    @property
    def snapshots(self) -> Path:
        """Where the server may keep `fs` repositories (path.repo)."""
        return self.folder / "snapshots"

    def start(self, *numbers: int) -> None:
        """Starts the nodes that do not run (of these, or all) and waits until all running nodes
        are one cluster that answers. Raises CannotStart."""
        wanted = numbers or range(1, len(self.commands) + 1)
        for number in [n for n in wanted if n not in self._nodes]:
            stack = ExitStack()
            process = stack.enter_context(running(self.commands[number - 1], self._log(number)))
            self._nodes[number] = process, stack
        for number, process in self.processes.items():
            wait_until(
                lambda n=number: self._joined(n), f"node {number}", process, self._log(number)
            )

    def kill(self, number: int) -> None:
        """kill -9."""
        process, stack = self._nodes.pop(number)
        process.kill()
        process.wait()
        stack.close()

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        while self._nodes:
            self._nodes.popitem()[1][1].close()

    def ask(self, method: str, path: str, body: Any = None, *, number: int = 1) -> Any:
        """The JSON of an answer; a `str` body is sent as NDJSON. Raises HTTPError, URLError."""
        text = body if isinstance(body, str) else json.dumps(body)
        kind = "application/x-ndjson" if isinstance(body, str) else "application/json"
        request = urllib.request.Request(
            f"{self.urls[number - 1]}{path}",
            None if body is None else text.encode(),
            {"content-type": kind},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def _joined(self, number: int) -> bool:
        for other, process in self.processes.items():
            if other != number and process.poll() is not None:
                raise CannotStart(f"node {other} ended ({self._log(other)})")
        asked = f"wait_for_nodes={len(self._nodes)}&wait_for_status=yellow&timeout=2s"
        try:
            return not self.ask("GET", f"/_cluster/health?{asked}", number=number)["timed_out"]
        except OSError:
            return False

    def _log(self, number: int) -> Path:
        return self.folder / f"node-{number}.log"


@contextmanager
def node(engine: str, folder: Path, *, nodes: int = 1, heap: str = "512m") -> Iterator[Cluster]:
    """A cluster of `nodes` whose data lie in `folder`. Raises CannotStart."""
    given = os.environ.get("VIGIE_OPENSEARCH_URL")
    if engine == GIVEN and given:
        yield Cluster(GIVEN, [given.rstrip("/")])
        return
    java, classes = prepare(engine)
    ports = free_ports(2 * nodes)
    http, transport = ports[:nodes], ports[nodes:]
    manager = ENGINES[engine].manager
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "cluster.name": f"vigie-{http[0]}",
        "node.roles": f"{manager},data,ingest,remote_cluster_client",
        "network.host": "127.0.0.1",
        "discovery.type": "zen",
        "discovery.seed_hosts": ",".join(f"127.0.0.1:{port}" for port in transport),
        f"cluster.initial_{manager}_nodes": "node-1",
        "cluster.routing.allocation.disk.threshold_enabled": "false",
        "path.repo": str(folder / "snapshots"),
    }
    commands = [
        [str(java), f"-Xms{heap}", f"-Xmx{heap}", *QUICK, "-Dlog4j2.disable.jmx=true",
         "-Djava.awt.headless=true", "-cp", classes, "Node", ENGINES[engine].runner,
         str(folder / f"node-{n}"), *(f"{key}={value}" for key, value in settings.items()),
         f"node.name=node-{n}", f"http.port={http[n - 1]}", f"transport.port={transport[n - 1]}"]
        for n in range(1, nodes + 1)
    ]  # fmt: skip
    cluster = Cluster(engine, [f"http://127.0.0.1:{port}" for port in http], commands, folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def prepare(engine: str) -> tuple[Path, str]:
    """The `java` to run the engine with, and its class path. Raises CannotStart."""
    jdk = find_jdk(ENGINES[engine].jdk)
    maven = program("mvn", "maven")
    home = cache(f"search-node/{engine}-{ENGINES[engine].version}")
    pom, source = SOURCE / "pom.xml", SOURCE / "Node.java"
    install(
        home,
        [pom, source],
        [
            [maven, "-q", "-B", "-f", str(pom), "-P", engine, f"-Djars={home / 'jars'}",
             "dependency:copy-dependencies"],
            [str(jdk / "bin/javac"), "--release", "11", "-d", str(home), str(source)],
        ],
    )  # fmt: skip
    return jdk / "bin/java", f"{home}:{home}/jars/*"


def find_jdk(oldest: int) -> Path:
    """JAVA_HOME where it will do, or the oldest installed JDK that will. Raises CannotStart."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    installed = [(version_of(home), home) for place in PLACES for home in Path("/").glob(place)]
    for version, home in [*((version_of(home), home) for home in homes), *sorted(installed)]:
        if version >= oldest:
            return home
    raise CannotStart(f"no JDK {oldest} or newer (install one, or set JAVA_HOME)")


def version_of(home: Path) -> int:
    """The major version of a JDK; 0 for what is none."""
    release = home / "release"
    if not (home / "bin/javac").exists() or not release.exists():
        return 0
    found = re.search(r'JAVA_VERSION="(\d+)', release.read_text())
    return int(found[1]) if found else 0


def free_ports(count: int) -> list[int]:
    """Ports below those that the system gives to clients: a node that is away keeps its own."""
    ports: dict[int, socket.socket] = {}
    try:
        while len(ports) < count:
            port = random.randrange(20_000, 32_000)
            try:
                ports[port] = socket.create_server(("127.0.0.1", port))
            except OSError:
                continue
    finally:
        for probe in ports.values():
            probe.close()
    return list(ports)
