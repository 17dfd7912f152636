"""What the platforms give is told for each of them, in both languages, and as measured."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

import crawlers
from vigie.evaluation import coverage
from vigie.offers import Lang, offers
from vigie.platforms import PLATFORMS

ROOT = Path(__file__).parents[1]
FILES: dict[Lang, str] = {"en": "platforms.md", "fr": "platforms.fr.md"}


def test_every_platform_is_told_in_both_languages() -> None:
    assert set(offers()) == set(PLATFORMS)
    assert set(crawlers.names()) <= set(offers())
    for name, offer in offers().items():
        for told in (offer.gives, offer.lacks, offer.needs):
            assert set(told) == set(get_args(Lang)), name
            assert all(text.endswith(".") for text in told.values()), name


@pytest.mark.parametrize("lang", FILES)
def test_the_page_is_as_the_offers_and_what_was_measured(lang: Lang) -> None:
    written = (ROOT / "docs" / FILES[lang]).read_text("utf-8")
    made = coverage.page(lang, coverage.kept())
    assert written == made, "run: python -m vigie.evaluation.coverage ../shared"


@pytest.mark.parametrize("platform", crawlers.names())
def test_what_the_recordings_carry_does_not_fall(shared: Path, platform: str) -> None:
    folder = shared / "fixtures" / platform
    if not folder.is_dir():
        pytest.skip(f"no recordings of {platform}")
    measured, kept = coverage.measure(folder), coverage.kept()[platform]
    fallen = {
        name: (measured["fields"].get(name, 0.0), share)
        for name, share in kept["fields"].items()
        if measured["fields"].get(name, 0.0) < share
    }
    assert not fallen, "now, before"
    for name in ("posts", "accounts", "samples", "tombstones"):
        assert measured[name] >= kept[name], name
