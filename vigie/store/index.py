"""The search index: tantivy, derived from the documents of vigie/store/tables.py.

Words are cut in Python (vigie/query/words.py) and split here at spaces only, so that a word means
the same as in memory. The index stores no document: a hit is a row number of the SQLite file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from tantivy import (
    Document,
    Index,
    IndexWriter,
    Schema,
    SchemaBuilder,
    Searcher,
    TextAnalyzerBuilder,
    Tokenizer,
)

from vigie.errors import StoreError
from vigie.merging import Dump
from vigie.query.compiling import HAS, SLOW
from vigie.query.fields import FIELDS, handle_forms
from vigie.query.words import body_of, fold_value, title_of, words_of
from vigie.store.tables import COLUMNS, LAYOUT

HEAP = 64_000_000  # bytes that the writer gathers before it writes a segment
COUNTERS = (
    "likes", "shares", "replies", "quotes", "saves", "views", "clicks", "reach", "impressions",
)  # fmt: skip
KEYWORDS = (  # looked up, counted and grouped
    "id", "platform", "kind", "language", "state", "origin", "owner", "sentiment.label",
    "story_id", "author.id", "parent_id", "root_id", "brands", "homonyms", "topics", "hashtags",
    "mentions", "emojis", "media.kind", "domains",
)  # fmt: skip
GROUPED = ("author.handle", "entities.canonical", "keyphrases")  # as written; only grouped
FOUND = (*SLOW, HAS)  # folded; only looked up
HIDDEN = ("row", "tie", "digest")  # ours alone; `digest` tells one state of an entry from another
INTEGERS = (
    *HIDDEN, "published_at", "collected_at", "first_seen_at", "published_hour",
    "published_dow", "author.followers", "engagement", *(f"metrics.{name}" for name in COUNTERS),
)  # fmt: skip
FLOATS = ("sentiment.score", "sentiment.confidence")
FLAGS = ("is_ad", "titled", "author.verified")
_COPIED = frozenset(
    (
        "id", "story_id", "author.id", "parent_id", "root_id", "author.handle", "keyphrases",
        "published_hour", "published_dow", "author.followers", "engagement", *FLOATS, "is_ad",
        "author.verified", *(f"metrics.{name}" for name in COUNTERS),
    )
)  # fmt: skip
_SINGLE = ("platform", "kind", "language", "state", "origin", "owner", "sentiment.label")
_MANY = (  # field of the index, its source in the document, the query's field that reads it
    ("brands", "brands", "brand"), ("homonyms", "homonyms", "homonym"),
    ("topics", "topics", "topic"), ("hashtags", "hashtags", "hashtag"),
    ("emojis", "emojis", "emoji"), ("media.kind", "media", "media"),
    ("mention", "mentions", "mention"), ("entity", "entities", "entity"),
    ("keyphrase", "keyphrases", "keyphrase"),
)  # fmt: skip


def build_schema() -> Schema:
    builder = SchemaBuilder()
    for name in ("words", "title", "body"):
        builder.add_text_field(name, tokenizer_name="words", index_option="position")
    for name in KEYWORDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in GROUPED:
        # tantivy cannot group what it does not index; the shortest kind of index is taken.
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in FOUND:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in INTEGERS:
        builder.add_integer_field(name, indexed=name == "row", fast=True)
    for name in FLOATS:
        builder.add_float_field(name, fast=True)
    for name in FLAGS:
        builder.add_boolean_field(name, indexed=True, fast=True)
    return builder.build()


def tie_of(id: str) -> int:
    """What orders hits that are equal otherwise: 52 bits of the id, the same on every engine."""
    return _bits(id.encode())


def _bits(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big") >> 12


def entry_of(document: Dump, row: int, times: tuple[int, int, int]) -> dict[str, Any]:
    """The fields of an index document as tantivy takes them; `times` are published_at,
    collected_at and first_seen_at in microseconds."""
    entry = fields_of(document)
    entry["row"] = row
    entry["published_at"], entry["collected_at"], entry["first_seen_at"] = times
    entry["digest"] = _bits(orjson.dumps(entry, option=orjson.OPT_SORT_KEYS))
    return entry


def fields_of(document: Dump) -> dict[str, Any]:
    """What every engine finds, groups and counts of an index document, but for its times: folded
    values, and words as lines that are split at spaces."""
    get = document.get
    entry = {key: value for key, value in document.items() if key in _COPIED}
    entry["tie"] = tie_of(document["id"])
    entry["words"], entry["titled"] = words_of(document), bool(get("title"))
    if entry["titled"]:
        entry["title"], entry["body"] = title_of(document), body_of(document)
    for name in _SINGLE:
        if value := get(name):
            entry[name] = fold_value(value)
    for name, source, field in _MANY:
        if get(source):
            entry[name] = list(dict.fromkeys(FIELDS[field].values(document)))
    if get("links") or get("url"):
        entry["domains"] = list(FIELDS["domain"].values(document))
        entry["link"] = list(dict.fromkeys(FIELDS["link"].values(document)))
    if author := FIELDS["author"].values(document):
        entry["author"] = list(dict.fromkeys(author))
    if get("mentions"):
        entry["mentions"] = list(
            dict.fromkeys(handle_forms(handle)[0] for handle in document["mentions"])
        )
    if get("entities"):
        names = (part["canonical"] for part in document["entities"])
        entry["entities.canonical"] = list(dict.fromkeys(names))
    entry[HAS] = [name for name in SLOW if name in entry]
    return entry


SHAPE = hashlib.blake2b(
    repr((LAYOUT, COLUMNS, KEYWORDS, GROUPED, FOUND, INTEGERS, FLOATS, FLAGS)).encode(),
    digest_size=6,
).hexdigest()


@contextlib.contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turns what tantivy raises into StoreError."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise _broken(error, folder) from error


def _broken(error: Exception, folder: Path) -> StoreError:
    return StoreError(f"index: {error}", where=str(folder), do="vigie rebuild")


class Writing:
    """One change of the index: `put` and `drop` count once `commit` was called."""

    def __init__(self, writer: IndexWriter, schema: Schema, folder: Path) -> None:
        self._writer = writer
        self._schema = schema
        self._folder = folder
        self.open = True  # something may not be committed yet

    def put(self, row: int, entry: dict[str, Any], *, new: bool = False) -> None:
        """A row's entry; `new`: the index has surely none of it yet."""
        try:
            if not new:
                self._writer.delete_documents_by_term("row", row)
            self._writer.add_document(Document.from_dict(entry, self._schema))
        except ValueError as error:
            raise _broken(error, self._folder) from error

    def drop(self, row: int) -> None:
        with told(self._folder):
            self._writer.delete_documents_by_term("row", row)

    def drop_all(self) -> None:
        with told(self._folder):
            self._writer.delete_all_documents()

    def commit(self) -> None:
        """Makes it durable and visible to the next `searcher`."""
        with told(self._folder):
            self._writer.commit()
            self.open = False


