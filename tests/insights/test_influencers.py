from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from vigie.insights import authenticity, frames, influencers
from vigie.insights.peers import standings
from vigie.records import Influencer, Trend
from vigie.watchlist import Brand

UNTIL = datetime(2026, 11, 22, 23, tzinfo=UTC)
SINCE = UNTIL - timedelta(weeks=9)
BRANDS = (Brand(id="ours", name="Ours", role="own"), Brand(id="theirs", name="Theirs"))
_serial = iter(range(10**9))


def post(author: str, weeks_ago: float, **fields: Any) -> dict[str, Any]:
    at = UNTIL - timedelta(weeks=weeks_ago, hours=30)
    row = {
        "id": f"bluesky:{next(_serial)}",
        "platform": "bluesky",
        "kind": "post",
        "author_id": author,
        "author_handle": author.partition(":")[2],
        "text": "Réglage des freins d'un vélo cargo",
        "published_at": at,
        "collected_at": at + timedelta(hours=72),
        "likes": 10,
        "replies": 2,
        "shares": 1,
        "quotes": 0,
        "engagement": 13,
        "state": "live",
        "origin": "earned",
        "topics": ["entretien"],
    }
    return row | fields


def account(id: str, followers: int, bio: str = "", **fields: Any) -> dict[str, Any]:
    return {"id": id, "platform": "bluesky", "followers": followers, "bio": bio} | fields


def run(posts: list[dict[str, Any]], accounts: list[dict[str, Any]], **options: Any) -> dict[str, Influencer]:  # noqa: E501  # fmt: skip
    found = influencers.rank(
        pl.DataFrame(posts, schema=frames.POSTS),
        pl.DataFrame(accounts, schema=frames.ACCOUNTS),
        since=SINCE,
        until=UNTIL,
        brands=BRANDS,
        run_id="r1",
        **options,
    )
    return {one.id: one for one in found}


def trend(post_ids: list[str], **fields: Any) -> Trend:
    return Trend(
        **{
            "id": "trend:1",
            "name": "toit de pluie",
            "terms": ("toit",),
            "stage": "emerging",
            "score": 1.0,
            "detected_at": UNTIL,
            "first_seen_at": SINCE,
            "window_start": SINCE,
            "window_end": UNTIL,
            "posts": len(post_ids),
            "authors": len(post_ids),
            "posts_before": 0,
            "growth": None,
            "post_ids": tuple(post_ids),
            "run_id": "r1",
        }
        | fields
    )


def weekly(author: str, **fields: Any) -> list[dict[str, Any]]:
    return [post(author, week, **fields) for week in range(8)]


def test_a_large_account_with_paid_posts_and_generic_comments_ranks_low() -> None:
    large, expert = "bluesky:grande", "bluesky:atelier"
    rows = [
        post(
            large, week, text="Collaboration commerciale #ad" if week % 9 < 4 else "Mon vélo cargo"
        )
        for week in range(9)
    ]
    praise = ["Super !", "😍😍😍", "Love this", "J'adore", "Wow so nice 🔥"]
    for parent in rows[:8]:
        for number in range(4):
            words = praise[number] if number < 3 else "Quelle longueur fait la béquille ?"
            rows.append(
                post(f"bluesky:c{number}", 0, kind="reply", parent_id=parent["id"], text=words)
                | {"topics": []}
            )
    rows += weekly(expert)
    found = run(
        rows, [account(large, 182_000), account(expert, 4_200, "Mécanicien vélo, atelier à Nantes")]
    )
    assert next(iter(found)) == expert
    assert found[expert].kind == "expert"
    assert found[expert].tier == "nano"
    assert found[large].tier == "macro"
    assert found[large].sponsored_share == pytest.approx(4 / 9, abs=0.01)
    assert found[large].generic_comment_share == pytest.approx(0.75)
    assert {"mostly_sponsored", "generic_comments"} <= set(found[large].reasons)
    assert found[large].score < found[expert].score - 15


def test_an_ambassador_names_us_unasked_and_was_never_answered() -> None:
    fan, thanked = "bluesky:fan", "bluesky:thanked"
    mentions = weekly(fan, brands=["ours"], topics=[], sentiment_score=0.6)
    others = weekly(thanked, brands=["ours"], topics=[], sentiment_score=0.6)
    reply = post(
        "bluesky:us",
        0,
        kind="reply",
        origin="owned",
        owner="ours",
        parent_id=others[0]["id"],
    )
    found = run([*mentions, *others, reply], [account(fan, 900), account(thanked, 900)])
    assert "bluesky:us" not in found, "the watched brands are no candidates"
    assert found[fan].kind == "ambassador"
    assert found[fan].own_mentions == 8
    assert found[fan].tier == "below"
    assert "never_answered" in found[fan].reasons
    assert "never_answered" not in found[thanked].reasons


