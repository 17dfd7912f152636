"""Merging: many observations of a record become one, the same in whatever order they come.

Each field has the value of the newest observation that carries it, ordered by (`collected_at`,
hash of the content), so that ties have one answer. What belongs together moves together: the
words of a post with their hashtags and media, its origin with its owner, what every observation
says (`state`, `source` …) with the newest. `first_seen_at` is the earliest, `matched` the union.

One merged record no longer tells which observation gave which field; that is what stamps are for.
The store keeps them beside the record: `{"": [time, hash], "text": [time, hash], …}`, the newest
observation's and those of the fields that are older. A record of one observation has none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

import orjson

from vigie.records import (
    Account,
    Author,
    Correction,
    Counts,
    Enrichment,
    MetricSample,
    Post,
    Record,
    Tombstone,
)

R = TypeVar("R", bound=Record)
Stamp = list[int]  # microseconds of collected_at, hash of the observation
Stamps = dict[str, Stamp]
Dump = dict[str, Any]


# Which run observed decides nothing. A quote inside a text is escaped, so this is the field.
_RUN = re.compile(rb'"run_id":"[^"\\]*",?')


@dataclass(frozen=True, slots=True)
class Plan:
    """How a kind of record is merged: its groups of fields; the first field names the group."""

    order: tuple[str, ...]  # all fields
    head: tuple[str, ...]  # what every observation carries
    groups: tuple[tuple[str, ...], ...]  # what moves together
    parts: Mapping[str, tuple[tuple[str, str], ...]]  # fields whose own are merged one by one
    singles: tuple[str, ...]


_CONTENT = (
    "text", "title", "lang", "hashtags", "mentions", "links", "emojis", "media", "edited_at",
    "sensitive",
)  # fmt: skip


def _plan(
    kind: type[Record],
    head: tuple[str, ...],
    groups: tuple[tuple[str, ...], ...] = (),
    parts: Mapping[str, tuple[str, ...]] | None = None,
) -> Plan:
    parts = parts or {}
    taken = {"id", "first_seen_at", "collected_at", "matched", *head, *parts}
    taken |= {field for group in groups for field in group}
    return Plan(
        order=tuple(kind.model_fields),
        head=head,
        groups=groups,
        parts={
            part: tuple((field, f"{part}.{field}") for field in fields)
            for part, fields in parts.items()
        },
        singles=tuple(field for field in kind.model_fields if field not in taken),
    )


PLANS: dict[str, Plan] = {
    "post": _plan(
        Post,
        head=("platform", "native_id", "kind", "published_at", "state", "source"),
        groups=(_CONTENT, ("origin", "owner")),
        parts={"author": tuple(Author.model_fields), "metrics": tuple(Counts.model_fields)},
    ),
    "account": _plan(Account, head=("platform", "native_id", "state", "source")),
}

OBSERVED = ("enrichment", "tombstone", "correction")  # the greater of `rank` stays


def blob_of(record: Record) -> bytes:
    """A record as compact JSON, without what has its default: the same record, the same bytes."""
    return record.__pydantic_serializer__.to_json(record, exclude_defaults=True)


def merge(a: R, b: R) -> R:
    """One record of two observations of it. Commutative and idempotent; to fold more than two
    observations keep their stamps: `fold`."""
    if a == b:
        return a
    kind = type(a)
    if kind.record_kind in PLANS:
        blob, _ = fold(kind.record_kind, blob_of(a), None, blob_of(b), None)
        return kind.model_validate_json(blob)
    return max(a, b, key=rank)


def fold(
    kind: str, a: bytes, a_stamps: bytes | None, b: bytes, b_stamps: bytes | None
) -> tuple[bytes, bytes | None]:
    """One state of two: blobs of `blob_of` or of this function, with their stamps. Commutative,
    associative and idempotent to the byte."""
    if a == b and a_stamps == b_stamps:
        return a, a_stamps
    left, right = orjson.loads(a), orjson.loads(b)
    merged, stamps = _merge(
        PLANS[kind], left, _stamps(left, a, a_stamps), right, _stamps(right, b, b_stamps)
    )
    return orjson.dumps(merged), orjson.dumps(stamps, option=orjson.OPT_SORT_KEYS)


def succeed(
    kind: str, state: tuple[bytes, bytes | None] | None, record: Record, blob: bytes
) -> tuple[bytes, bytes | None]:
    """What stands after a record (`blob` is its `blob_of`) has come upon a state of its kind."""
    if state is None:
        return blob, None
    if kind in PLANS:
        return fold(kind, *state, blob, None)
    if blob == state[0]:
        return state
    old, new = rank(type(record).model_validate_json(state[0])), rank(record)
    # What was observed has one order; what a run or a person writes replaces what is as old.
    later = new > old if kind in OBSERVED else new[:-1] >= old[:-1]
    return (blob, None) if later else state


def subject_of(record: Record) -> str:
    """The post that a record is or speaks of; "" where it speaks of none that can be erased."""
    if isinstance(record, Correction):
        return record.post_id
    if isinstance(record, MetricSample):
        return record.entity
    return "" if isinstance(record, Tombstone) else record.id


def _stamps(dump: Dump, blob: bytes, stamps: bytes | None) -> Stamps:
    if stamps is not None:
        return orjson.loads(stamps)  # type: ignore[no-any-return]
    return {"": [microseconds(dump["collected_at"]), hash_of(_RUN.sub(b"", blob))]}


def _merge(plan: Plan, a: Dump, a_stamps: Stamps, b: Dump, b_stamps: Stamps) -> tuple[Dump, Stamps]:
    if (a_stamps[""], _run(a)) < (b_stamps[""], _run(b)):
        a, a_stamps, b, b_stamps = b, b_stamps, a, a_stamps
    newest, older = a_stamps[""], b_stamps[""]
    # a is the newer observation as a whole: it gives the head, and what it carries unless b has
    # a newer observation of just that.
    stamps: Stamps = {"": newest}
    out: Dump = {field: a[field] for field in plan.head if field in a}
    out["id"] = a["id"]
    out["collected_at"] = a["collected_at"]
    out["first_seen_at"] = min(a["first_seen_at"], b["first_seen_at"], key=microseconds)
    if "matched" in a or "matched" in b:
        out["matched"] = sorted({*a.get("matched", ()), *b.get("matched", ())})

    def choose(name: str, here: bool, there: bool) -> Dump:
        """Whichever of the two carries a field or group, the newer where both do."""
        ours, theirs = a_stamps.get(name, newest), b_stamps.get(name, older)
        first = here and (not there or ours >= theirs)
        note(name, ours if first else theirs)
        return a if first else b

    def note(name: str, stamp: Stamp) -> None:
        if stamp != newest:
            stamps[name] = stamp

    for group in plan.groups:
        name = group[0]
        if group is _CONTENT:
            own, other = a_stamps.get(name, newest), b_stamps.get(name, older)
            ours, theirs = _telling(a, own), _telling(b, other)
            if not (ours[0] or theirs[0]):
                continue
            note(name, own if ours >= theirs else other)
            source = a if ours >= theirs else b
        else:
            here, there = (any(field in side for field in group) for side in (a, b))
            if not (here or there):
                continue
            source = choose(name, here, there)
        out.update((field, source[field]) for field in group if field in source)
    for field in plan.singles:
        here, there = field in a, field in b
        if here or there:
            out[field] = choose(field, here, there)[field]
    for part, fields in plan.parts.items():
        ours, theirs = a.get(part, {}), b.get(part, {})
        inner: Dump = {}
        for field, name in fields:
            here, there = field in ours, field in theirs
            if here or there:
                inner[field] = choose(name, here, there).get(part, {})[field]
        if inner:
            out[part] = inner
    return {field: out[field] for field in plan.order if field in out}, stamps


def _run(dump: Dump) -> str:
    return str(dump["source"]["run_id"])


def _telling(dump: Dump, stamp: Stamp) -> tuple[int, int, int, int]:
    """What orders two observations of a post's words. One that says less (a feed's title after the
    page's text, a picture's tags alone) does not take the words away; of the same time, the longer
    text stands (the page's, not the feed's excerpt)."""
    text, title = dump.get("text"), dump.get("title")
    carried = 3 if text is not None else 2 if title is not None else 0
    if not carried and any(field in dump for field in _CONTENT):
        carried = 1
    return carried, stamp[0], len(text or title or ""), stamp[1]


def rank(record: Record) -> tuple[Any, ...]:
    """What orders two versions of a record that is replaced as a whole: erasure is final, then
    the newer, then the hash of its content. Which time counts depends on the kind."""
    return (*_time(record), hash_of(blob_of(record)))


def _time(record: Record) -> tuple[Any, ...]:
    if isinstance(record, Tombstone):
        return record.reason == "erased", record.noticed_at
    if isinstance(record, MetricSample):
        exact, rounded = record.exactness == "exact", record.exactness == "rounded"
        return exact, rounded, record.value, record.scope
    if isinstance(record, Enrichment):
        return (record.enriched_at,)
    if isinstance(record, Correction):
        return (record.at,)
    for name in ("detected_at", "as_of", "moved_at", "changed_at", "ended_at", "at"):
        value = getattr(record, name, None)
        if isinstance(value, datetime):
            return (value,)
    return ()


def hash_of(blob: bytes) -> int:
    """63 bits of a content, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(blob, digest_size=8).digest(), "big") >> 1


@lru_cache(1 << 14)  # a batch has few times of collection
def microseconds(text: str) -> int:
    """A time of a dump as microseconds since 1970."""
    return round(datetime.fromisoformat(text).timestamp() * 1e6)
