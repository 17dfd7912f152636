"""The registry of metric definitions (`definitions.toml`) and values that name theirs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Literal

from vigie.records import Part

Lang = Literal["fr", "en"]
Unit = Literal[
    "count", "percent", "points", "ratio", "per_day", "per_week", "hours", "days", "score"
]


class Text(Part):
    """A wording in both languages."""

    fr: str
    en: str

    def __getitem__(self, lang: Lang) -> str:
        return self.fr if lang == "fr" else self.en


class Definition(Part):
    """What a figure means: everything that a reader may ask about it."""

    id: str
    version: int
    unit: Unit
    counts: Literal["post", "author", "account"] = "post"  # what its `n` is a number of
    formula: str
    platforms: tuple[str, ...] = ()  # empty: all
    nulls: Text  # what an unknown term does
    since: date  # in force from that day
    until: date | None = None
    source: str
    title: Text
    text: Text


class Figure(Part):
    """A computed value with what a reader needs to trust it. `value` None: unknown, never 0.
    `low` and `high` are a 95 % interval, or a stated range where `note` is "range"; `note` is a
    code; `before` is the same figure of the equal period before."""

    definition: str
    version: int
    value: float | None
    n: int  # posts (or accounts, mentions) that it rests on
    left_out: int = 0  # of those, left out because a term is unknown
    low: float | None = None
    high: float | None = None
    note: str | None = None
    before: Figure | None = None

    @property
    def change(self) -> float | None:
        """The difference to the period before, in the figure's unit; None where one is unknown."""
        if self.value is None or self.before is None or self.before.value is None:
            return None
        return self.value - self.before.value

    @property
    def little_known(self) -> bool:
        """Whether more is left out than it rests on: another week leaves out others."""
        return self.left_out > self.n

    @property
    def moved(self) -> bool:
        """Whether the change is told: no arrow while the intervals of both periods overlap, nor
        where most of either is unknown. The bounds of a range by fixed coefficients move with its
        value: they hide no change."""
        if not self.change or self.before is None:
            return False
        if self.little_known or self.before.little_known:
            return False
        if self.note == "range":
            return True
        bounds = (self.low, self.high, self.before.low, self.before.high)
        low, high, old_low, old_high = bounds
        if low is None or high is None or old_low is None or old_high is None:
            return True
        return low > old_high or high < old_low


def _read() -> dict[str, Definition]:
    document = tomllib.loads(files("vigie.metrics").joinpath("definitions.toml").read_text("utf-8"))
    return {id: Definition(id=id, **entry) for id, entry in document.items()}


DEFINITIONS: Mapping[str, Definition] = _read()


def figure(
    definition: str,
    value: float | None,
    n: int,
    *,
    left_out: int = 0,
    low: float | None = None,
    high: float | None = None,
    note: str | None = None,
    before: Figure | None = None,
) -> Figure:
    """A figure under the registry's present definition of that id; KeyError for an unknown id."""
    return Figure(
        definition=definition,
        version=DEFINITIONS[definition].version,
        value=value,
        n=n,
        left_out=left_out,
        low=low,
        high=high,
        note=note,
        before=before,
    )
