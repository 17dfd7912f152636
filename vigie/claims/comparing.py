"""What brands and people did, in sentences: share of voice, tone, formats, candidates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vigie.claims import Claim, Confidence
from vigie.claims.telling import Telling, colon, points, semicolon
from vigie.claims.words import FORMATS, PEOPLE, network, reasons, word
from vigie.locales.wording import Wording
from vigie.metrics import Figure, figure
from vigie.records import Benchmark, Influencer

WORKS = 1.5  # format index from which a format is told
WORKS_POSTS = 4
TOLD_SCORE = 50.0
LAST_WEEK = "vs\u00a0S\u20111"  # in which no line breaks
MOVES = 3.0  # points of share of voice from which a competitor's move is told


def of_benchmarks(telling: Telling, benchmarks: Sequence[Benchmark]) -> list[Claim]:
    """Share of voice and tone of the own brands, and the leader, where the benchmark is of just
    this period; formats that work, where its nine weeks end in it."""
    window = (telling.since, telling.until)
    overall = {
        record.brand: record
        for record in benchmarks
        if record.platform is None and (record.window_start, record.window_end) == window
    }
    claims = []
    for brand in telling.watchlist.own:
        if brand.id in overall:
            claims += [_voice(telling, overall[brand.id]), _tone(telling, overall[brand.id])]
    claims.append(_leader(telling, list(overall.values())))
    claims += [
        _format(telling, record, shape, facts)
        for record in benchmarks
        if record.platform is not None and telling.since < record.window_end <= telling.until
        for shape, facts in record.formats.items()
        if works(facts)
    ]
    return [claim for claim in claims if claim is not None]


def read(record: Benchmark, id: str) -> Figure | None:
    """A figure of a benchmark."""
    return Figure.model_validate(record.figures[id]) if id in record.figures else None


def works(facts: dict[str, Any]) -> bool:
    """Whether a format gets clearly more than the account's usual: its lower quartile as well."""
    index, low = facts.get("index"), facts.get("low")
    if index is None or low is None:
        return False
    return bool(facts["n"] >= WORKS_POSTS and index >= WORKS and low > 1)


def versus(change: float | None, w: Wording) -> str:
    """−3 pts vs S-1 | −3 pts WoW"""
    if change is None:
        return ""
    if round(change) == 0:
        return f"stable {LAST_WEEK}" if w.lang == "fr" else "stable WoW"
    return f"{points(change, w)} {LAST_WEEK}" if w.lang == "fr" else f"{points(change, w)} WoW"


def _voice(telling: Telling, record: Benchmark) -> Claim | None:
    share, mentions = read(record, "sov.mentions"), read(record, "mentions.earned")
    if share is None or share.value is None or mentions is None or mentions.value is None:
        return None
    value, told = share.value, int(mentions.value)

    def say(w: Wording) -> str:
        change = f" ({versus(share.change, w)})" if share.change is not None else ""
        if w.lang == "fr":
            noun = "mention spontanée" if told < 2 else "mentions spontanées"
            return (
                f"Part de voix {w.percent(value / 100)}{change}, {w.number(told)} {noun}, "
                "hors vos publications."
            )
        noun = "earned mention" if told == 1 else "earned mentions"
        return (
            f"Share of voice {w.percent(value / 100)}{change}, {w.number(told)} {noun}, "
            "your own posts excluded."
        )

    return telling.claim(
        "voice",
        record.brand,
        say,
        weight=50.0,
        confidence=_by_count(share.n),
        figures=(share, mentions),
        subject=f"brand:{record.brand}",
        url=telling.posts(f"brand={record.brand}", "origin=earned"),
    )


def _leader(telling: Telling, records: Sequence[Benchmark]) -> Claim | None:
    """Who leads among the others, and how far it moved."""
    shares = [(read(record, "sov.mentions"), record) for record in records]
    known = [(share.value, share, record) for share, record in shares if share and share.value]
    if len(known) < 2:
        return None
    value, share, record = max(known, key=lambda entry: entry[0])
    subject = f"brand:{record.brand}"
    if telling.is_own(subject):
        return None

    def say(w: Wording) -> str:
        change = f" ({versus(share.change, w)})" if share.change is not None else ""
        if w.lang == "fr":
            return (
                f"{telling.name(subject)} mène avec {w.percent(value / 100)} "
                f"des mentions spontanées{change}."
            )
        return (
            f"{telling.name(subject)} leads with {w.percent(value / 100)} "
            f"of earned mentions{change}."
        )

    return telling.claim(
        "leader",
        record.brand,
        say,
        weight=46.0 + (3.0 if abs(share.change or 0) >= MOVES else 0.0),
        confidence=_by_count(share.n),
        figures=(share,),
        subject=subject,
        url=telling.posts(f"brand={record.brand}", "origin=earned"),
    )


