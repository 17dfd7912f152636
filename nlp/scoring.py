"""Scores of labels and of entities against a person's, in percent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def labels(pairs: Iterable[tuple[str, str]]) -> dict[str, float]:
    """Accuracy, macro-F1 and macro recall of (gold, said) pairs; classes are those of the gold."""
    gold: Counter[str] = Counter()
    said: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for true, found in pairs:
        gold[true] += 1
        said[found] += 1
        right[true] += true == found
    return {
        "n": gold.total(),
        "accuracy": _percent(right.total(), gold.total()),
        "macro_f1": round(
            sum(_percent(2 * right[k], gold[k] + said[k]) for k in gold) / max(len(gold), 1), 1
        ),
        "macro_recall": round(
            sum(_percent(right[k], gold[k]) for k in gold) / max(len(gold), 1), 1
        ),
    }


def labels_by_language(rows: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    """Scores of (language, gold, said) over all rows and per language, and the mean macro-F1 of
    languages (UMSAB's figure)."""
    by_language: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for language, true, found in rows:
        by_language[language].append((true, found))
    languages = {language: labels(pairs) for language, pairs in sorted(by_language.items())}
    return {
        "all": labels(pair for pairs in by_language.values() for pair in pairs),
        "languages": languages,
        "mean_of_languages": round(
            sum(one["macro_f1"] for one in languages.values()) / max(len(languages), 1), 1
        ),
    }


def spans(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """(first, last + 1, type) of a BIO list; an I- without its B- opens an entity."""
    found: set[tuple[int, int, str]] = set()
    first, kind = -1, ""
    for i, tag in enumerate([*tags, "O"]):
        if first >= 0 and tag != f"I-{kind}":
            found.add((first, i, kind))
            first = -1
        if tag != "O" and first < 0:
            first, kind = i, tag[2:]
    return found


def entities(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of whole entities (same span, same type) of (gold, said) BIO lists,
    over all types and per type of the gold."""
    count: dict[str, Counter[str]] = defaultdict(Counter)
    for gold, said in pairs:
        true, found = spans(gold), spans(said)
        for name, some in (("gold", true), ("said", found), ("right", true & found)):
            for _, _, kind in some:
                count[kind][name] += 1
                count["all"][name] += 1
    return {
        kind: {
            "n": one["gold"],
            "precision": _percent(one["right"], one["said"]),
            "recall": _percent(one["right"], one["gold"]),
            "f1": _percent(2 * one["right"], one["gold"] + one["said"]),
        }
        for kind, one in sorted(count.items())
    }
