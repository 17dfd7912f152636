"""Telegram's Bot API of the simulated world, and its crawler through the real door."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import crawlers
from tests.crawlers.hamlet import NOON, Hamlet
from tests.demo.square import Square, source, states, watched
from vigie.crawl import crawl
from vigie.demo.sites.reply import Ask
from vigie.demo.sites.telegram import TelegramSite
from vigie.errors import LandingError
from vigie.ratelimit import wait_of
from vigie.records import Cursor
from vigie.sources import Answer

TOKEN = "7001234567:AAbbCC-dd_Ee0123456789"
NOW = NOON + timedelta(hours=6)
ENV = {"TELEGRAM_TOKEN": TOKEN}


@pytest.fixture
def town() -> Hamlet:
    hamlet = Hamlet("telegram")
    channel = hamlet.account("brindille", kind="brand")
    hamlet.account("rivale", kind="brand", private=True)
    for n in range(130):
        hamlet.publish(channel, f"Message {n} 🌱 #lin{n}")
    return hamlet


@pytest.fixture
async def square(town: Hamlet, tmp_path: Path) -> AsyncIterator[Square]:
    async with watched(
        tmp_path / "w", town, NOW, accounts=["@brindille"], rivals=["rivale"], env=ENV
    ) as here:
        yield here


async def test_updates_are_kept_until_they_are_confirmed_or_a_day_old(
    square: Square, town: Hamlet
) -> None:
    async def updates(**asked: Any) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        told = (await square.get(f"/bot{TOKEN}/getUpdates?{query}")).json()
        assert told["ok"] is True
        return list(told["result"])

    first = await updates()
    assert len(first) == 100
    assert await updates() == first, "nothing was confirmed"
    rest = await updates(offset=first[-1]["update_id"] + 1)
    assert len(rest) == 30
    assert rest[0]["update_id"] == first[-1]["update_id"] + 1
    assert await updates() == rest, "what was confirmed is forgotten"
    town.edit(town.posts[129], "Message corrigé", NOW - timedelta(minutes=1))
    (*_, edited) = await updates()
    assert edited["edited_channel_post"]["text"] == "Message corrigé"
    square.clock.set(NOW + timedelta(hours=23))
    assert [list(one)[1] for one in await updates()] == ["edited_channel_post"]
    square.clock.set(NOW + timedelta(hours=25))
    assert await updates() == []


async def test_errors_in_telegrams_words(square: Square) -> None:
    async def told(method: str) -> tuple[int, str]:
        reply = await square.get(f"/bot{TOKEN}/{method}")
        return reply.status_code, reply.json()["description"]

    assert await told("getChat?chat_id=@nobody") == (400, "Bad Request: chat not found")
    forbidden = (403, "Forbidden: bot is not a member of the channel chat")
    assert await told("getChat?chat_id=@rivale") == forbidden
    assert await told("sendNothing") == (404, "Not Found")


def test_refusals_are_named_by_the_crawler_and_waits_are_read(town: Hamlet) -> None:
    from dataclasses import replace

    from tests.crawlers.test_samples import SAMPLES, answer_of

    site, crawler = TelegramSite(town), crawlers.load("telegram")
    ask = Ask(f"/bot{TOKEN}/getUpdates", {}, {}, 0, "http://x.example")
    answer = answer_of(SAMPLES / "telegram.getUpdates.json")
    for why, reason in (
        ("missing", "token lapsed: Not Found"),
        ("lapsed", "token lapsed: Unauthorized"),
        ("unapproved", "approval missing: Bad Request: need administrator rights in the channel"),
    ):
        reply = site.refused(ask, why)  # type: ignore[arg-type]
        found = crawler.healthy(replace(answer, status=reply.status, body=reply.body))  # type: ignore[attr-defined]
        assert found.startswith(reason)
    failed = site.failed(ask)
    told = crawler.healthy(replace(answer, body=failed.body))  # type: ignore[attr-defined]
    assert told == "error in a 200: Internal Server Error"
    limited = site.limited(ask, 7.0)
    wait = wait_of(limited.status, {}, limited.body, NOW, "telegram")
    assert wait is not None
    assert (wait.seconds, wait.refused, wait.told) == (7.0, True, True)


async def test_own_channels_are_read_to_the_end(square: Square, town: Hamlet) -> None:
    run = await square.collect()
    assert states(run) == {"updates/bot": ("ok", None), "channel/brindille": ("ok", None)}
    posts = square.posts()
    assert [post.text for post in posts] == [post.text for post in town.posts]
    assert {(post.origin, post.owner) for post in posts} == {("owned", "brindille")}
    assert posts[0].hashtags == ("lin0",)
    assert posts[0].metrics.likes is None
    town.edit(town.posts[5], "Message 5, corrigé", NOW + timedelta(minutes=1))
    town.publish(town.accounts[0], "Tout frais", at=NOW + timedelta(minutes=2))
    run = await square.collect(NOW + timedelta(minutes=3))
    updates = source(run, "updates")
    assert (updates.state, updates.requests, updates.items) == ("ok", 1, 2)
    posts = square.posts()
    assert len(posts) == 131
    assert posts[5].text == "Message 5, corrigé"
    assert posts[5].edited_at == NOW + timedelta(minutes=1)
    run = await square.collect(NOW + timedelta(minutes=4))
    assert source(run, "updates").state == "empty", "nobody wrote"


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        ("@nobody", "unknown account: Bad Request: chat not found"),
        ("@rivale", "private account: Forbidden: bot is not a member of the channel chat"),
    ],
)
async def test_unknown_and_private_channels_are_told(
    town: Hamlet, tmp_path: Path, account: str, reason: str
) -> None:
    async with watched(tmp_path / "w", town, NOW, accounts=[account], env=ENV) as square:
        run = await square.collect()
    assert states(run)[f"channel/{account[1:]}"] == ("broken", reason)


async def test_updates_are_on_disk_before_the_call_that_makes_the_server_forget_them(
    square: Square, town: Hamlet
) -> None:
    """A landing that fails, or a program that dies in it, loses nothing: nothing was confirmed."""
    from vigie.workspace import Workspace

    crawler = crawlers.load("telegram")
    landed: list[Answer] = []

    async def fails(answers: Sequence[Answer]) -> None:
        raise LandingError("no space")

    async def lands(answers: Sequence[Answer]) -> None:
        await asyncio.sleep(0.05)
        # What the server still has when these are not on disk yet: all of them.
        told = (await square.get(f"/bot{TOKEN}/getUpdates?limit=1")).json()["result"]
        first = [one for a in answers if a.endpoint == "getUpdates" for one in a.json()["result"]]
        if first:
            assert told[0]["update_id"] == first[0]["update_id"]
        landed.extend(answers)

    with Workspace(square.folder, clock=square.clock) as space:
        options: dict[str, Any] = {
            "store": space.store, "clock": square.clock, "run_id": "r", "environ": ENV,
        }  # fmt: skip
        with pytest.raises(LandingError):
            await crawl([crawler], space.watchlist, land=fails, **options)
        assert list(space.store.all(Cursor)) == []
        sources = await crawl([crawler], space.watchlist, land=lands, **options)
        assert {one.state for one in sources} == {"ok"}
        posts = {post.id for answer in landed for post in crawler.map(answer).posts}
        assert len(posts) == 130


async def test_the_token_stands_in_the_address_and_nowhere_else(
    square: Square, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(logging.getLogger("scrapy"), "level", logging.DEBUG)
    run = await square.collect()
    assert source(run, "updates").state == "ok"
    with square.opened() as space:
        addresses = {answer.request_url for answer in space.landing.read()}
        assert all("/bot${TELEGRAM_TOKEN}/" in address for address in addresses)
        assert all("/bot***/" in answer.url for answer in space.landing.read())
    secrets = [TOKEN, TOKEN.replace(":", "%3A"), TOKEN.partition(":")[2]]
    assert "getUpdates" in caplog.text, "addresses are in the log"
    assert not [secret for secret in secrets if secret in caplog.text]
    assert not [secret for secret in secrets if secret in run.model_dump_json()]
    import zstandard

    for path in square.folder.rglob("*"):
        if path.is_file() and path.name != ".env":
            body = path.read_bytes()
            if path.suffix == ".zst":
                with path.open("rb") as packed:
                    body = (
                        zstandard.ZstdDecompressor()
                        .stream_reader(packed, read_across_frames=True)
                        .read()
                    )
            assert not [secret for secret in secrets if secret.encode() in body], path


async def test_a_server_that_is_down_does_not_tell_the_token(
    square: Square, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(logging.getLogger("scrapy"), "level", logging.DEBUG)
    path = square.folder / "vigie.toml"
    path.write_text(path.read_text().replace(square.url, "http://127.0.0.1:1"))
    run = await square.collect()
    assert {one.reason for one in run.sources} == {"connection refused"}
    assert TOKEN.partition(":")[2] not in caplog.text
