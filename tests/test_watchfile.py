"""`vigie.toml`: every mistake at once, with file, line, key and the nearest valid name."""

from __future__ import annotations

import pytest

from vigie.beginning import Answers, watchlist_text
from vigie.errors import ConfigError
from vigie.watchfile import read_text

GOOD = """
[workspace]
name = "Lumen"
timezone = "Europe/Paris"

[[brands]]
id = "lumen"
name = "Lumen"
role = "own"
[brands.accounts]
bluesky = ["lumen.bsky.social"]
mastodon = ["@lumen@piaille.fr"]

[[topics]]
id = "tea"
name = "Thé"
query = 'thé OR "tea time"'
"""


def test_a_good_file_is_read() -> None:
    watchlist = read_text(GOOD)
    assert watchlist.own[0].accounts["bluesky"] == ("lumen.bsky.social",)
    assert watchlist.workspace.languages == ("fr", "en")


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ('timezone = "Europe/Pari"', 'timezone = "Europe/Paris"', ["line 4", "'Europe/Paris'"]),
        ('rôle = "own"', 'role = "own"', ["not valid TOML"]),
        ('rol = "own"', 'role = "own"', ["line 9, brands.1.rol", "'role'"]),
        ("blusky =", "bluesky =", ["line 11", "'bluesky'"]),
        ('["lumen"]', '["lumen.bsky.social"]', ["line 11", "marque.bsky.social"]),
        ('["lumen"]', '["@lumen@piaille.fr"]', ["line 12", "@marque@piaille.fr"]),
        ("query = '(thé'", "query = 'thé OR \"tea time\"'", ["line 17", "column"]),
        ('role = "friend"', 'role = "own"', ["line 9", "'own' or 'competitor'"]),
    ],
)
def test_a_mistake_is_named_with_line_and_key(wrong: str, right: str, told: list[str]) -> None:
    with pytest.raises(ConfigError) as raised:
        read_text(GOOD.replace(right, wrong), "vigie.toml")
    for part in told:
        assert part in str(raised.value)


def test_several_mistakes_are_reported_at_once() -> None:
    text = GOOD.replace("Europe/Paris", "Mars/Olympus").replace("bluesky =", "blusky =")
    with pytest.raises(ConfigError) as raised:
        read_text(text)
    assert "line 4" in str(raised.value)
    assert "line 11" in str(raised.value)


def test_a_brand_that_stands_twice_is_refused() -> None:
    twice = GOOD + '\n[[brands]]\nid = "lumen"\nname = "Other"\n'
    with pytest.raises(ConfigError, match="'lumen' stands twice"):
        read_text(twice)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_what_init_writes_is_valid(lang: str) -> None:
    answers = Answers(
        brand='Café "Lumen"',
        competitors=["L'Autre", "Ombre & Cie"],
        networks=["bluesky", "mastodon", "feeds", "instagram"],
        accounts={"bluesky": ["lumen.bsky.social"]},
        topics=["thé glacé", "matcha"],
    )
    watchlist = read_text(watchlist_text(answers, lang))
    assert [brand.id for brand in watchlist.brands] == ["cafe-lumen", "l-autre", "ombre-cie"]
    assert watchlist.workspace.interface == lang
    assert len(watchlist.topics) == 2
