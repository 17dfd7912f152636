"""The whole way on the simulated world: its report agrees with the truth, item by item."""

from __future__ import annotations

import asyncio
import html
import json
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.crawlers.conformance.test_faults import NAMES
from vigie.clock import SetClock
from vigie.demo import script
from vigie.demo.faults import Faults
from vigie.demo.server import serve
from vigie.demo.world import World
from vigie.explorer.app import create_app
from vigie.faults import FAULTS
from vigie.pipeline import Pipeline
from vigie.records import OPERATIONAL, Alert, MetricSample
from vigie.store import Filters
from vigie.workspace import Workspace

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
    fine = ("ok", "empty")  # nothing new under a hashtag is no trouble
    troubled = {key for key, told in report["sources"].items() if told["state"] not in fine}
    assert troubled
    assert {key.split("/")[0] for key in troubled} == {"mastodon"}


def test_brands_are_read_on_every_network(report: dict[str, Any], folder: Path) -> None:
    with Workspace.open(folder, read_only=True) as space:
        frames = space.store.scan(Filters(origins=("owned",)), ["platform", "owner"])
        owned = {row for frame in frames for row in frame.select("platform", "owner").iter_rows()}
        brands = {
            platform: {owner for name, owner in owned if name == platform} for platform, _ in owned
        }
        assert {name for name, owners in brands.items() if len(owners) == 6} >= {
            "mastodon", "bluesky", "x", "youtube", "instagram", "facebook", "threads",
        }  # fmt: skip
        assert {"tiktok", "linkedin", "pinterest", "telegram"} <= brands.keys(), "the own brand"
        sampled = {one.platform for one in space.store.all(MetricSample)}
    assert {"google_analytics", "facebook", "instagram"} <= sampled, "own figures"


def test_again_it_goes_on_from_where_it_was(report: dict[str, Any], folder: Path) -> None:
    again = vigie("demo", "--no-serve", "--dir", str(folder))
    assert again["truth"] == report["truth"]
    assert again["posts"] == report["posts"]


def test_landing_store_and_index_agree(report: dict[str, Any], folder: Path) -> None:
    assert report["posts"]
    assert vigie("verify", "--workspace", str(folder))["ok"]


SWITCHED: dict[str, str] = {
    "bluesky": "consent", "facebook": "revoked", "google_analytics": "failed",
    "hackernews": "html", "instagram": "login", "linkedin": "outdated", "meta": "unapproved",
    "pinterest": "empty", "press": "outage", "reddit": "half", "telegram": "lapsed",
    "threads": "failed", "tiktok": "html", "x": "revoked", "youtube": "login",
}  # fmt: skip


async def test_a_fault_in_every_platform_is_named_and_alerts_of_nothing_else(
    report: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "world"
    shutil.copytree(folder, copy)
    kept = json.loads((copy / ".vigie" / "demo.json").read_text("utf-8"))
    now = datetime.fromisoformat(kept["now"])
    clock = SetClock(now + timedelta(hours=2))
    keys, faults = script.tokens(kept["seed"]), Faults()
    for platform, fault in SWITCHED.items():
        faults.switch(platform, fault)  # type: ignore[arg-type]
    world = await asyncio.to_thread(World, now, kept["seed"])
    with Workspace(copy, clock=clock) as space:
        space.override(keys)
        before = {one.id for one in space.store.all(Alert)}
        async with serve(world, clock, kept["port"], script.grants(keys), faults):
            run = await Pipeline(space).collect()
        found = await Pipeline(space).analyse()
        new = [one for one in space.store.all(Alert) if one.id not in before]
        page = TestClient(create_app(space), base_url="http://127.0.0.1").get("/sources?lang=en")
    assert found
    assert not [alert for alert in new if alert.kind not in OPERATIONAL]
    place = {"feeds": "press"}
    told: dict[str, set[str]] = {}
    for source in run.sources:
        told.setdefault(place.get(source.platform, source.platform), set()).add(
            (source.reason or source.state).partition(":")[0]
        )
    for platform, fault in SWITCHED.items():
        assert told[platform] & set(NAMES[fault]), (platform, fault, told[platform])
        assert not told[platform] & {"ok", "empty"}, (platform, fault, told[platform])
    shown = html.unescape(page.text)
    for key in {name for names in told.values() for name in names if name in FAULTS}:
        assert FAULTS[key].what[1] in shown, key
