"""Which posts are read again, and when: at the ages of `AGES` after publication, as far as the
budgets reach. What they do not reach for waits for the next run.

Own posts come before those of competitors, these before all others, and of equals what has just
reached an age, since its count is still the count of that age. Every fourth place is for what waits
longest, so that nothing waits for ever. A part of each budget (`FOR_NEW`) is kept for new posts,
and the rest is spread over the runs that are left in the budget's day, week or month.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vigie.budgets import KINDS, Limit, Price, limits_of, prices_of, spent_of
from vigie.records import Post
from vigie.schedules import runs_a_day
from vigie.store import Filters
from vigie.workspace import Workspace

AGES = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 168, 720))
SLACK = timedelta(days=7)
FOR_NEW = 0.5  # of a budget, that refreshes leave to new posts
EVERY = 4  # of which one place is for what waits longest
SAMPLE = 50  # posts that a refresh is tried on, to know how many a call takes
_DAY = timedelta(days=1)
_COLUMNS = ["id", "platform", "published_at", "collected_at", "owner"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post that has reached an age since it was last read: how long ago the last such age was
    (`late`), and the first (`waited`)."""

    id: str
    platform: str
    rank: int  # 0: own, 1: a competitor's, 2: anybody's
    late: timedelta
    waited: timedelta


def due(workspace: Workspace, platforms: Sequence[str]) -> tuple[list[Post], int]:
    """The posts of these platforms to read again now, for counts and deletions, and how many more
    wait because a budget does not reach: what brands published, what stands below it and what names
    a brand; and all posts of a platform that answers for many at a time. Of a platform that wants a
    key and that the watchlist does not speak of, whose posts came by import or were read in former
    times, nothing is read again: nobody asked for it."""
    from crawlers import load

    speaks_of = workspace.watchlist.speaks_of
    platforms = [name for name in platforms if not load(name).requires or speaks_of(name)]
    found = waiting(workspace, platforms)
    chosen: list[str] = []
    left = 0
    for name in platforms:
        here = [one for one in found if one.platform == name]
        most = _most(workspace, name, here) if here else None
        if most is None or most >= len(here):
            chosen += [one.id for one in here]
            continue
        chosen += [one.id for one in in_order(here)][:most]
        left += len(here) - most
    return [post for post in workspace.store.get(chosen, Post) if post], left


def waiting(workspace: Workspace, platforms: Sequence[str]) -> list[Waiting]:
    """All posts of these platforms that have reached an age since they were last read."""
    from crawlers import load

    now = workspace.clock.now()
    since = now - AGES[-1] - SLACK
    many = tuple(name for name in platforms if getattr(load(name), "reads_many", False))
    forms: dict[str, re.Pattern[str] | None] = {
        name: getattr(load(name), "ids", None) for name in platforms
    }
    asked = tuple(platforms)
    own = {brand.id for brand in workspace.watchlist.own}
    chosen = [Filters(since=since, origins=("owned", "comment"), platforms=asked)]
    if brands := tuple(brand.id for brand in workspace.watchlist.brands):
        chosen.append(Filters(since=since, brands=brands, platforms=asked))
    if many:
        chosen.append(Filters(since=since, platforms=many))
    found: dict[str, Waiting] = {}
    for filters in chosen:
        for frame in workspace.store.scan(filters, _COLUMNS):
            for id, platform, published, collected, owner in frame.select(_COLUMNS).iter_rows():
                marks = [at for age in AGES if collected < (at := published + age) <= now]
                if marks and id not in found and _can_be_asked_for(id, forms[platform]):
                    rank = 2 if owner is None else 0 if owner in own else 1
                    found[id] = Waiting(id, platform, rank, now - marks[-1], now - marks[0])
    return list(found.values())


def _can_be_asked_for(id: str, form: re.Pattern[str] | None) -> bool:
    """Whether a post has an id that the platform knows. A file's row may have none, and gets one of
    ours: the platform would not answer for it, which is no deletion."""
    return form is None or form.fullmatch(id.partition(":")[2]) is not None


def in_order(found: Sequence[Waiting]) -> list[Waiting]:
    """Who is read first: by rank and nearness to the age, every fourth by how long it waited."""
    first = iter(sorted(found, key=lambda one: (one.rank, one.late, one.id)))
    longest = iter(sorted(found, key=lambda one: (-one.waited, one.rank, one.id)))
    ordered: dict[str, Waiting] = {}
    while len(ordered) < len(found):
        turn = longest if len(ordered) % EVERY == EVERY - 1 else first
        one = next(one for one in turn if one.id not in ordered)
        ordered[one.id] = one
    return list(ordered.values())


def _most(workspace: Workspace, platform: str, found: Sequence[Waiting]) -> int | None:
    """How many posts the budgets let be read again in this run; None: as many as there are."""
    from crawlers import load

    crawler = load(platform)
    limits = limits_of(crawler, workspace.watchlist.platform(platform))
    if not any(one.binds for those in limits.values() for one in those):
        return None
    ids = [one.id for one in found[:SAMPLE]]
    sample = [post for post in workspace.store.get(ids, Post) if post]
    calls = [
        call
        for target in crawler.refresh(sample, workspace.watchlist)
        for call in crawler.start(target, {})
    ]
    if not calls:
        return None
    per_call = getattr(crawler, "batch", None) or max(1.0, len(sample) / len(calls))
    allowed = [
        _calls(workspace, price, limit)
        for price in prices_of(crawler, calls[0])
        for limit in limits.get(price.bucket, ())
        if limit.binds
    ]
    return math.floor(min(allowed) * per_call) if allowed else None


def _calls(workspace: Workspace, price: Price, limit: Limit) -> int:
    """How many calls of a price this run may make within a limit: one at least, where there is
    room for it beside what is kept for new posts."""
    now = workspace.clock.now()
    spent = spent_of(workspace.store, price.bucket, limit, now).values()
    days, whole = _span(limit, now)
    runs = max(1.0, runs_a_day(workspace.watchlist.schedule.run) * days)
    allowed = []
    for kind, cost in zip(KINDS, (1.0, price.units, price.money), strict=True):
        most = getattr(limit, kind)
        if most is None or not cost:
            continue
        free = most - sum(getattr(one, kind) for one in spent) - FOR_NEW * most * days / whole
        room = free / cost + 1e-9
        allowed.append(max(1, math.floor(room / runs)) if room >= 1 else 0)
    return min(allowed, default=10**9)


def _span(limit: Limit, now: datetime) -> tuple[float, float]:
    """The days that a limit's window still has, and all of its days."""
    today = limit.today(now)
    if limit.month:
        end = limit.full_at(now, {})
        return (end - now) / _DAY, float((end - timedelta(days=1)).day)
    if limit.days > 1:
        return float(limit.days), float(limit.days)
    return (limit.midnight(today + _DAY) - now) / _DAY, 1.0
