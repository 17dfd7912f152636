"""Peaks of a count series: the engine below the alerts.

A peak is a trailing sum (15 min, 1 h, 6 h) that stands far above what its hour of the day and of
the week have had in the last two to four weeks, and is also the highest of the last four weeks.
Distances are taken between square roots, on which counts have the same spread whatever their size
(Anscombe), and are counted in robust standard deviations. Only the past is read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]

DAY_S = 86_400
MAD = 1.4826  # of a normal distribution's standard deviation
POISSON = 0.5  # standard deviation of the square root of a Poisson count


@dataclass(frozen=True, slots=True)
class Settings:
    """What the engine holds to: one setting for all series."""

    scales_h: tuple[float, ...] = (0.25, 1.0, 6.0)
    sigmas: float = 5.0
    least: float = 10.0  # counts that a peak needs
    record_days: int = 28  # in which it is the highest
    history_days: int = 7  # before which nothing is told
    cool_down_h: float = 12.0
    season_days: tuple[int, ...] = (*range(1, 15), 7, 14, 21, 28)  # weekdays weigh twice
    around_s: int = 1800  # on both sides of the same time of day


DEFAULT = Settings()


@dataclass(frozen=True, slots=True)
class Peak:
    """The time (position in the series) at which a peak is told, and how it was found."""

    at: int
    hours: float  # of the sum
    observed: float
    expected: float
    sigmas: float


def trailing(counts: Series, width: int) -> Series:
    """Sums over `width` positions that end at each position; NaN where there are fewer."""
    total = np.cumsum(np.concatenate(([0.0], counts)))
    sums = np.full(len(counts), np.nan)
    if len(counts) >= width:
        sums[width - 1 :] = total[width:] - total[:-width]
    return sums


def distance(sums: Series, step_s: int, settings: Settings = DEFAULT) -> tuple[Series, Series]:
    """Robust standard deviations of each sum from its season, and the season's sums; NaN where
    there is no season yet."""
    root = np.sqrt(sums + 0.375)
    day = round(DAY_S / step_s)
    around = round(settings.around_s / step_s)
    offsets = range(-around, around + 1, max(1, around // 2))
    rows = []
    for back in settings.season_days:
        for offset in offsets:
            row = np.full(len(root), np.nan)
            shift = back * day + offset
            row[shift:] = root[: max(0, len(root) - shift)]
            rows.append(row)
    season = np.sort(np.array(rows), axis=0)  # NaN go last
    known = (~np.isnan(season)).sum(axis=0)
    median = _median(season, known)
    spread = MAD * _median(np.sort(np.abs(season - median), axis=0), known)
    sigmas = (root - median) / np.maximum(spread, POISSON)
    return sigmas, np.maximum(median**2 - 0.375, 0.0)


def _median(ordered: Series, known: npt.NDArray[np.int_]) -> Series:
    """Medians of sorted columns with NaN last; NaN where nothing is known."""
    columns = np.arange(ordered.shape[1])
    low = np.maximum((known - 1) // 2, 0)
    high = np.minimum(known // 2, len(ordered) - 1)
    middle = (ordered[low, columns] + ordered[high, columns]) / 2
    return np.where(known > 0, middle, np.nan)


def highest_before(sums: Series, span: int, gap: int) -> Series:
    """The highest sum of the `span` positions before each, its own `gap` left out; −∞ if none."""
    padded = np.where(np.isnan(sums), -np.inf, sums)
    width = max(1, span - gap)
    highest = np.full(len(sums), -np.inf)
    if len(sums) > gap:
        past = np.concatenate((np.full(width - 1, -np.inf), padded[: len(sums) - gap]))
        highest[gap:] = np.lib.stride_tricks.sliding_window_view(past, width).max(axis=1)
    return highest


def peaks(counts: Series, step_s: int, settings: Settings = DEFAULT) -> list[Peak]:
    """The peaks of counts on a regular grid of `step_s` seconds, each at the first position that
    tells it, at least the cool-down apart."""
    day = DAY_S / step_s
    found: dict[int, Peak] = {}
    widths = {max(1, round(hours * 3600 / step_s)): hours for hours in settings.scales_h}
    for width, hours in widths.items():
        sums = trailing(counts, width)
        sigmas, expected = distance(sums, step_s, settings)
        record = highest_before(sums, round(settings.record_days * day), width)
        hits = (sums >= settings.least) & (sigmas >= settings.sigmas) & (sums > record)
        for at in np.flatnonzero(hits).tolist():
            if at >= settings.history_days * day and (
                at not in found or sigmas[at] > found[at].sigmas
            ):
                found[at] = Peak(at, hours, float(sums[at]), float(expected[at]), float(sigmas[at]))
    told: list[Peak] = []
    for at in sorted(found):
        if not told or (at - told[-1].at) * step_s >= settings.cool_down_h * 3600:
            told.append(found[at])
    return told
