"""Threads in the simulated world, and its crawler at the real door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.crawlers.hamlet import NOON
from tests.demo.metasites import Place, place

V = "/v1.0"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Place]:
    async with place("threads", tmp_path / "w") as made:
        made.hamlet.account("brindille", kind="brand")
        made.hamlet.account("ortie", kind="brand")
        made.hamlet.account("passante")
        yield made


async def test_searches_find_words_and_tags_and_page_to_the_end(town: Place) -> None:
    passer = town.hamlet.accounts[2]
    for number in range(5):
        town.hamlet.publish(passer, f"une veste {number}", tags=("Lin",) if number < 2 else ())
    hidden = town.hamlet.account("cachee", private=True)
    town.hamlet.publish(hidden, "ma veste à moi")
    town.clock.set(NOON + timedelta(hours=1))
    asked = {"q": "veste", "search_type": "RECENT", "fields": "id,text", "limit": 2}
    pages = await town.pages(f"{V}/keyword_search", **asked)
    assert [[item["text"][-1] for item in page] for page in pages] == [
        ["4", "3"],
        ["2", "1"],
        ["0"],
    ]
    tagged = await town.pages(
        f"{V}/keyword_search", q="lin", search_mode="TAG", fields="id,topic_tag"
    )
    assert [item["topic_tag"] for page in tagged for item in page] == ["Lin", "Lin"]
    for bad in ({"q": ""}, {"q": "x", "search_type": "LATEST"}, {"q": "veste", "fields": "owner"}):
        assert (await town.ask(f"{V}/keyword_search", **bad)).json()["error"]["code"] == 100


async def test_profiles_that_are_not_shown(town: Place) -> None:
    town.hamlet.account("cachee", private=True)
    town.hamlet.account("petite", followers=99)
    for handle in ("cachee", "petite", "personne"):
        for path in ("profile_lookup", "profile_posts"):
            answer = await town.ask(f"{V}/{path}", username=handle)
            assert answer.json()["error"]["code"] == 100
    shown = await town.ask(
        f"{V}/profile_lookup", username="ortie", fields="username,follower_count"
    )
    assert shown.json() == {"username": "ortie", "follower_count": 1200}, "people have no ids"
    assert (await town.ask("/v2.0/me")).json()["error"]["code"] == 2500


async def test_the_crawler_reads_profiles_searches_and_own_figures(town: Place) -> None:
    hamlet = town.hamlet
    own, ortie, passer = hamlet.accounts
    mine = [hamlet.publish(own, f"à nous {number}") for number in range(3)]
    theirs = [hamlet.publish(ortie, f"à elles {number}") for number in range(3)]
    found = hamlet.publish(passer, "ma veste Brindille a six ans")
    answer = hamlet.publish(passer, "à quelle heure ?", parent=mine[2], root=mine[2])
    rivals = '[[brands]]\nid = "ortie"\nname = "Ortie"\naccounts = { threads = ["ortie"] }'
    town.watch({"threads": ["brindille"]}, "", rivals)
    town.clock.set(NOON + timedelta(hours=1))
    sources = await town.collect()
    assert {key: (one.state, one.reason) for key, one in sources.items()} == {
        "threads/account/brindille": ("ok", None),
        "threads/account/ortie": ("ok", None),
        "threads/search/Brindille": ("ok", None),
        "threads/search/Ortie": ("empty", None),
    }
    said = {post.text for post in (*mine, *theirs, found, answer)}
    assert town.texts() == said
    by_text = {post.text: post for post in town.posts()}
    assert by_text["à nous 2"].metrics.replies == 1, "own counts come with the figures"
    assert by_text["à nous 2"].text == "à nous 2", "and leave the words alone"
    assert by_text["à elles 1"].metrics.likes is None, "others' are unknown, not 0"
    assert by_text["à quelle heure ?"].root_id == by_text["à nous 2"].id
    assert by_text["à quelle heure ?"].origin == "comment"
    own_figures = [one for one in town.samples() if one.entity == "threads:brindille"]
    assert ("followers", 1200.0, "own") in {(s.metric, s.value, s.scope) for s in own_figures}

    hamlet.publish(own, "tout neuf", at=NOON + timedelta(minutes=90))
    town.clock.set(NOON + timedelta(hours=2))
    again = await town.collect()
    assert again["threads/account/brindille"].requests == 3
    assert again["threads/search/Brindille"].requests == 1

    hamlet.delete(theirs[1], NOON + timedelta(hours=3))
    hamlet.delete(mine[0], NOON + timedelta(hours=3))
    hamlet.edit(mine[1], "à nous, corrigé", NOON + timedelta(hours=3))
    town.clock.set(NOON + timedelta(hours=8))
    await town.collect()
    gone = {theirs[1].text, mine[0].text, mine[1].text}
    assert town.texts() == (said - gone) | {"tout neuf", "à nous, corrigé"}


async def test_a_private_profile_is_told(town: Place) -> None:
    town.hamlet.account("cachee", private=True)
    town.watch({"threads": ["cachee"]}, "searches = false")
    sources = await town.collect()
    source = sources["threads/account/cachee"]
    assert source.state == "broken"
    assert (source.reason or "").startswith("unknown account")
    assert "private" in (source.reason or "")
