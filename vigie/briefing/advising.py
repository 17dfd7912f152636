"""Recommendations: rules with a fixed verb, each tied to the claim that triggered it. Advice is a
rule, not a horoscope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vigie.briefing.model import Advice, Person, Rising
from vigie.claims import Claim
from vigie.claims.comparing import works
from vigie.records import Benchmark

LIMIT = 5
ALIKE = 2  # of one verb: a list that says one thing five times is one recommendation
_ORDER = ("answer", "postpone", "publish", "test", "set_aside", "follow")


def advise(
    claims: Sequence[Claim],
    *,
    own: Iterable[str],
    trends: Iterable[Rising],
    benchmarks: Iterable[Benchmark],
    people: Iterable[Person],
) -> tuple[Advice, ...]:
    """At most five, the most pressing first."""
    owned = {f"brand:{brand}" for brand in own}
    by_id = {claim.id: claim for claim in claims}
    found: list[Advice] = []
    for claim in claims:
        if claim.kind == "questions":
            found.append(_of(claim, "answer"))
        elif claim.kind == "crisis" and (claim.subject or "").startswith("brand:"):
            # Around a crisis, one's own or a rival's, planned publications wait for a look.
            found.append(_of(claim, "postpone" if claim.subject in owned else "follow"))
    for trend in trends:
        told = by_id.get(f"trend:{trend.id}")
        if told and trend.stage in ("new", "emerging", "growing"):
            ready = trend.stage in ("emerging", "growing") and len(trend.platforms) > 1
            platform = max(trend.platforms, key=lambda name: trend.platforms[name], default=None)
            found.append(_of(told, "publish" if ready else "follow", platform=platform))
    for record in benchmarks:
        for shape, facts in record.formats.items():
            told = by_id.get(f"format:{record.brand}:{record.platform}:{shape}")
            if told and record.platform and works(facts):
                slot = facts.get("slot") or {}
                found.append(
                    _of(
                        told,
                        "test",
                        platform=record.platform,
                        format=shape,
                        weekday=slot.get("weekday"),
                        hour=slot.get("hour"),
                    )
                )
    for person in people:
        told = by_id.get(f"influencer:{person.account}")
        if told and "never_answered" in person.reasons:
            found.append(_of(told, "answer", platform=person.platform))
    # People who wait come before what could be tried, and that before what need only be watched.
    found.sort(key=lambda advice: _ORDER.index(advice.verb))
    chosen = [
        advice
        for place, advice in enumerate(found)
        if sum(other.verb == advice.verb for other in found[:place]) < ALIKE
    ]
    return tuple(chosen[:LIMIT])


def _of(claim: Claim, verb: str, **detail: object) -> Advice:
    return Advice.model_validate(
        {
            "verb": verb,
            "claim": claim.id,
            "subject": claim.subject or claim.id,
            "example": claim.evidence[0] if claim.evidence else None,
            **detail,
        }
    )
