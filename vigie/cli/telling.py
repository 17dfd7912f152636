"""What a run did, in the words of its reader: counts, stages and states of sources."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vigie.cli.words import Lang, clean, said, tell
from vigie.faults import advice, told
from vigie.spending import bucket_title

if TYPE_CHECKING:
    from vigie.locales.wording import Wording
    from vigie.records import Run, SourceRun
    from vigie.spending import Spending

SHOWN = 3  # sources of one trouble that are named
TROUBLED = ("broken", "rate_limited", "skipped")
# Key of a count, a stage or a state: French, English.
WORDS = {
    "alerts": ("alertes", "alerts"),
    "answers": ("réponses", "answers"),
    "benchmarks": ("comparaisons de marques", "brand comparisons"),
    "influencers": ("profils d'influence", "influencer candidates"),
    "new_account": ("nouveaux comptes", "new accounts"),
    "new_metric_sample": ("relevés de chiffres", "counts noted"),
    "new_post": ("nouvelles publications", "new posts"),
    "new_tombstone": ("suppressions relevées", "deletions noted"),
    "posts": ("publications", "posts"),
    "quarantined": ("réponses en quarantaine", "answers in quarantine"),
    "read": ("publications lues", "posts read"),
    "refused": ("lignes refusées", "rows refused"),
    "rows": ("lignes du fichier", "rows in the file"),
    "trends": ("tendances", "trends"),
    "collect": ("collecte", "collection"),
    "enrich": ("lecture", "reading"),
    "analyse": ("analyse", "analysis"),
    "import": ("import", "import"),
    "index": ("publications réindexées", "posts indexed again"),
    "rebuild": ("réponses remises en base", "answers stored again"),
    "remap": ("réponses réinterprétées", "answers mapped again"),
    "taken": ("reçu :", "taken:"),
    "gone_posts": ("publications effacées selon les conditions", "posts deleted as terms ask"),
    "gone_accounts": ("comptes effacés selon les conditions", "accounts deleted as terms ask"),
    "gone_samples": ("relevés effacés selon les conditions", "counts deleted as terms ask"),
    "gone_segments": (
        "fichiers bruts effacés selon les conditions",
        "raw segments deleted as terms ask",
    ),
    "gone_quarantined": (
        "quarantaine effacée selon les conditions",
        "quarantine deleted as terms ask",
    ),
    "waiting": ("publications à relire plus tard", "posts to read again later"),
    "calls": ("appels", "calls"),
    "units": ("unités", "units"),
    "money": ("USD", "USD"),
    "ok": ("lues", "ok"),
    "empty": ("sans publication", "without posts"),
    "broken": ("en panne", "broken"),
    "rate_limited": ("limitées par le réseau", "rate-limited"),
    "skipped": ("laissées de côté", "skipped"),
}


def word(key: str, lang: Lang) -> str:
    """The word for a key; the key itself where there is none."""
    return WORDS.get(key, (key, key))[lang == "en"]


def progress(lang: Lang) -> Callable[[str, dict[str, Any]], None]:
    """Tells stages and their figures on standard error."""

    def tell_of(stage: str, figures: dict[str, Any]) -> None:
        if "of" in figures:
            tell(
                standing_line(
                    {"what": stage, "done": figures["posts"], "total": figures["of"]}, lang
                )
            )
            return
        counts = ", ".join(
            f"{grouped(number, lang)} {word(name, lang)}"
            for name, number in figures.items()
            if number
        )
        if counts or not figures:  # of an answer in which nothing is new there is nothing to tell
            tell(f"{word(stage, lang)} {counts}".rstrip(), figures=figures)

    return tell_of


def standing_line(standing: Mapping[str, Any], lang: Lang) -> str:
    """How far a piece of work is."""
    done, total = (grouped(standing[name], lang) for name in ("done", "total"))
    of = "sur" if lang == "fr" else "of"
    return f"{word(standing['what'], lang)}{colon(lang)} {done} {of} {total}"


def spending_lines(spent: Iterable[Spending], w: Wording) -> list[str]:
    """The budgets for a person: first those of which something is spent that has a limit or costs;
    then mere calls, which need no watching, in one line."""
    used = [one for one in spent if any(one.spent.values())]
    free = [one for one in used if not (one.most or one.spent["units"] or one.spent["money"])]
    lines = [spending_line(one, w) for one in used if one not in free]
    if free:
        calls = ", ".join(
            f"{bucket_title(one.bucket, w.lang)} {w.number(one.spent['calls'])}" for one in free
        )
        told = said(w.lang, "appels d’aujourd’hui, sans plafond", "calls of today, without a limit")
        lines.append(f"{told}{colon(w.lang)} {calls}")
    return lines


def spending_line(one: Spending, w: Wording) -> str:
    """A budget for a person: what is spent of how much, and when more is free."""
    of = said(w.lang, "sur", "of")
    told = []
    for kind, digits in (("calls", 0), ("units", 0), ("money", 2)):
        spent, most = one.spent[kind], one.most.get(kind)
        if most is None and not spent:
            continue
        amount = w.number(spent, digits)
        if most is not None:
            amount = f"{amount} {of} {w.number(most, digits)}"
        told.append(f"{amount} {word(kind, w.lang)}")
    span = said(w.lang, "aujourd’hui", "today")
    if one.month:
        span = said(w.lang, "ce mois-ci", "this month")
    elif one.days > 1:
        span = said(w.lang, f"sur {one.days} jours", f"in {one.days} days")
    free = ""
    if one.free_at:
        since = said(w.lang, "de nouveau libre", "free again")
        free = f" → {since} {w.moment(one.free_at)}"
    budget = said(w.lang, "budget", "budget")
    return (
        f"{budget} {bucket_title(one.bucket, w.lang)}{colon(w.lang)} {', '.join(told)} {span}{free}"
    )


def count_lines(counts: dict[str, int], lang: Lang) -> list[str]:
    return [
        f"{word(key, lang)}{colon(lang)} {grouped(number, lang)}"
        for key, number in sorted(counts.items())
        if number or not key.startswith("gone_")  # mostly nothing: terms ask for little at a time
    ]


def grouped(number: float, lang: Lang) -> str:
    """70 608 and 3,5 in French, 70,608 and 3.5 in English."""
    text = f"{number:,}"
    return text.replace(",", "\u202f").replace(".", ",") if lang == "fr" else text


def colon(lang: Lang) -> str:
    return "\u00a0:" if lang == "fr" else ":"


def run_lines(done: Run, lang: Lang) -> list[str]:
    """A run for a person: counts, seconds, and every source that gave less than it should."""
    states = Counter(source.state for source in done.sources)
    lines = count_lines(done.counts, lang)
    lines += [
        f"{word(stage, lang)}{colon(lang)} {grouped(round(seconds, 1), lang)} s"
        for stage, seconds in done.seconds.items()
    ]
    if states:
        counted = (f"{number} {word(state, lang)}" for state, number in sorted(states.items()))
        lines.append(f"sources{colon(lang)} {', '.join(counted)}")
    lines += trouble_lines([one for one in done.sources if one.state in TROUBLED], lang)
    errors = map(_of_import, done.errors) if (done.kind, lang) == ("import", "fr") else done.errors
    return lines + [f"  {clean(error)}" for error in errors]


def _of_import(error: str) -> str:
    """An error of an import's report in French: "file: what → do", "file: row 2: …; row 5: …"."""
    from vigie.locales.errors import worded

    file, colon, rest = error.partition(": ")
    what, arrow, do = rest.partition(" → ")
    if arrow:
        told = f"{worded(what, 'fr')} → {worded(do, 'fr')}"
    else:
        rows = re.split(r"; (?=row \d+: )", rest)
        told = "\u00a0; ".join(worded(row, "fr") for row in rows)
    return f"{file}\u00a0: {told}" if colon else worded(error, "fr")


