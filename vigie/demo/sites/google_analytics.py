"""The Google Analytics Data API: `runReport` over properties whose visits are invented.

Each account of the town is a property. Its sessions of a day come from its followers and the day,
always the same; the last two days are still short, as the real ones are, and rise when they are
asked for again. A private account is a property that is closed to the caller, which Google does
not tell from one that is not there.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from vigie.demo.people import Account
from vigie.demo.sites import google
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town

ZONE = ZoneInfo("Europe/Paris")
CURRENCY = "EUR"
ROWS, MOST = 10_000, 250_000
# Channel: share of the sessions, source and medium, part that engages.
CHANNELS = {
    "Organic Search": (0.38, ("google", "organic"), 0.62),
    "Direct": (0.22, ("(direct)", "(none)"), 0.55),
    "Organic Social": (0.17, ("instagram", "social"), 0.41),
    "Referral": (0.11, ("annuaire.example", "referral"), 0.5),
    "Email": (0.08, ("lettre", "email"), 0.66),
    "Unassigned": (0.04, ("(not set)", "(not set)"), 0.2),
}
PAGES = {"/": 0.4, "/boutique": 0.25, "/essai": 0.15, "/atelier": 0.1, "(other)": 0.1}
METRICS = {
    "sessions": "TYPE_INTEGER", "engagedSessions": "TYPE_INTEGER", "engagementRate": "TYPE_FLOAT",
    "keyEvents": "TYPE_FLOAT", "totalRevenue": "TYPE_CURRENCY", "totalUsers": "TYPE_INTEGER",
    "screenPageViews": "TYPE_INTEGER",
}  # fmt: skip
DIMENSIONS = ("date", "sessionDefaultChannelGroup", "sessionSource", "sessionMedium", "landingPage")
KNOWN = {
    "dimensions", "metrics", "dateRanges", "orderBys", "limit", "offset", "returnPropertyQuota",
    "keepEmptyRows", "property",
}  # fmt: skip
_PATH = re.compile(r"/v1beta/properties/([\w.\-]+):runReport")
_AGO = re.compile(r"(\d+)daysAgo")
Cell = tuple[float, float, float, float]  # sessions, engaged, key events, revenue


class GoogleAnalyticsSite:
    """Answers as of a time."""

    needs_token = True
    renamed = ("metricValues", "metric_values")

    def __init__(self, town: Town) -> None:
        self._town = town

    @staticmethod
    def native(at: int, serial: int) -> str:
        """A number as properties have."""
        return str(300_000_000 + serial)

    def token_of(self, ask: Ask) -> str:
        return ask.bearer()

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        if why == "unapproved":
            return google.error(
                403, "Request had insufficient authentication scopes.", code="PERMISSION_DENIED",
                reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            )  # fmt: skip
        reason = {
            "missing": "CREDENTIALS_MISSING",
            "lapsed": "ACCESS_TOKEN_EXPIRED",
            "revoked": "ACCESS_TOKEN_TYPE_UNSUPPORTED",
        }[why]
        return google.error(
            401, "Request had invalid authentication credentials. Expected OAuth 2 access token.",
            code="UNAUTHENTICATED", reason=reason,
        )  # fmt: skip

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        span = "day" if wait_s > 3_600 else "hour"
        message = (
            f"Exhausted property tokens per {span}. These quota tokens will return in under "
            f"{'a day' if span == 'day' else 'an hour'}."
        )
        return google.error(429, message, code="RESOURCE_EXHAUSTED")

    def failed(self, ask: Ask) -> Reply:
        reply = google.error(500, "Internal error encountered.", code="INTERNAL")
        return Reply(200, reply.body)

    def answer(self, ask: Ask) -> Reply:
        named = _PATH.fullmatch(ask.path)
        if not named or ask.method != "POST":
            return google.error(404, "Not Found", code="NOT_FOUND")
        account = next(
            (
                one
                for one in self._town.accounts
                if one.site == "google_analytics" and named[1] in (one.native, one.handle)
            ),
            None,
        )
        if account is None or account.private:
            return google.error(
                403, "User does not have sufficient permissions for this property. To learn more "
                "about Property ID, see the documentation.", code="PERMISSION_DENIED",
            )  # fmt: skip
        try:
            asked = ask.json()
            return self._report(account, asked, ask)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return google.error(400, f"Invalid value: {error}", code="INVALID_ARGUMENT")

    def _report(self, account: Account, asked: dict[str, Any], ask: Ask) -> Reply:
        if odd := set(asked) - KNOWN:
            raise ValueError(f'Unknown name "{min(odd)}": Cannot find field.')
        dimensions = [one["name"] for one in asked.get("dimensions", ())]
        metrics = [one["name"] for one in asked["metrics"]]
        for name in (*dimensions, *metrics):
            if name not in METRICS and name not in DIMENSIONS:
                raise ValueError(f"Field {name} is not a valid dimension or metric.")
        (span,) = asked["dateRanges"]
        today = datetime.fromtimestamp(ask.now / 1000, ZONE).date()
        first, last = _day(span["startDate"], today), _day(span["endDate"], today)
        table: dict[tuple[str, ...], list[float]] = {}
        for told, cell in self._cells(account, first, last, ask.now, dimensions):
            key = tuple(told[name] for name in dimensions)
            sums = table.setdefault(key, [0.0] * len(cell))
            for place, value in enumerate(cell):
                sums[place] += value
        rows = [
            {
                "dimensionValues": [{"value": value} for value in key],
                "metricValues": [{"value": _value(name, table[key])} for name in metrics],
            }
            for key in sorted(table)
            if round(table[key][0])
        ]
        offset, limit = int(asked.get("offset", 0)), min(int(asked.get("limit", ROWS)), MOST)
        body: dict[str, Any] = {
            "dimensionHeaders": [{"name": name} for name in dimensions],
            "metricHeaders": [{"name": name, "type": METRICS[name]} for name in metrics],
            "rows": rows[offset : offset + limit],
            "rowCount": len(rows),
            "metadata": {"currencyCode": CURRENCY, "timeZone": ZONE.key},
            "kind": "analyticsData#runReport",
        }
        if "landingPage" in dimensions:
            body["metadata"]["dataLossFromOtherRow"] = True
        if not rows:  # as the real one
            del body["rows"], body["rowCount"]
        if asked.get("returnPropertyQuota"):
            body["propertyQuota"] = _quota(ask.left)
        return Reply.json(200, body)

    def _cells(
        self, account: Account, first: date, last: date, now: int, dimensions: Sequence[str]
    ) -> Iterator[tuple[dict[str, str], Cell]]:
        """The visits of each day, channel and, where they are asked for, page."""
        pages = PAGES if "landingPage" in dimensions else {"": 1.0}
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            grown = _settled(day, now)
            visits = max(40.0, account.followers_on(0) / 8) * grown * _noise(account, day, "", 0.25)
            visits *= 1.25 if day.weekday() >= 5 else 1.0
            for channel, (share, (source, medium), engages) in CHANNELS.items():
                for page, part in pages.items():
                    sessions = visits * share * part * _noise(account, day, channel + page, 0.3)
                    engaged = sessions * engages
                    told = {
                        "date": day.strftime("%Y%m%d"), "sessionDefaultChannelGroup": channel,
                        "sessionSource": source, "sessionMedium": medium, "landingPage": page,
                    }  # fmt: skip
                    yield told, (sessions, engaged, engaged * 0.05, engaged * 0.02 * 74.9)


def _settled(day: date, now: int) -> float:
    """The part of a day's visits that is counted by a time, 0 while the day lies ahead."""
    begun = datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)
    hours = (now / 1000 - begun.timestamp()) / 3600
    if hours <= 0:
        return 0.0
    return min(1.0, hours / 24) * (1.0 if hours >= 48 else 1 - 0.2 * math.exp(-hours / 20))


