"""Errors are said in French, too: whatever the parts that an operator meets may raise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from vigie import errors
from vigie.cli.options import Usage
from vigie.errors import StoreError
from vigie.locales.refusals import NEUTRAL, PAIRS, translated

ROOT = Path(__file__).resolve().parent.parent
SPOKEN = sorted(
    path
    for pattern in (
        "vigie/store/engine.py", "vigie/store/elastic_client.py", "vigie/store/preparing.py",
        "vigie/store/bulk.py", "vigie/store/snapshots.py", "vigie/store/opening.py",
        "vigie/store/moving.py", "vigie/store/observing.py", "vigie/store/tables.py",
        "vigie/store/embedded.py", "vigie/archiving.py", "vigie/workspace.py", "vigie/leases.py",
        "vigie/landing.py", "vigie/erasing.py", "vigie/watchfile.py", "vigie/dashboards/pushing.py",
        "vigie/explorer/serving.py",
        "vigie/cli/*.py", "flows/*.py",
    )
    for path in ROOT.glob(pattern)
)  # fmt: skip
RAISED = {
    *(name for name, one in vars(errors).items() if isinstance(one, type)
      and issubclass(one, errors.VigieError)),
    "Usage", "Refused", "Unreachable", "BackupError",
}  # fmt: skip


def templates(path: Path) -> Iterator[tuple[int, str]]:
    """The words of each error that a file makes, `{}` for their parts; not those that are made
    elsewhere or said in both languages there."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in RAISED:
            continue
        for said in (*node.args[:1], *(one.value for one in node.keywords if one.arg == "do")):
            if isinstance(said, ast.Constant):
                yield node.lineno, str(said.value)
            elif isinstance(said, ast.JoinedStr):
                yield (
                    node.lineno,
                    "".join(
                        str(part.value) if isinstance(part, ast.Constant) else "{}"
                        for part in said.values
                    ),
                )


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: path.name)
def test_whatever_is_raised_there_has_its_french(path: Path) -> None:
    missing = [
        f"line {line}: {text}"
        for line, text in templates(path)
        if text not in NEUTRAL and translated(text) == text and PAIRS.get(text) != text
    ]
    assert not missing


def test_french_has_the_parts_of_the_english() -> None:
    for english, french in PAIRS.items():
        assert english.count("{}") == french.count("{}"), english
        parts = [f"«{n}»" for n in range(english.count("{}"))]
        assert translated(english.format(*parts)) == french.format(*parts)


def test_an_error_is_rendered_in_either_language() -> None:
    error = StoreError(
        "no answer after 9 tries: HTTP 429", where="http://h:9200", do="run it again"
    )
    assert error.render("en") == str(error)
    assert error.render("fr") == (
        "http://h:9200 : pas de réponse après 9 essais : HTTP 429 → relancez"
    )
    assert Usage("no brand 'x'", where="--brand", do="a, b").render("fr") == (
        "--brand : pas de marque 'x' → a, b"
    )
    assert StoreError("a server's {own} words").render("fr") == "a server's {own} words"
