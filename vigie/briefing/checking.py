"""Whether a briefing holds: every figure is computed again from the store, every post resolves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from vigie.briefing.building import build, evidence
from vigie.briefing.model import Briefing, Rising
from vigie.errors import BriefingError
from vigie.insights.influencers import score
from vigie.metrics import Figure
from vigie.policies import Policies
from vigie.records import Part
from vigie.store import Filters, Store
from vigie.watchlist import Watchlist

Cause = Literal["deleted", "collected_late", "corrected", "new_definition"]


class Moved(Part):
    """A frozen figure whose value is another one today, with the cause."""

    where: str
    frozen: Figure
    today: Figure | None
    cause: Cause


def verify(
    briefing: Briefing,
    store: Store,
    watchlist: Watchlist,
    *,
    previous: Briefing | None = None,
) -> None:
    """Nothing where the briefing holds; raises BriefingError that names what does not."""
    wrong = [*_unresolved(briefing, store), *_miscounted(briefing, store)]
    again = build(store, watchlist, week=briefing.week, now=briefing.as_of, previous=previous)
    for where, told, found in differences(briefing, again):
        value = None if found is None else found.value
        wrong.append(f"{where}: {told.definition} says {told.value}, the store gives {value}")
    if wrong:
        shown = "; ".join(wrong[:5]) + (f" (and {len(wrong) - 5} more)" if len(wrong) > 5 else "")
        raise BriefingError(
            shown, where=f"briefing {briefing.week}", do="vigie run, then vigie brief again"
        )


def figures(briefing: Briefing) -> Iterator[tuple[str, Figure]]:
    """Every figure of a briefing with its place."""
    for claim in (*briefing.remember, *briefing.claims):
        for number, figure in enumerate(claim.figures):
            yield f"claim {claim.id}/{number}", figure
    for brand, keys in briefing.key_figures.items():
        for key in keys:
            yield f"key figures of {brand}/{key.figure.definition}", key.figure
    for competitor in briefing.competitors:
        for id, figure in competitor.figures.items():
            yield f"benchmark of {competitor.brand}/{id}", figure


def differences(one: Briefing, other: Briefing) -> Iterator[tuple[str, Figure, Figure | None]]:
    """The figures of `one` that `other` does not give alike."""
    theirs = dict(figures(other))
    for where, figure in figures(one):
        found = theirs.get(where)
        if found is None or not _same(figure, found):
            yield where, figure, found


def moved(briefing: Briefing, store: Store, watchlist: Watchlist, *, now: datetime) -> list[Moved]:
    """What has moved since a briefing was frozen; each claim's figure once. Figures of findings
    that the last analysis no longer holds have no value of today and are not told."""
    today = build(store, watchlist, week=briefing.week, now=now)
    gone = len(briefing.evidence) - len(evidence(store, briefing.evidence, Policies()))
    filters = Filters(since=briefing.since, until=briefing.until)
    grown = store.search("*", filters).total - briefing.coverage.posts
    cause: Cause = "collected_late" if grown > 0 else "deleted" if grown or gone else "corrected"
    found = []
    for where, frozen, present in differences(briefing, today):
        if present is None or where.startswith("claim questions"):
            continue
        newer = present.version != frozen.version
        found.append(
            Moved(
                where=where,
                frozen=frozen,
                today=present,
                cause="new_definition" if newer else cause,
            )
        )
    return found


def _same(one: Figure, other: Figure) -> bool:
    return (
        (one.definition, one.version, one.n) == (other.definition, other.version, other.n)
        and _close(one.value, other.value)
        and _close(one.low, other.low)
        and _close(one.high, other.high)
        and (one.before is None) == (other.before is None)
        and (one.before is None or other.before is None or _same(one.before, other.before))
    )


def _close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _unresolved(briefing: Briefing, store: Store) -> Iterator[str]:
    wanted = [id for claim in briefing.claims for id in claim.evidence]
    present = evidence(store, wanted, Policies())
    for claim in briefing.claims:
        missing = [id for id in claim.evidence if id not in present]
        if missing:
            yield f"claim {claim.id}: {len(missing)} of its posts do not resolve ({missing[0]})"
    for id, told in briefing.evidence.items():
        if id in present and present[id].digest != told.digest:
            yield f"post {id} has other words than the briefing shows"


def _miscounted(briefing: Briefing, store: Store) -> Iterator[str]:
    """Counts taken another way: mentions by the search index, trends from their posts, scores
    from their parts."""
    for competitor in briefing.competitors:
        told = competitor.figures.get("mentions.earned")
        filters = Filters(
            since=briefing.since,
            until=briefing.until,
            brands=(competitor.brand,),
            origins=("earned",),
        )
        found = store.search("*", filters).total
        if told is not None and told.value != found:
            yield f"{competitor.brand}: {told.value:g} mentions told, {found} found by search"
    for trend in (*briefing.emerging, *briefing.strong, *briefing.seasonal):
        yield from _trend(trend, store)
    for person in briefing.people:
        again = score(person.components, person.sponsored_share)
        if abs(again - person.score) > 0.2:
            yield f"{person.name}: score {person.score} told, its parts give {again}"


def _trend(trend: Rising, store: Store) -> Iterator[str]:
    if not trend.complete:
        return
    documents = [one for one in store.documents(trend.post_ids) if one is not None]
    live = [one for one in documents if one.get("state", "live") == "live"]
    if len(live) != trend.posts:
        yield f"trend {trend.name!r}: {trend.posts} posts told, {len(live)} resolve"
        return
    growth = trend.posts / trend.posts_before if trend.posts_before else None
    if not _close(growth, trend.growth):
        yield f"trend {trend.name!r}: growth {trend.growth} told, its posts give {growth}"
