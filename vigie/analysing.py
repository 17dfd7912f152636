"""From the store to findings: the frames that insights read, and one run over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from vigie.insights import alerts, benchmark, influencers, moments, trends
from vigie.insights.frames import POSTS, empty, of_accounts
from vigie.insights.terms_of_use import Terms
from vigie.matching import handles_of
from vigie.policies import Policies
from vigie.records import Account, Alert, Benchmark, Record, Run, Trend
from vigie.store import Filters, Store
from vigie.watchlist import Watchlist
from vigie.workspace import Workspace

HISTORY = timedelta(weeks=10)  # what baselines are told from
AHEAD = timedelta(days=21)  # how far the calendar of moments is read


def analyse(workspace: Workspace) -> dict[str, int]:
    """Finds everything as of now and stores it under a run of kind "analyse"; answers how many."""
    store, watchlist = workspace.store, workspace.watchlist
    now = workspace.clock.now()
    zone = watchlist.workspace.timezone
    policies = Policies(watchlist)
    # Named by its time alone: an analysis of the same instant takes the place of the one before.
    id = f"{now:%Y%m%dT%H%M%S}-analyse"
    posts = frame_of(store, now - HISTORY, now)
    accounts = of_accounts(store.all(Account))
    owned = posts.filter(pl.col("owner").is_not_null() & (pl.col("origin") == "owned"))
    own_accounts = accounts.filter(pl.col("owner").is_not_null())
    samples = store.samples([*owned["id"], *own_accounts["id"]])
    followers = store.samples(frequent_authors(posts), ("followers",))
    since, until = last_full_week(now, zone)
    coming = moments.between(
        (now - HISTORY).date(),
        (now + AHEAD).date(),
        country=watchlist.workspace.country,
        own_moments=watchlist.calendar.moments,
    )
    terms = Terms(policies)
    rising = trends.detect(
        terms.unranked(posts),
        now=now,
        timezone=zone,
        moments=coming,
        previous=list(store.all(Trend)),
        names=names_of(watchlist),
        titles={brand.id: brand.name for brand in watchlist.brands},
        run_id=id,
    )
    burning = alerts.detect(
        posts,
        now=now,
        timezone=zone,
        brands=watchlist.brands,
        topics=watchlist.topics,
        sources=collections(store),
        previous=list(store.all(Alert)),
        run_id=id,
    )
    compared: list[Benchmark] = benchmark.compute(
        posts,
        samples,
        accounts,
        since=since,
        until=until,
        brands=watchlist.brands,
        timezone=zone,
        run_id=id,
        now=now,
        terms=terms,
    )
    candidates = influencers.rank(
        posts,
        accounts,
        followers,
        since=now - timedelta(weeks=9),
        until=now,
        brands=watchlist.brands,
        trends=rising,
        alerts=burning,
        run_id=id,
        barred=policies.barred("people"),
    )
    run = Run(id=id, kind="analyse", started_at=now, ended_at=now)
    found: list[Record] = [*rising, *burning, *compared, *candidates]
    store.upsert([*found, run])
    return {
        "trends": len(rising),
        "alerts": len(burning),
        "benchmarks": len(compared),
        "influencers": len(candidates),
    }


def names_of(watchlist: Watchlist) -> list[str]:
    """Names, spellings and handles of all brands: they are no trend by themselves."""
    return [
        name
        for brand in watchlist.brands
        for name in (brand.name, *brand.names, *handles_of(brand))
    ]


def frequent_authors(posts: pl.DataFrame) -> list[str]:
    """Who wrote often enough to be a candidate."""
    counts = posts.group_by("author_id").len().drop_nulls("author_id")
    often = counts.filter(pl.col("len") >= influencers.RELEVANT_AT_LEAST)
    return often["author_id"].sort().to_list()


def frame_of(store: Store, since: datetime | None, until: datetime | None) -> pl.DataFrame:
    """The live posts of a period with all columns of `frames.POSTS`."""
    filters = Filters(since=since, until=until)
    batches = list(store.scan(filters, list(POSTS)))
    return pl.concat(batches) if batches else empty(POSTS)


def collections(store: Store) -> Sequence[Run]:
    """The runs that collected, oldest first: what is known of the sources' health."""
    runs = (run for run in store.all(Run) if run.kind == "collect")
    return sorted(runs, key=lambda run: (run.started_at, run.id))


def last_full_week(now: datetime, zone: str) -> tuple[datetime, datetime]:
    """The last week from Monday to Monday in a time zone that has ended, as UTC bounds."""
    today = now.astimezone(ZoneInfo(zone)).date()
    monday = today - timedelta(days=today.weekday())
    return _midnight(monday - timedelta(days=7), zone), _midnight(monday, zone)


def weeks_before(now: datetime, zone: str, number: int) -> Iterator[tuple[datetime, datetime]]:
    """The last full weeks, newest first."""
    _, until = last_full_week(now, zone)
    monday = until.astimezone(ZoneInfo(zone)).date()
    for week in range(number):
        end = monday - timedelta(weeks=week)
        yield _midnight(end - timedelta(weeks=1), zone), _midnight(end, zone)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