def _tone(telling: Telling, record: Benchmark) -> Claim | None:
    net = read(record, "sentiment.net")
    if net is None or net.value is None or net.low is None or net.high is None:
        return None
    value, low, high = net.value, net.low, net.high

    def say(w: Wording) -> str:
        fr = w.lang == "fr"
        between = (
            f"entre {_signed(low, w)} et {_signed(high, w)}"
            if fr
            else f"between {_signed(low, w)} and {_signed(high, w)}"
        )
        if net.before is None or net.before.value is None:
            move = "pas de période antérieure" if fr else "no period before"
        elif not net.moved:
            move = f"sans évolution nette {LAST_WEEK}" if fr else "no clear change WoW"
        else:
            move = versus(net.change, w)
        what = "Tonalité nette de" if fr else "Net sentiment of"
        subject = telling.name(f"brand:{record.brand}")
        return f"{what} {subject}{colon(w)}{_signed(value, w)} ({between}), {move}."

    return telling.claim(
        "sentiment",
        record.brand,
        say,
        weight=52.0 if net.moved else 40.0,
        confidence="medium" if net.n >= 50 else "low",
        figures=(net,),
        subject=f"brand:{record.brand}",
        url=telling.posts(f"brand={record.brand}", "origin=earned"),
    )


def _format(telling: Telling, record: Benchmark, shape: str, facts: dict[str, Any]) -> Claim | None:
    slot = facts.get("slot")
    index = figure("format.index", facts["index"], facts["n"], low=facts["low"], high=facts["high"])

    def say(w: Wording) -> str:
        fr = w.lang == "fr"
        when = ""
        if slot:
            day = w.locale.days["format"]["wide"][slot["weekday"]]
            hour = f"{slot['hour']}\u00a0h" if fr else f"{slot['hour']}:00"
            when = f" du {day} {hour}" if fr else f" on {day}s at {hour}"
        name = telling.name(f"brand:{record.brand}")
        where = network(record.platform or "", w.lang)
        times = w.factor(facts["index"])
        n = w.number(facts["n"])
        if fr:
            return (
                f"{name}, {where}{colon(w)}les {word(FORMATS, shape, 'fr')}{when} obtiennent "
                f"{times} l’engagement habituel du compte à âge égal ({n} publications)."
            )
        return (
            f"{name}, {where}: {word(FORMATS, shape, 'en')}{when} get {times} "
            f"the account's usual engagement at equal age ({n} posts)."
        )

    return telling.claim(
        "format",
        f"{record.brand}:{record.platform}:{shape}",
        say,
        weight=44.0 + min(float(facts["index"]), 5.0),
        confidence="high" if facts["n"] >= 8 else "medium",
        figures=(index,),
        evidence=tuple(facts["post_ids"]),
        subject=f"brand:{record.brand}",
        url=f"/brands/{record.brand}",
    )


def of_influencer(telling: Telling, person: Influencer) -> Claim | None:
    """Who to talk to and why; people only, above a score."""
    if person.kind in ("media", "brand", "other") or person.score < TOLD_SCORE:
        return None
    name = called(person)
    score = figure("influencer.score", person.score, person.posts)

    def say(w: Wording) -> str:
        fr = w.lang == "fr"
        size = (
            ""
            if person.followers is None
            else f", {w.short(person.followers)} {'abonnés' if fr else 'followers'}"
        )
        why = w.listed(reasons(person.reasons, w.lang))
        kind = word(PEOPLE, person.kind, w.lang)
        where = network(person.platform, w.lang)
        tail = f"{semicolon(w)}{why}" if why else ""
        return f"{name}, {where}{colon(w)}{kind}{size}, score {w.number(person.score)}/100{tail}."

    return telling.claim(
        "influencer",
        person.id,
        say,
        weight=20.0 + person.score / 10,
        confidence="medium" if person.posts >= 10 else "low",
        figures=(score,),
        evidence=person.evidence,
        subject=person.account_id,
        url=f"/influencers/{person.id}",
    )


def called(person: Influencer) -> str:
    """Name and handle, as far as both are known: Ada Lune (@ada@pignon.example)."""
    handle = f"@{person.handle}" if person.handle else ""
    if person.name and handle:
        return f"{person.name} ({handle})"
    return handle or person.name or person.account_id


def _signed(value: float, w: Wording) -> str:
    rounded = round(value)
    return w.number(rounded) if rounded == 0 else w.signed(rounded)


def _by_count(n: int) -> Confidence:
    return "high" if n >= 200 else "medium" if n >= 50 else "low"
