"""First crawl, the next one, paging to the end, a floor for the first, and what killed it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

import crawlers
from tests.crawlers.conformance.cases import CASES, PHASES, Case
from tests.crawlers.conformance.village import Village
from vigie.errors import LandingError
from vigie.pipeline import Pipeline
from vigie.records import Cursor
from vigie.sources import Answer
from vigie.verifying import verify

ENOUGH = 200  # requests, of which no crawl here has as many


def test_every_crawler_has_its_case() -> None:
    assert set(crawlers.names()) <= set(CASES), "a new crawler needs a case in cases.py"
    for case in CASES.values():
        assert set(case.lacks) <= set(PHASES)
        assert all(reason.strip() for reason in case.lacks.values())


async def test_a_first_crawl_reads_everything_once(place: Village, case: Case) -> None:
    place.populate()
    sources = await place.collect()
    assert {source.state for source in sources} <= {"ok", "empty"}, sources
    assert any(source.state == "ok" for source in sources)
    assert not [source for source in sources if source.unknown_fields or source.missing_fields]
    assert not [source for source in sources if source.reason], sources
    facts = place.facts()
    if case.figures:
        assert facts
    else:
        assert facts == place.expected()
    with place.open() as space:
        assert verify(space) == []
    if case.paged:
        assert len(place.served.asked) > len(place.targets()) + 2, "lists come in pages here"


async def test_the_next_crawl_asks_no_more_than_it_must(place: Village, case: Case) -> None:
    place.populate()
    await place.collect()
    first = len(place.served.asked)
    # What it starts with, and what follows from a head (an account's id, its list).
    crawler, targets = crawlers.load(case.name), place.targets()
    with place.open() as space:
        cursors = space.store.get([target.key for target in targets], Cursor)
    least = sum(
        case.heads + len(list(crawler.start(target, cursor.value if cursor else {})))
        for target, cursor in zip(targets, cursors, strict=True)
    )
    place.served.asked.clear()
    before = place.facts()
    place.pass_(minutes=5)
    sources = await place.collect(place.keys())
    assert {source.state for source in sources} <= {"ok", "empty"}, sources
    again = len(place.served.asked)
    assert again <= least, place.served.asked
    if case.paged:
        assert again < first
    assert place.facts() == before or case.figures
    place.served.asked.clear()
    new = 2
    for at in range(1, new + 1):
        place.say(place.brand, at=place.clock.now() + timedelta(minutes=at))
    place.pass_(minutes=10)
    await place.collect(place.keys())
    # One more page, and what is asked of each new post by itself.
    assert len(place.served.asked) <= least + 1 + 2 * new, place.served.asked
    if not case.figures:
        assert place.facts() == place.expected()


async def test_a_first_crawl_goes_back_to_its_floor(place: Village, case: Case) -> None:
    old = [place.say(place.brand, at=place.hamlet.begin - timedelta(days=days))
           for days in range(60, 0, -2)]  # fmt: skip
    place.populate(own=2, talk=1, answers=1)
    place.write(since_days=10)
    await place.collect()
    if case.figures:
        assert place.facts()
        return
    floor = place.now_ms() - 10 * 86_400_000
    within = {post for post in old if post.at >= floor}
    got, wanted = place.facts(), place.expected()
    before = Counter({mark: 1 for mark in wanted if int(mark) < len(old) - len(within)})
    if "floor" in case.lacks:
        assert got - before, "the newest are there"
        return
    assert not (wanted - before) - got, "all that is younger than the floor"
    assert len(got & before) <= 2 * case.page, "and of what is older no more than whole pages"


async def test_killed_at_any_request_it_reads_the_rest_later(place: Village) -> None:
    """Stopped at each request of a crawl, one after the other: what follows brings the rest."""
    place.populate(own=place.case.few, talk=3, answers=1, old=1)
    wanted = await _whole(place)
    stopped = 0
    for number in range(ENOUGH):
        place.forget()
        place.served.faults.switch(place.case.place, "hang", after=number, times=1)
        crawl = asyncio.create_task(place.collect())
        reached = asyncio.create_task(place.served.faults.reached.wait())
        await asyncio.wait({crawl, reached}, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        if crawl.done():
            crawl.result()
            break
        stopped += 1
        crawl.cancel()
        await asyncio.wait({crawl})
        place.served.faults.clear()
        await _finished(place, wanted, f"killed at request {number}")
    assert 0 < stopped < ENOUGH


async def test_what_is_gone_before_its_answers_were_read_holds_nothing_up(
    place: Village, case: Case
) -> None:
    """Stopped at each request of a crawl; before the next one the post whose answers were left
    unread is deleted, which is no fault of the source's."""
    if {"answers", "deletion"} & case.lacks.keys():
        pytest.skip("no answers, or no deletions")
    place.populate(own=3, talk=0, answers=1)
    gone, begin = place.hamlet.posts[2], place.clock.now()
    for number in range(ENOUGH):
        gone.deleted = None
        place.clock.set(begin)
        place.forget()
        place.served.faults.switch(case.place, "hang", after=number, times=1)
        crawl = asyncio.create_task(place.collect())
        reached = asyncio.create_task(place.served.faults.reached.wait())
        await asyncio.wait({crawl, reached}, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        if crawl.done():
            crawl.result()
            break
        crawl.cancel()
        await asyncio.wait({crawl})
        place.served.faults.clear()
        place.hamlet.delete(gone, place.clock.now())
        place.pass_(minutes=5)
        for _ in range(2):
            sources = await place.collect()
            place.pass_(minutes=5)
        assert {source.state for source in sources} <= {"ok", "empty"}, (number, sources)
        kept = [cursor.value for cursor in _cursors(place)]
        assert not [value for value in kept if value.get("owed") or value.get("open")], kept
    assert 0 < number < ENOUGH


async def test_killed_after_any_landing_nothing_is_doubled(place: Village) -> None:
    """What is on disk, with cursors that did not move past it: as after a loss of power."""
    place.populate(own=place.case.few, talk=3, answers=1, old=1)
    wanted = await _whole(place)
    for number in range(ENOUGH):
        place.forget()
        with place.open() as space:
            pipeline = _Falling(space, number)
            pipeline.options = {"batch": 1}
            try:
                await pipeline.collect([place.case.name])
            except LandingError:
                pass
            else:
                break
        await _finished(place, wanted, f"killed after landing {number}")
    assert 0 < number < ENOUGH


class _Falling(Pipeline):
    """A pipeline whose landing fails once it is done, after so many."""

    sound = 0

    def __init__(self, space, sound: int) -> None:
        super().__init__(space)
        self.sound = sound

    async def land(self, answers: Sequence[Answer]) -> None:
        await super().land(answers)
        if not self.sound:
            raise LandingError("the power failed")
        self.sound -= 1


async def _whole(place: Village) -> Counter[str]:
    """What a crawl that nothing cuts brings."""
    await place.collect()
    wanted = place.facts()
    assert wanted
    assert place.case.figures or wanted == place.expected()
    return wanted


async def _finished(place: Village, wanted: Counter[str], told: str) -> None:
    with place.open() as space:
        sources = await place.collect(space=space)
        assert {source.state for source in sources} <= {"ok", "empty"}, (told, sources)
        assert verify(space) == [], told
    assert place.facts() == wanted, told


def _cursors(place: Village) -> list[Cursor]:
    with place.open() as space:
        return [one for one in space.store.all(Cursor) if one.id.startswith(place.case.name)]
