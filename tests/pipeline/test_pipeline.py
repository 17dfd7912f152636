"""The whole way in a small workspace: what a run leaves, and what it says where it cannot."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.responses import Response
from town import NOW, Town, found, serving
from watching import content, document, vigie

from vigie.backfills import replay
from vigie.findings import latest
from vigie.pipeline import Pipeline, unread
from vigie.records import Alert, Benchmark, Budget, Influencer, MetricSample, Run, sample_id
from vigie.verifying import verify
from vigie.workspace import Workspace


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with serving(Town(owned=30, tagged=90, entries=20)) as here:
        yield here


@pytest.fixture(scope="module")
def read(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace after `vigie run`."""
    folder = found(tmp_path_factory.mktemp("read") / "w", town)
    done = vigie("run", "--json", workspace=folder)
    assert done.returncode == 0, done.stderr
    assert document(done)["counts"]["new_post"] == town.total
    return folder


async def collected(folder: Path, only: tuple[str, ...] = ()) -> Run:
    with Workspace.open(folder) as space:
        return await Pipeline(space).collect(only)


def states(run: Run | dict[str, Any]) -> dict[str, str]:
    told = run if isinstance(run, dict) else run.model_dump(mode="json")
    return {one["key"].rpartition("/")[2]: one["state"] for one in told["sources"]}


def test_a_run_leaves_findings(read: Path, town: Town) -> None:
    with Workspace.open(read, read_only=True) as space:
        assert unread(space) == []
        assert space.landing.count() > 0
        assert {row.brand for row in latest(space.store, Benchmark)} == {"lumen"}
        assert latest(space.store, Influencer)
        assert space.store.search("brand:lumen").total > 0
        assert space.store.search("hashtag:velo").total == town.owned + town.tagged
        assert verify(space) == []
    assert vigie("verify", workspace=read).returncode == 0


def test_a_second_run_changes_nothing(read: Path, town: Town) -> None:
    before = content(read)
    assert len(before["readings"]) == len(before["ids"]) == town.total
    with Workspace.open(read, read_only=True) as space:
        alerts = [alert.id for alert in latest(space.store, Alert)]
    done = vigie("run", "--json", workspace=read)
    assert done.returncode == 0, done.stderr
    counts = document(done)["counts"]
    assert counts.get("new_post", 0) == counts["read"] == 0
    assert content(read) == before
    with Workspace.open(read, read_only=True) as space:
        assert [alert.id for alert in latest(space.store, Alert)] == alerts
        # Of the same instant: it takes the place of the one before.
        assert [run.kind for run in space.store.all(Run)].count("analyse") == 1


def test_candidates_grow_by_the_followers_that_were_counted(read: Path, tmp_path: Path) -> None:
    from vigie.analysing import analyse

    folder = tmp_path / "w"
    shutil.copytree(read, folder)
    with Workspace.open(folder) as space:
        person = next(one for one in latest(space.store, Influencer) if one.followers)
        assert person.components["growth"] is None, "counted once"
        at = NOW - timedelta(days=20)
        space.store.upsert(
            [
                MetricSample(
                    id=sample_id(person.account_id, "followers", at), entity=person.account_id,
                    entity_kind="account", platform=person.platform, metric="followers",
                    value=person.followers / 1.25, captured_at=at,
                )
            ]
        )  # fmt: skip
        analyse(space)
        (again,) = (one for one in latest(space.store, Influencer) if one.id == person.id)
        assert again.components["growth"] == pytest.approx(0.5)


def test_rebuild_and_remap_give_the_same(read: Path) -> None:
    before = content(read)
    assert vigie("remap", workspace=read).returncode == 0
    assert content(read) == before
    assert vigie("rebuild", workspace=read).returncode == 0
    assert content(read) == before
    assert vigie("verify", workspace=read).returncode == 0


