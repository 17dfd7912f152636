"""How much of what is said is positive, neutral, negative: prevalences from the reader's calibrated
probabilities, adjusted to the set at hand.

Counting labels is biased towards the mix that the model was calibrated on (by 19 to 25 points of
net sentiment on labelled posts in English and French): in a crisis it would tell too little. The
expectation-maximisation of Saerens, Latinne and Decaestecker (2002) takes that mix out.
`benchmarks/bench_net_sentiment.py` measures what error is left: 3 points.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import polars as pl

from vigie.metrics import Figure, figure, formulas

Floats = npt.NDArray[np.float64]
LABELS = ("negative", "neutral", "positive")
PRIOR = (0.156, 0.4345, 0.4095)  # the mix on which nlp's sentiment reader is calibrated
# Standard errors in points that more posts do not take away, and what the model adds to the
# sampling error in points × √posts; the worse of the two languages, rounded up.
ERROR, NOISE = 3.5, 110.0
NEGATIVE_ERROR, NEGATIVE_NOISE = 6.0, 65.0
_ROUNDS = 50
_SMOOTHING = 3.0  # posts' worth of the prior: a handful of posts is no extreme
_LEAST = 1e-4
_ROUNDED = 0.01  # what rounding of the two columns can be off


def chances(posts: pl.DataFrame) -> Floats:
    """(n, 3) probabilities in the order of `LABELS` of the posts that were read, from the columns
    `sentiment`, `sentiment_score` (P(positive) − P(negative)) and `sentiment_confidence` (the
    highest of the three). A label without them (imported, corrected) is taken at its word."""
    read = posts.filter(pl.col("sentiment").is_not_null()).select(
        "sentiment", "sentiment_score", "sentiment_confidence"
    )
    told = read.filter(
        (pl.col("sentiment") != "unsure") | pl.col("sentiment_confidence").is_not_null()
    )
    label = told["sentiment"].to_numpy()
    score = told["sentiment_score"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    top = told["sentiment_confidence"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    options = np.stack(
        [
            np.stack([top, 1 - 2 * top - score, top + score], axis=1),  # negative is the highest
            np.stack([(1 - top - score) / 2, top, (1 - top + score) / 2], axis=1),
            np.stack([top - score, 1 - 2 * top + score, top], axis=1),
        ]
    )
    # Of an unsure post the highest is not told: the option that is a distribution fits.
    excess = np.maximum(options.max(axis=2) - top, 0) + np.maximum(-options.min(axis=2), 0)
    chosen = np.nan_to_num(excess, nan=1.0).argmin(axis=0)
    for place, name in enumerate(LABELS):
        chosen[label == name] = place
    rows = np.arange(len(chosen))
    found = options[chosen, rows]
    # No probabilities, or those of another label: a person's word, or an import's.
    bare = ~(excess[chosen, rows] < _ROUNDED)
    found[bare] = 0.0
    found[bare, chosen[bare]] = 1.0
    found = np.clip(found, _LEAST, None)
    return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=np.float64)


def prevalence(probabilities: Floats, prior: tuple[float, float, float] = PRIOR) -> Floats:
    """The shares of `LABELS` in a set, from probabilities that were calibrated under `prior`."""
    start = np.asarray(prior) / sum(prior)
    found = start
    for _ in range(_ROUNDS):
        weighed = probabilities * (found / start)
        weighed /= weighed.sum(axis=1, keepdims=True)
        found = (weighed.sum(axis=0) + _SMOOTHING * start) / (len(weighed) + _SMOOTHING)
    return found


def figures(mentions: pl.DataFrame) -> dict[str, Figure]:
    """Net sentiment and the negative share of some mentions, with intervals from sampling and from
    the model's measured error; mentions that no reader has read are left out and counted."""
    read = chances(mentions)
    n, unread = len(read), mentions.height - len(read)
    if not n:
        return {
            id: figure(id, None, 0, left_out=unread, note="no_mention_read")
            for id in ("sentiment.net", "sentiment.negative")
        }
    down, _, up = prevalence(read).tolist()
    net = formulas.net_sentiment(up, down, n, model_error=math.hypot(ERROR, NOISE / n**0.5))
    negative = formulas.share(
        down, n, model_error=math.hypot(NEGATIVE_ERROR, NEGATIVE_NOISE / n**0.5)
    )
    return {
        id: figure(id, value, n, left_out=unread, low=low, high=high, note="estimated_by_model")
        for id, (value, low, high) in (("sentiment.net", net), ("sentiment.negative", negative))
    }
