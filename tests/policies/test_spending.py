"""What is spent of each budget, and when it is free again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from shelf import NOW, opened, post
from starlette.testclient import TestClient
from watching import document, vigie

from vigie.cli.telling import spending_line, spending_lines
from vigie.explorer.app import create_app
from vigie.locales.wording import Wording
from vigie.records import Budget
from vigie.spending import spendings

MORE = """
[platforms.bluesky]
calls_per_day = 40
money_per_month = 9
"""


def spent(bucket: str, day: str, calls: int, money: float = 0.0) -> Budget:
    return Budget(id=f"{bucket}@{day}", bucket=bucket, day=day, calls=calls, money=money)


def test_each_limit_with_what_is_spent_of_it(tmp_path: Path) -> None:
    with opened(tmp_path, MORE) as space:
        space.store.upsert(
            [
                spent("bluesky", "2026-11-23", 40, 1.5),
                spent("bluesky", "2026-11-02", 7, 4.0),
                spent("bluesky", "2026-10-31", 7, 4.0),
                spent("hackernews", "2026-11-23", 3),
                spent("feeds", "2026-11-22", 99),
                spent("gone", "2026-11-23", 5),
            ]
        )
        told = spendings(space.store, space.watchlist, NOW)
        by_name = {(one.bucket, one.month): one for one in told}
        assert set(by_name) == {
            ("bluesky", False), ("bluesky", True), ("hackernews", False), ("gone", False),
        }  # fmt: skip
        today, month = by_name["bluesky", False], by_name["bluesky", True]
        assert (today.spent["calls"], today.most) == (40, {"calls": 40})
        assert today.free_at == datetime(2026, 11, 24, tzinfo=UTC)
        assert today.left == {"calls": 0}
        assert (month.spent["money"], month.most, month.free_at) == (5.5, {"money": 9}, None)
        english, french = (Wording(lang, "Europe/Paris") for lang in ("en", "fr"))
        line = spending_line(today, english)
        assert "40 of 40 calls" in line
        assert "free again Tuesday 24 Nov, 01:00" in line
        assert "5,50 sur 9,00 USD ce mois-ci" in spending_line(month, french)
        space.store.upsert([spent("x", "2026-11-23", 2, 0.03), spent("telegram", "2026-11-23", 1)])
        *lines, mere = spending_lines(spendings(space.store, space.watchlist, NOW), english)
        assert mere == "calls of today, without a limit: Hacker News 3, Telegram 1, Gone 5"
        assert any(one.startswith("budget X: 2 calls, 0.03 USD today") for one in lines)
        assert len(lines) == 3


def test_status_and_the_sources_page_tell_it(tmp_path: Path) -> None:
    with opened(tmp_path, MORE) as space:
        space.store.upsert(
            [
                spent("bluesky", "2026-11-23", 40), post("bluesky", "a"),
                spent("youtube.search", "2026-11-23", 3), spent("x", "2026-11-23", 2, 0.03),
            ]
        )  # fmt: skip
        client = TestClient(create_app(space), base_url="http://127.0.0.1")
        page = client.get("/sources?lang=en").text
        assert "40 of 40" in page
        assert "Tuesday 24 Nov" in page
        french = client.get("/sources?lang=fr").text
        assert "40 sur 40" in french
        assert "De nouveau libre" in french
        rows = {
            cells[0]: cells[2:5]
            for row in re.findall("<tr>(<th.*?)</tr>", page)
            if len(cells := re.findall("<t[hd][^>]*>([^<]*)</t[hd]>", row)) == 6
        }
        assert rows["X"] == ["2", "—", "0.03"]
        assert rows["YouTube searches"] == ["3 of 100", "—", "—"]
    now = tmp_path / ".vigie" / "now"
    now.write_text(NOW.isoformat(), encoding="utf-8")
    told = document(vigie("status", "--json", workspace=tmp_path))
    of_bluesky = (one for one in told["budgets"] if one["bucket"] == "bluesky")
    (today,) = (one for one in of_bluesky if not one["month"])
    assert (today["spent"]["calls"], today["limit"]) == (40, {"calls": 40})
    assert today["free_at"] == "2026-11-24T00:00:00+00:00"
