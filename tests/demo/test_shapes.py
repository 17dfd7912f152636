"""Answers have the shapes that the platforms' own descriptions promise."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.crawlers.specs import Lexicons
from vigie.clock import SetClock
from vigie.demo.world import World

Ask = Callable[..., Any]
AT = datetime(2026, 11, 18, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def lexicons(shared: Path) -> Lexicons:
    return Lexicons(shared / "specs" / "bluesky")


async def test_bluesky_answers_validate(
    lexicons: Lexicons, world: World, clock: SetClock, ask: Ask
) -> None:
    clock.set(AT)
    video = quote(world.owned["cahotelle", "bluesky"][3].uri)
    for method, given in (
        ("app.bsky.actor.getProfile", "actor=haulberry.example"),
        ("app.bsky.actor.getProfiles", "actors=haulberry.example&actors=roulombe.example"),
        ("app.bsky.feed.getAuthorFeed", "actor=cahotelle.example&limit=100"),
        ("app.bsky.feed.getAuthorFeed", "actor=gazette-bellecombe.ciel.example&limit=30"),
        ("app.bsky.feed.searchPosts", "q=%23cargobike&limit=100"),
        ("app.bsky.feed.getPosts", f"uris={video}"),
        ("app.bsky.feed.getPostThread", f"uri={video}"),
    ):
        body = (await ask("bluesky", f"/xrpc/{method}?{given}")).json()
        lexicons.check_output(method, body)
        items = [item["post"] for item in body.get("feed", ())] or body.get("posts", [])
        for item in items:
            lexicons.check_record("app.bsky.feed.post", item["record"])
            text = item["record"]["text"].encode()
            for facet in item["record"].get("facets", ()):
                start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
                feature = facet["features"][0]
                if "tag" in feature:
                    assert text[start:end].decode() == f"#{feature['tag']}"


async def test_mastodon_answers_validate(
    shared: Path, world: World, clock: SetClock, ask: Ask
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    clock.set(AT)
    spec = json.loads((shared / "specs/mastodon/mastodon-openapi.json").read_text("utf-8"))
    account = world.brand_accounts["cahotelle", "mastodon"].native
    post = world.owned["cahotelle", "mastodon"][3].native

    def validate(name: str, value: Any, *, listed: bool = False) -> None:
        schema: dict[str, Any] = {"$ref": f"#/components/schemas/{name}"}
        if listed:
            schema = {"type": "array", "items": schema}
        schema["components"] = spec["components"]
        jsonschema.Draft202012Validator(schema).validate(value)

    lookup = await ask("mastodon", "/api/v1/accounts/lookup?acct=cahotelle")
    validate("Account", lookup.json())
    statuses = (await ask("mastodon", f"/api/v1/accounts/{account}/statuses?limit=12")).json()
    validate("Status", statuses, listed=True)
    kinds = {media["type"] for status in statuses for media in status["media_attachments"]}
    assert kinds == {"image", "video"}
    tagged = await ask("mastodon", "/api/v1/timelines/tag/schoolrun?limit=10")
    validate("Status", tagged.json(), listed=True)
    validate("Context", (await ask("mastodon", f"/api/v1/statuses/{post}/context")).json())
    validate("Search", (await ask("mastodon", "/api/v2/search?q=Cahotelle&limit=5")).json())


async def test_fields_are_those_that_the_servers_sent_to_others(
    shared: Path, world: World, clock: SetClock, ask: Ask
) -> None:
    """What a crawler needs of a recorded body is in ours under the same name."""
    clock.set(AT)
    recorded = json.loads((shared / "fixtures/mastodon/timelines_tag-1.json").read_text("utf-8"))[0]
    ours = (await ask("mastodon", "/api/v1/timelines/tag/cargobike?limit=1")).json()[0]
    optional = {"filtered", "favourited", "reblogged", "muted", "bookmarked", "pinned"}
    optional |= {"tagged_collections"}
    assert set(recorded) - optional <= set(ours)
    recorded = json.loads((shared / "fixtures/bluesky/searchPosts-1.json").read_text("utf-8"))
    body = (await ask("bluesky", "/xrpc/app.bsky.feed.searchPosts?q=%23cargobike")).json()
    assert set(recorded) == set(body)
    assert set(recorded["posts"][0]) <= set(body["posts"][0])
    recorded = json.loads((shared / "fixtures/hackernews/algolia_search-1.json").read_text("utf-8"))
    path = "/api/v1/search_by_date?query=cargo&tags=(story,comment)"
    hits = (await ask("hackernews", path)).json()
    assert set(recorded) <= set(hits)
