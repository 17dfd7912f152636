"""What lies beside posts in a search engine, in indices of its own: tombstones, corrections, and
enrichments whose post is not there yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import orjson

from vigie.merging import blob_of, succeed
from vigie.records import RECORDS, Record
from vigie.store.engine import Engine
from vigie.store.kept import Kept
from vigie.store.naming import Names
from vigie.store.walking import WHOLE, batched

CHUNK = 1_000  # posts that are asked for at a time: some seven notes each are still one answer


@dataclass(frozen=True, slots=True)
class Notes:
    """What lies beside a post in indices of its own."""

    waiting: bytes | None = None  # an enrichment
    place: tuple[int, int] | None = None  # sequence number and term of its document
    tombstone: bytes | None = None
    corrections: tuple[bytes, ...] = ()


def notes_of(engine: Engine, names: Names, ids: Iterable[str]) -> dict[str, Notes]:
    """What lies beside posts, of those that have something."""
    kinds = {names.kind(kind): kind for kind in ("enrichment", "tombstone", "correction")}
    notes: dict[str, Notes] = {}
    for some in batched(ids, CHUNK):
        answer = engine.request(
            "POST",
            f"/{','.join(kinds)}/_search",
            params=WHOLE | {"filter_path": "hits.hits._index,hits.hits._source.kept,"
                    "hits.hits._seq_no,hits.hits._primary_term"},
            body={
                "size": 10_000,
                "seq_no_primary_term": True,
                "sort": ["_doc"],
                "_source": ["kept"],
                "query": {"bool": {"should": [{"terms": {"id": list(some)}},
                                              {"terms": {"post_id": list(some)}}]}},
            },
        )  # fmt: skip
        for hit in answer.get("hits", {}).get("hits", ()):
            blob = hit["_source"]["kept"]["doc"].encode()
            kind, dump = kinds[hit["_index"]], orjson.loads(blob)
            id = dump["post_id"] if kind == "correction" else dump["id"]
            before = notes.get(id, Notes())
            if kind == "enrichment":
                place = hit["_seq_no"], hit["_primary_term"]
                notes[id] = replace(before, waiting=blob, place=place)
            elif kind == "tombstone":
                notes[id] = replace(before, tombstone=blob)
            else:
                notes[id] = replace(before, corrections=tuple(sorted((*before.corrections, blob))))
    return notes


def erased_among(engine: Engine, names: Names, subjects: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for some in batched(sorted(subjects), 10_000):
        answer = engine.request(
            "POST",
            f"/{names.kind('tombstone')}/_search",
            params=WHOLE | {"filter_path": "hits.hits._source.id"},
            body={
                "size": 10_000,
                "_source": ["id"],
                "query": {"bool": {"filter": [{"term": {"reason": "erased"}},
                                              {"terms": {"id": list(some)}}]}},
            },
        )  # fmt: skip
        found.update(hit["_source"]["id"] for hit in answer.get("hits", {}).get("hits", ()))
    return found


def with_notes(kept: Kept, notes: Notes) -> Kept:
    """A post with what lies beside it."""
    after = replace(kept, tombstone=notes.tombstone, corrections=notes.corrections)
    if notes.waiting is None:
        return after
    return with_reading(after, RECORDS["enrichment"].model_validate_json(notes.waiting))


def with_reading(kept: Kept, enrichment: Record) -> Kept:
    """A post with what readers say of it, unless what it has is newer."""
    state = None if kept.enrichment is None else (kept.enrichment, None)
    blob, _ = succeed("enrichment", state, enrichment, blob_of(enrichment))
    return replace(kept, enrichment=blob)