async def test_a_lost_store_comes_back_from_the_landing(town: Town, tmp_path: Path) -> None:
    folder = found(tmp_path / "w", town)
    await collected(folder)
    before = content(folder)
    for file in sorted((folder / ".vigie" / "store").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    done = vigie("rebuild", workspace=folder)
    assert done.returncode == 0, done.stderr
    assert content(folder) == before


async def test_each_collection_tells_what_it_brought_itself(town: Town, tmp_path: Path) -> None:
    folder = found(tmp_path / "w", town)
    with Workspace.open(folder) as space:
        pipeline = Pipeline(space)
        first, second = await pipeline.collect(), await pipeline.collect()
    assert first.counts["new_post"] == town.total
    assert second.counts["new_post"] == 0


async def test_a_broken_source_is_reported_and_the_others_read(tmp_path: Path) -> None:
    town = Town(owned=10, tagged=10, entries=5)
    town.answers["/b.xml"] = Response("nothing here", 500)
    with serving(town):
        folder = found(tmp_path / "w", town)
        done = vigie("run", "--json", "--only", "feeds", workspace=folder)
        assert done.returncode == 3
        told = document(done)
        assert states(told) == {"a.xml": "ok", "b.xml": "broken"}
        assert told["counts"]["new_post"] == 5
        again = vigie("status", "--lang", "en", workspace=folder)
        assert "HTTP 500" in again.stdout
        del town.answers["/b.xml"]
        run = await collected(folder)
    assert set(states(run).values()) <= {"ok", "empty"}
    with Workspace.open(folder, read_only=True) as space:
        assert space.store.search("*").total == 30


async def test_a_source_that_nobody_serves(tmp_path: Path) -> None:
    town = Town()
    with serving(town):
        folder = found(tmp_path / "w", town)
    run = await collected(folder)
    assert set(states(run).values()) == {"broken"}
    assert {source.reason for source in run.sources} == {"connection refused"}


async def test_a_budget_ends_a_visit_and_the_next_day_goes_on(tmp_path: Path) -> None:
    with serving(Town(owned=100, tagged=100, entries=5)) as town:
        folder = found(tmp_path / "w", town, mastodon="calls_per_day = 8")
        run = await collected(folder, ("mastodon",))
        reasons = [source.reason or "" for source in run.sources]
        assert any(reason.startswith("budget") for reason in reasons)
        assert sum(source.requests for source in run.sources) == 8
        with Workspace.open(folder, read_only=True) as space:
            (budget,) = [
                one for one in space.store.all(Budget) if one.bucket.startswith("mastodon")
            ]
            assert (budget.calls, budget.day) == (8, NOW.date().isoformat())
            assert 0 < space.store.search("*").total < 200
            assert verify(space) == []
        for day in range(24, 31):
            later = NOW.replace(day=day).isoformat()
            (folder / ".vigie" / "now").write_text(later, encoding="utf-8")
            await collected(folder, ("mastodon",))
    with Workspace.open(folder, read_only=True) as space:
        assert space.store.search("*").total == 200


async def test_what_cannot_be_mapped_lies_in_quarantine_until_it_can(tmp_path: Path) -> None:
    town = Town(owned=5, tagged=5, entries=5)
    with serving(town):
        folder = found(tmp_path / "w", town)
        town.answers["/api/v1/timelines/tag/velo"] = Response('[{"id": "1", "cont')
        run = await collected(folder, ("mastodon",))
    told = {source.key: source for source in run.sources}["mastodon/tag/velo"]
    assert (told.state, told.quarantined) == ("broken", 1)
    with Workspace.open(folder) as space:
        ((path, reason),) = space.landing.quarantine_reasons()
        assert reason
        assert orjson.loads(path.read_bytes())["answer"]["target"] == "mastodon/tag/velo"
        assert replay(space)["quarantined"] == 1
        assert len(list(space.landing.quarantine_reasons())) == 1
        assert verify(space) == []


def test_refused_rows_of_a_file(tmp_path: Path, town: Town) -> None:
    folder = found(tmp_path / "w", town)
    file = tmp_path / "posts.csv"
    file.write_text(
        "id,text,date\n1,Le Lumen est arrivé,2026-11-20T10:00:00Z\n"
        "2,sans date,\n3,bon,2026-11-21T10:00:00Z\n",
        encoding="utf-8",
    )
    columns = tmp_path / "map.toml"
    columns.write_text(
        '[columns]\nnative_id = "id"\ntext = "text"\npublished_at = "date"\n', encoding="utf-8"
    )
    words = ("import", str(file), "--columns", str(columns), "--platform", "tiktok", "--json")
    done = vigie(*words, workspace=folder)
    assert done.returncode == 3, done.stderr
    counts = document(done)["counts"]
    assert (counts["rows"], counts["refused"], counts["new_post"]) == (3, 1, 2)
    assert "row" in document(done)["errors"][0]
    with Workspace.open(folder, read_only=True) as space:
        ((_, reason),) = space.landing.quarantine_reasons()
        assert "row 3" in reason
        assert verify(space) == []
        assert space.store.search("brand:lumen").total == 1
    again = document(vigie(*words, workspace=folder))["counts"]
    assert again.get("new_post", 0) == 0


async def test_verify_tells_what_is_missing(town: Town, tmp_path: Path) -> None:
    from vigie.store import Filters

    folder = found(tmp_path / "w", town)
    await collected(folder, ("feeds",))
    with Workspace.open(folder) as space:
        (one, *_) = content(folder)["ids"]
        space.store.delete(Filters(ids=(one,)))
    done = vigie("verify", "--json", workspace=folder)
    assert done.returncode == 1
    assert any(one in line for line in document(done)["differences"])


async def test_deliveries(town: Town, tmp_path: Path) -> None:
    from vigie.delivering import deliver_alerts, deliver_week

    more = '[[deliveries]]\nto = "sorties"\nwhat = ["briefing", "alerts", "shortlist"]\n'
    folder = found(tmp_path / "w", town, more=more)
    with Workspace.open(folder) as space:
        pipeline = Pipeline(space)
        await pipeline.collect()
        await pipeline.analyse()
        assert [path.name for path in deliver_alerts(space)] == ["alerts.json"]
        written = [path.relative_to(folder).as_posix() for path in deliver_week(space)]
    assert "sorties/2026-W47/briefing.fr.html" in written
    assert ".vigie/briefings/2026-W47/briefing.en.md" in written
    assert "sorties/shortlist.xlsx" in written