class SearchIndex:
    """The index of one store, in a folder named after its shape: another shape is another index."""

    def __init__(self, folder: Path, *, read_only: bool) -> None:
        self.folder = folder / f"index-{SHAPE}"
        self.new = not Index.exists(str(self.folder)) if self.folder.is_dir() else True
        if self.new and read_only:
            raise StoreError("the index is missing", where=str(self.folder), do="vigie rebuild")
        with told(self.folder):
            if self.new:
                for other in folder.glob("index-*"):
                    shutil.rmtree(other)
                self.folder.mkdir(parents=True)
                self._index = Index(build_schema(), path=str(self.folder))
            else:
                self._index = Index.open(str(self.folder))
        self.schema = self._index.schema
        words = TextAnalyzerBuilder(Tokenizer.whitespace()).build()
        self._index.register_tokenizer("words", words)
        self._seen: tuple[int, int] | None = None

    def searcher(self) -> Searcher:
        """A view of the last commit of any process; one view is one state."""
        with told(self.folder):
            meta = os.stat(self.folder / "meta.json")
            seen = (meta.st_mtime_ns, meta.st_ino)
            if seen != self._seen:
                self._index.reload()
                self._seen = seen
            return self._index.searcher()

    @property
    def generation(self) -> tuple[int, int] | None:
        """Changes with every commit that `searcher` has seen."""
        return self._seen

    @contextlib.contextmanager
    def writing(self) -> Iterator[Writing]:
        """A change; what was not committed when the block ends is forgotten. The caller holds the
        store's lock: there is one writer at a time over all processes."""
        with told(self.folder):
            writer = self._index.writer(heap_size=HEAP, num_threads=1)
        writing = Writing(writer, self.schema, self.folder)
        try:
            yield writing
        finally:
            with told(self.folder):
                if writing.open:
                    writer.rollback()  # this ends merges, too: only where nothing was committed
                writer.wait_merging_threads()
