"""Accounts that are not there, or hidden, are told by that name and harm no other."""

from __future__ import annotations

import pytest

from tests.crawlers.conformance.cases import Case
from tests.crawlers.conformance.village import Village


async def test_an_unknown_account_is_told(place: Village, case: Case) -> None:
    if "unknown" in case.lacks:
        pytest.skip(case.lacks["unknown"])
    place.populate(own=3, talk=1, answers=1)
    nobody = place.name("personne", "7999999999")
    place.watched.append(nobody)
    place.write()
    sources = await place.collect()
    told = [source for source in sources if source.state == "broken"]
    assert told, sources
    for source in told:
        assert (source.reason or "").startswith(case.unknown), source
        assert "personne" in source.key or "7999999999" in source.key
    assert case.figures or place.facts() == place.expected()


async def test_a_private_account_is_told(place: Village, case: Case) -> None:
    hidden = place.hamlet.account("cachette", **{**case.people, "private": True})
    if "private" not in case.lacks:
        place.watched.append(place.name(hidden.handle, hidden.native))
        place.write()
    place.populate(own=3, talk=1, answers=1)
    wanted = place.expected()
    if "private" in case.lacks:
        # Nothing is private here: what others may not see is what nobody watches.
        sources = await place.collect()
        assert {source.state for source in sources} <= {"ok", "empty"}
        return
    place.say(hidden, at=place.hamlet.begin)
    sources = await place.collect()
    told = [source for source in sources if source.state == "broken"]
    assert told, sources
    for source in told:
        assert "cachette" in source.key or hidden.native in source.key
        assert (source.reason or "").startswith(case.private), source
    assert case.figures or place.facts() == wanted
