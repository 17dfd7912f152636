"""A run that is killed or stopped, and started again, loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from town import Town, found, serving
from watching import content, started, vigie

from vigie.landing import Landing
from vigie.workspace import Workspace

pytestmark = pytest.mark.slow
POINTS = 10


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with serving(Town(owned=60, tagged=240, entries=30, latency_s=0.1)) as here:
        yield here


@pytest.fixture(scope="module")
def undisturbed(
    town: Town, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], float]:
    """What a run leaves that nobody disturbs, and its seconds."""
    folder = found(tmp_path_factory.mktemp("whole") / "w", town)
    begun = time.monotonic()
    assert vigie("run", workspace=folder).returncode == 0
    lasted = time.monotonic() - begun
    kept = content(folder)
    assert len(kept["ids"]) == town.total
    return kept, lasted


@pytest.fixture
def folder(tmp_path: Path, town: Town) -> Path:
    return found(tmp_path / "w", town)


def finished(folder: Path, kept: dict[str, Any]) -> None:
    """Runs again, and compares with the run that nobody disturbed."""
    again = vigie("run", workspace=folder)
    assert again.returncode == 0, again.stderr
    now = content(folder)
    assert len(now["ids"]) == len(set(now["ids"]))
    assert now["ids"] == kept["ids"]
    assert now["posts"] == kept["posts"]
    assert now["accounts"] == kept["accounts"]
    assert now["samples"] == kept["samples"]
    assert set(now["readings"]) == set(kept["readings"])
    verified = vigie("verify", workspace=folder)
    assert verified.returncode == 0, verified.stdout


def test_kill_9_at_random_points(
    tmp_path: Path,
    town: Town,
    undisturbed: tuple[dict[str, Any], float],
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept, lasted = undisturbed
    seed = int(os.environ.get("VIGIE_SEED") or random.SystemRandom().randrange(10**6))
    chance = random.Random(seed)
    with capsys.disabled():
        print(f"\nkill -9, VIGIE_SEED={seed}, a run lasts {lasted:.1f} s")
    for number in range(POINTS):
        folder = found(tmp_path / f"w{number}", town)
        after = chance.uniform(0, lasted)
        process = started("run", workspace=folder)
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        told = process.stderr.read().splitlines()
        process.stderr.close()
        with capsys.disabled():
            print(f"  {after:.2f} s: {told[-1] if told else 'before the first word'}")
        finished(folder, kept)


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        (signal.SIGTERM, "collect"),
        (signal.SIGINT, "taken"),
        (signal.SIGTERM, "reading"),
        (signal.SIGINT, "posts read"),
        (signal.SIGTERM, "analysis"),
    ],
)
def test_stopped(
    folder: Path, undisturbed: tuple[dict[str, Any], float], sent: signal.Signals, at: str
) -> None:
    process = started("run", workspace=folder)
    said = ""
    for line in process.stderr:
        said += line
        if line.startswith(at):
            process.send_signal(sent)
            break
    said += process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 130, said
    assert "nothing is lost" in said
    assert "Traceback" not in said
    verified = vigie("verify", workspace=folder)
    if (folder / ".vigie" / "store").exists():
        assert verified.returncode == 0, verified.stdout
    finished(folder, undisturbed[0])


def test_two_runs_at_once(folder: Path, undisturbed: tuple[dict[str, Any], float]) -> None:
    first = started("run", workspace=folder)
    for line in first.stderr:
        if line.startswith("collect"):
            break
    for words in (("run",), ("rebuild",), ("remap",)):
        second = vigie(*words, "--lang", "en", workspace=folder)
        assert second.returncode == 1
        assert "at work here" in second.stderr
        assert "Traceback" not in second.stderr
    first.stderr.read()
    first.stderr.close()
    assert first.wait() == 0
    finished(folder, undisturbed[0])


def test_a_segment_cut_at_a_random_byte(
    folder: Path, town: Town, undisturbed: tuple[dict[str, Any], float]
) -> None:
    """What a disk lost is not invented: whole frames stay, the next run writes behind them, and
    `verify` names the posts whose bodies are gone."""
    assert vigie("run", workspace=folder).returncode == 0
    with Landing(folder / ".vigie" / "landing") as landing:
        before = [answer.body for answer in landing.read(["mastodon"])]
        (segment,) = landing.segments(["mastodon"])
    whole = segment.read_bytes()
    seed = int(os.environ.get("VIGIE_SEED") or random.SystemRandom().randrange(10**6))
    cut = random.Random(seed).randrange(1, len(whole))
    segment.write_bytes(whole[:cut])
    with Landing(folder / ".vigie" / "landing") as landing:
        left = [answer.body for answer in landing.read(["mastodon"])]
        assert landing.verify() == []
    assert left == before[: len(left)]
    assert len(left) < len(before), f"VIGIE_SEED={seed}"
    told = vigie("verify", workspace=folder)
    assert told.returncode == 1
    assert "never landed" in told.stdout
    assert vigie("run", workspace=folder).returncode == 0
    with Workspace.open(folder) as space:
        assert space.landing.verify() == []
        after = [answer.body for answer in space.landing.read(["mastodon"])]
    assert after[: len(left)] == left
    assert len(after) > len(left)
    assert vigie("rebuild", workspace=folder).returncode == 0
    assert content(folder)["ids"] == undisturbed[0]["ids"], "the store still holds them"
