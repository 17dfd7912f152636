"""A platform that fails is told as a source that fails: no alert of the business comes of it, and
the Sources page names what is wrong."""

from __future__ import annotations

import html
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from starlette.testclient import TestClient

from tests.crawlers.conformance.cases import Case
from tests.crawlers.conformance.test_faults import NAMES, TOKENS
from tests.crawlers.conformance.village import Village, village
from tests.crawlers.hamlet import NOON
from vigie.analysing import analyse
from vigie.demo import sites
from vigie.explorer.app import create_app
from vigie.faults import FAULTS
from vigie.records import Alert, SourceRun

DAYS, VOICES = 24, 12  # each voice names the brand once a day
SILENT = timedelta(days=2)  # nobody has written since
OPERATIONS = {"outage", "drift"}  # alerts of sources, not of the business


async def test_no_fault_becomes_an_alert_and_each_is_named(case: Case, tmp_path: Path) -> None:
    begin = NOON - timedelta(days=DAYS)
    async with village(case, tmp_path / "base", begin=begin, since_days=DAYS + 2) as place:
        _talk(place)
        often = range(DAYS, SILENT.days, -case.reach) if case.reach else ()
        for ago in (*(timedelta(days=day) for day in often), SILENT, timedelta(days=1)):
            place.clock.set(NOON - ago)
            sources = await place.collect()
            assert {source.state for source in sources} <= {"ok", "empty"}, sources
        assert place.facts()
        place.clock.set(NOON)

        if (
            "talk" not in case.lacks and case.history
        ):  # the same, from a platform that is well: nobody wrote
            quiet = _copy(place, tmp_path / "quiet")
            await quiet.collect(quiet.keys())
            assert "silence" in {alert.kind for alert in _alerts(quiet)}

        for fault in NAMES:
            if fault in TOKENS and "tokens" in case.lacks:
                continue
            if fault == "outdated" and not hasattr(sites.kind(case.place), "outdated"):
                continue
            copy = _copy(place, tmp_path / fault)
            if fault == "refused":
                await copy.served.shut()
            else:
                copy.served.faults.switch(case.place, fault)  # type: ignore[arg-type]
            sources = await copy.collect(copy.keys())
            if fault == "refused":
                await copy.served.reopen()
            copy.served.faults.clear()
            business = [one for one in _alerts(copy) if one.kind not in OPERATIONS]
            assert not business, (fault, business)
            _named(copy, sources, case.told.get(fault, NAMES[fault]))


def _talk(place: Village) -> None:
    """What is said on each day until two days ago; of a platform without talk, what the brand
    says."""
    case = place.case
    voices = [place.hamlet.account(f"voisine{n}", **case.people) for n in range(VOICES)]
    few = "talk" in case.lacks
    for day in range(DAYS - SILENT.days):
        morning = place.hamlet.begin + timedelta(days=day, hours=12)
        for number in range(1 if few else VOICES):
            who = place.brand if few else voices[number]
            at = morning + timedelta(hours=number)
            words = f"une veste Brindille jour {day} #Brindille"
            place.say(who, words, at=at, tags=("Brindille",))


def _copy(place: Village, folder: Path) -> Village:
    shutil.copytree(place.folder, folder)
    return replace(place, folder=folder)


def _alerts(place: Village) -> list[Alert]:
    with place.open() as space:
        analyse(space)
        return [alert for alert in space.store.all(Alert) if alert.status != "closed"]


def _named(place: Village, sources: list[SourceRun], names: tuple[str, ...]) -> None:
    """Each source stands on the Sources page with what is wrong and what to do about it."""
    assert all((source.reason or "").startswith(names) for source in sources), sources
    keys = {next(k for k in FAULTS if (source.reason or "").startswith(k)) for source in sources}
    with place.open() as space:
        client = TestClient(create_app(space), base_url="http://127.0.0.1")
        for number, lang in enumerate(("fr", "en")):
            page = html.unescape(client.get(f"/sources?lang={lang}").text)
            for source in sources:
                assert source.key.partition("/")[2] in page
            for key in keys:
                what, do = FAULTS[key].what[number], FAULTS[key].do[number]
                assert what in page, (lang, key)
                assert do.partition("{")[0].strip()[1:] in page, (lang, key)
