"""A landing of a few thousand posts that nobody has stored yet, and the town's modules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "pipeline"))

from landed import landed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return landed(tmp_path / "w")
