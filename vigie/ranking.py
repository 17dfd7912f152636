"""Posts in the order of a counter. Where a platform's terms forbid to mix its counters with those
of other platforms (`mixed` of vigie/policies.py), its posts are ranked among themselves and stand
apart, behind the others: nothing is hidden, and what must not be compared is in no common order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vigie.policies import Policies
from vigie.store import Filters, Hit, Page, Store
from vigie.store.index import COUNTERS
from vigie.store.searching import sort_field

COUNTED = frozenset({"engagement", "author.followers", *(f"metrics.{name}" for name in COUNTERS)})
_PLATFORMS = 1_000  # more than there can be: each that an import names is one


@dataclass(frozen=True, slots=True)
class Ranked:
    """Posts in their order, and how many there are in all."""

    total: int
    hits: list[Hit]
    apart: dict[str, int] = field(default_factory=dict)  # platform behind the others → its posts


def ranked(
    store: Store,
    policies: Policies,
    query: str = "*",
    filters: Filters = Filters(),  # noqa: B008
    *,
    sort: str = "-published_at",
    size: int = 20,
    offset: int = 0,
    highlight: bool = False,
) -> Ranked:
    """The posts of a question from `offset` on, in the order of `Store.search`; by a counter, those
    of platforms that must not be mixed behind the others, platform by platform. Posts of one
    platform alone are in one order whatever its terms. Errors: StoreError, QueryError."""
    parts = _parts(store, policies, query, filters, sort)
    if len(parts) < 2:
        found = store.search(query, filters, sort, Page(size, offset), highlight)
        return Ranked(found.total, found.hits)
    hits: list[Hit] = []
    before = 0
    for part in parts:
        page = Page(size - len(hits), max(offset - before, 0))
        if page.size > 0 and page.offset < part.posts:
            asked = replace(filters, platforms=part.platforms)
            hits += store.search(query, asked, sort, page, highlight).hits
        before += part.posts
    return Ranked(before, hits, {part.apart: part.posts for part in parts if part.apart})


@dataclass(frozen=True, slots=True)
class _Part:
    """Platforms whose posts are in one order."""

    platforms: tuple[str, ...]
    posts: int
    apart: str = ""  # the platform that stands apart


def _parts(
    store: Store, policies: Policies, query: str, filters: Filters, sort: str
) -> list[_Part]:
    """What a question's posts have to be parted into, in this order; fewer than two: nothing."""
    if sort == "relevance" or sort_field(sort)[0] not in COUNTED:
        return []
    barred = policies.barred("mixed")
    asked = set(filters.platforms)
    if not barred or len(asked) == 1 or (asked and not barred & asked):
        return []
    answer = store.aggregate(
        query, filters, {"network": {"terms": {"field": "platform", "size": _PLATFORMS}}}
    )
    buckets = answer["aggs"]["network"]["buckets"] if answer["aggs"] else []
    posts = {bucket["key"]: bucket["doc_count"] for bucket in buckets}
    free = tuple(sorted(posts.keys() - barred))
    together = [_Part(free, sum(posts[name] for name in free))] if free else []
    return together + [_Part((name,), posts[name], name) for name in sorted(posts.keys() & barred)]
