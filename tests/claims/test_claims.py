from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vigie.claims import Claim, compose, lead
from vigie.insights.questions import Question
from vigie.metrics import figure
from vigie.records import Alert, Benchmark, Interval, SourceRun, Trend
from vigie.watchlist import Brand, Watchlist, Workspace

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 11, 15, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC)
WATCHLIST = Watchlist(
    workspace=Workspace(name="Essai"),
    brands=(Brand(id="ours", name="Nacelle", role="own"), Brand(id="theirs", name="Tandemia")),
)


def run(**findings: Any) -> list[Claim]:
    return compose(WATCHLIST, since=SINCE, until=UNTIL, now=NOW, **findings)


def only(kind: str, claims: list[Claim]) -> Claim:
    (claim,) = [claim for claim in claims if claim.kind == kind]
    return claim


def trend(**fields: Any) -> Trend:
    return Trend(
        **{
            "id": "trend-1",
            "name": "toit de pluie",
            "terms": ("toit de pluie",),
            "stage": "growing",
            "score": 9.0,
            "detected_at": NOW,
            "first_seen_at": NOW - timedelta(days=20),
            "window_start": SINCE,
            "window_end": UNTIL,
            "posts": 1240,
            "authors": 190,
            "posts_before": 365,
            "growth": 3.4,
            "growth_interval": Interval(low=3.0, high=3.8),
            "spread": (
                {"platform": "mastodon", "first_post": "m1"},
                {"platform": "bluesky", "first_post": "b1"},
                {"platform": "news", "first_post": "n1"},
            ),
            "representative": ("m1", "b1"),
            "run_id": "r",
        }
        | fields
    )


def alert(**fields: Any) -> Alert:
    return Alert(
        **{
            "id": "a1",
            "kind": "crisis",
            "subject": "brand:theirs",
            "severity": 8,
            "started_at": datetime(2026, 11, 19, 13, tzinfo=UTC),
            "detected_at": NOW,
            "observed": 410.0,
            "expected": 35.0,
            "sigmas": 9.0,
            "negative_share": 0.71,
            "run_id": "r",
        }
        | fields
    )


def question(**fields: Any) -> Question:
    return Question(
        **{
            "post_id": "m9",
            "brand": "ours",
            "kind": "question",
            "platform": "mastodon",
            "author": "zoe",
            "text": "Même fournisseur ?",
            "url": None,
            "published_at": NOW - timedelta(hours=31),
            "age_h": 31.0,
            "urgency": 2.0,
        }
        | fields
    )


def benchmark(brand: str, figures: dict[str, Any], **fields: Any) -> Benchmark:
    return Benchmark(
        **{
            "id": f"b-{brand}-{fields.get('platform')}",
            "brand": brand,
            "platform": None,
            "window_start": SINCE,
            "window_end": UNTIL,
            "figures": {id: value.model_dump(mode="json") for id, value in figures.items()},
            "run_id": "r",
        }
        | fields
    )


def test_a_trend_tells_its_way_its_pace_and_its_people() -> None:
    claim = only("trend", run(trends=[trend()]))
    assert claim.sentence_en == (
        "“toit de pluie” moves from Mastodon to the press: ×\u00a03.4 in a week, 190 authors."
    )
    assert claim.sentence_fr == (
        "«\u202ftoit de pluie\u202f» passe de Mastodon à la presse\u00a0: "
        "×\u00a03,4 en une semaine, 190 auteurs."
    )
    assert claim.confidence == "high"
    assert claim.evidence == ("m1", "b1")


def test_a_trend_from_nothing_has_no_factor() -> None:
    claim = only(
        "trend", run(trends=[trend(growth=None, posts_before=0, stage="new", posts=40, authors=35)])
    )
    assert "×" not in claim.sentence_en
    assert "40 posts, 35 authors" in claim.sentence_en


def test_what_recurs_is_a_seasonal_topic_and_leaves_a_week_quiet() -> None:
    claims = run(trends=[trend(recurring="black-friday", name="Black Friday")])
    assert "marronnier" in only("recurring", claims).sentence_fr
    assert only("quiet", claims).sentence_en == "Nothing unusual in week 47."
    assert only("quiet", claims).sentence_fr == "Rien d’inhabituel en semaine 47."


def test_an_outage_is_never_a_silence() -> None:
    down = SourceRun(
        key="mastodon/tag/velo",
        platform="mastodon",
        state="broken",
        started_at=NOW,
        ended_at=NOW,
        last_success_at=datetime(2026, 11, 19, 13, tzinfo=UTC),
    )
    claim = only("outage", run(sources=[down]))
    assert claim.sentence_en == (
        "Mastodon: collection down since Thursday 14:00, not a silence; week 47 is incomplete."
    )
    assert claim.sentence_fr == (
        "Mastodon\u00a0: collecte en panne depuis jeudi 14\u00a0h, ce n’est pas un silence\u202f; "
        "la semaine 47 est incomplète."
    )
    well = down.model_copy(update={"key": "mastodon/tag/pluie", "state": "ok"})
    assert "in part (1 of 2 sources)" in only("outage", run(sources=[down, well])).sentence_en
    others = [well.model_copy(update={"key": f"mastodon/tag/{n}"}) for n in range(9)]
    assert [line.kind for line in lead(run(sources=[down, *others]))] == ["quiet"]
    dead = alert(kind="outage", subject="source:mastodon", platform="mastodon", sigmas=0)
    claim = only("outage", run(sources=[down, *others], alerts=[dead]))
    assert "collection down since Thursday" in claim.sentence_en, "the alert knows all runs"
    mended = down.model_copy(update={"state": "ok", "ended_at": NOW + timedelta(hours=1)})
    assert only("quiet", run(sources=[down, mended]))


