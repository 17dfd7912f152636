"""The door of the simulated platforms: tokens, quotas, faults, towns that grow, edits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.crawlers.hamlet import NOON, Hamlet
from vigie.clock import SetClock
from vigie.demo import sites
from vigie.demo.faults import FIELD, KINDS, Faults, list_of
from vigie.demo.quotas import Quota
from vigie.demo.server import Served, serve
from vigie.demo.sites.reply import Ask, Refusal, Reply, capped, parsed

LOOKUP = "/mastodon/api/v1/accounts/lookup?acct=ada"
Client = httpx.AsyncClient


@asynccontextmanager
async def town(
    site: str = "mastodon", posts: int = 9, **options: Any
) -> AsyncIterator[tuple[Hamlet, Served, Client, SetClock]]:
    hamlet = Hamlet(site)
    ada = hamlet.account("ada")
    for number in range(posts):
        hamlet.publish(ada, f"numéro {number} #laine", tags=("laine",), title=f"Nº {number}")
    clock = SetClock(NOON + timedelta(hours=3))
    async with serve(hamlet, clock, **options) as served, Client(base_url=served.base) as client:
        yield hamlet, served, client, clock


def statuses(hamlet: Hamlet) -> str:
    return f"/mastodon/api/v1/accounts/{hamlet.accounts[0].native}/statuses?limit=3"


def ids(answer: httpx.Response) -> list[str]:
    return [status["id"] for status in answer.json()]


class Gate:
    """Grants of a test: three tokens, and the platform's own address for new ones."""

    def answer(self, platform: str, ask: Ask) -> Reply | None:
        return Reply.json(200, {"for": platform}) if ask.path == "/oauth/token" else None

    def check(self, platform: str, token: str, now: int) -> Refusal | None:
        told: dict[str, Refusal | None] = {"": "missing", "good": None, "old": "lapsed"}
        return told.get(token, "revoked")


async def test_tokens_are_asked_for_where_the_platform_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with town(grants=Gate()) as (_, _, client, _):
        assert (await client.get(LOOKUP)).status_code == 200, "Mastodon asks for none"
        assert (await client.get("/mastodon/oauth/token")).json() == {"for": "mastodon"}
        monkeypatch.setattr(sites.kind("mastodon"), "needs_token", True)
        for token, status, words in (
            ("", 401, "authenticated"), ("old", 401, "expired"), ("x", 401, "revoked"),
            ("good", 200, "ada"),
        ):  # fmt: skip
            headers = {"authorization": f"Bearer {token}"} if token else {}
            answer = await client.get(LOOKUP, headers=headers)
            assert (answer.status_code, words in answer.text) == (status, True)


async def test_a_quota_is_each_callers_own_and_told_in_the_sites_way() -> None:
    quotas = {"mastodon": Quota(3, 600.0)}
    async with town(quotas=quotas) as (_, _, client, clock):
        left = []
        for _ in range(3):
            answer = await client.get(LOOKUP)
            left.append(int(answer.headers["x-ratelimit-remaining"]))
        assert left == [2, 1, 0]
        refused = await client.get(LOOKUP)
        assert refused.status_code == 429
        ends = datetime.fromisoformat(refused.headers["x-ratelimit-reset"])
        assert clock.now() < ends <= clock.now() + timedelta(seconds=600)
        other = await client.get(LOOKUP, headers={"authorization": "Bearer another"})
        assert other.status_code == 200
        clock.set(ends)
        assert (await client.get(LOOKUP)).status_code == 200


async def test_a_quota_passes_with_the_machines_time_where_the_clock_stands() -> None:
    async with town(quotas={"mastodon": Quota(1, 0.2)}) as (_, _, client, _):
        begun = time.monotonic()
        assert (await client.get(LOOKUP)).status_code == 200
        while (answer := await client.get(LOOKUP)).status_code == 429:
            assert time.monotonic() < begun + 5
        assert answer.status_code == 200
        assert time.monotonic() >= begun + 0.19


@pytest.mark.parametrize("site", ["mastodon", "bluesky", "hackernews", "press"])
def test_every_site_speaks_for_the_door(site: str) -> None:
    kind = sites.kind(site)
    made = kind(Hamlet(site), "http://h") if site == "press" else kind(Hamlet(site))
    ask = Ask("/", {}, {}, 1_800_000_000_000, "http://h/")
    assert made.failed(ask).status == 200
    assert made.limited(ask, 30.0).status == 429
    for why in ("missing", "lapsed", "revoked", "unapproved"):
        assert 400 <= made.refused(ask, why).status < 500
    assert made.token_of(ask) == ""
    assert made.needs_token is False
    assert kind.native(1_800_000_000_000, 7) != kind.native(1_800_000_000_000, 8)


