"""A Reader in another process answers as the Reader here does, and starts again after a crash."""

from __future__ import annotations

import os
import signal

import pytest

from nlp.aside import AsideReader
from nlp.reading import Reader
from vigie.errors import VigieError

TEXTS = ["Une merveille, ce vélo ! Merci à toute l'équipe.", "Broken again. Never buying this."]
NAMES = {"lumen": ("Lumen",)}


def test_it_reads_what_the_reader_reads() -> None:
    wanted = {"platform_langs": ["fr", None], "entities": [True, False], "brands": [None, []]}
    with Reader(("fr", "en"), NAMES) as here:
        expected = here.read(TEXTS, **wanted)
    there = AsideReader(("fr", "en"), NAMES)
    try:
        assert there.read(TEXTS, **wanted) == expected
    finally:
        there.close()


def test_its_process_can_die_and_is_started_again() -> None:
    reader = AsideReader(("fr", "en"))
    try:
        first = reader.read(TEXTS)
        assert reader._process is not None
        os.kill(reader._process.pid, signal.SIGKILL)
        reader._process.wait()
        with pytest.raises(VigieError, match="reading process ended"):
            reader.read(TEXTS)
        assert reader.read(TEXTS) == first
    finally:
        reader.close()
