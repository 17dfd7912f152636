"""What workers and people leave: runs, cursors, budgets, corrections, notes."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from vigie.records.parts import Part, Record, Time


class SourceRun(Part):
    """One target of one run: a broken source is named here and is never read as silence."""

    key: str  # platform/kind/value
    platform: str
    state: Literal["ok", "empty", "rate_limited", "broken", "skipped"]
    reason: str | None = None
    resume_at: Time | None = None
    started_at: Time
    ended_at: Time
    last_success_at: Time | None = None
    requests: int = 0
    pages: int = 0
    items: int = 0
    not_modified: int = 0
    unknown_fields: dict[str, int] = {}
    missing_fields: dict[str, int] = {}
    retyped_fields: dict[str, int] = {}  # `endpoint.object.field=type` as it is now
    seen_objects: dict[str, int] = {}  # `endpoint.object` → how many, of those with such fields
    quarantined: int = 0


class Run(Record):
    record_kind: ClassVar[str] = "run"
    kind: Literal["collect", "import", "enrich", "analyse", "rebuild", "all"]
    started_at: Time
    ended_at: Time | None = None
    sources: tuple[SourceRun, ...] = ()
    counts: dict[str, int] = {}
    seconds: dict[str, float] = {}
    errors: tuple[str, ...] = ()


class Cursor(Record):
    """Where a target's next crawl begins; `id` is the target's key."""

    record_kind: ClassVar[str] = "cursor"
    value: dict[str, Any]
    moved_at: Time


class Budget(Record):
    """What was spent of a bucket on a day; `id` is bucket@day."""

    record_kind: ClassVar[str] = "budget"
    bucket: str
    day: str
    calls: int = 0
    units: float = 0.0
    money: float = 0.0


class Correction(Record):
    """A person's word on a post; it lies beside the model's, never over it. `id` is post:field."""

    record_kind: ClassVar[str] = "correction"
    post_id: str
    field: Literal["sentiment", "language", "topics", "brands", "origin"]
    value: Any
    by: str
    at: Time


class Annotation(Record):
    record_kind: ClassVar[str] = "annotation"
    at: Time
    until: Time | None = None
    text: str
    subject: str | None = None
    by: str | None = None


class ShortlistState(Record):
    """What a person wrote beside a candidate; `id` is the account's."""

    record_kind: ClassVar[str] = "shortlist"
    listed: bool = True
    status: str | None = None
    owner: str | None = None
    rate_card: str | None = None
    cpe_estimate: str | None = None
    notes: str | None = None
    consent_note: str | None = None
    changed_at: Time


class DailyCount(Record):
    """A compact baseline: posts per day of a subject, so that a run costs what is new."""

    record_kind: ClassVar[str] = "daily_count"
    subject: str
    day: str
    posts: int
    authors: int | None = None
    negative: int | None = None