async def test_faults_come_after_and_as_often_as_told_and_are_cleared() -> None:
    async with town() as (_, served, client, _):
        served.faults.switch("mastodon", "outage", after=1, times=2)
        told = [(await client.get(LOOKUP)).status_code for _ in range(5)]
        assert told == [200, 503, 503, 200, 200]
        served.faults.switch("mastodon", "empty", path="/lookup")
        assert (await client.get(LOOKUP)).content == b""
        assert (await client.get("/mastodon/api/v2/instance")).json()
        served.faults.clear("mastodon")
        assert (await client.get(LOOKUP)).json()["acct"] == "ada"


def test_a_fault_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault 'flood'; there are outage"):
        Faults().switch("mastodon", "flood")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the API of mastodon has no versions"):
        Faults().switch("mastodon", "outdated")


async def test_each_fault_is_what_it_says() -> None:
    async with town() as (hamlet, served, client, clock):
        path = statuses(hamlet)
        sound = await client.get(path)

        async def with_(kind: Any, **options: Any) -> httpx.Response:
            served.faults.clear()
            served.faults.switch("mastodon", kind, **options)
            return await client.get(path)

        assert b'type="password"' in (await with_("login")).content
        assert b"consent" in (await with_("consent")).content
        page = await with_("html")
        assert (page.status_code, page.headers["content-type"][:9]) == (200, "text/html")
        half = await with_("half")
        assert half.content == sound.content[: len(sound.content) // 2]
        assert "createdAt" in (await with_("renamed")).json()[0]
        assert (await with_("grown")).json()[0][FIELD] == "new"
        failed = await with_("failed")
        assert (failed.status_code, list(failed.json())) == (200, ["error"])
        limited = await with_("limited", wait_s=90)
        assert limited.status_code == 429
        told = datetime.fromisoformat(limited.headers["x-ratelimit-reset"])
        assert told == clock.now() + timedelta(seconds=90)
        assert "expired" in (await with_("lapsed")).text
        for kind in ("reset", "torn"):
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                await with_(kind)
        served.faults.clear()
        assert (await client.get(path)).content == sound.content


async def test_a_drip_gives_bytes_and_no_end_and_a_hang_gives_nothing() -> None:
    async with town() as (hamlet, served, client, _):
        served.faults.switch("mastodon", "drip")
        got = b""
        async with client.stream("GET", statuses(hamlet)) as answer:
            async for part in answer.aiter_raw():
                got += part
                if len(got) > 3:
                    break
        assert got.startswith(b'[{"')
        served.faults.clear()
        served.faults.switch("mastodon", "hang")
        asked = asyncio.create_task(client.get(LOOKUP))
        await asyncio.wait_for(served.faults.reached.wait(), 5)
        assert not asked.done()
        asked.cancel()
        await asyncio.wait({asked})


async def test_pages_come_twice_or_lead_back() -> None:
    async with town() as (hamlet, served, client, _):
        first = statuses(hamlet)

        async def walk() -> list[list[str]]:
            pages, path = [], first
            while path and len(pages) < 6:
                answer = await client.get(path)
                pages.append(ids(answer))
                path = answer.links.get("next", {}).get("url", "")
            return pages

        sound = await walk()
        assert [len(page) for page in sound[:3]] == [3, 3, 3]
        served.faults.switch("mastodon", "duplicate")
        twice = await walk()
        assert twice[:4] == [sound[0], sound[0], sound[1], sound[2]]
        served.faults.clear()
        served.faults.switch("mastodon", "loop")
        assert await walk() == [sound[0]] * 6


def test_lists_are_told_from_their_pages() -> None:
    def ask(path: str, query: str = "", body: bytes = b"") -> Ask:
        return Ask(path, parsed(query), {}, 0, "", "POST" if body else "GET", body)

    assert list_of(ask("/a", "q=x&cursor=1"))[0] == list_of(ask("/a", "cursor=2&q=x"))[0]
    assert list_of(ask("/a", "q=x"))[0] != list_of(ask("/a", "q=y"))[0]
    assert list_of(ask("/a", "q=x&cursor=1"))[1] != list_of(ask("/a", "q=x"))[1]
    posted = [ask("/a", body=body) for body in (b'{"n":1,"cursor":0}', b'{"n":1}')]
    assert list_of(posted[0])[0] == list_of(posted[1])[0]
    nested = "fields=business_discovery.username(x){media.limit(5).after(abc)}"
    assert list_of(ask("/a", nested))[0] == list_of(ask("/a", nested.replace(".after(abc)", "")))[0]
    assert list_of(ask("/a", nested))[1] == ".after(abc)"


def test_a_server_may_give_fewer_than_asked() -> None:
    ask = Ask("/", parsed("limit=40&q=40&fields=media.limit(25)"), {}, 0, "", "POST",
              b'{"max_count":20,"offset":40}')  # fmt: skip
    small = capped(ask, 7)
    assert small.query == {"limit": ["7"], "q": ["40"], "fields": ["media.limit(7)"]}
    assert small.json() == {"max_count": 7, "offset": 40}
    assert capped(Ask("/", {}, {}, 0, "", "POST", b"{half"), 7).body == b"{half"


async def test_a_clock_that_is_ahead_shows_in_dates_and_times() -> None:
    async with town() as (hamlet, served, client, clock):
        hamlet.publish(hamlet.accounts[0], "plus tard", at=clock.now() + timedelta(hours=1))
        assert len((await client.get(statuses(hamlet))).json()) == 3
        newest = (await client.get(statuses(hamlet))).json()[0]
        served.faults.switch("mastodon", "skew", hours=2.0)
        answer = await client.get(statuses(hamlet))
        told = parsedate_to_datetime(answer.headers["date"])
        assert told == clock.now() + timedelta(hours=2)
        assert datetime.fromisoformat(answer.json()[0]["created_at"]) > clock.now()
        assert answer.json()[0]["id"] != newest["id"]


async def test_a_door_that_is_shut_refuses_and_opens_again() -> None:
    async with town() as (_, served, _, _):
        port = served.port
        await served.shut()
        async with Client() as fresh:
            with pytest.raises(httpx.ConnectError):
                await fresh.get(f"{served.base}{LOOKUP}")
            await served.reopen()
            assert served.port == port
            assert (await fresh.get(f"{served.base}{LOOKUP}")).status_code == 200


async def test_a_site_that_fails_is_told_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(self: Any, ask: Ask) -> Reply:
        raise KeyError("no such thing")

    monkeypatch.setattr(sites.kind("mastodon"), "answer", answer)
    with pytest.raises(KeyError, match="no such thing"):
        async with town() as (_, _, client, _):
            assert (await client.get(LOOKUP)).status_code == 500


async def test_a_town_may_grow_while_it_is_served() -> None:
    async with town(posts=1) as (hamlet, _, client, clock):
        assert len(ids(await client.get(statuses(hamlet)))) == 1
        hamlet.publish(hamlet.accounts[0], "encore une", at=clock.now())
        assert len(ids(await client.get(statuses(hamlet)))) == 2


READS: dict[str, Callable[[Hamlet], str]] = {
    "mastodon": lambda hamlet: f"/mastodon/api/v1/statuses/{hamlet.posts[0].native}",
    "bluesky": lambda hamlet: (
        f"/bluesky/xrpc/app.bsky.feed.getPosts?uris={quote(hamlet.posts[0].uri)}"
    ),
    "hackernews": lambda hamlet: f"/hackernews/v0/item/{hamlet.posts[0].native}.json",
    "press": lambda hamlet: "/press/ada/feed.xml",
}


@pytest.mark.parametrize("site", READS)
async def test_edits_show_where_the_platform_has_them(site: str) -> None:
    async with town(site, posts=2) as (hamlet, _, client, clock):
        path = READS[site](hamlet)
        before = await client.get(path)
        edited = clock.now() + timedelta(hours=1)
        hamlet.edit(hamlet.posts[0], "corrigé depuis #laine", edited)
        assert (await client.get(path)).content == before.content, "not yet"
        clock.set(edited + timedelta(minutes=1))
        text = (await client.get(path)).text
        stamp = edited.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        has = site in ("mastodon", "press")
        assert ("corrigé depuis" in text) == has
        assert (stamp in text) == has
        clock.set(edited - timedelta(minutes=1))
        assert "corrigé depuis" not in (await client.get(path)).text, "nothing is remembered"


async def test_private_accounts_are_known_and_show_nothing() -> None:
    async with town(posts=0) as (hamlet, _, client, _):
        hidden = hamlet.account("cachee", private=True)
        hamlet.publish(hidden, "entre nous #laine", tags=("laine",))
        told = (await client.get("/mastodon/api/v1/accounts/lookup?acct=cachee")).json()
        assert (told["locked"], told["statuses_count"]) == (True, 0)
        for path in (
            f"accounts/{hidden.native}/statuses",
            "timelines/public",
            "timelines/tag/laine",
            f"statuses?id[]={hamlet.posts[0].native}",
        ):
            assert (await client.get(f"/mastodon/api/v1/{path}")).json() == []


def test_the_list_of_faults_is_told() -> None:
    import vigie.demo.faults

    for kind in KINDS:
        assert f"`{kind}`" in (vigie.demo.faults.__doc__ or "")
