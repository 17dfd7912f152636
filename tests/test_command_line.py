"""The command line: light to start, honest exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = ("prefect", "spacy", "sklearn", "scrapy", "polars", "numpy", "opensearchpy", "rich")


def vigie(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    code = "from vigie.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=cwd, check=False
    )


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['vigie', '--help']\n"
        "from vigie.cli import run\n"
        "assert run() == 0\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout


def test_no_workspace_is_a_configuration_error(tmp_path: Path) -> None:
    done = vigie("search", "tea", "--workspace", str(tmp_path))
    assert done.returncode == 4
    assert "vigie init" in done.stderr


def test_an_unknown_option_is_wrong_usage() -> None:
    assert vigie("search", "--frobnicate").returncode == 2


def test_init_then_check(tmp_path: Path) -> None:
    folder = tmp_path / "watch"
    made = vigie("init", str(folder), "--brand", "Lumen", "--network", "bluesky",
                 "--network", "tiktok", "--lang", "fr")  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert "par import" in made.stdout
    checked = vigie("check", "--workspace", str(folder), "--lang", "en", "--json")
    assert checked.returncode == 0, checked.stderr
    assert '"brand:lumen"' in checked.stdout
    again = vigie("init", str(folder))
    assert again.returncode == 4


def test_a_wrong_period_is_wrong_usage(tmp_path: Path) -> None:
    vigie("init", str(tmp_path), "--brand", "Lumen")
    done = vigie("search", "tea", "--last", "soon", "--workspace", str(tmp_path))
    assert done.returncode == 2
    assert "7d" in done.stderr
