"""Reports of the Google Analytics Data API as metric samples.

A report by `date` gives the figure of each day, at the end of the day in the property's time zone;
one without gives figures of its whole period, whose metrics are named `…_in_period`. Further
dimensions name a part of the property: `google_analytics:123|channel=Organic Search`. Metrics have
the API's names in the manner of ours (`engaged_sessions`), money with its currency
(`total_revenue_eur`). A figure is estimated while Google may still change it, and where it was
sampled, thresholded or lost to an `(other)` row; the flag is kept as a sample of its own
(`flag_…`), beside what is left of the quota (`quota_…_remaining`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawlers.fields import drift, keys, text_or_none
from vigie.records import Account, MetricSample, Source, sample_id
from vigie.sources import Answer, Mapped

SETTLED = timedelta(hours=48)  # after its end a day's figures stay as they are
OTHER = "(other)"
LABELS = {
    "sessionDefaultChannelGroup": "channel",
    "sessionSource": "source",
    "sessionMedium": "medium",
    "sessionSourceMedium": "source_medium",
    "sessionCampaignName": "campaign",
    "landingPage": "page",
    "landingPagePlusQueryString": "page",
    "deviceCategory": "device",
    "country": "country",
}
_BODY = keys(
    "kind dimensionHeaders metricHeaders rows totals maximums minimums rowCount metadata "
    "propertyQuota nextPageToken"
)
_META = keys(
    "currencyCode timeZone dataLossFromOtherRow emptyReason subjectToThresholding "
    "samplingMetadatas schemaRestrictionResponse dataTruncationReasons section"
)
_ROW = keys("dimensionValues metricValues")
_OTHERS = keys("dimensions metrics dimensionCompatibilities metricCompatibilities")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PROPERTY = re.compile(r"properties/([^/:?]+)")
_REPORTS = keys(
    "analyticsData#runReport analyticsData#runPivotReport analyticsData#runRealtimeReport"
)


class Reports:
    """Records of one body, gathered in `mapped`. The property is that of the address, else of the
    target."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._at = answer.collected_at
        self._endpoint = answer.endpoint
        self._source = source
        named = _PROPERTY.search(answer.url) or _PROPERTY.search(answer.request_url)
        self.property = named[1] if named else native_of(answer.target.split("/", 2)[-1])
        self.entity = f"google_analytics:{self.property}"

    def read(self, body: Any) -> None:
        """Reads a report, or the reports of a batch; what else the API tells (which dimensions
        there are, which go together) holds none."""
        if isinstance(body, list):
            body = {"reports": body}
        if "error" in body or body.keys() & _OTHERS:
            return
        reports = body.get("reports") or [body]
        for report in reports:
            known = report.keys() & (_BODY - {"kind", "metadata"}) or report.get("kind") in _REPORTS
            if not known and not str(report.get("kind")).startswith("analyticsData#"):
                raise ValueError(f"an object with {', '.join(sorted(report)[:5]) or 'nothing'}")
        self._account()
        for report in reports:
            self._report(report)

    def _account(self) -> None:
        self.mapped.accounts.append(
            Account(
                id=self.entity,
                platform="google_analytics",
                native_id=self.property,
                handle=f"properties/{self.property}",
                kind="brand",
                first_seen_at=self._at,
                collected_at=self._at,
                source=self._source,
            )
        )

    def _report(self, body: dict[str, Any]) -> None:
        drift(self.mapped, f"{self._endpoint}.report", body, _BODY, keys(""))
        meta = body.get("metadata") or {}
        drift(self.mapped, f"{self._endpoint}.metadata", meta, _META, keys(""))
        flags = list(_flags(meta))
        for flag in flags:
            self._sample(self.entity, f"flag_{flag}", 1.0, self._at)
        for name, value in _quota(body.get("propertyQuota") or {}):
            self._sample(self.entity, f"quota_{name}_remaining", value, self._at)
        if "pivotHeaders" in body:
            return  # a table turned on its side; we never ask for one
        rows = body.get("rows") or ()
        if not rows:
            return
        dimensions = [header["name"] for header in body.get("dimensionHeaders") or ()]
        metrics = [
            (at, _metric(header, meta))
            for at, header in enumerate(body["metricHeaders"])
            if header["name"] not in _restricted(meta)
        ]
        zone = zone_of(meta.get("timeZone"))
        for row in rows:
            values = [one.get("value", "") for one in row.get("dimensionValues") or ()]
            told = dict(zip(dimensions, values, strict=True))
            drift(self.mapped, f"{self._endpoint}.row", row, _ROW, keys("metricValues"))
            self._row(told, row["metricValues"], metrics, zone, bool(flags))

    def _row(
        self,
        told: dict[str, str],
        values: list[dict[str, str]],
        metrics: list[tuple[int, str]],
        zone: ZoneInfo,
        flagged: bool,
    ) -> None:
        date = told.pop("date", None)
        parts = "".join(f"|{LABELS.get(name, name)}={_plain(told[name])}" for name in told)
        if date is None or not re.fullmatch(r"\d{8}", date):  # also the "(other)" day
            parts += "" if date is None else f"|date={_plain(date)}"
            at, suffix = self._at, "_in_period"
        else:
            at, suffix = _end_of(date, zone), ""
        guessed = flagged or OTHER in told.values() or self._at - at < SETTLED
        for place, metric in metrics:
            value = text_or_none(values[place].get("value"))
            if value is not None:
                self._sample(
                    f"{self.entity}{parts}", f"{metric}{suffix}", float(value), at, guessed
                )

    def _sample(
        self, entity: str, metric: str, value: float, at: datetime, guessed: bool = False
    ) -> None:
        self.mapped.samples.append(
            MetricSample(
                id=sample_id(entity, metric, at),
                entity=entity,
                entity_kind="account",
                platform="google_analytics",
                metric=metric,
                value=value,
                captured_at=at,
                exactness="estimated" if guessed else "exact",
                scope="own",
            )
        )


