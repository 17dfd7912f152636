"""The pages on imports name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vigie import importing
from vigie.importing.columns import FIELDS, parse

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["import.md", "import.fr.md"])
def test_a_page_names_every_preset_and_field(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.M)) == set(importing.presets())
    for field in FIELDS:
        last = field.rpartition(".")[2]
        assert f"`{field}`" in text or f"`.{last}`" in text, field


@pytest.mark.parametrize("page", ["import.md", "import.fr.md"])
def test_the_map_of_a_page_is_read(page: str) -> None:
    import tomllib

    text = (DOCS / page).read_text(encoding="utf-8")
    written = re.search(r"```toml\n(.*?)```", text, re.S)
    assert written
    told = parse(tomllib.loads(written[1]), page)
    assert told.columns["published_at"] == ("created_at", "Date + Time")
    assert told.dates.order == "dmy"


def test_both_pages_say_as_much() -> None:
    english, french = ((DOCS / page).read_text("utf-8") for page in ("import.md", "import.fr.md"))
    for mark in (r"^## ", r"^\| ", r"^- \*\*", r"^vigie import "):
        assert len(re.findall(mark, english, re.M)) == len(re.findall(mark, french, re.M)), mark
