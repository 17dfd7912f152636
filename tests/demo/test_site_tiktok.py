"""TikTok over a hamlet: its dialect, and the crawler that reads it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.crawlers.hamlet import NOON, Hamlet
from tests.demo.visiting import asking, visiting
from vigie.demo.posts import Media

LATER = NOON + timedelta(hours=3)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BRANDS = """[[brands]]
id = "verrerie"
name = "Verrerie Ouessant"
role = "own"
accounts.tiktok = ["@verrerie"]

[[brands]]
id = "flacon"
name = "Flacon"
accounts.tiktok = ["@flacon"]

[[topics]]
id = "souffle"
name = "Verre soufflé"
hashtags = ["verresoufflé"]
"""
TOKEN = {"TIKTOK_TOKEN": "tok-secret-of-the-test"}
RESEARCH = "research_use = true\n"


def town() -> Hamlet:
    """A brand, a competitor, somebody who talks, somebody whose videos are closed."""
    hamlet = Hamlet("tiktok", begin=NOON - 2 * DAY)
    own, other = hamlet.account("verrerie", kind="brand"), hamlet.account("flacon", kind="brand")
    maud, closed = hamlet.account("maud"), hamlet.account("closed", private=True)
    first = hamlet.publish(own, "On souffle #verresoufflé 🔥", tags=("verresoufflé",),
                           media=Media("video", "", 720, 1280, 21.0))  # fmt: skip
    hamlet.publish(maud, "bravo", parent=first, root=first)
    hamlet.publish(other, "Un flacon, puis un autre")
    hamlet.publish(maud, "Visite de la Verrerie Ouessant #verresoufflé", tags=("verresoufflé",))
    hamlet.publish(closed, "rien que pour mes amis #verresoufflé", tags=("verresoufflé",))
    hamlet.publish(own, "")
    return hamlet


async def post(client: httpx.AsyncClient, path: str, body: Any) -> httpx.Response:
    return await client.post(path, json=body)


async def test_own_videos_come_in_pages_and_end() -> None:
    hamlet = town()
    for number in range(5):
        hamlet.publish(hamlet.accounts[0], f"jour {number}")
    path = "/v2/video/list/?fields=id,create_time,title,video_description,view_count"
    async with asking(hamlet, LATER) as client:
        seen: list[dict[str, Any]] = []
        body: dict[str, Any] = {"max_count": 3}
        while True:
            data = (await post(client, path, body)).json()["data"]
            seen += data["videos"]
            body["cursor"] = data["cursor"]
            if not data["has_more"]:
                break
        own = [one.native for one in hamlet.posts if one.account is hamlet.accounts[0]]
        assert [video["id"] for video in seen] == own[::-1]
        assert "video_description" not in seen[-2], "a field without a value is left out"
        assert all(int(video["id"]) > 2**53 for video in seen)
        too_many = await post(client, path, {"max_count": 21})
        assert (too_many.status_code, too_many.json()["error"]["code"]) == (400, "invalid_params")
        assert (await client.get(path)).status_code == 404, "a list is asked for by POST"


async def test_the_research_api_finds_by_conditions_within_thirty_days() -> None:
    hamlet = town()
    own, _, other, maud, *_ = hamlet.posts
    path = "/v2/research/video/query/?fields=id,username,hashtag_names,view_count"

    def asked(**more: Any) -> dict[str, Any]:
        tags = {"operation": "EQ", "field_name": "hashtag_name", "field_values": ["verresoufflé"]}
        return {"query": {"and": [tags]}, "start_date": "20261101", "end_date": "20261120", **more}

    async with asking(hamlet, LATER) as client:
        first = (await post(client, path, asked(max_count=1))).json()["data"]
        assert first["has_more"] is True
        assert first["videos"][0]["id"] == int(maud.native)
        paged = asked(max_count=1, cursor=first["cursor"], search_id=first["search_id"])
        second = (await post(client, path, paged)).json()["data"]
        assert [video["id"] for video in second["videos"]] == [int(own.native)]
        assert second["has_more"] is False
        lapsed = await post(client, path, asked(cursor=1, search_id="7"))
        assert (lapsed.status_code, "search_id" in lapsed.text) == (400, True)
        long = await post(client, path, asked(start_date="20261001"))
        assert long.json()["error"]["code"] == "invalid_params"
        by = {"operation": "IN", "field_name": "username", "field_values": ["flacon"]}
        named = (await post(client, path, asked(query={"or": [by]}))).json()["data"]
        assert [video["id"] for video in named["videos"]] == [int(other.native)]
        person = "/v2/research/user/info/?fields=follower_count,display_name"
        known = (await post(client, person, {"username": "flacon"})).json()["data"]
        assert known == {"follower_count": 1_200, "display_name": "Flacon"}
        for name, told in (("nobody", "cannot find"), ("closed", "private")):
            answer = await post(client, person, {"username": name})
            assert told in answer.json()["error"]["message"]


async def test_a_crawl_of_the_own_account(tmp_path: Path) -> None:
    hamlet = town()
    first, comment, *_, bare = hamlet.posts
    for number in range(25):
        hamlet.publish(hamlet.accounts[0], f"jour {number}")
    own = {f"tiktok:{one.native}" for one in hamlet.posts if one.account is hamlet.accounts[0]}
    async with visiting(tmp_path, hamlet, LATER, BRANDS, secrets=TOKEN) as visitor:
        sources = await visitor.collect()
        assert {key: source.state for key, source in sources.items()} == {
            "tiktok/account/verrerie": "ok"
        }, "competitors and searches are for research only"
        assert visitor.found() == own
        seen = visitor.post(f"tiktok:{first.native}")
        assert seen
        assert (seen.origin, seen.author.handle, seen.author.followers) == (
            "owned",
            "verrerie",
            1200,
        )
        assert (seen.hashtags, seen.media[0].duration_s) == (("verresoufflé",), 21)
        assert (seen.metrics.saves, seen.metrics.replies) == (None, 1)
        silent = visitor.post(f"tiktok:{bare.native}")
        assert silent
        assert silent.text is None
        visitor.asked()

        fresh = hamlet.publish(hamlet.accounts[0], "du neuf", at=LATER + HOUR / 2)
        visitor.clock.set(LATER + HOUR / 2)
        await visitor.collect("tiktok/account")
        assert visitor.found() == own | {f"tiktok:{fresh.native}"}
        assert len(visitor.asked()) == 2, "who it is, and the first page"

        hamlet.delete(bare, LATER + HOUR)
        hamlet.edit(first, "On souffle encore", LATER + HOUR)
        visitor.clock.set(LATER + 2 * DAY)
        await visitor.collect("tiktok/refresh")
        assert len([call for call in visitor.asked() if "/video/query/" in call]) == 2
        assert visitor.found() == (own | {f"tiktok:{fresh.native}"}) - {f"tiktok:{bare.native}"}
        edited = visitor.post(f"tiktok:{first.native}")
        assert edited
        assert (edited.text, edited.author.handle) == ("On souffle encore", "verrerie")
        assert visitor.post(f"tiktok:{comment.native}") is None


async def test_a_token_of_another_account_is_told(tmp_path: Path) -> None:
    brands = BRANDS.replace("@verrerie", "@autre")
    async with visiting(tmp_path, town(), LATER, brands, secrets=TOKEN) as visitor:
        (source,) = (await visitor.collect()).values()
        assert source.state == "broken"
        assert source.reason == "approval missing: the token is of @verrerie, not of @autre"


async def test_research_reads_others_and_searches(tmp_path: Path) -> None:
    hamlet = town()
    own, _, other, maud, _, bare = hamlet.posts
    ago = hamlet.publish(hamlet.accounts[1], "il y a longtemps", at=NOON - 50 * DAY)
    async with visiting(
        tmp_path, hamlet, LATER, BRANDS, settings=f"{RESEARCH}since_days = 60", secrets=TOKEN,
        page=1,
    ) as visitor:  # fmt: skip
        sources = await visitor.collect()
        assert {key: source.state for key, source in sources.items()} == {
            "tiktok/account/verrerie": "ok", "tiktok/account/flacon": "ok",
            "tiktok/search/Verrerie Ouessant": "ok", "tiktok/search/Flacon": "ok",
            "tiktok/search/#verresoufflé": "ok",
        }  # fmt: skip
        known = {f"tiktok:{one.native}" for one in (own, other, maud, bare, ago)}
        assert visitor.found() == known
        seen = visitor.post(f"tiktok:{maud.native}")
        assert seen
        assert (seen.author.handle, seen.metrics.saves) == ("maud", 0)
        assert visitor.cursor("tiktok/account/flacon")["day"] == LATER.date().isoformat()

        hamlet.delete(maud, LATER + HOUR)
        visitor.clock.set(LATER + 2 * DAY)
        fresh = hamlet.publish(hamlet.accounts[1], "Flacon du jour", at=LATER + DAY)
        await visitor.collect()
        assert visitor.found() == (known | {f"tiktok:{fresh.native}"}) - {f"tiktok:{maud.native}"}
        files = (path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".env")
        assert TOKEN["TIKTOK_TOKEN"].encode() not in b"".join(path.read_bytes() for path in files)


async def test_a_cut_research_walk_is_finished_by_later_runs(tmp_path: Path) -> None:
    hamlet = town()
    for number in range(7):
        hamlet.publish(hamlet.accounts[1], f"jour {number}")
    brands = BRANDS.partition("[[topics]]")[0]
    async with visiting(
        tmp_path, hamlet, LATER, brands, secrets=TOKEN, page=2,
        settings=f"{RESEARCH}since_days = 60\nmax_pages = 2\nsearches = false",
    ) as visitor:  # fmt: skip
        wanted = {
            f"tiktok:{one.native}" for one in hamlet.posts if one.account is hamlet.accounts[1]
        }
        for _ in range(3):
            await visitor.collect("tiktok/account/flacon")
        assert visitor.found() == wanted
        assert "day" in visitor.cursor("tiktok/account/flacon")


async def test_unknown_and_private_accounts_are_no_silence(tmp_path: Path) -> None:
    brands = BRANDS.replace("@verrerie", "nobody").replace("@flacon", "closed")
    async with visiting(
        tmp_path, town(), LATER, brands, settings=f"{RESEARCH}searches = false", secrets=TOKEN
    ) as visitor:
        sources = await visitor.collect()
        told = {key: (source.reason or "").split(":")[0] for key, source in sources.items()}
        assert told == {
            "tiktok/account/nobody": "unknown account", "tiktok/account/closed": "private account",
        }  # fmt: skip


def test_what_is_not_read_of_a_competitor_is_left_to_imports() -> None:
    import tomllib

    from vigie.cli.access import access_rows
    from vigie.watchlist import parse

    def ways(settings: str) -> dict[str, str]:
        told = f'[workspace]\nname = "w"\n{settings}\n{BRANDS}'
        rows = access_rows(parse(tomllib.loads(told)), "en")
        return {row["brand"]: row["way"] for row in rows}

    assert ways("") == {"Verrerie Ouessant": "crawled", "Flacon": "import"}
    research = ways("[platforms.tiktok]\nresearch_use = true")
    assert research == {"Verrerie Ouessant": "crawled", "Flacon": "crawled"}
