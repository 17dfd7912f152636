"""From landed answers to records: each platform's own `map`, then whose it is and what it names.

Pure but for the crawlers' code that is loaded by name. What cannot be mapped comes back with its
reason; the caller sets it aside (`Landing.quarantine`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vigie.errors import MappingError
from vigie.insights.markings import says_paid
from vigie.matching import Names
from vigie.records import Account, Origin, Post, Record, Tombstone
from vigie.sources import UNBELIEVED, Answer, Mapped
from vigie.watchlist import Watchlist


@dataclass(slots=True)
class Batch:
    """What a batch of answers became."""

    records: list[Record] = field(default_factory=list)
    refused: list[tuple[Answer, str]] = field(default_factory=list)
    items: Counter[str] = field(default_factory=Counter)  # target → records
    unknown: dict[str, Counter[str]] = field(default_factory=dict)  # target → field → times
    missing: dict[str, Counter[str]] = field(default_factory=dict)
    retyped: dict[str, Counter[str]] = field(default_factory=dict)
    seen: dict[str, Counter[str]] = field(default_factory=dict)  # target → path → objects

    @property
    def posts(self) -> list[Post]:
        return [record for record in self.records if isinstance(record, Post)]


class Mapper:
    """Maps answers for one watchlist; keeps its compiled names between batches."""

    def __init__(self, watchlist: Watchlist) -> None:
        self.names = Names(watchlist)

    def map(self, answers: Iterable[Answer], owners: Mapping[str, str] | None = None) -> Batch:
        """Records of the answers. `owners` tells brands of owned posts of earlier batches, by post
        id; see `parents`."""
        batch = Batch()
        posts: list[Post] = []
        again = False  # whether posts may be read again
        for answer in answers:
            again |= answer.endpoint != "import"
            try:
                mapped = map_answer(answer)
            except MappingError as error:
                batch.refused.append((answer, str(error)))
                continue
            if mapped.refused:
                batch.refused.append((answer, "; ".join(mapped.refused)))
            posts.extend(mapped.posts)
            batch.records.extend(self._owned_accounts(mapped.accounts, answer))
            batch.records.extend(mapped.samples)
            batch.records.extend(mapped.tombstones)
            batch.items[answer.target] += mapped.items(answer.target)
            for told, fields in (
                (batch.unknown, mapped.unknown),
                (batch.missing, mapped.missing),
                (batch.retyped, mapped.retyped),
                (batch.seen, mapped.seen),
            ):
                if fields:
                    told.setdefault(answer.target, Counter()).update(fields)
        batch.records.extend(self._place(posts, owners or {}, remember=again))
        return batch

    def _place(
        self, posts: Sequence[Post], owners: Mapping[str, str], *, remember: bool
    ) -> list[Post]:
        """The posts with what they name (`matched`), whose they are (`owner`) and their origin."""
        brands = [self.names.owner(post) for post in posts]
        owned = dict(owners)
        owned.update((post.id, brand) for post, brand in zip(posts, brands, strict=True) if brand)
        placed = []
        for post, brand, matched in zip(
            posts, brands, self.names.match(posts, remember=remember), strict=True
        ):
            owner = brand or _above(post, owned)
            origin: Origin = "owned" if brand else "comment" if owner else "earned"
            if owner is None and says_paid(post.text or ""):
                origin = "paid"
            kept = tuple(sorted({*post.matched, *matched})) if post.matched else tuple(matched)
            if (post.origin, post.owner, post.matched) != (origin, owner, kept):
                post = post.with_valid(origin=origin, owner=owner, matched=kept)
            placed.append(post)
        return placed

    def _owned_accounts(self, accounts: Sequence[Account], answer: Answer) -> Iterable[Account]:
        for account in accounts:
            brand = self.names.account_owner(account.platform, account.handle, account.id)
            yield account.with_valid(owner=brand) if brand else account


def under(post: Post, owned: Mapping[str, str]) -> Post:
    """The post as a comment, where one of these brands' posts stands above it."""
    above = _above(post, owned)
    if not above or post.origin not in ("earned", "paid"):
        return post
    return post.with_valid(origin="comment", owner=above)


def parents(posts: Iterable[Post]) -> set[str]:
    """Ids of posts above these, whose owners `Mapper.map` wants to know."""
    return {id for post in posts for id in (post.parent_id, post.root_id) if id}


def map_answer(answer: Answer) -> Mapped:
    """Records of one answer by its platform's map. Raises MappingError, and only that: a mapper
    that fails on a shape it did not expect is a reason for quarantine, not for a lost batch."""
    try:
        if answer.endpoint == "import":
            from vigie.importing import map_import

            return map_import(answer)
        from crawlers import load

        mapped = answer.once("records", lambda: load(answer.platform).map(answer))
        return replace(mapped, tombstones=[]) if answer.meta.get(UNBELIEVED) else mapped
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        where = f"{answer.platform} {answer.endpoint}"
        raise MappingError(f"{type(error).__name__}: {error}", where=where) from error


def tombstones(records: Iterable[Record]) -> list[Tombstone]:
    return [record for record in records if isinstance(record, Tombstone)]


def _above(post: Post, owned: Mapping[str, str]) -> str | None:
    if not owned:
        return None
    for id in (post.root_id, post.parent_id):
        if id and id in owned:
            return owned[id]
    return None
