"""The whole way on the simulated world: its report agrees with the truth, item by item."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.demo


def vigie(*words: str) -> dict[str, Any]:
    code = "from vigie.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "world"


@pytest.fixture(scope="module")
def report(folder: Path) -> dict[str, Any]:
    return vigie("demo", "--no-serve", "--dir", str(folder))


def test_every_planted_item_is_found_and_no_decoy_fallen_for(
    report: dict[str, Any], folder: Path
) -> None:
    truth = json.loads((folder / ".vigie" / "truth.json").read_text("utf-8"))
    assert set(report["truth"]) == {item["id"] for item in truth["items"]}
    wrong = {id: told for id, told in report["truth"].items() if not told["found"]}
    assert not wrong
    assert all(told["evidence"] for told in report["truth"].values())


def test_the_world_is_large_enough(report: dict[str, Any]) -> None:
    assert report["posts"] >= 12_000


def test_only_the_planted_outage_is_broken(report: dict[str, Any]) -> None:
    troubled = {key for key, told in report["sources"].items() if told["state"] != "ok"}
    assert troubled
    assert {key.split("/")[0] for key in troubled} == {"mastodon"}


def test_again_it_goes_on_from_where_it_was(report: dict[str, Any], folder: Path) -> None:
    again = vigie("demo", "--no-serve", "--dir", str(folder))
    assert again["truth"] == report["truth"]
    assert again["posts"] == report["posts"]


def test_landing_store_and_index_agree(report: dict[str, Any], folder: Path) -> None:
    assert report["posts"]
    assert vigie("verify", "--workspace", str(folder))["ok"]
