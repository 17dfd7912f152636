"""Flows: what they set before prefect is imported, their schedules, and what they report."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from town import Town, found
from watching import environment, vigie

from vigie.errors import ConfigError
from vigie.records import Run, SourceRun

PARIS = ZoneInfo("Europe/Paris")


async def moments(text: str, start: datetime, number: int) -> list[datetime]:
    """The next moments at which the Prefect server itself would start a run."""
    from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule

    from flows.serving import schedule

    told = schedule(text, "Europe/Paris", "run")
    kind = CronSchedule if told.cron else IntervalSchedule
    fields = {"cron", "timezone"} if told.cron else {"interval", "anchor_date", "timezone"}
    asked = kind.model_validate({name: getattr(told, name) for name in fields})
    dates = await asked.get_dates(n=number, start=start)
    return [date.astimezone(PARIS) for date in dates]


@pytest.mark.parametrize(
    ("change", "offsets"),
    [(datetime(2026, 10, 25, tzinfo=PARIS), (2, 1)), (datetime(2027, 3, 28, tzinfo=PARIS), (1, 2))],
)
async def test_schedules_keep_the_local_hour(change: datetime, offsets: tuple[int, int]) -> None:
    start = (change - timedelta(days=10)).astimezone(UTC)
    weekly = await moments("0 7 * * 1", start, 3)
    assert [(date.weekday(), date.hour, date.minute) for date in weekly] == [(0, 7, 0)] * 3
    hours = {date.utcoffset() for date in weekly}
    assert hours == {timedelta(hours=offset) for offset in offsets}
    daily = await moments("every 1 day", start, 14)
    assert [(date.hour, date.minute) for date in daily] == [(0, 0)] * 14
    hourly = await moments("every 6 hours", start, 8)
    assert {date.minute for date in hourly} == {0}


@pytest.mark.parametrize("text", ["hourly", "every 0 hours", "61 7 * * 1", "every 1 month"])
def test_a_schedule_that_cannot_be_read(text: str) -> None:
    from flows.serving import schedule

    with pytest.raises(ConfigError, match="schedule"):
        schedule(text, "Europe/Paris", "run")


@settings(deadline=None)  # the first imports prefect
@given(
    st.lists(st.integers(0, 59), max_size=60).map(sorted), st.integers(min_value=1, max_value=20)
)
def test_what_is_unread_is_cut_into_spans_that_hold_each_post_once(
    minutes: list[int], size: int
) -> None:
    from flows.sharing import spans

    times = [datetime(2026, 11, 23, 8, minute, tzinfo=UTC) for minute in minutes]
    cut = spans(times, size)
    assert all(sum(since <= at < until for since, until in cut) == 1 for at in times)
    assert all(since < until for since, until in cut)
    assert cut == sorted(cut)
    assert len(cut) <= -(-len(times) // size)


def test_the_environment_is_set_before_prefect(tmp_path: Path) -> None:
    folder = found(tmp_path / "w", Town())
    (folder / ".env").write_text(
        "PREFECT_SERVER_ANALYTICS_ENABLED=true\nPREFECT_LOGGING_LEVEL=ERROR\n"
    )
    code = f"""
import sys
from pathlib import Path
from flows.environment import prepare
from vigie.workspace import Workspace
prepare(Workspace.open(Path({str(folder)!r})))
assert "prefect" not in sys.modules
import os, prefect.settings
settings = prefect.settings.get_current_settings()
assert settings.server.analytics_enabled is False
assert settings.server.ephemeral.startup_timeout_seconds == 120
assert settings.home == Path({str(folder)!r}) / ".vigie" / "prefect"
assert settings.logging.level == "ERROR"
assert os.environ["DO_NOT_TRACK"] == "1"
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    folder = found(tmp_path / "w", Town())
    nobody = {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
    done = vigie("run", workspace=folder, env=nobody)
    assert done.returncode == 1
    assert "PREFECT_API_URL" in done.stderr
    assert "Traceback" not in done.stderr
    wrong = vigie("run", workspace=folder, env={"PREFECT_API_URL": "nowhere"})
    assert wrong.returncode == 4


def test_the_report_says_what_was_left_out() -> None:
    from flows.daily import report

    at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    sources = tuple(
        SourceRun(key=key, platform="feeds", state=state, reason=reason, started_at=at, ended_at=at)
        for key, state, reason in (
            ("feeds/feed/a", "ok", None),
            ("feeds/feed/b|c", "broken", "HTTP 503\n<b>no</b>"),
        )
    )
    run = Run(
        id="r", kind="all", started_at=at, sources=sources, counts={"new_post": 4},
        seconds={"collect": 1.25},
    )  # fmt: skip
    text = report(run)
    assert "- broken: 1" in text
    assert "| new_post | 4 |" in text
    (row,) = [line for line in text.splitlines() if "503" in line]
    assert row == r"| feeds/feed/b\|c | broken | HTTP 503 &lt;b>no&lt;/b> |"
