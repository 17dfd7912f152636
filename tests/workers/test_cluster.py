"""Reading on a Dask cluster on loopback: the same readings, also where a process of it dies."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from landed import held, landed, told
from watching import document, environment, vigie

from nlp.aside import AsideReader
from nlp.cluster import ClusterReader
from vigie.backfills import replay
from vigie.errors import Prerequisite
from vigie.workspace import Workspace

pytestmark = pytest.mark.slow
pytest.importorskip("distributed", reason="the extra cluster is not installed")
DASK = [sys.executable, "-m", "dask"]


@contextmanager
def process(*words: str, until: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process of the cluster, and the line in which it says that it is there."""
    started = subprocess.Popen(
        [*DASK, *words], stderr=subprocess.PIPE, text=True,
        env=environment(DASK_DISTRIBUTED__DASHBOARD__LINK="", PYTHONWARNINGS="ignore"),
    )  # fmt: skip
    assert started.stderr is not None
    try:
        said = next(line for line in started.stderr if until in line)
        yield started, said
    finally:
        started.kill()
        started.wait()
        started.stderr.close()


@contextmanager
def cluster(size: int) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """The address of a scheduler with processes of one thread."""
    with ExitStack() as stack:
        _, said = stack.enter_context(
            process("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                    until="Scheduler at:")
        )  # fmt: skip
        address = said.split()[-1]
        workers = [
            stack.enter_context(
                process("worker", address, "--host", "127.0.0.1", "--nthreads", "1",
                        "--no-nanny", "--no-dashboard", until="Starting established connection")
            )[0]
            for _ in range(size)
        ]  # fmt: skip
        yield address, workers


def test_a_cluster_reads_as_one_process_does(tmp_path: Path) -> None:
    plain = landed(tmp_path / "plain", posts=2_600)
    with cluster(2) as (address, workers):
        spread = landed(
            tmp_path / "spread", posts=2_600, more=f'[cluster]\ndask = "{address}"\nbatch = 2000'
        )
        for folder in (plain, spread):
            with Workspace.open(folder) as space:
                replay(space)
        started = subprocess.Popen(
            [sys.executable, "-c", "from vigie.cli import main; main()", "run", "--only",
             "hackernews", "--json", "--workspace", str(spread)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
        )  # fmt: skip
        assert started.stderr is not None
        for line in started.stderr:
            if line.startswith("posts read"):
                workers[0].kill()  # the rest is read by the other
                break
        out, said = started.communicate()
        assert started.returncode == 0, said
        assert '"read": 2600' in out
    done = vigie("run", "--only", "hackernews", "--json", workspace=plain)
    assert document(done)["counts"]["read"] == 2_600
    readings = held(spread)["readings"]
    assert readings == {id: told(one) for id, one in held(plain)["readings"].items()}


def test_a_process_that_dies_while_it_reads_is_made_good() -> None:
    from distributed import Client

    texts = [f"Le vélo cargo numéro {n} est génial, merci Lumen !" for n in range(3_000)]
    with cluster(2) as (address, workers), ExitStack() as stack:
        aside, reader = AsideReader(), ClusterReader(address)
        for opened in (aside, reader):
            stack.callback(opened.close)
        wanted = aside.read(texts)
        watching = stack.enter_context(Client(address, set_as_default=False))
        with ThreadPoolExecutor(1) as thread:
            reading = thread.submit(reader.read, texts)
            while not all(watching.processing().values()):
                assert not reading.done(), "both have something to read first"
            workers[0].kill()
            read = reading.result(120)
        assert workers[1].poll() is None
    assert len(read) == len(texts)
    assert [one.keyphrases for one in read] == [one.keyphrases for one in wanted]
    assert [one.sentiment.score for one in read if one.sentiment] == pytest.approx(
        [one.sentiment.score for one in wanted if one.sentiment], abs=5e-4
    )


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    reader = ClusterReader("tcp://127.0.0.1:9")
    with pytest.raises(Prerequisite, match="no Dask scheduler"):
        reader.read(["Bonjour"])
    folder = landed(tmp_path / "w", posts=20, more='[cluster]\ndask = "127.0.0.1:8786"')
    wrong = vigie("check", workspace=folder)
    assert wrong.returncode == 4
    assert "cluster.dask" in wrong.stderr
