"""The records that pass between the parts (DESIGN.md §3): frozen, closed, times in UTC, ids as text.

A field that an observation does not carry is None, never 0 and never "": merging
(`vigie/merging.py`) then leaves what an earlier observation gave.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def _to_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Time = Annotated[AwareDatetime, AfterValidator(_to_utc)]
Count = Annotated[int, Field(ge=-(2**62), le=2**62)]  # net votes can be negative
PostKind = Literal["post", "reply", "comment", "quote", "repost", "video", "article", "pin"]
State = Literal["live", "deleted", "withheld"]
Origin = Literal["owned", "earned", "comment", "paid"]
Label = Literal["negative", "neutral", "positive", "unsure"]


class Record(BaseModel):
    """What all records share: an `id`, and a `record_kind` under which the store files them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    record_kind: ClassVar[str]
    id: str


class Part(BaseModel):
    """A piece of a record."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Author(Part):
    id: str | None = None  # platform:native_id of the account
    handle: str | None = None
    name: str | None = None
    followers: Count | None = None
    verified: bool | None = None


class Media(Part):
    kind: Literal["image", "video", "audio", "gif", "link", "other"]
    url: str | None = None
    alt: str | None = None
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None


class Counts(Part):
    """Public counters at `collected_at`; None where the platform does not give one."""

    likes: Count | None = None
    shares: Count | None = None
    replies: Count | None = None
    quotes: Count | None = None
    saves: Count | None = None
    views: Count | None = None
    clicks: Count | None = None
    reach: Count | None = None
    impressions: Count | None = None


class Source(Part):
    collector: str  # crawler or import preset
    endpoint: str
    api_version: str | None = None
    run_id: str
    mapper_version: str
    ref: str | None = None  # address at which to read it again, where its id does not tell


class Post(Record):
    """One publication of anybody, as last observed. `matched` holds `brand:ID`, `topic:ID`
    and, for coincidences of names that were left out, `homonym:ID`."""

    record_kind: ClassVar[str] = "post"
    platform: str
    native_id: str
    kind: PostKind = "post"
    url: str | None = None
    author: Author = Author()
    text: str | None = None
    title: str | None = None
    lang: str | None = None  # as the platform says
    published_at: Time
    edited_at: Time | None = None
    first_seen_at: Time
    collected_at: Time
    parent_id: str | None = None
    root_id: str | None = None
    repost_of: str | None = None
    quote_of: str | None = None
    hashtags: tuple[str, ...] = ()  # without '#', as written
    mentions: tuple[str, ...] = ()  # handles without '@'
    links: tuple[str, ...] = ()
    emojis: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    metrics: Counts = Counts()
    state: State = "live"
    sensitive: bool | None = None
    matched: tuple[str, ...] = ()  # sorted, without repeats
    origin: Origin | None = None
    owner: str | None = None  # the brand whose account published it or under whose post it stands
    source: Source


class Sentiment(Part):
    label: Label
    score: float  # P(positive) − P(negative), −1..1
    confidence: float  # calibrated probability that the label is right, 0..1


class BrandSentiment(Part):
    brand: str
    label: Label
    score: float


class Entity(Part):
    text: str
    label: Literal["PER", "LOC", "ORG", "PROD", "WORK", "BRAND"]
    canonical: str


class Enrichment(Record):
    """What the readers of `nlp/` say of a post; `id` is the post's. None: that reader did not run."""

    record_kind: ClassVar[str] = "enrichment"
    text_hash: str  # of what was read: another text, another enrichment
    language: str | None = None
    language_confidence: float | None = None
    sentiment: Sentiment | None = None
    brand_sentiment: tuple[BrandSentiment, ...] = ()
    entities: tuple[Entity, ...] | None = None
    keyphrases: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    story_id: str | None = None  # id of the story's first post; alone: the post's own id
    model_versions: dict[str, str] = {}
    enriched_at: Time


class Account(Record):
    record_kind: ClassVar[str] = "account"
    platform: str
    native_id: str
    handle: str | None = None
    name: str | None = None
    url: str | None = None
    bio: str | None = None
    kind: Literal["person", "brand", "media", "bot"] | None = None
    language: str | None = None
    location: str | None = None
    verified: bool | None = None
    created_at: Time | None = None
    followers: Count | None = None
    following: Count | None = None
    posts: Count | None = None
    owner: str | None = None  # the brand that it belongs to
    state: State = "live"
    first_seen_at: Time
    collected_at: Time
    source: Source


class MetricSample(Record):
    """One counter of one entity at one time; append-only. `id` comes from `sample_id`."""

    record_kind: ClassVar[str] = "metric_sample"
    entity: str  # post or account id
    entity_kind: Literal["post", "account"]
    platform: str
    metric: str
    value: float
    captured_at: Time
    exactness: Literal["exact", "rounded", "estimated"] = "exact"
    scope: Literal["public", "own"] = "public"


class Tombstone(Record):
    """An entity is gone at its source; `id` is the entity's."""

    record_kind: ClassVar[str] = "tombstone"
    entity_kind: Literal["post", "account"]
    reason: Literal["deleted", "withheld", "erased"] = "deleted"
    noticed_at: Time


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


class Alert(Record):
    """Something that deserves a look now, with its cause."""

    record_kind: ClassVar[str] = "alert"
    kind: Literal["spike", "drop", "silence", "crisis", "outage", "platform_dip"]
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


RECORDS: dict[str, type[Record]] = {
    kind.record_kind: kind
    for kind in (
        Post, Enrichment, Account, MetricSample, Tombstone, Trend, Alert, Influencer, Benchmark,
        Run, Cursor, Budget, Correction, Annotation, ShortlistState, DailyCount,
    )
}  # fmt: skip


def sample_id(entity: str, metric: str, captured_at: datetime) -> str:
    """The deterministic id of a metric sample."""
    return f"{entity}|{metric}|{captured_at.astimezone(UTC).isoformat(timespec='milliseconds')}"


def samples_of(post: Post) -> Iterable[MetricSample]:
    """The metric samples that one observation of a post carries."""
    for metric, value in post.metrics:
        if value is not None:
            yield MetricSample(
                id=sample_id(post.id, metric, post.collected_at),
                entity=post.id,
                entity_kind="post",
                platform=post.platform,
                metric=metric,
                value=value,
                captured_at=post.collected_at,
            )
