"""Answers whose shape changes: fields that are new, missing, or of another type than known.

What runs counted of each source (`SourceRun.unknown_fields` and the like) becomes one line a field
of an endpoint: since when, in how many of the objects. A change that begins, after the same source
had been read without it, is an alert of its own kind, which says nothing of any brand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from vigie.records import Alert, Run, SourceRun

Kind = Literal["new", "missing", "retyped"]
KINDS: tuple[Kind, ...] = ("missing", "retyped", "new")  # the gravest first
_FIELDS: dict[Kind, str] = {
    "new": "unknown_fields", "missing": "missing_fields", "retyped": "retyped_fields",
}  # fmt: skip
TIMES = 3  # objects that show a change, or
TERMS = 12  # fields that an alert names
SHARE = 0.5  # of a run's objects: from there on it is no slip of one post


@dataclass(frozen=True, slots=True)
class Change:
    """One field that drifts. `of` counts the objects in which it was looked for, in the last run
    that showed it; `began`: sources had been read without it before."""

    platform: str
    endpoint: str
    field: str  # of an object: `status.replies_count`; where retyped `…=type` as it is now
    kind: Kind
    since: datetime
    until: datetime | None  # the first reading without it afterwards
    times: int
    of: int
    began: bool

    @property
    def share(self) -> float | None:
        """Part of the objects that show it; None where they were not counted."""
        return min(1.0, self.times / self.of) if self.of else None

    @property
    def tells(self) -> bool:
        """Whether it deserves an alert."""
        return self.began and (self.times >= TIMES or (self.share or 0.0) >= SHARE)


@dataclass(slots=True)
class _Going:
    """A change that the last readings showed."""

    since: datetime
    keys: set[str]  # sources that show it
    began: bool
    times: int = 0
    of: int = 0
    at: datetime | None = None  # of the run that `times` and `of` are of


_Name = tuple[str, str, Kind]  # platform, endpoint and field, kind


def find(runs: Iterable[Run], now: datetime) -> list[Change]:
    """The changes in runs up to `now`, those that are over included, by platform and time."""
    going: dict[_Name, _Going] = {}
    over: list[Change] = []
    read: set[str] = set()  # sources that gave something
    for run in sorted(runs, key=lambda run: (run.started_at, run.id)):
        for source in run.sources:
            if source.started_at > now or not source.items:
                continue  # what gave nothing shows no shape
            shown = dict(_shown(source))
            for name, (times, of) in shown.items():
                one = going.setdefault(
                    name, _Going(source.started_at, set(), began=source.key in read)
                )
                one.keys.add(source.key)
                if one.at != run.started_at:
                    one.at, one.times, one.of = run.started_at, 0, 0
                one.times, one.of = one.times + times, one.of + of
            for name in [*going]:
                if name[0] == source.platform and name not in shown:
                    going[name].keys.discard(source.key)
                    if not going[name].keys:
                        over.append(_change(name, going.pop(name), source.started_at))
            read.add(source.key)
    found = over + [_change(name, one, None) for name, one in going.items()]
    return sorted(found, key=lambda one: (one.platform, one.since, one.endpoint, one.field))


def standing(changes: Sequence[Change]) -> list[Change]:
    """Those that last, the gravest first."""
    left = [one for one in changes if one.until is None]
    return sorted(left, key=lambda one: (one.platform, KINDS.index(one.kind), one.field))


def beginnings(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """The changes that deserve an alert, those of one platform and day together."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for one in changes:
        if one.tells:
            groups.setdefault((one.platform, one.since.date().isoformat()), []).append(one)
    yield from groups.values()


def alerts(
    runs: Iterable[Run],
    now: datetime,
    run_id: str,
    name: Callable[[str, str, str, datetime], str],
) -> Iterator[Alert]:
    """That the answers of a platform change their shape: what is read of them may be less. `name`
    gives an alert's id from its family, subject, platform and beginning."""
    for group in beginnings(find(runs, now)):
        yield _alert(group, now, run_id, name)


def _alert(
    changes: Sequence[Change],
    now: datetime,
    run_id: str,
    name: Callable[[str, str, str, datetime], str],
) -> Alert:
    platform, since = changes[0].platform, min(one.since for one in changes)
    kinds = Counter(one.kind for one in changes)
    ends = [one.until for one in changes if one.until is not None]
    over = max(ends) if len(ends) == len(changes) else None
    ordered = sorted(changes, key=lambda one: (KINDS.index(one.kind), one.endpoint, one.field))
    return Alert(
        id=name("drift", f"source:{platform}", platform, since),
        kind="drift",
        subject=f"source:{platform}",
        platform=platform,
        severity=2 if set(kinds) == {"new"} else 4,
        started_at=since,
        ended_at=over,
        detected_at=now,
        observed=float(len(changes)),
        expected=0.0,
        sigmas=0.0,
        terms=tuple(f"{one.endpoint}.{one.field}" for one in ordered)[:TERMS],
        note="shape:" + ",".join(f"{kind}={n}" for kind, n in sorted(kinds.items())),
        status="closed" if over is not None else "open",
        run_id=run_id,
    )


def _shown(source: SourceRun) -> Iterator[tuple[_Name, tuple[int, int]]]:
    for kind, attribute in _FIELDS.items():
        for field, times in getattr(source, attribute).items():
            of = source.seen_objects.get(field.rpartition(".")[0], 0)
            yield (source.platform, field, kind), (times, of)


def _change(name: _Name, one: _Going, until: datetime | None) -> Change:
    platform, field, kind = name
    endpoint, _, rest = field.partition(".")
    return Change(platform, endpoint, rest, kind, one.since, until, one.times, one.of, one.began)
