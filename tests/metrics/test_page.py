from __future__ import annotations

from pathlib import Path

from vigie.metrics.page import page

ROOT = Path(__file__).resolve().parents[2]


def test_the_documentation_is_the_registrys() -> None:
    written = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    assert written == page(), "run: python -m vigie.metrics.page > docs/metrics.md"
