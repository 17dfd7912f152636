"""From the store to one week's briefing. Figures are computed here from the posts of the week;
trends, alerts and candidates are those of the last analysis."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from vigie import claims, findings
from vigie.briefing import weeks
from vigie.briefing.advising import advise
from vigie.briefing.model import (
    Briefing,
    Competitor,
    Coverage,
    Evidence,
    KeyFigure,
    Moment,
    Outcome,
    Person,
    Rising,
)
from vigie.claims.comparing import called
from vigie.claims.incidents import outages, sources_of
from vigie.claims.telling import Telling
from vigie.insights import benchmark, frames, moments, questions
from vigie.insights.terms_of_use import Terms
from vigie.metrics import Figure
from vigie.policies import Policies
from vigie.records import Account, Alert, Benchmark, Influencer, Post, Trend
from vigie.store import Filters, Store
from vigie.watchlist import Watchlist

WEEKS = 9  # spark lines, formats
EMERGING, STRONG, PEOPLE, SURPRISES = 3, 5, 5, 5
AHEAD = timedelta(days=14)
EXCERPT = 160
KEY = (
    "mentions.earned",
    "mentions.authors",
    "eng.at_age",
    "sov.mentions",
    "sentiment.net",
    "reach.potential",
    "reach.estimated",
)
COLUMNS = [name for name in frames.POSTS if name not in ("entities", "keyphrases", "author_name")]


def build(
    store: Store,
    watchlist: Watchlist,
    *,
    week: str,
    now: datetime,
    previous: Briefing | None = None,
) -> Briefing:
    """The briefing of an ISO week as of `now`, not yet checked. `previous` is that of the week
    before, whose claims are looked back on."""
    zone = watchlist.workspace.timezone
    since, until = weeks.bounds(week, zone)
    start = weeks.shifted(since, -(WEEKS - 1), zone)
    posts = frame(store, start - timedelta(weeks=1), min(now, until + timedelta(weeks=1)))
    compared = compare(store, watchlist, posts, since=since, until=until, now=now)
    waiting = questions.unanswered(posts, now=now, brands=watchlist.brands)
    analysis = findings.last_analysis(store)
    trends = [trend for trend in findings.latest(store, Trend) if _of_week(trend, since, until)]
    alerts = list(store.all(Alert))
    people = [
        one
        for one in findings.latest(store, Influencer)
        if one.kind in ("expert", "creator", "ambassador")
    ][:PEOPLE]
    sources = findings.source_runs(store)
    told = claims.compose(
        watchlist,
        since=since,
        until=until,
        now=now,
        trends=trends,
        alerts=alerts,
        benchmarks=compared,
        influencers=people,
        questions=waiting,
        sources=sources,
        analysed=analysis is not None
        and since < analysis.started_at <= weeks.shifted(until, 1, zone),
    )
    inside = posts.filter((pl.col("published_at") >= since) & (pl.col("published_at") < until))
    risen = [_rising(trend) for trend in trends]
    persons = [_person(one) for one in people]
    surprises = _surprises(compared)
    telling = Telling(watchlist, since=since, until=until, now=now)
    down = outages(telling, alerts, sources_of(sources))
    advice = advise(
        told,
        own=[brand.id for brand in watchlist.own],
        trends=[trend for trend in risen if trend.recurring is None],
        benchmarks=compared,
        people=persons,
    )
    overall = [record for record in compared if record.platform is None]
    competitors = tuple(_competitor(watchlist, record) for record in overall)
    wanted = [
        *(id for claim in told for id in claim.evidence),
        *(id for trend in risen for id in trend.samples),
        *(one.best_post for one in competitors if one.best_post),
        *(str(one["post"]) for one in surprises),
        *(id for person in persons for id in person.evidence),
    ]
    return Briefing(
        workspace=watchlist.workspace.name,
        timezone=zone,
        week=week,
        since=since,
        until=until,
        compared_since=weeks.shifted(since, -1, zone),
        as_of=now,
        analysis=analysis.id if analysis else None,
        own=tuple(brand.id for brand in watchlist.own),
        brands={brand.id: brand.name for brand in watchlist.brands},
        remember=tuple(claims.lead(told)),
        claims=tuple(told),
        key_figures={
            brand.id: _key_figures(posts, compared, brand.id, watchlist, since, zone)
            for brand in watchlist.own
        },
        emerging=tuple(_pick(risen, ("new", "emerging"), EMERGING)),
        strong=tuple(_pick(risen, ("growing", "peaking", "declining"), STRONG)),
        seasonal=tuple(trend for trend in risen if trend.recurring is not None)[:STRONG],
        competitors=competitors,
        surprises=surprises,
        people=tuple(persons),
        moments=_moments(watchlist, until, zone),
        advice=advice,
        outcomes=_outcomes(previous, risen),
        coverage=Coverage(
            posts=inside.height,
            authors=int(inside["author_id"].drop_nulls().n_unique()),
            platforms=dict(inside["platform"].value_counts().sort("platform").iter_rows()),
            sources=len(sources_of(sources)),
            down=tuple(
                {
                    "platform": outage.platform,
                    "since": outage.since.isoformat(),
                    "sources": len(outage.keys),
                    "of": outage.of,
                }
                for outage in down
            ),
            left_out=_left_out(overall),
        ),
        evidence=evidence(store, wanted, Policies(watchlist)),
    )


def frame(store: Store, since: datetime, until: datetime) -> pl.DataFrame:
    """The live posts of a period, with the columns that figures need."""
    batches = list(store.scan(Filters(since=since, until=until), COLUMNS))
    schema = {name: frames.POSTS[name] for name in COLUMNS}
    return pl.concat(batches) if batches else frames.empty(schema)


def compare(
    store: Store,
    watchlist: Watchlist,
    posts: pl.DataFrame,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
) -> list[Benchmark]:
    """The competitor benchmark of a period from the store."""
    accounts = frames.of_accounts(store.all(Account))
    owned = posts.filter((pl.col("origin") == "owned") & pl.col("owner").is_not_null())
    watched = accounts.filter(pl.col("owner").is_not_null())
    return benchmark.compute(
        posts,
        store.samples([*owned["id"], *watched["id"]]),
        accounts,
        since=since,
        until=until,
        brands=watchlist.brands,
        timezone=watchlist.workspace.timezone,
        run_id="briefing",
        now=now,
        terms=Terms.of(watchlist),
    )


def evidence(store: Store, ids: Iterable[str], policies: Policies) -> dict[str, Evidence]:
    """The posts behind claims, by id; what does not resolve is not in it. A briefing is passed on:
    words and engagement stay away where a platform's terms ask for it."""
    unique = list(dict.fromkeys(ids))
    documents = store.documents(unique)
    found = {}
    for id, post, document in zip(unique, store.get(unique, Post), documents, strict=True):
        if post is not None and document is not None and document["state"] == "live":
            words = told_once(post.title, post.text)
            told = f"{post.id}\n{post.published_at.isoformat()}\n{words}"
            words = words if policies.passes_on(document) else ""
            found[id] = Evidence(
                id=post.id,
                url=post.url,
                platform=post.platform,
                author=post.author.handle or post.author.name,
                published_at=post.published_at,
                excerpt=words if len(words) <= EXCERPT else words[: EXCERPT - 1].rstrip() + "…",
                engagement=document.get("engagement") if policies.sums(document) else None,
                digest=hashlib.sha256(told.encode()).hexdigest(),
            )
    return found


