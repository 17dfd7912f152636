"""Retention: what is older than the watchlist keeps, or than a platform's terms let it be kept,
leaves store and landing, and no replay of what is landed brings it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vigie.policies import POLICIES, Policies
from vigie.records import Account, MetricSample, Post, Record
from vigie.store import Filters
from vigie.workspace import Workspace

_STATES = ("live", "deleted", "withheld")


def horizon(workspace: Workspace) -> datetime | None:
    """Posts published before that are not kept; None: all are."""
    days = workspace.watchlist.store.keep_days
    return None if days is None else workspace.clock.now() - timedelta(days=days)


@dataclass(frozen=True)
class Keeping:
    """What is kept as of now: posts published since `since`; of each platform what was read again,
    and the counters that were read, in the days that its terms allow."""

    now: datetime
    since: datetime | None
    policies: Policies

    @classmethod
    def of(cls, workspace: Workspace) -> Keeping:
        return cls(workspace.clock.now(), horizon(workspace), Policies(workspace.watchlist))

    def kept(self, records: Sequence[Record]) -> list[Record]:
        """Records without those that are too old."""
        return [one for one in records if self._keeps(one)]

    def _keeps(self, one: Record) -> bool:
        if isinstance(one, Post):
            if self.since is not None and one.published_at < self.since:
                return False
            bound = self.policies.keeps(one)
            return bound is None or one.collected_at >= self.now - bound
        if isinstance(one, MetricSample):
            captured = self.captured(one.platform)
            return captured is None or one.captured_at >= captured
        return True

    def captured(self, platform: str) -> datetime | None:
        """Counters of a platform that were read before that are not kept; None: all are."""
        days = self.policies[platform].statistics_days
        return None if days is None else self.now - timedelta(days=days)

    def landed(self, platform: str) -> datetime | None:
        """Raw answers of a platform from days before that are not kept; None: all are."""
        policy = self.policies[platform]
        if not policy.raw:
            return self.now
        return None if policy.raw_days is None else self.now - timedelta(days=policy.raw_days)


def prune(workspace: Workspace) -> dict[str, int]:
    """Takes out what is too old: posts with all that hangs on them, and raw data of days on which
    nothing younger can have been collected; then what the terms ask for (`obey`). Answers how many
    posts and segments."""
    counted: Counter[str] = Counter(posts=0, segments=0)
    since = horizon(workspace)
    if since is not None:
        counted["posts"] += workspace.store.delete(Filters(until=since, states=()))
        counted["segments"] += _cut(workspace, dict.fromkeys(_landed(workspace), since))
    counted.update(obey(workspace))
    return dict(counted)


def obey(workspace: Workspace) -> dict[str, int]:
    """Takes out what the platforms' terms do not let be kept: posts that were not read again in
    time, counters and raw data of too long ago, whole segments at a time; answers how many of each.
    A run does it before it analyses."""
    keeping = Keeping.of(workspace)
    store = workspace.store
    counted: Counter[str] = Counter()
    for name in POLICIES:
        counted["posts"] += _forgotten(workspace, keeping, name)
        counted["accounts"] += _unseen(workspace, keeping, name)
        captured = keeping.captured(name)
        if captured is not None:
            counted["samples"] += store.thin(name, captured)
    cuts = {name: until for name in _landed(workspace) if (until := keeping.landed(name))}
    counted["segments"] += _cut(workspace, cuts)
    counted["quarantined"] += _released(workspace, cuts)
    return {name: number for name, number in counted.items() if number}


def _forgotten(workspace: Workspace, keeping: Keeping, platform: str) -> int:
    """Takes out a platform's posts that nobody read again in time."""
    days = keeping.policies[platform].keep_days
    if days is None:
        return 0
    store, seen = workspace.store, keeping.now - timedelta(days=days)
    gone = 0
    filters = Filters(platforms=(platform,), states=_STATES)
    for frame in store.scan(filters, ["id", "collected_at"]):
        old = frame.filter(frame["collected_at"] < seen)["id"].to_list()
        posts = [post for post in store.get(old, Post) if post and keeping.policies.bound(post)]
        if posts:
            ids = tuple(post.id for post in posts)
            gone += store.delete(Filters(ids=ids, states=()))
    return gone


def _unseen(workspace: Workspace, keeping: Keeping, platform: str) -> int:
    """Takes out a platform's accounts that nobody read again in time, with what they count."""
    policy = keeping.policies[platform]
    if policy.keep_days is None:
        return 0
    seen = keeping.now - timedelta(days=policy.keep_days)
    old = [
        account.id
        for account in workspace.store.all(Account, prefix=f"{platform}:")
        if account.collected_at < seen
        and account.source.endpoint != "import"
        and not (policy.whose == "others" and account.owner in keeping.policies.own)
    ]
    return workspace.store.drop(Account, old) if old else 0


def _landed(workspace: Workspace) -> set[str]:
    return {path.parent.name for path in workspace.landing.segments()}


def _cut(workspace: Workspace, until: Mapping[str, datetime]) -> int:
    """Removes whole segments of days before that, by platform."""
    days = {name: at.astimezone(UTC).date().isoformat() for name, at in until.items()}
    old = [
        path
        for path in workspace.landing.segments()
        if path.name[:10] < days.get(path.parent.name, "")
    ]
    for path in old:
        path.unlink()
    return len(old)


def _released(workspace: Workspace, until: Mapping[str, datetime]) -> int:
    """Removes answers from quarantine that were collected before that, by platform."""
    folder = workspace.landing.quarantined
    gone = 0
    for name, at in until.items():
        for path in sorted((folder / name).glob("*.json")):
            if _collected(path) < at:
                path.unlink()
                gone += 1
    return gone


def _collected(path: Path) -> datetime:
    import orjson

    answer = orjson.loads(path.read_bytes())["answer"]
    return datetime.fromisoformat(answer["collected_at"])
