"""Whether a post speaks well or ill: negative, neutral, positive, or unsure.

One logistic regression over hashed word and character n-grams and the sentence embedding
(`nlp/models/sentiment.npz`, trained by `nlp.training.sentiment`). It was trained as if the three
labels were equally frequent; in use the labels' frequencies in a plain sample of posts come back
as a prior, at half its strength: on SemEval's dev split that costs 0.6 points of accuracy and finds
64 % of the negative posts instead of 50 %, and a crisis is where a prior is wrong. A label that is
not likely enough is "unsure".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from nlp import weights
from nlp.embeddings import encode
from nlp.ngrams import Floats, NGrams, Scores, softmax, tokens
from nlp.text import clean
from vigie.records import Label, Sentiment

LABELS: tuple[Literal["negative"], Literal["neutral"], Literal["positive"]] = (
    "negative",
    "neutral",
    "positive",
)
UNSURE_BELOW = 0.5
_STRENGTH = 0.5  # of the prior
_LONGEST = 1_500  # characters of a text that are read


class SentimentReader:
    """Reads sentiment in any of the encoder's languages; measured in ar, de, en, es, fr, it, pt."""

    def __init__(self) -> None:
        model = weights.load("sentiment")
        self.version = str(model["version"])
        self._scores = Scores(NGrams.of(model["ngrams"]), model["weights"], model["bias"])
        self._dense = model["dense"].astype(np.float32)
        self._temperature = float(model["temperature"])
        self._log_prior = _STRENGTH * np.log(model["prior"].astype(np.float32))

    def chances(self, texts: Sequence[str], *, balanced: bool = False) -> Floats:
        """(texts, 3) calibrated probabilities in the order of `LABELS`; `balanced` leaves the
        prior out, for text whose labels are equally frequent."""
        texts = [text[:_LONGEST] for text in texts]
        scores = self._scores.of([clean(text) for text in texts]) + encode(texts) @ self._dense
        scores /= self._temperature
        if not balanced:
            scores += self._log_prior
        return softmax(scores)

    def read(self, texts: Sequence[str]) -> list[Sentiment | None]:
        """For each text its sentiment; None where links and handles were all of it."""
        if not texts:
            return []
        chances = self.chances(texts).astype(float)
        best = chances.argmax(axis=1)
        read: list[Sentiment | None] = []
        for text, row, i in zip(texts, chances, best, strict=True):
            if not tokens(clean(text)):
                read.append(None)
                continue
            label: Label = LABELS[i] if row[i] >= UNSURE_BELOW else "unsure"
            read.append(
                Sentiment(
                    label=label,
                    score=round(row[2] - row[0], 4),
                    confidence=round(row[i], 4),
                )
            )
        return read