def _noise(account: Account, day: date, what: str, width: float) -> float:
    seed = hashlib.sha256(f"{account.native}|{day}|{what}".encode()).digest()
    return 1 + width * (int.from_bytes(seed[:4], "big") / 2**32 - 0.5)


def _value(name: str, sums: Sequence[float]) -> str:
    sessions, engaged, events, revenue = sums
    if name == "engagementRate":
        return repr(round(engaged) / round(sessions))
    if name == "totalRevenue":
        return repr(round(revenue, 2))
    factors = {
        "sessions": sessions, "engagedSessions": engaged, "keyEvents": events,
        "totalUsers": sessions * 0.8, "screenPageViews": sessions * 3.1,
    }  # fmt: skip
    return str(round(factors[name]))


def _day(told: str, today: date) -> date:
    if ago := _AGO.fullmatch(told):
        return today - timedelta(days=int(ago[1]))
    if told in ("today", "yesterday"):
        return today - timedelta(days=told == "yesterday")
    return date.fromisoformat(told)


def _quota(left: int) -> dict[str, Any]:
    """What is left to the property, at ten tokens a call that the door still lets pass."""
    tokens = left * 10
    return {
        "tokensPerDay": {"consumed": 10, "remaining": min(200_000, tokens * 5)},
        "tokensPerHour": {"consumed": 10, "remaining": min(40_000, tokens)},
        "concurrentRequests": {"remaining": 10},
        "serverErrorsPerProjectPerHour": {"remaining": 10},
        "potentiallyThresholdedRequestsPerHour": {"remaining": 120},
        "tokensPerProjectPerHour": {"consumed": 10, "remaining": min(14_000, tokens)},
    }
