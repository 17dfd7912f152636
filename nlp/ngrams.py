"""Hashed word and character n-grams, and a linear reader over them that remembers each word's part.

A text is cut into tokens (words, hashtags, emojis, runs of punctuation). A token gives itself and
the character n-grams inside it, two neighbours give a pair; each is a bucket of a CRC-32. A text's
vector is the sum over its tokens divided by the square root of their number, so a linear model's
scores are sums of one cached row per token and per pair: no n-gram is looked up twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_TOKEN = re.compile(
    r"#?\w+(?:['’]\w+)*|[:;=xX]['’]?-?[)(DPpdoO/\\|*]+|<3|!+\??|\?+!?|\.{2,}|…|[^\w\s.,;:\"'()\[\]/\\-]"
)
_LONG = re.compile(r"(.)\1{2,}")
_CACHED = 400_000  # rows; beyond, the cache starts again


def tokens(text: str) -> list[str]:
    """The tokens of a cleaned text in lower case; a letter three times or more becomes two."""
    found = _TOKEN.findall(_LONG.sub(r"\1\1", text.lower()))
    return [token.replace("’", "'") if "’" in token else token for token in found]


@dataclass(frozen=True)
class NGrams:
    """What a token and a pair of tokens are hashed to. `low`..`high` are the lengths of character
    n-grams (with the word's edges marked); `pairs` adds neighbouring words."""

    bits: int = 18
    low: int = 2
    high: int = 5
    pairs: bool = True

    @classmethod
    def of(cls, array: NDArray[Any]) -> NGrams:
        """The settings that `array` gave."""
        bits, low, high, pairs = array.tolist()
        return cls(bits, low, high, bool(pairs))

    def array(self) -> NDArray[Any]:
        """The settings as numbers, to be kept beside the weights."""
        return np.array(astuple(self))

    @property
    def buckets(self) -> int:
        return 1 << self.bits

    def of_token(self, token: str) -> tuple[list[int], list[float]]:
        """Buckets of one token and their weights."""
        mask = self.buckets - 1
        bare = token[1:] if token[0] == "#" and len(token) > 1 else token
        ids = [crc32(b"w" + bare.encode()) & mask]
        weights = [1.0]
        if bare is not token:
            ids.append(crc32(b"#") & mask)
            weights.append(0.5)
        edged = f"<{bare}>"
        grams = [
            crc32(edged[i : i + n].encode()) & mask
            for n in range(self.low, min(self.high, len(edged) - 1) + 1)
            for i in range(len(edged) - n + 1)
        ]
        ids += grams
        weights += [1 / len(grams) ** 0.5] * len(grams)
        return ids, weights

    def of_pair(self, first: str, second: str) -> int:
        return crc32(f"{first} {second}".encode()) & (self.buckets - 1)

    def matrix(self, texts: Sequence[str]) -> Any:
        """(texts, buckets), scipy's CSR, for training."""
        from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

        known: dict[str, tuple[list[int], list[float]]] = {}
        columns: list[int] = []
        values: list[float] = []
        ends = [0]
        for text in texts:
            cut = tokens(text)
            scale = 1 / max(len(cut), 1) ** 0.5
            for token in cut:
                part = known.get(token)
                if part is None:
                    part = known[token] = self.of_token(token)
                columns += part[0]
                values += [weight * scale for weight in part[1]]
            if self.pairs:
                columns += [self.of_pair(a, b) for a, b in pairwise(cut)]
                values += [scale] * max(len(cut) - 1, 0)
            ends.append(len(columns))
        matrix = csr_matrix(
            (np.array(values, np.float32), np.array(columns, np.int32), np.array(ends, np.int64)),
            shape=(len(texts), self.buckets),
        )
        matrix.sum_duplicates()
        return matrix


class Scores:
    """Linear scores of texts, `weights` (buckets, classes) and `bias` (classes,)."""

    def __init__(self, ngrams: NGrams, weights: NDArray[Any], bias: NDArray[Any]) -> None:
        self.ngrams = ngrams
        self.weights = weights.astype(np.float32)
        self.bias = bias.astype(np.float32)
        self._forget()

    def _forget(self) -> None:
        self._rows: dict[str, int] = {}
        self._parts: list[Floats] = []
        self._table: Floats = np.zeros((0, len(self.bias)), np.float32)

    def _row(self, key: str, first: str, second: str | None) -> int:
        if second is None:
            ids, weights = self.ngrams.of_token(first)
            part = np.asarray(weights, np.float32) @ self.weights[ids]
        else:
            part = self.weights[self.ngrams.of_pair(first, second)]
        row = self._rows[key] = len(self._table) + len(self._parts)
        self._parts.append(part)
        return row

    def of(self, texts: Sequence[str]) -> Floats:
        """(texts, classes); a text without tokens has the bias alone."""
        if len(self._rows) > _CACHED:
            self._forget()
        rows, known = self._rows, self._rows.get
        flat: list[int] = []
        counts = np.zeros(len(texts), np.int64)
        lengths = np.ones(len(texts), np.float32)
        for i, text in enumerate(texts):
            cut = tokens(text)
            before = len(flat)
            last = ""
            for token in cut:
                row = known(token)
                flat.append(self._row(token, token, None) if row is None else row)
                if self.ngrams.pairs:
                    if last:
                        key = f"{last} {token}"
                        row = known(key)
                        flat.append(self._row(key, last, token) if row is None else row)
                    last = token
            counts[i] = len(flat) - before
            lengths[i] = max(len(cut), 1)
        if self._parts:
            self._table = np.concatenate([self._table, np.stack(self._parts)])
            self._parts = []
        assert len(rows) == len(self._table)
        scores = np.zeros((len(texts), len(self.bias)), np.float32)
        some = counts > 0
        if flat:
            starts = np.concatenate([[0], np.cumsum(counts)[:-1]])[some]
            scores[some] = np.add.reduceat(self._table[flat], starts, axis=0)
        scores /= np.sqrt(lengths)[:, None]
        scores += self.bias
        return scores


def softmax(scores: NDArray[Any]) -> Floats:
    """Rows of probabilities."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), np.float32)
