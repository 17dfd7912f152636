"""What is deleted disappears, what is edited is told anew, what is unknown is counted."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from crawlers.entries import digest
from tests.crawlers.conformance.cases import Case
from tests.crawlers.conformance.village import Village, live, marks, marks_in
from vigie import exports
from vigie.demo.faults import FIELD
from vigie.policies import Policies
from vigie.records import Tombstone
from vigie.store import Filters
from vigie.verifying import verify
from vigie.workspace import Workspace

NEWER = "mot901 tout autrement"


async def test_what_is_deleted_is_gone_and_what_is_edited_is_new(
    place: Village, case: Case, tmp_path: Path
) -> None:
    if case.figures:
        pytest.skip(f"{case.lacks['deletion']}; {case.lacks['edit']}")
    place.populate()
    await place.collect()
    own = [post for post in place.hamlet.posts if post.account is place.brand]
    gone, edited = own[-3], own[-4]
    (mark,) = marks_in(gone.text)
    (old,) = marks_in(edited.text)
    change = place.clock.now() + timedelta(minutes=30)
    place.hamlet.delete(gone, change)
    place.hamlet.edit(edited, NEWER, change)
    place.pass_(hours=5)  # past the age of six hours, at which posts are read again
    sources = await place.collect()
    assert {source.state for source in sources} <= {"ok", "empty"}, sources
    with place.open() as space:
        policy = Policies(space.watchlist)[case.name]
        shown = Counter(found for post in live(space) for found in marks(post))
        written = _exported(space, tmp_path)
        if "deletion" in case.lacks:
            assert mark in shown
            assert not list(space.store.all(Tombstone))
        else:
            assert mark not in shown, "gone from the store"
            assert not space.store.search(f"mot{mark}").total, "gone from search"
            assert mark not in written, "gone from exports"
            deleted = list(space.store.scan(Filters(states=("deleted",)), ["id"]))
            # Where the terms ask for it, nothing stays of a post but that it is gone.
            assert sum(len(frame) for frame in deleted) == (0 if policy.erase else 1)
            assert (
                len([one for one in space.store.all(Tombstone) if one.entity_kind == "post"]) == 1
            )
        if "edit" in case.lacks:
            assert old in shown
        else:
            assert (old not in shown, "901" in shown) == (True, True)
            assert space.store.search("mot901").total == 1
            assert not space.store.search(f"mot{old}").total
            assert ("901" in written) == (policy.text or policy.whose == "others")
        assert max(shown.values()) == 1


async def test_what_was_imported_without_an_id_is_not_taken_for_deleted(
    place: Village, case: Case
) -> None:
    """A row of a file that tells no id gets one of ours, which no platform answers for."""
    if case.figures:
        pytest.skip("figures are no posts")
    place.populate(own=2, talk=0, answers=0)
    await place.collect()
    with place.open() as space:
        (shown, *_) = [one for one in live(space) if "mot000" in f"{one.title} {one.text}"]
        native = digest("a row of a file")
        source = shown.source.model_copy(update={"endpoint": "import", "ref": None})
        space.store.upsert(
            [shown.with_valid(id=f"{case.name}:{native}", native_id=native, source=source)]
        )
    place.pass_(hours=5)
    sources = await place.collect()
    assert {source.state for source in sources} <= {"ok", "empty"}, sources
    with place.open() as space:
        assert len(live(space)) == 3
        assert not list(space.store.all(Tombstone))


def _exported(space: Workspace, folder: Path) -> set[str]:
    path = folder / "posts.csv"
    exports.posts(space, path=path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {mark for row in csv.reader(file) for cell in row for mark in marks_in(cell)}


async def test_a_field_that_nobody_knows_is_counted(place: Village, case: Case) -> None:
    if "drift" in case.lacks:
        pytest.skip(case.lacks["drift"])
    place.populate(own=4, talk=2, answers=1)
    place.served.faults.switch(case.place, "grown")
    sources = await place.collect()
    assert {source.state for source in sources} <= {"ok", "empty"}, sources
    told = Counter[str]()
    for source in sources:
        told.update(source.unknown_fields)
    assert told, "drift is counted"
    assert all(name.endswith(FIELD) for name in told), told
    assert case.figures or place.facts() == place.expected()
    place.served.faults.clear()
    place.say(place.brand, at=place.clock.now() + timedelta(minutes=1))
    place.pass_(minutes=2)
    sources = await place.collect(place.keys())
    assert not [source for source in sources if source.unknown_fields]


async def test_a_field_that_is_renamed_is_told(place: Village, case: Case) -> None:
    place.populate(own=4, talk=2, answers=1)
    await place.collect()
    before = place.facts()
    place.say(place.brand, at=place.clock.now() + timedelta(minutes=1))
    place.pass_(minutes=2)
    place.served.faults.switch(case.place, "renamed")
    sources = await place.collect(place.keys())
    names = case.told.get("renamed", ("unknown shape",))
    told = [source for source in sources if (source.reason or "").startswith(names)]
    assert told, sources
    assert all(source.state == "broken" for source in told)
    assert place.facts() == before
    place.served.faults.clear()
    await place.collect(place.keys())
    assert case.figures or place.facts() == place.expected()


WHOLE = (
    "bluesky",
    "linkedin",
    "reddit",
    "tiktok",
    "x",
    "youtube",
)  # many are asked for in one call


async def test_many_that_are_gone_at_once_are_believed_later(place: Village, case: Case) -> None:
    """A platform in trouble answers a call for many with nothing, too."""
    if case.name not in WHOLE:
        pytest.skip("posts are read again one by one, or with the list that they are on")
    place.populate(talk=0, answers=0)
    await place.collect()
    before = place.facts()
    own = [post for post in place.hamlet.posts if post.account is place.brand]
    for post in own:
        place.hamlet.delete(post, place.clock.now() + timedelta(minutes=30))
    place.pass_(hours=5)
    sources = [source for source in await place.collect() if "/refresh/" in source.key]
    told = {(source.state, (source.reason or "").partition(":")[0]) for source in sources}
    assert ("broken", "suspiciously gone") in told
    assert place.facts() == before
    with place.open() as space:
        assert not list(space.store.all(Tombstone))
        assert not verify(space)
    place.pass_(hours=13)
    await place.collect()
    assert not place.facts()
    with place.open() as space:
        assert len({one.id for one in space.store.all(Tombstone)}) == len(own)
