"""Bursting terms grouped into subjects: one subject, one trend, in however many words it is told.

Terms of the same posts are one subject. Two subjects are one where their posts overlap, where posts
hold both far more often than chance would have it (so that #this and #that in two languages meet),
where a hashtag is the other's phrase, or where the same lesser words rise around both. A word that
two subjects share makes them one by nothing of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array  # type: ignore[import-untyped]

JOIN = 0.4  # of a term's posts: what it shares with one of a subject's three strongest terms
MERGE = 0.3  # of the smaller subject's posts
SPLIT = 0.3  # of a term's posts that it shares with a second subject
STEM = 4  # letters of a word that may be a part of two subjects' names
IN_PHRASE = 0.25  # of its posts, which each of them has
APART = 0.1  # of the smaller one's posts, at most held by both
TOUCH = 0.05  # of the smaller subject's posts, where it is also LIFT times what chance gives
LIFT = 5.0
CONTEXT = 0.2  # cosine of the words that rise around two subjects
AROUND = 3  # such words at least
OWN = 0.8  # of a term's posts that are the subject's: it stands for it alone

Vector = npt.NDArray[Any]


@dataclass(slots=True)
class Subject:
    """What bursts, as of a day: terms strongest first, and the ids of the posts that hold the
    first term of a group (`anchors`) or two of its terms, in order of time. `specific` terms are
    hardly said of anything else."""

    terms: list[str]
    anchors: list[str]
    specific: list[str]
    score: float
    window: int  # days in which it is strongest
    posts: list[str]
    sources: int


@dataclass(slots=True)
class _Group:
    ranks: list[int]
    anchors: list[int]
    posts: Vector  # Boolean, by column
    context: Vector  # weight of each rising term in them


def group(
    scored: pl.DataFrame, terms: pl.DataFrame, posts: pl.DataFrame, last: int, sources: int
) -> list[Subject]:
    """Subjects of the terms marked `strong`, strongest first; the others are context. Subjects with
    fewer than that many distinct sources are left out."""
    scored = _phrases_first(scored, terms).with_columns(
        rank=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    rows = terms.join(scored.select("key", "rank"), on="key")
    names = dict(rows.select("rank", "term").unique("rank").iter_rows())
    numbers, columns = np.unique(rows["number"].to_numpy(), return_inverse=True)
    found = posts.filter(pl.col("number").is_in(numbers.tolist())).sort("number")
    ones = np.ones(rows.height, dtype=np.float32)
    holds = csr_array(
        (ones, (rows["rank"].to_numpy(), columns)), shape=(scored.height, len(numbers))
    )
    score, window = scored["score"].to_numpy(), scored["window"].to_numpy()
    age = last - found["block"].to_numpy()
    strong = int(scored["strong"].sum())
    divided = _divided(holds, names, strong)
    leading = _lead(holds[:strong], divided)
    telling = np.where(np.isin(np.arange(len(score)), [*divided]), 0.0, score)
    groups = [_describe(ranks, holds, telling, age <= window[ranks[0]]) for ranks in leading]
    subjects = []
    for subject in _merge(groups, names, posts.height):
        inside = found.filter(pl.Series(subject.posts))
        distinct = inside["source"].n_unique()
        if distinct >= sources:
            ranks = sorted(subject.ranks)
            own = holds[ranks] @ subject.posts.astype(np.float32) / holds[ranks].sum(axis=1)
            subjects.append(
                Subject(
                    terms=[names[rank] for rank in ranks],
                    anchors=[names[rank] for rank in sorted(subject.anchors)],
                    specific=[
                        names[rank] for rank, share in zip(ranks, own, strict=True) if share >= OWN
                    ],
                    score=float(score[ranks].max()),
                    window=int(window[ranks[0]]),
                    posts=inside["id"].to_list(),
                    sources=distinct,
                )
            )
    return sorted(subjects, key=lambda subject: (-subject.score, subject.terms))


def _phrases_first(scored: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """Puts a phrase before its words: it names a subject better, and a word may belong to two."""
    spelled = scored.join(
        terms.select("key", "term").unique("key"), on="key", maintain_order="left"
    )
    words = spelled.select("term", "n", "score", place=pl.int_range(pl.len()))
    parts = (
        words.filter(pl.col("term").str.contains(" "))
        .with_columns(word=pl.col("term").str.split(" "))
        .explode("word", empty_as_null=False)
        .join(words, left_on="word", right_on="term")
        .group_by("term")
        .agg(pl.col("place_right").min().alias("before"))
    )
    place = pl.min_horizontal(pl.col("before") - 0.5, pl.int_range(pl.len()).cast(pl.Float64))
    return (
        spelled.join(parts, on="term", how="left", maintain_order="left")
        .with_columns(place=place)
        .sort(~pl.col("strong"), "place", "term")
        .drop("term", "before", "place")
    )


def _divided(holds: csr_array, names: dict[int, str], strong: int) -> set[int]:
    """Bursting words that stand in two phrases or hashtags which hardly meet, each in a good part
    of their posts: such a word names neither subject."""
    sizes = np.asarray(holds.sum(axis=1)).ravel()
    divided = set()
    for rank in range(strong):
        word = names[rank]
        if " " in word or len(word) < STEM:
            continue
        around = np.asarray((holds @ holds[[rank]].T).todense()).ravel()
        inside = [
            other
            for other in np.flatnonzero(around >= IN_PHRASE * sizes[rank]).tolist()
            if other != rank and word in names[other]
        ]
        for position, one in enumerate(inside):
            for other in inside[position + 1 :]:
                common = (holds[[one]] @ holds[[other]].T).sum()
                if common <= APART * min(sizes[one], sizes[other]):
                    divided.add(rank)
    return divided


def _lead(holds: csr_array, divided: set[int]) -> list[list[int]]:
    """Ranks grouped under the strongest term whose posts they share; those that two groups share
    name neither. Only the leader and the two next terms that are hardly said without it speak for
    a group: chains of weak links join nothing."""
    shared = (holds @ holds.T).toarray()
    sizes = shared.diagonal()
    groups: list[list[int]] = []
    speakers: list[list[int]] = []
    for rank in range(len(sizes)):
        if rank in divided:
            continue
        near = [max(shared[rank, other] for other in group) / sizes[rank] for group in speakers]
        best = int(np.argmax(near)) if near else -1
        if len(near) > 1 and sorted(near)[-2] >= SPLIT:
            continue
        if best < 0 or near[best] < JOIN:
            groups.append([rank])
            speakers.append([rank])
            continue
        groups[best].append(rank)
        if len(speakers[best]) < 3 and near[best] >= OWN:
            speakers[best].append(rank)
    return groups


def _describe(ranks: list[int], holds: csr_array, score: Vector, recent: Vector) -> _Group:
    anchor = np.asarray(holds[ranks[:1]].sum(axis=0)).ravel()
    inside = np.asarray(holds[ranks].sum(axis=0)).ravel()
    posts = ((anchor >= 1) | (inside >= 2)) & recent
    return _Group(ranks, ranks[:1], posts, (holds @ posts.astype(np.float32)) * score)


def _merge(groups: list[_Group], names: dict[int, str], total: int) -> list[_Group]:
    while True:
        kept: list[_Group] = []
        for one in groups:
            other = next((other for other in kept if _same(one, other, names, total)), None)
            if other is None:
                kept.append(one)
            else:
                other.ranks = other.ranks + one.ranks
                other.anchors = other.anchors + one.anchors
                other.posts = other.posts | one.posts
                other.context = other.context + one.context
        if len(kept) == len(groups):
            return kept
        groups = kept


def _same(a: _Group, b: _Group, names: dict[int, str], total: int) -> bool:
    sizes = int(a.posts.sum()), int(b.posts.sum())
    common = int((a.posts & b.posts).sum())
    if common >= MERGE * min(sizes):
        return True
    x, y = (names[one.ranks[0]] for one in (a, b))
    if _spells(x, y) or _spells(y, x):
        return True
    chance = sizes[0] * sizes[1] / total
    if common >= 2 and common >= LIFT * chance and common >= TOUCH * min(sizes):
        return True
    around_a, around_b = a.context.copy(), b.context.copy()
    around_a[a.ranks + b.ranks] = around_b[a.ranks + b.ranks] = 0.0
    if np.count_nonzero((around_a > 0) & (around_b > 0)) < AROUND:
        return False
    length = float(np.sqrt((around_a @ around_a) * (around_b @ around_b)))
    return bool(around_a @ around_b >= CONTEXT * length)


def _spells(phrase: str, tag: str) -> bool:
    """Whether a hashtag is a phrase written without spaces, or holds it."""
    return " " in phrase and phrase.replace(" ", "") in tag
