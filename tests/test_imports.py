"""Imports go one way, and nothing imports what must stay away."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    path for room in ("crawlers", "nlp", "flows", "vigie") for path in (ROOT / room).rglob("*.py")
)
UPPER = ("flows", "vigie.cli", "vigie.explorer", "vigie.briefing", "vigie.exports", "vigie.demo",
         "vigie.pipeline", "vigie.panels", "vigie.claims", "vigie.dashboards")  # fmt: skip
RULES = {
    "crawlers": ("nlp", "vigie.store", "vigie.insights", *UPPER),
    "nlp": ("crawlers", "vigie.store", "vigie.insights", *UPPER),
    "vigie/insights": ("crawlers", "vigie.store", *UPPER),
    "vigie/query": ("crawlers", "nlp", "vigie.store", "vigie.insights", *UPPER),
    "vigie/store": ("crawlers", "nlp", *UPPER),
    "vigie/records/": ("crawlers", "nlp", "vigie.store", "vigie.sources", *UPPER),
    "vigie/pipeline.py": ("flows", "vigie.cli"),
}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


@pytest.mark.parametrize("room", RULES)
def test_imports_go_one_way(room: str) -> None:
    inside = [path for path in FILES if path.relative_to(ROOT).as_posix().startswith(room)]
    assert inside
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in inside
        for name in imported(path)
        if any(within(name, forbidden) for forbidden in RULES[room])
    ]
    assert not wrong


def test_nothing_imports_a_reactor() -> None:
    assert not [path for path in FILES if "twisted.internet.reactor" in set(imported(path))]


def test_only_the_clock_asks_the_machine_for_the_time() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in FILES
        if path.name != "clock.py"
        and any(call in path.read_text("utf-8") for call in ("datetime.now(", "utcnow(", "today()"))
    ]
    assert not wrong


def test_no_file_is_two_things() -> None:
    checked = [*FILES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    long = {
        str(path.relative_to(ROOT)): n
        for path in checked
        if (n := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert not long


def test_no_empty_names() -> None:
    empty = {"utils.py", "helpers.py", "manager.py", "base.py", "common.py", "misc.py"}
    assert not [path for path in FILES if path.name in empty]
