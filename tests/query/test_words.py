"""Words: cut and folded alike for index, matcher and highlighting."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.query.words import cut, spans, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L'Oréal, l’été : ÇA VA ?", "l oreal l ete ca va"),
        ("#health @marque_fr", "health marque_fr"),
        ("cœur, œuvre, Straße, Ærø", "coeur oeuvre strasse aero"),
        ("Nivea® crème™ 100 %", "nivea creme 100"),
        ("super😍😍 ❤️ 👍🏽", "super 😍 😍 ❤ 👍"),
        ("👨‍👩‍👧 🇫🇷🇧🇪", "👨‍👩‍👧 🇫🇷 🇧🇪"),
        ("完美日记 ok", "完 美 日 记 ok"),
        ("peut-être 3,5", "peut etre 3 5"),
        ("e\u0301te\u0301 \u00e9t\u00e9", "ete ete"),
        ("… — « » !?", ""),
    ],
)
def test_cut(text: str, words: str) -> None:
    assert cut(text) == words.split()


@given(st.text(max_size=80))
@settings(deadline=None)
def test_a_word_cut_again_is_itself(text: str) -> None:
    for word in cut(text):
        assert cut(word) in ([word], cut(" ".join(cut(word))))
        assert not any(sign.isspace() for sign in word)


@given(st.text(alphabet=st.sampled_from("aéœß'’#😍👍🏽\u200d❤️🇫🇷 日ガ-_.5|"), max_size=60))
@settings(deadline=None)
def test_spans_are_the_same_words_where_they_stand(text: str) -> None:
    found = list(spans(text))
    assert [word for word, _, _ in found] == cut(text)
    assert all(0 <= low < high <= len(text) for _, low, high in found)


def test_a_phrase_does_not_reach_from_title_to_text() -> None:
    line = words_of({"title": "Rouge", "text": "à lèvres", "hashtags": ("mat", "levres")})
    assert line == " rouge | a levres | mat "
