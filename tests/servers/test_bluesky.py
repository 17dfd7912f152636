"""The Bluesky crawler against the real network: its PDS, its AppView, its identity server."""

from __future__ import annotations

import time
import urllib.error
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bluesky import Bluesky
from collecting import Collection, killed_after

from crawlers import load
from vigie.records import Account
from vigie.sources import Answer, Call, Mapped, Target

pytestmark = pytest.mark.servers
OWN, PATIENCE_S = 230, 60.0


def watchlist(network: Bluesky) -> dict[str, Any]:
    return {
        "workspace": {"name": "essai"},
        "brands": [
            {"id": "lune", "name": "Lune", "role": "own",
             "accounts": {"bluesky": ["cafe-lune.test"]}}
        ],
        "topics": [{"id": "cascara", "name": "Cascara", "query": "cascara"}],
        "platforms": {"bluesky": {"url": network.appview}},
    }  # fmt: skip


def record(text: str, hours_ago: float, **more: Any) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    return {"text": text, "langs": ["fr"], "createdAt": stamp(at), **more}


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def settled(network: Bluesky, shown: Iterable[str], gone: Iterable[str] = ()) -> None:
    """Waits until the AppView shows what was written and has dropped what was deleted."""
    wanted, missing = set(shown), set(gone)
    ends = time.monotonic() + PATIENCE_S
    while (found := network.shows([*wanted, *missing])) != wanted:
        assert time.monotonic() < ends, f"{len(wanted - found)} posts not shown"
        time.sleep(0.2)  # the network has no event that says so


@pytest.fixture(scope="module")
def world(bluesky: Bluesky) -> dict[str, list[str]]:
    """Three pages of a brand's posts, answers under one, a repost, and a topic that others name."""
    for name in ("cafe-lune", "zoe", "marin"):
        bluesky.join(name)
    posts = [record(f"Carte du jour {n} : café noir", 2 + n) for n in range(OWN)]
    own = bluesky.publish("cafe-lune", posts[:150]) + bluesky.publish("cafe-lune", posts[150:])
    reply = {"root": own[0], "parent": own[0]}
    (answer,) = bluesky.publish("zoe", [record("j'adore", 1, reply=reply)])
    reply = {"root": own[0], "parent": answer}
    (deeper,) = bluesky.publish("marin", [record("moi aussi", 0.5, reply=reply)])
    tagged = bluesky.publish("zoe", [record(f"un cascara glacé, essai {n}", n) for n in range(130)])
    (other,) = bluesky.publish("marin", [record("Lune est mon café", 3)])
    bluesky.repost("cafe-lune", other, stamp(datetime.now(UTC)))
    found = {
        "own": [post["uri"] for post in own],
        "answers": [answer["uri"], deeper["uri"]],
        "tagged": [post["uri"] for post in tagged],
        "others": [other["uri"]],
    }
    settled(bluesky, [uri for group in found.values() for uri in group])
    return found


def ids(groups: Mapping[str, list[str]]) -> set[str]:
    return {f"bluesky:{uri}" for group in groups.values() for uri in group}


def test_all_pages_then_a_deletion(bluesky: Bluesky, world, tmp_path: Path) -> None:
    collection = Collection(tmp_path / "w", watchlist(bluesky))
    sources = collection.run(load("bluesky"))
    assert {source.state for source in sources} == {"ok"}, [source.reason for source in sources]
    assert collection.refused == []
    assert ids(world) <= collection.ids()
    account = next(a for a in collection.store.all(Account) if a.handle == "cafe-lune.test")
    assert (account.owner, account.posts) == ("lune", OWN)
    by_id = {post.native_id: post for post in collection.posts()}
    assert all(by_id[uri].owner == "lune" for uri in world["own"] + world["answers"])
    assert by_id[world["own"][0]].metrics.replies == 1

    gone = [world["own"].pop(7), world["tagged"].pop(3)]
    bluesky.delete("cafe-lune", gone[0])
    bluesky.delete("zoe", gone[1])
    settled(bluesky, [uri for group in world.values() for uri in group], gone)
    again = collection.run(load("bluesky"), targets=collection.refresh("bluesky"))
    assert {source.state for source in again} == {"ok"}, [source.reason for source in again]
    assert collection.ids("deleted") == {f"bluesky:{uri}" for uri in gone}
    assert ids(world) <= collection.ids()
    collection.close()


def test_a_killed_collection_resumes_to_the_same_posts(
    bluesky: Bluesky, world, tmp_path: Path
) -> None:
    whole = Collection(tmp_path / "whole", watchlist(bluesky))
    whole.run(load("bluesky"))
    killed = [
        killed_after(number, tmp_path / "killed", watchlist(bluesky), "bluesky")
        for number in (2, 1, 3)
    ]
    assert killed[0]
    resumed = Collection(tmp_path / "killed", watchlist(bluesky))
    sources = resumed.run(load("bluesky"))
    assert {source.state for source in sources} <= {"ok", "empty"}
    assert resumed.ids() == whole.ids()
    assert resumed.store.verify() == []
    whole.close()
    resumed.close()


class Records:
    """Reads an account's records straight from its PDS, five at a time."""

    name, title, mapper_version = "pds", "PDS", "1"
    endpoints, requires = ("listRecords",), ()

    def __init__(self, pds: str, did: str) -> None:
        self.pds, self.did = pds, did

    def targets(self, watchlist: Any) -> list[Target]:
        return [Target(self.name, "account", self.did, host=self.pds)]

    def refresh(self, posts: Any, watchlist: Any) -> list[Target]:
        return []

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        yield self._call("")

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if following := answer.json().get("cursor"):
            yield self._call(f"&cursor={following}")

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        return cursor

    def map(self, answer: Answer) -> Mapped:
        return Mapped()

    def _call(self, more: str) -> Call:
        path = f"repo={self.did}&collection=app.bsky.feed.post&limit=5{more}"
        return Call("listRecords", f"{self.pds}/xrpc/com.atproto.repo.listRecords?{path}")


def test_a_refusal_is_waited_out(bluesky: Bluesky, world, tmp_path: Path) -> None:
    """The PDS's own 429: a reset as an epoch, and no Retry-After."""
    collection = Collection(tmp_path / "w", watchlist(bluesky))
    answers: list[Answer] = []
    collection.land = answers.extend  # type: ignore[method-assign]
    begun = time.monotonic()
    crawler = Records(bluesky.pds, bluesky.people["cafe-lune"].did)
    (source,) = collection.run(crawler)
    assert source.state in ("ok", "empty"), source.reason
    found = {entry["uri"] for answer in answers for entry in answer.json()["records"]}
    assert found == set(world["own"])
    assert source.pages > 40  # more than the PDS allows in a window
    assert time.monotonic() - begun >= 2
    assert all(int(answer.headers["ratelimit-reset"]) > 1e9 for answer in answers)
    collection.close()
    with pytest.raises(urllib.error.HTTPError, match="429"):
        exhaust(bluesky)


def exhaust(network: Bluesky) -> None:
    import urllib.request

    for _ in range(60):
        urllib.request.urlopen(f"{network.pds}/xrpc/com.atproto.server.describeServer").close()
