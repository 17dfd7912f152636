"""The golden examples of the trade's sources, and the properties that intervals must have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.metrics import DEFINITIONS, figure, formulas

WEEK = [(20, 3500), (0, 3600), (37, 3700), (100, 3750), (0, 3760), (0, 3770), (2, 3783)]


def test_fanpage_karma_daily_engagement_without_its_rounding_of_each_day() -> None:
    assert formulas.daily_engagement(WEEK) == pytest.approx(0.0061299, abs=5e-8)


def test_a_day_without_posts_needs_no_fans_but_a_day_with_posts_does() -> None:
    assert formulas.daily_engagement([(20, 3500), (0, None)]) == pytest.approx(20 / 3500 / 2)
    assert formulas.daily_engagement([(20, 3500), (5, None)]) == pytest.approx(20 / 3500)
    assert formulas.daily_engagement([]) is None


def test_post_interaction_ignores_days_without_posts() -> None:
    posts = [(done, fans) for done, fans in WEEK if done]
    expected = (20 / 3500 + 37 / 3700 + 100 / 3750 + 2 / 3783) / 4
    assert formulas.post_interaction(posts) == pytest.approx(expected)
    assert formulas.post_interaction([(None, 100), (5, None)]) is None


def test_average_weekly_growth_is_geometric() -> None:
    assert formulas.weekly_growth(500, 2000, 2) == pytest.approx(100)
    assert formulas.weekly_growth(0, 2000, 2) is None


def test_sprinklr_curve() -> None:
    assert formulas.reach_factor(50_000) == pytest.approx(0.15)
    assert formulas.reach_factor(20_000_000) == pytest.approx(0.06)
    assert formulas.reach_factor((1e5 + 1e7) / 2) == pytest.approx((0.15 + 0.06) / 2)


def test_radarly_coefficients_are_the_lower_bound() -> None:
    assert formulas.estimated_reach("x", 1000).low == pytest.approx(80)
    assert formulas.estimated_reach("instagram", 1000).low == pytest.approx(150)
    assert formulas.estimated_reach("mastodon", 1000).low == pytest.approx(40)


@given(
    st.sampled_from(["x", "instagram", "mastodon"]),
    st.integers(0, 10**9),
    st.none() | st.integers(0, 10**9),
)
def test_a_range_holds_its_centre(platform: str, followers: int, views: int | None) -> None:
    reach = formulas.estimated_reach(platform, followers, views)
    assert reach.low <= reach.value or followers > 100_000
    assert reach.value <= reach.high


def test_crowdtangle_overperforming() -> None:
    assert formulas.overperforming(300, 100) == 3
    assert formulas.overperforming(50, 100) == -2
    assert formulas.overperforming(0, 100) == -200
    assert 0 <= formulas.overperforming(4, 3) <= 1, "a small yardstick is the minimum"
    assert formulas.middle_mean([0, 10, 20, 1000]) == 15


def test_net_sentiment_carries_the_error_of_the_model() -> None:
    narrow = formulas.net_sentiment(0.6, 0.1, 10_000, model_error=0)
    wide = formulas.net_sentiment(0.6, 0.1, 10_000, model_error=4)
    assert narrow.value == wide.value == pytest.approx(50)
    assert wide.high - wide.low > 2 * 1.95 * 4 > narrow.high - narrow.low


shares = st.floats(0, 1).flatmap(lambda up: st.tuples(st.just(up), st.floats(0, max(0.0, 1 - up))))


@given(shares, st.integers(1, 5_000))
def test_net_sentiment_stays_in_its_range(both: tuple[float, float], n: int) -> None:
    net = formulas.net_sentiment(*both, n, model_error=3)
    assert -100 <= net.low <= net.value <= net.high <= 100
    assert net.high > net.low


@given(st.integers(0, 300), st.integers(1, 300))
def test_a_share_lies_in_its_interval(part: int, rest: int) -> None:
    share = formulas.share(part / (part + rest), part + rest)
    assert 0 <= share.low <= share.value + 1e-9
    assert share.value - 1e-9 <= share.high <= 100


def test_the_longest_gap_counts_the_ends_of_the_period() -> None:
    monday = datetime(2026, 11, 16, tzinfo=UTC)
    times = [monday + timedelta(days=1), monday + timedelta(days=2)]
    assert formulas.longest_gap(times, monday, monday + timedelta(days=7)) == timedelta(days=5)


def test_every_definition_is_told_in_both_languages() -> None:
    for definition in DEFINITIONS.values():
        for text in (definition.title, definition.text, definition.nulls):
            assert text.fr, definition.id
            assert text.en, definition.id
            assert text.fr != text.en, definition.id


def test_no_arrow_while_intervals_overlap() -> None:
    before = figure("sentiment.net", 10, 100, low=0, high=20)
    same = figure("sentiment.net", 18, 100, low=8, high=28, before=before)
    risen = figure("sentiment.net", 40, 100, low=30, high=50, before=before)
    assert same.change == 8
    assert not same.moved
    assert risen.moved
    assert figure("followers", 3, 1).change is None
