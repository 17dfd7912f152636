"""Rate limits are waited out or told, a budget that is spent stops a crawl until the next day."""

from __future__ import annotations

from datetime import timedelta

from tests.crawlers.conformance.cases import Case
from tests.crawlers.conformance.village import Village

FEW = 3  # calls of a whole crawl
DAYS = 6  # in which a crawl is whole that a budget of half its calls stops


async def test_a_short_refusal_is_waited_out_or_told(place: Village, case: Case) -> None:
    """Platforms that name the time are waited for; where none is named, it is told when to come
    again."""
    place.populate()
    place.write(max_wait_s=3.0)
    fault = place.served.faults.switch(case.place, "limited", after=1, times=1, wait_s=0.4)
    sources = await place.collect()
    assert fault.times == 0, "the platform did refuse"
    if waiting := [source for source in sources if source.state == "rate_limited"]:
        for source in waiting:
            assert source.reason is not None
            assert source.reason.startswith("rate limit")
            assert source.resume_at is not None
            assert source.resume_at > place.clock.now()
        place.clock.set(max(source.resume_at for source in waiting if source.resume_at))
        sources = await place.collect(place.keys())
    assert {source.state for source in sources} <= {"ok", "empty"}, sources
    assert place.case.figures or place.facts() == place.expected()


async def test_a_long_refusal_is_told_with_its_end(place: Village, case: Case) -> None:
    place.populate()
    place.write(max_wait_s=3.0)
    place.served.faults.switch(case.place, "limited", after=1, wait_s=3_600.0)
    begun = place.clock.now()
    sources = await place.collect()
    waiting = [source for source in sources if source.state == "rate_limited"]
    if not case.paged:  # its one call was answered; what follows are pages of the web
        waiting = waiting or [one for one in sources if (one.reason or "").startswith("rate limit")]
    assert waiting, sources
    ends = [source.resume_at for source in waiting if source.resume_at]
    assert all(begun < end <= begun + timedelta(hours=25) for end in ends)
    assert ends or not case.paged
    place.served.faults.clear()
    place.clock.set(max(ends, default=begun + timedelta(hours=1)))
    sources = await place.collect(place.keys())
    assert {source.state for source in sources} <= {"ok", "empty"}, sources
    assert place.case.figures or place.facts() == place.expected()


async def test_a_spent_budget_stops_until_the_next_day(place: Village, case: Case) -> None:
    place.populate()
    await place.collect()
    whole, wanted = len(place.served.asked), place.facts()
    place.forget()
    most = max(1, whole - 2)
    place.write(**{case.budget: most * case.price})
    spent = 0
    for _ in range(DAYS):
        place.served.asked.clear()
        sources = await place.collect(place.keys())
        asked = [call for call in place.served.asked if "/robots.txt" not in call]
        assert len(asked) <= most
        stopped = [one for one in sources if (one.reason or "").startswith("budget")]
        if not stopped:
            break
        spent += 1
        for source in stopped:
            assert source.state in ("ok", "skipped"), source
            assert source.resume_at is not None
            assert timedelta(0) < source.resume_at - place.clock.now() <= timedelta(days=1, hours=9)
        place.clock.set(max(one.resume_at for one in stopped if one.resume_at))
        if whole <= FEW:
            return  # each day's budget goes into the same few calls
    else:
        raise AssertionError(f"not whole after {DAYS} days")
    assert spent
    assert place.facts() == wanted or case.figures
