"""YouTube of the simulated world, and its crawler through the door."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import crawlers
from tests.crawlers.hamlet import NOON, Hamlet, ms
from tests.crawlers.outing import outing
from vigie.clock import SetClock
from vigie.demo.sites.films import channel_id
from vigie.demo.sites.reply import Ask, Refusal, parsed
from vigie.demo.sites.youtube import YouTubeSite
from vigie.records import Budget
from vigie.sources import Answer

KEY = {"YOUTUBE_KEY": "clef-inventee-0001"}
BRAND = {"id": "b", "name": "Brindille", "role": "own", "accounts": {"youtube": ["@brindille"]}}


def ask(site: YouTubeSite, path: str, at: Any = NOON + timedelta(days=1)) -> tuple[int, Any]:
    split = urlsplit(path)
    reply = site.answer(
        Ask(f"/youtube/v3/{split.path}", parsed(split.query), {}, ms(at), "http://a.example")
    )
    return reply.status, json.loads(reply.body)


@pytest.fixture
def hamlet() -> Hamlet:
    hamlet = Hamlet("youtube")
    hamlet.account("brindille", kind="brand", brand="b", followers=123_456)
    return hamlet


def test_uploads_come_newest_first_page_by_page(hamlet: Hamlet) -> None:
    owner = hamlet.accounts[0]
    for number in range(12):
        hamlet.publish(owner, f"film {number}")
    site = YouTubeSite(hamlet)
    _, body = ask(site, "channels?part=contentDetails,statistics&forHandle=@BRINDILLE")
    channel = body["items"][0]
    assert channel["statistics"]["subscriberCount"] == "123000"
    assert "snippet" not in channel
    uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    found, token = [], ""
    while True:
        path = f"playlistItems?part=snippet&playlistId={uploads}&maxResults=5"
        status, body = ask(site, path + (f"&pageToken={token}" if token else ""))
        assert status == 200
        found += [item["snippet"]["title"] for item in body["items"]]
        assert body["pageInfo"] == {"totalResults": 12, "resultsPerPage": 5}
        if not (token := body.get("nextPageToken", "")):
            break
    assert found == [f"film {number}" for number in reversed(range(12))]


def test_counts_are_text_hidden_ones_absent_and_deleted_videos_not_answered(
    hamlet: Hamlet,
) -> None:
    owner = hamlet.accounts[0]
    for number in range(40):
        hamlet.publish(owner, f"film {number}", views=1_000)
    hamlet.delete(hamlet.posts[5], NOON + timedelta(hours=2))
    site = YouTubeSite(hamlet)
    ids = ",".join(post.native for post in hamlet.posts)
    _, body = ask(site, f"videos?part=snippet,statistics&id={ids}")
    counted = [item["statistics"] for item in body["items"]]
    assert len(counted) == 39
    assert all(isinstance(value, str) for one in counted for value in one.values())
    assert 0 < sum("likeCount" not in one for one in counted) < 20
    assert 0 < sum("commentCount" not in one for one in counted) < 20
    _, before = ask(site, f"videos?part=snippet&id={ids}", NOON + timedelta(hours=1))
    assert len(before["items"]) == 40


def test_errors_are_the_platform_s_own(hamlet: Hamlet) -> None:
    film = hamlet.publish(hamlet.accounts[0], "film")
    shut = hamlet.account("huis-clos", private=True)
    site = YouTubeSite(hamlet)
    status, body = ask(site, "channels?part=snippet&forHandle=@personne")
    assert (status, "items" in body) == (200, False)
    uploads = f"UU{channel_id(shut)[2:]}"
    for path, code, reason in (
        (f"playlistItems?part=snippet&playlistId={uploads}", 403, "playlistItemsNotAccessible"),
        ("playlistItems?part=snippet&playlistId=UUrien", 404, "playlistNotFound"),
        ("commentThreads?part=snippet&videoId=rien", 404, "videoNotFound"),
        (f"videos?part=secrets&id={film.native}", 400, "unknownPart"),
        (f"videos?id={film.native}", 400, "missingRequiredParameter"),
        ("videos?part=snippet&id=" + ",".join(f"v{n}" for n in range(51)), 400, "invalidFilters"),
        ("search?part=snippet&q=film&type=video&pageToken=x", 400, "invalidPageToken"),
    ):
        status, body = ask(site, path)
        assert (status, body["error"]["errors"][0]["reason"]) == (code, reason), path


def test_comments_have_two_levels(hamlet: Hamlet) -> None:
    film = hamlet.publish(hamlet.accounts[0], "film")
    maud = hamlet.account("maud")
    first = hamlet.publish(maud, "beau film", parent=film, root=film)
    answer = hamlet.publish(hamlet.accounts[0], "merci", parent=first, root=film)
    hamlet.publish(maud, "de rien", parent=answer, root=film)
    for number in range(6):
        hamlet.publish(maud, f"et {number}", parent=first, root=film)
    hamlet.edit(first, "très beau film", NOON + timedelta(hours=5))
    site = YouTubeSite(hamlet)
    path = f"commentThreads?part=snippet,replies&videoId={film.native}&order=time"
    _, body = ask(site, path)
    thread = body["items"][0]
    top = thread["snippet"]["topLevelComment"]["snippet"]
    assert (top["textOriginal"], thread["snippet"]["totalReplyCount"]) == ("très beau film", 8)
    assert top["updatedAt"] > top["publishedAt"]
    assert len(thread["replies"]["comments"]) == 5
    _, body = ask(site, f"comments?part=snippet&parentId={first.native}&maxResults=100")
    assert [item["snippet"]["parentId"] for item in body["items"]] == [first.native] * 8
    _, body = ask(site, f"videos?part=statistics&id={film.native}")
    assert body["items"][0]["statistics"]["commentCount"] == "9"


def test_a_search_tells_escaped_titles_excerpts_and_no_counts(hamlet: Hamlet) -> None:
    owner = hamlet.accounts[0]
    hamlet.publish(owner, "Freins & jantes : " + "un essai très long du vélo cargo " * 9)
    site = YouTubeSite(hamlet)
    _, body = ask(site, "search?part=snippet&q=%22velo%20cargo%22&type=video&order=date")
    item = body["items"][0]
    assert "&amp;" in item["snippet"]["title"]
    assert item["snippet"]["description"].endswith(" ...")
    assert "statistics" not in item


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("missing", "missing key"),
        ("lapsed", "token lapsed"),
        ("revoked", "approval revoked"),
        ("unapproved", "approval missing"),
    ],
)
def test_a_refusal_is_named(hamlet: Hamlet, why: Refusal, told: str) -> None:
    site = YouTubeSite(hamlet)
    asked = Ask("/youtube/v3/videos", {}, {"x-goog-api-key": "k"}, ms(NOON), "http://a.example")
    assert site.token_of(asked) == "k"
    reply = site.refused(asked, why)
    answer = answer_of("videos", reply.status, reply.body)
    assert str(crawlers.load("youtube").healthy(answer)).startswith(f"{told}: ")  # type: ignore[attr-defined]
    assert not crawlers.load("youtube").map(answer).posts
    failed = site.failed(asked)
    told_of = crawlers.load("youtube").healthy(answer_of("videos", 200, failed.body))  # type: ignore[attr-defined]
    assert told_of.startswith("error in a 200: ")


def answer_of(endpoint: str, status: int, body: bytes) -> Answer:
    return Answer(
        platform="youtube", endpoint=endpoint, target="youtube/account/x", url="http://a.example",
        request_url="http://a.example", method="GET", status=status, headers={}, body=body,
        collected_at=NOON, run_id="r",
    )  # fmt: skip


async def test_a_channel_is_crawled_followed_and_read_again(hamlet: Hamlet, tmp_path: Path) -> None:
    owner, maud = hamlet.accounts[0], hamlet.account("maud")
    films = [hamlet.publish(owner, f"film {number} #velo") for number in range(120)]
    hamlet.publish(owner, "trop vieux", at=NOON - timedelta(days=40))
    talk = hamlet.publish(maud, "bravo", parent=films[-1], root=films[-1])
    for number in range(7):
        hamlet.publish(owner, f"merci {number}", parent=talk, root=films[-1])
    clock = SetClock(NOON + timedelta(hours=12))
    async with outing(hamlet, tmp_path, clock, [BRAND], KEY, searches=False) as out:
        source = (await out.run())["youtube/account/brindille"]
        assert (source.state, source.reason) == ("ok", None)
        posts = out.posts()
        # The page at which the floor of thirty days is passed is read whole.
        assert {post.native_id for post in posts} == {post.native for post in hamlet.posts}
        films_read = [post for post in posts if post.kind == "video"]
        assert {post.owner for post in films_read} == {"b"}
        assert {post.author.handle for post in films_read} == {"brindille"}
        assert {post.author.followers for post in films_read} == {123_000}
        assert all(post.metrics.views is not None for post in films_read)
        assert all(post.media[0].duration_s for post in films_read)
        below = [post for post in posts if post.kind == "comment"]
        assert {post.root_id for post in below} == {f"youtube:{films[-1].native}"}
        assert {post.parent_id for post in below if post.text != "bravo"} == {
            f"youtube:{talk.native}"
        }
        account = out.account(f"youtube:{channel_id(owner)}")
        assert (account.followers, account.owner, account.handle) == (123_000, "b", "brindille")
        kept = out.store.samples([account.id], ["followers", "posts"])
        assert kept["value"].to_list() == [123_000.0, 121.0]

        # What is new, and nothing else, is walked; the first page is counted again.
        clock.set(NOON + timedelta(hours=13))
        new = hamlet.publish(owner, "tout neuf", at=NOON + timedelta(hours=12, minutes=30))
        source = (await out.run())["youtube/account/brindille"]
        assert (source.state, out.asked("playlistItems"), out.asked("videos")) == ("ok", 1, 1)
        assert out.asked("commentThreads") == 0
        assert new.native in {post.native_id for post in out.posts()}

        # Deleted, edited: told by reading again, fifty at a time.
        clock.set(NOON + timedelta(hours=14))
        hamlet.delete(films[3], NOON + timedelta(hours=13, minutes=30))
        hamlet.delete(hamlet.posts[-2], NOON + timedelta(hours=13, minutes=30))
        hamlet.edit(films[4], "film quatre, corrigé", NOON + timedelta(hours=13, minutes=30))
        sources = await out.refresh()
        assert {source.state for source in sources.values()} == {"ok"}, sources
        assert (out.asked("videos"), out.asked("comments")) == (3, 1)
        gone = {post.native_id for post in out.posts("deleted")}
        assert gone == {films[3].native, hamlet.posts[-2].native}
        texts = {post.native_id: post.text for post in out.posts()}
        assert texts[films[4].native] == "film quatre, corrigé"
        assert {post.owner for post in out.posts() if post.kind == "video"} == {"b"}
        assert {post.root_id for post in out.posts() if post.kind == "comment"} == {
            f"youtube:{films[-1].native}"
        }


async def test_a_search_finds_whole_videos_and_knows_whose_they_are(
    hamlet: Hamlet, tmp_path: Path
) -> None:
    stranger = hamlet.account("essais", followers=48_211)
    long = "Brindille & co : " + "un essai très long " * 20
    hamlet.publish(stranger, long)
    hamlet.publish(hamlet.accounts[0], "La Brindille nouvelle")
    hamlet.publish(stranger, "rien à voir")
    clock = SetClock(NOON + timedelta(hours=12))
    async with outing(hamlet, tmp_path, clock, [BRAND], KEY) as out:
        sources = await out.run(only=["youtube/search"])
        assert [source.state for source in sources.values()] == ["ok"]
        posts = {post.author.handle: post for post in out.posts()}
        assert set(posts) == {"essais", "brindille"}
        assert (posts["essais"].text, posts["essais"].author.followers) == (long, 48_200)
        assert posts["essais"].metrics.views is not None
        assert (posts["brindille"].origin, posts["essais"].origin) == ("owned", "earned")
        spent = out.store.get(["youtube.search@2026-11-20"], Budget)[0]
        assert spent is not None
        assert spent.calls == 1


async def test_unknown_and_private_channels_are_told(hamlet: Hamlet, tmp_path: Path) -> None:
    hamlet.account("huis-clos", private=True)
    brands = [
        {"id": "p", "name": "Personne", "accounts": {"youtube": ["personne"]}},
        {"id": "h", "name": "Huis clos", "accounts": {"youtube": ["huis-clos"]}},
    ]
    clock = SetClock(NOON)
    async with outing(hamlet, tmp_path, clock, brands, KEY, searches=False) as out:
        sources = await out.run()
        assert {key: source.state for key, source in sources.items()} == {
            "youtube/account/personne": "broken", "youtube/account/huis-clos": "broken",
        }  # fmt: skip
        told = {key: str(source.reason) for key, source in sources.items()}
        assert told["youtube/account/personne"].startswith("unknown account: @personne")
        assert told["youtube/account/huis-clos"].startswith("private account: ")


async def test_a_spent_search_bucket_leaves_the_channels_alone(
    hamlet: Hamlet, tmp_path: Path
) -> None:
    hamlet.publish(hamlet.accounts[0], "film Brindille")
    clock = SetClock(NOON)
    async with outing(hamlet, tmp_path, clock, [BRAND], KEY) as out:
        spent = Budget(
            id="youtube.search@2026-11-20", bucket="youtube.search", day="2026-11-20", calls=100
        )
        out.store.upsert([spent])
        sources = await out.run()
        search = sources["youtube/search/Brindille"]
        assert (search.state, str(search.reason).split(":")[0]) == ("skipped", "budget")
        assert search.resume_at == NOON.replace(hour=8) + timedelta(days=1)  # midnight Pacific
        assert sources["youtube/account/brindille"].state == "ok"


async def test_of_many_comments_only_the_newer_are_read_again(
    hamlet: Hamlet, tmp_path: Path
) -> None:
    maud = hamlet.account("maud")
    film = hamlet.publish(hamlet.accounts[0], "film")
    for number in range(620):
        hamlet.publish(maud, f"bravo {number}", parent=film, root=film)
    clock = SetClock(NOON + timedelta(hours=12))
    async with outing(hamlet, tmp_path, clock, [BRAND], KEY, searches=False) as out:
        assert (await out.run())["youtube/account/brindille"].state == "ok"
        assert (len(out.posts()), out.asked("commentThreads")) == (621, 7)
        new = hamlet.publish(maud, "et encore", parent=film, root=film, at=clock.now())
        clock.set(NOON + timedelta(hours=13))
        assert (await out.run())["youtube/account/brindille"].state == "ok"
        # The page with the new one, and the first that holds nothing new.
        assert out.asked("commentThreads") == 2
        assert new.native in {post.native_id for post in out.posts()}


async def test_what_a_crawl_was_cut_off_from_is_read_by_the_next(
    hamlet: Hamlet, tmp_path: Path
) -> None:
    for number in range(60):
        hamlet.publish(hamlet.accounts[0], f"film {number}")
    clock = SetClock(NOON + timedelta(hours=12))
    async with outing(
        hamlet, tmp_path, clock, [BRAND], KEY, searches=False, calls_per_day=4
    ) as out:
        source = (await out.run())["youtube/account/brindille"]
        assert str(source.reason).startswith("budget: youtube: ")
        assert [post for post in out.posts() if post.metrics.views is None]
        clock.set(NOON + timedelta(days=1))
        await out.run()
        assert len(out.posts()) == 60
        assert not [post for post in out.posts() if post.metrics.views is None]
