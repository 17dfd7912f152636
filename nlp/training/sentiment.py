"""Trains the sentiment reader: `python -m nlp.training.sentiment SHARED/data/nlp`.

UMSAB (eight languages) and SemEval-2017 (English) train texts, without every text that is in a dev
split of either, each once. Labels are weighted to equal shares within each set, so that the model
learns words and not how a set was sampled. Temperature and prior come from SemEval's dev split,
whose labels are as frequent as in a plain sample of posts.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]
from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped]

from nlp import weights
from nlp.embeddings import encode
from nlp.ngrams import NGrams, softmax
from nlp.sentiment import LABELS
from nlp.text import clean
from nlp.training.labelled import read, without

NGRAMS = NGrams(bits=18, low=2, high=5, pairs=True)
C = 1.0
DENSE_SCALE = 2.0  # of the embedding against the n-grams: a weaker penalty on its weights
ENGLISH_WEIGHT = 0.5  # SemEval is four fifths of the rows


def _features(texts: list[str]) -> csr_matrix:
    sparse = NGRAMS.matrix([clean(text) for text in texts])
    return hstack([sparse, csr_matrix(DENSE_SCALE * encode(texts))]).tocsr()


def _weights(labels: NDArray[Any], sets: NDArray[Any]) -> NDArray[Any]:
    weight = np.ones(len(labels))
    for which in np.unique(sets):
        inside = sets == which
        for label in LABELS:
            chosen = inside & (labels == label)
            weight[chosen] = inside.sum() / (len(LABELS) * chosen.sum())
    weight[sets == "semeval"] *= ENGLISH_WEIGHT
    return weight


def _temperature(scores: NDArray[Any], labels: NDArray[Any], prior: NDArray[Any]) -> float:
    gold = np.array([LABELS.index(label) for label in labels])

    def loss(temperature: float) -> float:
        chances = softmax(scores / temperature + np.log(prior))
        return float(-np.log(chances[np.arange(len(gold)), gold]).mean())

    return float(minimize_scalar(loss, bounds=(0.3, 5.0), method="bounded").x)


def train(data: Path) -> str:
    """Writes `models/sentiment.npz` and gives its version."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    umsab, semeval = data / "sentiment_umsab", data / "sentiment_semeval_en"
    dev = read(semeval / "dev.jsonl.gz")
    rows = [row | {"set": "umsab"} for row in read(umsab / "train.jsonl.gz")]
    rows += [row | {"set": "semeval"} for row in read(semeval / "train.jsonl.gz")]
    rows = list(without(rows, [*dev, *read(umsab / "dev.jsonl.gz")]))
    labels = np.array([row["label"] for row in rows])
    model = LogisticRegression(C=C, max_iter=60, tol=1e-3).fit(
        _features([row["text"] for row in rows]),
        labels,
        sample_weight=_weights(labels, np.array([row["set"] for row in rows])),
    )
    if tuple(model.classes_) != LABELS:
        raise ValueError(f"labels are {model.classes_}, not {LABELS}")
    gold = np.array([row["label"] for row in dev])
    prior = np.array([(gold == label).mean() for label in LABELS])
    scores = model.decision_function(_features([row["text"] for row in dev]))
    return weights.save(
        "sentiment",
        ngrams=NGRAMS.array(),
        weights=model.coef_[:, : NGRAMS.buckets].T.astype(np.float16),
        dense=(DENSE_SCALE * model.coef_[:, NGRAMS.buckets :].T).astype(np.float16),
        bias=model.intercept_.astype(np.float32),
        temperature=np.array(_temperature(scores, gold, prior)),
        prior=prior,
    )


if __name__ == "__main__":
    print(train(Path(sys.argv[1])))
