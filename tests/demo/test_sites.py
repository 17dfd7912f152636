"""The platforms: paging to the end, deletions, outage, limits, ETags, counts that grow."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from vigie.clock import SetClock
from vigie.demo.grammar import fold
from vigie.demo.script import stops, watchlist
from vigie.demo.server import Served
from vigie.demo.world import World, handle_of

Ask = Callable[..., Any]
BEFORE = datetime(2026, 11, 18, 8, tzinfo=UTC)


async def test_mastodon_tag_timelines_page_to_the_end(
    world: World, clock: SetClock, ask: Ask
) -> None:
    clock.set(BEFORE)
    now = round(BEFORE.timestamp() * 1000)
    path = f"/api/v1/timelines/tag/{quote('VÉLOCARGO')}?limit=40"
    got: list[str] = []
    while path:
        answer = await ask("mastodon", path)
        assert answer.status_code == 200
        got += [status["id"] for status in answer.json()]
        following = re.search(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        path = following[1].partition("/mastodon")[2] if following else ""
    wanted = {
        post.native
        for post in world.of("mastodon")
        if "velocargo" in {fold(tag) for tag in post.tags} and post.visible(now)
    }
    assert got == sorted(got, key=int, reverse=True)
    assert set(got) == wanted
    assert len(got) == len(wanted)


async def test_mastodon_walks_forward_without_gaps(clock: SetClock, ask: Ask) -> None:
    clock.set(BEFORE)
    path = "/api/v1/timelines/tag/cargobike?limit=30"
    whole = [status["id"] for status in (await ask("mastodon", path)).json()]
    step = (await ask("mastodon", f"{path}&min_id={whole[20]}")).json()
    assert [status["id"] for status in step] == whole[:20]
    since = (await ask("mastodon", f"{path}&since_id={whole[5]}")).json()
    assert [status["id"] for status in since] == whole[:5]


async def test_bluesky_searches_and_feeds_page_to_the_end(
    world: World, clock: SetClock, ask: Ask
) -> None:
    clock.set(BEFORE)
    now = round(BEFORE.timestamp() * 1000)
    for method, given, wanted in (
        ("app.bsky.feed.searchPosts", "q=Cahotelle&sort=latest", None),
        (
            "app.bsky.feed.getAuthorFeed",
            "actor=trimouette.example",
            {post.uri for post in world.brand_accounts["trimouette", "bluesky"].posts
             if post.visible(now)},
        ),
    ):  # fmt: skip
        got: list[str] = []
        cursor = ""
        while True:
            body = (await ask("bluesky", f"/xrpc/{method}?{given}&limit=40{cursor}")).json()
            items = body.get("posts") or [item["post"] for item in body["feed"]]
            got += [item["uri"] for item in items]
            if "cursor" not in body:
                break
            cursor = f"&cursor={quote(body['cursor'])}"
        assert len(got) == len(set(got))
        assert set(got) == wanted if wanted is not None else len(got) > 100


async def test_deleted_posts_vanish(world: World, clock: SetClock, ask: Ask) -> None:
    by_site = {post.site: post for post in world.named["deleted"]}
    sky, toot = by_site["bluesky"], by_site["mastodon"]
    clock.set(world.almanac.instant(53, 0))
    thread = f"/xrpc/app.bsky.feed.getPostThread?uri={quote(sky.uri)}"
    several = f"/xrpc/app.bsky.feed.getPosts?uris={quote(sky.uri)}"
    status = f"/api/v1/statuses/{toot.native}"
    assert (await ask("bluesky", thread)).status_code == 200
    assert len((await ask("bluesky", several)).json()["posts"]) == 1
    assert (await ask("mastodon", status)).json()["uri"] == toot.uri
    parent = toot.parent
    assert parent is not None
    context = f"/api/v1/statuses/{parent.native}/context"
    assert toot.native in {
        one["id"] for one in (await ask("mastodon", context)).json()["descendants"]
    }
    clock.set(world.almanac.instant(54, 12))
    assert (await ask("bluesky", thread)).json()["error"] == "NotFound"
    assert (await ask("bluesky", several)).json()["posts"] == []
    assert (await ask("mastodon", status)).status_code == 404
    both = await ask("mastodon", f"/api/v1/statuses?id[]={toot.native}&id[]={parent.native}")
    assert [one["id"] for one in both.json()] == [parent.native]
    assert toot.native not in {
        one["id"] for one in (await ask("mastodon", context)).json()["descendants"]
    }


async def test_mastodon_is_dead_since_its_outage(world: World, clock: SetClock, ask: Ask) -> None:
    lookup = "/api/v1/accounts/lookup?acct=trimouette"
    clock.set(world.almanac.instant(59, 14))
    assert (await ask("mastodon", lookup)).status_code == 200
    clock.set(world.almanac.instant(59, 14, 1))
    assert (await ask("mastodon", lookup)).status_code == 503
    assert (await ask("bluesky", "/xrpc/app.bsky.actor.getProfile?actor=trimouette.example")).json()


async def test_counts_and_followers_grow_with_time(world: World, clock: SetClock, ask: Ask) -> None:
    post = world.owned["cahotelle", "bluesky"][0]
    path = f"/xrpc/app.bsky.feed.getPosts?uris={quote(post.uri)}"
    profile = "/xrpc/app.bsky.actor.getProfile?actor=cahotelle.example"
    published = datetime.fromtimestamp(post.at / 1000, UTC)
    seen, followers = [], []
    for hours in (0, 1, 6, 24, 72, 400):
        clock.set(published + timedelta(hours=hours))
        seen.append((await ask("bluesky", path)).json()["posts"][0]["likeCount"])
        followers.append((await ask("bluesky", profile)).json()["followersCount"])
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-2] >= 0.97 * seen[-1]
    assert followers[0] < followers[-1]
    clock.set(published - timedelta(seconds=1))
    assert (await ask("bluesky", path)).json()["posts"] == []


async def test_mastodon_refuses_now_and_then(served: Served, clock: SetClock) -> None:
    import httpx

    clock.set(BEFORE)
    refused = []
    async with httpx.AsyncClient(base_url=served.urls["mastodon"]) as client:
        for _ in range(230):
            answer = await client.get("/api/v2/instance")
            assert answer.headers["x-ratelimit-limit"] == "300"
            if answer.status_code == 429:
                refused.append(datetime.fromisoformat(answer.headers["x-ratelimit-reset"]))
                assert answer.headers["x-ratelimit-remaining"] == "0"
    assert len(refused) == 1
    assert timedelta(0) < refused[0] - BEFORE < timedelta(seconds=5)


async def test_feeds_know_etags_and_grow(clock: SetClock, ask: Ask) -> None:
    clock.set(BEFORE)
    for outlet in ("gazette-bellecombe", "courrier-montclar"):
        first = await ask("press", f"/{outlet}/feed.xml")
        assert first.status_code == 200
        again = await ask(
            "press", f"/{outlet}/feed.xml", **{"if-none-match": first.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        since = {"if-modified-since": first.headers["last-modified"]}
        assert (await ask("press", f"/{outlet}/feed.xml", **since)).status_code == 304
        link = re.search(rb"(?:<link>|alternate\" href=\")(http://127[^<\"]+)", first.content)
        assert link is not None
        page = await ask("press", urlsplit(link[1].decode()).path.removeprefix("/press"))
        assert page.status_code == 200
        assert "<article>" in page.text
    clock.set(BEFORE + timedelta(days=4))
    later = await ask(
        "press", "/gazette-bellecombe/feed.xml", **{"if-none-match": first.headers["etag"]}
    )
    assert later.status_code == 200


async def test_robots_fence_readers_pages(ask: Ask, served: Served) -> None:
    from protego import Protego

    rules = Protego.parse((await ask("", "robots.txt")).text)
    assert not rules.can_fetch(f"{served.base}/press/gazette-bellecombe/abonnes/x", "Vigie")
    assert rules.can_fetch(f"{served.base}/press/gazette-bellecombe/a/x", "Vigie")
    assert rules.crawl_delay("Vigie")


async def test_hackernews_items_and_searches(world: World, clock: SetClock, ask: Ask) -> None:
    story = next(
        post for post in world.planted("trend-rain-roof") if post.title and not post.parent
    )
    item = (await ask("hackernews", f"/v0/item/{story.native}.json")).json()
    assert item["type"] == "story"
    assert item["descendants"] == len(item["kids"]) == len(story.replies)
    kid = (await ask("hackernews", f"/v0/item/{item['kids'][0]}.json")).json()
    assert kid["parent"] == item["id"]
    path = "/api/v1/search_by_date?query=%22cargo%20bike%22&tags=(story,comment)&hitsPerPage=50"
    found, older = [], ""
    while True:
        hits = (await ask("hackernews", f"{path}{older}")).json()["hits"]
        if not hits:
            break
        found += [hit["objectID"] for hit in hits]
        older = f"&numericFilters=created_at_i%3C{hits[-1]['created_at_i']}"
    assert {post.native for post in story.replies} <= set(found)
    assert (await ask("hackernews", "/v0/item/1.json")).json() is None
    user = (await ask("hackernews", f"/v0/user/{story.account.handle}.json")).json()
    assert int(story.native) in user["submitted"]


async def test_unknown_things_are_refused_as_the_platforms_do(clock: SetClock, ask: Ask) -> None:
    clock.set(BEFORE)
    nobody = await ask("bluesky", "/xrpc/app.bsky.actor.getProfile?actor=nobody.example")
    assert (nobody.status_code, nobody.json()["error"]) == (400, "InvalidRequest")
    nobody = await ask("mastodon", "/api/v1/accounts/lookup?acct=nobody")
    assert (nobody.status_code, nobody.json()["error"]) == (404, "Record not found")
    assert (await ask("elsewhere", "/")).status_code == 404


def test_the_watchlist_is_one(world: World, tmp_path: Any) -> None:
    from vigie.watchlist import load

    (tmp_path / "vigie.toml").write_text(
        watchlist(Served(8080), world.almanac, world.newsroom.outlets, "fr"), "utf-8"
    )
    read = load(tmp_path / "vigie.toml")
    assert [brand.id for brand in read.own] == ["trimouette"]
    assert len(read.platform("feeds").feeds) == len(world.newsroom.outlets)
    assert read.calendar.moments["Black Friday"] == ("2026-11-27",)
    for brand in read.brands:
        for site in ("mastodon", "bluesky"):
            account = world.brand_accounts[brand.id, site]
            assert brand.accounts[site][0].removesuffix("@pignon.example") == handle_of(account)


def test_almost_every_post_answers_to_the_watchlist(world: World) -> None:
    """By a hashtag of a topic, a brand's name, or because it stands under a brand's post."""
    import tomllib

    from vigie.watchlist import parse

    read = parse(tomllib.loads(watchlist(Served(1), world.almanac, world.newsroom.outlets, "fr")))
    tags = {fold(tag) for topic in read.topics for tag in topic.hashtags}
    tags |= {brand.id for brand in read.brands}
    lost = [
        post
        for post in world.posts
        if post.site in ("mastodon", "bluesky")
        and not tags & {fold(tag) for tag in post.tags}
        and not (post.site == "bluesky" and any(b.id in fold(post.text) for b in read.brands))
        and (post.root or post).account.kind != "brand"
        and post.account.kind != "brand"
    ]
    assert len(lost) <= 0.01 * len(world.posts)


def test_stops_lie_near_72_hours_after_the_brands_posts(world: World) -> None:
    times = [stop.at.timestamp() for stop in stops(world.almanac)]
    comparable = total = 0
    for posts in world.owned.values():
        for post in posts:
            age = min(abs(time - post.at / 1000 - 72 * 3600) for time in times)
            comparable += age <= 24 * 3600
            total += 1
    assert comparable / total >= 0.85
