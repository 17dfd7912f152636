"""Whether a search engine's documents are what follows from the records that they keep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from vigie.store import Told, untold
from vigie.store.engine import Engine
from vigie.store.kept import Kept
from vigie.store.naming import Names, document_id
from vigie.store.noting import notes_of, with_notes
from vigie.store.observing import Observing
from vigie.store.walking import walk

PAGE = 1_000
TOLD = 20  # pages after which progress is told


def differences(engine: Engine, names: Names, zone: ZoneInfo) -> list[str]:
    """What differs, in words; empty: nothing."""
    wrong: list[str] = []
    last = ""
    for page in _pages(engine, names):
        notes = notes_of(engine, names, [hit["_source"].get("id", "") for hit in page])
        for hit in page:
            source, index = hit["_source"], hit["_index"]
            id = source.get("id", hit["_id"])
            try:
                kept = Kept.read(source["kept"])
                published, derived = kept.source(zone)
            except (LookupError, ValueError, TypeError) as error:
                wrong.append(f"{index}, {hit['_id']}: cannot be read ({type(error).__name__})")
                continue
            if id == last:
                wrong.append(f"{id}: more than once")
            last = id
            if index != names.posts_of(published):
                wrong.append(f"{id}: in {index}, not in {names.posts_of(published)}")
            if hit["_id"] != document_id(orjson.loads(kept.post)["id"]):
                wrong.append(f"{id}: under the id {hit['_id']}")
            if orjson.loads(derived) != source:
                wrong.append(f"{id}: its fields are not its record's")
            if id in notes and with_notes(kept, notes[id]) != kept:
                wrong.append(f"{id}: what was said of it is not joined")
            elif id not in notes and (kept.tombstone or kept.corrections):
                wrong.append(f"{id}: joined with what nobody said")
    return wrong


def derive_anew(engine: Engine, names: Names, zone: ZoneInfo, progress: Told = untold) -> int:
    """Writes anew the documents that are not what follows from their records, in the index that
    they belong to; answers how many."""
    observing = Observing(engine, names, zone)
    total = int(engine.request("GET", f"/{names.posts}/_count")["count"])
    written = 0
    for number, page in enumerate(_pages(engine, names), 1):
        stale = []
        for hit in page:
            published, derived = Kept.read(hit["_source"]["kept"]).source(zone)
            if (
                hit["_index"] != names.posts_of(published)
                or orjson.loads(derived) != hit["_source"]
            ):
                stale.append(hit["_source"]["id"])
        written += observing.derive(stale)
        observing.join(notes_of(engine, names, [hit["_source"]["id"] for hit in page]))
        if number % TOLD == 0 or len(page) < PAGE:
            progress(min(number * PAGE, total), total)
    observing.finish()
    return written


def _pages(engine: Engine, names: Names) -> Iterator[list[dict[str, Any]]]:
    yield from walk(engine, names.posts, {"match_all": {}}, ["id"], True, size=PAGE)
