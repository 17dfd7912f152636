"""Every fault that a platform may have is named for what it is, moves no cursor past a hole, and
is made good by the next healthy run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.crawlers.conformance.cases import Case
from tests.crawlers.conformance.village import Village
from vigie.demo import sites
from vigie.demo.faults import KINDS
from vigie.records import SourceRun
from vigie.verifying import verify

NAMES: dict[str, tuple[str, ...]] = {
    "outage": ("HTTP 503",),
    "reset": ("connection lost",),
    "refused": ("connection refused",),  # the door is shut
    "login": ("login page",),
    "consent": ("consent page",),
    "html": ("HTML instead of data",),
    "half": ("unknown shape",),
    "torn": ("connection lost",),
    "failed": ("error in a 200",),
    "empty": ("empty answer",),
    "lapsed": ("token lapsed",),
    "revoked": ("approval revoked", "token lapsed"),
    "unapproved": ("approval missing",),
    "outdated": ("unknown API version",),
}
ELSEWHERE = {  # tested by themselves
    "renamed", "grown", "crooked", "limited", "hang", "missing", "duplicate", "loop", "skew",
    "drip",
}  # fmt: skip
WIRE = ("outage", "reset", "torn", "empty")  # told of a page of the web as well
TOKENS = ("lapsed", "revoked", "unapproved")


def test_every_fault_is_tested() -> None:
    assert set(NAMES) - {"refused"} | ELSEWHERE == set(KINDS)


@pytest.mark.parametrize("fault", NAMES)
async def test_a_fault_is_named_and_made_good(place: Village, case: Case, fault: str) -> None:
    if fault in TOKENS and "tokens" in case.lacks:
        pytest.skip(case.lacks["tokens"])
    if fault == "outdated" and not hasattr(sites.kind(case.place), "outdated"):
        pytest.skip("the API has no versions")
    place.populate(own=case.few, talk=2, answers=1)
    names = case.told.get(fault, NAMES[fault])

    await _switch(place, fault)  # from the first answer on
    sources = await place.collect()
    told = _told(sources, names)
    assert len(told) == len(sources), (names, sources)
    assert not place.facts() or case.keeps

    await _clear(place, fault)
    if fault != "refused" and (case.paged or fault in WIRE):
        await _switch(place, fault, after=2)  # on the way
        sources = await place.collect()
        broken = [source for source in sources if source.state == "broken"]
        assert {*_told(broken, names)} == {source.key for source in broken}, (names, sources)
        assert broken or not case.paged
        await _clear(place, fault)

    place.say(place.brand, at=place.clock.now() + timedelta(minutes=1))
    place.pass_(minutes=2)
    with place.open() as space:
        sources = await place.collect(place.keys(), space=space)
        assert {source.state for source in sources} <= {"ok", "empty"}, sources
        assert verify(space) == []
    facts = place.facts()
    assert facts == place.expected() if not case.figures else facts


async def test_a_body_that_never_ends_is_cut_by_the_time_limit(place: Village, case: Case) -> None:
    place.populate(own=case.few, talk=2, answers=1)
    place.served.faults.switch(case.place, "drip", after=1)
    sources = await place.collect(limit_s=0.6)
    told = _told(sources, ("time limit",))
    assert told, sources
    place.served.faults.clear()
    sources = await place.collect(place.keys())
    assert {source.state for source in sources} <= {"ok", "empty"}, sources
    assert case.figures or place.facts() == place.expected()


async def test_one_body_that_is_cut_anywhere_is_read_again(place: Village, case: Case) -> None:
    """Of each answer of a crawl, one after the other, the half comes: no cursor passes the hole."""
    if not case.paged and case.place == "press":
        pytest.skip("the half of a page of the web cannot be told from a page")
    place.populate(own=min(case.few, 5), talk=2, answers=1)
    await place.collect()
    wanted, whole = place.facts(), len(place.served.asked)
    for number in range(whole):
        place.forget()
        fault = place.served.faults.switch(case.place, "half", after=number, times=1)
        sources = await place.collect()
        assert fault.times == 0
        assert _told(sources, ("unknown shape",)), (number, sources)
        place.served.faults.clear()
        sources = await place.collect(place.keys())
        assert {source.state for source in sources} <= {"ok", "empty"}, (number, sources)
        assert place.facts() == wanted, number


async def test_addresses_that_are_none_end_no_crawl(place: Village, case: Case) -> None:
    """A post whose link is no address is a post; only what has no other name than its address, a
    page of the web, cannot be asked for."""
    place.populate()
    place.served.faults.switch(case.place, "crooked")
    sources = await place.collect()
    assert not [source for source in sources if "error" in (source.reason or "")], sources
    found = place.facts()
    if case.place != "press":
        assert {source.state for source in sources} <= {"ok", "empty"}, sources
        assert case.figures or found == place.expected()
    place.served.faults.clear()
    sources = await place.collect(place.keys())
    assert {source.state for source in sources} <= {"ok", "empty"}, sources


async def test_a_page_that_comes_twice_doubles_nothing(place: Village, case: Case) -> None:
    place.populate()
    place.served.faults.switch(case.place, "duplicate")
    sources = await place.collect()
    assert {source.state for source in sources} <= {"ok", "empty"}, sources
    assert case.figures or place.facts() == place.expected()


async def test_a_cursor_that_leads_back_ends(place: Village, case: Case) -> None:
    if "loop" in case.lacks:
        pytest.skip(case.lacks["loop"])
    place.populate()
    place.write(max_pages=20)
    place.served.faults.switch(case.place, "loop")
    sources = await place.collect()
    assert len(place.served.asked) < 100
    assert _told(sources, ("repeated page", "page limit")), sources
    assert max(place.facts().values()) == 1
    place.served.faults.clear()
    sources = await place.collect(place.keys())
    assert {source.state for source in sources} <= {"ok", "empty"}, sources
    assert case.figures or place.facts() == place.expected()


async def test_a_clock_that_is_ahead_hides_nothing(place: Village, case: Case) -> None:
    """The platform's clock is three hours ahead, and then right: what is published meanwhile has
    times before those that were seen already."""
    place.populate()
    ahead = place.say(place.brand, at=place.clock.now() + timedelta(hours=2))
    place.served.faults.switch(case.place, "skew", hours=3.0)
    sources = await place.collect()
    assert {source.state for source in sources} <= {"ok", "empty"}, sources
    with place.open() as space:
        assert verify(space) == []
    place.served.faults.clear()
    if not case.figures:
        for at in range(2 * case.page if "paging" not in case.lacks else 1):
            place.say(place.brand, at=place.clock.now() + timedelta(minutes=at + 1))
    place.pass_(hours=2, minutes=30)
    if "skew" in case.lacks:
        return
    assert ahead.visible(place.now_ms())
    sources = await place.collect(place.keys())
    assert {source.state for source in sources} <= {"ok", "empty"}, sources
    assert case.figures or place.facts() == place.expected()


async def _switch(place: Village, fault: str, **options: Any) -> None:
    if fault == "refused":
        await place.served.shut()
    else:
        place.served.faults.switch(place.case.place, fault, **options)  # type: ignore[arg-type]


async def _clear(place: Village, fault: str) -> None:
    if fault == "refused":
        await place.served.reopen()
    place.served.faults.clear()


def _told(sources: list[SourceRun], names: tuple[str, ...]) -> list[str]:
    """The keys of the sources that are broken for one of these reasons."""
    return [
        source.key
        for source in sources
        if source.state == "broken" and (source.reason or "").startswith(names)
    ]
