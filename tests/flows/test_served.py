"""Runs through a real Prefect server on loopback, and `vigie serve` as a whole."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest
from starlette.responses import Response
from town import Town, found, serving
from watching import content, document, environment, left_behind, started, vigie

pytestmark = pytest.mark.servers
LIMIT_S = 240.0


def asked(url: str, what: str, **body: Any) -> list[dict[str, Any]]:
    """What the Prefect server knows of artifacts, flow runs or task runs, the newest first."""
    answer = httpx.post(f"{url}/{what}/filter", json=body, timeout=30).raise_for_status()
    found: list[dict[str, Any]] = answer.json()
    return sorted(found, key=lambda one: one["created"], reverse=True)


def test_a_run_with_a_server_is_that_without(
    tmp_path: Path, prefect_url: str, guard: dict[str, str]
) -> None:
    with serving(Town(owned=25, tagged=60, entries=20)) as town:
        plain, served = (found(tmp_path / name, town) for name in ("plain", "served"))
        assert vigie("run", workspace=plain).returncode == 0
        done = vigie(
            "run", "--json", workspace=served, env={**guard, "PREFECT_API_URL": prefect_url}
        )
    assert done.returncode == 0, done.stderr
    told = document(done)
    assert told["counts"]["new_post"] == told["counts"]["read"] == town.total
    assert content(served) == content(plain)
    (run,) = asked(prefect_url, "flow_runs")
    assert run["state_type"] == "COMPLETED"
    names = {task["name"].rpartition("-")[0] for task in asked(prefect_url, "task_runs")}
    assert {"collect mastodon", "collect feeds", "read", "analyse"} <= names
    report = asked(prefect_url, "artifacts")[0]
    assert report["key"] == "vigie-run"
    assert f"| new_post | {town.total} |" in report["data"]
    assert Path(guard["VIGIE_WAYS_OUT"]).read_text() == "", "nothing leaves the machine"


def test_a_run_with_a_server_tells_json_lines(tmp_path: Path, prefect_url: str) -> None:
    with serving(Town(owned=2, tagged=3, entries=4)) as town:
        folder = found(tmp_path / "w", town)
        env = {"PREFECT_API_URL": prefect_url, "VIGIE_LOG": "json"}
        done = vigie("run", "--json", workspace=folder, env=env)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert {"prefect.flow_runs", "prefect.task_runs"} <= {one["logger"] for one in told}
    assert any(one.get("task_run_name", "").startswith("collect feeds") for one in told)


def test_a_platform_that_is_down_is_asked_again(tmp_path: Path, prefect_url: str) -> None:
    town = Town(owned=5, tagged=5, entries=8)
    town.breaks("/a.xml")
    with serving(town):
        folder = found(
            tmp_path / "w", town, feeds=("a",), more="[schedule]\nagain_after_s = [0.2, 0.2]"
        )
        done = vigie("run", "--json", workspace=folder, env={"PREFECT_API_URL": prefect_url})
    assert done.returncode == 0, done.stderr
    states = {one["key"]: one["state"] for one in document(done)["sources"]}
    assert states[f"feeds/feed/{town.url}/a.xml"] == "ok"
    counted = {task["name"]: task["run_count"] for task in asked(prefect_url, "task_runs")}
    assert 2 in {n for name, n in counted.items() if name.startswith("collect feeds")}


def test_a_platform_that_hangs_delays_no_other(tmp_path: Path, prefect_url: str) -> None:
    """Each is a task of its own with its own time limit."""
    town = Town(owned=5, tagged=5, entries=5)
    with serving(town), socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        nobody = f"http://127.0.0.1:{silent.getsockname()[1]}"  # takes calls, never answers
        folder = found(tmp_path / "w", town, feeds=("a",), more="[schedule]\nagain_after_s = []")
        path = folder / "vigie.toml"
        hanging = f'[platforms.hackernews]\nlimit_s = 3\nurl = "{nobody}"\n'
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("[platforms.hackernews]\nsearches = false", hanging))
        done = vigie("run", "--json", workspace=folder, env={"PREFECT_API_URL": prefect_url})
    assert done.returncode == 3, done.stderr
    told = {one["key"]: one for one in document(done)["sources"]}
    hung = [one for key, one in told.items() if key.startswith("hackernews/")]
    assert {one["reason"] for one in hung} == {"time limit: 3 s"}
    others = [one for key, one in told.items() if not key.startswith("hackernews/")]
    assert {one["state"] for one in others} <= {"ok", "empty"}
    assert max(one["ended_at"] for one in others) <= min(one["ended_at"] for one in hung)
    assert document(done)["counts"]["new_post"] == 15


def test_a_platform_that_stays_down_is_reported(tmp_path: Path, prefect_url: str) -> None:
    town = Town(owned=5, tagged=5, entries=5)
    town.answers["/a.xml"] = Response("out of order", 503)
    with serving(town):
        folder = found(tmp_path / "w", town, feeds=("a",), more="[schedule]\nagain_after_s = [0.2]")
        done = vigie("run", "--json", workspace=folder, env={"PREFECT_API_URL": prefect_url})
    assert done.returncode == 3, done.stderr
    assert document(done)["counts"]["new_post"] == 10
    assert "HTTP 503" in asked(prefect_url, "artifacts")[0]["data"]


@contextmanager
def serve(folder: Path, guard: dict[str, str]) -> Iterator[tuple[Any, Queue[str]]]:
    """`vigie serve`, and what it says; killed at the end if it still runs."""
    process = started("serve", "--port", "0", workspace=folder, env=guard)
    lines: Queue[str] = Queue()

    def listen() -> None:
        for line in process.stderr:
            lines.put(line.rstrip())
        lines.put("")

    listening = threading.Thread(target=listen)
    listening.start()
    try:
        yield process, lines
    finally:
        process.kill()
        process.wait()
        listening.join()
        process.stderr.close()


def said(lines: Queue[str], what: str) -> str:
    """The first line that holds these words."""
    heard = []
    while True:
        line = lines.get(timeout=LIMIT_S)
        heard.append(line)
        assert line, heard
        if what in line:
            return line


def test_serve_runs_explores_and_stops(tmp_path: Path, guard: dict[str, str]) -> None:
    with serving(Town(owned=20, tagged=40, entries=10)) as town:
        folder = found(tmp_path / "w", town)
        with serve(folder, guard) as (process, lines):
            explorer = said(lines, "http://127.0.0.1")
            assert httpx.get(explorer, timeout=60, follow_redirects=True).status_code == 200
            url = said(lines, "/api")
            said(lines, "Finished in state Completed()")
            while not (reports := asked(url, "artifacts")):
                said(lines, "Finished in state Completed()")
            assert f"| new_post | {town.total} |" in reports[0]["data"]
            deployed = {one["name"]: one for one in asked(url, "deployments")}
            assert set(deployed) == {"vigie-run", "vigie-briefing"}
            (weekly,) = deployed["vigie-briefing"]["schedules"]
            assert weekly["schedule"]["timezone"] == "Europe/Paris"
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 130
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")
    with pytest.raises(httpx.ConnectError):
        httpx.get(explorer)
    assert left_behind(folder) == []
    assert vigie("verify", workspace=folder).returncode == 0
    assert Path(guard["VIGIE_WAYS_OUT"]).read_text() == "", "nothing leaves the machine"


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_serve_is_stopped_in_the_middle_of_a_run(
    tmp_path: Path, guard: dict[str, str], sent: signal.Signals
) -> None:
    with serving(Town(owned=60, tagged=200, entries=10, latency_s=1.0)) as town:
        folder = found(tmp_path / "w", town)
        with serve(folder, guard) as (process, lines):
            said(lines, "Beginning flow run")
            process.send_signal(sent)
            assert process.wait(90) == 130
        assert left_behind(folder) == []
        town.latency_s = 0.0
        assert vigie("run", workspace=folder).returncode == 0
    assert len(content(folder)["ids"]) == town.total
    assert vigie("verify", workspace=folder).returncode == 0


def test_serve_that_is_killed_leaves_no_server(tmp_path: Path, guard: dict[str, str]) -> None:
    folder = found(tmp_path / "w", Town(owned=0, tagged=0, entries=0))
    with serve(folder, guard) as (process, lines):
        url = said(lines, "/api")
        process.kill()
        process.wait()
        while lines.get(timeout=LIMIT_S):  # ends when the last that could write has ended
            pass
    ends = time.monotonic() + LIMIT_S
    while left := left_behind(folder):  # the server lets its last answers go first
        assert time.monotonic() < ends, left
        time.sleep(0.1)  # processes of others tell nobody that they end
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def test_the_briefing_as_a_flow(tmp_path: Path, prefect_url: str, guard: dict[str, str]) -> None:
    with serving(Town(owned=10, tagged=20, entries=5)) as town:
        folder = found(tmp_path / "w", town)
        assert vigie("run", workspace=folder).returncode == 0
    code = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from flows.environment import prepare\n"
        "from vigie.workspace import Workspace\n"
        "prepare(Workspace.open(Path(sys.argv[1])))\n"
        "from flows.daily import weekly\n"
        "asyncio.run(weekly(sys.argv[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env=environment(**guard, PREFECT_API_URL=prefect_url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / ".vigie" / "briefings" / "2026-W47" / "briefing.fr.html").is_file()
    report = asked(prefect_url, "artifacts")[0]
    assert (report["key"], "briefing.json" in report["data"]) == ("vigie-briefing", True)


def test_a_run_with_a_server_is_stopped(tmp_path: Path, prefect_url: str) -> None:
    with serving(Town(owned=60, tagged=200, entries=10, latency_s=1.0)) as town:
        folder = found(tmp_path / "w", town)
        process = started("run", workspace=folder, env={"PREFECT_API_URL": prefect_url})
        for line in process.stderr:
            if "Beginning flow run" in line:
                break
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
        process.stderr.close()
        assert process.wait(60) == 130, said
        assert "nothing is lost" in said
        town.latency_s = 0.0
        assert vigie("run", workspace=folder).returncode == 0
    assert len(content(folder)["ids"]) == town.total
    assert vigie("verify", workspace=folder).returncode == 0
