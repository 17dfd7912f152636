"""Several workers share one run. Each is a machine of its own here: a folder with its own locks,
which shares the store and the landing with the others. What was a machine is killed whole."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from town import Town, found, serving
from watching import VIGIE, content, document, environment, vigie

from vigie.records import Enrichment
from vigie.store import Filters
from vigie.workspace import Workspace

pytestmark = [pytest.mark.servers, pytest.mark.slow]
LIMIT_S = 180.0
SETTINGS = '[schedule]\nrun = "0 3 1 1 *"\nbriefing = "0 3 1 1 *"\n[cluster]\nlease_s = 4\nbatch = '


def machines(
    root: Path, town: Town, *names: str, batch: int = 20_000, store: str = ""
) -> list[Path]:
    """Folders that share the first one's store and landing; `store` is what the watchlist says of
    another store than the embedded one."""
    more = f"{SETTINGS}{batch}\n{store}"
    folders = [found(root / name, town, more=more) for name in names]
    for part in ("store", "landing", "quarantine"):
        (folders[0] / ".vigie" / part).mkdir()
        for other in folders[1:]:
            (other / ".vigie" / part).symlink_to(folders[0] / ".vigie" / part)
    return folders


class Machine:
    """A worker with all its processes, and what they say."""

    def __init__(self, folder: Path, url: str, pool: str, limit: int) -> None:
        self.name = folder.name
        self.log = folder / "log"
        self._mark = f"VIGIE_TEST_MACHINE={folder}".encode()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*VIGIE, "worker", "--pool", pool, "--name", self.name, "--limit", str(limit),
                 "--workspace", str(folder)],
                stdout=log, stderr=subprocess.STDOUT,
                env=environment(PREFECT_API_URL=url, VIGIE_TEST_MACHINE=str(folder)),
            )  # fmt: skip

    def said(self, what: str) -> None:
        """Waits until it has said so: a file tells nobody that it grows."""
        ends = time.monotonic() + LIMIT_S
        while what not in self.log.read_text():
            assert time.monotonic() < ends, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)

    def processes(self) -> list[int]:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark in (process / "environ").read_bytes().split(b"\0"):
                    found.append(int(process.name))
            except OSError:  # it has ended meanwhile, or is another's
                continue
        return found

    def kill(self) -> None:
        """Ends all its processes at once, as when the power goes."""
        while left := self.processes():
            for number in left:
                try:
                    os.kill(number, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            self.process.wait()
            time.sleep(0.01)


@contextmanager
def working(folder: Path, url: str, pool: str, limit: int = 4) -> Iterator[Machine]:
    machine = Machine(folder, url, pool, limit)
    try:
        yield machine
    finally:
        machine.kill()


def begin(url: str, pool: str) -> str:
    """Asks for a run; its id."""
    deployment = httpx.get(f"{url}/deployments/name/vigie-run/{pool}", timeout=30).json()
    return str(posted(f"{url}/deployments/{deployment['id']}/create_flow_run", {})["id"])


def posted(url: str, body: dict[str, Any]) -> Any:
    """The answer of the server, which asks to come again while its database is busy."""
    ends = time.monotonic() + LIMIT_S
    while (answer := httpx.post(url, json=body, timeout=30)).status_code == 503:
        assert time.monotonic() < ends
        time.sleep(float(answer.headers.get("retry-after", 1)))
    return answer.raise_for_status().json()


def runs(url: str, pool: str) -> list[dict[str, Any]]:
    """A pool's flow runs, the newest first, without those that are scheduled for later."""
    asked = {"work_pools": {"name": {"any_": [pool]}}, "sort": "EXPECTED_START_TIME_DESC"}
    return [one for one in posted(f"{url}/flow_runs/filter", asked) if not one["auto_scheduled"]]


def ended(url: str, pool: str) -> dict[str, Any]:
    """Waits until a run of a pool is complete and no flow run of it goes on."""
    ends = time.monotonic() + LIMIT_S
    while True:
        now = runs(url, pool)
        whole = [one for one in now if "pool" in one["parameters"]]
        if whole[0]["state_type"] == "COMPLETED" and not any(
            one["state_type"] in ("PENDING", "RUNNING", "CANCELLING") for one in now
        ):
            return whole[0]
        told = [(one["name"], one["state_name"], one["parameters"]) for one in now]
        assert time.monotonic() < ends, told
        time.sleep(0.5)


