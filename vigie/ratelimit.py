"""How long a platform asks to wait: one pure function that understands every dialect.

| signal | platforms |
|---|---|
| `Retry-After`: seconds or HTTP date, also twice | most; GoToSocial while it starts |
| `x-rate-limit-reset`, `ratelimit-reset`: epoch | X, Bluesky |
| `x-ratelimit-reset`: seconds left | Reddit |
| `x-ratelimit-reset`: ISO 8601 | Mastodon and compatible servers |
| usage headers in percent, minutes to regain access | Meta |
| a code in the body | YouTube, TikTok, Pinterest, LinkedIn, Google Analytics, Meta |
| seconds in the body | Telegram |

A number above 1e9 is an epoch, below it a delay; then ISO 8601, then an HTTP date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

PACIFIC = "America/Los_Angeles"  # Google's quota days
REFUSALS = frozenset({420, 429})
MAYBE_REFUSALS = frozenset({400, 403, 503})  # only with a signal beside the status
UNTOLD_S = 15.0  # a refusal that names no time
WINDOW_S = 60.0  # the shortest window of those platforms that name none
META_WINDOW_S = 300.0  # Meta counts a rolling hour: a look every twelfth of it
META_FULL = 95.0  # percent of a budget at which Meta is left alone, before it blocks
META_CODES = frozenset({4, 17, 32, 341, 613}) | frozenset(range(80000, 80015))
RESETS = ("x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset")
REMAINING = ("x-rate-limit-remaining", "x-ratelimit-remaining", "ratelimit-remaining")
USAGES = ("x-business-use-case-usage", "x-app-usage", "x-page-usage", "x-ad-account-usage")
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
_EPOCH, _MILLIS = 1e9, 1e11


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds from now until the platform answers again. `refused`: this answer was a refusal and
    has to be asked for again; else it is whole, and only the next call has to wait. `told`: the
    platform named the time itself."""

    seconds: float
    signal: str
    refused: bool = True
    told: bool = True


def wait_of(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime, platform: str
) -> Wait | None:
    """The wait that an answer asks for, None where it asks for none. `headers` have lower-case
    names; a header that came twice is one value with commas. `now` is aware."""
    if status < 400:
        return _ahead(headers, now)
    return (
        _of_retry_after(status, headers, now)
        or _of_body(status, body, headers, now, platform)
        or _of_reset(status, headers, now)
        or (Wait(UNTOLD_S, f"HTTP {status}", told=False) if status in REFUSALS else None)
    )


def seconds_until(value: str, now: datetime) -> float | None:
    """The longest wait that a header's value names, in seconds, never negative; None where it
    names none. Several values stand one after the other, with commas between."""
    dates = _HTTP_DATE.findall(value)
    rest = _HTTP_DATE.sub("", value)
    found = [parsedate_to_datetime(date) - now for date in dates]
    for part in filter(None, (part.strip() for part in rest.split(","))):
        try:
            number = float(part)
        except ValueError:
            try:
                moment = datetime.fromisoformat(part)
            except ValueError:
                continue
            found.append((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now)
        else:
            if not 0 <= number < 1e15:  # negative, not a number, or nonsense
                continue
            if number > _EPOCH:
                number = number / (1000 if number > _MILLIS else 1) - now.timestamp()
            found.append(timedelta(seconds=number))
    return max((max(wait.total_seconds(), 0.0) for wait in found), default=None)


def next_midnight(now: datetime, zone: str = "UTC") -> datetime:
    """The coming midnight of a time zone, as UTC."""
    local = now.astimezone(ZoneInfo(zone))
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=local.tzinfo)
    return midnight.astimezone(UTC)


def _of_retry_after(status: int, headers: Mapping[str, str], now: datetime) -> Wait | None:
    if status not in REFUSALS | MAYBE_REFUSALS or "retry-after" not in headers:
        return None
    seconds = seconds_until(headers["retry-after"], now)
    return None if seconds is None else Wait(seconds, "retry-after")


def _of_reset(status: int, headers: Mapping[str, str], now: datetime) -> Wait | None:
    """A reset counts for a refusal, or where nothing remains."""
    if status not in REFUSALS and not (status in MAYBE_REFUSALS and _nothing_remains(headers)):
        return None
    return _reset(headers, now, refused=True)


