"""X over a hamlet: its dialect, and the crawler that reads it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.crawlers.hamlet import NOON, Hamlet
from tests.demo.visiting import asking, visiting
from vigie.demo.posts import Media

LATER = NOON + timedelta(hours=3)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIELDS = "tweet.fields=created_at,author_id,public_metrics,entities,note_tweet,referenced_tweets"
BRANDS = """[[brands]]
id = "cirage"
name = "Cirage Mistral"
role = "own"
accounts.x = ["@cirage"]

[[brands]]
id = "lacet"
name = "Lacet Doré"
accounts.x = ["lacetdore"]
"""
TOKEN = {"X_TOKEN": "tok-secret-of-the-test"}


def town() -> Hamlet:
    """Two brands, a customer, somebody whose posts are closed."""
    hamlet = Hamlet("x", begin=NOON - 2 * DAY)
    cirage = hamlet.account("cirage", kind="brand")
    hamlet.account("lacetdore", kind="brand")
    maud, closed = hamlet.account("maud"), hamlet.account("closed", private=True)
    hamlet.account("quiet")
    first = hamlet.publish(
        cirage, "Nouvelle boîte & nouveau brillant #cuir https://cirage.example/b"
    )
    hamlet.publish(maud, "@cirage où l’acheter ? 🥾", parent=first, root=first)
    hamlet.publish(maud, "Le Cirage Mistral tient la pluie", quotes=first)
    hamlet.publish(closed, "@cirage rien que pour mes amis")
    hamlet.publish(cirage, "x" * 300, media=Media("image", "une boîte", 800, 600))
    return hamlet


async def test_timelines_come_in_pages_and_end() -> None:
    hamlet = town()
    for number in range(12):
        hamlet.publish(hamlet.accounts[0], f"jour {number}")
    async with asking(hamlet, LATER) as client:
        id = hamlet.accounts[0].native
        seen, token = [], ""
        for _ in range(3):
            more = f"&pagination_token={token}" if token else ""
            body = (await client.get(f"/2/users/{id}/tweets?max_results=5{more}")).json()
            seen += [post["id"] for post in body["data"]]
            assert body["meta"]["result_count"] == len(body["data"])
            token = body["meta"].get("next_token", "")
        assert not token
        assert len(seen) == 14
        assert seen == sorted(seen, key=int, reverse=True)
        newest = (await client.get(f"/2/users/{id}/tweets?since_id={seen[1]}")).json()
        assert [post["id"] for post in newest["data"]] == seen[:1]
        none = (await client.get(f"/2/users/{id}/tweets?since_id={seen[0]}")).json()
        assert none == {"meta": {"result_count": 0}}
        bad = await client.get(f"/2/users/{id}/tweets?pagination_token=nonsense")
        assert bad.status_code == 400
        assert bad.json()["title"] == "Invalid Request"


async def test_it_speaks_as_x_does() -> None:
    hamlet = town()
    first, reply, quote, _, long = hamlet.posts
    async with asking(hamlet, LATER) as client:
        ids = ",".join(post.native for post in hamlet.posts)
        plain = (await client.get(f"/2/tweets?ids={first.native}")).json()
        assert set(plain["data"][0]) == {"id", "text", "edit_history_tweet_ids"}
        assert "Nouvelle boîte &amp; nouveau" in plain["data"][0]["text"]
        body = (
            await client.get(
                f"/2/tweets?ids={ids},77&{FIELDS},attachments&expansions=author_id,"
                "attachments.media_keys&user.fields=public_metrics,protected"
            )
        ).json()
        posts = {post["id"]: post for post in body["data"]}
        assert [(error["resource_id"], error["title"]) for error in body["errors"]] == [
            (hamlet.posts[3].native, "Authorization Error"), ("77", "Not Found Error"),
        ]  # fmt: skip
        assert (
            posts[first.native]["entities"]["urls"][0]["expanded_url"] == "https://cirage.example/b"
        )
        assert posts[first.native]["public_metrics"]["reply_count"] == 1
        assert posts[reply.native]["referenced_tweets"] == [
            {"type": "replied_to", "id": first.native}
        ]
        assert posts[quote.native]["referenced_tweets"][0]["type"] == "quoted"
        assert posts[long.native]["note_tweet"]["text"] == "x" * 300
        assert len(posts[long.native]["text"]) < 290
        assert "…" in posts[long.native]["text"]
        assert body["includes"]["media"][0]["alt_text"] == "une boîte"
        assert {user["username"] for user in body["includes"]["users"]} == {"cirage", "maud"}


async def test_unknown_and_private_accounts() -> None:
    async with asking(town(), LATER) as client:
        body = (
            await client.get("/2/users/by?usernames=cirage,nobody,closed&user.fields=protected")
        ).json()
        assert [user["username"] for user in body["data"]] == ["cirage", "closed"]
        assert body["data"][1]["protected"] is True
        assert body["errors"][0]["detail"] == "Could not find user with usernames: [nobody]."
        closed = (await client.get(f"/2/users/{body['data'][1]['id']}/tweets")).json()
        assert closed["errors"][0]["type"].endswith("/not-authorized-for-resource")
        assert (await client.get("/2/users/by?usernames=no-such-form")).status_code == 400


async def test_search_counts_and_the_seven_days() -> None:
    hamlet = town()
    old = hamlet.publish(hamlet.accounts[2], "vieux Cirage Mistral", at=NOON - 9 * DAY)
    async with asking(hamlet, LATER) as client:
        query = '"cirage mistral" -is:retweet'
        body = (await client.get("/2/tweets/search/recent", params={"query": query})).json()
        assert [post["id"] for post in body["data"]] == [hamlet.posts[2].native]
        refused = await client.get(
            "/2/tweets/search/recent", params={"query": query, "since_id": old.native}
        )
        assert refused.status_code == 400
        assert "since_id" in refused.json()["errors"][0]["parameters"]
        counts = (await client.get("/2/tweets/counts/recent", params={"query": query})).json()
        assert counts["meta"]["total_tweet_count"] == 1
        assert sum(day["tweet_count"] for day in counts["data"]) == 1
        by_name = await client.get(
            "/2/tweets/search/recent", params={"query": "(boîte OR pluie) from:maud"}
        )
        assert by_name.json()["meta"]["result_count"] == 1


async def test_an_edited_post_has_versions() -> None:
    hamlet = town()
    first = hamlet.posts[0]
    hamlet.edit(first, "Nouvelle boîte, corrigée", NOON)
    async with asking(hamlet, LATER) as client:
        old = (await client.get(f"/2/tweets?ids={first.native}&{FIELDS}")).json()["data"][0]
        assert "brillant" in old["text"]
        versions = old["edit_history_tweet_ids"]
        assert versions[0] == first.native
        assert len(versions) == 2
        new = (await client.get(f"/2/tweets?ids={versions[1]}&{FIELDS}")).json()["data"][0]
        assert new["text"] == "Nouvelle boîte, corrigée"
        assert new["created_at"].startswith(f"{NOON:%Y-%m-%dT%H:%M:%S}")


async def test_a_crawl_an_edit_a_deletion(tmp_path: Path) -> None:
    hamlet = town()
    first, reply, quote, _, long = hamlet.posts
    async with visiting(tmp_path, hamlet, LATER, BRANDS, secrets=TOKEN) as visitor:
        sources = await visitor.collect()
        assert {key: source.state for key, source in sources.items()} == {
            "x/account/cirage": "ok", "x/account/lacetdore": "empty", "x/mentions/cirage": "ok",
            "x/search/Cirage Mistral": "ok", "x/search/Lacet Doré": "empty",
        }  # fmt: skip
        known = {f"x:{post.native}" for post in (first, reply, quote, long)}
        assert visitor.found() == known
        post = visitor.post(f"x:{first.native}")
        assert post
        assert post.text
        assert "Nouvelle boîte & nouveau brillant" in post.text
        assert post.origin == "owned"
        assert post.links == ("https://cirage.example/b",)
        assert post.author.followers == 1_200
        assert post.metrics.replies == 1
        answer = visitor.post(f"x:{reply.native}")
        assert answer
        assert answer.kind == "reply"
        assert answer.root_id == post.id
        assert answer.origin == "comment"
        assert answer.metrics.clicks is None
        assert visitor.post(f"x:{long.native}").text == "x" * 300  # type: ignore[union-attr]
        assert visitor.cursor("x/search/Cirage Mistral")["volume"] is not None
        visitor.asked()

        fresh = hamlet.publish(hamlet.accounts[0], "du neuf", at=LATER + HOUR)
        visitor.clock.set(LATER + 2 * HOUR)
        await visitor.collect()
        lists = [call for call in visitor.asked() if "/tweets?" in call and "since_id" not in call]
        # A timeline without posts knows no id to go on from; the rest is asked for what is newer.
        assert all("ids=" in call or f"/{hamlet.accounts[1].native}/" in call for call in lists)
        assert visitor.found() == known | {f"x:{fresh.native}"}

        hamlet.edit(long, "plus court", LATER + 2 * HOUR)
        hamlet.delete(reply, LATER + 2 * HOUR)
        visitor.clock.set(LATER + 2 * DAY)
        await visitor.collect("x/refresh")
        assert visitor.found() == known - {f"x:{reply.native}"} | {f"x:{fresh.native}"}
        edited = visitor.post(f"x:{long.native}")
        assert edited
        assert edited.text == "plus court"
        assert edited.edited_at
        assert edited.published_at < edited.edited_at
        written = b"".join(
            path.read_bytes()
            for path in tmp_path.rglob("*")
            if path.is_file() and path.name != ".env"
        )
        assert TOKEN["X_TOKEN"].encode() not in written


async def test_after_more_than_seven_days_a_search_goes_on(tmp_path: Path) -> None:
    hamlet = town()
    async with visiting(tmp_path, hamlet, LATER, BRANDS, secrets=TOKEN) as visitor:
        await visitor.collect("x/search")
        late = hamlet.publish(hamlet.accounts[2], "encore le cirage mistral", at=LATER + 15 * DAY)
        visitor.clock.set(LATER + 16 * DAY)
        sources = await visitor.collect("x/search")
        assert sources["x/search/Cirage Mistral"].state == "ok"
        assert f"x:{late.native}" in visitor.found()


async def test_unknown_and_private_are_no_silence(tmp_path: Path) -> None:
    brands = BRANDS.replace("lacetdore", "nobody").replace("@cirage", "closed")
    async with visiting(
        tmp_path, town(), LATER, brands, settings="searches = false", secrets=TOKEN
    ) as visitor:
        sources = await visitor.collect()
        told = {key: (source.reason or "").split(":")[0] for key, source in sources.items()}
        assert told == {
            "x/account/closed": "private account", "x/mentions/closed": "private account",
            "x/account/nobody": "unknown account",
        }  # fmt: skip


async def test_money_stops_it(tmp_path: Path) -> None:
    async with visiting(
        tmp_path, town(), LATER, BRANDS, settings="money_per_day = 0.4\nmax_pages = 3",
        secrets=TOKEN,
    ) as visitor:  # fmt: skip
        sources = await visitor.collect()
        assert all(
            source.reason and source.reason.startswith("budget: x: money")
            for source in sources.values()
        )
        assert not visitor.found()


async def test_a_cut_walk_is_finished_by_later_runs(tmp_path: Path) -> None:
    hamlet = town()
    for number in range(14):
        hamlet.publish(hamlet.accounts[0], f"jour {number}")
    brands = BRANDS.partition('[[brands]]\nid = "lacet')[0]
    async with visiting(
        tmp_path, hamlet, LATER, brands, settings="searches = false\nmax_pages = 2",
        secrets=TOKEN, page=4,
    ) as visitor:  # fmt: skip
        sources = await visitor.collect("x/account")
        assert sources["x/account/cirage"].reason == "page limit: 2"
        assert len(visitor.found()) == 4
        for _ in range(2):
            await visitor.collect("x/account")
        assert len(visitor.found()) == 16
        hamlet.publish(hamlet.accounts[0], "du neuf", at=LATER)
        visitor.asked()
        await visitor.collect("x/account")
        assert len(visitor.found()) == 17
        assert len(visitor.asked()) == 1


async def test_what_a_call_may_cost_and_what_its_answer_has_cost(tmp_path: Path) -> None:
    import crawlers
    from vigie.budgets import Price
    from vigie.sources import Call

    crawler: Any = crawlers.load("x")
    host = "https://api.x.com/2"
    page = Call("search_recent", f"{host}/tweets/search/recent?query=a%20b&max_results=100")
    own = Call("users_tweets", f"{host}/users/1/tweets?max_results=100", meta={"own": True})
    lookup = Call("tweets", f"{host}/tweets?ids=1,2,3&tweet.fields=a,b")
    users = Call("users_by", f"{host}/users/by?usernames=a,b&user.fields=c,d")
    assert [crawler.price(call) for call in (page, own, lookup, users)] == [
        [Price("x", units=100, money=0.5)],
        [Price("x", units=100, money=0.1)],
        [Price("x", units=3, money=0.015)],
        [Price("x", money=0.02)],
    ]
    hamlet = town()
    async with visiting(
        tmp_path, hamlet, LATER, BRANDS, settings='own_id = "cirage"', secrets=TOKEN
    ) as visitor:
        await visitor.collect()
        paid: dict[str, float] = {}
        for answer in visitor.space.landing.read():
            (cost,) = crawler.cost(answer)
            paid[answer.target] = paid.get(answer.target, 0) + cost.money
    assert {target: round(money, 3) for target, money in paid.items()} == {
        "x/account/cirage": 0.01 + 2 * 0.001,
        "x/account/lacetdore": 0.01,
        "x/mentions/cirage": 0.01 + 0.005,
        "x/search/Cirage Mistral": 0.005 + 0.005,
        "x/search/Lacet Doré": 0.005,
    }


def test_nothing_is_searched_where_x_is_not_in_the_watchlist() -> None:
    import crawlers
    from vigie.watchlist import parse

    told: dict[str, Any] = {
        "workspace": {"name": "w"}, "brands": [{"id": "a", "name": "Alpha"}],
    }  # fmt: skip
    assert crawlers.load("x").targets(parse(told)) == [], "it costs money"
    (search,) = crawlers.load("x").targets(parse({**told, "platforms": {"x": {}}}))
    assert search.key == "x/search/Alpha"


async def test_a_query_that_x_refuses_is_no_silence(tmp_path: Path) -> None:
    brands = BRANDS + f'[[topics]]\nid = "t"\nname = "T"\nhashtags = ["{"a" * 520}"]\n'
    async with visiting(tmp_path, town(), LATER, brands, secrets=TOKEN) as visitor:
        sources = await visitor.collect("x/search/#a")
        assert not sources, "keys are chosen whole"
        (source,) = (await visitor.collect(f"x/search/#{'a' * 520}")).values()
        assert source.state == "broken"
        assert source.reason == "HTTP 400: query must have 1 to 512 characters"
