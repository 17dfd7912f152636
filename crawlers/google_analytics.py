"""Google Analytics: what the visits to a brand's own site come from and lead to, day by day.

Collected: for each property that a brand of ours names (`properties/123`), by the Data API
(`runReport`): sessions, engaged sessions, engagement rate, key events and revenue of every day, in
all and by channel; what is left of the property's quota comes along. `platforms.google_analytics.
insights` names other metrics, and dimensions (`landingPage`, `sessionSource` …) by which they are
told as well. Only finished days are read; the last three again each time, since their figures still
move. Samples and one account for the property, no posts (`crawlers/reports.py`).

Terms: the user's own property, by OAuth (`analytics.readonly`). Missing: people; figures of small
groups are withheld, which the report flags; a day without visits has no row and is not 0.
Quota: 200,000 tokens a day and property, 40,000 an hour, ten calls at once; a report like ours
costs about ten. Needs `GOOGLE_ANALYTICS_TOKEN`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import orjson

from crawlers import google
from crawlers.fields import decoded, mapping, ok, read_by
from crawlers.reports import Reports, native_of, zone_of
from vigie.budgets import Limit, Price
from vigie.health import detail
from vigie.ratelimit import PACIFIC
from vigie.records import Post
from vigie.sources import FIGURES, Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

HOST = "https://analyticsdata.googleapis.com"
HEADERS = {"Authorization": "Bearer ${GOOGLE_ANALYTICS_TOKEN}", "Content-Type": "application/json"}
METRICS = ("sessions", "engagedSessions", "engagementRate", "keyEvents", "totalRevenue")
CHANNEL = "sessionDefaultChannelGroup"
DIMENSIONS = re.compile(
    r"(landingPage|pagePath|pageTitle|hostName|country|city|region|continent|language|browser|"
    r"device|operatingSystem|platform|newVsReturning|eventName|"
    r"(session|firstUser)(Source|Medium|Campaign|Default|Primary|Manual|Google))\w*"
)
ROWS = 10_000  # of a page
TOKENS = 10  # that one report costs, or less
UNSETTLED = 3  # days that are read again


class GoogleAnalytics:
    name = "google_analytics"
    title = "Google Analytics"
    endpoints = ("runReport",)
    requires = ("GOOGLE_ANALYTICS_TOKEN",)
    mapper_version = "1"
    api_version = "v1beta"
    rate = 2.0  # calls a second
    limits: Mapping[str, Limit] = {
        "google_analytics": Limit(units=200_000, zone=PACIFIC),
    }

    def price(self, call: Call) -> Sequence[Price]:
        return (Price("google_analytics", units=TOKENS),)

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host = (settings.url or HOST).rstrip("/")
        named = settings.insights or METRICS
        options = {
            "since_days": settings.since_days,
            "metrics": [name for name in named if not DIMENSIONS.fullmatch(name)] or list(METRICS),
            "dimensions": [name for name in named if DIMENSIONS.fullmatch(name)],
        }
        return [
            Target(self.name, FIGURES, f"properties/{native_of(account)}", brand.id, None, host,
                   options)
            for brand in watchlist.own
            for account in brand.accounts.get(self.name, ())
        ]  # fmt: skip

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        return []

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        days = cursor.get("days", {})  # the last that was read, by report
        cut = cursor.get("cut", {})  # where a report goes on that was cut off
        for part in ("", CHANNEL, *target.options["dimensions"]):
            since = f"{target.options.get('since_days', 30)}daysAgo"
            if part in days:
                last = date.fromisoformat(days[part])
                since = (last - timedelta(days=UNSETTLED - 1)).isoformat()
            left = cut.get(part, {"since": since, "offset": 0})
            yield _report(target, part, left["since"], left["offset"])

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if not ok(answer):
            return
        with mapping(answer):
            if (read := _onward(answer)) is not None:
                yield _report(target, answer.meta["part"], answer.meta["since"], read)

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        if not ok(answer):
            return cursor
        with mapping(answer):
            part, since = answer.meta["part"], answer.meta["since"]
            meta = decoded(answer).get("metadata") or {}
            today = answer.collected_at.astimezone(zone_of(meta.get("timeZone"))).date()
            cut = {name: left for name, left in cursor.get("cut", {}).items() if name != part}
            if (read := _onward(answer)) is not None:
                # Rows come by date: from a day that is named they keep their places.
                if since.endswith("daysAgo"):
                    ago = timedelta(days=int(since.removesuffix("daysAgo")))
                    since = (today - ago).isoformat()
                return {**cursor, "cut": {**cut, part: {"since": since, "offset": read}}}
            yesterday = (today - timedelta(days=1)).isoformat()
            return {**cursor, "cut": cut, "days": {**cursor.get("days", {}), part: yesterday}}

    def map(self, answer: Answer) -> Mapped:
        return read_by(Reports, answer, self.mapper_version)

    def healthy(self, answer: Answer) -> str | None:
        """A healthy answer is a report, if need be without rows. Google does not tell a property
        that is not there from one that is closed to the caller."""
        if told := google.trouble(answer):
            return told
        error = google.body_of(answer).get("error") or {}
        told = detail(str(error.get("message", "")))
        if answer.status in (403, 404):
            property = native_of(answer.target.split("/", 2)[-1])
            return f"unknown account: property {property}: not there, or closed to us: {told}"
        return f"HTTP {answer.status}: {told}" if answer.status == 400 else None


def _report(target: Target, part: str, since: str, offset: int) -> Call:
    """A page of the report by day, and by a dimension unless that is "". Numbers of 64 bits are
    text in Google's JSON."""
    dimensions = ["date", part] if part else ["date"]
    body = {
        "dimensions": [{"name": name} for name in dimensions],
        "metrics": [{"name": name} for name in target.options["metrics"]],
        "dateRanges": [{"startDate": since, "endDate": "yesterday"}],
        "orderBys": [{"dimension": {"dimensionName": name}} for name in dimensions],
        "limit": str(ROWS),
        "offset": str(offset),
        "returnPropertyQuota": True,
    }
    url = f"{target.host or HOST}/v1beta/{target.value}:runReport"
    meta = {"since": since, "part": part, "offset": offset}
    return Call("runReport", url, "POST", HEADERS, orjson.dumps(body), meta)


def _onward(answer: Answer) -> int | None:
    """Where the next page begins; None at the end."""
    body = decoded(answer)
    read = answer.meta["offset"] + len(body.get("rows") or ())
    return read if body.get("rows") and read < (body.get("rowCount") or 0) else None


CRAWLER = GoogleAnalytics()
