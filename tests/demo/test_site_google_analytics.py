"""Google Analytics of the simulated world, and its crawler through the door."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import crawlers
from tests.crawlers.hamlet import NOON, Hamlet, ms
from tests.crawlers.outing import outing
from vigie.clock import SetClock
from vigie.demo.sites.google_analytics import GoogleAnalyticsSite
from vigie.demo.sites.reply import Ask, Refusal
from vigie.health import fault_of
from vigie.matching import handles_of
from vigie.sources import Answer, Call, Target
from vigie.watchlist import parse

TOKEN = {"GOOGLE_ANALYTICS_TOKEN": "jeton-invente-0001"}


def brand(property: str, role: str = "own") -> dict[str, Any]:
    accounts = {"google_analytics": [property]}
    return {"id": "b", "name": "Brindille", "role": role, "accounts": accounts}


@pytest.fixture
def hamlet() -> Hamlet:
    hamlet = Hamlet("google_analytics")
    hamlet.account("brindille", native="345000111", followers=4_000)
    return hamlet


def report(hamlet: Hamlet, at: datetime = NOON, **asked: Any) -> tuple[int, Any]:
    body = {
        "dimensions": [{"name": "date"}],
        "metrics": [{"name": "sessions"}],
        "dateRanges": [{"startDate": "5daysAgo", "endDate": "yesterday"}],
        **asked,
    }
    path = f"/v1beta/properties/{hamlet.accounts[-1].native}:runReport"
    ask = Ask(path, {}, {}, ms(at), "http://a.example", "POST", json.dumps(body).encode())
    reply = GoogleAnalyticsSite(hamlet).answer(ask)
    return reply.status, json.loads(reply.body)


def test_days_settle_and_then_stay(hamlet: Hamlet) -> None:
    def by_day(at: datetime) -> dict[str, int]:
        _, body = report(hamlet, at)
        return {
            row["dimensionValues"][0]["value"]: int(row["metricValues"][0]["value"])
            for row in body["rows"]
        }

    first, later = by_day(NOON), by_day(NOON + timedelta(days=2))
    assert list(first) == ["20261115", "20261116", "20261117", "20261118", "20261119"]
    assert later["20261117"] == first["20261117"]
    assert later["20261119"] > first["20261119"]


def test_pages_join_to_the_whole(hamlet: Hamlet) -> None:
    asked: dict[str, Any] = {"dimensions": [{"name": "date"}, {"name": "landingPage"}]}
    _, whole = report(hamlet, **asked)
    rows: list[Any] = []
    while len(rows) < whole["rowCount"]:
        _, body = report(hamlet, **asked, limit="7", offset=str(len(rows)))
        assert body["rowCount"] == whole["rowCount"]
        rows += body["rows"]
    assert rows == whole["rows"]
    assert whole["metadata"]["dataLossFromOtherRow"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"metrics": [{"name": "sessionz"}]},
        {"dimensions": [{"name": "colour"}]},
        {"dateRanges": [{"startDate": "soon", "endDate": "yesterday"}]},
        {"metricz": []},
    ],
)
def test_a_wrong_request_is_told(hamlet: Hamlet, wrong: dict[str, Any]) -> None:
    status, body = report(hamlet, **wrong)
    assert (status, body["error"]["status"]) == (400, "INVALID_ARGUMENT")


async def test_a_property_is_read_day_by_day_and_its_last_days_again(
    hamlet: Hamlet, tmp_path: Path
) -> None:
    clock, key = SetClock(NOON), "google_analytics/insights/properties/345000111"
    brands = [brand("properties/345000111")]
    async with outing(hamlet, tmp_path, clock, brands, TOKEN, since_days=10) as out:
        source = (await out.run())[key]
        assert (source.state, source.reason, source.pages) == ("ok", None, 2)
        entity = "google_analytics:345000111"
        assert out.account(entity).owner == "b"
        sessions = out.store.samples([entity], ["sessions"])
        assert len(sessions) == 10
        last = datetime(2026, 11, 19, 22, 59, 59, tzinfo=UTC)  # the end of the day in Paris
        assert sessions["captured_at"].max() == last
        social = out.store.samples([f"{entity}|channel=Organic Social"])
        assert set(social["metric"]) == {
            "sessions", "engaged_sessions", "engagement_rate", "key_events", "total_revenue_eur",
        }  # fmt: skip
        rates = social.filter(social["metric"] == "engagement_rate")["value"]
        assert 0.3 < rates.min() < 0.5  # type: ignore[operator]
        quota = out.store.samples([entity], ["quota_tokens_per_day_remaining"])
        assert quota["value"].min() > 0  # type: ignore[operator]
        parts = [answer.meta["part"] for answer in out.landed]
        assert parts == ["", "sessionDefaultChannelGroup"]

        clock.set(NOON + timedelta(days=2))
        before = dict(sessions.select("captured_at", "value").iter_rows())
        assert (await out.run())[key].state == "ok"
        asked = {answer.meta["since"] for answer in out.landed}
        assert asked == {"2026-11-17"}  # the last that was read and two before it
        after = dict(
            out.store.samples([entity], ["sessions"]).select("captured_at", "value").iter_rows()
        )
        assert len(after) == 12
        assert after[last] > before[last]


async def test_further_breakdowns_are_named_among_the_insights(
    hamlet: Hamlet, tmp_path: Path
) -> None:
    names = ["sessions", "landingPage"]
    async with outing(
        hamlet, tmp_path, SetClock(NOON), [brand("345000111")], TOKEN, insights=names
    ) as out:
        (source,) = (await out.run()).values()
        assert (source.state, source.pages) == ("ok", 3)
        entity = "google_analytics:345000111"
        shop = out.store.samples([f"{entity}|page=/boutique"])
        assert set(shop["metric"]) == {"sessions"}
        flags = out.store.samples([entity], ["flag_data_loss_from_other_row"])
        assert flags["value"].to_list() == [1.0]
        mapped = crawlers.load("google_analytics").map(out.landed[-1])
        assert {sample.exactness for sample in mapped.samples if "page=" in sample.entity} == {
            "estimated"
        }
        assert {sample.scope for sample in mapped.samples} == {"own"}


async def test_a_property_that_is_closed_or_not_there_is_told(
    hamlet: Hamlet, tmp_path: Path
) -> None:
    hamlet.account("close", native="345000222", private=True)
    brands = [brand("345000222"), {**brand("345000999"), "id": "c"}]
    async with outing(hamlet, tmp_path, SetClock(NOON), brands, TOKEN) as out:
        sources = await out.run()
        assert len(sources) == 2
        for source in sources.values():
            assert source.state == "broken"
            assert str(source.reason).startswith("unknown account: property 345000")


async def test_a_competitor_s_property_is_no_target_and_nothing_is_not_a_figure(
    hamlet: Hamlet, tmp_path: Path
) -> None:
    crawler = crawlers.load("google_analytics")
    brands = [brand("345000111", "competitor")]
    async with outing(hamlet, tmp_path, SetClock(NOON), brands, TOKEN) as out:
        assert crawler.targets(out.watchlist) == []
    empty = answer_of(
        200, b'{"kind": "analyticsData#runReport", "propertyQuota": {"tokensPerDay": '
        b'{"remaining": 9}}}'
    )  # fmt: skip
    mapped = crawler.map(empty)
    assert [sample.metric for sample in mapped.samples] == ["quota_tokens_per_day_remaining"]
    assert mapped.items(empty.target) == 0


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("missing", "missing key"),
        ("lapsed", "token lapsed"),
        ("revoked", "approval revoked"),
        ("unapproved", "approval missing"),
    ],
)
def test_a_refusal_is_named(hamlet: Hamlet, why: Refusal, told: str) -> None:
    site, crawler = GoogleAnalyticsSite(hamlet), crawlers.load("google_analytics")
    asked = Ask("/", {}, {"authorization": "Bearer j"}, ms(NOON), "http://a.example", "POST")
    assert site.token_of(asked) == "j"
    reply = site.refused(asked, why)
    answer = answer_of(reply.status, reply.body)
    target = Target("google_analytics", "insights", "properties/1")
    reason = fault_of(crawler, target, Call("runReport", answer.url), answer, 1)
    assert str(reason).startswith(f"{told}: ")
    failed = answer_of(200, site.failed(asked).body)
    reason = fault_of(crawler, target, Call("runReport", answer.url), failed, 1)
    assert str(reason).startswith("error in a 200: ")
    assert not crawler.map(failed).samples


def test_restricted_metrics_are_unknown_and_not_zero() -> None:
    body = {
        "kind": "analyticsData#runReport",
        "dimensionHeaders": [{"name": "date"}],
        "metricHeaders": [
            {"name": "sessions", "type": "TYPE_INTEGER"},
            {"name": "totalRevenue", "type": "TYPE_CURRENCY"},
        ],
        "rows": [
            {
                "dimensionValues": [{"value": "20261101"}],
                "metricValues": [{"value": "12"}, {"value": "0"}],
            }
        ],
        "rowCount": 1,
        "metadata": {
            "currencyCode": "EUR",
            "timeZone": "Europe/Paris",
            "schemaRestrictionResponse": {
                "activeMetricRestrictions": [
                    {"metricName": "totalRevenue", "restrictedMetricTypes": ["REVENUE_DATA"]}
                ]
            },
        },
    }
    mapped = crawlers.load("google_analytics").map(answer_of(200, json.dumps(body).encode()))
    assert [(sample.metric, sample.exactness) for sample in mapped.samples] == [
        ("sessions", "exact")
    ]


def answer_of(status: int, body: bytes) -> Answer:
    url = "http://a.example/v1beta/properties/1:runReport"
    return Answer(
        platform="google_analytics", endpoint="runReport",
        target="google_analytics/insights/properties/1", url=url, request_url=url, method="POST",
        status=status, headers={}, body=body, collected_at=NOON, run_id="r",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "samples"),
    [
        ([{"metricHeaders": [{"name": "sessions"}], "rows": [{"metricValues": [{"value": "4"}]}]}],
         ["sessions_in_period"]),
        ({"reports": [{"kind": "analyticsData#runReport"}]}, []),
        ({"propertyQuota": {"tokensPerDay": {"remaining": 1}}}, ["quota_tokens_per_day_remaining"]),
        ({"name": "properties/1/metadata", "dimensions": [], "metrics": []}, []),
        ({"dimensionCompatibilities": []}, []),
        ({"kind": "analyticsData#runPivotReport", "pivotHeaders": [], "rows": [{}]}, []),
    ],
)  # fmt: skip
def test_bodies_of_neighbouring_methods_map(body: Any, samples: list[str]) -> None:
    mapped = crawlers.load("google_analytics").map(answer_of(200, json.dumps(body).encode()))
    assert [sample.metric for sample in mapped.samples] == samples


def test_a_property_s_number_mentions_nobody() -> None:
    watchlist = parse({"workspace": {"name": "w"}, "brands": [brand("properties/345000111")]})
    assert handles_of(watchlist.brands[0]) == []
