"""Terms that burst against their own past: the engine below the trends.

The distinct sources of a term in a window (24 h, 72 h) are compared with a Gamma-Poisson forecast:
its rate per active source over the weeks before, decayed with a half-life of two weeks, or its rate
on the same weekdays where that is higher. The score is −log10 of the probability of seeing as many
or more. `vigie/insights/subjects.py` groups the terms. Days are blocks of 24 h counted from
`origin`: a walk over a stream adds each day once; a single question anchors them at the present.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from scipy.special import betainc  # type: ignore[import-untyped]

from vigie.insights.subjects import Subject, group
from vigie.insights.terms import copy_keys, occurrences

DAY = timedelta(days=1)
DAY_US = 86_400_000_000
WEEK = 7


@dataclass(frozen=True, slots=True)
class Settings:
    """What the detector holds to: one setting for all streams."""

    windows: tuple[int, ...] = (1, 3)  # days
    threshold: float = 5.0  # −log10 p from which a term bursts
    sources: int = 5  # distinct sources that a burst needs
    weak_threshold: float = 2.0  # terms that tell which bursts are one subject
    weak_sources: int = 3
    half_life: float = 14.0  # days, of the baseline
    memory: int = 56  # days that the baseline looks back
    history: int = 7  # days of posts before which nothing is called a burst
    shape: float = 0.5  # prior of the Gamma: what a term never seen is granted
    most: int = 1000  # strongest terms that are grouped


DEFAULT = Settings()


@dataclass(slots=True)
class Bursts:
    """Compact daily counts of terms, with the terms of the last `keep` days' posts."""

    origin: datetime
    settings: Settings = DEFAULT
    keep: int = 3
    ignored: frozenset[str] = frozenset()  # words that are no subject: names of brands
    posts: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={"number": pl.UInt32, "id": pl.String, "source": pl.UInt64, "block": pl.Int64}
        )
    )
    terms: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={
                "term": pl.String,
                "key": pl.UInt64,
                "number": pl.UInt32,
                "source": pl.UInt64,
                "block": pl.Int64,
            }
        )
    )
    _counts: dict[int, pl.DataFrame] = field(default_factory=dict)  # block → key, sources
    _active: dict[int, int] = field(default_factory=dict)  # block → active sources
    _seen: set[int] = field(default_factory=set)
    _next: int = 0

    def add(self, posts: pl.DataFrame) -> None:
        """Counts whole days of posts: `id`, `at` (UTC), `source` (author), `text`, and `hashtags`
        and `story` where they are known. Of a story only the first post is counted. A day that was
        added is not added to again."""
        posts = self._fresh(posts.sort("at", "id"))
        if posts.is_empty():
            return
        posts = posts.with_columns(
            number=pl.int_range(self._next, self._next + posts.height, dtype=pl.UInt32, eager=True),
            block=(posts["at"] - self.origin).dt.total_microseconds() // DAY_US,
            source=posts["source"].hash(seed=0),
        )
        self._next += posts.height
        found = occurrences(posts, self.ignored)
        terms = found.select(
            "term",
            "key",
            *(posts[column].gather(found["post"]) for column in ("number", "source", "block")),
        )
        counted = terms.group_by("block", "key").agg(pl.col("source").n_unique().alias("sources"))
        for (block,), counts in counted.group_by("block"):
            self._counts[block] = counts.drop("block")
        self._active.update(posts.group_by("block").agg(pl.col("source").n_unique()).iter_rows())
        last = max(self._active)
        recent = pl.col("block") > last - self.keep
        self.posts = pl.concat([self.posts, posts.select(self.posts.columns)]).filter(recent)
        self.terms = pl.concat([self.terms, terms]).filter(recent)
        for old in [block for block in self._active if block < last - self.settings.memory - WEEK]:
            self._active.pop(old)
            self._counts.pop(old, None)

    def _fresh(self, posts: pl.DataFrame) -> pl.DataFrame:
        """The posts without copies, whether their story is known or read from the text."""
        copy = copy_keys(posts["text"])
        if "story" in posts.columns:
            story = posts.select(pl.col("story").hash(seed=1)).to_series()
            copy = copy.zip_with(posts["story"].is_null(), story)
        first = []
        for key in copy.to_list():
            first.append(key not in self._seen)
            self._seen.add(key)
        return posts.filter(pl.Series(first, dtype=pl.Boolean))

    def at(self, now: datetime) -> list[Subject]:
        """The subjects that burst in the days before `now`, strongest first; none where the posts
        reach back less than a week."""
        last = (now - self.origin) // DAY
        past = [block for block in self._active if block < last]
        if not past or last - min(past) <= self.settings.history:
            return []
        terms = self.terms.filter(
            (pl.col("block") < last) & (pl.col("block") >= last - max(self.settings.windows))
        )
        scored = self._scores(terms, last)
        if scored.is_empty() or not scored["strong"][0]:
            return []
        posts = self.posts.filter(
            (pl.col("block") < last) & (pl.col("block") >= last - max(self.settings.windows))
        )
        return group(scored, terms, posts, last, self.settings.sources)

    def _scores(self, terms: pl.DataFrame, last: int) -> pl.DataFrame:
        """Terms above the weak threshold, each in its best window, bursts first: `key`, `n`
        (sources), `window`, `score`, `strong`."""
        held = self.settings
        frames = []
        for window in held.windows:
            counts = (
                terms.filter(pl.col("block") >= last - window)
                .group_by("key")
                .agg(pl.col("source").n_unique().alias("n"))
                .filter(pl.col("n") >= held.weak_sources)
            )
            frames.append(self._score(counts, window, last))
        strong = (pl.col("n") >= held.sources) & (pl.col("score") >= held.threshold)
        return (
            pl.concat(frames)
            .filter(pl.col("score") >= held.weak_threshold)
            .with_columns(strong=strong)
            .sort("strong", "score", "window", "key", descending=[True, True, False, False])
            .unique("key", keep="first", maintain_order=True)
            .head(held.most)
        )

    def _score(self, counts: pl.DataFrame, window: int, last: int) -> pl.DataFrame:
        held = self.settings
        inside = range(last - window, last)
        past = [b for b in self._counts if last - window - held.memory <= b < last - window]
        weight = {b: 0.5 ** ((last - window - 1 - b) / held.half_life) for b in past}
        same = {b for b in past if any((b - day) % WEEK == 0 for day in inside)}
        exposure = sum(self._active.get(b, 0) for b in inside)
        total = sum(self._active[b] * weight[b] for b in past)
        total_same = sum(self._active[b] * weight[b] for b in same)
        if not past or counts.is_empty():
            return counts.with_columns(window=pl.lit(window), score=pl.lit(0.0))
        wanted = counts.select("key")
        decayed = (
            pl.concat(
                self._counts[b]
                .join(wanted, on="key", how="semi")
                .select(
                    "key",
                    c=pl.col("sources") * weight[b],
                    c_same=pl.col("sources") * (weight[b] if b in same else 0.0),
                )
                for b in past
            )
            .group_by("key")
            .agg(pl.col("c", "c_same").sum())
        )
        frame = counts.join(decayed, on="key", how="left", maintain_order="left")
        c, c_same = (frame[name].fill_null(0.0).to_numpy() for name in ("c", "c_same"))
        shape = held.shape + c
        mean = shape / total * exposure
        if total_same:
            prior = held.shape * total_same / total
            mean = np.maximum(mean, (prior + c_same) / total_same * exposure)
        # P(X ≥ n) of the negative binomial with this shape and mean
        tail = betainc(frame["n"].to_numpy().astype(float), shape, mean / (mean + shape))
        # rounded, so that the order of sums decides nothing
        score = np.round(-np.log10(np.maximum(tail, 1e-300)), 6)
        return counts.with_columns(window=pl.lit(window), score=pl.Series(score))
