"""What rises against its own past: the trends of a run.

The bursts of each of the last seven days are followed as threads, which the trends of the run
before open; threads that are one subject are joined; each that still lives is described from its
posts of the last seven days. Counted are earned posts without reposts and giveaways, a story's
copies once, coincidences of names never.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy.typing as npt
import polars as pl

from vigie.insights import mentions, threads
from vigie.insights.bursts import DEFAULT, Bursts, Settings
from vigie.insights.markings import giveaway
from vigie.insights.mentions import first_of_stories, words_of
from vigie.insights.moments import Moment
from vigie.insights.portrait import HISTORY_WEEKS, WEEK, forms, portray
from vigie.insights.subjects import Subject
from vigie.insights.terms import occurrences
from vigie.insights.threads import Embed, Thread
from vigie.records import Trend

FORGOTTEN = 4 * WEEK  # of silence, after which a trend of an earlier run is told no more
POSTS_PER_AUTHOR = 4.0  # above it a few accounts make the noise
CHUNK = 100_000


def meaning(texts: Sequence[str]) -> npt.NDArray[Any]:
    """Sentence embeddings of the readers' encoder, which is loaded at the first call."""
    from nlp.embeddings import encode

    return encode(texts)


def detect(
    posts: pl.DataFrame,
    *,
    now: datetime,
    timezone: str,
    moments: Sequence[Moment] = (),
    previous: Sequence[Trend] = (),
    run_id: str,
    names: Collection[str] = (),
    titles: Mapping[str, str] | None = None,
    embed: Embed | None = meaning,
    settings: Settings = DEFAULT,
) -> list[Trend]:
    """The trends as of `now`, strongest first, from posts with the columns of `frames.POSTS` (nine
    weeks are enough; less than eight days give none). `previous` are those of the run before, whose
    ids and names are kept; `names` are brand names and handles, which are no subject by
    themselves, as the brand ids in the frame are not; `titles` are the brands' names by id, which
    stand before the name of a subject that is mostly theirs; `embed` tells threads in two languages
    that mean the same (None: they stay two). Posts from `now` on are not read."""
    since = now - HISTORY_WEEKS * WEEK
    earned = first_of_stories(mentions.earned(posts.filter(~giveaway()), since, now))
    owned = mentions.owned(posts, now - WEEK, now)
    ids = posts["brands"].explode(empty_as_null=False).drop_nulls().unique()
    ignored = words_of({*names, *ids, *posts["owner"].drop_nulls().unique()})
    found = [threads.reopen(trend) for trend in _latest(previous)]
    for subject in _bursts(earned, now, ignored, settings):
        threads.follow(found, subject)
    day = now.astimezone(ZoneInfo(timezone)).date()
    near = {form: moment for moment in moments if moment.near(day) for form in forms(moment)}
    wanted = {term for thread in found for term in thread.terms} | set(near)
    held, held_owned = (_holding(frame, wanted, ignored) for frame in (earned, owned))
    _join(found, held, earned, now, embed)
    trends = []
    for thread in found:
        mine = _members(earned, held, thread)
        if _is_subject(mine, _members(owned, held_owned, thread), thread, now, settings):
            trends.append(
                portray(
                    mine,
                    earned,
                    held,
                    thread.ranked(),
                    thread.anchors,
                    score=thread.score,
                    previous=thread.previous,
                    moments=near,
                    titles=titles or {},
                    now=now,
                    timezone=timezone,
                    run_id=run_id,
                )
            )
    return sorted(trends, key=lambda trend: (-trend.score, trend.id))


def _latest(previous: Iterable[Trend]) -> list[Trend]:
    """One record an id: the newest."""
    newest: dict[str, Trend] = {}
    for trend in sorted(previous, key=lambda trend: (trend.detected_at, trend.id)):
        newest[trend.id] = trend
    return sorted(newest.values(), key=lambda trend: (trend.first_seen_at, trend.id))


def _bursts(
    earned: pl.DataFrame, now: datetime, ignored: frozenset[str], settings: Settings
) -> Iterable[Subject]:
    """The subjects of each of the last seven days, day by day."""
    bursts = Bursts(now, settings, keep=max(settings.windows) + 7, ignored=ignored)
    counted = earned.select(
        "id", "source", "hashtags", "story", pl.col("published_at").alias("at"), text="said"
    )
    weeks = ((pl.col("at") - now).dt.total_microseconds() // (7 * 86_400_000_000)).alias("week")
    for _, chunk in counted.with_columns(weeks).group_by("week", maintain_order=True):
        bursts.add(chunk)
    for back in range(6, -1, -1):
        yield from bursts.at(now - timedelta(days=back))


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


def _join(
    found: list[Thread],
    held: pl.DataFrame,
    earned: pl.DataFrame,
    now: datetime,
    embed: Embed | None,
) -> None:
    """Settles what stands for each thread, and joins those that are one subject."""
    threads.settle(found, held, earned, now)
    threads.join_by_hashtags(found, earned, now - 2 * WEEK)
    recent = earned.filter(pl.col("published_at") >= now - WEEK)

    def week(thread: Thread) -> pl.DataFrame:
        return _members(recent, held, thread)

    threads.join_by_posts(found, week)
    threads.join_by_brand(found, week)
    if embed is not None:
        threads.join_by_meaning(found, week, embed)


def _members(posts: pl.DataFrame, held: pl.DataFrame, thread: Thread) -> pl.DataFrame:
    """The thread's posts, in order of time, with `strength` and `anchor`: they hold one of its
    anchors or two of its terms, or answer to a post that does."""
    weights = pl.DataFrame(
        {
            "term": list(thread.terms),
            "weight": [max(weight, 1.0) for weight in thread.terms.values()],
            "anchor": [term in thread.anchors for term in thread.terms],
        },
        schema={"term": pl.String, "weight": pl.Float64, "anchor": pl.Boolean},
    )
    telling = (
        held.join(weights, on="term")
        .group_by("id")
        .agg(pl.col("weight").sum().alias("strength"), pl.col("anchor").any(), pl.len().alias("n"))
        .filter(pl.col("anchor") | (pl.col("n") >= 2))
        .drop("n")
    )
    ids = telling["id"].implode()
    return (
        posts.join(telling, on="id", how="left", maintain_order="left")
        .filter(
            pl.col("strength").is_not_null()
            | pl.col("root_id").is_in(ids)
            | pl.col("parent_id").is_in(ids)
        )
        .with_columns(pl.col("strength").fill_null(0.0), pl.col("anchor").fill_null(False))
    )


def _is_subject(
    mine: pl.DataFrame,
    campaign: pl.DataFrame,
    thread: Thread,
    now: datetime,
    settings: Settings,
) -> bool:
    """Whether a thread is worth a trend: enough people, not a few accounts' noise, not what a brand
    publishes itself; a trend of the run before until it is forgotten."""
    if mine.is_empty():
        return False
    if thread.previous is not None and thread.score == 0.0:
        return bool(mine["published_at"][-1] >= now - FORGOTTEN)
    week = mine.filter(pl.col("published_at") >= now - WEEK)
    authors = week["source"].n_unique()
    return (
        authors >= settings.sources
        and week.height <= POSTS_PER_AUTHOR * authors
        and campaign.height < week.height
    )
