"""What a search engine keeps of a post beside the fields that it searches: the canonical record.

A document's `kept` holds the post's merged state with its stamps, and copies of what is joined to
it (enrichment, corrections, tombstone), each as the JSON text that it was written as; all fields
beside it follow from it. The counters in it are metric samples, too: those that another observation
put aside lie in the indices of samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from vigie.merging import Dump, blob_of, fold, microseconds
from vigie.records import RECORDS, Post, Record
from vigie.store.documents import RENAMED, engine_name, index_document
from vigie.store.index import fields_of

SampleRow = tuple[str, str, int, float, str, str, str, str]  # as `samples` of vigie/store/tables.py
_TICKS = ("published_at", "collected_at", "first_seen_at")
_SHOWN = ("text", "title", "url", "author.name", *_TICKS)


@dataclass(frozen=True, slots=True)
class Kept:
    """A post's state and what is joined to it, as blobs."""

    post: bytes
    stamps: bytes | None = None
    enrichment: bytes | None = None
    corrections: tuple[bytes, ...] = ()
    tombstone: bytes | None = None

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Kept:
        """From the `kept` of a document."""

        def blob(name: str) -> bytes | None:
            text = kept.get(name)
            return None if text is None else text.encode()

        return cls(
            kept["post"].encode(),
            blob("stamps"),
            blob("enrichment"),
            tuple(text.encode() for text in kept.get("corrections", ())),
            blob("tombstone"),
        )

    def observed(self, state: tuple[bytes, bytes | None]) -> Kept:
        """With another observation of the post folded in."""
        post, stamps = fold("post", self.post, self.stamps, *state)
        if (post, stamps) == (self.post, self.stamps):
            return self
        return replace(self, post=post, stamps=stamps)

    def replaced(self, post: Post) -> Kept:
        """With a post in place of what was observed of it."""
        return replace(self, post=blob_of(post), stamps=None)

    def read_as(self, enrichment: Record) -> Kept:
        """With the readers' word replaced."""
        return replace(self, enrichment=blob_of(enrichment))

    def document(self, zone: ZoneInfo) -> Dump:
        """The index document (vigie/store/documents.py)."""
        return index_document(
            orjson.loads(self.post),
            zone,
            orjson.loads(self.enrichment) if self.enrichment else None,
            [orjson.loads(one) for one in self.corrections],
            orjson.loads(self.tombstone) if self.tombstone else None,
        )

    def source(self, zone: ZoneInfo) -> tuple[str, bytes]:
        """When the post was published (ISO 8601), and the document as the engine takes it."""
        document = self.document(zone)
        fields = fields_of(document)
        for name in RENAMED & fields.keys():
            fields[engine_name(name)] = fields.pop(name)
        for name in _TICKS:
            fields[engine_name(name)] = microseconds(document[name])
        for name in _SHOWN:
            if name in document:
                fields[name] = document[name]
        kept: dict[str, Any] = {"post": self.post.decode()}
        if self.stamps is not None:
            kept["stamps"] = self.stamps.decode()
        if self.enrichment is not None:
            kept["enrichment"] = self.enrichment.decode()
        if self.corrections:
            kept["corrections"] = [one.decode() for one in self.corrections]
        if self.tombstone is not None:
            kept["tombstone"] = self.tombstone.decode()
        fields["kept"] = kept
        return document["published_at"], orjson.dumps(fields)


def counters(post: bytes, stamps: bytes | None) -> Iterator[SampleRow]:
    """The samples that a post's state stands for: each counter at the time that it is from."""
    dump = orjson.loads(post)
    metrics = dump.get("metrics")
    if not metrics:
        return
    times: dict[str, Sequence[int]] = orjson.loads(stamps) if stamps else {}
    newest = times[""][0] if "" in times else microseconds(dump["collected_at"])
    id, platform = dump["id"], dump["platform"]
    for name, value in metrics.items():
        at = times.get(f"metrics.{name}", (newest,))[0]
        yield id, name, at // 1000 * 1000, value, "post", platform, "exact", "public"


def record_source(kind: str, state: tuple[bytes, bytes | None]) -> bytes:
    """The document of a record of which there are few: its fields, and its state as it is kept."""
    doc, stamps = state
    kept = {"doc": doc.decode(), **({"stamps": stamps.decode()} if stamps else {})}
    # With what has its default, for people who look at these indices.
    record = RECORDS[kind].model_validate_json(doc)
    return orjson.dumps({**record.model_dump(mode="json", exclude_none=True), "kept": kept})
