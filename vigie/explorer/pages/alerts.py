"""Alerts: what burns, what burned; one alert with its cause."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from vigie.explorer.charts import chart
from vigie.explorer.desk import Desk
from vigie.explorer.periods import Period
from vigie.explorer.render import answer
from vigie.explorer.scope import Scope
from vigie.explorer.sentences import about, of_kinds
from vigie.records import Alert

BEFORE = timedelta(days=4)
AFTER = timedelta(days=3)


def alerts(desk: Desk) -> Response:
    brands = set(desk.scope.get("brand"))
    networks = set(desk.scope.get("network"))
    shown = [
        alert
        for alert in desk.findings.alerts
        if (not brands or alert.subject.removeprefix("brand:") in brands)
        and (not networks or alert.platform in networks)
    ]
    burning = [alert for alert in desk.findings.open_alerts if alert in shown]
    return answer(
        desk,
        "alerts.html",
        title=desk.words.text("Alerts"),
        sentences=of_kinds(desk, ("crisis", "alert", "dip", "outage", "quiet")),
        burning=burning,
        past=[alert for alert in shown if alert not in burning],
    )


def around(desk: Desk, alert: Alert) -> Scope:
    """Its subject from some days before it to some days after, on its network."""
    end = min(desk.now, (alert.ended_at or desk.now) + AFTER)
    period = Period("custom", alert.started_at - BEFORE, max(end, alert.started_at + AFTER))
    scope = Scope(period=period)
    kind, _, id = alert.subject.partition(":")
    if kind in ("brand", "topic"):
        scope = scope.narrow(**{kind: id})
    if alert.platform:
        scope = scope.narrow(network=alert.platform)
    return scope


def alert(desk: Desk, id: str) -> Response:
    found = desk.findings.alert(id)
    if found is None:
        return answer(desk, "missing.html", 404, title=desk.words.text("Alert"))
    scope = desk.everything.of("alert", id)
    first = desk.find(desk.everything.narrow(post=found.first_post or ""), sort="published_at")
    posts = desk.find(scope, sort="-engagement", size=5)
    view = around(desk, found)
    charts = [chart(desk, "posts-over-time", view)]
    if found.kind != "outage":
        charts.append(chart(desk, "sentiment-over-time", view))
    return answer(
        desk,
        "alert.html",
        title=desk.alert(found),
        alert=found,
        sentences=about(desk, lambda claim: claim.id.endswith(f":{id}")),
        scope=scope,
        total=posts.total,
        first=first.hits[:1],
        posts=posts.hits,
        charts=charts,
        story=desk.everything.narrow(story=found.story_id) if found.story_id else None,
        story_count=desk.count(desk.everything.narrow(story=found.story_id))
        if found.story_id
        else 0,
    )
