"""What burns, what is silent, what is not collected and who waits for an answer, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from vigie.claims import Claim, Confidence, Kind
from vigie.claims.telling import Telling, colon, counted, quoted, semicolon
from vigie.claims.words import network
from vigie.insights.questions import Question
from vigie.locales.wording import NARROW, Wording
from vigie.metrics import Figure, figure
from vigie.records import Alert, SourceRun

_KINDS: dict[str, Kind] = {"crisis": "crisis", "platform_dip": "dip"}
_WEIGHTS = {"crisis": 92.0, "dip": 40.0, "alert": 60.0}
EVIDENCE = 5


def of_alert(telling: Telling, alert: Alert) -> Claim | None:
    """A crisis, spike, drop, silence or dip that touches the period; none for what a person called
    a false alarm."""
    over = alert.ended_at is not None and alert.ended_at <= telling.now
    if alert.kind == "outage" or alert.status == "false_alarm":
        return None
    if alert.started_at >= telling.now or (over and alert.ended_at < telling.since):  # type: ignore[operator]
        return None
    kind = _KINDS.get(alert.kind, "alert")
    confidence: Confidence = (
        "high" if alert.sigmas >= 6 else "medium" if alert.sigmas >= 4 else "low"
    )
    return telling.claim(
        kind,
        alert.id,
        lambda w: _SENTENCES.get(alert.kind, _volume)(telling, alert, over, w),
        weight=_WEIGHTS[kind] + alert.severity / 2 - (20.0 if over and kind == "alert" else 0.0),
        confidence=confidence,
        figures=alert_figures(alert),
        evidence=tuple(dict.fromkeys([*filter(None, [alert.first_post]), *alert.post_ids]))[
            :EVIDENCE
        ],
        subject=alert.subject,
        url=f"/alerts/{alert.id}",
    )


def alert_figures(alert: Alert) -> tuple[Figure, ...]:
    """Observed and expected volume of an alert, and its share of negative posts."""
    n = len(alert.post_ids)
    told = [
        figure("alert.observed", alert.observed, n),
        figure("alert.expected", alert.expected, n),
    ]
    if alert.negative_share is not None:
        told.append(figure("alert.negative", alert.negative_share * 100, n))
    return tuple(told)


def _on(alert: Alert, w: Wording) -> str:
    if alert.platform is None:
        return ""
    return f" {'sur' if w.lang == 'fr' else 'on'} {network(alert.platform, w.lang)}"


def _crisis(telling: Telling, alert: Alert, over: bool, w: Wording) -> str:
    name = telling.name(alert.subject)
    if over:
        return (
            f"{name} sort de crise." if w.lang == "fr" else f"{name} is coming out of its crisis."
        )
    began = telling.since_when(w, alert.started_at)
    share = w.percent(alert.negative_share)
    if w.lang == "fr":
        negative = f", {share} négatives" if alert.negative_share is not None else ""
        return f"{name} est en crise depuis {began}{colon(w)}{_volumes(alert, w)}{negative}."
    negative = f", {share} negative" if alert.negative_share is not None else ""
    return f"{name} has been in crisis since {began}: {_volumes(alert, w)}{negative}."


def _dip(telling: Telling, alert: Alert, over: bool, w: Wording) -> str:
    change = w.change(alert.observed, alert.expected)
    day = w.day(alert.started_at)
    if w.lang == "fr":
        return (
            f"toutes les marques reculent{_on(alert, w)} ({change}, {day}){colon(w)}"
            "c'est le creux du réseau, pas le vôtre."
        )
    return f"all brands fall{_on(alert, w)} ({change}, {day}): the platform's dip, not yours."


def _silence(telling: Telling, alert: Alert, over: bool, w: Wording) -> str:
    name, began = telling.name(alert.subject), telling.since_when(w, alert.started_at)
    if w.lang == "fr":
        return (
            f"aucune mention de {name}{_on(alert, w)} depuis {began}{semicolon(w)}"
            "la collecte fonctionne, l'absence est réelle."
        )
    return f"no mention of {name}{_on(alert, w)} since {began}; collection works, it is real."


def _volume(telling: Telling, alert: Alert, over: bool, w: Wording) -> str:
    fr = w.lang == "fr"
    noun = {"drop": ("baisse", "drop")}.get(alert.kind, ("pic", "spike"))[0 if fr else 1]
    day = w.day(alert.peaked_at or alert.started_at)
    driver = ""
    if alert.terms:
        terms = w.listed([quoted(term, w) for term in alert.terms[:2]])
        driver = f", porté par {terms}" if fr else f", driven by {terms}"
    place = f"{telling.name(alert.subject)}{_on(alert, w)}{colon(w)}"
    return f"{place}{noun} {'le' if fr else 'on'} {day}, {_volumes(alert, w)}{driver}."


def _volumes(alert: Alert, w: Wording) -> str:
    seen, usual = w.number(alert.observed), w.number(alert.expected)
    if w.lang == "fr":
        return f"{seen} publications là où {usual} sont habituelles"
    return f"{seen} posts where {usual} are usual"


_SENTENCES = {"crisis": _crisis, "platform_dip": _dip, "silence": _silence}


@dataclass
class Outage:
    """Sources of one network that did not answer: since when, which, and of how many."""

    platform: str
    since: datetime
    keys: list[str] = field(default_factory=list)
    of: int = 0


def outages(
    telling: Telling, alerts: Sequence[Alert], sources: Sequence[SourceRun]
) -> list[Outage]:
    """The networks whose collection is down, or was in the period, by the last state of each source
    and by the alerts about sources."""
    found: dict[str, Outage] = {}

    def add(platform: str, since: datetime, key: str) -> None:
        outage = found.setdefault(platform, Outage(platform, since))
        outage.since = min(outage.since, since)
        if key not in outage.keys:
            outage.keys.append(key)

    for source in sources:
        if source.state == "broken":
            add(source.platform, source.last_success_at or source.started_at, source.key)
    for alert in alerts:
        ended = alert.ended_at
        if alert.kind == "outage" and alert.status != "false_alarm":
            key = alert.subject.removeprefix("source:")
            if ended is None or ended >= telling.since:
                add(alert.platform or key.partition("/")[0], alert.started_at, key)
    for outage in found.values():
        outage.of = sum(source.platform == outage.platform for source in sources)
    return sorted(found.values(), key=lambda outage: (outage.since, outage.platform))


def of_outage(telling: Telling, outage: Outage) -> Claim:
    """Where collection is down and since when: never read as silence."""

    def say(w: Wording) -> str:
        fr = w.lang == "fr"
        began = telling.since_when(w, outage.since)
        part = ""
        if outage.of > len(outage.keys):
            part = (
                f" en partie ({w.number(len(outage.keys))} sources sur {w.number(outage.of)})"
                if fr
                else f" in part ({w.number(len(outage.keys))} of {w.number(outage.of)} sources)"
            )
        week = ""
        if telling.week and outage.since < telling.until:
            number = telling.week[1]
            rest = f"la semaine {number} est incomplète" if fr else f"week {number} is incomplete"
            week = f"{semicolon(w)}{rest}"
        name = network(outage.platform, w.lang)
        if fr:
            return (
                f"{name}{colon(w)}collecte{part} en panne depuis {began}, "
                f"ce n'est pas un silence{week}."
            )
        return f"{name}: collection{part} down since {began}, not a silence{week}."

    return telling.claim(
        "outage",
        outage.platform,
        say,
        weight=88.0,
        confidence="high",
        subject=f"source:{outage.keys[0]}",
        url="/sources",
    )


def of_questions(telling: Telling, questions: Sequence[Question]) -> Claim | None:
    """How many questions wait for a public answer, and the oldest."""
    if not questions:
        return None
    oldest = max(question.age_h for question in questions)
    n = len(questions)

    def say(w: Wording) -> str:
        hours = round(oldest)
        if w.lang == "fr":
            age = f"{w.number(hours)}{NARROW}h" if hours < 72 else f"{w.number(hours // 24)} jours"
            if n == 1:
                return f"une question à votre marque attend une réponse, depuis {age}."
            return (
                f"{counted(n, w)} questions à votre marque attendent une réponse, "
                f"la plus ancienne depuis {age}."
            )
        age = f"{w.number(hours)} h" if hours < 72 else f"{w.number(hours // 24)} days"
        if n == 1:
            return f"one question to your brand waits for an answer, for {age}."
        return f"{counted(n, w)} questions to your brand wait for an answer, the oldest for {age}."

    return telling.claim(
        "questions",
        questions[0].brand,
        say,
        weight=91.0,
        confidence="high",
        figures=(
            figure("questions.unanswered", n, n),
            figure("questions.oldest", oldest, n),
        ),
        evidence=tuple(question.post_id for question in questions),
        subject=f"brand:{questions[0].brand}",
        url="/posts?"
        + "&".join(["period=all", *(f"post={one.post_id}" for one in questions[:50])]),
    )


def quiet(telling: Telling) -> Claim:
    """Says that nothing deserves a look."""

    def say(w: Wording) -> str:
        fr = w.lang == "fr"
        if telling.week is None:
            return "rien d'inhabituel sur la période." if fr else "nothing unusual in this period."
        number = telling.week[1]
        return (
            f"rien d'inhabituel en semaine {number}."
            if fr
            else f"nothing unusual in week {number}."
        )

    return telling.claim("quiet", telling.period or "period", say, weight=70.0, confidence="high")


def sources_of(sources: Iterable[SourceRun]) -> list[SourceRun]:
    """The last state of each source, by key."""
    last: dict[str, SourceRun] = {}
    for source in sources:
        if source.key not in last or source.ended_at >= last[source.key].ended_at:
            last[source.key] = source
    return [last[key] for key in sorted(last)]
