"""What drives an alert: its words, its first post, its most copied story, its tone."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from vigie.insights.terms import fold, occurrences, phrase_of

TERMS = 8
LEAST = 3  # people who use a driving word
BEFORE = timedelta(days=7)  # how far the first post may lie before the peak
# Words of crisis, whatever the trade (folded stems)
CRISIS = re.compile(
    r"\b(?:scandal\w*|boycott\w*|honte\w*|inadmissible\w*|inacceptable\w*|dangereu\w*|danger|"
    r"arnaque\w*|plainte\w*|mensonge\w*|menteu\w*|rappel (?:de )?produit\w*|rappeles?|"
    r"bad buzz|polemique\w*|negligen\w*|accident\w*|bless\w*|remboursement\w*|"
    r"outrag\w*|shame\w*|disgrace\w*|unsafe|dangerous\w*|recall\w*|lawsuit\w*|"
    r"scam\w*|cover(?:ed|ing)? up|lied|liars?|injur\w*|refunds?|backlash)\b"
)


@dataclass(frozen=True, slots=True)
class Cause:
    terms: tuple[str, ...]
    first_post: str | None
    story_id: str | None
    post_ids: tuple[str, ...]
    authors: int
    platforms: int
    negative: float | None  # share of the posts whose tone is known
    negative_usual: float | None
    grave: bool  # words of crisis in a tenth of the posts or more


def explain(
    mentions: pl.DataFrame,
    start: datetime,
    end: datetime,
    ignored: Collection[str],
    *,
    memory: timedelta = timedelta(days=28),
) -> Cause:
    """The cause of a peak of one subject's `mentions` (columns of `mentions.earned`) from `start`
    to `end`, against the four weeks before."""
    at = pl.col("published_at")
    inside = mentions.filter((at >= start) & (at < end))
    past = mentions.filter((at >= start - memory) & (at < start))
    driving = _driving(inside, past, ignored)
    said = inside["said"].to_list()
    tags = [row or () for row in inside["hashtags"].to_list()]
    grave = sum(CRISIS.search(fold(text)) is not None for text in said)
    return Cause(
        terms=tuple(dict.fromkeys(phrase_of(term, said, tags) for term in driving)),
        first_post=_first(mentions, inside, start, driving, ignored),
        story_id=_story(inside),
        post_ids=tuple(inside["id"].tail(2000)),
        authors=inside["source"].n_unique(),
        platforms=inside["platform"].n_unique(),
        negative=_negative(inside),
        negative_usual=_negative(past),
        grave=bool(said) and grave * 10 >= len(said),
    )


def _driving(inside: pl.DataFrame, past: pl.DataFrame, ignored: Collection[str]) -> list[str]:
    """Words of the peak that are not the subject's usual ones, the most telling first."""
    counts = _people(inside, ignored).filter(pl.col("people") >= LEAST)
    before = _people(past, ignored).rename({"people": "before"})
    joined = counts.join(before, on="term", how="left").with_columns(pl.col("before").fill_null(0))
    now_all, past_all = max(inside.height, 1), max(past.height, 1)
    lift = (pl.col("people") / now_all) / ((pl.col("before") + 0.5) / (past_all + 1))
    ranked = (
        joined.with_columns(weight=pl.col("people") * lift.log())
        .filter(pl.col("weight") > 0)
        .sort("weight", "term", descending=[True, False])["term"]
        .to_list()
    )
    kept: list[str] = []
    said: set[str] = set()
    for term in ranked:
        # a word that a kept phrase holds, in whichever number, says nothing more
        stems = {word.rstrip("sx") for word in term.split()}
        if not stems & said:
            kept.append(term)
            said |= stems
        if len(kept) == TERMS:
            break
    return kept


def _people(posts: pl.DataFrame, ignored: Collection[str]) -> pl.DataFrame:
    found = occurrences(posts.select("hashtags", text="said"), ignored)
    return (
        found.select("term", posts["source"].gather(found["post"]))
        .group_by("term")
        .agg(pl.col("source").n_unique().alias("people"))
    )


def _first(
    mentions: pl.DataFrame,
    inside: pl.DataFrame,
    start: datetime,
    driving: list[str],
    ignored: Collection[str],
) -> str | None:
    """Where it came from: the first post within a week before that speaks of what drives it, else
    the peak's first."""
    if inside.is_empty():
        return None
    early = mentions.filter(pl.col("published_at") >= start - BEFORE)
    early = early.filter(pl.col("published_at") <= inside["published_at"][-1])
    found = occurrences(early.select("hashtags", text="said"), ignored)
    held = (
        found.filter(pl.col("term").is_in(driving))
        .group_by("post")
        .agg(pl.len())
        .filter(pl.col("len") >= min(2, len(driving)))
    )
    if held.is_empty():
        first: str = inside["id"][0]
        return first
    origin: str = early["id"][int(np.min(held["post"].to_numpy()))]
    return origin


def _story(inside: pl.DataFrame) -> str | None:
    counts = (
        inside.filter(pl.col("story_id").is_not_null())
        .group_by("story_id")
        .agg(pl.len())
        .filter(pl.col("len") >= 2)
        .sort("len", "story_id", descending=[True, False])
    )
    return None if counts.is_empty() else str(counts["story_id"][0])


def _negative(posts: pl.DataFrame) -> float | None:
    known = posts["sentiment"].drop_nulls()
    known = known.filter(known != "unsure")
    return None if known.is_empty() else int((known == "negative").sum()) / len(known)
