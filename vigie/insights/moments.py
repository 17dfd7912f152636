"""The calendar of moments: which days are talked about, prepared for, or kept clear of.

Rules lie in `moments.toml`; public holidays and moving feasts come from the `holidays` library and
from dateutil's Easter. Talk that matches a moment is recurring, never emerging.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any, Literal

from vigie.errors import ConfigError

Kind = Literal[
    "commerce", "season", "culture", "sport", "profession", "cause", "religious", "memory",
    "operational", "holiday", "own",
]  # fmt: skip
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LANGUAGES = {"FR": "en_US", "BE": "en_US", "CA": "en_CA", "GB": "en_GB", "US": "en_US"}
FRENCH = {"FR", "BE", "CA"}  # whose holidays the library names in French
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of one year; `start` and `end` are local days, both included."""

    id: str  # the same every year
    names: Mapping[str, str]  # fr, en
    kind: Kind
    start: date
    end: date
    lead_days: int  # before `start`, in which it is prepared and talked about
    tail_days: int  # after `end`, in which people still talk about it
    sensitive: bool  # never a hook
    hook: bool  # may be proposed as a hook
    terms: tuple[str, ...]  # words by which talk about it is recognised

    def near(self, day: date) -> bool:
        """Whether talk about it is to be expected on that day."""
        first, last = self.start - self.lead_days * DAY, self.end + self.tail_days * DAY
        return first <= day <= last


