"""Links lead somewhere: to the other dashboards, and from posts and findings to the explorer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from tests.explorer.seeding import open_workspace
from vigie.dashboards import EXPLORER, Settings, objects
from vigie.explorer.app import create_app
from vigie.locales import LANGUAGES, Lang
from vigie.records import Alert, Influencer, Trend
from vigie.store import Filters
from vigie.workspace import Workspace

both = pytest.mark.parametrize("lang", LANGUAGES)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with open_workspace(tmp_path_factory.mktemp("links")) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(workspace), base_url=EXPLORER) as opened:
        yield opened


def texts(lang: Lang) -> Iterator[str]:
    for one in objects(lang):
        if one["type"] == "visualization":
            state = json.loads(one["attributes"]["visState"])
            if state["type"] == "markdown":
                yield state["params"]["markdown"]


@both
def test_introductions_lead_to_the_other_dashboards_and_to_the_explorer(
    lang: Lang, client: TestClient
) -> None:
    boards = {one["id"] for one in objects(lang) if one["type"] == "dashboard"}
    told = list(texts(lang))
    assert len(told) == len(boards)
    for text in told:
        links = re.findall(r"\]\(([^)]+)\)", text)
        inner = {link.removeprefix("#/view/") for link in links if link.startswith("#")}
        assert len(inner) == len(boards) - 1
        assert inner < boards
        (outer,) = (link for link in links if not link.startswith("#"))
        answer = client.get(outer)
        assert answer.status_code == 200
        assert f'lang="{lang}"' in answer.text


@both
def test_posts_and_findings_lead_to_their_pages(
    lang: Lang, client: TestClient, workspace: Workspace
) -> None:
    store = workspace.store
    hit = next(hit for hit in store.search("*", Filters(brands=("levaine",))).hits)
    value = {
        "posts": {"id": hit.post.id, "parent_id": hit.post.id, "root_id": hit.post.id,
                  "story_id": hit.document["story_id"], "author.id": hit.post.author.id,
                  "brands": "levaine", "owner": "levaine"},
        "trends": {"id": next(iter(store.all(Trend))).id, "brands": "mieloup"},
        "alerts": {"id": next(iter(store.all(Alert))).id, "first_post": hit.post.id},
        "influencers": {"account_id": next(iter(store.all(Influencer))).id},
    }  # fmt: skip
    seen = set()
    for one in objects(lang):
        if one["type"] != "index-pattern":
            continue
        name = one["id"].split("-")[1]
        for field, shown in json.loads(one["attributes"]["fieldFormatMap"]).items():
            if shown["id"] != "url" or field == "url":
                continue
            address = shown["params"]["urlTemplate"]
            answer = client.get(address.replace("{{value}}", quote(value[name][field], safe="")))
            assert answer.status_code == 200, (name, field)
            assert f'lang="{lang}"' in answer.text
            if "post={{value}}" in address:
                assert re.search(r'data-total="1"|>1 (post|publication)\b', answer.text), field
            seen.add((name, field))
    assert seen == {(name, field) for name, fields in value.items() for field in fields}


def test_another_explorer_is_linked_to_everywhere() -> None:
    told = json.dumps(list(objects("fr", Settings(explorer="https://vigie.example"))))
    assert EXPLORER not in told
    assert "https://vigie.example/posts?" in told


def test_the_address_of_a_post_is_a_link_that_dashboards_itself_checks() -> None:
    """Without a template: schemes other than http and https are shown as text there."""
    for one in objects("en"):
        if one["type"] == "index-pattern" and one["id"] == "vigie-posts-en":
            shown = json.loads(one["attributes"]["fieldFormatMap"])["url"]
            assert shown == {"id": "url", "params": {"type": "a"}}
