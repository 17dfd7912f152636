from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.insights import frames
from vigie.insights.markings import PAID, PAID_SIGNS, form, giveaway, paid


def split_at_bars(pattern: str) -> list[str]:
    """The alternatives of a pattern, those within parentheses left together."""
    parts, depth = [""], 0
    for char in pattern:
        depth += (char == "(") - (char == ")")
        if char == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def marked(text: str, **fields: object) -> dict[str, object]:
    posts = pl.DataFrame([{"text": text, **fields}], schema=frames.POSTS)
    return posts.select(giveaway(), paid(), form()).row(0, named=True)


@pytest.mark.parametrize(
    "text",
    [
        "Jeu-concours : un casque à gagner !",
        "Tirage au sort dimanche, abonnez-vous",
        "Gagnez un vélo cargo",
        "GIVEAWAY time",
        "Enter to win our newest bike",
        "Win a set of panniers: tag a friend!",
    ],
)
def test_giveaways(text: str) -> None:
    assert marked(text)["giveaway"]


@pytest.mark.parametrize(
    "text",
    [
        "On gagne dix minutes sur le trajet",
        "Nous avons remporté le marché de la ville",
        "We win time every morning",
        "Le concours de l'école d'ingénieurs commence lundi",
    ],
)
def test_winning_alone_is_no_giveaway(text: str) -> None:
    assert not marked(text)["giveaway"]


@pytest.mark.parametrize(
    "text",
    [
        "Essai de la semaine #ad",
        "Collaboration commerciale avec une marque",
        "Sacoches reçues en partenariat",
        "Paid partnership: loved it",
        "10 % avec le code CARGO10",
    ],
)
def test_paid_posts(text: str) -> None:
    assert marked(text)["paid"]


def test_what_a_platform_marks_is_paid_and_talk_about_advertising_is_not() -> None:
    assert marked("Belle balade", origin="paid")["paid"]
    assert not marked("Trop de publicité dans le métro")["paid"]
    assert not marked("#adventure on the towpath")["paid"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"media_kinds": ["video"], "media_duration_s": 38.0}, "short_video"),
        ({"media_kinds": ["video"], "media_duration_s": 300.0}, "video"),
        ({"media_kinds": ["video"]}, "video"),
        ({"media_kinds": ["image", "image"]}, "carousel"),
        ({"media_kinds": ["image"]}, "image"),
        ({"kind": "article"}, "article"),
        ({"links": ["https://velo.example/"]}, "link"),
        ({}, "text"),
    ],
)
def test_formats(fields: dict[str, object], expected: str) -> None:
    assert marked("Des mots", **fields)["format"] == expected


@pytest.mark.parametrize("branch", split_at_bars(PAID))
def test_whatever_tells_of_payment_holds_a_sign(branch: str) -> None:
    @given(st.from_regex(re.compile(branch.lower())))
    @settings(max_examples=25, deadline=None)
    def holds(text: str) -> None:
        assert any(sign in text.lower() for sign in PAID_SIGNS)

    holds()
