"""Trends: what rises, how sure that is, and where one of them came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from vigie.explorer.charts import chart
from vigie.explorer.desk import Desk
from vigie.explorer.drawing import Chart
from vigie.explorer.findings_charts import of_trend
from vigie.explorer.render import answer, moment
from vigie.explorer.sentences import of_kinds, of_subject
from vigie.records import Post, Trend

STAGES = ("new", "emerging", "growing", "peaking", "declining", "dormant")
SORTS: dict[str, Callable[[Trend], tuple[Any, ...]]] = {
    "score": lambda trend: (-trend.score, trend.id),
    "growth": lambda trend: (-(trend.growth or 0), trend.id),
    "posts": lambda trend: (-trend.posts, trend.id),
    "first": lambda trend: (-trend.first_seen_at.timestamp(), trend.id),
}


def shown(desk: Desk) -> list[Trend]:
    """The trends of the last run that meet the page's filters, in its order."""
    stage, scope = desk.param("stage"), desk.scope
    networks, languages = set(scope.get("network")), set(scope.get("language"))
    brands = set(scope.get("brand"))
    wanted = scope.q.strip().lower()
    found = [
        trend
        for trend in desk.findings.trends
        if (not stage or (trend.stage == stage and not trend.recurring))
        and (not networks or networks & trend.platforms.keys())
        and (not languages or languages & trend.languages.keys())
        and (not brands or brands & set(trend.brands))
        and (not wanted or any(wanted in term.lower() for term in (trend.name, *trend.terms)))
    ]
    order = SORTS.get(desk.param("sort"), SORTS["score"])
    # Seasonal topics stand last: they are expected, not emerging.
    return sorted(found, key=lambda trend: (trend.recurring is not None, *order(trend)))


def trends(desk: Desk) -> Response:
    found = shown(desk)
    present = {trend.stage for trend in desk.findings.trends if not trend.recurring}
    return answer(
        desk,
        "trends.html",
        title=desk.words.text("Trends"),
        sentences=of_kinds(desk, ("trend", "recurring", "quiet")),
        trends=found,
        stages=[stage for stage in STAGES if stage in present],
        stage=desk.param("stage"),
        sort=desk.param("sort") if desk.param("sort") in SORTS else "score",
        sorts=tuple(SORTS),
        known=len(desk.findings.trends),
    )


def trend(desk: Desk, id: str) -> Response:
    found = desk.findings.trend(id)
    if found is None:
        return answer(desk, "missing.html", 404, title=desk.words.text("Trend"))
    scope = desk.everything.of("trend", id)
    charts: list[Chart] = [of_trend(desk, found)]
    if found.post_ids:
        charts.append(chart(desk, "networks", scope))
        charts.append(chart(desk, "languages", scope))
    samples = desk.everything.narrow(post=found.representative or ("",))
    people = [desk.findings.person(author) for author in found.first_authors]
    return answer(
        desk,
        "trend.html",
        title=found.name,
        trend=found,
        scope=scope,
        total=desk.count(scope),
        sentences=of_subject(desk, id, f"trend:{id}"),
        charts=charts,
        samples=samples,
        posts=desk.find(samples, sort="-engagement", size=5),
        path=path(desk, found),
        people=[person for person in people if person],
        voices=voices(desk, found),
    )


def path(desk: Desk, found: Trend) -> list[dict[str, Any]]:
    """Where it went, network by network: when, and who was first."""
    ids = [str(step["first_post"]) for step in found.spread if step.get("first_post")]
    posts = {post.id: post for post in desk.store.get(ids, Post) if post is not None}
    steps = []
    for step in found.spread:
        post = posts.get(str(step.get("first_post")))
        steps.append(
            {
                "at": moment(step["first_at"]),
                "platform": step["platform"],
                "language": step.get("language"),
                "id": step.get("first_post"),
                "who": post and (post.author.name or post.author.handle),
                "said": post and (post.title or post.text),
            }
        )
    return steps


def voices(desk: Desk, found: Trend) -> list[dict[str, object]]:
    """Who speaks of it most."""
    scope = desk.everything.of("trend", found.id)
    answered = desk.ask(scope, {"author": {"terms": {"field": "author.id", "size": 8}}})
    if not answered["aggs"]:
        return []
    buckets = answered["aggs"]["author"]["buckets"]
    names = names_of(desk, [bucket["key"] for bucket in buckets])
    return [
        {
            "id": bucket["key"],
            "name": names.get(bucket["key"], bucket["key"]),
            "count": bucket["doc_count"],
            "scope": scope.narrow(author=bucket["key"]),
        }
        for bucket in buckets
    ]


def names_of(desk: Desk, ids: list[str]) -> dict[str, str]:
    """Handles or names of accounts, from their own records or from a post of theirs."""
    from vigie.records import Account

    found = {
        id: account.name or account.handle or id
        for id, account in zip(ids, desk.store.get(ids, Account), strict=True)
        if account
    }
    for id in ids:
        if id not in found:
            hits = desk.find(desk.everything.narrow(author=id), sort="-published_at", size=1).hits
            if hits:
                author = hits[0].post.author
                found[id] = author.name or author.handle or id
    return found
