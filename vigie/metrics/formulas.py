"""The formulas of the registry as plain functions of numbers: insights hand in sums and columns,
the golden examples of the trade are their tests. None is unknown and stays so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

Z95 = 1.959964
# Radarly's coefficients; a network that is not listed takes their lowest, so that low stays low.
REACH_COEFFICIENTS = {"x": 0.08, "facebook": 0.07, "instagram": 0.15}
REACH_COEFFICIENT_OTHERS = 0.04
OVERPERFORMING_FLOOR = 10.0


class Ranged(NamedTuple):
    """A value with its 95 % interval or stated range."""

    value: float
    low: float
    high: float


def rate(part: float | None, whole: float | None) -> float | None:
    """`part / whole × 100`; None where a term is unknown or nothing is divided by."""
    if part is None or not whole:
        return None
    return part / whole * 100


def daily_engagement(days: Sequence[tuple[float, float | None]]) -> float | None:
    """Fanpage Karma's engagement: mean over days of interactions / fans, zero days included.
    `days` are (interactions, fans); a day without interactions needs no fans."""
    ratios = [done / fans if fans else 0.0 for done, fans in days if fans or not done]
    return sum(ratios) / len(ratios) if ratios else None


def post_interaction(posts: Sequence[tuple[float | None, float | None]]) -> float | None:
    """Fanpage Karma's post interaction: mean over posts of interactions / fans. `posts` are
    (interactions, fans); those with an unknown term are left out."""
    ratios = [done / fans for done, fans in posts if done is not None and fans]
    return sum(ratios) / len(ratios) if ratios else None


def weekly_growth(start: float | None, end: float | None, weeks: float) -> float | None:
    """Average weekly growth in %, geometric: 500 → 2,000 in 2 weeks is 100 % a week."""
    if not start or end is None or weeks <= 0:
        return None
    return float((end / start) ** (1 / weeks) - 1) * 100


def reach_factor(followers: float) -> float:
    """Sprinklr's benchmarking factor: 0.15 below 100 k, 0.06 above 10 M, linear between."""
    share = (min(max(followers, 1e5), 1e7) - 1e5) / (1e7 - 1e5)
    return 0.15 + (0.06 - 0.15) * share


def estimated_reach(platform: str, followers: float, views: float | None = None) -> Ranged:
    """Reach of one post: Radarly's coefficient (low), Sprinklr's curve (central), public views or
    all followers (high). Public views, where shown, are all three bounds' ceiling and centre."""
    if views is not None:
        return Ranged(views, min(views, followers * _coefficient(platform)), views)
    return Ranged(
        followers * reach_factor(followers), followers * _coefficient(platform), followers
    )


def _coefficient(platform: str) -> float:
    return REACH_COEFFICIENTS.get(platform, REACH_COEFFICIENT_OTHERS)


def net_sentiment(positive: float, negative: float, n: int, *, model_error: float) -> Ranged:
    """% positive − % negative of `n` > 0 mentions with a 95 % interval, from the shares (0..1) of
    both. `model_error` is the standard error of the model's net sentiment in points, as measured
    on labelled posts; it adds to the sampling error in quadrature."""
    # One pseudo-count a label, else three unanimous posts would have no sampling error.
    p, q, m = (positive * n + 1) / (n + 3), (negative * n + 1) / (n + 3), n + 3
    sampling = math.sqrt((p + q - (p - q) ** 2) / m) * 100
    net, half = (positive - negative) * 100, Z95 * math.hypot(sampling, model_error)
    return Ranged(net, max(-100.0, net - half), min(100.0, net + half))


def share(part: float, n: int, *, model_error: float = 0.0) -> Ranged:
    """A share (0..1) of `n` > 0 posts in %, with Wilson's 95 % interval, widened by a model's
    standard error in points."""
    centre = (part + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 * math.sqrt(part * (1 - part) / n + Z95**2 / (4 * n**2)) / (1 + Z95**2 / n)
    half = math.hypot(half * 100, Z95 * model_error)
    return Ranged(part * 100, max(0.0, centre * 100 - half), min(100.0, centre * 100 + half))


def middle_mean(values: Sequence[float]) -> float | None:
    """Mean of the middle half of the values: CrowdTangle's expectation; None for no value."""
    if not values:
        return None
    ordered = sorted(values)
    cut = len(ordered) // 4
    middle = ordered[cut : len(ordered) - cut]
    return sum(middle) / len(middle)


def overperforming(actual: float, expected: float, *, floor: float = OVERPERFORMING_FLOOR) -> float:
    """CrowdTangle's score: actual / expected if ≥ 1, else −expected / actual; −2 × expected for no
    interaction. An expectation below `floor` is compared to the floor, as a share in 0..1."""
    if expected < floor:
        return actual / floor
    if actual >= expected:
        return actual / expected
    return -expected / actual if actual > 0 else -2 * expected


def longest_gap(times: Sequence[datetime], since: datetime, until: datetime) -> timedelta:
    """The longest stretch of a period without a post, the period's ends included."""
    points = [since, *sorted(time for time in times if since <= time < until), until]
    return max(later - earlier for earlier, later in pairwise(points))


def percentile(values: Sequence[float], at: float) -> float | None:
    """Linear between neighbours, as spreadsheets do it; `at` in 0..1."""
    if not values:
        return None
    ordered = sorted(values)
    place = at * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
