"""docs/query.md and its French page: every example can be read, every operator without an equal
is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from vigie.query import parse
from vigie.query.pasted import NO_EQUAL
from vigie.query.problems import Unreadable

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("query.md", "query.fr.md")


def rows(page: str) -> Iterator[list[str]]:
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and "---" not in line:
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def examples(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("page", PAGES)
def test_examples_can_be_read(page: str) -> None:
    found = [
        query
        for cells in rows(page)
        for cell in (cells if len(cells) == 2 else cells[:1])
        for query in examples(cell)
        if not query.endswith(":") and "…" not in query and query != "( )"
    ]
    assert len(found) > 50
    assert not [query for query in found if not any(read(query))]


def read(query: str) -> Iterator[bool]:
    """Whether a query can be read alone, or an operator between two words."""
    for text in (query, f"a {query} b"):
        try:
            parse(text)
        except Unreadable:
            yield False
        else:
            yield True


@pytest.mark.parametrize("page", PAGES)
def test_what_has_no_equal_is_told(page: str) -> None:
    told = [cells for cells in rows(page) if re.match("no equal|pas d'équivalent", cells[1])]
    named = [field for cells in told for field in examples(cells[0])]
    assert len(named) > 15
    assert not [field for field in named if field.rstrip(":").lower() not in NO_EQUAL]
    aliased = [cells for cells in rows(page) if cells not in told]
    both = [field for cells in aliased for cell in cells for field in examples(cell)]
    assert not [field for field in both if field.rstrip(":").lower() in NO_EQUAL]
