"""What is spent is counted over days, weeks and months, and put right by what an answer cost."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plaza import Api, Plaza
from starlette.responses import JSONResponse

from vigie.budgets import Limit, Price, Purse
from vigie.clock import SetClock
from vigie.errors import BudgetSpent
from vigie.records import Budget
from vigie.sources import Call
from vigie.watchlist import Platform

CALL = Call("posts", "http://127.0.0.1/")


class Tags:
    name = "plaza"
    limits = {"plaza tags": Limit(calls=3, days=7)}  # noqa: RUF012

    def price(self, call: Call) -> list[Price]:
        return [Price("plaza tags")]


def test_a_window_of_seven_days_rolls(store, clock: SetClock) -> None:
    begun = clock.now()
    for day in (0, 2, 4):
        clock.set(begun + timedelta(days=day))
        Purse(Tags(), Platform(), store, clock).spend(CALL)
    purse = Purse(Tags(), Platform(), store, clock)  # another run, another worker
    with pytest.raises(BudgetSpent, match="calls of 2026-03-07 to 2026-03-13: 3 of 3 spent"):
        purse.spend(CALL)
    assert purse.resumes_at("plaza tags") == datetime(2026, 3, 16, tzinfo=UTC)
    clock.set(datetime(2026, 3, 15, 23, 59, tzinfo=UTC))
    with pytest.raises(BudgetSpent):
        purse.spend(CALL)
    clock.set(datetime(2026, 3, 16, tzinfo=UTC))  # that of the 9th is out of the window
    purse.spend(CALL)
    with pytest.raises(BudgetSpent):
        purse.spend(CALL)
    assert purse.resumes_at("plaza tags") == datetime(2026, 3, 18, tzinfo=UTC)


@settings(deadline=None, max_examples=25)
@given(
    steps=st.lists(st.integers(0, 40), min_size=1, max_size=40),
    most=st.integers(1, 5),
    days=st.integers(1, 9),
)
def test_no_window_ever_holds_more_than_its_limit(
    steps: list[int], most: int, days: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from vigie.store.embedded import EmbeddedStore

    class Any:
        name = "plaza"
        limits = {"plaza": Limit(calls=most, days=days)}  # noqa: RUF012

    clock = SetClock(datetime(2026, 3, 1, tzinfo=UTC))
    store = EmbeddedStore(tmp_path_factory.mktemp("s"), timezone="UTC")
    made: list[datetime] = []
    try:
        for hours in steps:
            clock.set(clock.now() + timedelta(hours=hours))
            purse = Purse(Any(), Platform(), store, clock)
            within = [at for at in made if (clock.now().date() - at.date()).days < days]
            try:
                purse.spend(CALL)
            except BudgetSpent:
                assert len(within) == most
                assert purse.resumes_at("plaza") > clock.now()
            else:
                assert len(within) < most
                made.append(clock.now())
    finally:
        store.close()


def test_money_of_a_month(store, clock: SetClock) -> None:
    class Paid:
        name = "plaza"

        def price(self, call: Call) -> list[Price]:
            return [Price("plaza", money=1.5)]

    clock.set(datetime(2026, 2, 27, 12, tzinfo=UTC))
    bounds = Platform(money_per_day=3, money_per_month=4)
    purse = Purse(Paid(), bounds, store, clock)
    purse.spend(CALL)
    purse.spend(CALL)
    with pytest.raises(BudgetSpent, match="3 of 3 spent"):
        purse.spend(CALL)
    assert purse.resumes_at("plaza") == datetime(2026, 2, 28, tzinfo=UTC)
    clock.set(datetime(2026, 2, 28, 12, tzinfo=UTC))
    with pytest.raises(BudgetSpent, match="money of 2026-02-01 to 2026-02-28: 3 of 4 spent"):
        purse.spend(CALL)
    assert purse.resumes_at("plaza") == datetime(2026, 3, 1, tzinfo=UTC)
    clock.set(datetime(2026, 3, 1, tzinfo=UTC))
    purse.spend(CALL)


def test_a_bucket_that_is_spent_gives_back_what_was_taken_of_another(store, clock) -> None:
    class Two:
        name = "plaza"
        limits = {"search": Limit(calls=1)}  # noqa: RUF012

        def price(self, call: Call) -> list[Price]:
            return [Price("plaza", units=100), Price("search")]

    purse = Purse(Two(), Platform(units_per_day=1000), store, clock)
    purse.spend(CALL)
    with pytest.raises(BudgetSpent, match="1 of 1 spent"):
        purse.spend(CALL)
    (held,) = store.get(["plaza@2026-03-09"], Budget)
    assert (held.units, held.calls) == (100, 1)


class Metered(Plaza):
    """Pays for the posts that come, and reserves for a full page."""

    def price(self, call):
        return [Price("plaza", money=0.1)]

    def cost(self, answer):
        if answer.status >= 400:
            return []
        return [Price("plaza", money=0.005 * len(json.loads(answer.body)["posts"]))]


async def test_what_an_answer_really_cost_is_counted(api: Api, run, store) -> None:
    api.posts = {"ada": list(range(1, 48))}  # 20, 20 and 7
    (source,) = await run(Metered(api.url), settings={"plaza": {"money_per_day": 1}})
    assert (source.state, source.pages) == ("ok", 3)
    (held,) = store.get(["plaza@2026-03-09"], Budget)
    assert (held.calls, held.money) == (3, pytest.approx(47 * 0.005))


async def test_a_reservation_stops_before_the_limit_though_the_answer_would_be_cheap(
    api: Api, run, store
) -> None:
    api.posts = {"ada": list(range(1, 48))}
    (source,) = await run(Metered(api.url), settings={"plaza": {"money_per_day": 0.25}})
    assert source.pages == 2
    assert source.reason == "budget: plaza: money of 2026-03-09: 0.2 of 0.25 spent"
    assert store.get(["plaza@2026-03-09"], Budget)[0].money == pytest.approx(0.2)


async def test_refused_tries_cost_calls_but_no_money(api: Api, run, store) -> None:
    api.posts = {"ada": [1, 2]}
    refused = JSONResponse({}, 429, headers={"retry-after": "0"})
    api.answer("/posts/ada", refused, api.page)
    (source,) = await run(Metered(api.url), settings={"plaza": {"money_per_day": 1}})
    assert (source.state, source.requests) == ("ok", 2)
    (held,) = store.get(["plaza@2026-03-09"], Budget)
    assert (held.calls, held.money) == (2, pytest.approx(0.01))
    api.answer("/posts/ada", JSONResponse({}, 429, headers={"retry-after": "900"}))
    (source,) = await run(Metered(api.url), settings={"plaza": {"money_per_day": 1}})
    assert source.state == "rate_limited"
    assert store.get(["plaza@2026-03-09"], Budget)[0].money == pytest.approx(0.01)


async def test_a_bucket_without_a_limit_is_put_right_too(api: Api, run, store) -> None:
    api.posts = {"ada": [1, 2, 3]}
    await run(Metered(api.url))
    (held,) = store.get(["plaza@2026-03-09"], Budget)
    assert (held.calls, held.money) == (1, pytest.approx(0.015))