def trouble_lines(sources: Iterable[SourceRun], lang: Lang) -> Iterator[str]:
    """Sources that gave less than they should, why, and what to do: those of one platform that
    have the same trouble stand in one line."""
    alike: dict[tuple[object, ...], list[SourceRun]] = {}
    for source in sources:
        trouble = (source.platform, source.state, source.reason, source.resume_at)
        alike.setdefault(trouble, []).append(source)
    return (source_line(group, lang) for group in alike.values())


def source_line(alike: Sequence[SourceRun], lang: Lang) -> str:
    """Sources of one platform with the same trouble, why, and what to do."""
    source, number = alike[0], len(alike)
    resume = f" → {source.resume_at:%Y-%m-%d %H:%M} UTC" if source.resume_at else ""
    reason = clean(told(source.reason, lang)) or "–"
    key = source.key if number == 1 else source.platform  # what `vigie run --only` takes
    named = clean(key)
    if number > 1:
        own = f"{source.platform}/"
        keys = [one.key.removeprefix(own) for one in alike[: SHOWN if number > SHOWN + 1 else None]]
        more = said(lang, f" et {number - SHOWN} autres", f" and {number - SHOWN} more")
        named += clean(f" ({', '.join(keys)}{more if len(keys) < number else ''})")
    do = clean(advice(source.reason, source.platform, key, lang))
    line = f"  {named}{colon(lang)} {word(source.state, lang)} ({reason}{resume})"
    return f"{line} → {do}" if do and not resume else line
