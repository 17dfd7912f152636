from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from vigie.insights import frames
from vigie.insights.questions import Question, unanswered
from vigie.watchlist import Brand

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
BRANDS = (
    Brand(id="ours", name="Nacelle", role="own", accounts={"mastodon": ("ours@velo.example",)}),
    Brand(id="theirs", name="Theirs"),
)
_serial = iter(range(10**9))


def post(text: str, hours_ago: float, **fields: Any) -> dict[str, Any]:
    row = {
        "id": f"mastodon:{next(_serial)}",
        "platform": "mastodon",
        "kind": "post",
        "author_handle": "zoe",
        "text": text,
        "published_at": NOW - timedelta(hours=hours_ago),
        "collected_at": NOW,
        "state": "live",
        "origin": "earned",
        "brands": ["ours"],
    }
    return row | fields


def run(*rows: dict[str, Any]) -> list[Question]:
    return unanswered(pl.DataFrame(list(rows), schema=frames.POSTS), now=NOW, brands=BRANDS)


def reply(to: dict[str, Any], **fields: Any) -> dict[str, Any]:
    told = {"kind": "reply", "origin": "owned", "owner": "ours", "parent_id": to["id"]}
    return post("Bonjour, non.", 0.5, **(told | {"root_id": to["id"]} | fields))


def test_the_oldest_safety_question_comes_first_and_tells_its_age() -> None:
    colour = post("Nacelle, vous le faites en rouge ?", 40)
    supplier = post("Bonjour @Nacelle : le même fournisseur de cadre que l'autre ?", 31)
    found = run(colour, supplier)
    assert [one.post_id for one in found] == [supplier["id"], colour["id"]]
    assert found[0].age_h == 31
    assert found[0].kind == "question"


def test_a_public_answer_of_the_brand_settles_it_and_one_of_others_does_not() -> None:
    settled, open_ = (
        post("Nacelle, vous livrez en Corse ?", 5),
        post("Nacelle : et votre garantie ?", 5),
    )
    elsewhere = post("Je crois que oui", 1, kind="reply", parent_id=open_["id"])
    found = run(settled, reply(settled), open_, elsewhere)
    assert [one.post_id for one in found] == [open_["id"]]


def test_an_answer_deeper_in_the_thread_settles_the_question_that_opened_it() -> None:
    asked = post("Nacelle, vous livrez en Corse ?", 5)
    deeper = reply(asked, parent_id="mastodon:other", root_id=asked["id"])
    assert run(asked, deeper) == []


def test_talk_about_the_brand_is_no_question_to_it() -> None:
    aside = post("Quelqu'un a essayé le Nacelle ?", 3)
    plain = post("Combien payez-vous l'assurance de votre Nacelle ?", 3)
    rival = post("Tandemia, vous répondez quand ?", 3, brands=["theirs"])
    assert run(aside, plain, rival) == []


def test_a_mention_of_the_account_or_a_place_under_its_post_addresses_it() -> None:
    called = post("Dispo en noir ?", 3, brands=[], mentions=["Ours"])
    under = post("Dispo en noir ?", 2, brands=[], origin="comment", owner="ours", kind="reply")
    assert {one.post_id for one in run(called, under)} == {called["id"], under["id"]}


def test_a_complaint_needs_no_question_mark_and_old_ones_are_let_go() -> None:
    angry = post(
        "Nacelle, votre SAV : aucune réponse depuis deux semaines",
        20,
        sentiment="negative",
        brands=["ours"],
    )
    old = post("Nacelle, vous livrez en Corse ?", 24 * 15)
    found = run(angry, old)
    assert [(one.post_id, one.kind) for one in found] == [(angry["id"], "complaint")]
