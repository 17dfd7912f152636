"""What rises against its own past: the trends of a run.

The bursts of each of the last seven days are followed as threads, which the trends of the run
before open; each thread that still lives is described from its posts of the last seven days.
Counted are earned posts without reposts, a story's copies once, coincidences of names never.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from vigie.insights import mentions
from vigie.insights.bursts import DEFAULT, Bursts, Settings
from vigie.insights.markings import giveaway
from vigie.insights.mentions import first_of_stories, words_of
from vigie.insights.moments import Moment
from vigie.insights.portrait import HISTORY_WEEKS, WEEK, forms, portray
from vigie.insights.subjects import TOUCH, Subject
from vigie.insights.terms import fold, occurrences
from vigie.records import Trend

LINK = 0.3  # of the smaller set of posts: the same subject on two days
BRIDGE = 3  # people who write the hashtags of two threads side by side
POSTS_PER_AUTHOR = 4.0  # above it a few accounts make the noise
CHUNK = 100_000


@dataclass(slots=True)
class _Thread:
    """One subject through the days."""

    terms: dict[str, float] = field(default_factory=dict)  # → best score
    anchors: set[str] = field(default_factory=set)
    specific: set[str] = field(default_factory=set)
    posts: set[str] = field(default_factory=set)
    previous: Trend | None = None
    score: float = 0.0

    def take(self, subject: Subject) -> None:
        for position, term in enumerate(subject.terms):
            weight = subject.score / (1 + position)
            self.terms[term] = max(weight, self.terms.get(term, 0.0))
        self.anchors.update(subject.anchors)
        self.specific.update(subject.specific)
        self.posts.update(subject.posts)
        self.score = max(self.score, subject.score)

    def absorb(self, other: _Thread) -> None:
        self.posts |= other.posts
        self.anchors |= other.anchors
        self.specific |= other.specific
        self.terms = {
            term: max(self.terms.get(term, 0.0), other.terms.get(term, 0.0))
            for term in {**self.terms, **other.terms}
        }
        self.score = max(self.score, other.score)
        self.previous = self.previous or other.previous

    def ranked(self) -> list[str]:
        return sorted(self.terms, key=lambda term: (-self.terms[term], term))


def detect(
    posts: pl.DataFrame,
    *,
    now: datetime,
    timezone: str,
    moments: Sequence[Moment] = (),
    previous: Sequence[Trend] = (),
    run_id: str,
    names: Collection[str] = (),
    settings: Settings = DEFAULT,
) -> list[Trend]:
    """The trends as of `now`, strongest first, from posts with the columns of `frames.POSTS` (nine
    weeks are enough; less than eight days give none). `previous` are those of the run before, whose
    ids and names are kept; `names` are brand names and handles, which are no subject by
    themselves, as the brand ids in the frame are not. Posts from `now` on are not read."""
    since = now - HISTORY_WEEKS * WEEK
    earned = first_of_stories(mentions.earned(posts.filter(~giveaway()), since, now))
    owned = posts.filter(
        (pl.col("origin") == "owned")
        & (pl.col("published_at") >= now - WEEK)
        & (pl.col("published_at") < now)
    ).with_columns(said=pl.concat_str("title", "text", separator=" ", ignore_nulls=True))
    ids = posts["brands"].explode(empty_as_null=False).drop_nulls().unique()
    ignored = words_of({*names, *ids, *posts["owner"].drop_nulls().unique()})
    threads = [_reopen(trend) for trend in _latest(previous)]
    for subject in _bursts(earned, now, ignored, settings):
        _follow(threads, subject)
    _bridge(threads, earned, now)
    day = now.astimezone(ZoneInfo(timezone)).date()
    near = {form: moment for moment in moments if moment.near(day) for form in forms(moment)}
    wanted = {term for thread in threads for term in thread.terms} | set(near)
    found, found_owned = (_holding(frame, wanted, ignored) for frame in (earned, owned))
    trends = []
    for thread in threads:
        mine = _members(earned, found, thread)
        campaign = _members(owned, found_owned, thread)
        if _is_subject(mine, campaign, thread, now, settings):
            trends.append(
                portray(
                    mine,
                    earned,
                    found,
                    thread.ranked(),
                    thread.anchors,
                    score=thread.score,
                    previous=thread.previous,
                    moments=near,
                    now=now,
                    timezone=timezone,
                    run_id=run_id,
                )
            )
    return sorted(trends, key=lambda trend: (-trend.score, trend.id))


def _bursts(
    earned: pl.DataFrame, now: datetime, ignored: frozenset[str], settings: Settings
) -> Iterable[Subject]:
    """The subjects of each of the last seven days, day by day."""
    longest = max(settings.windows)
    bursts = Bursts(now, settings, keep=longest + 7, ignored=ignored)
    counted = earned.select(
        "id", "source", "hashtags", "story", pl.col("published_at").alias("at"), text="said"
    )
    weeks = ((pl.col("at") - now).dt.total_microseconds() // (7 * 86_400_000_000)).alias("week")
    for _, chunk in counted.with_columns(weeks).group_by("week", maintain_order=True):
        bursts.add(chunk)
    for back in range(6, -1, -1):
        yield from bursts.at(now - timedelta(days=back))


def _latest(previous: Iterable[Trend]) -> list[Trend]:
    """One record an id: the newest."""
    newest: dict[str, Trend] = {}
    for trend in sorted(previous, key=lambda trend: (trend.detected_at, trend.id)):
        newest[trend.id] = trend
    return sorted(newest.values(), key=lambda trend: (trend.first_seen_at, trend.id))


def _reopen(trend: Trend) -> _Thread:
    anchors = set(trend.terms[:1]) | {fold(tag) for tag in trend.hashtags}
    weights = {term: trend.score / (1 + n) for n, term in enumerate(trend.terms)}
    terms = {**dict.fromkeys(sorted(anchors), 0.0), **weights}
    return _Thread(terms, anchors, posts=set(trend.post_ids), previous=trend)


def _follow(threads: list[_Thread], subject: Subject) -> None:
    """Hands a burst to the threads that it goes on with, which it makes one; else it opens one."""
    ids = set(subject.posts)
    mine = [
        thread
        for thread in threads
        if len(ids & thread.posts) >= LINK * min(len(ids), len(thread.posts) or 1)
        or thread.anchors & set(subject.anchors)
    ]
    if not mine:
        threads.append(_Thread())
        mine = threads[-1:]
    mine[0].take(subject)
    for other in mine[1:]:
        mine[0].absorb(other)
        threads.remove(other)


def _bridge(threads: list[_Thread], earned: pl.DataFrame, now: datetime) -> None:
    """Makes one of threads whose hashtags people write side by side: one subject's names in two
    languages. A thread's own hashtags become its anchors."""
    tags = (
        earned.filter(pl.col("published_at") >= now - 2 * WEEK)
        .select("id", "source", tag="hashtags")
        .explode("tag", empty_as_null=False)
        .drop_nulls()
        .with_columns(tag=pl.col("tag").map_elements(fold, return_dtype=pl.String))
    )
    known = set(tags["tag"])
    for thread in threads:
        thread.anchors |= thread.specific & known
    while True:
        owner = [(tag, n) for n, thread in enumerate(threads) for tag in thread.anchors & known]
        marked = tags.join(
            pl.DataFrame(owner, schema={"tag": pl.String, "thread": pl.Int64}, orient="row"),
            on="tag",
        )
        sizes = dict(marked.group_by("thread").agg(pl.col("source").n_unique()).iter_rows())
        both = (
            marked.join(marked, on="id")
            .filter(pl.col("thread") < pl.col("thread_right"))
            .group_by("thread", "thread_right")
            .agg(pl.col("source").n_unique())
            .sort("thread", "thread_right")
        )
        pair = next(
            (
                (one, other)
                for one, other, people in both.iter_rows()
                if people >= max(BRIDGE, TOUCH * min(sizes[one], sizes[other]))
            ),
            None,
        )
        if pair is None:
            return
        threads[pair[0]].absorb(threads[pair[1]])
        del threads[pair[1]]


