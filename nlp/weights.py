"""The trained weights in `nlp/models/`: numbers only, with the version that readers report."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MODELS = Path(__file__).parent / "models"


@lru_cache(maxsize=8)
def load(name: str) -> dict[str, NDArray[Any]]:
    """The arrays of `models/NAME.npz`."""
    with np.load(MODELS / f"{name}.npz", allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}


def save(name: str, **arrays: NDArray[Any]) -> str:
    """Writes `models/NAME.npz` and gives the version in it: name and digest of the numbers."""
    digest = hashlib.sha256()
    for key in sorted(arrays):
        digest.update(key.encode() + arrays[key].tobytes())
    version = f"{name}-{digest.hexdigest()[:10]}"
    np.savez_compressed(MODELS / f"{name}.npz", version=np.array(version), **arrays)  # type: ignore[arg-type]
    load.cache_clear()
    return version
