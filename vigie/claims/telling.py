"""How a sentence is made in both languages at once: names, times and numbers in each reader's
habit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property

from vigie.claims import Claim, Confidence, Kind
from vigie.locales import Lang
from vigie.locales.wording import NARROW, Wording
from vigie.metrics import Figure
from vigie.watchlist import Watchlist

NO_BREAK = "\u00a0"
SPELLED = {
    "fr": ("zéro", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
}


class Telling:
    """A period as of a moment, told to readers of both languages."""

    def __init__(
        self, watchlist: Watchlist, *, since: datetime, until: datetime, now: datetime
    ) -> None:
        zone = watchlist.workspace.timezone
        self.watchlist = watchlist
        self.since, self.until, self.now = since, until, now
        self.readers: dict[Lang, Wording] = {"fr": Wording("fr", zone), "en": Wording("en", zone)}

    def claim(
        self,
        kind: Kind,
        id: str,
        sentence: Callable[[Wording], str],
        *,
        weight: float,
        confidence: Confidence,
        figures: tuple[Figure, ...] = (),
        evidence: tuple[str, ...] = (),
        subject: str | None = None,
        url: str = "",
    ) -> Claim:
        """The claim whose sentence is written once per reader; it opens with a capital."""
        fr, en = (_capital(sentence(self.readers[lang])) for lang in ("fr", "en"))
        return Claim(
            id=f"{kind}:{id}",
            kind=kind,
            sentence_fr=fr,
            sentence_en=en,
            figures=figures,
            evidence=evidence,
            confidence=confidence,
            subject=subject,
            url=url,
            weight=weight,
        )

    def name(self, subject: str) -> str:
        """The name of `brand:ID` or `topic:ID`; the id where the watchlist no longer has it."""
        kind, _, id = subject.partition(":")
        listed = self.watchlist.brands if kind == "brand" else self.watchlist.topics
        return next((one.name for one in listed if one.id == id), id or subject)

    def is_own(self, subject: str) -> bool:
        return any(subject == f"brand:{brand.id}" for brand in self.watchlist.own)

    @cached_property
    def period(self) -> str:
        """The explorer's name of the period: a week by number, else nothing."""
        week = self.week
        return f"{week[0]}-W{week[1]:02}" if week else ""

    @cached_property
    def week(self) -> tuple[int, int] | None:
        """ISO year and week where the period is one from Monday to Sunday."""
        reader = self.readers["en"]
        start, end = reader.local(self.since), reader.local(self.until)
        whole = (end.date() - start.date()).days == 7 and start.weekday() == 0
        year, number, _ = start.isocalendar()
        return (year, number) if whole and (start.hour, end.hour) == (0, 0) else None

    def posts(self, *narrowed: str) -> str:
        """The address of the posts of this period, narrowed by `name=value`."""
        period = (
            f"period={self.period}"
            if self.period
            else f"from={self.since:%Y-%m-%dT%H:%MZ}&to={self.until:%Y-%m-%dT%H:%MZ}"
        )
        return "/posts?" + "&".join([period, *narrowed])

    def since_when(self, wording: Wording, at: datetime) -> str:
        """jeudi 14 h | Thursday 14:00 within the week; with the date before that."""
        if self.now - at < timedelta(days=6.5):
            day = wording.day(at).split(" ")[0]
            return f"{day} {wording.hour(at)}"
        return wording.moment(at)


def quoted(words: str, wording: Wording) -> str:
    """« mots » | “words”"""
    return f"«{NARROW}{words}{NARROW}»" if wording.lang == "fr" else f"“{words}”"


def colon(wording: Wording) -> str:
    return f"{NO_BREAK}: " if wording.lang == "fr" else ": "


def semicolon(wording: Wording) -> str:
    return f"{NARROW}; " if wording.lang == "fr" else "; "


def points(value: float, wording: Wording) -> str:
    """A change in points: −3 pts; "=" where it rounds to nothing."""
    if round(value) == 0:
        return "="
    unit = NARROW + ("pt" if abs(round(value)) < 2 and wording.lang == "fr" else "pts")
    return wording.signed(value, unit if wording.lang == "fr" else " pts")


def counted(n: int, wording: Wording) -> str:
    """Small numbers in words, as prose has them: quatre, four; 12."""
    words = SPELLED[wording.lang]
    return words[n] if n < len(words) else wording.number(n)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
