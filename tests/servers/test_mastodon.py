"""The Mastodon crawler against a server of the Mastodon API that nobody here wrote."""

from __future__ import annotations

import time
import urllib.error
from pathlib import Path
from typing import Any

import pytest
from collecting import Collection, killed_after
from mastodon import Mastodon

from crawlers import load
from vigie.records import Account

pytestmark = pytest.mark.servers
OWN = 95


def watchlist(url: str) -> dict[str, Any]:
    host = url.removeprefix("http://")
    return {
        "workspace": {"name": "essai"},
        "brands": [
            {"id": "lune", "name": "Café Lune", "role": "own",
             "accounts": {"mastodon": [f"cafe_lune@{host}"]}}
        ],
        "topics": [{"id": "cascara", "name": "Cascara", "hashtags": ["cascara"]}],
        "platforms": {"mastodon": {"url": url}},
    }  # fmt: skip


@pytest.fixture(scope="module")
def world(mastodon: Mastodon) -> dict[str, list[str]]:
    """Posts of a brand, answers under one of them, and what others say of a topic."""
    own = [
        mastodon.publish("cafe_lune", f"Carte du jour n° {n} : café noir et brioche")
        for n in range(OWN)
    ]
    first = own[-1]
    answer = mastodon.publish("zoe", "@cafe_lune j'adore", reply_to=first["id"])
    tagged = [
        mastodon.publish(who, f"Essayé la #cascara hier, version {n}")
        for n in range(25)
        for who in ("zoe", "marin")
    ]
    mastodon.boost("cafe_lune", tagged[0]["id"])
    return {
        "own": [status["uri"] for status in own],
        "answers": [answer["uri"]],
        "tagged": [status["uri"] for status in tagged],
        "own_ids": [status["id"] for status in own],
    }


def ids(*groups: list[str]) -> set[str]:
    return {f"mastodon:{uri}" for group in groups for uri in group}


def test_all_pages_then_a_deletion(mastodon: Mastodon, world, tmp_path: Path) -> None:
    collection = Collection(tmp_path / "w", watchlist(mastodon.url))
    sources = collection.run(load("mastodon"))
    states = {source.key.split("/", 1)[1].partition("@")[0]: source.state for source in sources}
    assert states == {"account/cafe_lune": "ok", "tag/CaféLune": "empty", "tag/cascara": "ok"}
    assert collection.refused == []
    expected = ids(world["own"], world["answers"], world["tagged"])
    assert expected <= collection.ids()
    account = next(a for a in collection.store.all(Account) if a.handle.startswith("cafe_lune"))
    assert account.owner == "lune"
    assert account.posts is not None
    owned = {post.native_id for post in collection.posts() if post.origin == "owned"}
    assert set(world["own"]) <= owned

    gone = world["own"].pop(3)
    mastodon.delete("cafe_lune", world["own_ids"].pop(3))
    again = collection.run(load("mastodon"), targets=collection.refresh("mastodon"))
    assert {source.state for source in again} <= {"ok", "empty"}, [s.reason for s in again]
    assert f"mastodon:{gone}" in collection.ids("deleted")
    assert ids(world["own"], world["answers"], world["tagged"]) <= collection.ids()
    assert collection.ids("deleted") == {f"mastodon:{gone}"}
    collection.close()


def test_a_killed_collection_resumes_to_the_same_posts(
    mastodon: Mastodon, world, tmp_path: Path
) -> None:
    whole = Collection(tmp_path / "whole", watchlist(mastodon.url))
    whole.run(load("mastodon"))
    killed = [
        killed_after(number, tmp_path / "killed", watchlist(mastodon.url), "mastodon")
        for number in (2, 1, 3)
    ]
    assert killed[0]
    resumed = Collection(tmp_path / "killed", watchlist(mastodon.url))
    sources = resumed.run(load("mastodon"))
    assert {source.state for source in sources} <= {"ok", "empty"}
    assert resumed.ids() == whole.ids()
    assert resumed.store.verify() == []
    whole.close()
    resumed.close()


def test_a_refusal_is_waited_out(strict_mastodon: Mastodon, tmp_path: Path) -> None:
    """The server's own refusals, with its own headers: 8 requests in 3 seconds, 21 are needed."""
    written = [
        strict_mastodon.publish("cafe_lune", f"billet {n} #sujet{n}")["uri"] for n in range(6)
    ]
    document = watchlist(strict_mastodon.url)
    document["topics"][0]["hashtags"] = [f"sujet{n}" for n in range(20)]
    collection = Collection(tmp_path / "w", document)
    begun = time.monotonic()
    sources = collection.run(load("mastodon"))
    assert time.monotonic() - begun >= 2.5  # two windows had to end
    assert {source.state for source in sources} == {"ok", "empty"}, [s.reason for s in sources]
    assert sum(source.requests for source in sources) >= 21
    assert ids(written) <= collection.ids()
    collection.close()
    assert 429 in {status_of(strict_mastodon) for _ in range(14)}


def status_of(server: Mastodon) -> int:
    try:
        server.call("GET", "/api/v1/instance", "cafe_lune")
    except urllib.error.HTTPError as error:
        return error.code
    return 200
