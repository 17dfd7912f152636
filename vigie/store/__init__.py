"""The store's protocol: one contract, whatever engine is below (DESIGN.md §5).

Index documents are posts and their enrichment in one flat name space, with dotted names as in the
records (`author.handle`, `metrics.likes`, `sentiment.label`), and these derived fields:

    brands          brand ids of `matched`                    topics   topic ids of `matched`
    homonyms        brand ids left out as a coincidence       is_ad    origin is paid
    engagement      eng.public of vigie/metrics.py, absent where a term is unknown
    published_hour, published_dow   in the workspace's time zone (0 is Monday)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from vigie.records import Post, Record

if TYPE_CHECKING:
    import polars as pl

    from vigie.store.moving import State

R = TypeVar("R", bound=Record)
Told = Callable[[int, int], None]  # posts done, of how many


def untold(done: int, total: int) -> None:
    """Progress that nobody asked for."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a question beside its query; empty tuples and None do not narrow."""

    since: datetime | None = None  # published_at ≥
    until: datetime | None = None  # published_at <
    platforms: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()  # brand ids that the post names
    owners: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ("live",)
    authors: tuple[str, ...] = ()  # account ids
    stories: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    size: int = 20
    offset: int = 0
    after: tuple[Any, ...] | None = None  # sort values of the last hit of the page before


@dataclass(frozen=True, slots=True)
class Hit:
    post: Post
    document: dict[str, Any]  # the index document: post, enrichment, derived fields
    highlight: str | None = None  # escaped HTML in which only <mark> is markup
    sort: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Hits:
    total: int  # posts, not stories
    hits: list[Hit]


@dataclass(slots=True)
class Upserted:
    """What an upsert did, by record kind."""

    new: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    same: dict[str, int] = field(default_factory=dict)


class Store(Protocol):
    """Documents, index and coordination of one workspace. Errors: StoreError, QueryError."""

    def upsert(self, records: Sequence[Record]) -> Upserted:
        """Writes any mix of records: idempotent, the same result in whatever order they come. The
        counters of a post are kept as metric samples, too (`vigie.records.samples_of`).
        Returning means: on disk, and found by the next search."""

    def delete(self, filters: Filters) -> int:
        """Removes posts with all that hangs on them (samples, enrichment, index)."""

    def thin(self, platform: str, before: datetime) -> int:
        """Removes a platform's metric samples that were captured before; answers how many. What a
        post or an account shows now stays with it, a post's as a sample, too."""

    def drop(self, kind: type[Record], ids: Sequence[str]) -> int:
        """Removes records other than posts; answers how many there were."""

    def get(self, ids: Sequence[str], kind: type[R]) -> list[R | None]:
        """Records in the order asked for; None where there is none."""

    def all(self, kind: type[R], *, prefix: str = "") -> Iterator[R]:
        """All records of a kind other than posts, by id, optionally of one id prefix."""

    def documents(self, ids: Sequence[str]) -> list[dict[str, Any] | None]:
        """Index documents (post + enrichment + derived), in the order asked for."""

    def search(
        self,
        query: str = "*",
        filters: Filters = Filters(),
        sort: str = "-published_at",  # field or -field, or "relevance"
        page: Page = Page(),
        highlight: bool = False,
    ) -> Hits: ...

    def aggregate(self, query: str, filters: Filters, aggs: dict[str, Any]) -> dict[str, Any]:
        """Elasticsearch's aggregation DSL, common subset: terms, date_histogram (calendar or fixed
        interval, time_zone), histogram, range, filter (with {"query": …}), avg, sum, min, max,
        value_count, cardinality (exact up to some 20,000 values in a request; beyond, and where it
        orders groups, an estimate within 4 %), percentiles (within 2 %), stats, composite.
        Answers {"total": n, "aggs": {…}} in Elasticsearch's shapes (`buckets`, `doc_count`,
        `key_as_string`, `value`)."""

    def scan(
        self, filters: Filters, columns: Sequence[str], *, query: str = "*", batch: int = 50_000
    ) -> Iterator[pl.DataFrame]:
        """Frames of index columns (`vigie/insights/frames.py` names and types), by published_at."""

    def samples(self, entities: Sequence[str], metrics: Sequence[str] = ()) -> pl.DataFrame:
        """Metric samples as entity, metric, captured_at, value, by captured_at."""

    def change(self, kind: type[R], id: str, expected: R | None, record: R) -> bool:
        """Compare and set; False where the present record is not `expected`."""

    def change_many(self, changes: Sequence[tuple[R | None, R]]) -> list[bool]:
        """`change` for pairs of what is expected and the record, in one transaction; each pair
        stands for itself."""

    def claim(self, name: str, holder: str, ttl: float) -> bool:
        """A lease of `ttl` seconds; again by the same holder: renewed."""

    def release(self, name: str, holder: str) -> None: ...

    def states(self) -> Iterator[State]:
        """Everything that it holds but leases, as merged states (vigie/store/moving.py)."""

    def adopt(self, states: Sequence[State]) -> None:
        """Merges states of one kind, which another store kept, with what there is."""

    def rebuild(self, progress: Told = untold) -> None:
        """The index from the documents."""

    def verify(self) -> list[str]:
        """Differences between documents and index, in words; empty: none."""

    def close(self) -> None: ...
