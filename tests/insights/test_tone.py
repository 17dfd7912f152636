from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.insights import tone


def frame(probabilities: tone.Floats, *, unsure_below: float = 0.5) -> pl.DataFrame:
    """What the sentiment reader says of posts with these probabilities."""
    top = probabilities.max(axis=1)
    labels = [tone.LABELS[place] for place in probabilities.argmax(axis=1)]
    return pl.DataFrame(
        {
            "sentiment": [
                label if sure else "unsure"
                for label, sure in zip(labels, top >= unsure_below, strict=True)
            ],
            "sentiment_score": (probabilities[:, 2] - probabilities[:, 0]).round(4),
            "sentiment_confidence": top.round(4),
        }
    )


chances = st.lists(
    st.tuples(*[st.floats(0.02, 1)] * 3).map(lambda row: tuple(p / sum(row) for p in row)),
    min_size=1,
    max_size=20,
)


@settings(max_examples=60)
@given(chances)
def test_probabilities_are_found_again_in_label_score_and_confidence(
    rows: list[tuple[float, float, float]],
) -> None:
    told = np.array(rows)
    found = tone.chances(frame(told))
    # An unsure post can have two readings that fit alike; its score is the same in both.
    sure = told.max(axis=1) >= 0.5
    assert np.allclose(found[sure], told[sure], atol=2e-3)
    assert np.allclose(found[:, 2] - found[:, 0], told[:, 2] - told[:, 0], atol=2e-3)


def test_a_mix_far_from_the_calibrations_is_told_as_it_is() -> None:
    random = np.random.default_rng(3)
    mix, prior = np.array([0.7, 0.2, 0.1]), np.array(tone.PRIOR)
    # Evidence of a middling reader: log-likelihoods around the true label, then the prior's pull.
    labels = random.choice(3, 4_000, p=mix)
    evidence = random.normal(0, 1, (4_000, 3)) + 1.5 * np.eye(3)[labels]
    likelihoods = np.exp(1.5 * evidence)
    calibrated = likelihoods * prior
    calibrated /= calibrated.sum(axis=1, keepdims=True)
    counted = np.bincount(calibrated.argmax(axis=1), minlength=3) / 4_000
    found = tone.prevalence(calibrated)
    assert abs(found[0] - 0.7) < 0.03
    assert abs(counted[0] - 0.7) > 0.05, "counting labels would tell too little"


def test_a_persons_label_over_the_models_numbers_is_taken_at_its_word() -> None:
    posts = pl.DataFrame(
        {
            "sentiment": ["negative", "positive", "unsure", None],
            "sentiment_score": [0.8, None, None, None],
            "sentiment_confidence": [0.9, None, None, None],
        },
        schema_overrides={"sentiment_score": pl.Float64, "sentiment_confidence": pl.Float64},
    )
    found = tone.chances(posts)
    assert found.shape == (2, 3)
    assert found.argmax(axis=1).tolist() == [0, 2]
    assert tone.figures(posts)["sentiment.net"].left_out == 2


def test_a_handful_of_posts_is_no_extreme_and_nothing_is_unknown() -> None:
    one = frame(np.array([[0.02, 0.03, 0.95]]))
    net = tone.figures(one)["sentiment.net"]
    assert net.value is not None
    assert net.value < 60
    assert net.low is not None
    assert net.low < 0
    assert tone.figures(one.clear())["sentiment.net"].value is None


def test_the_prior_is_that_of_the_reader_that_ships() -> None:
    weights = pytest.importorskip("nlp.weights")
    prior = np.asarray(weights.load("sentiment")["prior"], dtype=float)
    assert np.allclose(prior / prior.sum(), np.array(tone.PRIOR) / sum(tone.PRIOR), atol=2e-3)
