"""Pinterest of the simulated world, and its crawler through the door."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import crawlers
from tests.crawlers.hamlet import NOON, Hamlet, ms
from tests.crawlers.outing import outing
from vigie.clock import SetClock
from vigie.demo.posts import Media
from vigie.demo.sites.pinterest import PinterestSite, board_id
from vigie.demo.sites.reply import Ask, Refusal, parsed
from vigie.health import fault_of
from vigie.sources import Answer, Call, Target

TOKEN = {"PINTEREST_TOKEN": "jeton-invente-0001:brindille"}
BRAND = {"id": "b", "name": "Brindille", "role": "own", "accounts": {"pinterest": ["brindille"]}}


def ask(site: PinterestSite, path: str, at: datetime = NOON + timedelta(days=1)) -> tuple[int, Any]:
    split = urlsplit(path)
    headers = {"authorization": "Bearer jeton:brindille"}
    reply = site.answer(
        Ask(f"/v5{split.path}", parsed(split.query), headers, ms(at), "http://a.example")
    )
    return reply.status, json.loads(reply.body)


@pytest.fixture
def hamlet() -> Hamlet:
    hamlet = Hamlet("pinterest")
    hamlet.account("brindille", kind="brand", brand="b", followers=1_204)
    return hamlet


def test_pins_come_newest_first_with_bookmarks(hamlet: Hamlet) -> None:
    for number in range(9):
        hamlet.publish(hamlet.accounts[0], f"épingle {number}", title=f"n° {number}")
    site, found, mark = PinterestSite(hamlet), [], ""
    while True:
        path = "/pins?page_size=4" + (f"&bookmark={mark}" if mark else "")
        status, body = ask(site, path)
        assert status == 200
        found += [pin["title"] for pin in body["items"]]
        if not (mark := body["bookmark"]):
            break
        hamlet.publish(hamlet.accounts[0], "entre-temps", at=NOON + timedelta(hours=3))
    assert found == [f"n° {number}" for number in reversed(range(9))]
    _, body = ask(site, "/pins?page_size=1&pin_metrics=true")
    assert body["items"][0]["pin_metrics"]["lifetime_metrics"]["impression"] > 0
    _, body = ask(site, "/pins?page_size=1")
    assert body["items"][0]["pin_metrics"] is None


def test_days_are_processed_before_they_have_numbers(hamlet: Hamlet) -> None:
    hamlet.publish(hamlet.accounts[0], "épingle", views=900)
    site = PinterestSite(hamlet)
    path = "/user_account/analytics?start_date=2026-11-20&end_date=2026-11-21"
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    _, body = ask(site, f"{path}&metric_types=IMPRESSION,SAVE", at)
    first, second = body["all"]["daily_metrics"]
    assert first["data_status"] == "READY"
    assert first["metrics"]["IMPRESSION"] > 0
    assert (second["data_status"], second["metrics"]) == ("PROCESSING", {})
    _, body = ask(site, f"{path}&metric_types=IMPRESSION", at + timedelta(days=1))
    seen = [day["metrics"]["IMPRESSION"] for day in body["all"]["daily_metrics"]]
    assert body["all"]["summary_metrics"]["IMPRESSION"] == sum(seen)


def test_errors_are_the_platform_s_own(hamlet: Hamlet) -> None:
    pin = hamlet.publish(hamlet.accounts[0], "épingle")
    hamlet.delete(pin, NOON + timedelta(hours=1))
    site = PinterestSite(hamlet)
    for path, status, code in (
        (f"/pins/{pin.native}", 404, 50),
        ("/boards/1/pins", 404, 40),
        ("/pins?page_size=251", 400, 1),
        ("/pins?bookmark=x", 400, 1),
        ("/pins/analytics?pin_ids=1&start_date=2026-11-20&end_date=2026-11-20", 400, 1),
        ("/user_account/analytics?start_date=2025-11-20&end_date=2026-11-20", 400, 1),
        ("/trends/keywords/MARS/top/growing", 400, 1),
    ):
        told, body = ask(site, path)
        assert (told, body["code"]) == (status, code), path
    hamlet.accounts[0].private = True
    assert ask(site, "/pins")[0] == 403


async def test_an_account_is_crawled_followed_and_read_again(
    hamlet: Hamlet, tmp_path: Path
) -> None:
    owner, maud = hamlet.accounts[0], hamlet.account("maud")
    video = Media("video", "un atelier", 720, 1280, 31.5)
    pins = [
        hamlet.publish(owner, f"épingle {number} #velo", title=f"n° {number}", saves=20)
        for number in range(260)
    ]
    pins[-1].media = video
    pins[-1].link = ("https://brindille.example/velo", "vélo")
    given = hamlet.publish(maud, "le mien, au marché", mentions=(owner,))
    clock = SetClock(NOON + timedelta(days=2))
    async with outing(hamlet, tmp_path, clock, [BRAND], TOKEN) as out:
        source = (await out.run())["pinterest/account/brindille"]
        assert (source.state, source.reason) == ("ok", None)
        posts = {post.native_id: post for post in out.posts()}
        assert set(posts) == {pin.native for pin in hamlet.posts}
        last = posts[pins[-1].native]
        assert (last.owner, last.kind, last.author.handle) == ("b", "pin", "brindille")
        assert last.links == ("https://brindille.example/velo",)
        assert (last.media[0].kind, last.media[0].duration_s) == ("video", 31.5)
        assert (last.metrics.shares, last.metrics.quotes) == (None, None)
        assert last.metrics.impressions == last.metrics.views == pins[-1].views_at(ms(clock.now()))
        shared = posts[given.native]
        assert (shared.author.handle, shared.owner, shared.metrics.views) == (None, None, None)
        account = out.account("pinterest:brindille")
        assert (account.followers, account.owner, account.kind) == (1_204, "b", "brand")
        # Figures: those of finished days alone, under names of their own.
        daily = out.store.samples([last.id], ["impressions_daily"])
        assert daily["captured_at"].to_list() == [datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)]
        assert out.store.samples(["pinterest:brindille"], ["engagements_daily"])["value"].sum() > 0
        board = f"pinterest:board:{board_id(owner, 'own')}"
        assert out.store.samples([board], ["posts"])["value"].to_list() == [260.0]
        assert (out.asked("pins"), out.asked("pins_analytics")) == (2, 4)

        # Later the same day: what is new, no figures again, no board that has not changed.
        clock.set(NOON + timedelta(days=2, hours=2))
        new = hamlet.publish(owner, "toute neuve", at=NOON + timedelta(days=2, hours=1))
        assert (await out.run())["pinterest/account/brindille"].state == "ok"
        assert (out.asked("pins"), out.asked("pins_analytics"), out.asked("board_pins")) == (
            1,
            0,
            0,
        )
        assert out.asked("user_account_analytics") == 0
        assert new.native in {post.native_id for post in out.posts()}

        # The next day the days before are read again, and what is gone is asked for by itself.
        clock.set(NOON + timedelta(days=3))
        hamlet.delete(pins[3], NOON + timedelta(days=2, hours=3))
        hamlet.edit(pins[4], "épingle quatre, corrigée", NOON + timedelta(days=2, hours=3))
        sources = await out.refresh()
        assert {source.state for source in sources.values()} == {"ok"}, sources
        assert (out.asked("pins"), out.asked("pin")) == (2, 2)  # the deleted one, and Maud's
        assert [post.native_id for post in out.posts("deleted")] == [pins[3].native]
        texts = {post.native_id: post.text for post in out.posts()}
        assert texts[pins[4].native] == "épingle quatre, corrigée"
        assert given.native in texts
        await out.run()
        (asked,) = {
            answer.request_url.partition("?")[2][:43]
            for answer in out.landed
            if answer.endpoint == "user_account_analytics"
        }
        assert asked == "start_date=2026-11-19&end_date=2026-11-22&m"


async def test_keywords_of_a_region_are_samples(hamlet: Hamlet, tmp_path: Path) -> None:
    brand = {**BRAND, "role": "competitor"}
    async with outing(
        hamlet, tmp_path, SetClock(NOON), [brand], TOKEN, regions=["GB+IE", "MARS"]
    ) as out:
        sources = await out.run()
        assert set(sources) == {
            "pinterest/insights/trends/GB+IE", "pinterest/insights/trends/MARS",
        }  # fmt: skip
        assert sources["pinterest/insights/trends/GB+IE"].state == "ok"
        unknown = sources["pinterest/insights/trends/MARS"]
        assert (unknown.state, unknown.reason) == (
            "broken", "HTTP 400: MARS is not a supported region.",
        )  # fmt: skip
        told = out.store.samples(["pinterest:keyword:GB+IE:family cargo bike"])
        assert set(told["metric"]) == {"growth_week", "growth_month", "growth_year", "search_index"}
        index = told.filter(told["metric"] == "search_index")["captured_at"].to_list()
        assert index == [datetime(2026, 11, 15, 23, 59, 59, tzinfo=UTC)]


async def test_a_token_of_another_account_and_a_closed_one_are_told(
    hamlet: Hamlet, tmp_path: Path
) -> None:
    brand = {**BRAND, "accounts": {"pinterest": ["personne"]}}
    async with outing(hamlet, tmp_path / "a", SetClock(NOON), [brand], TOKEN) as out:
        (source,) = (await out.run()).values()
        assert (source.state, source.reason) == (
            "broken", "unknown account: the token is that of brindille, not of personne",
        )  # fmt: skip
    hamlet.accounts[0].private = True
    async with outing(hamlet, tmp_path / "b", SetClock(NOON), [BRAND], TOKEN) as out:
        (source,) = (await out.run()).values()
        assert source.state == "broken"
        assert str(source.reason).startswith("private account: ")


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("missing", "token lapsed"),
        ("lapsed", "token lapsed"),
        ("revoked", "approval revoked"),
        ("unapproved", "approval missing"),
    ],
)
def test_a_refusal_is_named(hamlet: Hamlet, why: Refusal, told: str) -> None:
    site, crawler = PinterestSite(hamlet), crawlers.load("pinterest")
    asked = Ask("/v5/pins", {}, {"authorization": "Bearer j"}, ms(NOON), "http://a.example")
    assert site.token_of(asked) == "j"
    for reply, reason in (
        (site.refused(asked, why), told),
        (site.failed(asked), "error in a 200"),
    ):
        answer = Answer(
            platform="pinterest", endpoint="pins", target="pinterest/account/b", run_id="r",
            url="http://a.example/v5/pins", request_url="http://a.example/v5/pins", method="GET",
            status=reply.status, headers={}, body=reply.body, collected_at=NOON,
        )  # fmt: skip
        target = Target("pinterest", "account", "b")
        found = fault_of(crawler, target, Call("pins", answer.url), answer, 1)
        assert str(found).startswith(f"{reason}: ")
        assert not crawler.map(answer).posts
