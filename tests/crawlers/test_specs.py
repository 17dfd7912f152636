"""What crawlers ask and what the simulated world answers are what the platforms themselves
describe: every call of every endpoint, as the crawlers make them."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import pytest

import crawlers
from tests.crawlers.hamlet import NOON, Hamlet, ms
from tests.crawlers.specs import Described, Discovery, Lexicons, OpenApi
from vigie.clock import SetClock
from vigie.demo import sites
from vigie.demo.posts import Media
from vigie.demo.sites.reply import Ask, capped, parsed
from vigie.masking import Secrets
from vigie.sources import Answer, Call, Target
from vigie.watchlist import Watchlist, parse

HOST = "http://platform.example"
PAGE = 6  # items that the sites give at a time, so that pages follow
TITLED = ("youtube", "pinterest")
# Recorded servers tell these of media as well.
RECORDED = (
    "length", "duration", "fps", "size", "width", "height", "aspect", "text_url",
    "preview_remote_url",
)  # fmt: skip
DESCRIBED: dict[str, Callable[[Path], Described]] = {
    "bluesky": lambda shared: Lexicons(shared / "specs/bluesky"),
    "google_analytics": lambda shared: Discovery(shared / "specs/google/analyticsdata.v1beta.json"),
    "mastodon": lambda shared: OpenApi(
        shared / "specs/mastodon/mastodon-openapi.json", also=RECORDED
    ),
    "pinterest": lambda shared: OpenApi(shared / "specs/pinterest/openapi-5.23.0.json", "/v5"),
    "youtube": lambda shared: Discovery(shared / "specs/google/youtube.v3.json"),
}


@pytest.fixture(scope="session")
def described(shared: Path) -> Callable[[str], Described]:
    made: dict[str, Described] = {}

    def of(platform: str) -> Described:
        if platform not in made:
            made[platform] = DESCRIBED[platform](shared)
        return made[platform]

    return of


def hamlet_of(platform: str) -> Hamlet:
    """People of whom a crawler has everything to read: pages, media, answers, edits, others."""
    hamlet = Hamlet(platform)
    brand = hamlet.account("brindille", kind="brand", brand="b")
    maud = hamlet.account("maud")
    media = (Media("image", "un vélo", 1200, 900), Media("video", "un tour", 720, 1280, 31.5))
    for number in range(2 * PAGE + 2):
        more: dict[str, Any] = {"title": f"n° {number}"} if platform in TITLED else {}
        if number < len(media):
            more["media"] = media[number]
        text = f"Brindille & co, {number} #brindille https://brindille.example/{number}"
        hamlet.publish(brand, text, tags=("brindille",), saves=9, **more)
    last = hamlet.posts[-1]
    talk = hamlet.publish(maud, "vu chez Brindille", parent=last, root=last, mentions=(brand,))
    for number in range(PAGE + 2):
        hamlet.publish(brand, f"merci {number}", parent=talk, root=last)
    hamlet.publish(maud, "et le mien, Brindille !", mentions=(brand,))
    hamlet.edit(last, "Brindille & co, corrigé", NOON + timedelta(hours=1))
    return hamlet


ACCOUNTS = {
    "bluesky": "brindille.example",
    "mastodon": "brindille@pignon.example",
    "google_analytics": "properties/7000000001",
}


def watchlist_of(platform: str) -> Watchlist:
    account = ACCOUNTS.get(platform, "brindille")
    brand = {"id": "b", "name": "Brindille", "role": "own", "accounts": {platform: [account]}}
    settings: dict[str, Any] = {"url": HOST}
    if platform == "pinterest":
        settings["regions"] = ["FR", "GB+IE"]
    if platform == "google_analytics":
        settings["insights"] = ["sessions", "totalRevenue", "landingPage"]
    if platform == "mastodon":
        settings |= {"servers": [HOST], "search_url": HOST}
    topic = {"id": "t", "name": "T", "query": "vélo", "hashtags": ["brindille"]}
    return parse(
        {
            "workspace": {"name": "w"},
            "brands": [brand],
            "topics": [topic],
            "platforms": {platform: settings},
        }
    )


class Conversation:
    """A crawler and a site that talk to each other, heard by a description."""

    def __init__(self, platform: str, spec: Described) -> None:
        self.crawler = crawlers.load(platform)
        self.hamlet = hamlet_of(platform)
        self.site = sites.make(platform, self.hamlet)
        self.spec = spec
        self.clock = SetClock(NOON + timedelta(days=2))
        names = (*self.crawler.requires, *getattr(self.crawler, "keys", ()))
        self.secrets = Secrets(names, {name: f"{name.lower()}:brindille" for name in names})
        self.heard: set[str] = set()
        self.statuses: set[int] = set()

    def run(self, targets: list[Target]) -> list[Answer]:
        """Every call that the targets take, and their answers."""
        answers = []
        for target in targets:
            calls = deque(self.crawler.start(target, {}))
            while calls:
                answer = self.ask(calls.popleft(), target)
                answers.append(answer)
                calls.extend(self.crawler.next(answer, target, {}))
                assert len(answers) < 500, "no end"
        return answers

    def ask(self, call: Call, target: Target) -> Answer:
        """One call, checked on its way there and back."""
        url = call.url.removeprefix(HOST)
        self.spec.request(call.method, url, call.body)
        split = urlsplit(call.url)
        headers = {
            name.lower(): filled
            for name, value in call.headers.items()
            if (filled := self.secrets.fill(value)) is not None
        }
        ask = Ask(
            split.path, parsed(split.query), headers, ms(self.clock.now()),
            f"{HOST}{split.path}", call.method, call.body or b"",
        )  # fmt: skip
        reply = self.site.answer(capped(replace(ask, path=unquote(split.path)), PAGE))
        value = json.loads(reply.body)
        self.spec.answer(call.method, url, reply.status, value)
        self.heard.add(call.endpoint)
        self.statuses.add(reply.status)
        return Answer(
            platform=target.platform, endpoint=call.endpoint, target=target.key, url=call.url,
            request_url=call.url, method=call.method, status=reply.status,
            headers={name.lower(): told for name, told in reply.headers.items()}, body=reply.body,
            collected_at=self.clock.now(), run_id="r", brand=target.brand, topic=target.topic,
            meta=json.loads(json.dumps(dict(call.meta))),
        )  # fmt: skip


@pytest.mark.parametrize("platform", DESCRIBED)
def test_every_call_and_answer_is_as_described(
    platform: str, described: Callable[[str], Described]
) -> None:
    talk = Conversation(platform, described(platform))
    watchlist = watchlist_of(platform)
    answers = talk.run(talk.crawler.targets(watchlist))
    posts = {post.id: post for answer in answers for post in talk.crawler.map(answer).posts}
    # One is gone when they are read again.
    talk.hamlet.delete(talk.hamlet.posts[1], NOON + timedelta(days=2))
    talk.clock.set(NOON + timedelta(days=3))
    answers += talk.run(talk.crawler.refresh(list(posts.values()), watchlist))
    optional = {"status"}  # Mastodon: only of servers that do not know `statuses`
    assert talk.heard >= set(talk.crawler.endpoints) - optional
    assert {200} <= talk.statuses <= {200, 404}


def _first(platform: str, spec: Described) -> tuple[Conversation, Call, Target]:
    talk = Conversation(platform, spec)
    target = talk.crawler.targets(watchlist_of(platform))[0]
    return talk, next(iter(talk.crawler.start(target, {}))), target


def _wrong(call: Call) -> Iterator[Call]:
    """The same call with a parameter that nobody knows, and without those that it needs."""
    split = urlsplit(call.url)
    if call.body:
        body = json.loads(call.body)
        yield replace(call, body=json.dumps({**body, "colour": "red"}).encode())
        yield replace(call, body=json.dumps({**body, "limit": 7}).encode())
        yield replace(call, url=call.url.replace(":runReport", ":walkReport"))
        return
    asked = dict(parse_qsl(split.query))
    path = call.url.partition("?")[0]
    yield replace(call, url=f"{path}?{urlencode({**asked, 'colour': 'red'})}")
    yield replace(call, url=f"{path}/nowhere?{split.query}")


@pytest.mark.parametrize("platform", DESCRIBED)
def test_a_request_that_is_not_described_fails(
    platform: str, described: Callable[[str], Described]
) -> None:
    talk, call, _ = _first(platform, described(platform))
    for wrong in _wrong(call):
        with pytest.raises((AssertionError, KeyError)):
            talk.spec.request(wrong.method, wrong.url.removeprefix(HOST), wrong.body)


@pytest.mark.parametrize("platform", DESCRIBED)
def test_an_answer_that_is_not_described_fails(
    platform: str, described: Callable[[str], Described]
) -> None:
    talk, call, target = _first(platform, described(platform))
    value = talk.ask(call, target).json()
    url = call.url.removeprefix(HOST)
    for wrong in ({**value, "colour": "red"}, {**value, next(iter(value)): {"of": ["another"]}}):
        with pytest.raises(AssertionError):
            talk.spec.answer(call.method, url, 200, wrong)


def test_needed_parameters_and_bounds_are_checked(described: Callable[[str], Described]) -> None:
    youtube, pinterest = described("youtube"), described("pinterest")
    for spec, url in (
        (youtube, "/youtube/v3/videos?id=a"),  # without part
        (youtube, "/youtube/v3/playlistItems?part=snippet&maxResults=51"),
        (youtube, "/youtube/v3/playlistItems?part=snippet&maxResults=many"),
        (youtube, "/youtube/v3/search?part=snippet&order=luck"),
        (pinterest, "/v5/pins?page_size=251"),
        (pinterest, "/v5/pins/analytics?pin_ids=1&start_date=2026-01-01&end_date=2026-01-02"),
        (pinterest, "/v5/trends/keywords/MARS/top/growing"),
        (described("bluesky"), "/xrpc/app.bsky.feed.getAuthorFeed?limit=5"),
        (described("bluesky"), "/xrpc/app.bsky.feed.getAuthorFeed?actor=a.example&limit=101"),
    ):
        with pytest.raises(AssertionError):
            spec.request("GET", url, None)
