"""Where a trend stands, and how sure its growth is (trend.stage.v1, growth.ratio.v1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.special import betaincinv  # type: ignore[import-untyped]

Stage = Literal["new", "emerging", "growing", "peaking", "declining", "dormant"]

NEW_DAYS = 14
LOW_SHARE = 0.02  # of a week's posts: below it a rising subject is emerging, above it growing
FACTOR = 2.0
AUTHORS = 5
QUIET = 0.1  # of its best week's share, below which a subject sleeps
HIGH = 90  # percentile of its own weeks at which it stands at its height


def growth_interval(now: int, before: int, exposure: float = 1.0) -> tuple[float, float]:
    """The 95 % interval of the ratio of two Poisson rates (Jeffreys; the conditional binomial of
    Przyborowski and Wilenski), `exposure` being that of now over that of before."""
    low, high = betaincinv(now + 0.5, before + 0.5, np.array([0.025, 0.975]))
    return float(low / (1 - low) / exposure), float(high / (1 - high) / exposure)


def stage(weeks: Sequence[tuple[int, int]], age_days: float, authors: int) -> Stage:
    """The stage of a subject from its weeks, newest first, each (its posts, all posts), the days
    since it was first seen, and its distinct authors of the last week. Weeks are compared by their
    share, so that more collecting is no rise."""
    shares = [posts / total if total else 0.0 for posts, total in weeks]
    now, best = shares[0], max(shares)
    if now == 0 or now < QUIET * best:
        return "dormant"
    before = weeks[1] if len(weeks) > 1 else (0, 0)
    exposure = weeks[0][1] / before[1] if before[1] else 1.0
    low, high = growth_interval(weeks[0][0], before[0], exposure)
    if high < 1:
        return "declining"
    if age_days <= NEW_DAYS:
        return "new"
    if low > 1:
        factor = now / shares[1] if shares[1] else float("inf")
        small = now < LOW_SHARE and factor >= FACTOR and authors >= AUTHORS
        return "emerging" if small else "growing"
    known = [share for share in shares if share > 0]
    return "peaking" if now >= min(np.percentile(known, HIGH), best / 2) else "declining"
