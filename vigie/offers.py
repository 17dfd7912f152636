"""What each platform gives, does not give and asks for, in words: `vigie/offers.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Lang = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class Offer:
    """One platform in a person's words. `counts` names what anybody's posts and accounts carry,
    `own` what only the figures of the own accounts carry; the rest is unknown, never 0."""

    gives: dict[str, str]  # by language
    lacks: dict[str, str]
    needs: dict[str, str]
    counts: tuple[str, ...]
    own: tuple[str, ...]


@cache
def offers() -> dict[str, Offer]:
    """All platforms' offers, in the order in which they are told."""
    told = tomllib.loads((files("vigie") / "offers.toml").read_text("utf-8"))
    return {
        name: Offer(
            gives=one["gives"],
            lacks=one["lacks"],
            needs=one["needs"],
            counts=tuple(one["counts"]),
            own=tuple(one["own"]),
        )
        for name, one in told.items()
    }
