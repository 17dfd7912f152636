"""Every dialect of waiting, as a pure function."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.ratelimit import next_midnight, seconds_until, wait_of

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
EPOCH = str(int(NOW.timestamp()))


def later(seconds: float) -> str:
    return str(int(NOW.timestamp() + seconds))


@pytest.mark.parametrize(
    ("platform", "status", "headers", "seconds", "signal"),
    [
        ("any", 429, {"retry-after": "120"}, 120, "retry-after"),
        ("any", 429, {"retry-after": "Mon, 09 Mar 2026 12:02:00 GMT"}, 120, "retry-after"),
        ("mastodon", 503, {"retry-after": "5, Mon, 09 Mar 2026 12:00:07 GMT"}, 7, "retry-after"),
        ("x", 429, {"x-rate-limit-reset": later(900)}, 900, "x-rate-limit-reset"),
        ("bluesky", 429, {"ratelimit-reset": later(30)}, 30, "ratelimit-reset"),
        ("reddit", 429, {"x-ratelimit-reset": "42"}, 42, "x-ratelimit-reset"),
        ("mastodon", 429, {"x-ratelimit-reset": "2026-03-09T12:03:20.5Z"}, 200.5,
         "x-ratelimit-reset"),
        ("any", 429, {"x-ratelimit-reset": later(60) + "000"}, 60, "x-ratelimit-reset"),
        ("any", 429, {"ratelimit-reset": later(-60)}, 0, "ratelimit-reset"),
        ("any", 403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9"}, 9,
         "x-ratelimit-reset"),
        ("any", 420, {}, 15, "HTTP 420"),
    ],
)  # fmt: skip
def test_refusals_by_header(platform, status, headers, seconds, signal) -> None:
    wait = wait_of(status, headers, b"", NOW, platform)
    assert wait is not None
    assert wait.refused
    assert (wait.seconds, wait.signal) == (pytest.approx(seconds), signal)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"ratelimit-remaining": "0", "ratelimit-reset": later(12)}, 12),
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "77"}, 77),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": later(5)}, 5),
        ({"x-app-usage": json.dumps({"call_count": 97, "total_time": 3})}, 300),
        ({"x-business-use-case-usage": json.dumps({"17": [{"type": "pages", "call_count": 100,
          "total_cputime": 25, "total_time": 25, "estimated_time_to_regain_access": 19}]})}, 1140),
    ],
)  # fmt: skip
def test_what_a_good_answer_says_of_the_next_call(headers, seconds) -> None:
    wait = wait_of(200, headers, b"{}", NOW, "any")
    assert wait is not None
    assert not wait.refused
    assert wait.seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {"retry-after": "5"}),
        (200, {"ratelimit-remaining": "12", "ratelimit-reset": later(12)}),
        (200, {"x-app-usage": json.dumps({"call_count": 28, "total_time": 25})}),
        (200, {"x-app-usage": "no json"}),
        (404, {"ratelimit-reset": later(12)}),
        (403, {"ratelimit-remaining": "12", "ratelimit-reset": later(12)}),
        (503, {}),
        (500, {"ratelimit-reset": later(12)}),
    ],
)
def test_no_wait(status, headers) -> None:
    assert wait_of(status, headers, b"<html>", NOW, "any") is None


LOS_ANGELES_MIDNIGHT = 19 * 3600.0  # 12:00 UTC is 05:00 there, in summer time since the day before


@pytest.mark.parametrize(
    ("platform", "status", "body", "seconds"),
    [
        ("youtube", 403, {"error": {"errors": [{"reason": "quotaExceeded"}]}},
         LOS_ANGELES_MIDNIGHT),
        ("youtube", 403, {"error": {"errors": [{"reason": "rateLimitExceeded"}]}}, 60),
        ("tiktok", 429, {"error": {"code": "rate_limit_exceeded"}}, 60),
        ("tiktok", 429, {"error": {"code": "daily_quota_limit_exceeded"}}, 12 * 3600),
        ("pinterest", 429, {"code": 8, "message": "You have exceeded your rate limit."}, 60),
        ("linkedin", 429, {"message": "throttle APPLICATION DAY limit is reached."}, 12 * 3600),
        ("linkedin", 429, {"message": "Too many requests"}, 60),
        ("google_analytics", 429, {"error": {"status": "RESOURCE_EXHAUSTED",
         "message": "Exhausted property tokens per day."}}, 12 * 3600),
        ("google_analytics", 429, {"error": {"status": "RESOURCE_EXHAUSTED",
         "message": "These quota tokens will return in under an hour."}}, 3600),
        ("instagram", 403, {"error": {"code": 4, "message": "Application limit"}}, 300),
        ("facebook", 400, {"error": {"code": 80001}}, 300),
    ],
)  # fmt: skip
def test_refusals_by_body(platform, status, body, seconds) -> None:
    wait = wait_of(status, {}, json.dumps(body).encode(), NOW, platform)
    assert wait is not None
    assert wait.refused
    assert wait.seconds == pytest.approx(seconds)


def test_meta_says_minutes_beside_an_error() -> None:
    usage = {"9": [{"call_count": 100, "estimated_time_to_regain_access": 5}]}
    headers = {"x-business-use-case-usage": json.dumps(usage)}
    body = json.dumps({"error": {"code": 32}}).encode()
    wait = wait_of(403, headers, body, NOW, "facebook")
    assert wait is not None
    assert wait.refused
    assert wait.seconds == 300.0


def test_an_ordinary_refusal_of_access_is_no_wait() -> None:
    forbidden = json.dumps({"error": {"code": 10, "message": "Permission"}}).encode()
    assert wait_of(403, {}, forbidden, NOW, "facebook") is None
    assert wait_of(403, {}, json.dumps({"error": {"errors": []}}).encode(), NOW, "youtube") is None


@given(st.integers(min_value=0, max_value=10**6))
def test_one_delay_reads_the_same_in_every_form(delay: int) -> None:
    moment = NOW + timedelta(seconds=delay)
    forms = [
        str(delay),
        str(int(moment.timestamp())),
        str(int(moment.timestamp() * 1000)),
        moment.isoformat(),
        moment.isoformat().replace("+00:00", "Z"),
        format_datetime(moment, usegmt=True),
    ]
    assert {seconds_until(form, NOW) for form in forms} == {float(delay)}
    assert seconds_until(", ".join(forms), NOW) == delay


@given(st.text(max_size=40))
def test_any_header_value_reads_without_error(value: str) -> None:
    seconds = seconds_until(value, NOW)
    assert seconds is None or seconds >= 0


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_midnight_comes_within_a_day(now: datetime) -> None:
    for zone in ("UTC", "America/Los_Angeles", "Europe/Paris"):
        assert timedelta() < next_midnight(now, zone) - now <= timedelta(hours=25)


def test_recorded_refusals(shared) -> None:
    """Every recorded refusal of the platforms asks to wait."""
    found = set()
    for index in shared.glob("fixtures/*/index.json"):
        for entry in json.loads(index.read_text()):
            if not any(word in entry["file"] for word in ("429", "rate_limit", "quota")):
                continue
            platform = index.parent.name
            status = entry["status"] if entry["status"] >= 400 else 429  # Pinterest's is an example
            body = (index.parent / entry["file"]).read_bytes()
            wait = wait_of(status, entry["headers"] or {}, body, NOW, platform)
            assert wait, platform
            assert wait.refused
            found.add(platform)
    assert found >= {"facebook", "instagram", "linkedin", "mastodon", "tiktok", "x", "youtube"}
