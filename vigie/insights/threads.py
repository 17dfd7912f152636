"""Subjects followed through days and runs, and the evidence by which two of them are one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from vigie.insights.subjects import TOUCH, Subject
from vigie.insights.terms import fold
from vigie.records import Trend

Embed = Callable[[Sequence[str]], npt.NDArray[Any]]

LINK = 0.3  # of the smaller set of posts: the same subject on two days
SAME = 0.5  # of the smaller week's posts: two threads tell of one subject
RECENT = timedelta(days=21)
RISE = 4.0  # how much more often than before a term is written, to stand for a subject alone
BRIDGE = 3  # people who write the hashtags of two threads side by side
ABOUT = 0.6  # of the posts that name the same brand: the thread is about that brand
SAMPLE = 24  # posts that tell what a thread is about
ALIKE = 0.65  # cosine between languages from which two threads mean the same (measured on pairs)


@dataclass(slots=True)
class Thread:
    """One subject through the days. A post that holds one of its `anchors` speaks of it; other
    `terms` tell it only by two."""

    terms: dict[str, float] = field(default_factory=dict)  # → weight
    anchors: set[str] = field(default_factory=set)
    specific: set[str] = field(default_factory=set)
    posts: set[str] = field(default_factory=set)
    previous: Trend | None = None
    score: float = 0.0  # 0: it does not burst any more

    def take(self, subject: Subject) -> None:
        """Goes on with a day's subject."""
        for position, term in enumerate(subject.terms):
            weight = subject.score / (1 + position)
            self.terms[term] = max(weight, self.terms.get(term, 0.0))
        self.anchors.update(subject.anchors)
        self.specific.update(subject.specific)
        self.posts.update(subject.posts)
        self.score = max(self.score, subject.score)

    def absorb(self, other: Thread) -> None:
        """Is one with the other."""
        for term, weight in other.terms.items():
            self.terms[term] = max(weight, self.terms.get(term, 0.0))
        self.posts |= other.posts
        self.anchors |= other.anchors
        self.specific |= other.specific
        self.score = max(self.score, other.score)
        self.previous = self.previous or other.previous

    def ranked(self) -> list[str]:
        """Its terms, strongest first."""
        return sorted(self.terms, key=lambda term: (-self.terms[term], term))


def reopen(trend: Trend) -> Thread:
    """The thread of a trend of an earlier run."""
    anchors = {fold(tag) for tag in trend.hashtags} | set(trend.terms[:1])
    weights = {term: trend.score / (1 + n) for n, term in enumerate(trend.terms)}
    terms = {**dict.fromkeys(sorted(anchors), 0.0), **weights}
    return Thread(terms, anchors, posts=set(trend.post_ids), previous=trend)


def follow(threads: list[Thread], subject: Subject) -> None:
    """Hands a burst to the threads that it goes on with, which it makes one; else it opens one."""
    ids, names = set(subject.posts), set(subject.anchors)
    mine = [
        thread
        for thread in threads
        if len(ids & thread.posts) >= LINK * min(len(ids), len(thread.posts) or 1)
        or thread.anchors & names
    ]
    if not mine:
        threads.append(Thread())
        mine = threads[-1:]
    mine[0].take(subject)
    for other in mine[1:]:
        mine[0].absorb(other)
        threads.remove(other)


def settle(
    threads: Sequence[Thread], found: pl.DataFrame, earned: pl.DataFrame, now: datetime
) -> None:
    """Leaves as anchors the words that are written much more often than before, and takes the
    threads' own hashtags among them, or their other own words where there are none. `found` says
    which posts hold which terms."""
    recent = pl.col("published_at") >= now - RECENT
    sizes = earned.select(recent.sum().alias("late"), (~recent).sum().alias("early")).row(0)
    counts = (
        found.join(earned.select("id", late=recent), on="id")
        .group_by("term")
        .agg(pl.col("late").sum(), (~pl.col("late")).sum().alias("early"))
    )
    rise = {
        term: (late / max(sizes[0], 1)) / ((early + 0.5) / max(sizes[1], 1))
        for term, late, early in counts.iter_rows()
    }
    tags = earned.filter(recent)["hashtags"].explode(empty_as_null=False).drop_nulls()
    known = {fold(tag) for tag in tags.unique()}
    for thread in threads:
        kept = {fold(tag) for tag in thread.previous.hashtags} if thread.previous else set()
        risen = {
            term for term in thread.anchors | (thread.specific & known) if rise.get(term, 0) >= RISE
        }
        risen |= kept & thread.anchors
        thread.anchors = risen or {term for term in thread.specific if rise.get(term, 0) >= RISE}


