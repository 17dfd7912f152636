"""`vigie.toml`: every mistake at once, with file, line, key and the nearest valid name."""

from __future__ import annotations

import re

import pytest

from crawlers.versions import VERSION
from vigie.beginning import Answers, watchlist_text
from vigie.errors import ConfigError
from vigie.platforms import OWNERS, PLATFORMS
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
    assert set(watchlist.platforms) == {"mastodon", "feeds", "instagram"}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_all_networks_and_all_settings_that_init_writes_are_valid(lang: str) -> None:
    text = watchlist_text(Answers("Lueur", ["Orage"], networks=list(PLATFORMS)), lang)
    own, _, rival = text.partition('id = "orage"')
    for name, access in PLATFORMS.items():
        assert f'# {name} = ["{access.example}"]  # {access.note(lang)}' in own or access.way == (
            "import"
        )
        assert (f"\n# {name} = " in rival) is (name not in OWNERS)
        assert access.note(lang) not in rival
    # Every account and setting, as one who takes the sign of the comment away.
    taken = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.M)
    before, _, after = taken.partition("# [[topics]]")
    after = after[after.index("[platforms.mastodon]") :]
    watchlist = read_text(before + after)
    assert set(watchlist.brands[0].accounts) == set(PLATFORMS)
    assert set(watchlist.brands[1].accounts) == set(PLATFORMS) - OWNERS
    assert watchlist.platform("reddit").communities
    assert watchlist.platform("x").money_per_day
    assert watchlist.platform("linkedin").api_version == VERSION
