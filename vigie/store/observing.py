"""Writing to a search engine: what is observed is read, merged and written only over the state that
it was merged with, so that writers at the same time lose nothing, whatever their order.

What is joined to a post (enrichment, corrections, tombstone) may come before it: an enrichment then
waits in its own index. Whoever writes a post looks for what waits after it is visible, and whoever
leaves something waiting looks for the post: one of the two sees the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from vigie.errors import StoreError
from vigie.merging import blob_of, fold, subject_of, succeed
from vigie.records import Correction, Enrichment, Record, Tombstone
from vigie.store import Upserted
from vigie.store.bulk import CONFLICT, Write, write
from vigie.store.engine import Engine
from vigie.store.kept import Kept, SampleRow, counters, record_source
from vigie.store.naming import Names, document_id
from vigie.store.noting import (
    Notes,
    erased_among,
    joined_copies,
    notes_of,
    with_notes,
    with_reading,
)
from vigie.store.sampling import sample_row, sample_writes
from vigie.store.walking import Found, batched, found_of, held_records

CHUNK = 1_000  # posts that are read, merged and written at a time
ROUNDS = 30  # of reading again after another writer was first
State = tuple[bytes, bytes | None]


@dataclass(slots=True)
class Incoming:
    """What comes upon a post: its observations as one state, and the readers' word."""

    state: State | None = None
    enrichment: Enrichment | None = None
    observations: list[bytes] = field(default_factory=list)
    counters: int = 0  # that they carry


