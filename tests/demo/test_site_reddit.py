"""Reddit over a hamlet: its dialect, and the crawler that reads it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.crawlers.hamlet import NOON, Hamlet
from tests.demo.visiting import asking, visiting
from vigie.demo.posts import Media

LATER = NOON + timedelta(hours=3)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BRANDS = """[[brands]]
id = "pedalier"
name = "Pédalier du Nord"
role = "own"
accounts.reddit = ["u/pedalier_nord", "r/pedalier"]
"""
TOKEN = {"REDDIT_TOKEN": "tok-secret-of-the-test"}


def town() -> Hamlet:
    """A brand with its community, two people, somebody who hides, a closed community."""
    hamlet = Hamlet("reddit", begin=NOON - 2 * DAY)
    brand = hamlet.account("pedalier_nord", kind="brand")
    place = hamlet.account("r/pedalier", kind="brand", followers=4_100)
    ned, ida = hamlet.account("ned_p"), hamlet.account("ida")
    hamlet.account("hidden", private=True)
    hamlet.account("r/closed", private=True)
    first = hamlet.publish(brand, "On a changé la visserie & le reste", title="Nouveau pédalier",
                           mentions=(place,))  # fmt: skip
    question = hamlet.publish(
        ned, "Ça grince, que faire ? https://ned.example/son", mentions=(place,)
    )
    hamlet.publish(ida, "Graisse.", parent=question, root=question)
    hamlet.publish(ned, "Merci u/ida !", parent=hamlet.posts[-1], root=question)
    hamlet.publish(ida, "Le Pédalier du Nord au marché", media=Media("image", "", 800, 600))
    hamlet.publish(brand, "Merci à vous", parent=first, root=first)
    return hamlet


def names(body: Any) -> list[str]:
    return [child["data"]["name"] for child in body["data"]["children"]]


async def test_lists_come_newest_first_in_pages_and_end() -> None:
    hamlet = town()
    place = hamlet.accounts[1]
    for number in range(7):
        hamlet.publish(hamlet.accounts[2], f"jour {number}", mentions=(place,))
    async with asking(hamlet, LATER) as client:
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            body = (await client.get(f"/r/pedalier/new?limit=4&after={after}")).json()
            assert body["kind"] == "Listing"
            seen += names(body)
            after = body["data"]["after"]
        expected = [post.native for post in hamlet.posts if post.parent is None]
        expected.remove(hamlet.posts[4].native)  # stands elsewhere
        assert seen == expected[::-1]
        told = (await client.get("/r/pedalier/new")).headers
        assert float(told["x-ratelimit-remaining"]) > 0
        assert 0 < int(told["x-ratelimit-reset"]) <= 600


async def test_it_speaks_as_reddit_does() -> None:
    hamlet = town()
    first, question, *_ = hamlet.posts
    async with asking(hamlet, LATER) as client:
        escaped = (await client.get(f"/api/info?id={first.native}")).json()["data"]["children"][0]
        raw = (await client.get(f"/api/info?id={first.native}&raw_json=1")).json()
        assert escaped["data"]["selftext"] == "On a changé la visserie &amp; le reste"
        link = raw["data"]["children"][0]["data"]
        assert link["selftext"] == "On a changé la visserie & le reste"
        assert link["edited"] is False
        assert link["num_comments"] == 1
        about = (await client.get("/r/pedalier/about")).json()
        assert (about["kind"], about["data"]["subscribers"]) == ("t5", 4_100)
        person = (await client.get("/user/ned_p/about")).json()
        assert (person["kind"], person["data"]["name"]) == ("t2", "ned_p")
        mine = names((await client.get("/user/ned_p/overview")).json())
        assert [name[:2] for name in mine] == ["t1", "t3"]
        assert names((await client.get("/user/ned_p/submitted")).json()) == [question.native]
        found = names((await client.get('/search?q="pedalier du nord"')).json())
        assert found == [hamlet.posts[4].native]


async def test_trees_leave_out_and_go_on_elsewhere() -> None:
    hamlet = town()
    question = hamlet.posts[1]
    parent = question
    for depth in range(8):
        parent = hamlet.publish(hamlet.accounts[3], f"niveau {depth}", parent=parent, root=question)
    async with asking(hamlet, LATER) as client:
        id = question.native[3:]
        link, tree = (await client.get(f"/comments/{id}?limit=1")).json()
        assert names(link) == [question.native]
        kinds = [child["kind"] for child in tree["data"]["children"]]
        assert kinds == ["t1", "more"]
        left = tree["data"]["children"][1]["data"]["children"]
        form = {"link_id": question.native, "children": ",".join(left), "api_type": "json"}
        flat = (await client.post("/api/morechildren", data=form)).json()["json"]
        assert [thing["data"]["body"] for thing in flat["data"]["things"]] == [
            "Graisse.", "Merci u/ida !",
        ]  # fmt: skip
        _, deep = (await client.get(f"/comments/{id}")).json()
        node = deep["data"]["children"][0]
        while node["kind"] == "t1":
            node = node["data"]["replies"]["data"]["children"][0]
        assert (node["data"]["id"], node["data"]["children"]) == ("_", [])
        on = node["data"]["parent_id"][3:]
        _, rest = (await client.get(f"/comments/{id}/_/{on}")).json()
        assert rest["data"]["children"][0]["data"]["id"] == on


async def test_who_is_unknown_hidden_or_closed() -> None:
    async with asking(town(), LATER) as client:
        assert (await client.get("/user/nobody/about")).status_code == 404
        assert (await client.get("/r/nowhere/new")).json() == {"message": "Not Found", "error": 404}
        closed = await client.get("/r/closed/new")
        assert (closed.status_code, closed.json()["reason"]) == (403, "private")
        assert (await client.get("/user/hidden/overview")).status_code == 403


async def test_what_is_deleted_leaves_a_shell() -> None:
    hamlet = town()
    first, question, answer, *_ = hamlet.posts
    hamlet.delete(answer, NOON)
    hamlet.delete(first, NOON)
    hamlet.edit(question, "Ça grince encore", NOON)
    async with asking(hamlet, LATER) as client:
        body = (await client.get(f"/api/info?id={first.native},{question.native}")).json()
        gone, edited = (child["data"] for child in body["data"]["children"])
        assert (gone["author"], gone["selftext"]) == ("[deleted]", "[deleted]")
        assert "author_fullname" not in gone
        assert (edited["selftext"], edited["edited"]) == ("Ça grince encore", NOON.timestamp())
        assert first.native not in names((await client.get("/r/pedalier/new")).json())
        _, tree = (await client.get(f"/comments/{question.native[3:]}")).json()
        shell = tree["data"]["children"][0]["data"]
        assert (shell["body"], shell["author"]) == ("[deleted]", "[deleted]")
        assert names(shell["replies"])


async def test_a_crawl_an_edit_a_deletion(tmp_path: Path) -> None:
    hamlet = town()
    first, question, answer, thanks, market, reply = hamlet.posts
    comment = "reddit:t1_{}".format
    async with visiting(
        tmp_path, hamlet, LATER, BRANDS,
        settings='own_id = "maud"\ncommunities = ["place"]', secrets=TOKEN,
    ) as visitor:  # fmt: skip
        sources = await visitor.collect()
        assert {key: source.state for key, source in sources.items()} == {
            "reddit/account/u/pedalier_nord": "ok", "reddit/account/r/pedalier": "ok",
            "reddit/community/place": "ok", "reddit/search/Pédalier du Nord": "ok",
        }  # fmt: skip
        links = {f"reddit:{post.native}" for post in (first, question, market)}
        known = links | {comment(post.native[3:]) for post in (answer, thanks, reply)}
        assert visitor.found() == known
        post = visitor.post(f"reddit:{first.native}")
        assert post
        assert (post.title, post.text) == ("Nouveau pédalier", "On a changé la visserie & le reste")
        assert (post.origin, post.metrics.replies, post.author.handle) == (
            "owned", 1, "pedalier_nord",
        )  # fmt: skip
        said = visitor.post(comment(thanks.native[3:]))
        assert said
        assert (said.kind, said.parent_id) == ("comment", comment(answer.native[3:]))
        assert (said.root_id, said.mentions) == (f"reddit:{question.native}", ("ida",))
        assert (said.metrics.replies, said.metrics.views) == (None, None)
        visitor.asked()

        fresh = hamlet.publish(
            hamlet.accounts[2],
            "Et par temps de gel ?",
            at=LATER + HOUR,
            parent=answer,
            root=question,
        )
        visitor.clock.set(LATER + HOUR + HOUR / 2)
        await visitor.collect("reddit/account")
        assert visitor.found() == known | {comment(fresh.native[3:])}
        trees = [call for call in visitor.asked() if "/comments/" in call]
        assert len(trees) == 1, "only the thread that has got another comment"

        hamlet.edit(first, "On a changé la visserie seulement", LATER + 2 * HOUR)
        hamlet.delete(market, LATER + 2 * HOUR)
        hamlet.delete(thanks, LATER + 2 * HOUR)
        visitor.clock.set(LATER + 2 * DAY)
        await visitor.collect("reddit/refresh")
        left = known | {comment(fresh.native[3:])}
        gone = {f"reddit:{market.native}", comment(thanks.native[3:])}
        assert visitor.found() == left - gone
        edited = visitor.post(f"reddit:{first.native}")
        assert edited
        assert edited.text == "On a changé la visserie seulement"
        assert edited.edited_at == LATER + 2 * HOUR
        files = (path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".env")
        assert TOKEN["REDDIT_TOKEN"].encode() not in b"".join(path.read_bytes() for path in files)


async def test_unknown_and_closed_are_no_silence(tmp_path: Path) -> None:
    brands = BRANDS.replace("u/pedalier_nord", "u/hidden").replace("r/pedalier", "u/nobody")
    async with visiting(
        tmp_path, town(), LATER, brands, secrets=TOKEN,
        settings='searches = false\ncommunities = ["closed", "nowhere"]',
    ) as visitor:  # fmt: skip
        sources = await visitor.collect()
        told = {key: (source.reason or "").split(":")[0] for key, source in sources.items()}
        assert told == {
            "reddit/account/u/hidden": "private account",
            "reddit/account/u/nobody": "unknown account",
            "reddit/community/closed": "private account",
            "reddit/community/nowhere": "unknown account",
        }


async def test_a_large_thread_is_read_whole(tmp_path: Path) -> None:
    hamlet = town()
    first = hamlet.posts[0]
    parent = first
    for number in range(9):  # deeper than a tree is shown
        parent = hamlet.publish(hamlet.accounts[3], f"profond {number}", parent=parent, root=first)
    for number in range(8):  # wider than the door lets a tree be
        hamlet.publish(hamlet.accounts[2], f"large {number}", parent=first, root=first)
    async with visiting(
        tmp_path, hamlet, LATER, BRANDS, settings="searches = false", secrets=TOKEN, page=3
    ) as visitor:
        await visitor.collect("reddit/account/r/pedalier")
        under = [post for post in hamlet.posts if post.root is first]
        wanted = {f"reddit:t1_{post.native[3:]}" for post in under}
        assert len(wanted) == 18
        assert all(visitor.post(id) for id in wanted)


def test_a_person_in_the_watchlist_is_the_author_by_name() -> None:
    from vigie.matching import Names, handles_of
    from vigie.watchlist import parse

    told = {"id": "p", "name": "Pédalier", "accounts": {"reddit": ("/u/Pedalier_nord", "r/velo")}}
    watchlist = parse({"workspace": {"name": "w"}, "brands": [told]})
    names = Names(watchlist)
    assert names.account_owner("reddit", "pedalier_nord", "reddit:t2_a") == "p"
    assert names.account_owner("reddit", "r/velo", "reddit:t5_b") == "p"
    assert names.account_owner("reddit", "velo", None) is None
    assert handles_of(watchlist.brands[0]) == ["Pedalier_nord", "r/velo"]
