"""Every crawler is a parameter of every test here; what a platform lacks is printed in the end."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import crawlers
from tests.crawlers.conformance.cases import CASES, Case
from tests.crawlers.conformance.village import Village, village


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        names = [name for name in crawlers.names() if name in CASES]
        metafunc.parametrize("case", [CASES[name] for name in names], ids=names)


@pytest.fixture
async def place(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Village]:
    """An empty village of the case, with pages as small as it says."""
    for path, value in case.small.items():
        module, _, name = path.rpartition(".")
        monkeypatch.setattr(importlib.import_module(module), name, value)
    async with village(case, tmp_path / "w", page=case.page) as made:
        yield made


def pytest_terminal_summary(terminalreporter: Any) -> None:
    told = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    if not any("conformance" in report.nodeid for report in told):
        return
    terminalreporter.section("what platforms do not have")
    for name in crawlers.names():
        for phase, reason in CASES[name].lacks.items() if name in CASES else ():
            terminalreporter.write_line(f"{name:18}{phase:10}{reason}")