def _ahead(headers: Mapping[str, str], now: datetime) -> Wait | None:
    """What a good answer says of the next call."""
    if _nothing_remains(headers):
        return _reset(headers, now, refused=False)
    return _of_usage(headers, refused=False)


def _nothing_remains(headers: Mapping[str, str]) -> bool:
    for name in REMAINING:
        if name in headers:
            try:
                return float(headers[name]) < 1  # Reddit's is a decimal
            except ValueError:
                return False
    return False


def _reset(headers: Mapping[str, str], now: datetime, *, refused: bool) -> Wait | None:
    for name in RESETS:
        if name in headers:
            seconds = seconds_until(headers[name], now)
            if seconds is not None:
                return Wait(seconds, name, refused)
    return None


def _of_usage(headers: Mapping[str, str], *, refused: bool) -> Wait | None:
    """Meta's usage headers: percent of a budget, and minutes until access is regained."""
    for name in USAGES:
        usage = _json(headers[name].encode()) if name in headers else None
        for use in _usages(usage):
            minutes = use.get("estimated_time_to_regain_access")
            if isinstance(minutes, int | float) and minutes > 0:
                return Wait(minutes * 60.0, name, refused)
            percents = [
                float(value)
                for key, value in use.items()
                if isinstance(value, int | float) and key != "estimated_time_to_regain_access"
            ]
            if max(percents, default=0.0) >= META_FULL:
                return Wait(META_WINDOW_S, name, refused, told=False)
    return None


def _usages(usage: Any) -> Iterator[dict[str, Any]]:
    """The flat form has the percentages at once, the business form lists by account id."""
    if not isinstance(usage, dict):
        return
    nested = [entry for value in usage.values() if isinstance(value, list) for entry in value]
    yield from (entry for entry in nested if isinstance(entry, dict))
    if not nested:
        yield usage


def _of_body(
    status: int, body: bytes, headers: Mapping[str, str], now: datetime, platform: str
) -> Wait | None:
    """Quota errors that stand in the body."""
    if status not in REFUSALS | MAYBE_REFUSALS:
        return None
    document = _json(body)
    if not isinstance(document, dict):
        return None
    error = document.get("error")
    error = error if isinstance(error, dict) else {}
    code = error.get("code", document.get("code"))
    words = f"{error.get('message', '')} {document.get('message', '')}".lower()
    midnight = (next_midnight(now) - now).total_seconds()
    if platform in ("facebook", "instagram", "threads", "meta"):
        if code in META_CODES:
            told = _of_usage(headers, refused=True)
            return told or Wait(META_WINDOW_S, f"error {code}", told=False)
    elif platform == "youtube":
        reasons = {entry.get("reason") for entry in error.get("errors", ())}
        if reasons & {"quotaExceeded", "dailyLimitExceeded"}:
            return Wait((next_midnight(now, PACIFIC) - now).total_seconds(), "quotaExceeded")
        if reasons & {"rateLimitExceeded", "userRateLimitExceeded"}:
            return Wait(WINDOW_S, "rateLimitExceeded", told=False)
    elif platform == "tiktok":
        if code == "daily_quota_limit_exceeded":
            return Wait(midnight, str(code))
        if code == "rate_limit_exceeded":
            return Wait(WINDOW_S, str(code), told=False)
    elif platform == "telegram":
        parameters = document.get("parameters")
        seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
        if isinstance(seconds, int | float) and seconds >= 0:
            return Wait(float(seconds), "retry_after")
    elif platform == "linkedin" and status in REFUSALS:
        if "day limit" in words:
            return Wait(midnight, "day limit")
        return Wait(WINDOW_S, "throttle", told=False)
    elif platform == "google_analytics" and error.get("status") == "RESOURCE_EXHAUSTED":
        if "per day" in words or "a day" in words:
            return Wait(midnight, "tokens per day")
        if "hour" in words:
            hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            return Wait((hour - now).total_seconds(), "tokens per hour")
        return Wait(WINDOW_S, "RESOURCE_EXHAUSTED", told=False)
    elif platform == "pinterest" and status in REFUSALS and not _reset(headers, now, refused=True):
        return Wait(WINDOW_S, f"code {code}", told=False)
    return None


def _json(body: bytes) -> Any:
    """The body as JSON, None where it is none: a refusal may come as HTML."""
    try:
        return json.loads(body)
    except ValueError:
        return None
