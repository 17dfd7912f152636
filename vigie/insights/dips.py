"""Days on which a network as a whole says less: the network's dip, not a brand's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import pdtr  # type: ignore[import-untyped]

Series = npt.NDArray[np.float64]
Days = npt.NDArray[np.int_]

MEMORY = 28  # days that tell what is usual
HISTORY = 14  # days before which nothing is told
NEEDED = 10  # usual days that are known
SIGMAS = -2.5  # beside FACTOR and WITHOUT, which a chance low seldom meets
FACTOR = 0.7  # of what is usual: at most
WITHOUT = 0.8  # of what is usual, whichever brand is left out: all share the fall
EXPECTED = 20.0  # posts a day of the network
CHANCE = 0.005  # that so few mentions of brands come by themselves: at most
MAD = 1.4826


@dataclass(frozen=True, slots=True)
class Dip:
    """One local day of one network: what brands are named there, observed and usual."""

    platform: str
    day: date
    observed: int
    expected: float
    sigmas: float


def find(
    posts: pl.DataFrame, first: date, last: date, down: Collection[tuple[str, date]]
) -> list[Dip]:
    """The dips from `first` to `last` (included), in order of time. `posts` has `platform`, `day`
    (local) and `brands`. A network is compared with the other networks of the same day, whose
    usual ratio takes out seasons and holidays; alone, with its own weekdays. Days of a network in
    `down` are its collector's, and are passed over."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    number = {day: n for n, day in enumerate(days)}
    platforms = sorted(posts["platform"].unique())
    place = {platform: n for n, platform in enumerate(platforms)}
    all_posts = np.zeros((len(platforms), len(days)))
    for platform, day, many in posts.group_by("platform", "day").agg(pl.len()).iter_rows():
        if day in number:
            all_posts[place[platform], number[day]] = many
    named = posts.explode("brands", empty_as_null=False).drop_nulls("brands")
    brands = {brand: n for n, brand in enumerate(sorted(named["brands"].unique()))}
    counts = np.zeros((len(platforms), len(brands), len(days)))
    grouped = named.group_by("platform", "brands", "day").agg(pl.len())
    for platform, brand, day, many in grouped.iter_rows():
        if day in number:
            counts[place[platform], brands[brand], number[day]] = many
    found = []
    for platform, p in place.items():
        known = np.array([(platform, day) not in down for day in days])
        others = all_posts.sum(axis=0) - all_posts[p]
        for n in range(HISTORY, len(days)):
            sigmas = _fall(all_posts[p], others, known, n) if known[n] else None
            if sigmas is not None and (usual := _shared(counts[p], known, n)) is not None:
                observed = int(counts[p, :, n].sum())
                found.append(Dip(platform, days[n], observed, usual, sigmas))
    return sorted(found, key=lambda dip: (dip.day, dip.platform))


def _past(known: npt.NDArray[np.bool_], n: int, step: int = 1) -> Days:
    past = np.arange(n - step, max(-1, n - MEMORY - 1), -step)
    return past[known[past]]


def _fall(own: Series, others: Series, known: npt.NDArray[np.bool_], n: int) -> float | None:
    """The distance in standard deviations at which a network's day lies too low; None: it does
    not."""
    alone = float(np.median(others[_past(known, n)])) < EXPECTED
    past = _past(known, n, 7 if alone else 1)
    if len(past) < (2 if alone else NEEDED):
        return None
    base = np.ones_like(own) if alone else others + 0.5
    ratio = np.log((own + 0.5) / base)
    usual = float(np.median(ratio[past]))
    expected = float(np.exp(usual) * base[n])
    spread = MAD * float(np.median(np.abs(ratio[past] - usual)))
    chance = 1 / max(expected, 1.0) + (0.0 if alone else 1 / base[n])
    # the usual spread holds chance already; few days may show less of it than there is
    sigmas = float((ratio[n] - usual) / max(spread, np.sqrt(chance)))
    if expected < EXPECTED or sigmas > SIGMAS or own[n] > FACTOR * expected:
        return None
    return sigmas


def _shared(counts: Series, known: npt.NDArray[np.bool_], n: int) -> float | None:
    """The brands' usual mentions on that network, where they fall whichever brand is left out; None
    where one brand explains the fall, or chance, or only one is named there."""
    usual = counts[:, _past(known, n)].mean(axis=1)
    if (usual > 0).sum() < 2:
        return None
    rest = usual.sum() - usual, counts[:, n].sum() - counts[:, n]
    if (rest[1] > WITHOUT * rest[0]).any():
        return None
    if pdtr(counts[:, n].sum(), usual.sum()) > CHANCE:
        return None
    return float(usual.sum())
