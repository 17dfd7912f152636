"""A comparison that takes long is found in the background, once."""

from __future__ import annotations

from threading import Event

import pytest

from vigie.briefing.checking import Moved
from vigie.errors import StoreError
from vigie.explorer.comparing import Comparisons


def test_a_long_comparison_is_asked_for_again_and_found_once() -> None:
    comparisons, may_end, asked = Comparisons(), Event(), []

    def compare() -> list[Moved]:
        asked.append(1)
        assert may_end.wait(10)
        return []

    assert comparisons.ask("2026-W47", 1, compare) is None
    assert comparisons.ask("2026-W47", 1, compare) is None
    may_end.set()
    while (found := comparisons.ask("2026-W47", 1, compare)) is None:
        pass
    assert found == []
    assert len(asked) == 1
    assert comparisons.ask("2026-W47", 2, compare) == []
    assert len(asked) == 2


def test_a_failed_comparison_is_tried_again() -> None:
    comparisons = Comparisons()

    def fail() -> list[Moved]:
        raise StoreError("the store is away", where="here", do="start it")

    with pytest.raises(StoreError):
        comparisons.ask("2026-W47", 1, fail)
    assert comparisons.ask("2026-W47", 1, lambda: []) == []
