import numpy as np
import pytest

from nlp.sentiment import UNSURE_BELOW, SentimentReader

GOOD = [
    "J'adore ce vélo, livraison rapide, merci à toute l'équipe !",
    "Excellent service, je recommande vivement 👍",
    "Best cargo bike I have ever owned, the kids love it ❤️",
    "Great support, thank you so much!",
    "😍😍",
]
BAD = [
    "Le cadre est cassé et le service client ne répond pas, c'est honteux",
    "Très déçu, n'achetez jamais ici, une arnaque",
    "The battery died after a week, terrible support, avoid",
    "Worst bike ever, I am so angry 😡",
    "😡😡",
]
PLAIN = [
    "Le magasin ouvre lundi à 9 h à Nantes",
    "The shop opens on Monday at 9 am in Leeds",
]


@pytest.fixture(scope="module")
def reader() -> SentimentReader:
    return SentimentReader()


def test_clear_sentences_are_told_apart(reader: SentimentReader) -> None:
    labels = [[one.label if one else None for one in reader.read(texts)] for texts in (GOOD, BAD)]
    assert labels[0].count("positive") >= len(GOOD) - 1
    assert labels[1].count("negative") >= len(BAD) - 1
    assert "negative" not in labels[0]
    assert "positive" not in labels[1]
    assert all(one is not None and one.label in {"neutral", "unsure"} for one in reader.read(PLAIN))


def test_score_confidence_and_unsure_agree(reader: SentimentReader) -> None:
    texts = GOOD + BAD + PLAIN + ["mouais", "so so, could be worse"]
    chances = reader.chances(texts)
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-5)
    for one, row in zip(reader.read(texts), chances, strict=True):
        assert one is not None
        assert one.score == pytest.approx(row[2] - row[0], abs=1e-3)
        assert one.confidence == pytest.approx(row.max(), abs=1e-3)
        assert (one.label == "unsure") == (one.confidence < UNSURE_BELOW)


def test_links_handles_and_repeats_change_nothing(reader: SentimentReader) -> None:
    bare, dressed = reader.read(
        ["Great bike, thank you!", "@velo_lou Great bike, thank you! https://example.org/x"]
    )
    assert bare == dressed
    assert reader.read(["https://example.org/x", "@velo_lou", ""]) == [None, None, None]


def test_a_batch_reads_as_its_texts_do_alone(reader: SentimentReader) -> None:
    together = reader.read(GOOD + BAD)
    alone = [reader.read([text])[0] for text in GOOD + BAD]
    for one, other in zip(together, alone, strict=True):
        assert one is not None
        assert other is not None
        assert one.score == pytest.approx(other.score, abs=2e-3)
