"""What deserves a look, with its cause: peaks, crises, falls, silences, and what is only the
collector's outage or a network's dip.

Series are hourly, per brand and per topic over all networks and on each: an author counts once in
24 hours and a story once, so that a few accounts or a copied article make no peak. Peaks come from
`spikes.py` with one setting. `note` says what an alert rests on, in a code:

    broken:REASON       outage: the source's last fault (the first words of `SourceRun.reason`)
    rate_limited        outage: the platform has asked to wait for two days or more
    all_brands          platform_dip: nearly all brands fall with the network
    shape:KIND=N,…      drift: how many fields are new, missing or retyped; `terms` names them
    incomplete:NETWORK  a network was out of reach meanwhile: the figures are low
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from vigie.insights import causes, dips, drift, outages
from vigie.insights.mentions import earned, first_of_stories, names_of, words_of
from vigie.insights.outages import Outage
from vigie.insights.spikes import DEFAULT, Series, Settings, distance, peaks, trailing
from vigie.records import Alert, Run
from vigie.watchlist import Brand, Topic

HOUR = timedelta(hours=1)
DAY = 24  # hours
HISTORY = timedelta(days=70)
APART = 48  # hours, from which two peaks are two incidents
CALM = 2.0  # standard deviations of a day, below which an incident is over
NEGATIVE_POINTS = 0.15  # above its usual share: a crisis (crisis.v1 with spike.v1)
AUTHORS = 3
FALL = -5.0  # standard deviations of a day
HALF = 0.5  # of what is expected: at most
AFFAIR = 0.5  # of a topic's posts that are of a brand's alert: it is the same
EXPECTED = 10.0  # mentions a day, from which a fall or a silence is told
SHARE = 0.2  # of a subject's mentions: a network whose loss explains a fall


@dataclass(frozen=True, slots=True)
class _Subject:
    """One series: whose, on which network, its mentions and their hourly counts."""

    name: str
    platform: str | None
    mentions: pl.DataFrame  # columns of `mentions.earned` and `hour`
    counts: Series


def detect(
    posts: pl.DataFrame,
    *,
    now: datetime,
    timezone: str,
    brands: Sequence[Brand],
    topics: Sequence[Topic],
    sources: Sequence[Run],
    previous: Sequence[Alert] = (),
    run_id: str,
    settings: Settings = DEFAULT,
) -> list[Alert]:
    """The alerts as of `now`, gravest first, those of the last weeks that are over included (status
    closed), from posts with the columns of `frames.POSTS`. Posts from `now` on are not read. Ids
    are the same from run to run; what a person said of an alert in `previous` is kept."""
    mentions = earned(posts, now - HISTORY, now)
    down = outages.find(sources, now)
    found = [_outage(outage, now, run_id) for outage in down]
    found += drift.alerts(sources, now, run_id, _id)
    if not mentions.is_empty():
        ignored = words_of(names_of(brands))
        read = _imported(posts, now) | outages.last_answers(sources, now)
        sunk = _dips(mentions, down, read, now, timezone)
        found += [_dip(mentions, dip, now, timezone, run_id) for dip in sunk]
        for subject in _subjects(mentions, brands, topics, now, timezone):
            up = list(_rises(subject, ignored, now, timezone, run_id, settings))
            if subject.platform is not None:  # told over all networks already
                up = [alert for alert in up if not any(_overlap(alert, told) for told in found)]
            if subject.name.startswith("topic:"):
                up = [alert for alert in up if not any(_within(alert, told) for told in found)]
            found += [_incomplete(alert, down) for alert in up]
            found += _falls(subject, down, read, sunk, found, now, timezone, run_id)
    known = [_continue(alert, previous) for alert in found]
    return sorted(known, key=lambda alert: (-alert.severity, alert.started_at, alert.id))


def _imported(posts: pl.DataFrame, now: datetime) -> dict[str, datetime]:
    """The newest post of each network: where posts only come by import, nothing is known after."""
    known = posts.filter(pl.col("published_at") < now)
    return dict(known.group_by("platform").agg(pl.col("published_at").max()).iter_rows())


def _subjects(
    mentions: pl.DataFrame,
    brands: Sequence[Brand],
    topics: Sequence[Topic],
    now: datetime,
    zone: str,
) -> Iterator[_Subject]:
    """The series of each brand and topic, all networks first, on the hours of the local clock."""
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    clock = pl.col("published_at").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    back = (clock - local).dt.total_microseconds() // 3_600_000_000
    hours = int(HISTORY / HOUR)
    mentions = mentions.with_columns(hour=back + hours, day=back // DAY).filter(
        pl.col("hour").is_between(0, hours - 1)
    )
    first = mentions["hour"].min()
    start = int(first) if isinstance(first, int) else 0
    for column, ids in (("brands", [b.id for b in brands]), ("topics", [t.id for t in topics])):
        for id in ids:
            mine = mentions.filter(pl.col(column).list.contains(id).fill_null(False))
            mine = mine.with_columns(hour=pl.col("hour") - start)
            for platform in (None, *sorted(mine["platform"].unique())):
                part = mine if platform is None else mine.filter(pl.col("platform") == platform)
                yield _Subject(f"{column[:-1]}:{id}", platform, part, _counts(part, hours - start))


def _counts(mentions: pl.DataFrame, hours: int) -> Series:
    distinct = first_of_stories(mentions).unique(
        ["source", "day"], keep="first", maintain_order=True
    )
    return np.bincount(distinct["hour"].to_numpy(), minlength=hours).astype(np.float64)


def _rises(
    subject: _Subject,
    ignored: Collection[str],
    now: datetime,
    zone: str,
    run_id: str,
    settings: Settings,
) -> Iterator[Alert]:
    """The peaks of a series, those less than two days apart as one incident, with their causes."""
    counts = subject.counts
    told = peaks(counts, 3600, settings)
    daily = trailing(counts, DAY)
    sigmas, usual = distance(daily, 3600, settings)
    position = 0
    while position < len(told):
        first = last = told[position]
        while position < len(told) and told[position].at - last.at <= APART:
            last = told[position]
            position += 1
        start = max(0, first.at + 1 - round(first.hours))
        calm = [n for n in range(last.at + 1, len(counts)) if sigmas[n] < CALM]
        stop = calm[0] + 1 if calm else len(counts)
        top = start + int(np.nanargmax(trailing(counts, 6)[start:stop])) if stop > start else start
        height = start + int(np.nanargmax(daily[start:stop]))
        began, ended, peaked = (_at(n, counts, now, zone) for n in (start, stop, top + 1))
        cause = causes.explain(subject.mentions, began, ended, ignored)
        strongest = max(
            (peak for peak in told[:position] if first.at <= peak.at <= last.at),
            key=lambda peak: peak.sigmas,
        )
        worse = (
            cause.negative is not None
            and cause.negative_usual is not None
            and cause.negative >= cause.negative_usual + NEGATIVE_POINTS
        )
        crisis = worse and cause.authors >= AUTHORS and (cause.platforms >= 2 or cause.grave)
        severity = int(np.clip(round(strongest.sigmas / 2), 1, 10))
        yield Alert(
            id=_id("rise", subject.name, subject.platform, began),
            kind="crisis" if crisis else "spike",
            subject=subject.name,
            platform=subject.platform,
            severity=max(7, severity) if crisis else severity,
            level="crisis" if crisis else "sensitive" if worse else "watch",
            started_at=began,
            peaked_at=min(peaked, now),
            ended_at=ended if calm else None,
            detected_at=now,
            observed=float(daily[height]),
            expected=float(np.nan_to_num(usual[height])),
            sigmas=round(strongest.sigmas, 2),
            negative_share=cause.negative,
            negative_baseline=cause.negative_usual,
            authors=cause.authors,
            terms=cause.terms,
            first_post=cause.first_post,
            post_ids=cause.post_ids,
            story_id=cause.story_id,
            status="closed" if calm else "open",
            run_id=run_id,
        )


def _falls(
    subject: _Subject,
    down: Sequence[Outage],
    read: Mapping[str, datetime],
    sunk: Sequence[dips.Dip],
    found: Sequence[Alert],
    now: datetime,
    zone: str,
    run_id: str,
) -> Iterator[Alert]:
    """Days on which hardly anybody or nobody speaks of a subject, and no outage or dip explains it;
    consecutive ones as one alert."""
    daily = trailing(subject.counts, DAY)
    sigmas, usual = distance(daily, 3600)
    ends = range(len(daily) - 1, DAY * 14, -DAY)  # whole days back from now
    spans: list[list[int]] = []
    for n in sorted(ends):
        low = usual[n] >= EXPECTED and (
            daily[n] == 0 or (sigmas[n] <= FALL and daily[n] <= HALF * usual[n])
        )
        if not low or _explained(subject, n, down, read, sunk, now, zone):
            continue
        if spans and n - spans[-1][-1] == DAY:
            spans[-1].append(n)
        else:
            spans.append([n])
    for span in spans:
        began = _at(span[0] + 1 - DAY, subject.counts, now, zone)
        ended = _at(span[-1] + 1, subject.counts, now, zone)
        over = span[-1] < len(daily) - 1
        kind = "silence" if all(daily[n] == 0 for n in span) else "drop"
        deepest = min(span, key=lambda n: sigmas[n])
        at = pl.col("published_at")
        inside = subject.mentions.filter((at >= began) & (at < ended))
        alert = Alert(
            id=_id("fall", subject.name, subject.platform, began),
            kind=kind,
            subject=subject.name,
            platform=subject.platform,
            severity=int(np.clip(round(-sigmas[deepest] / 2), 1, 10)),
            started_at=began,
            peaked_at=min(_at(deepest + 1, subject.counts, now, zone), now),
            ended_at=ended if over else None,
            detected_at=now,
            observed=float(daily[deepest]),
            expected=float(usual[deepest]),
            sigmas=round(float(sigmas[deepest]), 2),
            authors=inside["source"].n_unique(),
            post_ids=tuple(inside["id"]),
            status="closed" if over else "open",
            run_id=run_id,
        )
        if subject.platform is None or not any(_overlap(alert, told) for told in found):
            yield alert


def _explained(
    subject: _Subject,
    n: int,
    down: Sequence[Outage],
    read: Mapping[str, datetime],
    sunk: Sequence[dips.Dip],
    now: datetime,
    zone: str,
) -> bool:
    """Whether a network that carries a good part of a subject's mentions was out of reach, dipped,
    or was not read to the end, in the 24 hours that end at n."""
    end = _at(n + 1, subject.counts, now, zone)
    start = end - DAY * HOUR
    days = {moment.astimezone(ZoneInfo(zone)).date() for moment in (start, end - HOUR)}
    lost = {outage.platform for outage in down if outage.covers(outage.platform, start, end)}
    lost |= {dip.platform for dip in sunk if dip.day in days}
    lost |= {platform for platform, last in read.items() if last + HOUR < end}
    if subject.platform is not None:
        return subject.platform in lost
    carried = subject.mentions.filter(pl.col("platform").is_in(sorted(lost))).height
    return bool(lost) and carried >= SHARE * subject.mentions.height


def _dips(
    mentions: pl.DataFrame,
    down: Sequence[Outage],
    read: Mapping[str, datetime],
    now: datetime,
    zone: str,
) -> list[dips.Dip]:
    place = ZoneInfo(zone)
    local = pl.col("published_at").dt.convert_time_zone(zone).dt.date()
    rows = first_of_stories(mentions).select("platform", "brands", day=local)
    first, last = rows["day"][0], now.astimezone(place).date() - timedelta(days=1)
    lost = set()
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        start, end = (datetime.combine(day + timedelta(days=k), time(), place) for k in (0, 1))
        lost |= {(out.platform, day) for out in down if out.covers(out.platform, start, end)}
        lost |= {(platform, day) for platform, answer in read.items() if answer < end}
    return dips.find(rows, first, last, lost)


def _dip(mentions: pl.DataFrame, dip: dips.Dip, now: datetime, zone: str, run_id: str) -> Alert:
    start, end = (
        datetime.combine(dip.day + timedelta(days=n), time(), ZoneInfo(zone)).astimezone(UTC)
        for n in (0, 1)
    )
    at = pl.col("published_at")
    inside = mentions.filter(
        (at >= start)
        & (at < end)
        & (pl.col("platform") == dip.platform)
        & (pl.col("brands").list.len() > 0)
    )
    return Alert(
        id=_id("dip", f"source:{dip.platform}", dip.platform, start),
        kind="platform_dip",
        subject=f"source:{dip.platform}",
        platform=dip.platform,
        severity=2,
        started_at=start,
        ended_at=end,
        detected_at=now,
        observed=float(dip.observed),
        expected=dip.expected,
        sigmas=round(dip.sigmas, 2),
        authors=inside["source"].n_unique(),
        post_ids=tuple(inside["id"]),
        note="all_brands",
        status="closed",
        run_id=run_id,
    )


def _outage(outage: Outage, now: datetime, run_id: str) -> Alert:
    limited = outage.reason in ("rate_limited", "rate limit")
    hours = ((outage.until or now) - outage.since) / HOUR
    return Alert(
        id=_id("outage", f"source:{outage.key}", outage.platform, outage.since),
        kind="outage",
        subject=f"source:{outage.key}",
        platform=outage.platform,
        severity=int(np.clip(2 + hours // 12, 2, 8)),
        started_at=outage.since,
        ended_at=outage.until,
        detected_at=now,
        observed=0.0,
        expected=float(outage.sources),  # sources that should answer
        sigmas=0.0,
        note="rate_limited" if limited else f"broken:{outage.reason}",
        status="closed" if outage.until is not None else "open",
        run_id=run_id,
    )


def _incomplete(alert: Alert, down: Sequence[Outage]) -> Alert:
    end = alert.ended_at or alert.detected_at
    lost = sorted({out.platform for out in down if out.covers(out.platform, alert.started_at, end)})
    return alert.model_copy(update={"note": f"incomplete:{','.join(lost)}"}) if lost else alert


def _at(hour: int, counts: Series, now: datetime, zone: str) -> datetime:
    """The beginning of an hour of a series, whose last hour ends at `now`, on the local clock."""
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - (len(counts) - hour) * HOUR
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _id(family: str, subject: str, platform: str | None, start: datetime) -> str:
    text = f"{family}|{subject}|{platform}|{start.date().isoformat()}"
    return f"alert-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


FAMILIES = {"crisis": "spike", "silence": "drop"}


def _overlap(a: Alert, b: Alert) -> bool:
    """Whether two alerts tell the same of the same subject at the same time."""
    return (
        FAMILIES.get(a.kind, a.kind) == FAMILIES.get(b.kind, b.kind)
        and a.subject == b.subject
        and a.started_at - DAY * HOUR <= (b.ended_at or b.detected_at)
        and b.started_at - DAY * HOUR <= (a.ended_at or a.detected_at)
    )


def _within(topic: Alert, told: Alert) -> bool:
    """Whether a topic rises because of a brand's affair, which is told already."""
    if not told.subject.startswith("brand:") or not topic.post_ids:
        return False
    family = FAMILIES.get(topic.kind, topic.kind) == FAMILIES.get(told.kind, told.kind)
    common = len(set(topic.post_ids) & set(told.post_ids))
    return family and common >= AFFAIR * len(topic.post_ids)


def _continue(alert: Alert, previous: Sequence[Alert]) -> Alert:
    """The alert under the id and with the state of the earlier run's that it goes on with."""
    same = [old for old in previous if old.platform == alert.platform and _overlap(alert, old)]
    if not same:
        return alert
    old = min(same, key=lambda old: (abs(old.started_at - alert.started_at), old.id))
    kept = {"id": old.id, "detected_at": min(old.detected_at, alert.detected_at)}
    if old.status in ("seen", "confirmed", "false_alarm"):
        kept["status"] = old.status
    return alert.model_copy(update=kept)
