from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from vigie.insights import benchmark, frames
from vigie.records import Benchmark
from vigie.watchlist import Brand

SINCE = datetime(2026, 11, 15, 23, tzinfo=UTC)  # Monday in Paris
UNTIL = SINCE + timedelta(days=7)
NOW = UNTIL + timedelta(hours=9)
BRANDS = (Brand(id="ours", name="Ours", role="own"), Brand(id="theirs", name="Theirs"))
_serial = iter(range(10**9))


def post(at: datetime, **fields: Any) -> dict[str, Any]:
    """A row of a post; engagement is likes + 0 + 0 on Mastodon, observed late unless told."""
    likes = fields.pop("likes", 0)
    row = {
        "id": f"mastodon:{next(_serial)}",
        "platform": "mastodon",
        "kind": "post",
        "text": "Des mots",
        "published_at": at,
        "collected_at": at + timedelta(hours=72),
        "likes": likes,
        "shares": 0,
        "replies": 0,
        "engagement": likes,
        "state": "live",
        "origin": "earned",
        "brands": [],
    }
    return row | fields


def owned(at: datetime, owner: str = "ours", **fields: Any) -> dict[str, Any]:
    return post(
        at, origin="owned", owner=owner, author_id=f"mastodon:{owner}", brands=[owner], **fields
    )


def mention(at: datetime, brand: str = "ours", **fields: Any) -> dict[str, Any]:
    fields.setdefault("author_id", f"mastodon:p{next(_serial)}")
    return post(at, brands=[brand], **fields)


def run(rows: list[dict[str, Any]], samples: list[tuple[str, str, datetime, float]] = [], **options: Any) -> dict[tuple[str, str | None], Benchmark]:  # noqa: B006,E501  # fmt: skip
    history = [post(SINCE - timedelta(days=7), author_id="mastodon:old")]
    found = benchmark.compute(
        pl.DataFrame(history + rows, schema=frames.POSTS),
        pl.DataFrame(samples, schema=frames.SAMPLES, orient="row"),
        pl.DataFrame(
            [
                {"id": f"mastodon:{brand.id}", "platform": "mastodon", "owner": brand.id}
                for brand in BRANDS
            ],
            schema=frames.ACCOUNTS,
        ),
        since=SINCE,
        until=UNTIL,
        brands=BRANDS,
        timezone="Europe/Paris",
        run_id="r1",
        now=NOW,
        **options,
    )
    return {(record.brand, record.platform): record for record in found}


def test_a_late_observation_is_no_engagement_at_equal_age() -> None:
    day = SINCE + timedelta(days=1)
    near = owned(day, likes=500, collected_at=day + timedelta(days=6))
    late = owned(day, likes=900, collected_at=day + timedelta(days=6))
    fresh = owned(UNTIL - timedelta(hours=3), likes=2, collected_at=NOW)
    samples = [
        (near["id"], metric, day + timedelta(hours=70), value)
        for metric, value in (("likes", 40.0), ("shares", 5.0), ("replies", 1.0))
    ]
    found = run([near, late, fresh], samples)[("ours", "mastodon")]
    assert found.figures["eng.at_age"]["value"] == 46
    assert found.figures["eng.at_age"]["n"] == 1
    assert found.figures["eng.at_age"]["left_out"] == 2
    assert found.left_out == {"in_progress": 1, "not_comparable": 1}
    assert found.figures["eng.public"]["value"] == 1402


def test_unknown_counts_are_never_zero() -> None:
    day = SINCE + timedelta(days=1)
    found = run([owned(day, likes=None, engagement=None)])[("ours", "mastodon")]
    assert found.figures["eng.public"]["value"] is None
    assert found.figures["eng.public"]["left_out"] == 1
    assert found.figures["eng.applause"]["value"] is None
    assert found.figures["eng.conversation"]["value"] == 0, "replies are known to be none"
    assert found.left_out == {"unknown_count": 1}
    assert found.best_posts == ()


def test_share_of_voice_counts_earned_mentions_only_and_the_leader_changes_with_owned_posts() -> (
    None
):
    day = SINCE + timedelta(days=1)
    rows = [mention(day, "ours") for _ in range(3)] + [mention(day, "theirs")]
    rows += [owned(day, "theirs") for _ in range(6)] + [owned(day, "ours")]
    rows += [post(day, homonyms=["theirs"]) for _ in range(5)]
    found = run(rows)
    assert found[("ours", None)].figures["sov.mentions"]["value"] == 75
    assert found[("theirs", None)].figures["sov.mentions"]["value"] == 25
    assert found[("theirs", None)].figures["posts.share"]["value"] == pytest.approx(600 / 7)
    assert found[("theirs", None)].figures["mentions.earned"]["value"] == 1


