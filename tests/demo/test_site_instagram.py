"""Instagram in the simulated world, and its crawler at the real door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.crawlers.hamlet import NOON
from tests.demo.metasites import TOKEN, Place, place
from vigie.demo.sites.instagram import InstagramSite
from vigie.demo.sites.reply import Ask

V = "/v25.0"
FIELDS = "id,caption,timestamp,like_count,comments_count"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Place]:
    async with place("instagram", tmp_path / "w") as made:
        made.hamlet.account("brindille", kind="brand")
        made.hamlet.account("ortie", kind="brand")
        made.hamlet.account("passante")
        yield made


def discovery(handle: str, after: str = "", limit: int = 3) -> str:
    step = f".after({after})" if after else ""
    media = f"media.limit({limit}){step}{{id,caption}}"
    return f"business_discovery.username({handle}){{id,username,{media}}}"


async def test_discovery_pages_in_a_nested_list(town: Place) -> None:
    own, ortie, _ = town.hamlet.accounts
    for number in range(7):
        town.hamlet.publish(ortie, f"post {number}")
    town.clock.set(NOON + timedelta(hours=1))
    got, after = [], ""
    for _ in range(4):
        body = (await town.ask(f"{V}/{own.native}", fields=discovery("ortie", after))).json()
        media = body["business_discovery"]["media"]
        assert "next" not in media["paging"], "nested lists have no addresses"
        got.append([item["caption"] for item in media["data"]])
        after = media["paging"]["cursors"].get("after", "")
        if not after:
            break
    assert got == [["post 6", "post 5", "post 4"], ["post 3", "post 2", "post 1"], ["post 0"]]


async def test_accounts_that_are_not_shown_are_one_error(town: Place) -> None:
    own = town.hamlet.accounts[0]
    town.hamlet.account("cachee", private=True)
    for handle in ("cachee", "personne"):
        answer = await town.ask(f"{V}/{own.native}", fields=discovery(handle))
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["error_subcode"]) == (400, 110, 2207013)


async def test_edits_and_deletions_show_when_they_happen(town: Place) -> None:
    own = town.hamlet.accounts[0]
    post = town.hamlet.publish(own, "avant")
    gone = town.hamlet.publish(own, "bientôt parti")
    change = NOON + timedelta(hours=2)
    town.hamlet.edit(post, "après", change)
    town.hamlet.delete(gone, change)
    for hours, texts in ((1, ["bientôt parti", "avant"]), (3, ["après"])):
        town.clock.set(NOON + timedelta(hours=hours))
        body = (await town.ask(f"{V}/{own.native}/media", fields=FIELDS)).json()
        assert [item["caption"] for item in body["data"]] == texts
    assert (await town.ask(f"{V}/{gone.native}", fields=FIELDS)).json()["error"]["code"] == 100


async def test_a_tags_cursor_repeats_and_yet_moves_on(town: Place) -> None:
    own, ortie, _ = town.hamlet.accounts
    for number in range(5):
        town.hamlet.publish(ortie, f"{number} #Lin", likes=number)
    town.clock.set(NOON + timedelta(hours=1))
    search = {"user_id": own.native, "q": "lin"}
    tag = (await town.ask(f"{V}/ig_hashtag_search", **search)).json()["data"][0]["id"]
    asked = {"user_id": own.native, "fields": "id,caption", "limit": "2"}
    pages, cursors = [], set()
    after: dict[str, str] = {}
    while True:
        body = (await town.ask(f"{V}/{tag}/recent_media", **asked, **after)).json()
        if not body["data"]:
            break
        pages.append([item["caption"][0] for item in body["data"]])
        after = {"after": body["paging"]["cursors"]["after"]}
        cursors.add(after["after"])
    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    assert len(cursors) == 1
    refused = await town.ask(f"{V}/{tag}/recent_media", user_id=own.native, fields="id,owner")
    assert refused.json()["error"]["code"] == 100, "who wrote a tag's post is not told"
    recent = await town.ask(f"{V}/{own.native}/recently_searched_hashtags", fields="id,name")
    assert recent.json()["data"] == [{"id": tag, "name": "lin"}]


async def test_thirty_different_tags_in_seven_days(town: Place) -> None:
    own, ortie, _ = town.hamlet.accounts
    town.hamlet.publish(ortie, " ".join(f"#mot{number}" for number in range(32)))
    town.clock.set(NOON + timedelta(hours=1))

    async def code(number: int) -> int:
        answer = await town.ask(f"{V}/ig_hashtag_search", user_id=own.native, q=f"mot{number}")
        return int(answer.json().get("error", {}).get("code", 0))

    assert {await code(number) for number in range(30)} == {0}
    assert await code(30) == 18
    assert await code(3) == 0, "a tag that was asked for is not counted again"
    assert await code(99) == 24, "nobody used it"
    town.clock.set(NOON + timedelta(days=8))
    assert await code(30) == 0


async def test_versions_fields_and_tokens_are_checked(town: Place) -> None:
    own = town.hamlet.accounts[0]
    for path, asked, code in (
        ("/v99.0/me", {}, 2500),
        ("/v12.0/me", {}, 2635),
        (f"{V}/{own.native}", {"fields": "id,favourite_colour"}, 100),
        (f"{V}/{own.native}", {"fields": "id,media{"}, 2500),
        (f"{V}/{own.native}/insights", {"metric": "views"}, 100),
        (f"{V}/404", {}, 100),
    ):
        answer = await town.ask(path, **asked)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code), path
    site = InstagramSite(town.hamlet)
    ask = Ask("/", {"access_token": ["abc"]}, {}, 0, "")
    assert site.token_of(ask) == "abc"
    codes = {}
    for why in ("missing", "lapsed", "revoked", "unapproved"):
        reply = site.refused(ask, why)  # type: ignore[arg-type]
        codes[why] = reply.status >= 400
    assert codes == dict.fromkeys(codes, True)
    assert (
        b'"estimated_time_to_regain_access":2'
        in site.limited(ask, 90).headers["x-business-use-case-usage"].encode()
    )


async def test_the_crawler_reads_accounts_tags_comments_and_figures(town: Place) -> None:
    hamlet = town.hamlet
    own, ortie, passer = hamlet.accounts
    mine = [hamlet.publish(own, f"à nous {number}", saves=8) for number in range(4)]
    theirs = [hamlet.publish(ortie, f"à elles {number}") for number in range(3)]
    tagged = hamlet.publish(passer, "vu ce matin #Brindille", tags=("Brindille",))
    comment = hamlet.publish(passer, "et en bleu ?", parent=mine[3], root=mine[3])
    rivals = '[[brands]]\nid = "ortie"\nname = "Ortie"\naccounts = { instagram = ["ortie"] }'
    town.watch({"instagram": ["brindille"]}, f'own_id = "{own.native}"', rivals)
    town.clock.set(NOON + timedelta(hours=1))
    sources = await town.collect()
    assert {key: (source.state, source.reason) for key, source in sources.items()} == {
        "instagram/account/brindille": ("ok", None),
        "instagram/account/ortie": ("ok", None),
        "instagram/tag/Brindille": ("ok", None),
        "instagram/tag/Ortie": ("empty", None),
    }
    said = {post.text for post in (*mine, *theirs, tagged, comment)}
    assert town.texts() == said
    by_text = {post.text: post for post in town.posts()}
    assert by_text["vu ce matin #Brindille"].author.id is None
    assert by_text["et en bleu ?"].parent_id == f"instagram:{mine[3].native}"
    assert (by_text["et en bleu ?"].origin, by_text["et en bleu ?"].owner) == (
        "comment", "brindille",
    )  # fmt: skip
    assert by_text["à elles 1"].owner == "ortie"
    figures = {s.metric for s in town.samples() if s.entity == f"instagram:{mine[0].native}"}
    assert {"views", "reach", "saves", "total_interactions"} <= figures

    calls = sum(source.requests for source in sources.values())
    hamlet.publish(own, "tout neuf", at=NOON + timedelta(minutes=90))
    town.clock.set(NOON + timedelta(hours=2))
    again = await town.collect()
    read = {key: source.requests for key, source in again.items() if "refresh" not in key}
    assert sum(read.values()) < calls
    assert read["instagram/account/brindille"] == 3, "head, one page, the new post's figures"
    assert town.texts() == said | {"tout neuf"}

    hamlet.delete(theirs[1], NOON + timedelta(hours=3))
    hamlet.edit(mine[2], "à nous, corrigé", NOON + timedelta(hours=3))
    town.clock.set(NOON + timedelta(hours=8))  # past six hours: posts are read again
    await town.collect()
    gone = {theirs[1].text, mine[2].text}
    assert town.texts() == (said - gone) | {"tout neuf", "à nous, corrigé"}


async def test_a_brands_post_under_a_hashtag_stays_the_brands(town: Place) -> None:
    """A hashtag's answer names no author, and comes before or after the account's own list."""
    own = town.hamlet.accounts[0]
    town.hamlet.publish(own, "nos vestes #Brindille", tags=("Brindille",))
    town.watch({"instagram": ["brindille"]}, f'own_id = "{own.native}"')
    for hours in (1, 9):
        town.clock.set(NOON + timedelta(hours=hours))
        await town.collect()
        (post,) = town.posts()
        assert (post.origin, post.owner) == ("owned", "brindille")


async def test_the_own_account_is_found_by_its_page(town: Place) -> None:
    own = town.hamlet.accounts[0]
    town.hamlet.publish(own, "sans own_id")
    town.watch({"instagram": ["brindille"]}, "searches = false")
    town.clock.set(NOON + timedelta(hours=1))
    sources = await town.collect()
    assert [source.state for source in sources.values()] == ["ok"]
    assert town.texts() == {"sans own_id"}


async def test_the_thirty_first_tag_is_left_for_later(town: Place) -> None:
    """The bucket holds what the platform allows, whoever else asks for tags of the account."""
    own, ortie, _ = town.hamlet.accounts
    words = [f"mot{number:02}" for number in range(33)]
    town.hamlet.publish(ortie, " ".join(f"#{word}" for word in words))
    topic = f'[[topics]]\nid = "mots"\nname = "Mots"\nhashtags = {words}'
    town.watch({}, f'own_id = "{own.native}"', topic)
    town.clock.set(NOON + timedelta(hours=1))
    sources = await town.collect()
    stopped = [one for one in sources.values() if (one.reason or "").startswith("budget")]
    assert len(stopped) == 4, "33 tags and the brand's name, 30 of them a week"
    assert "instagram/tag/Brindille" in {one.key for one in stopped}, "topics come first"
    assert all("instagram tags" in (one.reason or "") for one in stopped)
    again = await town.collect()
    assert len([one for one in again.values() if one.state == "ok"]) == 30, "they cost nothing more"


async def test_no_token_is_landed(town: Place) -> None:
    own = town.hamlet.accounts[0]
    for number in range(60):
        town.hamlet.publish(own, f"post {number}")
    town.watch({"instagram": ["brindille"]}, f'own_id = "{own.native}"\nsearches = false')
    town.clock.set(NOON + timedelta(hours=2))
    raw = await town.ask(f"{V}/{own.native}/media", fields="id")
    assert TOKEN in raw.json()["paging"]["next"], "the platform writes it into its links"
    await town.collect()
    with town.open() as space:
        bodies = [answer.body for answer in space.landing.read()]
    assert any(b"access_token=***" in body for body in bodies)
    files = [path for path in town.folder.rglob("*") if path.is_file() and path.name != ".env"]
    assert not [body for body in bodies if TOKEN.encode() in body]
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]
