"""Posts of the simulated world and how their counters grow with age."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from vigie.demo.people import Account

HOUR = 3_600_000


@dataclass(slots=True)
class Media:
    """An image or a video that goes with a post."""

    kind: str  # image, video
    alt: str
    width: int
    height: int
    seconds: float | None = None


@dataclass(slots=True, eq=False, repr=False)
class Post:
    """One publication. `likes`, `shares` and the like are what it reaches in the end; `mood` is
    what its writer felt and `plan` the planted story it belongs to: neither is ever served."""

    site: str
    account: Account
    at: int  # ms since the epoch
    set_at: int  # ms since the epoch in the year in which the story is set
    day: int
    text: str
    lang: str
    tags: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    subject: str = ""
    mood: str = "neu"
    parent: Post | None = None
    root: Post | None = None
    quotes: Post | None = None
    media: Media | None = None
    link: tuple[str, str] | None = None  # address, title
    title: str | None = None
    mentions: tuple[Account, ...] = ()
    deleted: int | None = None  # ms since the epoch
    edits: tuple[tuple[int, str], ...] = ()  # when (ms) and to what, by time
    plan: str | None = None
    likes: int = 0
    shares: int = 0
    quoted: int = 0
    saves: int = 0
    views: int = 0
    tau: float = 14.0  # hours in which 63 % of its engagement comes
    native: str = ""  # the platform's id
    uri: str = ""  # the platform's global id
    replies: list[Post] = field(default_factory=list)
    static: bytes | None = None  # its answer without what moves

    def visible(self, now: int) -> bool:
        """Whether it is published and not deleted at a time (ms)."""
        return self.at <= now and (self.deleted is None or now < self.deleted)

    def text_at(self, now: int) -> str:
        """Its words at a time (ms)."""
        return next((text for at, text in reversed(self.edits) if at <= now), self.text)

    def edited_at(self, now: int) -> int | None:
        """When its words were last changed, as seen at a time (ms)."""
        return next((at for at, _ in reversed(self.edits) if at <= now), None)

    def views_at(self, now: int) -> int:
        """How often it was seen by a time (ms)."""
        return round(self.views * self.grown(now))

    def grown(self, now: int) -> float:
        """The part of its engagement that has come by a time, 0..1."""
        return 1.0 - math.exp(-max(0, now - self.at) / (self.tau * HOUR))

    def counts(self, now: int) -> tuple[int, int, int, int, int]:
        """Likes, shares, quotes, saves, visible replies at a time."""
        part = self.grown(now)
        replies = sum(reply.visible(now) for reply in self.replies) if self.replies else 0
        return (
            round(self.likes * part),
            round(self.shares * part),
            round(self.quoted * part),
            round(self.saves * part),
            replies,
        )
