"""Facebook pages in the simulated world, and their crawler at the real door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.crawlers.hamlet import NOON
from tests.demo.metasites import Place, place

V = "/v25.0"
COUNTS = "id,message,reactions.summary(true).limit(0),comments.summary(true).limit(0),shares"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Place]:
    async with place("facebook", tmp_path / "w") as made:
        made.hamlet.account("brindille", kind="brand")
        made.hamlet.account("passante")
        yield made


async def test_posts_page_to_the_end_and_have_no_author_unless_asked_for(town: Place) -> None:
    page = town.hamlet.accounts[0]
    for number in range(7):
        town.hamlet.publish(page, f"post {number}", shares=0)
    town.clock.set(NOON + timedelta(hours=40))
    pages = await town.pages(f"{V}/{page.native}/published_posts", fields=COUNTS, limit=3)
    assert [[item["message"][-1] for item in one] for one in pages] == [
        ["6", "5", "4"], ["3", "2", "1"], ["0"],
    ]  # fmt: skip
    item = pages[0][0]
    assert "from" not in item
    assert "shares" not in item, "left out where there are none"
    assert item["reactions"]["summary"]["total_count"] == 11
    since = int((NOON + timedelta(minutes=5)).timestamp())
    late = await town.pages(f"{V}/brindille/published_posts", fields="message", since=since)
    assert [item["message"] for item in late[0]] == ["post 6", "post 5"]


async def test_one_post_that_is_gone_makes_a_call_for_many_fail(town: Place) -> None:
    page = town.hamlet.accounts[0]
    kept, gone = (town.hamlet.publish(page, text) for text in ("reste", "part"))
    ids = [f"{page.native}_{post.native}" for post in (kept, gone)]
    town.hamlet.delete(gone, NOON + timedelta(hours=2))
    town.clock.set(NOON + timedelta(hours=1))
    both = (await town.ask(f"{V}/", ids=",".join(ids), fields="id,message")).json()
    assert [both[id]["message"] for id in ids] == ["reste", "part"]
    town.clock.set(NOON + timedelta(hours=3))
    refused = await town.ask(f"{V}/", ids=",".join(ids), fields="id,message")
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)
    assert (await town.ask(f"{V}/", ids=ids[0], fields="message")).json()[ids[0]]["message"]
    assert (await town.ask(f"{V}/", ids=",".join(["1"] * 51))).status_code == 400


async def test_comments_come_in_a_stream_with_their_parents(town: Place) -> None:
    page, passer = town.hamlet.accounts
    post = town.hamlet.publish(page, "post")
    first = town.hamlet.publish(passer, "question", parent=post, root=post)
    town.hamlet.publish(page, "réponse", parent=first, root=post)
    town.clock.set(NOON + timedelta(hours=1))
    asked = {"fields": "id,message,parent,from,comment_count,permalink_url", "summary": "true"}
    path = f"{V}/{page.native}_{post.native}/comments"
    top = (await town.ask(path, **asked)).json()
    assert [one["message"] for one in top["data"]] == ["question"]
    both = (await town.ask(path, filter="stream", **asked)).json()
    answer, question = both["data"]
    assert answer["parent"]["id"] == question["id"] == f"{post.native}_{first.native}"
    assert answer["from"]["name"] == "Brindille"
    assert "from" not in question, "people are not named"
    assert both["summary"]["total_count"] == 2


async def test_a_private_page_and_an_unknown_one_are_not_told_apart(town: Place) -> None:
    town.hamlet.account("cachee", private=True)
    for name in ("cachee", "personne"):
        error = (await town.ask(f"{V}/{name}", fields="id,name")).json()["error"]
        assert (error["code"], error["error_subcode"]) == (100, 33)


async def test_the_crawler_reads_pages_comments_and_figures(town: Place) -> None:
    hamlet = town.hamlet
    page, passer = hamlet.accounts
    posts = [hamlet.publish(page, f"post {number}") for number in range(60)]
    question = hamlet.publish(passer, "c’est combien ?", parent=posts[59], root=posts[59])
    answer = hamlet.publish(page, "dix euros", parent=question, root=posts[59])
    town.watch({"facebook": ["brindille", "personne"]})
    town.clock.set(NOON + timedelta(hours=2))
    sources = await town.collect()
    assert sources["facebook/account/brindille"].state == "ok"
    assert sources["facebook/account/personne"].state == "broken"
    assert (sources["facebook/account/personne"].reason or "").startswith("unknown account")
    said = {post.text for post in (*posts, question, answer)}
    assert town.texts() == said
    by_text = {post.text: post for post in town.posts()}
    assert by_text["post 3"].author.handle == "brindille"
    assert by_text["post 3"].owner == "brindille"
    assert by_text["dix euros"].parent_id == by_text["c’est combien ?"].id
    assert by_text["dix euros"].author.handle == "brindille"
    assert by_text["c’est combien ?"].author.id is None
    metrics = {sample.metric for sample in town.samples()}
    assert {"views", "reach", "clicks", "fans", "followers", "talking_about"} <= metrics

    hamlet.publish(page, "tout neuf", at=NOON + timedelta(hours=2, minutes=30))
    town.clock.set(NOON + timedelta(hours=3))
    again = await town.collect()
    assert again["facebook/account/brindille"].requests == 3
    assert town.texts() == said | {"tout neuf"}

    for gone in (posts[10], posts[44]):
        hamlet.delete(gone, NOON + timedelta(hours=4))
    hamlet.edit(posts[20], "post vingt", NOON + timedelta(hours=4))
    town.clock.set(NOON + timedelta(hours=8))
    read = await town.collect()
    refreshed = read["facebook/refresh/posts"]
    assert (refreshed.state, refreshed.reason) == ("ok", None)
    gone_texts = {posts[10].text, posts[44].text, posts[20].text}
    assert town.texts() == (said - gone_texts) | {"tout neuf", "post vingt"}


async def test_a_page_that_is_gone_proves_nothing_of_its_posts(town: Place) -> None:
    page = town.hamlet.accounts[0]
    for number in range(3):
        town.hamlet.publish(page, f"post {number}")
    town.watch({"facebook": ["brindille"]})
    town.clock.set(NOON + timedelta(hours=1))
    await town.collect()
    page.private = True  # unpublished, or the token has lost it
    town.clock.set(NOON + timedelta(hours=8))
    sources = await town.collect()
    assert (sources["facebook/refresh/posts"].reason or "").startswith("unknown account")
    assert len(town.texts()) == 3, "no tombstone"