def told_once(title: str | None, text: str | None) -> str:
    """Title and text on one line; a text that opens with its title says it once."""
    head, body = (" ".join((part or "").split()) for part in (title, text))
    return body if body.startswith(head) else f"{head} {body}".strip()


def _of_week(trend: Trend, since: datetime, until: datetime) -> bool:
    """Whether the trend's window is this week's rather than another's."""
    middle = trend.window_start + (trend.window_end - trend.window_start) / 2
    return since <= middle < until


def _rising(trend: Trend) -> Rising:
    read = sum(trend.sentiment.get(label, 0) for label in ("positive", "neutral", "negative"))
    net = trend.sentiment.get("positive", 0) - trend.sentiment.get("negative", 0)
    age = trend.window_end - trend.first_seen_at
    return Rising(
        id=trend.id,
        name=trend.name,
        stage=trend.stage,
        recurring=trend.recurring,
        first_seen_at=trend.first_seen_at,
        weeks_active=max(1, -(-age // timedelta(weeks=1))),
        platforms=trend.platforms,
        languages=trend.languages,
        posts=trend.posts,
        posts_before=trend.posts_before,
        authors=trend.authors,
        share=trend.share,
        growth=trend.growth,
        growth_interval=trend.growth_interval,
        net_sentiment=round(net / read * 100, 1) if read else None,
        terms=trend.terms[:6],
        hashtags=trend.hashtags[:5],
        samples=trend.representative[:3],
        post_ids=trend.post_ids,
        complete=len(trend.post_ids) == trend.posts,
    )


def _pick(trends: Sequence[Rising], stages: Sequence[str], limit: int) -> list[Rising]:
    return [one for one in trends if one.stage in stages and one.recurring is None][:limit]


def _person(one: Influencer) -> Person:
    return Person(
        account=one.account_id,
        name=called(one),
        platform=one.platform,
        kind=one.kind,
        tier=one.tier,
        followers=one.followers,
        score=one.score,
        components=one.components,
        sponsored_share=one.sponsored_share,
        reasons=one.reasons,
        evidence=one.evidence[:2],
    )


def _competitor(watchlist: Watchlist, record: Benchmark) -> Competitor:
    brand = watchlist.brand(record.brand)
    fair = [best for best in record.best_posts if not best["giveaway"] and not best["paid"]]
    best = fair[0] if fair else None
    return Competitor(
        brand=brand.id,
        name=brand.name,
        own=brand.role == "own",
        figures={id: Figure.model_validate(value) for id, value in record.figures.items()},
        best_post=best["id"] if best else None,
        best_over_performing=best["over_performing"] if best else None,
        left_out=record.left_out,
    )


def _surprises(records: Iterable[Benchmark]) -> tuple[dict[str, Any], ...]:
    """Posts that over-perform, what won by itself only."""
    found = [
        {
            "brand": record.brand,
            "platform": record.platform,
            "post": best["id"],
            "score": best["over_performing"],
            "engagement": best["engagement"],
            "format": best["format"],
        }
        for record in records
        if record.platform is not None
        for best in record.best_posts
        if (best["over_performing"] or 0) >= benchmark.OVERPERFORMS
        and not best["giveaway"]
        and not best["paid"]
    ]
    return tuple(sorted(found, key=lambda one: (-one["score"], one["post"]))[:SURPRISES])


def _key_figures(
    posts: pl.DataFrame,
    compared: Iterable[Benchmark],
    brand: str,
    watchlist: Watchlist,
    since: datetime,
    zone: str,
) -> tuple[KeyFigure, ...]:
    """The own brand's figures with their past. A week before collecting began is unknown."""
    record = next((one for one in compared if (one.brand, one.platform) == (brand, None)), None)
    if record is None:
        return ()
    first = posts["published_at"].min()
    ids = [one.id for one in watchlist.brands]
    terms = Terms.of(watchlist)
    past: list[dict[str, Figure]] = []
    for back in range(WEEKS - 1, 0, -1):
        low, high = weeks.shifted(since, -back, zone), weeks.shifted(since, 1 - back, zone)
        if not isinstance(first, datetime) or first > low + timedelta(days=1):
            past.append({})
            continue
        inside = posts.filter((pl.col("published_at") >= low) & (pl.col("published_at") < high))
        past.append(terms.voice(inside, ids).get((brand, None), {}))
    found = []
    for id in KEY:
        if id in record.figures:
            figure = Figure.model_validate(record.figures[id])
            values = [week[id].value if id in week else None for week in past]
            last4 = [value for value in values[-4:] if value is not None]
            mean4 = sum(last4) / len(last4) if len(last4) == 4 else None
            found.append(KeyFigure(figure=figure, mean4=mean4, weeks=(*values, figure.value)))
    return tuple(found)


def _moments(watchlist: Watchlist, until: datetime, zone: str) -> tuple[Moment, ...]:
    day = until.astimezone(ZoneInfo(zone)).date()
    coming = moments.between(
        day, day + AHEAD, watchlist.workspace.country, watchlist.calendar.moments
    )
    unique = {(one.start, one.names["fr"].casefold()): one for one in coming}
    return tuple(
        Moment(
            day=one.start,
            until=one.end,
            fr=one.names["fr"],
            en=one.names["en"],
            sensitive=one.sensitive,
        )
        for one in unique.values()
        if day <= one.start < day + AHEAD
    )


def _outcomes(previous: Briefing | None, risen: Iterable[Rising]) -> tuple[Outcome, ...]:
    """What became of the trends of the week before: a hit went on rising, a miss did not."""
    if previous is None:
        return ()
    now = {trend.id: trend for trend in risen}
    told = {claim.id: claim for claim in previous.claims}
    found = []
    for trend in (*previous.emerging, *previous.strong):
        claim = told.get(f"trend:{trend.id}")
        if claim and trend.stage in ("new", "emerging", "growing"):
            posts = now[trend.id].posts if trend.id in now else 0
            found.append(
                Outcome(
                    claim=claim.id,
                    sentence_fr=claim.sentence_fr,
                    sentence_en=claim.sentence_en,
                    then=trend.posts,
                    now=posts,
                    hit=posts >= trend.posts,
                )
            )
    return tuple(found)


def _left_out(records: Iterable[Benchmark]) -> dict[str, int]:
    total: dict[str, int] = {}
    for record in records:
        for reason, count in record.left_out.items():
            if reason != "unknown_origin":
                total[reason] = total.get(reason, 0) + count
    return total
