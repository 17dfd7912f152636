"""Alerts: what burns, what burned; one alert with its cause."""

from __future__ import annotations

from starlette.responses import Response

from vigie.explorer.burning import around, burning
from vigie.explorer.charts import chart
from vigie.explorer.desk import Desk
from vigie.explorer.render import answer
from vigie.explorer.sentences import about, of_kinds
from vigie.records import OPERATIONAL


def alerts(desk: Desk) -> Response:
    brands = set(desk.scope.get("brand"))
    networks = set(desk.scope.get("network"))
    shown = [
        alert
        for alert in desk.findings.alerts
        if (not brands or alert.subject.removeprefix("brand:") in brands)
        and (not networks or alert.platform in networks)
    ]
    open_ = [alert for alert in desk.findings.open_alerts if alert in shown]
    return answer(
        desk,
        "alerts.html",
        title=desk.words.text("Alerts"),
        sentences=of_kinds(desk, ("crisis", "alert", "dip", "outage", "quiet")),
        burning=open_,
        past=[alert for alert in shown if alert not in open_],
    )


def alert(desk: Desk, id: str) -> Response:
    found = desk.findings.alert(id)
    if found is None:
        return answer(desk, "missing.html", 404, title=desk.words.text("Alert"))
    scope = desk.everything.of("alert", id)
    first = desk.find(desk.everything.narrow(post=found.first_post or ""), sort="published_at")
    posts = desk.find(scope, sort="-engagement", size=5)
    view = around(desk, found)
    charts = [chart(desk, "posts-over-time", view)]
    if found.kind not in OPERATIONAL:
        charts.append(chart(desk, "sentiment-over-time", view))
    return answer(
        desk,
        "alert.html",
        title=desk.alert(found),
        **burning(desk, found),
        sentences=about(
            desk,
            lambda claim: (
                claim.id.endswith(f":{id}")
                or (claim.kind == "outage" and claim.id == f"outage:{found.platform}")
            ),
        ),
        scope=scope,
        total=posts.total,
        first=first.hits[:1],
        posts=posts,
        charts=charts,
    )
