"""An empty workspace, the first collection, briefings, periods."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from vigie.clock import SetClock
from vigie.explorer.app import create_app
from vigie.explorer.periods import Period, PeriodError, before, interval, is_week, period
from vigie.records import Run
from vigie.workspace import Workspace

from .conftest import BASE
from .reading import Page
from .seeding import NOW, WATCHLIST, open_workspace, post

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def fresh(tmp_path: Path) -> Workspace:
    (tmp_path / "vigie.toml").write_text(WATCHLIST, encoding="utf-8")
    return Workspace(tmp_path, clock=SetClock(NOW))


def test_an_empty_workspace_says_what_to_do_first(fresh: Workspace) -> None:
    client = TestClient(create_app(fresh), base_url=BASE)
    for path in ("/", "/trends", "/posts", "/brands", "/influencers", "/alerts", "/sources"):
        answer = client.get(path, params={"lang": "en"})
        assert answer.status_code == 200
        text = Page(answer.text).text
        assert "vigie run" in text, path
        assert "vigie import" in text
    fresh.close()


def test_the_first_collection_shows_progress_then_the_page(fresh: Workspace) -> None:
    client = TestClient(create_app(fresh, keep=0), base_url=BASE)
    fresh.store.upsert([post("1", "bluesky", NOW - timedelta(hours=2), "Premier <b>pain</b>")])
    page = Page(client.get("/?lang=en").text)
    assert "Collecting for the first time" in page.text
    assert "1 post so far" in page.text
    assert "Premier <b>pain</b>" in page.text
    polled = client.get("/progress")
    assert "hx-get" in polled.text
    assert "hx-refresh" not in polled.headers
    fresh.store.upsert([Run(id="r", kind="analyse", started_at=NOW, ended_at=NOW)])
    assert client.get("/progress").headers["hx-refresh"] == "true"
    assert "Collecting for the first time" not in client.get("/?lang=en").text
    fresh.close()


def test_a_store_without_its_index_is_read_all_the_same(tmp_path: Path) -> None:
    with open_workspace(tmp_path / "old", posts=20) as before:
        folder = before.dir
    (index,) = (folder / ".vigie" / "store").glob("index-*")
    shutil.rmtree(index)
    with Workspace(folder, clock=SetClock(NOW), read_only=True) as space:
        space.begin()
        client = TestClient(create_app(space), base_url=BASE)
        assert client.get("/posts?period=all&lang=en").status_code == 200


def test_a_run_at_work_is_told_before_its_first_post(fresh: Workspace) -> None:
    client = TestClient(create_app(fresh, keep=0), base_url=BASE)
    with fresh.alone("run"):
        text = Page(client.get("/?lang=en").text).text
        assert "A run is at work" in text
        assert "Nothing collected yet" not in text
    assert "Nothing collected yet" in Page(client.get("/?lang=en").text).text
    fresh.close()


def test_a_quiet_week_says_so(fresh: Workspace) -> None:
    fresh.store.upsert([Run(id="r", kind="analyse", started_at=NOW, ended_at=NOW)])
    text = Page(TestClient(create_app(fresh), base_url=BASE).get("/?lang=en").text).text.lower()
    assert "nothing unusual" in text
    fresh.close()


def test_a_briefing_is_shown_with_its_files(tmp_path: Path) -> None:
    from vigie import briefing
    from vigie.analysing import analyse

    workspace = open_workspace(tmp_path, findings=False)
    client = TestClient(create_app(workspace), base_url=BASE)
    analyse(workspace)
    written = briefing.publish(
        workspace,
        week="2026-W47",
        formats=("html", "md"),
        languages=("fr", "en"),
        folder=workspace.data / "briefings",
    )
    assert written
    assert "week 47" in Page(client.get("/briefings?lang=en").text).text
    page = Page(client.get("/briefings/2026-W47?lang=en").text)
    assert "Key figures" in page.text
    assert not page.unclosed
    files = [a["href"] for a in page.all("a") if "download" in a]
    assert len(files) == len(written)
    for href in files:
        answer = client.get(href)
        assert answer.headers["content-disposition"].startswith("attachment")
    while "compared with today…" in (today := client.get("/briefings/2026-W47/today?lang=en")).text:
        pass
    assert "Every figure is today what it was then." in today.text
    workspace.close()


# -- periods


def test_the_default_is_the_last_full_week() -> None:
    week = period("", NOW, PARIS)
    assert week.since == datetime(2026, 11, 15, 23, tzinfo=UTC)
    assert week.until == datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert is_week(week, PARIS)
    assert interval(week) == "day"


def test_a_week_over_a_change_of_clocks_is_compared_with_whole_days() -> None:
    week = period("2026-W43", NOW, PARIS)  # its Sunday has 25 hours
    assert week.days == pytest.approx(7 + 1 / 24)
    old = before(week, "previous", PARIS)
    assert old
    assert old.until == week.since
    assert old.since.astimezone(PARIS).isoformat() == "2026-10-12T00:00:00+02:00"


@pytest.mark.parametrize("name", ["never", "2026-W54", "7", "2026-W00"])
def test_a_period_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(PeriodError):
        period(name, NOW, PARIS)


def test_dates_that_make_no_period_are_refused() -> None:
    for since, until in (("2026-11-20", "2026-11-19"), ("yesterday", ""), ("2026-13-01", "")):
        with pytest.raises(PeriodError):
            period("", NOW, PARIS, since, until)


@given(
    since=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    length=st.timedeltas(timedelta(minutes=1), timedelta(days=400)),
)
def test_the_period_before_ends_where_this_one_begins(since: datetime, length: timedelta) -> None:
    low = since.replace(tzinfo=UTC)
    shown = Period("custom", low, low + length)
    old = before(shown, "previous", PARIS)
    assert old
    assert old.until == shown.since
    assert abs((old.until - old.since) - length) <= timedelta(hours=1)
    assert before(shown, "none", PARIS) is None
