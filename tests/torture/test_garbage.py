"""Answers that no platform should give: they end in quarantine or as a broken source, never in an
exception, and the sources beside them are read."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from town import Town, found, serving, status

from vigie.backfills import replay
from vigie.pipeline import Pipeline
from vigie.verifying import verify
from vigie.workspace import Workspace

pytestmark = pytest.mark.slow
PLACES = {
    "/api/v1/accounts/lookup": "mastodon/account",
    "/api/v1/accounts/109000000000000001/statuses": "mastodon/account",
    "/api/v1/timelines/tag/velo": "mastodon/tag/velo",
    "/a.xml": "feeds/feed",
}
LONG = 10 * 1024 * 1024
STATUS = dict(status(3, range(1, 10)))


def changed(**fields: object) -> str:
    return json.dumps([{**STATUS, **fields}])


GARBAGE: dict[str, Callable[[], Response]] = {
    "random bytes": lambda: Response(random.Random(1).randbytes(5_000), media_type="text/plain"),
    "bytes said to be JSON": lambda: Response(b"\xff\xfe[\x00", media_type="application/json"),
    "truncated JSON": lambda: Response(json.dumps([STATUS])[:-40], media_type="application/json"),
    "truncated XML": lambda: Response("<rss><channel><item><title>a", media_type="text/xml"),
    "a line of 10 MB": lambda: Response("a" * LONG, media_type="application/json"),
    "a text of 10 MB": lambda: Response(changed(content="mot " * (LONG // 4))),
    "an HTML page": lambda: Response("<!DOCTYPE html><html><body>hi</body></html>"),
    "a login page": lambda: Response("<html><form><input type=password></form></html>"),
    "nothing": lambda: Response(b""),
    "null": lambda: Response("null", media_type="application/json"),
    "a number": lambda: Response("12", media_type="application/json"),
    "numbers": lambda: Response("[1, 2, 3]", media_type="application/json"),
    "nulls": lambda: Response("[null]", media_type="application/json"),
    "a deep nest": lambda: Response("[" * 100_000, media_type="application/json"),
    "a lone surrogate": lambda: Response(changed(content="<p>\ud800</p>")),
    "no date": lambda: Response(changed(created_at="yesterday")),
    "a date of the year 99999": lambda: Response(changed(created_at="99999-01-01T00:00:00Z")),
    "text for a count": lambda: Response(changed(favourites_count="many")),
    "a count beyond 64 bits": lambda: Response(changed(favourites_count=10**30)),
    "a list for a text": lambda: Response(changed(content=["a"])),
    "an account of null": lambda: Response(changed(account=None)),
    "not what its encoding says": lambda: Response(
        b"plain", headers={"content-encoding": "gzip"}, media_type="application/json"
    ),
    "a server's stack": lambda: Response("Traceback (most recent call last)", 500),
    "a status of its own": lambda: Response("?", 299),
}

# A feed may end early and a text may be long: what is there is read.
FINE = {
    ("a text of 10 MB", "/api/v1/accounts/109000000000000001/statuses"),
    ("a text of 10 MB", "/api/v1/timelines/tag/velo"),
    ("truncated XML", "/a.xml"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", GARBAGE)
async def test_garbage(kind: str, place: str, tmp_path: Path) -> None:
    town = Town(owned=6, tagged=6, entries=6)
    town.answers[place] = GARBAGE[kind]()
    with serving(town):
        folder = found(tmp_path / "w", town)
        with Workspace.open(folder) as space:
            pipeline = Pipeline(space)
            run = await pipeline.collect()
            assert verify(space) == []
            here = [one for one in run.sources if one.key.startswith(PLACES[place])]
            assert here
            assert not [one for one in here if (one.reason or "").startswith("crawler error")]
            assert (kind, place) in FINE or "broken" in {one.state for one in here}, here
            others = [one for one in run.sources if one not in here]
            assert {one.state for one in others} <= {"ok", "empty"}
            replay(space)
            assert verify(space) == []


@pytest.mark.parametrize(
    "media_type", ["text/html", "image/png", "application/octet-stream", "", "nonsense"]
)
async def test_good_answers_of_a_wrong_type_are_read(media_type: str, tmp_path: Path) -> None:
    town, true = Town(owned=6, tagged=6, entries=6), Town(owned=6, tagged=6, entries=6)

    def mislabelled(request: Request) -> Response:
        answer = true.respond(request)
        answer.headers["content-type"] = media_type
        return answer

    with serving(town):
        for path in PLACES:
            town.answers[path] = mislabelled
        folder = found(tmp_path / "w", town)
        with Workspace.open(folder) as space:
            run = await Pipeline(space).collect()
            assert space.store.search("*").total == town.total
    assert {one.state for one in run.sources} <= {"ok", "empty"}