def _holding(posts: pl.DataFrame, wanted: Collection[str], ignored: frozenset[str]) -> pl.DataFrame:
    """Which posts hold which of the wanted terms: `id`, `term`."""
    parts = [pl.DataFrame(schema={"id": pl.String, "term": pl.String})]
    terms = pl.DataFrame({"term": sorted(wanted)}, schema={"term": pl.String})
    for start in range(0, posts.height, CHUNK):
        chunk = posts.slice(start, CHUNK)
        found = occurrences(chunk.select("hashtags", text="said"), ignored)
        found = found.join(terms, on="term", how="semi")
        parts.append(found.select(chunk["id"].gather(found["post"]), "term"))
    return pl.concat(parts)


def _members(posts: pl.DataFrame, found: pl.DataFrame, thread: _Thread) -> pl.DataFrame:
    """The thread's posts, in order of time, with `strength`: they hold one of its anchors or two of
    its terms."""
    weights = pl.DataFrame(
        {
            "term": list(thread.terms),
            "weight": [max(weight, 1.0) for weight in thread.terms.values()],
            "anchor": [term in thread.anchors for term in thread.terms],
        },
        schema={"term": pl.String, "weight": pl.Float64, "anchor": pl.Boolean},
    )
    held = (
        found.join(weights, on="term")
        .group_by("id")
        .agg(pl.col("weight").sum().alias("strength"), pl.col("anchor").any(), pl.len().alias("n"))
        .filter(pl.col("anchor") | (pl.col("n") >= 2))
    )
    return posts.join(held.select("id", "strength"), on="id", maintain_order="left")


def _is_subject(
    mine: pl.DataFrame,
    campaign: pl.DataFrame,
    thread: _Thread,
    now: datetime,
    settings: Settings,
) -> bool:
    """Whether a thread is worth a trend: enough people, not a few accounts' noise, not what a brand
    publishes itself; a trend of the run before while anybody has spoken of it for four weeks."""
    if mine.is_empty():
        return False
    week = mine.filter(pl.col("published_at") >= now - WEEK)
    authors = week["source"].n_unique()
    if thread.previous is not None and thread.score == 0.0:
        return bool(mine["published_at"][-1] >= now - 4 * WEEK)
    return (
        authors >= settings.sources
        and week.height <= POSTS_PER_AUTHOR * authors
        and campaign.height < week.height
    )
