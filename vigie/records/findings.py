"""What the insights find, as of a run."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from vigie.records.parts import Part, Record, Time


class Interval(Part):
    low: float
    high: float


class Trend(Record):
    """A subject that rises against its own past, as of a run."""

    record_kind: ClassVar[str] = "trend"
    name: str
    terms: tuple[str, ...]  # strongest first
    hashtags: tuple[str, ...] = ()
    stage: Literal["new", "emerging", "growing", "peaking", "declining", "dormant"]
    recurring: str | None = None  # id of the calendar moment that explains it
    score: float
    detected_at: Time
    first_seen_at: Time
    window_start: Time
    window_end: Time
    posts: int
    authors: int
    posts_before: int  # in the equal window before
    growth: float | None  # factor against the equal window before; None: nothing before
    growth_interval: Interval | None = None  # 95 %
    share: float | None = None  # of all posts of the window
    platforms: dict[str, int] = {}
    languages: dict[str, int] = {}
    spread: tuple[dict[str, Any], ...] = ()  # {platform, language, first_post, first_at}, in order
    sentiment: dict[str, int] = {}  # label → posts
    daily: tuple[tuple[str, int], ...] = ()  # (ISO day in the workspace's zone, posts)
    representative: tuple[str, ...] = ()  # post ids
    first_authors: tuple[str, ...] = ()
    post_ids: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    run_id: str


OPERATIONAL = frozenset({"outage", "drift"})  # kinds of alerts that tell of no brand or topic


class Alert(Record):
    """Something that deserves a look now, with its cause."""

    record_kind: ClassVar[str] = "alert"
    kind: Literal["spike", "drop", "silence", "crisis", "outage", "drift", "platform_dip"]
    subject: str  # brand:ID, topic:ID or source:KEY
    platform: str | None = None  # None: all
    severity: int = Field(ge=1, le=10)
    level: Literal["watch", "sensitive", "crisis"] = "watch"
    started_at: Time
    peaked_at: Time | None = None
    ended_at: Time | None = None
    detected_at: Time
    observed: float
    expected: float
    sigmas: float
    negative_share: float | None = None
    negative_baseline: float | None = None
    authors: int | None = None
    terms: tuple[str, ...] = ()  # what drives it
    first_post: str | None = None
    post_ids: tuple[str, ...] = ()
    story_id: str | None = None
    note: str | None = None  # state of the source, in a code: see vigie/insights/alerts.py
    status: Literal["open", "seen", "confirmed", "false_alarm", "closed"] = "open"
    run_id: str


class Influencer(Record):
    """A candidate for a shortlist, with the parts of its score. `id` is the account's."""

    record_kind: ClassVar[str] = "influencer"
    account_id: str
    platform: str
    handle: str | None
    name: str | None
    kind: Literal["expert", "creator", "ambassador", "media", "brand", "other"]
    tier: str | None  # None: followers unknown
    followers: int | None
    score: float  # 0..100
    components: dict[str, float | None]  # part → 0..1, None: unknown
    signals: dict[str, float | None] = {}  # authenticity signals, named, with their values
    posts: int
    engagement_median: float | None
    sponsored_share: float | None
    generic_comment_share: float | None = None
    own_mentions: int = 0
    competitor_mentions: int = 0
    topic_terms: tuple[str, ...] = ()
    trend_ids: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()  # post ids
    reasons: tuple[str, ...] = ()  # codes that locales/ puts in words
    first_seen_at: Time
    as_of: Time
    run_id: str


class Benchmark(Record):
    """One brand (`platform` None: over all networks) in one period; figures by metric id."""

    record_kind: ClassVar[str] = "benchmark"
    brand: str
    platform: str | None
    window_start: Time
    window_end: Time
    figures: dict[str, dict[str, Any]]  # metric id → Figure of vigie/metrics.py as a dict
    formats: dict[str, dict[str, Any]] = {}
    best_posts: tuple[dict[str, Any], ...] = ()  # {id, engagement, over_performing, giveaway, paid}
    left_out: dict[str, int] = {}  # reason → posts
    run_id: str
