"""What the readers reach on the development sets of the shared folder, figure by figure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from nlp import scoring
from nlp.entities import OF_SOURCE, EntityModels
from nlp.language import LanguageReader
from nlp.reposts import EDITS
from nlp.sentiment import LABELS, SentimentReader
from nlp.stories import Stories, fingerprint
from nlp.training.labelled import read

UMSAB = "data/nlp/sentiment_umsab/dev.jsonl.gz"
SEMEVAL = "data/nlp/sentiment_semeval_en/dev.jsonl.gz"
BTC = "data/nlp/ner_btc_en/dev.jsonl.gz"
WNUT17 = "data/nlp/ner_wnut17_en/dev.jsonl.gz"
STREAM = "data/trends/crisis_stream.jsonl.gz"
SIX = ("de", "en", "es", "fr", "it", "pt")
Figures = dict[str, float]


def language(shared: Path) -> Figures:
    """Accuracy among the languages of UMSAB but Hindi, on whole texts and on their first four
    words."""
    rows = [row for row in read(shared / UMSAB) if row["lang"] != "hi"]
    reader = LanguageReader(sorted({row["lang"] for row in rows}))
    texts = [row["text"] for row in rows]
    first = [" ".join(text.split()[:4]) for text in texts]

    def share(some: list[str]) -> float:
        pairs = zip(reader.read(some), rows, strict=True)
        right: int = sum(found == row["lang"] for (found, _), row in pairs)
        return round(right / len(rows), 4)

    return {"accuracy": share(texts), "accuracy_four_words": share(first)}


def sentiment(shared: Path) -> Figures:
    """Macro-F1 in six languages and in French, and SemEval's macro recall, in percent."""
    reader = SentimentReader()

    def said(path: str) -> list[tuple[str, str, str]]:
        rows = read(shared / path)
        chances = reader.chances([row["text"] for row in rows], balanced=True)
        return [
            (row["lang"], row["label"], LABELS[i])
            for row, i in zip(rows, chances.argmax(axis=1), strict=True)
        ]

    umsab = scoring.labels_by_language(row for row in said(UMSAB) if row[0] in SIX)
    semeval = scoring.labels_by_language(said(SEMEVAL))
    return {
        "umsab_mean_macro_f1": umsab["mean_of_languages"],
        "umsab_fr_macro_f1": umsab["languages"]["fr"]["macro_f1"],
        "semeval_macro_recall": semeval["all"]["macro_recall"],
    }


def entities(shared: Path) -> Figures:
    """F1 of whole entities on BTC (three types) and WNUT17 (five), in percent."""
    models = EntityModels()

    def f1(path: str) -> float:
        rows = read(shared / path)
        said = models.tags([row["tokens"] for row in rows], "en")
        gold: list[list[str]] = [[_mapped(tag) for tag in row["tags"]] for row in rows]
        scores = scoring.entities(zip(gold, said, strict=True))
        return scores["all"]["f1"]

    return {"btc_f1": f1(BTC), "wnut17_f1": f1(WNUT17)}


def _mapped(tag: str) -> str:
    return tag if tag == "O" else tag[:2] + OF_SOURCE[tag[2:]]


def stories(shared: Path) -> Figures:
    """On 5,000 posts with distinct fingerprints, each reposted once within 60 hours with one edit
    of `nlp.reposts.EDITS`: the share of reposts that are found, of posts that are folded into a
    story of another, and of short ones (at most six words) that are."""
    draw = Random(3)
    distinct = {
        tuple(sorted(fingerprint(row["text"])[0])) or row["id"]: row
        for row in read(shared / STREAM)
    }
    rows = draw.sample(list(distinct.values()), 5_000)
    ids = [row["id"] for row in rows]
    times = [datetime.fromisoformat(row["created_at"]) for row in rows]
    names = list(EDITS)
    copies = [EDITS[draw.choice(names)](row["text"], draw) for row in rows]
    later = [time + timedelta(hours=draw.uniform(0.1, 60)) for time in times]
    known = Stories()
    first = known.assign(ids, [row["text"] for row in rows], times)
    second = known.assign([f"copy of {id}" for id in ids], copies, later)
    folded = [story != id for id, story in zip(ids, first, strict=True)]
    wrong = [
        story not in (original, f"copy of {id}")
        for id, original, story in zip(ids, first, second, strict=True)
    ]
    short = [n for n, row in enumerate(rows) if len(row["text"].split()) <= 6]
    return {
        "recall": round(sum(a == b for a, b in zip(first, second, strict=True)) / len(ids), 4),
        "false": round((sum(folded) + sum(wrong)) / (2 * len(ids)), 4),
        "false_short": round(sum(folded[n] for n in short) / len(short), 4),
    }


MEASURES: dict[str, tuple[Callable[[Path], Figures], tuple[str, ...]]] = {
    "language": (language, (UMSAB,)),
    "sentiment": (sentiment, (UMSAB, SEMEVAL)),
    "entities": (entities, (BTC, WNUT17)),
    "stories": (stories, (STREAM,)),
}