def test_a_crisis_and_the_questions_that_it_brings_are_one_line_to_remember() -> None:
    claims = run(
        alerts=[alert(ended_at=NOW - timedelta(hours=9))],
        questions=[question(post_id=f"m{n}", age_h=31.0 - n) for n in range(4)],
        trends=[trend()],
    )
    lines = lead(claims)
    assert [line.kind for line in lines] == ["trend", "crisis"]
    assert lines[1].sentence_fr == (
        "Tandemia sort de crise (71\u202f% de négatif)\u202f; quatre questions à votre marque "
        "attendent une réponse, "
        "la plus ancienne depuis 31\u202fh."
    )
    assert lines[1].sentence_en == (
        "Tandemia is coming out of its crisis (71% negative); four questions to your brand wait "
        "for an answer, the oldest for 31\u00a0h."
    )


def test_a_crisis_tells_its_peak_and_later_that_it_recedes() -> None:
    claim = only("crisis", run(alerts=[alert(peaked_at=NOW - timedelta(days=1))]))
    assert claim.sentence_en == (
        "Tandemia has been in crisis since Thursday 14:00: "
        "410 mentions in a day (usually 35) at the peak, 71% negative."
    )
    assert claim.sentence_fr == (
        "Tandemia est en crise depuis jeudi 14\u00a0h\u00a0: au plus fort 410 mentions en un jour "
        "(d’ordinaire 35), 71\u202f% de négatif."
    )
    late = alert(started_at=NOW - timedelta(days=12), peaked_at=NOW - timedelta(days=9))
    assert "coming out" in only("crisis", run(alerts=[late])).sentence_en


def test_findings_of_another_period_are_not_told() -> None:
    later = trend(window_start=UNTIL, window_end=UNTIL + timedelta(days=7))
    other = benchmark("ours", {}, window_start=SINCE - timedelta(days=7), window_end=SINCE)
    assert [claim.kind for claim in run(trends=[later], benchmarks=[other])] == ["quiet"]


def test_a_false_alarm_and_an_alert_of_another_time_say_nothing() -> None:
    old = alert(ended_at=SINCE - timedelta(days=3), started_at=SINCE - timedelta(days=9))
    assert [claim.kind for claim in run(alerts=[alert(status="false_alarm"), old])] == ["quiet"]


def test_a_dip_of_the_market_is_the_platforms() -> None:
    dip = alert(kind="platform_dip", platform="bluesky", observed=55.0, expected=100.0)
    claim = only("dip", run(alerts=[dip]))
    assert "All brands fall on Bluesky (−45%" in claim.sentence_en
    assert "le creux du réseau, pas le vôtre" in claim.sentence_fr


def test_share_of_voice_as_the_trade_says_it() -> None:
    before = figure("sov.mentions", 21, 1900)
    figures = {
        "sov.mentions": figure("sov.mentions", 18, 2288, before=before),
        "mentions.earned": figure("mentions.earned", 412, 412),
    }
    claim = only("voice", run(benchmarks=[benchmark("ours", figures)]))
    assert claim.sentence_fr == (
        "Part de voix 18\u202f% (−3\u202fpts vs\u00a0S\u20111), 412 mentions spontanées, "
        "hors vos publications."
    )
    assert claim.sentence_en == (
        "Share of voice 18% (−3 pts WoW), 412 earned mentions, your own posts excluded."
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [(18, 6, 30, "no clear change WoW"), (60, 45, 75, "+50 pts WoW")],
)
def test_net_sentiment_has_no_arrow_while_intervals_overlap(
    value: float, low: float, high: float, expected: str
) -> None:
    before = figure("sentiment.net", 10, 90, low=-2, high=22)
    net = figure("sentiment.net", value, 90, low=low, high=high, before=before)
    claim = only("sentiment", run(benchmarks=[benchmark("ours", {"sentiment.net": net})]))
    assert expected in claim.sentence_en


def test_a_format_that_works_is_told_with_its_slot() -> None:
    facts = {
        "n": 9,
        "index": 3.1,
        "low": 2.7,
        "high": 3.4,
        "slot": {"weekday": 1, "hour": 18, "share": 100.0},
        "post_ids": ["m1"],
    }
    record = benchmark("theirs", {}, platform="mastodon", formats={"short_video": facts})
    claim = only("format", run(benchmarks=[record]))
    assert claim.sentence_fr == (
        "Tandemia, Mastodon\u00a0: les vidéos courtes du mardi 18\u00a0h obtiennent ×\u00a03,1 "
        "l’engagement habituel du compte à âge égal (9 publications)."
    )
    assert "short videos on Tuesdays at 18:00 get ×\u00a03.1" in claim.sentence_en
    weak = facts | {"index": 1.2}
    record = benchmark("theirs", {}, platform="mastodon", formats={"short_video": weak})
    assert only("quiet", run(benchmarks=[record]))