def test_the_period_before_stands_beside_each_figure() -> None:
    day = SINCE + timedelta(days=1)
    rows = [mention(day) for _ in range(4)] + [mention(day - timedelta(days=7))]
    mentions = run(rows)[("ours", None)].figures["mentions.earned"]
    assert mentions["value"] == 4
    assert mentions["before"]["value"] == 1


def test_a_history_that_does_not_reach_the_period_before_gives_no_change() -> None:
    rows = [mention(SINCE + timedelta(days=1), "ours")]
    found = benchmark.compute(
        pl.DataFrame(rows, schema=frames.POSTS),
        frames.empty(frames.SAMPLES),
        frames.empty(frames.ACCOUNTS),
        since=SINCE,
        until=UNTIL,
        brands=BRANDS,
        timezone="Europe/Paris",
        run_id="r1",
    )
    assert found[0].figures["mentions.earned"]["before"] is None


def test_a_format_overperforms_at_equal_age_and_a_giveaway_never_works() -> None:
    rows = []
    tuesday = datetime(2026, 11, 17, 18, tzinfo=ZoneInfo("Europe/Paris"))
    for week in range(9):
        at = (tuesday - timedelta(weeks=week)).astimezone(UTC)  # the clocks change between
        video = {"media_kinds": ["video"], "media_duration_s": 40.0}
        rows.append(owned(at, "theirs", likes=310 + week, **video))
        for day in range(5):
            at = SINCE - timedelta(weeks=week) + timedelta(days=day, hours=9)
            rows.append(owned(at, "theirs", likes=100 + day, media_kinds=["image"]))
    prize = owned(
        SINCE + timedelta(days=2),
        "theirs",
        likes=5000,
        text="Grand jeu-concours : un vélo à gagner, tirage au sort dimanche !",
        media_kinds=["image", "image"],
    )
    found = run([*rows, prize])[("theirs", "mastodon")]
    works = found.formats["short_video"]
    assert next(iter(found.formats)) == "short_video"
    assert works["n"] == 9
    assert works["index"] == pytest.approx(3.1, abs=0.1)
    assert works["slot"] == {"weekday": 1, "hour": 18, "share": 100.0}
    assert found.formats["carousel"]["index"] is None
    assert found.formats["carousel"]["giveaways"] == 1
    assert found.best_posts[0]["format"] == "short_video"
    assert found.best_posts[0]["over_performing"] == pytest.approx(3, abs=0.1)
    marked = [best for best in found.best_posts if best["giveaway"]]
    assert [best["id"] for best in marked] == [prize["id"]]
    assert found.best_posts.index(marked[0]) == len(found.best_posts) - 1
    assert found.left_out["giveaway"] == 1


def test_growth_needs_a_count_at_both_ends_and_rates_take_followers_at_publication() -> None:
    day = SINCE + timedelta(days=1)
    account = "mastodon:ours"
    samples = [
        (account, "followers", SINCE - timedelta(days=2), 980.0),
        (account, "followers", SINCE + timedelta(days=2), 1020.0),
        (account, "followers", UNTIL - timedelta(hours=5), 1100.0),
        ("mastodon:theirs", "followers", UNTIL - timedelta(hours=5), 90.0),
    ]
    found = run([owned(day, likes=20), mention(day, "theirs")], samples)
    ours = found[("ours", "mastodon")].figures
    assert ours["growth.net"]["value"] == 100
    assert ours["growth.percent"]["value"] == pytest.approx(10)
    assert ours["er_follower_post"]["value"] == pytest.approx(100 * 20 / 1020)
    theirs = found[("theirs", "mastodon")].figures
    assert theirs["followers"]["value"] == 90
    assert theirs["growth.net"]["value"] is None
    assert theirs["growth.net"]["left_out"] == 1


def test_reposts_are_left_out_and_counted() -> None:
    day = SINCE + timedelta(days=1)
    rows = [owned(day, likes=3), owned(day, kind="repost", repost_of="x:1", likes=0)]
    found = run(rows)[("ours", None)]
    assert found.figures["posts.owned"]["value"] == 1
    assert found.left_out["repost"] == 1


def test_net_sentiment_leaves_unread_mentions_out_aloud() -> None:
    day = SINCE + timedelta(days=1)
    labels = ["positive"] * 6 + ["negative"] * 2 + ["neutral"] * 2 + ["unsure", None]
    net = run([mention(day, sentiment=label) for label in labels])[("ours", None)].figures[
        "sentiment.net"
    ]
    assert net["value"] == pytest.approx(40, abs=5)
    assert net["n"] == 10
    assert net["left_out"] == 2
    assert net["low"] < net["value"] < net["high"]
