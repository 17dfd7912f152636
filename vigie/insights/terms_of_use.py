"""What platforms' terms keep out of figures: their counters become unknown in the frames, so that
every figure leaves them out as it leaves out any other unknown, and says how many."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from vigie.insights import voice
from vigie.metrics import Figure
from vigie.policies import Policies
from vigie.watchlist import Watchlist

# What follows from counters, and what a figure over several platforms is summed from.
_DERIVED = ("engagement", "at_age", "sentiment", "author_followers")
_SUMMED = ("likes", "shares", "replies", "quotes", "saves", "views")


class Terms:
    """The rules on derived and mixed figures, for frames of posts (`frames.POSTS`)."""

    def __init__(self, policies: Policies) -> None:
        self._underived = sorted(policies.barred("derived"))
        self._unmixed = sorted(policies.barred("mixed"))

    @classmethod
    def of(cls, watchlist: Watchlist | None = None) -> Terms:
        """The rules as a watchlist loosens them."""
        return cls(Policies(watchlist))

    def voice(
        self, posts: pl.DataFrame, brands: Sequence[str]
    ) -> dict[voice.Key, dict[str, Figure]]:
        """`voice.figures` of what the terms leave."""
        return voice.figures(self.underived(posts), brands, self.unmixed)

    def underived(self, posts: pl.DataFrame) -> pl.DataFrame:
        """Posts without what must not be derived from them, whatever the figure."""
        return _blank(posts, self._underived, _DERIVED)

    def unmixed(self, posts: pl.DataFrame) -> pl.DataFrame:
        """Posts without the counters that must not be summed with another platform's. They are
        still posts, and are counted as such."""
        return _blank(posts, self._unmixed, (*_DERIVED, *_SUMMED))

    def unranked(self, posts: pl.DataFrame) -> pl.DataFrame:
        """Posts without the engagement that must not be put in one order with another platform's:
        they come last where it decides."""
        return _blank(posts, self._unmixed, ("engagement",))

    def mixable(self, accounts: pl.DataFrame) -> pl.DataFrame:
        """Accounts whose followers may be summed over platforms."""
        return accounts.filter(~pl.col("platform").is_in(self._unmixed))

    def derives(self, platform: str | None) -> bool:
        return platform not in self._underived

    def left_out(self, posts: pl.DataFrame, *, mixed: bool) -> dict[str, int]:
        """How many posts the terms keep out of a figure, by reason: `terms_PLATFORM`."""
        barred = {*self._underived, *(self._unmixed if mixed else ())}
        counted = posts.filter(pl.col("platform").is_in(sorted(barred)))["platform"].value_counts()
        return {f"terms_{name}": n for name, n in sorted(counted.iter_rows())}


def _blank(posts: pl.DataFrame, platforms: list[str], columns: tuple[str, ...]) -> pl.DataFrame:
    if not platforms or not posts["platform"].is_in(platforms).any():
        return posts
    here = pl.col("platform").is_in(platforms)
    return posts.with_columns(
        pl.when(here).then(None).otherwise(pl.col(name)).alias(name)
        for name in columns
        if name in posts.columns
    )
