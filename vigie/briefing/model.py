"""The briefing as a record: claims, figures, evidence and coverage, frozen as of a moment. Every
rendering is made from it, so all languages and formats carry the same figures."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Literal

from vigie.claims import Claim
from vigie.metrics import Figure
from vigie.records import Interval, Part, Time

SCHEMA = 1


class Evidence(Part):
    """A post that a claim rests on, as it was. `digest` is the sha256 of its id, time and words."""

    id: str
    url: str | None
    platform: str
    author: str | None
    published_at: Time
    excerpt: str  # "" where the platform's terms let ids only be passed on
    engagement: int | None
    digest: str


class KeyFigure(Part):
    """A figure of the own brand with its mean of the four weeks before and its last nine weeks."""

    figure: Figure
    mean4: float | None
    weeks: tuple[float | None, ...]  # oldest first, this week last


class Rising(Part):
    """A trend as the briefing tells it."""

    id: str
    name: str
    stage: str
    recurring: str | None
    first_seen_at: Time
    weeks_active: int
    platforms: dict[str, int]
    languages: dict[str, int]
    posts: int
    posts_before: int
    authors: int
    share: float | None
    growth: float | None
    growth_interval: Interval | None
    net_sentiment: float | None  # points; None: no post read
    terms: tuple[str, ...]
    hashtags: tuple[str, ...]
    samples: tuple[str, ...]  # evidence ids
    post_ids: tuple[str, ...]
    complete: bool  # post_ids holds every post


class Competitor(Part):
    brand: str
    name: str
    own: bool
    figures: dict[str, Figure]
    best_post: str | None  # evidence id
    best_over_performing: float | None
    left_out: dict[str, int]


class Person(Part):
    account: str
    name: str
    platform: str
    kind: str
    tier: str | None
    followers: int | None
    score: float
    components: dict[str, float | None]
    sponsored_share: float | None
    reasons: tuple[str, ...]
    evidence: tuple[str, ...]


class Advice(Part):
    """One recommendation: the rule that fired names what triggered it. Brand fit and angle are a
    person's."""

    verb: Literal["publish", "answer", "test", "postpone", "follow", "set_aside"]
    claim: str  # id of the claim that triggered it
    platform: str | None = None
    format: str | None = None
    weekday: int | None = None
    hour: int | None = None
    example: str | None = None  # evidence id
    subject: str


class Moment(Part):
    day: date
    until: date
    fr: str
    en: str
    sensitive: bool


class Coverage(Part):
    """What the week rests on: posts read, sources that were down, what was left out."""

    posts: int
    authors: int
    platforms: dict[str, int]
    sources: int
    down: tuple[dict[str, Any], ...]  # {platform, since, sources, of}
    left_out: dict[str, int]


class Outcome(Part):
    """What was said a week ago, and what came of it."""

    claim: str
    sentence_fr: str
    sentence_en: str
    then: float
    now: float
    hit: bool


class Briefing(Part):
    """One week of one workspace. Figures are frozen: they are those of `as_of`."""

    schema_version: int = SCHEMA
    workspace: str
    timezone: str
    week: str  # 2026-W47
    since: Time
    until: Time
    compared_since: Time
    as_of: Time
    analysis: str | None  # id of the run whose findings it tells
    own: tuple[str, ...]
    brands: dict[str, str]
    remember: tuple[Claim, ...]
    claims: tuple[Claim, ...]
    key_figures: dict[str, tuple[KeyFigure, ...]]  # by own brand
    emerging: tuple[Rising, ...]
    strong: tuple[Rising, ...]
    seasonal: tuple[Rising, ...]
    competitors: tuple[Competitor, ...]
    surprises: tuple[dict[str, Any], ...]  # over-performing posts: {brand, post, score, format}
    people: tuple[Person, ...]
    moments: tuple[Moment, ...]
    advice: tuple[Advice, ...]
    outcomes: tuple[Outcome, ...]
    coverage: Coverage
    evidence: dict[str, Evidence]

    @property
    def quiet(self) -> bool:
        """Whether the week had nothing that deserves a look."""
        return any(claim.kind == "quiet" for claim in self.claims)

    @property
    def incidents(self) -> tuple[Claim, ...]:
        """What burned, and who waits for an answer."""
        return tuple(
            one for one in self.claims if one.kind in ("crisis", "questions", "alert", "dip")
        )

    @property
    def gaps(self) -> tuple[Claim, ...]:
        """What was not collected."""
        return tuple(one for one in self.claims if one.kind == "outage")

    @property
    def coverage_end(self) -> datetime:
        """The last instant of the week."""
        return self.until - timedelta(seconds=1)
