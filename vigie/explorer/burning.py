"""What an alert's page and the panel beside a page tell of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from vigie.explorer.desk import Desk
from vigie.explorer.periods import Period
from vigie.explorer.scope import Scope
from vigie.records import Alert

BEFORE = timedelta(days=4)
AFTER = timedelta(days=3)


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


def burning(desk: Desk, alert: Alert | None) -> dict[str, Any]:
    """The most copied story of an alert, and the comments under the brand's posts that are gone."""
    told: dict[str, Any] = {"alert": alert, "story_count": 0, "deleted_count": 0}
    if alert is None:
        return told
    if alert.story_id:
        story = desk.everything.narrow(story=alert.story_id)
        told |= {"story": story, "story_count": desk.count(story)}
    kind, _, id = alert.subject.partition(":")
    if kind == "brand" and alert.kind == "crisis":
        deleted = around(desk, alert).narrow(
            brand=None, owner=id, origin="comment", state="deleted"
        )
        told |= {"deleted": deleted, "deleted_count": desk.count(deleted)}
    return told
