"""A briefing as one HTML file (no script, fit for print) or as Markdown, in French or English: the
same figures, in each reader's habit."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vigie.addresses import web
from vigie.briefing.model import Advice, Briefing, Competitor, Evidence, KeyFigure, Rising
from vigie.claims import words
from vigie.claims.telling import colon, points, quoted, semicolon
from vigie.locales import Lang
from vigie.locales.wording import NARROW, Wording
from vigie.metrics import DEFINITIONS, Figure
from vigie.policies import POLICIES, left_out

VERBS = {
    "publish": ("Publier", "Publish"),
    "answer": ("Répondre", "Answer"),
    "test": ("Tester", "Test"),
    "postpone": ("Reporter", "Postpone"),
    "follow": ("Suivre", "Follow"),
    "set_aside": ("Écarter", "Set aside"),
}
COLUMNS = (
    "posts.owned",
    "eng.at_age",
    "er_follower_post",
    "followers",
    "growth.net",
    "sov.mentions",
)
# Instead of engagement at equal age, where no brand has it: what is known of it, best first.
INSTEAD = (("eng.public",), ("eng.applause", "eng.amplification", "eng.conversation"))
_SPARK_W, _SPARK_H = 90, 18
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render_html(briefing: Briefing, lang: Lang) -> str:
    """One self-contained file: no script, no address loaded, readable on paper."""
    return _render("briefing.html", briefing, lang)


def render_markdown(briefing: Briefing, lang: Lang) -> str:
    """The same as Markdown; what strangers wrote is escaped."""
    text = _render("briefing.md", briefing, lang)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("vigie.briefing"),
        autoescape=lambda name: name != "briefing.md",  # there, `md` escapes what strangers wrote
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["md"] = escape_markdown
    environment.filters["web"] = web
    return environment


def _render(template: str, briefing: Briefing, lang: Lang) -> str:
    w = Wording(lang, briefing.timezone)
    used = {figure.definition for figure in _figures(briefing)}
    chosen = columns(briefing)
    used |= set(chosen)
    return (
        _environment()
        .get_template(template)
        .render(
            b=briefing,
            lang=lang,
            w=w,
            t=lambda fr, en: fr if lang == "fr" else en,
            colon=colon(w),
            semicolon=semicolon(w),
            title=lambda figure: DEFINITIONS[figure.definition].title[lang],
            words=words,
            word=lambda pairs, code: words.word(pairs, code, lang),
            network=lambda platform: words.network(platform, lang),
            quoted=lambda text: quoted(text, w),
            shown=lambda figure: shown(figure, w),
            change=lambda figure: change(figure, w),
            growth=lambda trend: growth(trend, w),
            against_mean=lambda key: against_mean(key, w),
            spark=spark,
            interactions=lambda n: (
                w.plural("%(n)s interaction", "%(n)s interactions", n) % {"n": w.number(n)}
            ),
            advised=lambda advice: advised(advice, briefing, w),
            columns=[DEFINITIONS[id] for id in chosen],
            cell=lambda competitor, id: cell(competitor, id, w),
            definitions=[DEFINITIONS[id] for id in DEFINITIONS if id in used],
            evidence=_evidence(briefing),
            withheld=_withheld(briefing, lang),
        )
    )


def columns(briefing: Briefing) -> list[str]:
    """The benchmark's columns that any brand has a value for."""
    known = {
        id
        for one in briefing.competitors
        for id, figure in one.figures.items()
        if figure.value is not None
    }
    wanted = list(COLUMNS)
    if "eng.at_age" not in known:
        others = next((ids for ids in INSTEAD if known & set(ids)), ())
        place = wanted.index("eng.at_age")
        wanted[place : place + 1] = others
    return [id for id in wanted if id in known]


def shown(figure: Figure, w: Wording) -> str:
    """A value in its unit, with its range where it is soft; unknown is a dash."""
    if figure.value is None:
        return "—"
    text = _value(figure.value, figure.definition, w)
    if figure.low is not None and figure.high is not None:
        low = _value(figure.low, figure.definition, w)
        high = _value(figure.high, figure.definition, w)
        text += f" (de {low} à {high})" if w.lang == "fr" else f" ({low} to {high})"
    return text


def _value(value: float, definition: str, w: Wording) -> str:
    unit = DEFINITIONS[definition].unit
    if unit == "percent":
        whole = abs(value) >= 10 or definition.startswith("sov")
        return w.percent(value / 100, 0 if whole else 1 if abs(value) >= 1 else 2)
    if unit == "points":
        return w.number(0) if round(value) == 0 else w.signed(value)
    if unit == "ratio":
        return w.factor(value)
    if unit in ("hours", "days"):
        mark = {"hours": ("h", "h"), "days": ("j", "d")}[unit][0 if w.lang == "fr" else 1]
        return f"{w.number(value, 0 if value >= 10 else 1)}{NARROW}{mark}"
    return w.number(value, 0 if value >= 100 or float(value).is_integer() else 1)


