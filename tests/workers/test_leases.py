"""Who holds what: one process a machine, one machine a store, and what death frees."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from town import Town, found, serving

from vigie.errors import Busy
from vigie.leases import Lease, held, machine
from vigie.pipeline import Pipeline
from vigie.workspace import Workspace

TTL = "[cluster]\nlease_s = 2"
HOLDER = """
import sys, time
from pathlib import Path
from vigie.workspace import Workspace
with Workspace.open(Path(sys.argv[1])) as space, space.alone("collect:mastodon"):
    print("held", flush=True)
    sys.stdin.read()
"""


def machines(root: Path) -> tuple[Path, Path]:
    """Two folders over one store."""
    here, there = (found(root / name, Town(), more=TTL) for name in ("here", "there"))
    (here / ".vigie" / "store").mkdir()
    (there / ".vigie" / "store").symlink_to(here / ".vigie" / "store")
    return here, there


def holder(folder: Path) -> subprocess.Popen[str]:
    """A process that holds the crawl of Mastodon until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def ended(process: subprocess.Popen[str]) -> None:
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


async def test_what_a_dead_process_held_is_free_here_at_once_and_elsewhere_later(
    tmp_path: Path,
) -> None:
    here, there = machines(tmp_path)
    process = holder(here)
    with Workspace.open(here) as mine, Workspace.open(there) as other:
        for space in (mine, other):
            with pytest.raises(Busy):
                async with held(space, "collect:mastodon"):
                    pytest.fail("held twice")
        process.kill()
        ended(process)
        with pytest.raises(Busy):
            async with held(other, "collect:mastodon"):
                pytest.fail("the lease has not lapsed")
        begun = time.monotonic()
        async with held(mine, "collect:mastodon"):
            assert time.monotonic() - begun < 1
    process = holder(here)
    process.kill()
    ended(process)
    begun = time.monotonic()
    with Workspace.open(there) as other:
        async with held(other, "collect:mastodon", patience_s=30):
            assert time.monotonic() - begun < 10


def test_a_lease_is_renewed_while_its_holder_lives(tmp_path: Path) -> None:
    here, there = machines(tmp_path)
    process = holder(here)
    try:
        with Workspace.open(there) as other:
            ends = time.monotonic() + 4
            while time.monotonic() < ends:
                assert not other.store.claim("collect:mastodon", "another", 1)
                time.sleep(0.1)
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
            assert other.store.claim("collect:mastodon", "another", 1), "left, it is free at once"
    finally:
        process.kill()
        ended(process)


async def test_who_loses_a_lease_stops(tmp_path: Path) -> None:
    folder = found(tmp_path / "w", Town(), more=TTL)
    with Workspace.open(folder) as space:
        with pytest.raises(Busy, match="run"):
            await asyncio.wait_for(_robbed(space), 30)
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        assert space.store.claim("run", "another", 60), "the one who took it keeps it"
        with pytest.raises(Busy):
            async with held(space, "run"):
                pytest.fail("held twice")


def test_who_loses_a_lease_where_nothing_can_stop_is_told_at_the_end(tmp_path: Path) -> None:
    folder = found(tmp_path / "w", Town(), more=TTL)
    lost = threading.Event()
    with Workspace.open(folder) as space:
        lease = Lease(space.store, "run", "me", 0.3, lost.set)
        lease.__enter__()
        space.store.release("run", "me")
        assert space.store.claim("run", "another", 60)
        assert lost.wait(10)
        with pytest.raises(Busy):
            lease.__exit__(None, None, None)
        lease.__exit__(KeyError, KeyError("what the block itself raised comes first"), None)


async def _robbed(space: Workspace) -> None:
    """Holds the run, which another machine takes, as it may when this one was suspended."""
    async with held(space, "run"):
        space.store.release("run", machine(space.data))
        assert space.store.claim("run", "another", 60)
        await asyncio.Event().wait()


async def test_a_platform_that_another_reads_is_left_to_it(tmp_path: Path) -> None:
    with serving(Town(owned=2, tagged=3, entries=4)) as town:
        folder = found(tmp_path / "w", town, more="[cluster]\nlease_s = 1")
        with Workspace.open(folder) as space:
            assert space.store.claim("collect:mastodon", "another", 60)
            run = await Pipeline(space).collect()
    states = {source.key: (source.state, source.reason) for source in run.sources}
    told = {told for key, told in states.items() if key.startswith("mastodon/")}
    assert told == {("skipped", "another worker reads it")}
    assert {told for key, told in states.items() if key.startswith("feeds/")} == {("ok", None)}
    assert not [path for path in town.hits if path.startswith("/api/v1/")]
