"""What the demo says on its way: one line for each instant at which it collects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from vigie.locales import Lang
from vigie.locales.wording import Wording

STAGES: dict[str, dict[Lang, str]] = {
    "world": {
        "fr": "Un petit monde social se construit : marques, médias et habitants",
        "en": "Building a small social world of brands, media and people",
    },
    "enrich": {
        "fr": "Lecture des dernières publications : langue, tonalité, entités",
        "en": "Reading the last posts: language, sentiment, entities",
    },
    "analyse": {
        "fr": "Analyse : tendances, alertes, comparaison des marques, influenceurs",
        "en": "Analysing: trends, alerts, benchmark, influencers",
    },
}


class Telling:
    """Progress of a demo (`vigie.pipeline.Progress`) as lines in the reader's language."""

    def __init__(self, lang: Lang, zone: str, tell: Callable[[str], None]) -> None:
        self._words, self._tell = Wording(lang, zone), tell

    def __call__(self, stage: str, figures: dict[str, Any]) -> None:
        if stage in STAGES:
            self._tell(STAGES[stage][self._words.lang])
        elif stage == "instant":
            self._tell(self._instant(**figures))
        elif stage == "explorer":
            (address,) = figures.values()
            french = self._words.lang == "fr"
            self._tell(f"{'Explorateur : ' if french else 'Explorer: '}{address}")

    def _instant(
        self, number: int, of: int, at: datetime, new: int, posts: int, gone: int, down: int
    ) -> str:
        """ "3/12 · vendredi 2 oct., 0 h : 1 204 nouvelles publications (3 410 en tout)" """
        words, number_of = self._words, self._words.number
        head = f"{number}/{of} · {words.moment(at)}"
        if words.lang == "fr":
            told = [f"{number_of(new)} nouvelle{_s(new, 2)} publication{_s(new, 2)}"]
            told[0] += f" ({number_of(posts)} en tout)"
            told += [f"{number_of(gone)} supprimée{_s(gone, 2)}"] if gone else []
            told += [f"{number_of(down)} source{_s(down, 2)} en panne"] if down else []
            return f"{head} : {', '.join(told)}"
        told = [f"{number_of(new)} new post{_s(new)} ({number_of(posts)} in all)"]
        told += [f"{number_of(gone)} deleted"] if gone else []
        told += [f"{number_of(down)} source{_s(down)} down"] if down else []
        return f"{head}: {', '.join(told)}"


def _s(n: int, many: int = 0) -> str:
    """The plural's letter: from two on in French; of all but one in English."""
    return "s" if (n >= many if many else n != 1) else ""
