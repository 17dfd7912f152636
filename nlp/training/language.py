"""Trains the language reader: `python -m nlp.training.language SHARED/data/nlp`.

Character n-grams of UMSAB's train texts (Hindi is romanised there and left out). Each text also
comes as four pieces of one to four words, beside draws from spaCy's stop words: four words alone
are then read right in 97 of 100 cases, not in 92.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import numpy as np

from nlp import weights
from nlp.ngrams import NGrams
from nlp.text import clean
from nlp.training.labelled import read, without

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "pt")
NGRAMS = NGrams(bits=15, low=1, high=4, pairs=False)
_PIECES = 4
_LONGEST_PIECE = 4
_STOP_WORD_TEXTS = 400


def train(data: Path) -> str:
    """Writes `models/language.npz` and gives its version."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    held_out = read(data / "sentiment_umsab/dev.jsonl.gz")
    rows = [
        row
        for row in without(read(data / "sentiment_umsab/train.jsonl.gz"), held_out)
        if row["lang"] in LANGUAGES
    ]
    texts = [clean(row["text"]) for row in rows]
    labels = [row["lang"] for row in rows]
    draw = np.random.default_rng(1)
    for text, language in list(zip(texts, labels, strict=True)):
        words = text.split()
        for _ in range(_PIECES):
            length = int(draw.integers(1, _LONGEST_PIECE + 1))
            start = int(draw.integers(0, max(1, len(words) - length + 1)))
            texts.append(" ".join(words[start : start + length]))
            labels.append(language)
    for language in LANGUAGES:
        words = sorted(import_module(f"spacy.lang.{language}.stop_words").STOP_WORDS)
        for _ in range(_STOP_WORD_TEXTS):
            texts.append(" ".join(draw.choice(words, int(draw.integers(1, _LONGEST_PIECE + 1)))))
            labels.append(language)
    model = LogisticRegression(C=3, max_iter=200).fit(NGRAMS.matrix(texts), labels)
    return weights.save(
        "language",
        classes=np.array(model.classes_, dtype="U2"),
        ngrams=NGRAMS.array(),
        weights=model.coef_.T.astype(np.float16),
        bias=model.intercept_.astype(np.float32),
    )


if __name__ == "__main__":
    print(train(Path(sys.argv[1])))
