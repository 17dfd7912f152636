"""Days on which a network as a whole says less: the network's dip, not a brand's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

MEMORY = 28  # days that tell what is usual
HISTORY = 14  # of them that are needed
SIGMAS = -3.0
FACTOR = 0.7  # of what is usual: at most
SHARED = 0.75  # of the brands fall with it
BRAND_FACTOR = 0.85
USUAL = 2.0  # mentions a day, from which a brand's fall is told
EXPECTED = 20.0  # mentions a day of the network
MAD = 1.4826


@dataclass(frozen=True, slots=True)
class Dip:
    """One local day of one network."""

    platform: str
    day: date
    observed: int
    expected: float
    sigmas: float
    brands: tuple[str, ...]  # that fall with it


def find(
    mentions: pl.DataFrame, first: date, last: date, down: Collection[tuple[str, date]]
) -> list[Dip]:
    """The dips from `first` to `last` (included), in order of time. `mentions` has `platform`,
    `day` (local) and `brand`, one row a mention. A network is compared with the other networks of
    the same day, whose usual ratio takes out seasons and holidays; alone, with its own weekdays.
    Days of a network in `down` are its collector's, and are passed over."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    number = {day: n for n, day in enumerate(days)}
    platforms = sorted(mentions["platform"].unique())
    brands = sorted(mentions["brand"].unique())
    shape = (len(platforms), len(brands), len(days))
    counts = np.zeros(shape)
    for (platform, brand, day), rows in mentions.group_by("platform", "brand", "day"):
        if day in number:
            place = platforms.index(platform), brands.index(brand), number[day]
            counts[place] = rows.height
    found = []
    for p, platform in enumerate(platforms):
        known = np.array([(platform, day) not in down for day in days])
        own, others = counts[p].sum(axis=0), counts.sum(axis=(0, 1)) - counts[p].sum(axis=0)
        for n in range(HISTORY, len(days)):
            if known[n]:
                dip = _dip(own, others if len(platforms) > 1 else None, known, n)
                falling = _falling(counts[p], known, n)
                if dip is not None and falling is not None:
                    found.append(
                        Dip(
                            platform,
                            days[n],
                            int(own[n]),
                            dip[0],
                            dip[1],
                            tuple(brands[b] for b in falling),
                        )
                    )
    return sorted(found, key=lambda dip: (dip.day, dip.platform))


def _past(known: npt.NDArray[np.bool_], n: int, step: int = 1) -> npt.NDArray[np.int_]:
    past = np.arange(n - step, max(-1, n - MEMORY - 1), -step)
    return past[known[past]]


def _dip(
    own: npt.NDArray[np.float64],
    others: npt.NDArray[np.float64] | None,
    known: npt.NDArray[np.bool_],
    n: int,
) -> tuple[float, float] | None:
    """What was expected, and the distance in standard deviations, of a day that dips."""
    alone = others is None or others[n] < EXPECTED
    past = _past(known, n, 7 if alone else 1)
    if len(past) < (2 if alone else HISTORY // 2):
        return None
    base = np.ones_like(own) if others is None or alone else others + 0.5
    ratio = np.log((own + 0.5) / base)
    usual = float(np.median(ratio[past]))
    expected = float(np.exp(usual) * base[n])
    spread = MAD * float(np.median(np.abs(ratio[past] - usual)))
    chance = 1 / max(expected, 1.0) + (0.0 if alone else 1 / base[n])
    sigmas = float((ratio[n] - usual) / np.sqrt(spread**2 + chance))
    if expected < EXPECTED or sigmas > SIGMAS or own[n] > FACTOR * expected:
        return None
    return expected, sigmas


def _falling(
    counts: npt.NDArray[np.float64], known: npt.NDArray[np.bool_], n: int
) -> list[int] | None:
    """The brands that fall, where nearly all do; None where a few brands explain it."""
    past = _past(known, n)
    usual = counts[:, past].mean(axis=1)
    told = np.flatnonzero(usual >= USUAL)
    falling = [int(b) for b in told if counts[b, n] <= BRAND_FACTOR * usual[b]]
    return falling if len(told) >= 2 and len(falling) >= SHARED * len(told) else None