def stories(folder: Path) -> dict[str, str | None]:
    with Workspace.open(folder, read_only=True) as space:
        ids = [id for frame in space.store.scan(Filters(), ["id"]) for id in frame["id"]]
        return {one.id: one.story_id for one in space.store.get(ids, Enrichment) if one}


def same(folder: Path, plain: Path, town: Town) -> None:
    """The same posts, readings and stories as a run in one process left, none twice."""
    here, there = content(folder), content(plain)
    assert len(here["ids"]) == len(set(here["ids"])) == town.total
    for reading in there["readings"].values():
        for name in ("score", "confidence"):  # the fourth decimal differs with a batch's size
            reading["sentiment"][name] = pytest.approx(reading["sentiment"][name], abs=5e-4)
    assert here == there
    assert stories(folder) == stories(plain)
    assert None not in stories(folder).values()
    verified = vigie("verify", workspace=folder)
    assert verified.returncode == 0, verified.stdout


def test_deploying_is_told_and_may_be_repeated(tmp_path: Path, prefect_url: str) -> None:
    folder = found(tmp_path / "w", Town())
    told = []
    for _ in range(2):
        done = vigie("deploy", "--pool", "twice", "--json", workspace=folder,
                     env={"PREFECT_API_URL": prefect_url})  # fmt: skip
        assert done.returncode == 0, done.stderr
        told.append(document(done))
    assert [one.pop("made") for one in told] == [True, False]
    assert told[0] == told[1]
    named = [
        f"{flow}/twice" for flow in ("vigie-run", "vigie-briefing", "vigie-collect", "vigie-read")
    ]
    assert told[0]["deployments"] == named
    asked = {"work_pools": {"name": {"any_": ["twice"]}}}
    there = posted(f"{prefect_url}/deployments/filter", asked)
    assert len(there) == 4
    whens = {one["entrypoint"]: [s["schedule"] for s in one["schedules"]] for one in there}
    assert [len(when) for _, when in sorted(whens.items())] == [1, 0, 0, 1]
    assert all(when["timezone"] == "Europe/Paris" for told in whens.values() for when in told)


def test_deploying_without_a_server_is_told(tmp_path: Path, prefect_url: str) -> None:
    folder = found(tmp_path / "w", Town())
    for command in ("deploy", "worker"):
        nowhere = vigie(command, workspace=folder)
        assert (nowhere.returncode, "PREFECT_API_URL" in nowhere.stderr) == (4, True)
        nobody = vigie(command, workspace=folder, env={"PREFECT_API_URL": "http://127.0.0.1:9/api"})
        assert (nobody.returncode, "no Prefect server" in nobody.stderr) == (1, True)
        wrong = vigie(command, workspace=folder, env={"PREFECT_API_URL": "nowhere"})
        assert wrong.returncode == 4
        assert "Traceback" not in nowhere.stderr + nobody.stderr + wrong.stderr
    lost = vigie("worker", "--pool", "absent", workspace=folder,
                 env={"PREFECT_API_URL": prefect_url})  # fmt: skip
    assert (lost.returncode, "vigie deploy" in lost.stderr) == (1, True)


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """What a watchlist says of its store: nothing, or a node that is started."""
    if request.param == "embedded":
        yield ""
        return
    from nodes import chosen, node
    from starting import CannotStart

    try:
        with node(chosen()[0], tmp_path / "node") as cluster:
            yield f'[store]\nengine = "opensearch"\nurl = "{cluster.url}"\nperiod = "year"\n'
    except CannotStart as reason:
        pytest.skip(f"no node: {reason}")


