"""Net sentiment and the negative share of some mentions, by counted labels, with intervals that
hold the reader's own error as `benchmarks/bench_net_sentiment.py` measures it.

Adjusting the shares by expectation-maximisation (Saerens, Latinne, Decaestecker 2002) was tried: it
takes the error to a third on posts like those of the calibration, and runs to extremes on others.
"""

from __future__ import annotations

import math

import polars as pl

from vigie.metrics import Figure, figure, formulas

# Standard errors in points that more posts do not take away, and what the reader adds to the
# sampling error in points × √posts: the worse of French and English, on usual mixes of labels.
ERROR, NOISE = 10.5, 70.0
NEGATIVE_ERROR, NEGATIVE_NOISE = 6.5, 35.0


def figures(mentions: pl.DataFrame) -> dict[str, Figure]:
    """`sentiment.net` and `sentiment.negative` of posts with the column `sentiment`; what is unsure
    or was not read is left out and counted."""
    up, flat, down = (
        int((mentions["sentiment"] == label).sum()) for label in ("positive", "neutral", "negative")
    )
    n = up + flat + down
    left_out = mentions.height - n
    if not n:
        return {
            id: figure(id, None, 0, left_out=left_out, note="no_mention_read")
            for id in ("sentiment.net", "sentiment.negative")
        }
    error = math.hypot(ERROR, NOISE / n**0.5)
    net = formulas.net_sentiment(up / n, down / n, n, model_error=error)
    error = math.hypot(NEGATIVE_ERROR, NEGATIVE_NOISE / n**0.5)
    negative = formulas.share(down / n, n, model_error=error)
    return {
        id: figure(id, value, n, left_out=left_out, low=low, high=high, note="estimated_by_model")
        for id, (value, low, high) in (("sentiment.net", net), ("sentiment.negative", negative))
    }
