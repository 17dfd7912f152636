"""Trends on invented talk: what rises is found with its path; no decoy is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vigie.insights import moments, stages, trends
from vigie.insights.bursts import Bursts
from vigie.insights.terms import copy_keys, fold, occurrences, phrase_of
from vigie.insights.trends import detect
from vigie.records import Trend

ZONE = "Europe/Paris"
D = timedelta(days=1)


def found(talk: Any, now: datetime, **given: Any) -> list[Trend]:
    given = {"embed": None} | given
    return detect(talk.frame(), now=now, timezone=ZONE, run_id="r1", **given)


def test_nothing_unusual_is_nothing(talk: Any, now: datetime) -> None:
    assert found(talk, now) == []


def test_history_too_short_is_nothing(talk: Any, now: datetime, people: Any) -> None:
    talk.rows = [row for row in talk.rows if row["published_at"] >= now - 6 * D]
    talk.spread(60, now - 2 * D, now, "#zorblime", author_id=people("z"))
    assert found(talk, now) == []


def test_a_weak_signal_is_new(talk: Any, now: datetime, people: Any) -> None:
    talk.spread(40, now - 5 * D, now, "toile #zorblime", author_id=lambda n: f"m:z{n % 35}")
    (trend,) = found(talk, now)
    assert (trend.name, trend.stage, trend.recurring) == ("#zorblime", "new", None)
    assert (trend.posts, trend.authors, trend.posts_before) == (40, 35, 0)
    assert trend.growth is None
    assert trend.growth_interval is None
    assert len(trend.post_ids) == 40
    assert set(trend.representative) <= set(trend.post_ids)
    assert sum(count for _, count in trend.daily) == 40
    assert trend.daily[-1][0] == "2026-11-23"


def grow(talk: Any, now: datetime) -> None:
    """Two weeks of a subject that moves from one network and language to the next."""
    at = now - 20 * D
    talk.spread(20, at, at + 6 * D, "#glimopan", author_id=lambda n: f"m:a{n}")
    talk.spread(
        66, at + 6 * D, now - 7 * D, "#glimopan", platform="bluesky", author_id=lambda n: f"b:b{n}"
    )
    talk.spread(180, now - 7 * D, now, "#glimopan", author_id=lambda n: f"b:c{n % 150}")
    talk.spread(
        44, now - 7 * D, now, "#panoglim", platform="bluesky", language="en",
        author_id=lambda n: f"b:e{n}",
    )  # fmt: skip


def test_a_growing_subject_with_its_path(talk: Any, now: datetime) -> None:
    grow(talk, now)
    for n in range(5):
        talk.say(now - D, "#glimopan #panoglim", language="en", author_id=f"b:bridge{n}")
    (trend,) = found(talk, now)  # its two names stand side by side: one subject
    assert trend.stage == "growing"
    assert set(trend.hashtags) == {"glimopan", "panoglim"}
    assert trend.posts == 229
    assert trend.growth is not None
    assert trend.growth_interval is not None
    assert trend.growth_interval.low < trend.growth < trend.growth_interval.high
    assert now - 20 * D <= trend.first_seen_at <= now - 18 * D
    path = [(step["platform"], step["language"]) for step in trend.spread]
    assert path[:2] == [("mastodon", "fr"), ("bluesky", "fr")]
    assert {("bluesky", "en")} <= set(path)
    assert trend.first_authors[0].startswith("m:a")


def test_names_in_two_languages_are_one_by_meaning(talk: Any, now: datetime) -> None:
    grow(talk, now)
    assert len(found(talk, now)) == 2

    def embed(texts: Any) -> Any:
        return np.array([[1.0, 0.1 if "#panoglim" in text else 0.0] for text in texts])

    (trend,) = found(talk, now, embed=embed)
    assert set(trend.hashtags) == {"glimopan", "panoglim"}

    def apart(texts: Any) -> Any:
        return np.array([[0.0, 1.0] if "#panoglim" in text else [1.0, 0.0] for text in texts])

    assert len(found(talk, now, embed=apart)) == 2


def test_runs_follow_one_trend(talk: Any, now: datetime) -> None:
    grow(talk, now)
    first = found(talk, now - 8 * D)
    second = found(talk, now, previous=first)
    assert [trend.id for trend in first] == [
        trend.id for trend in second if "glimopan" in trend.hashtags
    ]
    later = now + 12 * D
    talk.spread(12 * 150, now, later)
    faded = {trend.id: trend for trend in found(talk, later, previous=second)}
    assert faded[first[0].id].stage == "dormant"
    assert faded[first[0].id].first_seen_at == first[0].first_seen_at
    gone = later + 30 * D
    talk.spread(30 * 150, later, gone)
    assert found(talk, gone, previous=list(faded.values())) == []


@pytest.mark.parametrize(
    "decoy",
    [
        {"author_id": lambda n: f"m:s{n % 4}"},  # four accounts
        {"author_id": lambda n: f"m:s{n}", "story_id": "net:story"},  # copies of one story
        {"author_id": lambda n: f"m:s{n}", "text": "zorblime plofta krindel vosta mirelu"},  # too
        {"author_id": lambda n: f"m:s{n}", "origin": "owned", "owner": "plim"},
        {"author_id": lambda n: f"m:s{n}", "origin": "paid"},
        {"author_id": lambda n: f"m:s{n}", "kind": "repost"},
        {"author_id": lambda n: f"m:s{n}", "repost_of": "net:1"},
        {"author_id": lambda n: f"m:s{n}", "state": "deleted"},
        {"author_id": lambda n: f"m:s{n}", "homonyms": ["zorblime"]},
        {"author_id": lambda n: f"m:s{n}", "brands": ["zorblime"]},  # a brand's name alone
    ],
)
def test_what_is_no_trend(talk: Any, now: datetime, decoy: dict[str, Any]) -> None:
    talk.spread(80, now - 3 * D, now, "zorblime", **decoy)
    assert found(talk, now) == []


def test_a_giveaway_is_no_trend(talk: Any, now: datetime, people: Any) -> None:
    talk.spread(80, now - 3 * D, now, "jeu concours zorblime à gagner", author_id=people("s"))
    assert found(talk, now) == []


def test_a_brand_own_campaign_is_no_trend(talk: Any, now: datetime, people: Any) -> None:
    talk.spread(30, now - 6 * D, now, "#zorblime", origin="owned", owner="plim", brands=["plim"])
    talk.spread(20, now - 3 * D, now, "#zorblime", author_id=people("s"))
    assert found(talk, now) == []


@pytest.mark.parametrize(("naming", "name"), [(36, "Brindille · zorblime"), (18, "zorblime")])
def test_a_subject_of_one_brand_says_whose(
    talk: Any, now: datetime, naming: int, name: str
) -> None:
    for n in range(40):
        brands = ["brindille"] if n < naming else []
        talk.say(now - 5 * D + n * D / 10, "zorblime", author_id=f"m:z{n}", brands=brands)
    (trend,) = found(talk, now, titles={"brindille": "Brindille"})
    assert trend.name == name


def test_talk_of_the_season_is_recurring(talk: Any, now: datetime, people: Any) -> None:
    near = moments.between((now - 7 * D).date(), (now + 21 * D).date(), "FR")
    talk.spread(80, now - 6 * D, now, "le black friday", author_id=people("s"))
    (trend,) = found(talk, now, moments=near)
    assert trend.recurring == "black-friday"
    assert trend.stage not in ("new", "emerging")
    far = moments.between((now - 100 * D).date(), (now - 70 * D).date(), "FR")
    assert found(talk, now, moments=far)[0].recurring is None


def test_two_subjects_that_share_a_word_stay_two(talk: Any, now: datetime, people: Any) -> None:
    talk.spread(60, now - 3 * D, now, "noir zorblime", author_id=people("s"))
    talk.spread(60, now - 3 * D, now, "#zorblimeplanu zorblime planu", author_id=people("t"))
    names = {fold(trend.name).strip("#") for trend in found(talk, now)}
    assert names == {"noir zorblime", "zorblimeplanu"}


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 1000))
def test_order_of_rows_and_the_future_change_nothing(seed: int, talk: Any, now: datetime) -> None:
    if not any("#zorblime" in row["text"] for row in talk.rows):
        talk.spread(40, now - 4 * D, now, "#zorblime", author_id=lambda n: f"m:z{n}")
        talk.spread(90, now, now + D, "#plofta", author_id=lambda n: f"m:p{n}")
    frame = talk.frame()
    expected = detect(frame, now=now, timezone=ZONE, run_id="r", embed=None)
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=seed)
    assert detect(shuffled, now=now, timezone=ZONE, run_id="r", embed=None) == expected
    past = frame.filter(pl.col("published_at") < now)
    assert detect(past, now=now, timezone=ZONE, run_id="r", embed=None) == expected
    assert [trend.name for trend in expected] == ["#zorblime"]


def test_a_walk_says_what_a_single_question_says(talk: Any, now: datetime) -> None:
    """The detector that is measured day by day is the one that a run asks."""
    talk.spread(60, now - 2 * D, now, "#zorblime", author_id=lambda n: f"m:z{n}")
    posts = talk.frame().select(
        "id", "text", "hashtags", pl.col("published_at").alias("at"), source="author_id"
    )
    walked = Bursts(now - 63 * D)
    for day in range(63):
        at = now - (63 - day) * D
        walked.add(posts.filter(pl.col("at").is_between(at, at + D, closed="left")))
    asked = Bursts(now)
    asked.add(posts)
    assert walked.at(now) == asked.at(now)
    assert walked.at(now)[0].terms[0] == "zorblime"


def test_terms_of_posts() -> None:
    posts = pl.DataFrame(
        {
            "text": [
                "Le Toit de pluie ! https://a.example/x @lili #RainRoof",
                "2026 and the HÊTRE",
            ],
            "hashtags": [["RainRoof"], ["VéloBus"]],
        }
    )
    held = occurrences(posts).group_by("post").agg("term").sort("post")["term"].to_list()
    assert set(held[0]) == {"toit", "pluie", "toit pluie", "rainroof", "pluie rainroof"}
    assert set(held[1]) == {"hetre", "2026 hetre", "velobus"}
    assert "toit" not in set(occurrences(posts, {"toit"})["term"])


def test_a_term_as_people_write_it() -> None:
    texts = ["Un Toit de pluie", "le toit de pluie", "mon toit de pluie"]
    assert phrase_of("toit pluie", texts, []) == "toit de pluie"
    assert phrase_of("velobus", texts, [["VéloBus"], ["velobus"], ["VéloBus"]]) == "#VéloBus"
    assert phrase_of("absent", texts, []) == "absent"


@given(st.lists(st.sampled_from("abcdef"), min_size=20, max_size=60), st.integers(17, 60))
def test_a_text_cut_by_its_platform_is_a_copy(letters: list[str], cut: int) -> None:
    words = [letter * 5 for letter in letters]
    whole, short = " ".join(words), " ".join(words[:cut])
    same = copy_keys(pl.Series([whole, f"RT @lili: {short}… https://a.example/b"]))
    assert same[0] == same[1] if len(short) >= 80 else True


@given(st.integers(0, 500), st.integers(0, 500))
def test_growth_interval_holds_the_ratio(now: int, before: int) -> None:
    low, high = stages.growth_interval(now, before)
    assert 0 <= low < high
    if now and before:
        assert low < now / before < high


def test_stages() -> None:
    assert stages.stage([(40, 1500), (0, 1500)], 3, 35) == "new"
    assert stages.stage([(20, 1500), (4, 1500)], 30, 18) == "emerging"
    assert stages.stage([(230, 1600), (68, 1500), (18, 1500)], 20, 190) == "growing"
    assert stages.stage([(200, 1500), (205, 1500), (90, 1500)], 30, 100) == "peaking"
    assert stages.stage([(60, 1500), (205, 1500), (90, 1500)], 30, 40) == "declining"
    assert stages.stage([(2, 1500), (90, 1500)], 30, 2) == "dormant"
    assert stages.stage([(200, 3000), (100, 1500), (90, 1500)], 30, 90) != "growing"  # same share


def test_meaning_is_the_readers_encoder() -> None:
    rows = trends.meaning(["bonjour à tous", "hello everyone", "a broken frame"])
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