def native_of(account: str) -> str:
    """The number of a property: `properties/123` and `123` are the same."""
    return account.removeprefix("properties/")


def snake(name: str) -> str:
    """A name of the API in the manner of ours: `engagedSessions` is `engaged_sessions`."""
    return _CAMEL.sub("_", name).replace(":", "_").lower()


@lru_cache(16)
def zone_of(name: str | None) -> ZoneInfo:
    """A property's time zone; UTC where it is not told or not known."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@lru_cache(1024)
def _end_of(date: str, zone: ZoneInfo) -> datetime:
    """The last second of a day."""
    day = datetime.strptime(date, "%Y%m%d").date()
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)


def _metric(header: dict[str, Any], meta: dict[str, Any]) -> str:
    name, currency = snake(header["name"]), str(meta.get("currencyCode") or "").lower()
    return f"{name}_{currency}" if header.get("type") == "TYPE_CURRENCY" and currency else name


def _restricted(meta: dict[str, Any]) -> set[str]:
    """Metrics that the caller may not see: their zeros are none."""
    told = meta.get("schemaRestrictionResponse") or {}
    return {one["metricName"] for one in told.get("activeMetricRestrictions") or ()}


def _flags(meta: dict[str, Any]) -> Iterator[str]:
    for name in ("dataLossFromOtherRow", "subjectToThresholding"):
        if meta.get(name):
            yield snake(name)
    if meta.get("samplingMetadatas"):
        yield "sampled"
    if meta.get("dataTruncationReasons"):
        yield "data_truncated"


def _quota(quota: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, status in quota.items():
        if status.get("remaining") is not None:
            yield snake(name), float(status["remaining"])


def _plain(value: str) -> str:
    """A value that can stand in an entity's name."""
    return value.replace("|", "%7C")