def change(figure: Figure, w: Wording) -> str:
    """The change against the week before; "=" in words while the intervals overlap."""
    before = figure.before.value if figure.before else None
    if figure.value is None or before is None:
        return ""
    if figure.value == before:
        return "="
    if figure.little_known or (figure.before and figure.before.little_known):
        return "non comparable" if w.lang == "fr" else "not comparable"
    if not figure.moved:
        return "pas d’évolution nette" if w.lang == "fr" else "no clear change"
    if DEFINITIONS[figure.definition].unit in ("percent", "points"):
        return points(figure.value - before, w)
    return w.change(figure.value, before)


def growth(trend: Rising, w: Wording) -> str:
    """× 3,0 (de × 2,4 à × 3,8); what was not there the week before has no factor."""
    fr = w.lang == "fr"
    if trend.growth is None:
        return "rien la semaine d’avant" if fr else "nothing the week before"
    text = w.factor(trend.growth)
    if trend.growth_interval is None:
        return text
    low, high = w.factor(trend.growth_interval.low), w.factor(trend.growth_interval.high)
    return f"{text} ({f'de {low} à {high}' if fr else f'{low} to {high}'})"


def against_mean(key: KeyFigure, w: Wording) -> str:
    """The change against the mean of the four weeks before."""
    if key.mean4 is None or key.figure.value is None or key.figure.little_known:
        return ""
    if key.figure.low is not None and key.figure.note != "range":
        return ""
    if DEFINITIONS[key.figure.definition].unit in ("percent", "points"):
        return points(key.figure.value - key.mean4, w)
    return w.change(key.figure.value, key.mean4)


def cell(competitor: Competitor, id: str, w: Wording) -> str:
    figure = competitor.figures.get(id)
    if figure is None or figure.value is None:
        return "—"
    text = _value(figure.value, id, w)
    moved = change(figure, w) if figure.moved or figure.change == 0 else ""
    return f"{text} ({moved})" if moved else text


def advised(advice: Advice, briefing: Briefing, w: Wording) -> dict[str, Any]:
    """A recommendation in words: verb, where and when, what triggered it, example post."""
    fr = w.lang == "fr"
    claim = next(claim for claim in briefing.claims if claim.id == advice.claim)
    details = []
    if advice.format:
        details.append(words.word(words.FORMATS, advice.format, w.lang))
    if advice.platform:
        details.append(words.network(advice.platform, w.lang))
    if advice.weekday is not None and advice.hour is not None:
        day = w.locale.days["format"]["wide"][advice.weekday]
        details.append(f"{day} {advice.hour}\u00a0h" if fr else f"{day} {advice.hour}:00")
    return {
        "verb": VERBS[advice.verb][0 if fr else 1],
        "details": ", ".join(details),
        "trigger": claim.sentence(w.lang),
        "example": briefing.evidence.get(advice.example or ""),
    }


def spark(values: tuple[float | None, ...]) -> Markup:
    """Nine weeks as a line; unknown weeks are gaps."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min(known), max(known)
    step = _SPARK_W / (len(values) - 1)
    height = (high - low) or 1.0
    paths, open_ = [], False
    for place, value in enumerate(values):
        if value is None:
            open_ = False
            continue
        y = _SPARK_H - 2 - (value - low) / height * (_SPARK_H - 4)
        paths.append(f"{'L' if open_ else 'M'}{place * step:.1f} {y:.1f}")
        open_ = True
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true">'
        '<path d="{}"/></svg>'
    ).format(_SPARK_W, _SPARK_H, _SPARK_W, _SPARK_H, " ".join(paths))


def escape_markdown(text: str) -> str:
    """Words of strangers in which no sign is markup, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


def _figures(briefing: Briefing) -> list[Figure]:
    told = [figure for claim in briefing.claims for figure in claim.figures]
    return told + [key.figure for keys in briefing.key_figures.values() for key in keys]


def _withheld(briefing: Briefing, lang: Lang) -> list[str]:
    """Whose words are not told, and why."""
    silent = {one.platform for one in briefing.evidence.values() if not one.excerpt}
    return [
        left_out(name, "text", lang)
        for name in sorted(silent)
        if name in POLICIES and not POLICIES[name].text
    ]


def _evidence(briefing: Briefing) -> list[tuple[str, Evidence]]:
    """Claims and the posts behind them, in the claims' order."""
    return [
        (claim.id, briefing.evidence[id])
        for claim in briefing.claims
        for id in claim.evidence
        if id in briefing.evidence
    ]