def join_by_posts(threads: list[Thread], week: Callable[[Thread], pl.DataFrame]) -> None:
    """Makes one of threads that the same posts tell of."""

    def pair() -> tuple[int, int] | None:
        told = [set(week(thread)["id"]) for thread in threads]
        for one in range(len(threads)):
            for other in range(one + 1, len(threads)):
                smaller = min(len(told[one]), len(told[other]))
                if smaller and len(told[one] & told[other]) >= SAME * smaller:
                    return one, other
        return None

    _join(threads, pair)


def join_by_hashtags(threads: list[Thread], earned: pl.DataFrame, since: datetime) -> None:
    """Makes one of threads whose hashtags people write side by side."""
    tags = (
        earned.filter(pl.col("published_at") >= since)
        .select("id", "source", tag="hashtags")
        .explode("tag", empty_as_null=False)
        .drop_nulls()
        .with_columns(tag=pl.col("tag").map_elements(fold, return_dtype=pl.String))
    )

    def pair() -> tuple[int, int] | None:
        owner = [(tag, n) for n, thread in enumerate(threads) for tag in sorted(thread.anchors)]
        kinds = {"tag": pl.String, "thread": pl.Int64}
        marked = tags.join(pl.DataFrame(owner, schema=kinds, orient="row"), on="tag")
        sizes = dict(marked.group_by("thread").agg(pl.col("source").n_unique()).iter_rows())
        both = (
            marked.join(marked, on="id")
            .filter(pl.col("thread") < pl.col("thread_right"))
            .group_by("thread", "thread_right")
            .agg(pl.col("source").n_unique())
            .sort("thread", "thread_right")
        )
        for one, other, people in both.iter_rows():
            if people >= max(BRIDGE, TOUCH * min(sizes[one], sizes[other])):
                return one, other
        return None

    _join(threads, pair)


def join_by_brand(threads: list[Thread], week: Callable[[Thread], pl.DataFrame]) -> None:
    """Makes one of bursting threads that are about the same brand: its affair, in all its words."""

    def pair() -> tuple[int, int] | None:
        seen: dict[str, int] = {}
        for n, thread in enumerate(threads):
            brand = _about(week(thread)) if thread.score else None
            if brand is not None and brand in seen:
                return seen[brand], n
            if brand is not None:
                seen[brand] = n
        return None

    _join(threads, pair)


def _about(posts: pl.DataFrame) -> str | None:
    named = Counter(brand for brands in posts["brands"].drop_nulls() for brand in set(brands))
    brand = min(named, key=lambda brand: (-named[brand], brand), default=None)
    return brand if brand is not None and named[brand] >= ABOUT * posts.height else None


def join_by_meaning(
    threads: list[Thread], week: Callable[[Thread], pl.DataFrame], embed: Embed
) -> None:
    """Makes one of bursting threads in different languages whose posts mean the same."""
    places: dict[int, tuple[str | None, npt.NDArray[Any]]] = {}

    def place(thread: Thread) -> tuple[str | None, npt.NDArray[Any]]:
        if id(thread) not in places:
            posts = week(thread)
            spoken = posts["language"].drop_nulls().value_counts().sort(
                "count", "language", descending=[True, False]
            )  # fmt: skip
            language = str(spoken["language"][0]) if spoken.height else None
            mine = posts.filter(pl.col("language") == language) if language else posts
            step = max(1, mine.height // SAMPLE)
            rows = embed(mine["said"].gather_every(step).head(SAMPLE).to_list())
            mean = rows.mean(axis=0)
            places[id(thread)] = language, mean / max(float(np.linalg.norm(mean)), 1e-9)
        return places[id(thread)]

    def pair() -> tuple[int, int] | None:
        bursting = [n for n, thread in enumerate(threads) if thread.score and week(thread).height]
        for position, one in enumerate(bursting):
            for other in bursting[position + 1 :]:
                (language, a), (spoken, b) = place(threads[one]), place(threads[other])
                if language != spoken and float(a @ b) >= ALIKE:
                    return one, other
        return None

    _join(threads, pair)


def _join(threads: list[Thread], pair: Callable[[], tuple[int, int] | None]) -> None:
    """Joins pairs until there are none; the earlier thread goes on."""
    while (found := pair()) is not None:
        threads[found[0]].absorb(threads[found[1]])
        del threads[found[1]]
