from __future__ import annotations

import polars as pl
import pytest

from vigie.insights import tone
from vigie.metrics import Figure


def figures(**counts: int) -> dict[str, Figure]:
    labels = [label for label, n in counts.items() for _ in range(n)]
    return tone.figures(pl.DataFrame({"sentiment": labels}, schema={"sentiment": pl.String}))


def test_neutral_counts_below_and_unsure_is_left_out() -> None:
    found = figures(positive=60, neutral=20, negative=20, unsure=7)
    net, negative = found["sentiment.net"], found["sentiment.negative"]
    assert (net.value, net.n, net.left_out) == (pytest.approx(40), 100, 7)
    assert (negative.value, negative.n) == (pytest.approx(20), 100)


def test_more_posts_do_not_take_the_readers_own_error_away() -> None:
    few, many = figures(positive=12, neutral=4, negative=4), figures(positive=12_000, neutral=8_000)
    widths = []
    for found in (few, many):
        net = found["sentiment.net"]
        assert net.low is not None
        assert net.high is not None
        widths.append(net.high - net.low)
    assert widths[0] > widths[1] >= 2 * 1.95 * tone.ERROR


def test_nothing_read_is_unknown() -> None:
    net = figures(unsure=3)["sentiment.net"]
    assert (net.value, net.n, net.left_out, net.note) == (None, 0, 3, "no_mention_read")
