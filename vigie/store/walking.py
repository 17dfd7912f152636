"""Reading from a search engine by id, and walking through all that a question finds: by
`search_after` over keys that never change, so that no call differs between engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from vigie.store.engine import Engine
from vigie.store.kept import Kept
from vigie.store.naming import Names, document_id

T = TypeVar("T")
PAGE = 5_000  # hits of a request; engines give 10,000 at most
# Every shard answers, or the request fails; an index that nothing was written to yet is empty.
WHOLE = {"allow_partial_search_results": "false", "ignore_unavailable": "true"}


@dataclass(frozen=True, slots=True)
class Found:
    """A post's document: where it lies, and in which state."""

    index: str
    state: tuple[int, int]  # sequence number and primary term
    kept: Kept


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """The document of a record of another kind."""

    state: tuple[int, int]
    blobs: tuple[bytes, bytes | None]


def batched(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of up to `size` values, in order."""
    flowing = iter(values)
    while chunk := list(islice(flowing, size)):
        yield chunk


def found_of(engine: Engine, names: Names, ids: Iterable[str]) -> dict[str, list[Found]]:
    """The posts that are there, in whatever periods."""
    found: dict[str, list[Found]] = {}
    for some in batched(ids, PAGE):
        wanted = {document_id(id): id for id in some}
        answer = engine.request(
            "POST",
            f"/{names.posts}/_search",
            params=WHOLE
            | {
                "filter_path": "hits.hits._index,hits.hits._id,hits.hits._seq_no,"
                "hits.hits._primary_term,hits.hits._source"
            },
            body={
                "size": min(2 * len(wanted), 10_000),
                "seq_no_primary_term": True,
                "sort": ["_doc"],
                "_source": ["kept"],
                "query": {"ids": {"values": list(wanted)}},
            },
        )
        for hit in answer.get("hits", {}).get("hits", ()):
            place = Found(
                hit["_index"],
                (hit["_seq_no"], hit["_primary_term"]),
                Kept.read(hit["_source"]["kept"]),
            )
            found.setdefault(wanted[hit["_id"]], []).append(place)
    return found


def held_records(engine: Engine, index: str, ids: Sequence[str]) -> dict[str, HeldRecord]:
    """The records of one kind that are there, as they are this moment."""
    found: dict[str, HeldRecord] = {}
    for some in batched(ids, PAGE):
        answer = engine.request(
            "POST",
            f"/{index}/_mget",
            params={"_source": "kept", "realtime": "true"},
            body={"ids": [document_id(id) for id in some]},
        )
        for id, doc in zip(some, answer["docs"], strict=True):
            if doc.get("found"):
                kept = doc["_source"]["kept"]
                stamps = kept.get("stamps")
                blobs = kept["doc"].encode(), stamps.encode() if stamps else None
                found[id] = HeldRecord((doc["_seq_no"], doc["_primary_term"]), blobs)
    return found


def walk(
    engine: Engine,
    index: str,
    query: Mapping[str, Any],
    sort: Sequence[str],
    source: Sequence[str] | bool,
    *,
    size: int = PAGE,
) -> Iterator[list[dict[str, Any]]]:
    """Pages of hits in the order of fields that a document never changes; the last of them is its
    id. Raises StoreError."""
    after: list[Any] | None = None
    while True:
        body: dict[str, Any] = {
            "size": size,
            "query": query,
            "sort": [{name: "asc"} for name in sort],
            "_source": source if isinstance(source, bool) else list(source),
            "track_total_hits": False,
        }
        if after is not None:
            body["search_after"] = after
        answer = engine.request(
            "POST",
            f"/{index}/_search",
            params=WHOLE | {"filter_path": "hits.hits._index,hits.hits._id,hits.hits._source,"
                            "hits.hits.sort"},
            body=body,
        )  # fmt: skip
        hits = answer.get("hits", {}).get("hits", ())
        if hits:
            yield list(hits)
        if len(hits) < size:
            return
        after = hits[-1]["sort"]
