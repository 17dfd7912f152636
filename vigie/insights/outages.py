"""Sources that do not answer, as their runs tell: a dead source is never taken for a silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vigie.records import Run, SourceRun

STALE = timedelta(hours=48)  # of waiting for a rate limit, after which a source counts as down
MOST = 0.5  # of a network's sources: from here on the network is down, not a source


@dataclass(frozen=True, slots=True)
class Outage:
    """A source (`key`), or most of a network (`key` is the network's name), out of reach."""

    key: str
    platform: str
    since: datetime  # the last time that it answered, or its first failure where it never did
    until: datetime | None  # the first answer afterwards
    reason: str
    sources: int

    def covers(self, platform: str | None, start: datetime, end: datetime) -> bool:
        """Whether posts of a network may be missing from a period because of it."""
        return (
            platform == self.platform
            and self.since < end
            and (self.until is None or self.until > start)
        )


def find(runs: Iterable[Run], now: datetime) -> list[Outage]:
    """The outages in runs up to `now`, by network and time. `empty` is an answer: nobody wrote;
    `skipped` is none, and no failure either."""
    seen: dict[str, list[SourceRun]] = {}
    for run in sorted(runs, key=lambda run: (run.started_at, run.id)):
        for source in run.sources:
            if source.started_at <= now and source.state != "skipped":
                seen.setdefault(source.key, []).append(source)
    spans = [span for key in sorted(seen) for span in _of_source(seen[key], now)]
    total: dict[str, int] = {}
    for states in seen.values():
        total[states[-1].platform] = total.get(states[-1].platform, 0) + 1
    return sorted(_of_networks(spans, total), key=lambda out: (out.platform, out.since, out.key))


def last_answers(runs: Iterable[Run], now: datetime) -> dict[str, datetime]:
    """When each network last answered, up to `now`: what was written later is not collected yet. A
    network without runs (of imports only) is not in it."""
    answers: dict[str, datetime] = {}
    for run in runs:
        for source in run.sources:
            if source.state in ("ok", "empty") and source.ended_at <= now:
                known = answers.get(source.platform, source.ended_at)
                answers[source.platform] = max(known, source.ended_at)
    return answers


def _of_source(states: Sequence[SourceRun], now: datetime) -> Iterable[Outage]:
    answered: datetime | None = None
    down: SourceRun | None = None
    for state in states:
        if state.last_success_at is not None and state.state not in ("ok", "empty"):
            answered = max(answered or state.last_success_at, state.last_success_at)
        if state.state in ("ok", "empty"):
            if down is not None:
                yield _outage(down, answered, state.started_at)
            answered, down = state.ended_at, None
        elif state.state == "broken" or state.started_at - (answered or state.started_at) >= STALE:
            down = down or state
    if down is not None:
        yield _outage(down, answered, None)


def _outage(down: SourceRun, answered: datetime | None, until: datetime | None) -> Outage:
    reason = (down.reason or down.state).partition(":")[0]
    since = min(answered, down.started_at) if answered else down.started_at
    return Outage(down.key, down.platform, since, until, reason, 1)


def _of_networks(spans: Sequence[Outage], total: dict[str, int]) -> Iterable[Outage]:
    """Outages of most of a network's sources that overlap, as one."""
    for platform in sorted({span.platform for span in spans}):
        mine = sorted(
            (span for span in spans if span.platform == platform),
            key=lambda span: (span.since, span.key),
        )
        groups: list[list[Outage]] = []
        for span in mine:
            group = groups[-1] if groups else []
            if any(other.until is None or other.until > span.since for other in group):
                group.append(span)
            else:
                groups.append([span])
        for group in groups:
            if len({span.key for span in group}) <= MOST * total[platform]:
                yield from group
                continue
            first = group[0]
            ends = [span.until for span in group]
            last = None if None in ends else max(end for end in ends if end is not None)
            keys = {span.key for span in group}
            key = platform if total[platform] > 1 else first.key
            yield Outage(key, platform, first.since, last, first.reason, len(keys))
