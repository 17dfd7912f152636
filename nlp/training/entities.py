"""Trains the English entity reader: `python -m nlp.training.entities SHARED/data/nlp`.

spaCy's transition parser, its token encoder begun from the stock model's, on the train texts of
BTC and WNUT17 (handles as one token without a tag), each also in lower case, since half of social
text is. French has no labelled social text: the stock French model reads it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nlp.entities import OF_SOURCE, add_reader, stock, write_weights
from nlp.training.labelled import read

EPOCHS = 8
DROPOUT = 0.3
_FIRST_BATCH, _LAST_BATCH = 300, 1500  # words


def mapped(tags: Iterable[str]) -> list[str]:
    """BIO tags of either set in the product's labels."""
    return [tag[:2] + OF_SOURCE[tag[2:]] if tag != "O" else "O" for tag in tags]


def examples(nlp: Any, rows: Iterable[dict[str, Any]]) -> Iterator[Any]:
    """Each row as spaCy's Example, as written and in lower case."""
    from spacy.tokens import Doc
    from spacy.training import Example

    for row in rows:
        for words in (row["tokens"], [token.lower() for token in row["tokens"]]):
            reference = Doc(nlp.vocab, words=words, ents=mapped(row["tags"]))
            yield Example(Doc(nlp.vocab, words=words), reference)


def train(data: Path, epochs: int = EPOCHS) -> str:
    """Writes `models/entities_en.npz` and gives its version."""
    from thinc.api import Adam, fix_random_seed

    fix_random_seed(1)
    nlp = stock("en")
    encoder = nlp.get_pipe("ner").model.get_ref("tok2vec").to_bytes()
    reader = add_reader(nlp)
    held_out = {
        tuple(row["tokens"])
        for name in ("btc", "wnut17")
        for row in read(data / f"ner_{name}_en/dev.jsonl.gz")
    }
    rows = [
        row
        for name in ("btc", "wnut17")
        for row in read(data / f"ner_{name}_en/train.jsonl.gz")
        if tuple(row["tokens"]) not in held_out
    ]
    samples = list(examples(nlp, rows))
    reader.initialize(lambda: samples, nlp=nlp)
    reader.model.get_ref("tok2vec").from_bytes(encoder)
    optimizer = Adam(0.001, L2=0.01, grad_clip=1.0)
    draw = random.Random(1)
    for epoch in range(epochs):
        draw.shuffle(samples)
        losses: dict[str, float] = {}
        budget = min(_LAST_BATCH, _FIRST_BATCH * 2**epoch)
        for batch in _batches(samples, budget):
            reader.update(batch, drop=DROPOUT, sgd=optimizer, losses=losses)
        with reader.model.use_params(optimizer.averages):
            version = write_weights(reader)
        print(f"epoch {epoch + 1}: loss {losses['ner']:.0f}, {version}", file=sys.stderr)
    return version


def _batches(samples: list[Any], words: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    held = 0
    for sample in samples:
        batch.append(sample)
        held += len(sample)
        if held >= words:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


if __name__ == "__main__":
    print(train(Path(sys.argv[1])))
