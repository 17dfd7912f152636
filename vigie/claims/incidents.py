"""What burns, what is silent, what is not collected and who waits for an answer, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vigie.claims import Claim, Confidence, Kind
from vigie.claims.telling import NO_BREAK, Telling, colon, counted, quoted, semicolon
from vigie.claims.words import network, on
from vigie.insights.questions import Question
from vigie.locales.wording import NARROW, Wording
from vigie.metrics import Figure, figure
from vigie.records import OPERATIONAL, Alert, SourceRun

_KINDS: dict[str, Kind] = {"crisis": "crisis", "platform_dip": "dip"}
_WEIGHTS = {"crisis": 92.0, "dip": 40.0, "alert": 60.0}
EVIDENCE = 5
CALMED = timedelta(days=5)  # after its peak, a crisis that has not ended is told as receding
LEADS = 0.5  # of a network's sources: from here on its outage is told first


def of_alert(telling: Telling, alert: Alert) -> Claim | None:
    """A crisis, spike, drop, silence or dip that touches the period; none for what a person called
    a false alarm."""
    if alert.kind in OPERATIONAL or alert.status == "false_alarm":
        return None
    ended = alert.ended_at or telling.now
    if alert.started_at >= telling.until or ended < telling.since:
        return None
    over = ended < telling.now or telling.now - (alert.peaked_at or ended) >= CALMED
    kind = _KINDS.get(alert.kind, "alert")
    confidence: Confidence = (
        "high" if alert.sigmas >= 6 else "medium" if alert.sigmas >= 4 else "low"
    )
    return telling.claim(
        kind,
        alert.id,
        lambda w: _SENTENCES.get(alert.kind, _volume)(telling, alert, over, w),
        weight=_WEIGHTS[kind]
        + alert.severity / 2
        + (6.0 if alert.subject.startswith("brand:") else 0.0)
        - (20.0 if over and kind == "alert" else 0.0),
        confidence=confidence,
        figures=alert_figures(alert),
        evidence=tuple(dict.fromkeys([*filter(None, [alert.first_post]), *alert.post_ids]))[
            :EVIDENCE
        ],
        subject=alert.subject,
        url=f"/alerts/{alert.id}",
    )


def alert_figures(alert: Alert) -> tuple[Figure, ...]:
    """Observed and expected volume of an alert, and its share of negative posts, with the usual
    one as what was before."""
    n = len(alert.post_ids)
    told = [
        figure("alert.observed", alert.observed, n),
        figure("alert.expected", alert.expected, n),
    ]
    if alert.negative_share is not None:
        usual = alert.negative_baseline
        told.append(
            figure(
                "alert.negative",
                alert.negative_share * 100,
                n,
                before=None if usual is None else figure("alert.negative", usual * 100, n),
            )
        )
    return tuple(told)


def _on(alert: Alert, w: Wording) -> str:
    if alert.platform is None:
        return ""
    return f" {on(alert.platform, w.lang)}"


def _crisis(telling: Telling, alert: Alert, over: bool, w: Wording) -> str:
    name = telling.name(alert.subject)
    negative = _negative(alert, w)
    if over:
        ends = f"{name} sort de crise" if w.lang == "fr" else f"{name} is coming out of its crisis"
        return f"{ends} ({negative})." if negative else f"{ends}."
    began = telling.since_when(w, alert.started_at)
    told = f", {negative}" if negative else ""
    if w.lang == "fr":
        return (
            f"{name} est en crise depuis {began}{colon(w)}au plus fort {_volumes(alert, w)}{told}."
        )
    return f"{name} has been in crisis since {began}: {_volumes(alert, w)} at the peak{told}."


def _negative(alert: Alert, w: Wording) -> str:
    """62 % de négatif, d’ordinaire 17 %"""
    if alert.negative_share is None:
        return ""
    fr = w.lang == "fr"
    share = f"{w.percent(alert.negative_share)} {'de négatif' if fr else 'negative'}"
    if alert.negative_baseline is None:
        return share
    return f"{share}, {'d’ordinaire' if fr else 'usually'} {w.percent(alert.negative_baseline)}"


def _dip(telling: Telling, alert: Alert, over: bool, w: Wording) -> str:
    change = w.change(alert.observed, alert.expected)
    day = w.day(alert.started_at)
    if w.lang == "fr":
        return (
            f"toutes les marques reculent{_on(alert, w)} ({change}, {day}){colon(w)}"
            "c’est le creux du réseau, pas le vôtre."
        )
    return f"all brands fall{_on(alert, w)} ({change}, {day}): the platform's dip, not yours."


def _silence(telling: Telling, alert: Alert, over: bool, w: Wording) -> str:
    name, began = telling.name(alert.subject), telling.since_when(w, alert.started_at)
    if w.lang == "fr":
        return (
            f"aucune mention de {name}{_on(alert, w)} depuis {began}{semicolon(w)}"
            "la collecte fonctionne, l’absence est réelle."
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
        return f"{seen} mentions en un jour (d’ordinaire {usual})"
    return f"{seen} mentions in a day (usually {usual})"


_SENTENCES = {"crisis": _crisis, "platform_dip": _dip, "silence": _silence}


@dataclass
class Outage:
    """Sources of one network that did not answer: since and until when, which, and of how many."""

    platform: str
    since: datetime
    until: datetime | None  # None: still down
    keys: list[str]
    of: int

    @property
    def whole(self) -> bool:
        """Whether nothing of the network is known to have been collected."""
        return self.platform in self.keys or len(self.keys) >= self.of


def outages(
    telling: Telling, alerts: Sequence[Alert], sources: Sequence[SourceRun]
) -> list[Outage]:
    """The networks whose collection is down, or was in the period: by the alerts about sources,
    else by the last state of each source."""
    spans: list[tuple[str, datetime, datetime | None, str]] = []
    for alert in alerts:
        if alert.kind == "outage" and alert.status != "false_alarm":
            key = alert.subject.removeprefix("source:")
            platform = alert.platform or key.partition("/")[0]
            spans.append((platform, alert.started_at, alert.ended_at, key))
    told = {platform for platform, *_ in spans}
    for source in sources:
        if source.state == "broken" and source.platform not in told:
            since = source.last_success_at or source.started_at
            spans.append((source.platform, since, None, source.key))
    found: dict[str, list[tuple[datetime, datetime | None, str]]] = {}
    for platform, since, until, key in spans:
        if since < telling.until and (until is None or until >= telling.since):
            found.setdefault(platform, []).append((since, until, key))
    down = []
    for platform, held in found.items():
        ends = [until for _, until, _ in held if until is not None]
        down.append(
            Outage(
                platform,
                since=min(since for since, _, _ in held),
                until=max(ends) if len(ends) == len(held) else None,
                keys=list(dict.fromkeys(key for *_, key in held)),
                of=sum(source.platform == platform for source in sources),
            )
        )
    return sorted(down, key=lambda outage: (outage.since, outage.platform))


def of_outage(telling: Telling, outage: Outage) -> Claim:
    """Where collection is or was down: never read as silence."""

    def say(w: Wording) -> str:
        fr = w.lang == "fr"
        began = telling.since_when(w, outage.since)
        part = ""
        if not outage.whole:
            down, of = w.number(len(outage.keys)), w.number(outage.of)
            part = (
                f" en partie ({down} sources sur {of})"
                if fr
                else f" in part ({down} of {of} sources)"
            )
        when = f"en panne depuis {began}" if fr else f"down since {began}"
        if outage.until is not None:
            end = telling.since_when(w, outage.until)
            when = f"en panne de {began} à {end}" if fr else f"down from {began} to {end}"
        week = ""
        if telling.week:
            number = telling.week[1]
            rest = f"la semaine {number} est incomplète" if fr else f"week {number} is incomplete"
            week = f"{semicolon(w)}{rest}"
        name = network(outage.platform, w.lang)
        if fr:
            return f"{name}{colon(w)}collecte{part} {when}, ce n’est pas un silence{week}."
        return f"{name}: collection{part} {when}, not a silence{week}."

    leads = outage.whole or len(outage.keys) >= LEADS * outage.of
    return telling.claim(
        "outage",
        outage.platform,
        say,
        weight=88.0 if leads else 25.0,
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
        age = f"{w.number(hours)}{NO_BREAK}h" if hours < 72 else f"{w.number(hours // 24)} days"
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
            return "rien d’inhabituel sur la période." if fr else "nothing unusual in this period."
        number = telling.week[1]
        return (
            f"rien d’inhabituel en semaine {number}."
            if fr
            else f"nothing unusual in week {number}."
        )

    return telling.claim("quiet", telling.period or "period", say, weight=70.0, confidence="high")


def unanalysed(telling: Telling) -> Claim:
    """Says that trends and alerts of the period are not known."""

    def say(w: Wording) -> str:
        fr = w.lang == "fr"
        if telling.week is None:
            period = "cette période" if fr else "this period"
        else:
            period = f"la semaine {telling.week[1]}" if fr else f"week {telling.week[1]}"
        if fr:
            return f"aucune analyse ne couvre {period}{colon(w)}tendances et alertes inconnues."
        return f"no analysis covers {period}: its trends and alerts are unknown."

    return telling.claim(
        "unanalysed", telling.period or "period", say, weight=70.0, confidence="high"
    )


def sources_of(sources: Iterable[SourceRun]) -> list[SourceRun]:
    """The last state of each source, by key."""
    last: dict[str, SourceRun] = {}
    for source in sources:
        if source.key not in last or source.ended_at >= last[source.key].ended_at:
            last[source.key] = source
    return [last[key] for key in sorted(last)]
