"""Long work that is stopped and goes on: how far it is stands in the store, for whoever asks."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from vigie import __version__
from vigie.landing import Landing, Place
from vigie.pipeline import REPLAYED, Pipeline, Progress, quiet
from vigie.records import Cursor
from vigie.sources import Answer
from vigie.store import Filters, Store
from vigie.workspace import FILE, Workspace

PREFIX = "backfill:"
REPLAYS = ("rebuild", "remap")
BYTES = 4_000_000  # of bodies: a file's answers hold a thousand rows each


class Standing(NamedTuple):
    """How far a piece of work is: `done` of `total`."""

    what: str
    done: int
    total: int


def replay(
    workspace: Workspace, *, what: str = "rebuild", progress: Progress = quiet
) -> Counter[str]:
    """Maps the whole landing again into the store (`vigie rebuild`, `vigie remap`); a rebuild makes
    the index anew before, of what is stored already: what is stored on the way is indexed with it.
    One that was stopped goes on where it was, unless the watchlist or the version has changed
    since; answers with what all its parts did."""
    pipeline = Pipeline(workspace)
    store, of = workspace.store, _state_of(workspace)
    kept = store.get([PREFIX + what], Cursor)[0]
    value = kept.value if kept and kept.value["of"] == of and kept.value["place"] else {}
    counted = Counter[str](value.get("counted", {}))
    after = Place(*value["place"]) if value else None
    total = workspace.landing.count()

    def note(place: Place | None) -> None:
        told = {"of": of, "place": place, "counted": dict(counted), "total": total}
        store.upsert([Cursor(id=PREFIX + what, value=told, moved_at=workspace.clock.now())])

    if what == "rebuild" and after is None:
        store.rebuild(lambda done, of: progress("index", {"posts": done, "of": of}))
    for held, place in gathered(workspace.landing, after):
        batch = pipeline.take(held)
        refused = {id(answer) for answer, _ in batch.refused}
        for answer in held:
            if id(answer) not in refused:
                workspace.landing.release(answer)
        counted["answers"] += len(held)
        counted["posts"] += len(batch.posts)
        counted["quarantined"] += len(batch.refused)
        note(place)
        progress(what, {"posts": counted["answers"], "of": total})
    note(None)
    return counted


def gathered(landing: Landing, after: Place | None = None) -> Iterator[tuple[list[Answer], Place]]:
    """The landing's answers in whole frames, by about REPLAYED or BYTES, and where the next
    begins."""
    held: list[Answer] = []
    place = after
    for answers, place in landing.frames(after):
        held += answers
        if len(held) >= REPLAYED or sum(len(answer.body) for answer in held) >= BYTES:
            yield held, place
            held = []
    if held and place is not None:
        yield held, place


def _state_of(workspace: Workspace) -> str:
    """What a replay depends on beside the landing."""
    watchlist = (workspace.dir / FILE).read_bytes()
    return f"{__version__} {hashlib.blake2b(watchlist, digest_size=8).hexdigest()}"


def standings(store: Store) -> list[Standing]:
    """How far the reading of posts is, and each replay that has not ended."""
    answered: dict[str, Any] = store.aggregate(
        "*", Filters(), {"read": {"value_count": {"field": "story_id"}}}
    )
    read = int(answered["aggs"]["read"]["value"]) if answered["aggs"] else 0
    found = [Standing("read", read, int(answered["total"]))]
    for what, kept in zip(
        REPLAYS, store.get([PREFIX + one for one in REPLAYS], Cursor), strict=True
    ):
        if kept and kept.value["place"]:
            done = kept.value["counted"].get("answers", 0)
            found.append(Standing(what, done, kept.value["total"]))
    return found
