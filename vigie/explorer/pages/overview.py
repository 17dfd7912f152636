"""Overview: what changed in the last full week, and what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from vigie.explorer.charts import chart
from vigie.explorer.desk import Desk
from vigie.explorer.figures import benchmark_tile, count_tile, daily, sentiment_tile, share_tile
from vigie.explorer.render import answer
from vigie.explorer.scope import Scope
from vigie.explorer.sentences import Sentence, about, opening
from vigie.panels.breakdowns import PUBLISHED
from vigie.records import OPERATIONAL, Alert, Trend

RISING = 3
TODO = 5
MOVES = ("voice", "leader", "sentiment", "format")
AHEAD = timedelta(days=14)


def overview(desk: Desk) -> Response:
    own = [brand.id for brand in desk.watchlist.own] or list(desk.brands)[:1]
    mine = own[0] if own else None
    sentences = opening(desk)
    told = any(sentence.kind == "outage" for sentence in sentences)
    said: dict[str, Any] = {"notes": []} if told and not desk.scope.errors else {}
    return answer(
        desk,
        "overview.html",
        200,
        said,
        title=desk.words.text("Overview"),
        sentences=sentences,
        todo=todo(desk),
        questions=desk.findings.questions[:TODO],
        mine=mine,
        tiles=tiles(desk, mine) if mine else [],
        chart=chart(desk, "mentions-over-time", desk.scope),
        rising=rising(desk),
        moves=moves(desk),
        moments=moments(desk),
    )


def tiles(desk: Desk, brand: str) -> list[dict[str, Any]]:
    """The own brand's figures in this view, each beside the period before."""
    everyone = desk.scope.earned()
    mine = everyone.narrow(brand=brand)
    aggs: dict[str, Any] = {
        "authors": {"cardinality": {"field": "author.id"}},
        "brand": {"terms": {"field": "brands", "size": len(desk.brands) + 10}},
    }
    now = desk.ask(mine, aggs)
    rivals = desk.ask(everyone, {"brand": aggs["brand"]})
    old_scope = mine.previous(desk.zone)
    old = desk.ask(old_scope, aggs) if old_scope else None
    old_rivals = None
    if old_scope:
        old_rivals = desk.ask(old_scope.narrow(brand=everyone.get("brand") or None),
                              {"brand": aggs["brand"]})  # fmt: skip
    return [
        count_tile(desk, "mentions.earned", now["total"], old["total"] if old else None, mine,
                   spark=daily(desk, mine)),
        count_tile(desk, "mentions.authors", value_of(now, "authors"), value_of(old, "authors"),
                   mine, posts=now["total"]),
        benchmark_tile(desk, brand, "eng.at_age", published(desk, brand)),
        benchmark_tile(desk, brand, "reach.potential", mine),
        sentiment_tile(desk, brand, mine, now["total"], old["total"] if old else None),
        share_tile(desk, brand, rivals, old_rivals, mine),
    ]  # fmt: skip


def published(desk: Desk, brand: str) -> Scope:
    """What a brand published in this view, its answers left out."""
    return desk.scope.narrow(brand=None, owner=brand, origin="owned", kind=PUBLISHED)


def value_of(answered: dict[str, Any] | None, name: str) -> int | None:
    if not answered or not answered["aggs"]:
        return 0 if answered else None
    return int(answered["aggs"][name]["value"])


def todo(desk: Desk) -> list[Alert]:
    """What burns, the most severe first; a dead source is told above, not here."""
    shown = [a for a in desk.findings.open_alerts if a.kind not in OPERATIONAL]
    return shown[:TODO]


def rising(desk: Desk) -> list[Trend]:
    """Trends that rise and are no seasonal topic."""
    return [
        trend
        for trend in desk.findings.trends
        if trend.stage in ("new", "emerging", "growing") and not trend.recurring
    ][:RISING]


def moves(desk: Desk) -> list[Sentence]:
    """What the competitors' figures and formats say."""
    rivals = {f"brand:{id}" for id, brand in desk.brands.items() if brand.role != "own"}
    return about(desk, lambda claim: claim.kind in MOVES and claim.subject in rivals, 4)


def moments(desk: Desk) -> list[dict[str, Any]]:
    """The next fourteen days of the calendar."""
    from vigie.insights.moments import between

    today = desk.words.local(desk.now).date()
    space = desk.watchlist.workspace
    found = between(today, today + AHEAD, space.country, desk.watchlist.calendar.moments)
    # The trade's own dates may name a moment of the country again.
    named = {
        (moment.names[desk.lang], moment.start): moment
        for moment in found
        if today <= moment.start < today + AHEAD
    }
    return [
        {"name": name, "when": desk.words.day(start), "sensitive": moment.sensitive}
        for (name, start), moment in named.items()
    ]
