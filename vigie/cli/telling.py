"""What a run did, in the words of its reader: counts, stages and states of sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from vigie.cli.words import Lang, clean, tell

if TYPE_CHECKING:
    from vigie.records import Run, SourceRun

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
    "rebuild": ("réponses remises en base", "answers stored again"),
    "remap": ("réponses réinterprétées", "answers mapped again"),
    "taken": ("reçu :", "taken:"),
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

    def told(stage: str, figures: dict[str, Any]) -> None:
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
        tell(f"{word(stage, lang)} {counts}".rstrip(), figures=figures)

    return told


def standing_line(standing: Mapping[str, Any], lang: Lang) -> str:
    """How far a piece of work is."""
    done, total = (grouped(standing[name], lang) for name in ("done", "total"))
    of = "sur" if lang == "fr" else "of"
    return f"{word(standing['what'], lang)}{colon(lang)} {done} {of} {total}"


def count_lines(counts: dict[str, int], lang: Lang) -> list[str]:
    return [
        f"{word(key, lang)}{colon(lang)} {grouped(number, lang)}"
        for key, number in sorted(counts.items())
    ]


def grouped(number: float, lang: Lang) -> str:
    """70 608 in French, 70,608 in English."""
    return f"{number:,}".replace(",", "\u202f") if lang == "fr" else f"{number:,}"


def colon(lang: Lang) -> str:
    return "\u00a0:" if lang == "fr" else ":"


def run_lines(done: Run, lang: Lang) -> list[str]:
    """A run for a person: counts, seconds, and every source that gave less than it should."""
    states = Counter(source.state for source in done.sources)
    lines = count_lines(done.counts, lang)
    lines += [
        f"{word(stage, lang)}{colon(lang)} {seconds:.1f} s"
        for stage, seconds in done.seconds.items()
    ]
    if states:
        told = (f"{number} {word(state, lang)}" for state, number in sorted(states.items()))
        lines.append(f"sources{colon(lang)} {', '.join(told)}")
    lines += [source_line(source, lang) for source in done.sources if source.state in TROUBLED]
    return lines + [f"  {clean(error)}" for error in done.errors]


def source_line(source: SourceRun, lang: Lang) -> str:
    resume = f" → {source.resume_at:%Y-%m-%d %H:%M} UTC" if source.resume_at else ""
    return f"  {source.key}: {word(source.state, lang)} ({source.reason or '–'}{resume})"
