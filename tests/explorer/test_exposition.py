"""What Prometheus is told: readable by its strict parsers, true, without words and keys."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
from prometheus_client.parser import text_string_to_metric_families as plain
from starlette.testclient import TestClient

from vigie.explorer.app import create_app
from vigie.records import Budget, Run, SourceRun
from vigie.store import Filters
from vigie.workspace import Workspace

from .seeding import open_workspace

ROOT = Path(__file__).resolve().parents[2]
OPEN = {"accept": "application/openmetrics-text; version=1.0.0; charset=utf-8"}
TOKEN = "a-token-that-nobody-guesses"


def told(client: TestClient) -> dict[str, Metric]:
    answer = client.get("/metrics", headers=OPEN)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    families = list(strict(answer.text))
    assert len({family.name for family in families}) == len(families)
    return {family.name: family for family in families}


def values(family: Metric, *labels: str) -> dict[tuple[str, ...], float]:
    return {tuple(one.labels[name] for name in labels): one.value for one in family.samples}


def test_both_forms_are_read_by_strict_parsers_and_agree(client: TestClient) -> None:
    families = told(client)
    text = client.get("/metrics")
    assert text.headers["content-type"].startswith("text/plain; version=")
    samples = {
        (one.name, *sorted(one.labels.items())): one.value
        for family in plain(text.text)
        for one in family.samples
    }
    same = {
        (one.name, *sorted(one.labels.items())): one.value
        for family in families.values()
        for one in family.samples
    }
    free = ("vigie_disk_free_bytes",)
    assert samples.pop(free) > 0
    assert same.pop(free) > 0
    assert samples == same
    for family in families.values():
        assert family.documentation
        assert family.type in ("gauge", "counter", "info")
        assert re.fullmatch(r"vigie_[a-z_]+", family.name)


def test_the_figures_are_those_of_the_store(client: TestClient, workspace: Workspace) -> None:
    families = told(client)
    counted = values(families["vigie_posts"], "platform", "state")
    for (platform, state), number in counted.items():
        filters = Filters(platforms=(platform,), states=(state,))
        assert workspace.store.aggregate("*", filters, {})["total"] == number
    live = workspace.store.aggregate("*", Filters(), {})["total"]
    assert sum(n for (_, state), n in counted.items() if state == "live") == live
    unread = [
        id
        for frame in workspace.store.scan(Filters(), ["id", "story_id"])
        for id in frame.filter(frame["story_id"].is_null())["id"]
    ]
    assert values(families["vigie_posts_unread"]) == {(): len(unread)}
    states = values(families["vigie_source_state"], "source", "state")
    assert states["mastodon/tag/pain", "broken"] == 1
    assert states["mastodon/tag/pain", "ok"] == 0
    sources = {source for source, _ in states}
    assert all(sum(states[one, state] for state in ("ok", "empty", "rate_limited", "broken",
                   "skipped")) == 1 for one in sources)  # fmt: skip
    runs = list(workspace.store.all(Run))
    assert sum(values(families["vigie_runs"]).values()) > 0
    assert sum(values(families["vigie_runs"], "kind").values()) == len(runs)


def test_a_source_is_told_as_it_last_was_and_nothing_secret(tmp_path: Path) -> None:
    key = "feeds/feed/https://reader:pa55word@feeds.example/a.xml?token=s3cr3t-t0ken"
    at = datetime(2026, 11, 23, 7, tzinfo=UTC)
    with open_workspace(tmp_path / "w", posts=20) as space:
        for number, state in enumerate(("ok", "broken")):
            source = SourceRun(
                key=key, platform="feeds", state=state, reason="<b>HTTP 500</b> s3cr3t-t0ken",
                started_at=at, ended_at=at, last_success_at=at, items=7,
            )  # fmt: skip
            again = SourceRun(
                key=f"mastodon/refresh/{number}", platform="mastodon", state="ok",
                started_at=at, ended_at=at,
            )  # fmt: skip
            run = Run(id=f"20261123T0700{number}", kind="collect", started_at=at, ended_at=at,
                      sources=(source, again), seconds={"enrich": 1.5 + number})  # fmt: skip
            space.store.upsert([run, Budget(id="x@2026-11-23", bucket="x", day="2026-11-23",
                                            calls=41)])  # fmt: skip
        (space.data / "quarantine" / "feeds").mkdir(parents=True)
        (space.data / "quarantine" / "feeds" / "1.json").write_text("{}")
        client = TestClient(create_app(space, keep=0), base_url="http://127.0.0.1")
        families = told(client)
        text = client.get("/metrics").text
        posts = [hit.post.text for hit in space.store.search("*").hits]
    shown = "feeds/feed/https://feeds.example/a.xml?token=***"
    states = values(families["vigie_source_state"], "source", "state")
    assert (states[shown, "broken"], states[shown, "ok"]) == (1, 0)
    success = values(families["vigie_source_last_success_timestamp_seconds"], "source")
    assert success[(shown,)] == at.timestamp()
    assert not [source for source, _ in states if "refresh" in source], "of those there is no end"
    assert values(families["vigie_quarantined"], "platform") == {("feeds",): 1}
    assert values(families["vigie_budget_spent"], "bucket", "unit")["x", "calls"] == 41
    assert values(families["vigie_stage_seconds"], "stage")[("enrich",)] == 2.5
    for secret in ("pa55word", "s3cr3t-t0ken", "HTTP 500", TOKEN):
        assert secret not in text
    assert len(posts) == 20
    assert not [post for post in posts if post and post in text]


def test_an_empty_store_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "vigie.toml").write_text('[workspace]\nname = "Nothing"\n', encoding="utf-8")
    with Workspace.open(tmp_path) as space:
        families = told(TestClient(create_app(space), base_url="http://127.0.0.1"))
    assert values(families["vigie_posts_unread"]) == {(): 0}


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"authorization": f"Bearer {TOKEN}"}, 200), ({"authorization": "Bearer x"}, 401)],
)
def test_the_gate_is_that_of_the_pages(
    workspace: Workspace, headers: dict[str, str], status: int
) -> None:
    client = TestClient(create_app(workspace, token=TOKEN), base_url="https://vigie.example")
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("vigie_posts" in answer.text) == (status == 200)
    here = TestClient(create_app(workspace), base_url="http://elsewhere.example")
    assert here.get("/metrics").status_code == 421


def test_every_family_is_documented_in_both_languages(client: TestClient) -> None:
    families = told(client)
    for page in ("operate.md", "operate.fr.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        rows = "\n".join(line for line in text.splitlines() if line.startswith("| `vigie_"))
        named = set(re.findall(r"`(vigie_[a-z_]+)(?:\{[^`]*)?`", rows))
        wanted = {f"{one.name}{'_total' * (one.type == 'counter')}" for one in families.values()}
        wanted = {f"{name}_info" if name == "vigie_build" else name for name in wanted}
        assert wanted == named, page
