"""Claims: findings as sentences with figures and evidence, in French and English. Explorer,
briefing and alerts show the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from vigie.insights.questions import Question
from vigie.metrics import Figure
from vigie.records import Alert, Benchmark, Influencer, Part, SourceRun, Trend
from vigie.watchlist import Watchlist

Kind = Literal[
    "crisis", "questions", "outage", "trend", "alert", "dip", "voice", "leader", "sentiment",
    "format", "influencer", "recurring", "quiet", "unanalysed",
]  # fmt: skip
Confidence = Literal["high", "medium", "low"]


class Claim(Part):
    """One sentence that can be defended: the figures in it and the posts it rests on."""

    id: str
    kind: Kind
    sentence_fr: str
    sentence_en: str
    figures: tuple[Figure, ...] = ()
    evidence: tuple[str, ...] = ()  # post ids
    confidence: Confidence
    subject: str | None = None  # brand:ID, trend:ID, account id, source key
    url: str = ""  # path and query in the explorer
    weight: float  # what deserves a look first

    def sentence(self, lang: Literal["fr", "en"]) -> str:
        return self.sentence_fr if lang == "fr" else self.sentence_en


def compose(
    watchlist: Watchlist,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    trends: Iterable[Trend] = (),
    alerts: Iterable[Alert] = (),
    benchmarks: Iterable[Benchmark] = (),
    influencers: Iterable[Influencer] = (),
    questions: Sequence[Question] = (),
    sources: Iterable[SourceRun] = (),
    analysed: bool = True,
) -> list[Claim]:
    """What a period's findings say, most pressing first; a quiet period says so in one claim. A
    period that no analysis covered (`analysed` False) is not called quiet: it says that, too."""
    from vigie.claims import comparing, incidents, rising
    from vigie.claims.telling import Telling

    telling = Telling(watchlist, since=since, until=until, now=now)
    alerts, states = list(alerts), incidents.sources_of(sources)
    found: list[Claim | None] = [rising.of_trend(telling, trend) for trend in trends]
    found += [incidents.of_alert(telling, alert) for alert in alerts]
    found += [
        incidents.of_outage(telling, outage)
        for outage in incidents.outages(telling, alerts, states)
    ]
    found += [incidents.of_questions(telling, questions)]
    found += comparing.of_benchmarks(telling, list(benchmarks))
    found += [comparing.of_influencer(telling, one) for one in influencers]
    claims = [claim for claim in found if claim is not None]
    if not any(claim.kind in UNUSUAL and claim.weight >= LEADS for claim in claims):
        claims.append(incidents.quiet(telling) if analysed else incidents.unanalysed(telling))
    return sorted(claims, key=lambda claim: (-claim.weight, claim.id))


LEADS = 30.0  # what weighs less is no line to remember
UNUSUAL = ("crisis", "questions", "outage", "trend", "alert", "dip")
_LEADING = (
    ("trend",),
    ("crisis", "questions"),
    ("outage",),
    ("alert", "dip"),
    ("quiet",),
    ("unanalysed",),
)
_LEADING_AFTER = (("voice",), ("leader",), ("sentiment",), ("format",))


def lead(claims: Sequence[Claim], limit: int = 3) -> list[Claim]:
    """The lines to remember: the first of each sort, a crisis and the questions that wait for an
    answer in one sentence."""
    claims = [claim for claim in claims if claim.weight >= LEADS]
    chosen: list[Claim] = []
    for kinds in (*_LEADING, *_LEADING_AFTER):
        first = [next((claim for claim in claims if claim.kind == kind), None) for kind in kinds]
        held = [claim for claim in first if claim is not None]
        if len(held) == 2:
            chosen.append(_joined(*held))
        else:
            chosen += held
    return chosen[:limit]


def _joined(one: Claim, other: Claim) -> Claim:
    return one.model_copy(
        update={
            "id": f"{one.id}+{other.id}",
            "sentence_fr": _continued(one.sentence_fr, "\u202f; ", other.sentence_fr),
            "sentence_en": _continued(one.sentence_en, "; ", other.sentence_en),
            "figures": one.figures + other.figures,
            "evidence": one.evidence + other.evidence,
            "confidence": max(one.confidence, other.confidence, key=_DOUBT.index),
        }
    )


_DOUBT = ("high", "medium", "low")


def _continued(sentence: str, join: str, further: str) -> str:
    return sentence.removesuffix(".") + join + further[:1].lower() + further[1:]
