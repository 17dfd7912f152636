"""The demo on a search engine tells what the demo on the embedded store tells, to the letter."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nodes import Cluster

pytestmark = [pytest.mark.engines, pytest.mark.slow]
VIGIE = [sys.executable, "-c", "from vigie.cli import main; main()"]
ASKED = (
    ("search", "*", "--limit", "200", "--sort", "published_at"),
    ("search", "vélo OR bike", "--limit", "100"),
    ("trends",), ("alerts",), ("benchmark",), ("influencers",),
)  # fmt: skip


def told(url: str, *words: str) -> Any:
    """The one document of a command."""
    done = subprocess.run(
        [*VIGIE, *words, "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
        env={**os.environ, "VIGIE_OPENSEARCH_URL": url},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def plain(value: Any) -> Any:
    """A document without what differs from run to run: times of work, ports, runs, the last bits
    of sums, and the microseconds by which pages that come side by side stand in their order."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if key not in ("run_id", "seconds")}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, str):
        value = re.sub(r"(T\d\d:\d\d:\d\d)\.\d{6}Z", r"\1Z", value)
        return re.sub(r"127\.0\.0\.1:\d+", "HOST", value)
    return float(f"{value:.9g}") if isinstance(value, float) else value


def test_the_same_findings(server: Cluster, tmp_path: Path) -> None:
    if server.engine not in ("os2", "given"):
        pytest.skip("tried on one engine: the store's suite runs on each")
    reports = {}
    for store in ("opensearch", "embedded"):
        folder = tmp_path / store
        reports[store] = told(
            server.url, "demo", "--dir", str(folder), "--store", store, "--no-serve"
        )
    assert all(item["found"] for item in reports["embedded"]["truth"].values())
    for part in ("sources", "states", "posts", "truth", "findings"):
        assert reports["opensearch"][part] == reports["embedded"][part], part
    for words in ASKED:
        here, there = (
            plain(told(server.url, *words, "--workspace", str(tmp_path / store)))
            for store in reports
        )
        assert here == there, words
    checked = told(server.url, "verify", "--workspace", str(tmp_path / "opensearch"))
    assert checked == {"ok": True, "differences": []}