def test_media_are_set_apart_after_people() -> None:
    paper, person = "bluesky:gazette", "bluesky:zoe"
    rows = weekly(paper, likes=900, engagement=903) + weekly(person)[:4]
    found = run(rows, [account(paper, 50_000, name="La Gazette du Vallon"), account(person, 700)])
    assert list(found) == [person, paper]
    assert found[paper].kind == "media"
    assert "set_apart" in found[paper].reasons


def test_who_was_early_in_a_trend_counts_and_what_recurs_has_no_pioneers() -> None:
    people = [f"bluesky:p{number}" for number in range(10)]
    rows = [
        post(author, 3 - number / 10, topics=["entretien"])
        for number, author in enumerate(people)
        for _ in range(3)
    ]
    ids = [row["id"] for row in rows]
    accounts = [account(author, 500) for author in people]
    found = run(rows, accounts, trends=[trend(ids)])
    assert found[people[0]].components["earliness"] == 1
    assert found[people[4]].components["earliness"] == 0.5
    assert "early_in_trend" in found[people[0]].reasons
    assert found[people[0]].trend_ids == ("trend:1",)
    yearly = run(rows, accounts, trends=[trend(ids, recurring="black-friday")])
    assert yearly[people[0]].components["earliness"] == 0


def test_what_is_unknown_stays_unknown() -> None:
    found = run(weekly("bluesky:zoe"), [])["bluesky:zoe"]
    assert found.tier is None
    assert found.followers is None
    assert found.components["engagement"] is None, "nobody to compare with"
    assert found.components["growth"] is None


def test_the_best_known_are_shown_however_low_they_rank() -> None:
    star = "bluesky:star"
    rows = [row for number in range(30) for row in weekly(f"bluesky:p{number}")]
    rows += weekly(star, text="Offert #ad") + weekly("bluesky:gazette")
    accounts = [account(star, 500_000), account("bluesky:gazette", 10, name="La Gazette du Vallon")]
    found = run(rows, accounts, limit=8)
    assert len(found) == 10
    assert list(found)[-2:] == [star, "bluesky:gazette"]


def test_an_unknown_component_counts_neither_for_nor_against() -> None:
    known = {"relevance": 0.5, "engagement": 0.5}
    assert influencers.score(known, None) == 50
    assert influencers.score(known | {"growth": None}, 0.2) == 50
    assert influencers.score(known, 0.45) == 37.5
    assert influencers.score({"growth": None}, None) == 0


def test_little_known_is_not_cleared() -> None:
    assert authenticity.judge({"copied_share": 0.0}) == pytest.approx(0.6 + 0.4 / 6)
    assert authenticity.judge({"copied_share": 0.8}) == 0
    assert authenticity.judge({}) is None


def test_tiers_can_be_set() -> None:
    press = (("nano", 1_000), ("micro", 10_000), ("mid", 50_000))
    assert influencers.tier(7_000) == "micro"
    assert influencers.tier(7_000, press) == "nano"
    assert influencers.tier(999) == "below"


def test_peers_are_of_nearest_size_and_too_few_are_no_peers() -> None:
    small = [(f"s{number}", "x", 1_000 + number, 0.05) for number in range(20)]
    large = [(f"l{number}", "x", 900_000 + number, 0.005) for number in range(20)]
    found = standings([*small, *large, ("good", "x", 900_000, 0.01), ("alone", "threads", 10, 1)])
    assert found["good"].percentile == 1
    assert found["s3"].percentile == 0.5
    assert "alone" not in found


def test_where_a_network_hides_followers_its_accounts_are_peers() -> None:
    found = standings((f"b{number}", "bluesky", None, float(number)) for number in range(20))
    assert found["b19"].percentile > 0.95
    assert found["b0"].percentile < 0.05


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Trop beau 😍", True),
        ("🔥🔥", True),
        ("@zoe j'adore !!", True),
        ("Génial, la béquille tient-elle en pente ?", False),
        ("Great, which brakes are these?", False),
    ],
)
def test_generic_comments(text: str, expected: bool) -> None:
    assert pl.DataFrame({"text": [text]}).select(authenticity.generic()).item() is expected


def test_a_jump_of_followers_is_a_signal_and_a_slow_rise_is_none() -> None:
    rows = [("a", "followers", SINCE + timedelta(days=day), 1_000.0 + day) for day in range(9)]
    rows += [
        ("b", "followers", SINCE, 1_000.0),
        ("b", "followers", SINCE + timedelta(days=2), 1_400.0),
    ]
    found = authenticity.jumps(pl.DataFrame(rows, schema=frames.SAMPLES, orient="row"))
    assert dict(found.select("author_id", "follower_jumps").iter_rows()) == {"a": 0, "b": 1}
