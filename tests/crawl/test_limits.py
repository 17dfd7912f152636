"""Refusals are waited out over real HTTP, up to a bound; budgets stop before their limit."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from plaza import Api, Plaza, texts
from starlette.responses import JSONResponse, PlainTextResponse, Response

from vigie.budgets import Limit, Price
from vigie.clock import MachineClock
from vigie.crawl import crawl
from vigie.records import Budget

WAIT = 1.2


def refusal(**headers: str) -> Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"error": "slow down"}, 429, headers=names)


DIALECTS = {
    "seconds": lambda at: {"retry_after": "1"},
    "date": lambda at: {"retry_after": format_datetime(at + timedelta(seconds=1), usegmt=True)},
    "epoch": lambda at: {"ratelimit_reset": f"{at.timestamp() + WAIT:.1f}"},
    "left": lambda at: {"x_ratelimit_reset": str(WAIT)},
    "iso": lambda at: {"x_ratelimit_reset": (at + timedelta(seconds=WAIT)).isoformat()},
}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_refusal_is_waited_out(api: Api, run, landed, clock, dialect) -> None:
    api.posts = {"ada": list(range(1, 50))}
    refuse = refusal(**DIALECTS[dialect](clock.now()))
    api.answer("/posts/ada", api.page, lambda request: refuse, api.page)
    (source,) = await run(Plaza(api.url))
    assert (source.state, source.pages, source.requests) == ("ok", 3, 4)
    assert {*map(int, texts(landed()))} == {*range(1, 50)}
    gaps = [b.at - a.at for a, b in pairwise(api.hits)]
    assert gaps[1] >= 0.9


async def test_nothing_left_is_waited_for_ahead_of_time(api: Api, run, clock) -> None:
    """Remaining 0 on a good answer: the next call waits, and no refusal is provoked."""
    api.posts = {"ada": list(range(1, 50))}

    def last(request):
        answer = api.page(request)
        answer.headers["x-ratelimit-remaining"] = "0"
        answer.headers["x-ratelimit-reset"] = "1"
        return answer

    api.answer("/posts/ada", last, api.page)
    (source,) = await run(Plaza(api.url))
    assert (source.state, source.requests) == ("ok", 3)
    assert api.hits[1].at - api.hits[0].at >= 0.95


async def test_a_longer_wait_than_the_bound_ends_the_run(api: Api, run, landed, clock) -> None:
    api.posts = {"ada": list(range(1, 50)), "bea": [7]}
    api.answer("/posts/ada", api.page, refusal(retry_after="600"))
    begun = time.monotonic()
    ada, bea = await run(Plaza(api.url, ["ada", "bea"]), settings={"plaza": {"max_wait_s": 2}})
    assert time.monotonic() - begun < 60
    assert (ada.state, ada.pages) == ("rate_limited", 1)
    assert ada.reason == "rate limit: asks to wait 600 s"
    assert ada.resume_at == clock.now() + timedelta(seconds=600)
    assert bea.state in ("ok", "rate_limited")
    api.answer("/posts/ada", api.page)
    again, _ = await run(Plaza(api.url, ["ada", "bea"]))
    assert again.state == "ok"
    assert {*map(int, texts(landed()))} == {*range(1, 50), 7}


async def test_a_closed_gate_is_not_knocked_at(api: Api, run) -> None:
    """What shares the limit of a host is not asked while it is closed."""
    api.posts = {name: [1] for name in "abcdefghijkl"}
    for name in "abcdefgh":
        api.answer(f"/posts/{name}", refusal(retry_after="600"))
    crawler = Plaza(api.url, list("abcdefghijkl"))
    sources = await run(crawler, settings={"plaza": {"max_wait_s": 1}})
    assert len(api.hits) <= 8
    assert {source.state for source in sources} == {"rate_limited"}
    assert all(source.resume_at for source in sources)


async def test_endless_refusals_end(api: Api, run) -> None:
    api.answer("/posts/ada", refusal(retry_after="0"))
    (source,) = await run(Plaza(api.url), settings={"plaza": {"max_wait_s": 4}})
    assert source.state == "rate_limited"
    assert 3 <= source.requests <= 5


async def test_a_starting_server_says_when_in_html(api: Api, run, clock) -> None:
    soon = format_datetime(clock.now() + timedelta(seconds=1), usegmt=True)
    starting = PlainTextResponse("<html>starting", 503, headers={"retry-after": "1"})
    starting.raw_headers.append((b"retry-after", soon.encode()))
    api.posts = {"ada": [1]}
    api.answer("/posts/ada", lambda request: starting, api.page)
    (source,) = await run(Plaza(api.url))
    assert (source.state, source.requests) == ("ok", 2)


async def test_budget_of_calls_stops_before_the_limit(api: Api, run, store, landed, clock) -> None:
    api.posts = {"ada": list(range(1, 100)), "bea": [1000]}
    settings = {"plaza": {"calls_per_day": 3}}
    (ada,) = await run(Plaza(api.url), settings=settings)
    assert (ada.state, ada.pages, ada.requests) == ("ok", 3, 3)
    assert ada.reason == "budget: plaza: calls of 2026-03-09: 3 of 3 spent"
    assert ada.resume_at == datetime(2026, 3, 10, tzinfo=UTC)
    (bea,) = await run(Plaza(api.url, ["bea"]), settings=settings)
    assert (bea.state, bea.pages, bea.requests) == ("skipped", 0, 0)
    assert len(api.hits) == 3
    assert store.get(["plaza@2026-03-09"], Budget)[0].calls == 3
    clock.set(clock.now() + timedelta(days=1))
    (ada,) = await run(Plaza(api.url), settings=settings)
    assert (ada.state, ada.reason) == ("ok", None)
    assert {*map(int, texts(landed()))} == {*range(1, 100)}


async def test_calls_without_a_limit_are_counted_too(api: Api, run, store) -> None:
    api.posts = {"ada": list(range(1, 100)), "bea": [1000]}
    await run(Plaza(api.url, ["ada", "bea"]))
    await run(Plaza(api.url, ["ada", "bea"]))
    assert store.get(["plaza@2026-03-09"], Budget)[0].calls == len(api.hits)


async def test_units_and_money_and_a_bucket_of_its_own(api: Api, run, store, clock) -> None:
    class Metered(Plaza):
        limits = {"plaza.search": Limit(units=10, zone="America/Los_Angeles")}  # noqa: RUF012

        def price(self, call):
            return Price("plaza", money=0.25), Price("plaza.search", units=4)

    api.posts = {"ada": list(range(1, 100))}
    (source,) = await run(Metered(api.url), settings={"plaza": {"money_per_day": 5}})
    assert source.reason == "budget: plaza.search: units of 2026-03-09: 8 of 10 spent"
    assert source.resume_at == datetime(2026, 3, 10, 7, tzinfo=UTC)
    assert store.get(["plaza.search@2026-03-09"], Budget)[0].units == 8
    clock.set(clock.now() + timedelta(days=1))
    (source,) = await run(Metered(api.url), settings={"plaza": {"money_per_day": 0.3}})
    assert source.reason == "budget: plaza: money of 2026-03-10: 0.25 of 0.3 spent"


async def test_a_machine_clock_waits_the_same(api: Api, store, landing) -> None:
    from plaza import watchlist

    api.posts = {"ada": [1]}
    told = lambda request: refusal(ratelimit_reset=f"{time.time() + 1.0:.2f}")  # noqa: E731
    api.answer("/posts/ada", told, api.page)
    (source,) = await crawl(
        [Plaza(api.url)], watchlist(), store=store, land=landing.append, clock=MachineClock(),
        run_id="r1", environ={},
    )  # fmt: skip
    assert source.state == "ok"
    assert api.hits[1].at - api.hits[0].at >= 0.9