@pytest.mark.parametrize(
    ("dies", "settings"),
    [
        ("who has a part", "embedded"),
        ("who has the run", "embedded"),
        pytest.param("who has a part", "opensearch", marks=pytest.mark.engines),
    ],
    indirect=["settings"],
)
def test_two_workers_share_a_run_and_one_dies(
    dies: str, settings: str, tmp_path: Path, prefect_url: str, guard: dict[str, str]
) -> None:
    pool = dies.replace(" ", "-") + ("-of-a-cluster" if settings else "")
    with serving(Town(owned=40, tagged=200, entries=30, latency_s=0.5)) as town:
        plain = found(tmp_path / "plain", town)
        assert vigie("run", workspace=plain).returncode == 0
        one, other = machines(tmp_path, town, "one", "other", store=settings)
        told = vigie("deploy", "--pool", pool, workspace=one, env={"PREFECT_API_URL": prefect_url})
        assert told.returncode == 0, told.stderr
        with working(one, prefect_url, pool, limit=2) as first:
            first.said("started")
            begun = begin(prefect_url, pool)
            first.said("Beginning flow run")
            with working(other, prefect_url, pool) as second:
                second.said("Beginning subflow run")
                (first if dies == "who has the run" else second).kill()
                done = ended(prefect_url, pool)
    assert (done["id"] == begun) == (dies == "who has a part")
    states = [run["state_type"] for run in runs(prefect_url, pool)]
    assert "CRASHED" in states
    assert set(states) <= {"CRASHED", "COMPLETED", "CANCELLED"}
    same(one, plain, town)


def test_workers_read_ahead_and_one_is_stopped(tmp_path: Path, prefect_url: str) -> None:
    with serving(Town(owned=40, tagged=200, entries=30)) as town:
        plain = found(tmp_path / "plain", town)
        assert vigie("run", workspace=plain).returncode == 0
        one, other = machines(tmp_path, town, "one", "other", batch=120)
        told = vigie("deploy", "--pool", "read", workspace=one,
                     env={"PREFECT_API_URL": prefect_url})  # fmt: skip
        assert told.returncode == 0, told.stderr
        # The run is the first's, which has one place more: of two batches one is the second's.
        with working(one, prefect_url, "read", limit=2) as first:
            first.said("started")
            begin(prefect_url, "read")
            first.said("Beginning flow run")
            with working(other, prefect_url, "read") as second:
                second.said("for flow 'vigie-read'")
                second.process.send_signal(signal.SIGTERM)
                assert second.process.wait(90) == 130
                assert "nothing is lost" in second.log.read_text()
                ended(prefect_url, "read")
                assert second.processes() == []
    parts = [run["state_type"] for run in runs(prefect_url, "read") if "since" in run["parameters"]]
    assert "COMPLETED" in parts
    same(one, plain, town)


def test_a_part_that_waits_for_a_platform_that_is_down_is_not_taken_for_dead(
    tmp_path: Path, prefect_url: str
) -> None:
    town = Town(owned=5, tagged=10, entries=5)
    town.breaks("/a.xml")
    more = SETTINGS.replace("[cluster]", "again_after_s = [15]\n[cluster]")  # far beyond a lease
    with serving(town):
        folder = found(tmp_path / "w", town, feeds=("a",), more=f"{more}20000")
        told = vigie("deploy", "--pool", "down", workspace=folder,
                     env={"PREFECT_API_URL": prefect_url})  # fmt: skip
        assert told.returncode == 0, told.stderr
        with working(folder, prefect_url, "down") as only:
            only.said("started")
            begin(prefect_url, "down")
            ended(prefect_url, "down")
            log = only.log.read_text()
    assert "Retry 1/1 will start 15" in log
    assert "its worker is gone" not in log
    assert {run["state_type"] for run in runs(prefect_url, "down")} == {"COMPLETED"}
    assert len(content(folder)["ids"]) == 20


def test_one_worker_with_one_place_is_enough(tmp_path: Path, prefect_url: str) -> None:
    """It has the run, which waits for nobody for long."""
    with serving(Town(owned=5, tagged=10, entries=5)) as town:
        folder = found(tmp_path / "w", town, feeds=("a",), more=f"{SETTINGS}20000")
        told = vigie("deploy", "--pool", "one", workspace=folder,
                     env={"PREFECT_API_URL": prefect_url})  # fmt: skip
        assert told.returncode == 0, told.stderr
        with working(folder, prefect_url, "one", limit=1) as only:
            only.said("started")
            begin(prefect_url, "one")
            done = ended(prefect_url, "one")
            assert "no worker takes it" in only.log.read_text()
    parts = [run for run in runs(prefect_url, "one") if run["id"] != done["id"]]
    assert {run["state_type"] for run in parts} == {"CANCELLED"}
    assert len(content(folder)["ids"]) == 20
    assert vigie("verify", workspace=folder).returncode == 0
