"""What a trend record tells of a subject's posts: its name, stage, growth, path and voices.

Frames are the earned posts of `vigie/insights/trends.py` (columns of `frames.POSTS`, with `said`,
`source`, `strength` and `anchor`), in order of time.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from vigie.insights import stages
from vigie.insights.moments import Moment
from vigie.insights.terms import fold, occurrences, phrase_of
from vigie.records import Interval, Trend

WEEK = timedelta(days=7)
HISTORY_WEEKS = 9  # read for stages and first posts
SHOWN_DAYS = 63  # of daily counts
LULL = 2  # posts of a week, from which on a subject lives
LULL_SHARE = 0.02  # of its best week's posts: the same
EVIDENCE = 2000
NAMES = 12  # strongest terms that may name it
REPRESENTATIVE = 5


def forms(moment: Moment) -> set[str]:
    """The terms under which talk about a moment is counted."""
    said = pl.DataFrame({"text": list(moment.terms)}, schema={"text": pl.String})
    whole = {"".join(fold(term).replace("'", " ").split()) for term in moment.terms}
    found = occurrences(said)
    most = found.group_by("post").agg(pl.col("term").str.count_matches(" ").max().alias("spaces"))
    found = found.join(most, on="post").filter(
        pl.col("term").str.count_matches(" ") == pl.col("spaces")
    )
    return whole | set(found["term"])


def portray(
    mine: pl.DataFrame,
    earned: pl.DataFrame,
    found: pl.DataFrame,
    terms: Sequence[str],
    anchors: Collection[str],
    *,
    score: float,
    previous: Trend | None,
    moments: dict[str, Moment],
    titles: Mapping[str, str],
    now: datetime,
    timezone: str,
    run_id: str,
) -> Trend:
    """The trend of the posts `mine` out of `earned`. `terms` are the subject's, strongest first;
    `found` says which posts hold which terms; `moments` maps the forms of the moments that are near
    to them; `titles` are the brands' names by id; `previous` is the trend of an earlier run that it
    goes on with."""
    start = now - WEEK
    first_seen = _first_seen(mine)
    life = mine.filter(pl.col("published_at") >= first_seen)
    week = life.filter(pl.col("published_at") >= start)
    weeks = []
    for back in range(HISTORY_WEEKS):
        inside = pl.col("published_at").is_between(
            start - back * WEEK, now - back * WEEK, closed="left"
        )
        total = earned.filter(inside).height
        if total or back == 0:
            weeks.append((mine.filter(inside).height, total))
    before = mine.filter(
        pl.col("published_at").is_between(start - WEEK, start, closed="left")
    ).height
    authors = week["source"].n_unique()
    if previous is not None and previous.first_seen_at < first_seen:
        first_seen = previous.first_seen_at
    age = (now - first_seen) / timedelta(days=1)
    stage = stages.stage(weeks, age, authors)
    moment = _moment(week, found, moments, anchors) if week.height else None
    if moment is not None and stage in ("new", "emerging"):
        stage = "growing"
    brands = _brands(week)
    name = (
        previous.name
        if previous is not None
        else _titled(_name(week, found, terms, anchors), week, brands, titles)
    )
    low, high = stages.growth_interval(week.height, before)
    anchor = terms[0] if terms else name
    digest = hashlib.sha256(f"{anchor}|{first_seen.date().isoformat()}".encode()).hexdigest()
    return Trend(
        id=previous.id if previous is not None else f"trend-{digest[:12]}",
        name=name,
        terms=tuple(terms[:20]),
        hashtags=_hashtags(week if week.height else life, anchors),
        stage=stage,
        recurring=moment.id if moment is not None else None,
        score=round(score, 3),
        detected_at=now,
        first_seen_at=first_seen,
        window_start=start,
        window_end=now,
        posts=week.height,
        authors=authors,
        posts_before=before,
        growth=week.height / before if before else None,
        growth_interval=Interval(low=low, high=high) if before else None,
        share=week.height / weeks[0][1] if weeks[0][1] else None,
        platforms=_tally(week, "platform"),
        languages=_tally(week, "language"),
        spread=_spread(life),
        sentiment=_tally(week, "sentiment"),
        daily=_daily(life, now, timezone),
        representative=_representative(week),
        first_authors=tuple(
            life["author_id"].drop_nulls().unique(maintain_order=True).head(REPRESENTATIVE)
        ),
        post_ids=tuple(week["id"].tail(EVIDENCE)),
        brands=brands,
        run_id=run_id,
    )


def _moment(
    week: pl.DataFrame, found: pl.DataFrame, moments: dict[str, Moment], anchors: Collection[str]
) -> Moment | None:
    """The moment that explains a subject: its words name it, or stand in half of its posts."""
    for anchor in sorted(anchors):
        if anchor in moments:
            return moments[anchor]
    held = found.join(week.select("id"), on="id", how="semi")
    held = held.filter(pl.col("term").is_in(sorted(moments)))
    said: Counter[str] = Counter()
    for terms in held.group_by("id").agg("term").get_column("term").to_list():
        said.update({moments[term].id for term in terms})
    best = min(said, key=lambda id: (-said[id], id), default=None)
    if best is None or said[best] * 2 < week.height:
        return None
    return next(moment for moment in moments.values() if moment.id == best)


def _first_seen(mine: pl.DataFrame) -> datetime:
    """When the subject began: the first of the posts that name it after the last lull, a week with
    hardly any of them; chance uses of its words before are not it."""
    named = mine.filter("anchor")
    times = (named if named.height else mine)["published_at"].to_list()
    recent = [n - bisect_left(times, times[n] - WEEK) + 1 for n in range(len(times))]
    lull = max(LULL, LULL_SHARE * max(recent))
    last = next((n for n in range(len(times) - 1, -1, -1) if recent[n] <= lull), 0)
    # the lull's posts lead up to it but for what lies before their longest silence
    first = bisect_left(times, times[last] - WEEK)
    gaps = [
        times[n] - (times[n - 1] if n else datetime.min.replace(tzinfo=UTC))
        for n in range(len(times))
    ]
    begun: datetime = times[max(range(first, last + 1), key=lambda n: gaps[n])]
    return begun


def _name(
    week: pl.DataFrame, found: pl.DataFrame, terms: Sequence[str], anchors: Collection[str]
) -> str:
    """The subject as a person would write it: its hashtag where a fifth of its posts bear one, else
    the phrase or own word that most use, a phrase before a word of half as many again."""
    tags = Counter(fold(tag) for tags in week["hashtags"].drop_nulls() for tag in set(tags))
    tagged = [term for term in sorted(anchors) if tags[term] * 5 >= week.height and tags[term]]
    if tagged:
        term = max(tagged, key=lambda term: tags[term])
    else:
        best = [term for term in terms[:NAMES] if " " in term or term in anchors] or terms[:1]
        said = found.join(week.select("id"), on="id", how="semi")
        counts = Counter(said.filter(pl.col("term").is_in(best))["term"])
        term = max(best, key=lambda term: counts[term] * (1.5 if " " in term else 1.0))
    return phrase_of(
        term, week["said"].to_list(), [tags or () for tags in week["hashtags"].to_list()]
    )


def _titled(name: str, week: pl.DataFrame, brands: Sequence[str], titles: Mapping[str, str]) -> str:
    """A name behind that of the brand of which most posts speak; a hashtag stands alone."""
    if not brands or brands[0] not in titles or name.startswith("#"):
        return name
    speak = week["brands"].list.contains(brands[0]).sum()
    return f"{titles[brands[0]]} · {name}" if speak * 2 > week.height else name


def _hashtags(week: pl.DataFrame, anchors: Collection[str]) -> tuple[str, ...]:
    spelled: dict[str, Counter[str]] = {}
    for tags in week["hashtags"].drop_nulls():
        for tag in tags:
            if fold(tag) in anchors:
                spelled.setdefault(fold(tag), Counter())[tag] += 1
    order = sorted(spelled, key=lambda tag: (-spelled[tag].total(), tag))
    return tuple(min(spelled[tag], key=lambda way: (-spelled[tag][way], way)) for tag in order[:10])


def _tally(week: pl.DataFrame, column: str) -> dict[str, int]:
    counts = (
        week[column].drop_nulls().value_counts().sort("count", column, descending=[True, False])
    )
    return dict(counts.iter_rows())


def _spread(life: pl.DataFrame) -> tuple[dict[str, object], ...]:
    """The first post of each network and language, in order of time: one that surely speaks of it,
    where two of its terms alone may be a coincidence."""
    sure = life.filter("anchor")
    firsts = (life if sure.is_empty() else sure).unique(
        ["platform", "language"], keep="first", maintain_order=True
    )
    return tuple(
        {
            "platform": row["platform"],
            "language": row["language"],
            "first_post": row["id"],
            "first_at": row["published_at"].isoformat(),
        }
        for row in firsts.iter_rows(named=True)
    )


def _daily(life: pl.DataFrame, now: datetime, zone: str) -> tuple[tuple[str, int], ...]:
    today = now.astimezone(ZoneInfo(zone)).date()
    days = life["published_at"].dt.convert_time_zone(zone).dt.date()
    counts = Counter(days.to_list())
    return tuple(
        ((today - timedelta(days=back)).isoformat(), counts[today - timedelta(days=back)])
        for back in range(SHOWN_DAYS - 1, -1, -1)
    )


def _representative(week: pl.DataFrame) -> tuple[str, ...]:
    """Posts that say most of it, of different authors, networks in turn."""
    ordered = week.sort(
        "strength", "engagement", "published_at", "id",
        descending=[True, True, False, False], nulls_last=True,
    ).unique("source", keep="first", maintain_order=True)  # fmt: skip
    turn = pl.int_range(pl.len()).over("platform", "language")
    return tuple(
        ordered.with_columns(turn=turn).sort("turn", maintain_order=True)["id"].head(REPRESENTATIVE)
    )


def _brands(week: pl.DataFrame) -> tuple[str, ...]:
    """The brands that a tenth of the posts name, the most named first."""
    named = Counter(brand for brands in week["brands"].drop_nulls() for brand in set(brands))
    wanted = [brand for brand in named if named[brand] * 10 >= week.height]
    return tuple(sorted(wanted, key=lambda brand: (-named[brand], brand)))