class Observing:
    """One upsert or change: `finish` makes it visible."""

    def __init__(self, engine: Engine, names: Names, zone: ZoneInfo) -> None:
        self.engine = engine
        self.names = names
        self.zone = zone
        self.touched: set[str] = set()  # indices
        self.counts = Upserted()

    def upsert(self, records: Iterable[Record]) -> Upserted:
        """Writes records of any kinds; counts what was new, changed and the same."""
        kinds: dict[str, list[Any]] = {}
        for record in records:
            kinds.setdefault(record.record_kind, []).append(record)
        if graves := kinds.pop("tombstone", None):
            self.merge("tombstone", as_states(graves))
        subjects = {subject_of(one) for ones in kinds.values() for one in ones} - {""}
        if erased := erased_among(self.engine, self.names, subjects):
            for kind, ones in kinds.items():
                kinds[kind] = [one for one in ones if subject_of(one) not in erased]
                self._count(self.counts.same, kind, len(ones) - len(kinds[kind]))
        incoming: dict[str, Incoming] = {}
        # By period, so that a request writes to few indices.
        for post in sorted(kinds.pop("post", ()), key=attrgetter("published_at")):
            one = incoming.setdefault(post.id, Incoming())
            blob = blob_of(post)
            one.state = succeed("post", one.state, post, blob)
            one.observations.append(blob)
            one.counters += sum(value is not None for value in vars(post.metrics).values())
        for enrichment in kinds.pop("enrichment", ()):
            one = incoming.setdefault(enrichment.id, Incoming())
            if one.enrichment is not None:
                self._count(self.counts.same, "enrichment", 1)
                first = (blob_of(one.enrichment), None)
                kept, _ = succeed("enrichment", first, enrichment, blob_of(enrichment))
                if kept == first[0]:
                    continue
            one.enrichment = enrichment
        for ids in batched(incoming, CHUNK):
            self.posts({id: incoming[id] for id in ids})
        self.samples({sample_row(one) for one in kinds.pop("metric_sample", ())})
        for kind, ones in kinds.items():
            self.merge(kind, as_states(ones))
        self.finish()
        return self.counts

    def finish(self) -> None:
        """Makes what was written visible to the next question."""
        if self.touched:
            path = f"/{','.join(sorted(self.touched))}/_refresh"
            self.engine.request("POST", path, params={"ignore_unavailable": "true"})
        self.touched.clear()

    def _count(self, place: dict[str, int], kind: str, number: int) -> None:
        if number:
            place[kind] = place.get(kind, 0) + number

    def _write(self, writes: Sequence[Write]) -> list[int]:
        self.touched.update(one.index for one in writes)
        return write(self.engine, writes)

    # posts --------------------------------------------------------------------------------------

    def posts(self, pending: dict[str, Incoming]) -> None:
        """Merges what comes upon posts with what there is."""
        fresh: dict[str, Notes] = {}  # posts that were written first here, with what was joined
        waiting: set[str] = set()  # enrichments whose post is not there
        for _ in range(ROUNDS):
            held = found_of(self.engine, self.names, pending)
            notes = notes_of(self.engine, self.names, [id for id in pending if id not in held])
            writes: list[Write] = []
            late: list[Write] = []  # copies in another period, taken away afterwards
            samples: set[SampleRow] = set()
            told: list[tuple[str, Incoming, Kept | None, Kept]] = []
            alone: list[Enrichment] = []
            for id, one in pending.items():
                places = held.get(id, [])
                before = joined_copies([place.kept for place in places]) if places else None
                after = _after(before, one, notes.get(id))
                if after is None:
                    assert one.enrichment is not None
                    alone.append(one.enrichment)
                    continue
                if aside := self._put_aside(before, one, after):
                    samples |= aside
                if after == before and len(places) == 1:
                    self._tell(one, before, after)
                    continue
                one_write, copies = self._placed(id, after, places)
                writes.append(one_write)
                late += copies
                told.append((id, one, before, after))
            self.samples(samples, counted=False)
            again: dict[str, Incoming] = {}
            for (id, one, before, after), status in zip(told, self._write(writes), strict=True):
                if status == CONFLICT:
                    again[id] = one
                    continue
                self._tell(one, before, after)
                if before is None:
                    fresh[id] = notes.get(id, Notes())
            self._write(late)
            if alone:
                waiting.update(one.id for one in alone)
                self.merge("enrichment", as_states(alone))
            pending = again
            if not pending:
                break
            self.finish()  # what was there first is found now
        else:
            raise self._crowded()
        if fresh or waiting:
            self._meet(fresh, waiting)

    def _meet(self, fresh: Mapping[str, Notes], waiting: set[str]) -> None:
        """Joins what came while a post was written, and the post that came while something was."""
        self.finish()
        late = {
            id
            for id, seen in notes_of(self.engine, self.names, list(fresh)).items()
            if seen != fresh[id]
        }
        late |= set(found_of(self.engine, self.names, list(waiting)))
        self.join(late)
        self._met({id: seen for id, seen in fresh.items() if id not in late})

    def _met(self, notes: Mapping[str, Notes]) -> None:
        """What waited and is joined waits no more; another that came since does."""
        index = self.names.kind("enrichment")
        self._write(
            [
                Write(index, document_id(id), None, seen.place)
                for id, seen in notes.items()
                if seen.place is not None
            ]
        )

    def join(self, ids: Iterable[str]) -> None:
        """Posts get what lies beside them: enrichment, tombstone, corrections."""
        pending = list(ids)
        for _ in range(ROUNDS):
            if not pending:
                return
            self.finish()
            held = found_of(self.engine, self.names, pending)
            notes = notes_of(self.engine, self.names, list(held))
            writes: list[Write] = []
            told: list[str] = []
            for id, places in held.items():
                for place in places:
                    after = with_notes(place.kept, notes.get(id, Notes()))
                    if after != place.kept:
                        told.append(id)
                        writes.append(
                            Write(place.index, document_id(id), after.source(self.zone)[1],
                                  place.state)
                        )  # fmt: skip
            statuses = self._write(writes)
            pending = [id for id, status in zip(told, statuses, strict=True) if status == CONFLICT]
            self._met({id: seen for id, seen in notes.items() if id not in pending})
            graves = (orjson.loads(one.tombstone) for one in notes.values() if one.tombstone)
            self.remove([grave["id"] for grave in graves if grave.get("reason") == "erased"])
        raise self._crowded()

    def derive(self, ids: Sequence[str]) -> int:
        """Writes posts as they follow from their records, one copy each, in their period."""
        pending: Sequence[str] = ids
        for _ in range(ROUNDS):
            if not pending:
                return len(ids)
            self.finish()
            writes: list[tuple[str, Write]] = []
            late: list[Write] = []
            for id, places in found_of(self.engine, self.names, pending).items():
                kept = joined_copies([place.kept for place in places])
                assert kept is not None
                one_write, copies = self._placed(id, kept, places)
                writes.append((id, one_write))
                late += copies
            statuses = self._write([one for _, one in writes])
            pending = [
                id for (id, _), status in zip(writes, statuses, strict=True) if status == CONFLICT
            ]
            if not pending:
                self._write(late)
        raise self._crowded()

    def _placed(
        self, id: str, kept: Kept, places: Sequence[Found]
    ) -> tuple[Write, Sequence[Write]]:
        """The write of a post into its period, over its copy there, and those that take copies in
        other periods away."""
        published, source = kept.source(self.zone)
        index, name = self.names.posts_of(published), document_id(id)
        if not places:
            return Write(index, name, source), ()
        here = next((place for place in places if place.index == index), None)
        others = [Write(one.index, name, None, one.state) for one in places if one is not here]
        return Write(index, name, source, None if here is None else here.state), others

    def replace(self, id: str, place: Found | None, kept: Kept) -> bool:
        """Puts a post's state in place of one that was read; False where it is another by now."""
        one_write, others = self._placed(id, kept, [] if place is None else [place])
        if self._write([one_write]) == [CONFLICT]:
            return False
        self._write(others)
        return True

    def _put_aside(self, before: Kept | None, one: Incoming, after: Kept) -> set[SampleRow]:
        """The samples that the state to be written no longer stands for."""
        if before is None and len(one.observations) <= 1:
            self._count(self.counts.new, "metric_sample", one.counters)
            return set()
        stands = set(counters(after.post, after.stamps))
        seen = {row for blob in one.observations for row in counters(blob, None)}
        known = set() if before is None else set(counters(before.post, before.stamps))
        self._count(self.counts.new, "metric_sample", len(seen - known))
        self._count(self.counts.same, "metric_sample", len(seen & known))
        return (seen | known) - stands

    def _tell(self, one: Incoming, before: Kept | None, after: Kept) -> None:
        if one.state is not None:
            here = self.counts.new
            if before is not None:
                same = (before.post, before.stamps) == (after.post, after.stamps)
                here = self.counts.same if same else self.counts.changed
            self._count(here, "post", 1)
            self._count(self.counts.same, "post", len(one.observations) - 1)
        if one.enrichment is not None:
            old = None if before is None else before.enrichment
            here = self.counts.new if old is None else self.counts.changed
            self._count(self.counts.same if old == after.enrichment else here, "enrichment", 1)

    # other kinds --------------------------------------------------------------------------------

    def merge(self, kind: str, coming: Sequence[tuple[Record, State]]) -> None:
        """Merges records of a kind, each as its state, with what there is."""
        index = self.names.kind(kind)
        pending: dict[str, list[tuple[Record, State]]] = {}
        for record, state in coming:
            pending.setdefault(record.id, []).append((record, state))
        written: list[Record] = []
        for _ in range(ROUNDS):
            held = held_records(self.engine, index, list(pending))
            writes: list[Write] = []
            ids: list[str] = []
            for id, ones in pending.items():
                place = held.get(id)
                before = after = None if place is None else place.blobs
                for record, state in ones:
                    if after is not None and state[1] is not None:
                        after = fold(kind, *after, *state)
                    else:
                        after = state if after is None else succeed(kind, after, record, state[0])
                assert after is not None
                if after == before:
                    self._count(self.counts.same, kind, len(ones))
                    continue
                over = None if place is None else place.state
                writes.append(Write(index, document_id(id), record_source(kind, after), over))
                ids.append(id)
            again: dict[str, list[tuple[Record, State]]] = {}
            for id, status in zip(ids, self._write(writes), strict=True):
                if status == CONFLICT:
                    again[id] = pending[id]
                    continue
                written += [record for record, _ in pending[id]]
                here = self.counts.new if id not in held else self.counts.changed
                self._count(here, kind, 1)
                self._count(self.counts.same, kind, len(pending[id]) - 1)
            pending = again
            if not pending:
                break
        else:
            raise self._crowded()
        self.follow(kind, written)

    def follow(self, kind: str, records: Sequence[Record]) -> None:
        """Joins to the posts what records say of them; an erased one goes."""
        if not records or kind not in ("tombstone", "correction"):
            return
        self.finish()
        if kind == "correction":
            self.join({one.post_id for one in records if isinstance(one, Correction)})
            return
        erased = [
            one.id for one in records if isinstance(one, Tombstone) and one.reason == "erased"
        ]
        self.remove(erased)
        self.join({one.id for one in records} - set(erased))

    def remove(self, ids: Sequence[str]) -> int:
        """Takes posts out with their samples, readings and corrections; tombstones stay."""
        gone = 0
        for some in batched(ids, CHUNK):
            self.finish()
            held = found_of(self.engine, self.names, some)
            writes = [
                Write(place.index, document_id(id), None)
                for id, places in held.items()
                for place in places
            ]
            gone += len(held)
            self._write(writes)
            self.forget(some)
        return gone

    def forget(self, ids: Sequence[str]) -> None:
        """Takes away what hangs on posts: waiting readings, samples, corrections."""
        waiting = self.names.kind("enrichment")
        self._write([Write(waiting, document_id(id), None) for id in ids])
        params = {"conflicts": "proceed", "refresh": "true", "ignore_unavailable": "true"}
        for index, name in ((self.names.metrics, "entity"),
                            (self.names.kind("correction"), "post_id")):  # fmt: skip
            body = {"query": {"terms": {name: list(ids)}}}
            self.engine.request("POST", f"/{index}/_delete_by_query", params=params, body=body)

    def samples(self, rows: set[SampleRow], *, counted: bool = True) -> None:
        """Adds samples; of two of one id the greater stands."""
        writes = sample_writes(self.names, rows)
        for status in self._write(writes):
            if counted:
                here = self.counts.same if status == CONFLICT else self.counts.new
                self._count(here, "metric_sample", 1)

    def _crowded(self) -> StoreError:
        told = f"other writers were first {ROUNDS} times"
        return StoreError(told, where=self.engine.where, do="run it again")


def _after(before: Kept | None, one: Incoming, notes: Notes | None) -> Kept | None:
    """What a post is after what comes upon it; None where no observation of it is known."""
    if before is not None:
        after = before if one.state is None else before.observed(one.state)
    elif one.state is not None:
        after = Kept(*one.state)
        if notes is not None:
            after = with_notes(after, notes)
    else:
        return None
    return after if one.enrichment is None else with_reading(after, one.enrichment)


def as_states(records: Iterable[Record]) -> list[tuple[Record, State]]:
    return [(record, (blob_of(record), None)) for record in records]
