"""Stories on synthetic reposts of the development stream; the edits are those of nlp/reposts.py."""

from pathlib import Path

from nlp.measures import stories
from nlp.reposts import EDITS


def test_reposts_are_found_and_others_left_apart(shared: Path) -> None:
    assert len(EDITS) == 12
    figures = stories(shared)
    assert figures["recall"] >= 0.85
    assert figures["false"] <= 0.005
    assert figures["false_short"] <= 0.02
