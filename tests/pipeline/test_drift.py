"""A platform whose answers change their shape: read on, told everywhere, and no word on a brand."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient
from town import NOW, Town, found, serving
from watching import document, vigie

from vigie.explorer.app import create_app
from vigie.findings import latest
from vigie.pipeline import Pipeline
from vigie.records import OPERATIONAL, Alert, Run
from vigie.workspace import Workspace

TAG = "/api/v1/timelines/tag/velo"


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that was read, then read again after the platform had changed, and analysed."""
    import asyncio

    town = Town(owned=30, tagged=60, entries=5)
    folder = tmp_path_factory.mktemp("drift") / "w"

    def other(request: Request) -> Response:
        statuses = [dict(town._status(n)) for n in reversed(range(1041, 1061))]
        for one in statuses:
            one["mood"] = "new"
            one["sensitive"] = "false"
            del one["tags"]
        return JSONResponse(statuses)

    async def read() -> Run:
        with Workspace.open(folder) as space:
            pipeline = Pipeline(space)
            run = await pipeline.collect(("mastodon",))
            await pipeline.analyse()
            return run

    with serving(town):
        found(folder, town)
        first = asyncio.run(read())
        assert not any(source.unknown_fields for source in first.sources)
        town.answers[TAG] = other
        (folder / ".vigie" / "now").write_text((NOW + timedelta(hours=1)).isoformat())
        asyncio.run(read())
    return folder


def test_the_run_counts_new_missing_and_retyped_fields(changed: Path) -> None:
    with Workspace.open(changed, read_only=True) as space:
        last = max(space.store.all(Run), key=lambda run: (run.started_at, bool(run.sources)))
        (source,) = (one for one in last.sources if one.key == "mastodon/tag/velo")
        assert source.state == "ok"
        assert source.unknown_fields == {"timelines_tag.status.mood": 20}
        assert source.missing_fields == {"timelines_tag.status.tags": 20}
        assert source.retyped_fields == {"timelines_tag.status.sensitive=text": 20}
        assert source.seen_objects == {"timelines_tag.status": 20}


def test_it_is_alerted_and_no_brand_is(changed: Path) -> None:
    with Workspace.open(changed, read_only=True) as space:
        alerts = [one for one in latest(space.store, Alert) if one.status == "open"]
    assert [(one.kind, one.subject, one.platform) for one in alerts] == [
        ("drift", "source:mastodon", "mastodon")
    ]
    assert {one.kind for one in alerts} <= OPERATIONAL
    assert alerts[0].terms == (
        "timelines_tag.status.tags", "timelines_tag.status.sensitive=text",
        "timelines_tag.status.mood",
    )  # fmt: skip
    told = vigie("alerts", "--lang", "fr", workspace=changed).stdout
    assert "réponses d’une autre forme" in told


def test_status_tells_field_endpoint_since_and_share(changed: Path) -> None:
    told = vigie("status", "--lang", "en", workspace=changed).stdout
    assert "shape of the answers:" in told
    line = "mastodon timelines_tag: missing field status.tags (since Monday 23 Nov, 10:00, 100%)"
    assert line in told
    french = vigie("status", "--lang", "fr", workspace=changed).stdout
    assert "champ d’un autre type status.sensitive=text (depuis le lundi 23 nov., 10" in french
    rows = document(vigie("status", "--json", workspace=changed))["drift"]
    assert {(row["field"], row["kind"], row["share"]) for row in rows} == {
        ("status.tags", "missing", 1.0),
        ("status.mood", "new", 1.0),
        ("status.sensitive=text", "retyped", 1.0),
    }
    assert json.dumps(rows)


def test_the_sources_page_tells_it(changed: Path) -> None:
    with Workspace.open(changed, read_only=True) as space:
        client = TestClient(create_app(space), base_url="http://127.0.0.1")
        english = client.get("/sources?lang=en").text
        assert "Shape of the answers" in english
        for word in ("timelines_tag", "status.mood", "status.tags", "of another type"):
            assert word in english
        french = client.get("/sources?lang=fr").text
        assert "Forme des réponses" in french
        alert = next(one for one in latest(space.store, Alert) if one.kind == "drift")
        page = client.get(f"/alerts/{alert.id}?lang=en")
        assert page.status_code == 200
        assert "timelines_tag.status.tags" in page.text
        assert "standard deviations" not in page.text
        overview = client.get("/?lang=en").text
        assert "answers change shape" not in overview
