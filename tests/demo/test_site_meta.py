"""Meta Business in the simulated world, and its crawler at the real door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.crawlers.hamlet import NOON
from tests.demo.metasites import Place, place
from vigie.records import Account, MetricSample, sample_id
from vigie.sources import Mapped

V = "/v25.0"
PERSON = "17841400000000101"
MIDNIGHT = datetime(2026, 11, 20, 8, tzinfo=UTC)  # in California


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Place]:
    async with place("meta", tmp_path / "w") as made:
        page = made.hamlet.account("brindille", kind="brand", growth=10.0)
        made.hamlet.account("atelier.brindille", native=PERSON, kind="brand")
        for day in range(-6, 1):
            made.hamlet.publish(page, f"jour {day}", at=NOON + timedelta(days=day))
        yield made


def epoch(time: datetime) -> str:
    return str(int(time.timestamp()))


async def test_a_page_gives_days_that_have_ended(town: Place) -> None:
    page = town.hamlet.accounts[0]
    asked = {"metric": "page_media_view,page_follows", "period": "day"}
    since, until = epoch(MIDNIGHT - timedelta(days=3)), epoch(MIDNIGHT + timedelta(days=5))
    body = (await town.ask(f"{V}/{page.native}/insights", **asked, since=since, until=until)).json()
    views, follows = body["data"]
    ends = [value["end_time"] for value in views["values"]]
    assert ends == [f"2026-11-{day}T08:00:00+0000" for day in (18, 19, 20)]
    assert all(value["value"] > 0 for value in views["values"])
    assert [value["value"] for value in follows["values"]] == sorted(
        value["value"] for value in follows["values"]
    )
    for bad in (
        {"metric": "page_impressions"},
        {"metric": "page_follows", "period": "hour"},
        {"metric": "page_follows", "since": "1"},
    ):
        given = {"since": since, "until": until, **bad}
        answer = await town.ask(f"{V}/{page.native}/insights", **given)
        assert answer.json()["error"]["code"] == 100, bad


async def test_an_instagram_account_gives_a_total(town: Place) -> None:
    asked = {
        "period": "day",
        "since": epoch(MIDNIGHT - timedelta(days=1)),
        "until": epoch(MIDNIGHT),
    }
    refused = await town.ask(f"{V}/{PERSON}/insights", metric="views", **asked)
    assert "metric_type=total_value" in refused.json()["error"]["message"]
    body = (
        await town.ask(f"{V}/{PERSON}/insights", metric="views", metric_type="total_value", **asked)
    ).json()
    assert body["data"][0]["total_value"] == {"value": 0}


async def test_a_small_page_has_no_data(town: Place) -> None:
    small = town.hamlet.account("petite", followers=60)
    asked = {"since": epoch(MIDNIGHT - timedelta(days=1)), "until": epoch(MIDNIGHT)}
    body = (await town.ask(f"{V}/{small.native}/insights", metric="page_follows", **asked)).json()
    assert body == {"data": []}
    town.watch({"meta": [f"page:{small.native}"]})
    sources = await town.collect()
    source = sources[f"meta/insights/page:{small.native}"]
    assert (source.state, source.reason) == ("ok", None), "the account is told, its days are not"
    assert {sample.metric for sample in town.samples()} == {"followers"}


async def test_the_crawler_reads_days_and_reads_the_last_two_again(town: Place) -> None:
    page = town.hamlet.accounts[0]
    town.watch({"meta": [f"page:{page.native}", f"instagram:{PERSON}"]}, "since_days = 5")
    sources = await town.collect()
    assert {source.state for source in sources.values()} == {"ok"}
    assert [source.requests for source in sources.values()] == [2, 6]
    samples = town.samples()
    assert {sample.scope for sample in samples if sample.captured_at == MIDNIGHT} == {"own"}
    views = sorted(
        (sample for sample in samples if sample.metric == "page_media_view"),
        key=lambda sample: sample.captured_at,
    )
    assert [sample.entity for sample in views] == [f"facebook:{page.native}"] * 5
    assert views[-1].captured_at == MIDNIGHT
    assert [sample.exactness for sample in views] == ["exact"] * 3 + ["estimated"] * 2
    person = {sample.entity for sample in samples if sample.platform == "instagram"}
    assert person == {f"instagram:{PERSON}"}
    with town.open() as space:
        (account,) = (one for one in space.store.all(Account) if one.platform == "facebook")
        assert account.source.api_version == "v25.0"
        assert {answer.api_version for answer in space.landing.read()} == {"v25.0"}

    town.clock.set(NOON + timedelta(days=1))
    again = await town.collect()
    assert [source.requests for source in again.values()] == [2, 4], "two days again, one is new"
    views = [sample for sample in town.samples() if sample.metric == "page_media_view"]
    assert sorted(sample.exactness for sample in views) == ["estimated"] * 2 + ["exact"] * 4


async def test_names_of_figures_and_the_version_are_the_watchlists(town: Place) -> None:
    page = town.hamlet.accounts[0]
    more = 'insights = ["page_follows", "views"]\napi_version = "v24.0"\nsince_days = 3'
    town.watch({"meta": [f"page:{page.native}", f"instagram:{PERSON}"]}, more)
    sources = await town.collect()
    assert {source.state for source in sources.values()} == {"ok"}
    own = {sample.metric for sample in town.samples() if sample.scope == "own"}
    assert own == {"page_follows", "views"}
    with town.open() as space:
        assert {answer.api_version for answer in space.landing.read()} == {"v24.0"}
    town.watch({"meta": [f"page:{page.native}"]}, 'insights = ["page_impressions"]\nsince_days = 9')
    (source,) = (await town.collect()).values()
    assert source.state == "broken"
    assert "valid insights metric" in (source.reason or "")


def test_samples_count_where_there_is_nothing_else(town: Place) -> None:
    assert Mapped().items("meta/insights/page:1") == 0
    sampled = Mapped(samples=[_sample("views"), _sample("reach")])
    assert sampled.items("meta/insights/page:1") == 2
    assert sampled.items("facebook/account/brindille") == 0


def _sample(metric: str) -> MetricSample:
    return MetricSample(
        id=sample_id("facebook:1", metric, MIDNIGHT), entity="facebook:1", entity_kind="account",
        platform="facebook", metric=metric, value=3, captured_at=MIDNIGHT, scope="own",
    )  # fmt: skip
