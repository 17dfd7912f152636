"""Bursting terms grouped into subjects: one subject, one trend, in however many words it is told.

Terms of the same posts are one subject. Two subjects are one where their posts overlap, where posts
hold both far more often than chance would have it (so that #this and #that in two languages meet),
where a word is part of the other's hashtag, or where the same lesser words rise around both.
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
TOUCH = 0.05  # of the smaller subject's posts, where it is also LIFT times what chance gives
LIFT = 5.0
CONTEXT = 0.15  # cosine of the words that rise around two subjects
OWN = 0.8  # of a term's posts that are the subject's: it stands for it alone
STEM = 4  # letters from which a word inside a hashtag is no accident

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
    scored = scored.with_columns(rank=pl.int_range(pl.len(), dtype=pl.UInt32))
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
    groups = [
        _describe(ranks, holds, score, age <= window[ranks[0]])
        for ranks in _lead(holds[: int(scored["strong"].sum())])
    ]
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
                    score=float(score[ranks[0]]),
                    window=int(window[ranks[0]]),
                    posts=inside["id"].to_list(),
                    sources=distinct,
                )
            )
    return sorted(subjects, key=lambda subject: (-subject.score, subject.terms))


def _lead(holds: csr_array) -> list[list[int]]:
    """Ranks grouped under the strongest term whose posts they share. Only a group's first three
    speak for it: chains of weak links join nothing."""
    shared = (holds @ holds.T).toarray()
    sizes = shared.diagonal()
    groups: list[list[int]] = []
    for rank in range(len(sizes)):
        near = [max(shared[rank, other] for other in group[:3]) / sizes[rank] for group in groups]
        best = int(np.argmax(near)) if near else -1
        if best >= 0 and near[best] >= JOIN:
            groups[best].append(rank)
        else:
            groups.append([rank])
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
    chance = sizes[0] * sizes[1] / total
    if common >= 2 and common >= LIFT * chance and common >= TOUCH * min(sizes):
        return True
    for x in (names[rank].replace(" ", "") for rank in a.ranks[:3]):
        for y in (names[rank].replace(" ", "") for rank in b.ranks[:3]):
            if min(len(x), len(y)) >= STEM and (x in y or y in x):
                return True
    length = float(np.sqrt((a.context @ a.context) * (b.context @ b.context)))
    return bool(a.context @ b.context >= CONTEXT * length)
