"""What the demo says on its way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from vigie.demo.telling import Telling
from vigie.locales import Lang

HEAD = {"fr": "3/12 · vendredi 20 nov., 0 h : ", "en": "3/12 · Friday 20 Nov, 00:00: "}
AT = datetime(2026, 11, 19, 23, tzinfo=UTC)


def told(lang: Lang, stage: str, figures: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    Telling(lang, "Europe/Paris", lines.append)(stage, figures)
    return [line.replace("\u00a0", " ").replace("\u202f", " ") for line in lines]


@pytest.mark.parametrize(
    ("lang", "new", "gone", "down", "line"),
    [
        ("fr", 1204, 0, 0, "1 204 nouvelles publications (3 410 en tout)"),
        ("fr", 1, 1, 27,
         "1 nouvelle publication (3 410 en tout), 1 supprimée, 27 sources en panne"),
        ("en", 1, 2, 1, "1 new post (3,410 in all), 2 deleted, 1 source down"),
        ("en", 0, 0, 0, "0 new posts (3,410 in all)"),
    ],
)  # fmt: skip
def test_one_line_an_instant(lang: Lang, new: int, gone: int, down: int, line: str) -> None:
    figures = {"number": 3, "of": 12, "at": AT, "new": new, "posts": 3410, "gone": gone}
    assert told(lang, "instant", figures | {"down": down}) == [HEAD[lang] + line]


def test_batches_are_not_told() -> None:
    assert told("en", "taken", {"new_post": 40}) == []
    assert told("fr", "explorer", {"→": "http://127.0.0.1:8765/"}) == [
        "Explorateur : http://127.0.0.1:8765/"
    ]