@cache
def _calendar() -> dict[str, Any]:
    text = resources.files("vigie.insights").joinpath("moments.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def version() -> int:
    """The version of the file of rules."""
    return int(_calendar()["version"])


def between(
    since: date,
    until: date,
    country: str,
    own_moments: Mapping[str, Sequence[str]] | None = None,
    *,
    off: Iterable[str] = (),
) -> list[Moment]:
    """The moments of a country that are talked about from `since` to `until` (excluded), lead and
    tail included, by start and id. `country` is an ISO code, with a subdivision where one matters
    (`CA-QC`). `own_moments` are the trade's own dates (name → ISO dates); `off` leaves ids out.
    Raises ConfigError for a country or a date that cannot be read."""
    nation, _, subdivision = country.partition("-")
    unwanted = set(off)
    found = []
    for year in range(since.year - 1, until.year + 2):
        found += [
            _moment(entry, start)
            for entry in _calendar()["moment"]
            if nation in entry.get("where", (nation,)) and (start := _day(entry, year))
        ]
        found += _holidays(nation, subdivision or None, year)
    found += _own(own_moments or {})
    days = [since + n * DAY for n in range((until - since).days)]
    wanted = {
        (moment.start, moment.id): moment
        for moment in found
        if moment.id not in unwanted
        and moment.start - moment.lead_days * DAY < until
        and moment.end + moment.tail_days * DAY >= since
    }
    return [wanted[key] for key in sorted(wanted)] if days else []


def _moment(entry: Mapping[str, Any], start: date) -> Moment:
    return Moment(
        id=entry["id"],
        names={"fr": entry["fr"], "en": entry["en"]},
        kind=entry["kind"],
        start=start,
        end=start + (entry.get("days", 1) - 1) * DAY,
        lead_days=entry.get("lead", 0),
        tail_days=entry.get("tail", 3),
        sensitive=entry.get("sensitive", False),
        hook=entry.get("hook", True) and not entry.get("sensitive", False),
        terms=tuple(entry.get("terms", ())),
    )


def _day(entry: Mapping[str, Any], year: int) -> date | None:
    day = resolve(entry["on"], year)
    if day and "avoid" in entry and day == resolve(entry["avoid"], year):
        day += entry["shift"] * DAY
    return day


def resolve(rule: str, year: int) -> date | None:
    """The day of a rule of `moments.toml` in a year; None where a feast does not fall in it."""
    if found := re.fullmatch(r"(\d\d)-(\d\d)", rule):
        return date(year, int(found[1]), int(found[2]))
    if found := re.fullmatch(r"(\w{3})([<>])=(\d\d)-(\d\d)", rule):
        day = date(year, int(found[3]), int(found[4]))
        step = DAY if found[2] == ">" else -DAY
        while day.weekday() != WEEKDAYS.index(found[1]):
            day += step
        return day
    if found := re.fullmatch(r"easter([+-]\d+)?", rule):
        from dateutil.easter import easter  # type: ignore[import-untyped]

        sunday: date = easter(year)
        return sunday + int(found[1] or 0) * DAY
    if found := re.fullmatch(r"@([\w-]+?)([+-]\d+)", rule):
        other = next(entry for entry in _calendar()["moment"] if entry["id"] == found[1])
        base = _day(other, year)
        return base and base + int(found[2]) * DAY
    if found := re.fullmatch(r"holiday (\w\w) (.+)", rule):
        return next((day for day, name in _feasts(found[1], None, year) if found[2] in name), None)
    raise ValueError(f"no such rule: {rule}")


@cache
def _feasts(
    nation: str, subdivision: str | None, year: int, language: str | None = None
) -> tuple[tuple[date, str], ...]:
    import holidays

    try:
        found = holidays.country_holidays(
            nation, subdiv=subdivision, years=year, language=language or LANGUAGES.get(nation)
        )
    except NotImplementedError:
        where = f"{nation}-{subdivision}" if subdivision else nation
        raise ConfigError(
            f"no public holidays are known for {where}",
            where="vigie.toml, workspace.country",
            do="give an ISO code such as FR, GB, CA-QC, US or BE",
        ) from None
    return tuple(sorted(found.items()))


def _holidays(nation: str, subdivision: str | None, year: int) -> Iterator[Moment]:
    """Public holidays, and the bridges between them and a weekend."""
    known = _calendar()["holidays"]
    french = dict(_feasts(nation, subdivision, year, "fr")) if nation in FRENCH else {}
    days = _feasts(nation, subdivision, year)
    free = {day for day, _ in days}
    for day, name in days:
        if "(observed)" in name or "(estimated)" in name:
            continue
        extra = known.get(name, {})
        yield Moment(
            id="holiday-" + re.sub(r"[^a-z]+", "-", name.lower()).strip("-"),
            names={"fr": french.get(day) or extra.get("fr", name), "en": name},
            kind="holiday",
            start=day,
            end=day,
            lead_days=7,
            tail_days=2,
            sensitive=False,
            hook=False,
            terms=tuple(extra.get("terms", (name.lower(),))),
        )
    for day, name in days:
        bridge = {1: day - DAY, 3: day + DAY}.get(day.weekday())
        if bridge and bridge not in free and nation in ("FR", "BE"):
            yield Moment(
                id="bridge-" + re.sub(r"[^a-z]+", "-", name.lower()).strip("-"),
                names={"fr": f"Pont ({french.get(day, name)})", "en": f"Bridge day ({name})"},
                kind="operational",
                start=bridge,
                end=bridge,
                lead_days=0,
                tail_days=0,
                sensitive=False,
                hook=False,
                terms=(),
            )


def _own(moments: Mapping[str, Sequence[str]]) -> Iterator[Moment]:
    for name, days in moments.items():
        for text in days:
            try:
                day = date.fromisoformat(text)
            except ValueError:
                raise ConfigError(
                    f"{text!r} is no date",
                    where=f"vigie.toml, calendar.moments.{name}",
                    do="write dates as 2026-11-27",
                ) from None
            yield replace(
                _known(name),
                id="own-" + re.sub(r"\W+", "-", name.lower()).strip("-"),
                names={"fr": name, "en": name},
                start=day,
                end=day,
            )


def _known(name: str) -> Moment:
    """What is known of a moment that is named like one of the calendar: its words, kind, lead."""
    for entry in _calendar()["moment"]:
        if name.lower() in (entry["fr"].lower(), entry["en"].lower(), *entry.get("terms", ())):
            return _moment(entry, date.min)
    return Moment(
        id="",
        names={},
        kind="own",
        start=date.min,
        end=date.min,
        lead_days=14,
        tail_days=3,
        sensitive=False,
        hook=True,
        terms=(name.lower(),),
    )
