"""The command line as a user runs it, and what a test looks for in a workspace afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vigie.records import Account, Enrichment, MetricSample, Post
from vigie.store import Filters
from vigie.workspace import Workspace

VIGIE = [sys.executable, "-c", "from vigie.cli import main; main()"]
ENGLISH = {"LC_ALL": "en_GB.UTF-8"}


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would point at another Prefect server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {**kept, **ENGLISH, **more}


def vigie(
    *words: str, workspace: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    where = ["--workspace", str(workspace)] if workspace else []
    return subprocess.run(
        [*VIGIE, *words, *where],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=environment(**(env or {})),
    )


def started(*words: str, workspace: Path, env: Mapping[str, str] | None = None) -> Any:
    """Starts a command whose standard error is read line by line."""
    return subprocess.Popen(
        [*VIGIE, *words, "--workspace", str(workspace)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**(env or {})),
    )


def document(done: subprocess.CompletedProcess[str]) -> Any:
    """The one JSON document on standard output."""
    return json.loads(done.stdout)


# Answers of one visit are a microsecond apart where a clock stands still.
WHEN = {"source", "collected_at", "first_seen_at"}


def content(folder: Path) -> dict[str, Any]:
    """What a workspace knows, apart from when and by which run: posts, accounts and readings."""
    with Workspace.open(folder, read_only=True) as space:
        ids = [id for frame in space.store.scan(Filters(), ["id"]) for id in frame["id"]]
        posts = space.store.get(ids, Post)
        readings = space.store.get(ids, Enrichment)
        return {
            "ids": sorted(ids),
            "posts": {
                post.id: post.model_dump(mode="json", exclude=WHEN) for post in posts if post
            },
            "readings": {
                one.id: one.model_dump(mode="json", include={"language", "sentiment", "keyphrases"})
                for one in readings
                if one
            },
            "accounts": sorted(account.id for account in space.store.all(Account)),
            "samples": sorted(sample.id for sample in space.store.all(MetricSample)),
        }


def left_behind(folder: Path) -> list[str]:
    """Command lines of processes that still work for a workspace."""
    mark = str(folder).encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes() and process.name != str(os.getpid()):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # it has ended meanwhile, or is another's
            continue
    return found
