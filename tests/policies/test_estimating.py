"""The cost of a watchlist before it is spent: from schedule, targets, prices and what was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from shelf import NOW, opened, post
from town import Town, found, serving
from watching import document, vigie

from vigie.budgets import Limit, Price
from vigie.cli.costing import cost_lines
from vigie.errors import ConfigError
from vigie.estimating import PER_ACCOUNT, PER_SEARCH, Estimate, estimates
from vigie.locales.wording import Wording
from vigie.pipeline import Pipeline
from vigie.records import Budget, Post
from vigie.schedules import runs_a_day
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist, parse
from vigie.workspace import Workspace


class Shop:
    """A platform with accounts and searches, where a search is dear."""

    title = "Shop"
    endpoints = ("list", "search", "many")
    requires: tuple[str, ...] = ("SHOP_KEY",)
    mapper_version = "1"
    batch = 50
    reads_many = True

    def __init__(
        self, name: str, limits: Mapping[str, Limit], accounts: int, searches: int
    ) -> None:
        self.name, self.limits = name, limits
        self._targets = [Target(name, "account", str(n), "own") for n in range(accounts)]
        self._targets += [Target(name, "search", str(n)) for n in range(searches)]

    def price(self, call: Call) -> Sequence[Price]:
        if call.endpoint == "search":
            return (Price(f"{self.name}.search"),)
        return (Price(self.name, units=1, money=0.5),)

    def targets(self, watchlist: Watchlist) -> list[Target]:
        return list(self._targets)

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        asked = {"ids": [post.native_id for post in posts]}
        return [Target(self.name, "refresh", "posts", options=asked)] if posts else []

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if target.kind == "refresh":
            for _ in range(0, len(target.options["ids"]), self.batch):
                yield Call("many", "http://shop.example/many")
        else:
            endpoint = "search" if target.kind == "search" else "list"
            yield Call(endpoint, "http://shop.example/")

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        return ()

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        return cursor

    def map(self, answer: Answer) -> Mapped:
        return Mapped()


def watch(run: str = "every 2 hours", **platforms: Mapping[str, Any]) -> Watchlist:
    brand = {"id": "own", "name": "Levaine", "role": "own"}
    return parse(
        {"workspace": {"name": "w"}, "brands": [brand], "platforms": platforms,
         "schedule": {"run": run}}
    )  # fmt: skip


def told(crawler: Shop, watchlist: Watchlist, lang: str = "en") -> tuple[Estimate, str]:
    environ = {"SHOP_KEY": "k"}
    (one,) = estimates(watchlist, None, NOW, environ, [crawler])
    return one, "\n".join(cost_lines([one], Wording(lang, "Europe/Paris")))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("schedule", "runs"),
    [
        ("every 1 hour", 24), ("every 90 minutes", 16), ("every 2 days", 0.5), ("0 * * * *", 24),
        ("*/15 8-19 * * *", 48), ("0 7 * * mon-fri", 5 / 7), ("0 7 * * 1,2,7", 3 / 7),
        ("30 6 1 * *", 1 / 31), ("0 0 * jan *", 1 / 12), ("5-59/10 * * * *", 144),
    ],
)  # fmt: skip
def test_runs_a_day(schedule: str, runs: float) -> None:
    assert runs_a_day(schedule) == pytest.approx(runs)


@pytest.mark.parametrize("schedule", ["hourly", "0 7 * *", "x y z * *"])
def test_a_schedule_that_cannot_be_read(schedule: str) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        runs_a_day(schedule)


def test_units_and_searches_in_buckets_of_their_own() -> None:
    limits = {
        "youtube": Limit(units=10_000, zone="America/Los_Angeles"),
        "youtube.search": Limit(calls=100, zone="America/Los_Angeles"),
    }
    one, text = told(Shop("youtube", limits, accounts=2, searches=1), watch())
    posts = 2 * PER_ACCOUNT + PER_SEARCH
    assert one.posts == posts
    assert one.spends["youtube.search"]["calls"] == 12
    refresh = posts * 6 / 50
    assert one.refresh_calls == max(12, refresh)
    assert one.spends["youtube"]["units"] == 2 * 12 + one.refresh_calls
    assert "~36 of 10,000 units" in text
    assert "~12 of 100 calls (YouTube searches)" in text
    assert "assumed" in text
    _, french = told(Shop("youtube", limits, accounts=2, searches=1), watch(), "fr")
    assert "~12 sur 100 appels (recherches YouTube)" in french
    assert "supposées" in french


def test_money_is_what_the_posts_cost_not_what_is_reserved() -> None:
    one, text = told(Shop("x", {}, accounts=0, searches=2), watch())
    reads = 2 * PER_SEARCH * 5  # on the day itself and after 1, 3, 7 and 30 days
    assert one.reads == reads
    assert one.money == pytest.approx(reads * 0.005)
    assert f"X: ~{reads} posts read, ~1.00 USD" in text


def test_what_will_not_fit_is_named_in_the_order_of_reading() -> None:
    limits = {"youtube.search": Limit(calls=100)}
    crawler = Shop("youtube", limits, accounts=1, searches=10)
    one, text = told(crawler, watch())  # 12 collections: 120 searches
    assert [key for key, _ in one.unfit] == ["youtube/search/8", "youtube/search/9"]
    assert "the budget YouTube searches will not reach for search/8, search/9" in text
    one, _ = told(crawler, watch("every 3 hours"))
    assert one.unfit == ()
    one, text = told(Shop("x", {}, 0, 2), watch(x={"money_per_day": 0.5}))
    assert ("x/search/1", "x") in one.unfit
    assert "~1.00 of 0.50 USD" in text


def test_a_bucket_over_days_counts_a_target_once() -> None:
    limits = {"instagram.search": Limit(calls=30, days=7)}
    one, _ = told(Shop("instagram", limits, accounts=0, searches=30), watch("every 1 hour"))
    assert one.spends["instagram.search"]["calls"] == pytest.approx(30 / 7)
    assert one.unfit == ()
    one, _ = told(Shop("instagram", limits, accounts=0, searches=31), watch("every 1 hour"))
    assert one.unfit == (("instagram/search/30", "instagram.search"),)


def test_a_month_of_money_is_a_thirtieth_a_day() -> None:
    one, _ = told(Shop("x", {}, 0, 1), watch(x={"money_per_month": 30}))
    assert one.limits["x"]["money"] == 1


def test_what_the_terms_forbid_costs_nothing_and_is_told() -> None:
    crawler = Shop("linkedin", {}, accounts=1, searches=2)
    one, text = told(crawler, watch())
    assert (one.targets, one.refused) == (1, ("linkedin/search/0", "linkedin/search/1"))
    assert "LinkedIn: your own accounts only; its terms forbid storing those of others. (2)" in text


def test_a_missing_key_is_told() -> None:
    (one,) = estimates(watch(), None, NOW, {}, [Shop("x", {}, 1, 0)])
    assert one.missing == ("SHOP_KEY",)
    assert "missing key: SHOP_KEY" in "\n".join(cost_lines([one], Wording("en", "Europe/Paris")))


def test_posts_are_those_of_the_last_week(tmp_path: Path) -> None:
    with opened(tmp_path) as space:
        space.store.upsert([post("x", str(n), at=NOW - timedelta(hours=n)) for n in range(1, 71)])
        space.store.upsert([post("x", f"o{n}", owner="levaine", origin="owned") for n in range(14)])
        space.store.upsert([post("x", "old", at=NOW - timedelta(days=9))])
        (one,) = estimates(space.watchlist, space.store, NOW, {}, [Shop("x", {}, 0, 2)])
    assert one.posts == pytest.approx(84 / 7)
    assert "posts" not in one.assumed
    assert one.money == pytest.approx((10 * 0.005 + 2 * 0.001) * 5)


async def test_calls_are_estimated_as_they_are_then_made(tmp_path: Path) -> None:
    """After a day of collections the estimate of the next is what that day really took."""
    with serving(Town(owned=30, tagged=90, entries=8)) as town:
        folder = found(tmp_path / "w", town, more='[schedule]\nrun = "every 6 hours"\n')
        start = datetime(2026, 11, 23, 1, tzinfo=UTC)
        for hours in (0, 6, 12, 18):
            at = (start + timedelta(hours=hours)).isoformat()
            (folder / ".vigie" / "now").write_text(at, encoding="utf-8")
            with Workspace.open(folder) as space:
                await Pipeline(space).collect()
                day = [one for one in space.store.all(Budget) if one.bucket == "mastodon"]
                costs = estimates(space.watchlist, space.store, space.clock.now(), {})
        (one,) = (cost for cost in costs if cost.platform == "mastodon")
        assert "calls" not in one.assumed
        made = sum(budget.calls for budget in day)
        first_crawl = 9  # pages that only the first collection turned
        estimated = one.spends["mastodon"]["calls"]
        assert made - first_crawl - 4 <= estimated <= made + 4, (made, estimated)
        told = document(vigie("check", "--json", workspace=folder))
        assert {cost["platform"] for cost in told["costs"]} >= {"mastodon", "feeds"}
