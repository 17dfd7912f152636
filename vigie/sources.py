"""What a crawler is: the contract between `crawlers/`, `vigie/crawl.py` and landing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

import orjson

from vigie.records import Account, MetricSample, Post, Tombstone
from vigie.watchlist import Watchlist

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to read at one platform: an account, a tag, a search, a feed, a site, a refresh."""

    platform: str
    kind: str
    value: str
    brand: str | None = None  # whose account it is
    topic: str | None = None
    host: str | None = None  # base URL, where the platform is many servers or a stand-in
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.platform}/{self.kind}/{self.value}"


@dataclass(frozen=True, slots=True)
class Call:
    """A request to make. `meta` is JSON-able, landed with the body, handed to `next` and `map`."""

    endpoint: str
    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    web: bool = False  # a page of a web host: robots.txt and Crawl-delay are obeyed


@dataclass(frozen=True, slots=True)
class Answer:
    """A raw body with what is known of it; what landing keeps and `next` and `map` read."""

    platform: str
    endpoint: str
    target: str  # Target.key
    url: str  # final
    request_url: str
    method: str
    status: int
    headers: Mapping[str, str]  # lower-case; those that matter
    body: bytes
    collected_at: datetime
    run_id: str
    brand: str | None = None
    topic: str | None = None
    api_version: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    _known: dict[str, Any] = field(init=False, default_factory=dict, compare=False, repr=False)

    def once(self, what: str, read: Callable[[], T]) -> T:
        """What is read of the body, read once: its health, the following calls, the cursor and the
        records are told from the same. It is not to be changed. Raises what `read` raises."""
        if what not in self._known:
            self._known[what] = read()
        return cast(T, self._known[what])

    def json(self) -> Any:
        """The body as JSON, not to be changed; raises ValueError where it is none."""
        return self.once("json", lambda: orjson.loads(self.body))


LISTINGS = frozenset(
    {"account", "tag", "search", "feed", "site", "mentions", "community"}
)  # kinds of targets
UNBELIEVED = (
    "unbelieved"  # in an answer's `meta`: that all it was asked for is gone is not believed
)
FIGURES = "insights"  # the kind of those that give figures and no posts


@dataclass(slots=True)
class Mapped:
    """Records of one body, with the fields that the mapper did not know or missed, or whose type
    is another."""

    posts: list[Post] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    samples: list[MetricSample] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    retyped: Counter[str] = field(default_factory=Counter)  # `path.key=type`, as it is now
    seen: dict[str, int] = field(default_factory=dict)  # objects that were looked at, by path
    refused: list[str] = field(default_factory=list)  # items that are no records: place, reason

    def items(self, target: str) -> int:
        """How much a target (its key) has given: posts and tombstones; accounts count but where
        they are only the head of a listing of posts, samples where figures are all there is."""
        kind = target.split("/", 2)[1]
        found = len(self.posts) + len(self.tombstones)
        if kind == FIGURES:  # what is left of a quota is no figure of theirs
            told = (sample.metric for sample in self.samples)
            return found + sum(not metric.startswith(("quota_", "flag_")) for metric in told)
        return found + (0 if kind in LISTINGS else len(self.accounts))


class Crawler(Protocol):
    """One platform. All but `map` only build requests and follow cursors; `map` is pure."""

    name: str
    title: str
    endpoints: tuple[str, ...]
    requires: tuple[str, ...]  # environment variables without which it is skipped
    mapper_version: str

    def targets(self, watchlist: Watchlist) -> list[Target]: ...

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        """Targets that read these posts of the platform again, for counts and deletions; none
        where the platform has neither."""

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        """The first calls. `cursor` is what the last run left, here and in `next`."""

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        """The following pages; none at the end."""

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        """The cursor after this page is on disk; `cursor` moves within the run, page by page, in
        the order in which the pages were asked for."""

    def map(self, answer: Answer) -> Mapped:
        """Records of a body. Raises MappingError; a recorded error answer maps to nothing or to a
        tombstone."""
