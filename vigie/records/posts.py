"""What is collected and what the readers of `nlp/` say of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar, Literal

from vigie.records.parts import Count, Part, Record, Time

PostKind = Literal["post", "reply", "comment", "quote", "repost", "video", "article", "pin"]
State = Literal["live", "deleted", "withheld"]
Origin = Literal["owned", "earned", "comment", "paid"]
Label = Literal["negative", "neutral", "positive", "unsure"]


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
    """What the readers of `nlp/` say of a post, under its id. None: that reader did not run."""

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


def sample_id(entity: str, metric: str, captured_at: datetime) -> str:
    """The deterministic id of a metric sample."""
    return f"{entity}|{metric}|{captured_at.astimezone(UTC).isoformat(timespec='milliseconds')}"


def samples_of(post: Post) -> Iterable[MetricSample]:
    """The metric samples that one observation of a post carries: stores keep them with it."""
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
