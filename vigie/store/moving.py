"""Everything that a store holds, from one engine to another: as merged states with their stamps, so
that what is observed later is merged as it would have been.

A copy is checked by counts and by sums of digests, which no order of reading changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vigie.errors import StoreError

BATCH = 5_000
Progress = Callable[[str, int], None]  # kind, how many of it so far


@dataclass(frozen=True, slots=True)
class State:
    """One record as it is kept: its blob (vigie/merging.py), and stamps where it has any."""

    kind: str
    doc: bytes
    stamps: bytes | None = None

    @property
    def digest(self) -> int:
        content = b"\x1f".join((self.kind.encode(), self.doc, self.stamps or b""))
        return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")


class Movable(Protocol):
    """What a store has to offer to be moved."""

    def states(self) -> Iterator[State]:
        """Everything that it holds but leases, posts before what speaks of them."""

    def adopt(self, states: Sequence[State]) -> None:
        """Merges states of one kind with what there is."""


@dataclass(slots=True)
class Sums:
    """How many records of each kind, and the sums of their digests."""

    counts: dict[str, int] = field(default_factory=dict)
    digests: dict[str, int] = field(default_factory=dict)

    def add(self, state: State) -> None:
        self.counts[state.kind] = self.counts.get(state.kind, 0) + 1
        self.digests[state.kind] = (self.digests.get(state.kind, 0) + state.digest) % 2**64

    def differences(self, other: Sums) -> list[str]:
        """Where two stores differ, in words."""
        wrong = []
        for kind in sorted(self.counts.keys() | other.counts.keys()):
            here, there = self.counts.get(kind, 0), other.counts.get(kind, 0)
            if here != there:
                wrong.append(f"{kind}: {here} here, {there} there")
            elif self.digests[kind] != other.digests[kind]:
                wrong.append(f"{kind}: {here} on both sides, but not the same")
        return wrong


def sums_of(store: Movable) -> Sums:
    """Counts and checksums of a store."""
    sums = Sums()
    for state in store.states():
        sums.add(state)
    return sums


def move(source: Movable, target: Movable, progress: Progress) -> Sums:
    """Copies everything, and checks that the target holds it; may be run again, and goes on where
    it was. Raises StoreError where the copy is not the same."""
    sums = adopt_all(source.states(), target, progress)
    wrong = sums.differences(sums_of(target))
    if wrong:
        raise StoreError(
            f"the copy differs: {'; '.join(wrong)}",
            do="run it again; a target that held something before keeps that, too",
        )
    return sums


def adopt_all(states: Iterator[State], target: Movable, progress: Progress) -> Sums:
    """Puts states into a store, in batches of one kind; answers what they summed up to."""
    sums = Sums()
    batch: list[State] = []

    def flush() -> None:
        if batch:
            target.adopt(batch)
            progress(batch[0].kind, sums.counts[batch[0].kind])
            batch.clear()

    for state in states:
        if batch and (state.kind != batch[0].kind or len(batch) >= BATCH):
            flush()
        batch.append(state)
        sums.add(state)
    flush()
    return sums
