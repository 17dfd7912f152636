"""All messages of the interface, as they stand in code and templates."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.extract import extract
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parents[2] / "vigie"
FOLDERS = ("explorer", "panels", "dashboards", "locales")
KEYWORDS: dict[str, Any] = {
    "mark": None, "text": None, "_": None, "gettext": None, "plural": (1, 2), "ngettext": (1, 2)
}  # fmt: skip
Message = str | tuple[str, str]


def messages() -> Iterator[tuple[Message, str]]:
    """Each message id (a pair where it has a plural) with the file that holds it."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".py", ".html"):
                continue
            file = io.BytesIO(path.read_bytes())
            if path.suffix == ".py":
                found = ((m, line) for line, m, _, _ in extract("python", file, KEYWORDS))
            else:
                options = {"trim_blocks": "true", "lstrip_blocks": "true"}
                listed = babel_extract(file, list(KEYWORDS), (), options)
                found = ((m, line) for line, _, m, _ in listed)
            for message, _ in found:
                if isinstance(message, tuple):
                    message = tuple(part for part in message if part)[:2]
                    message = message if len(message) == 2 else message[0]
                if message:
                    yield message, str(path.relative_to(ROOT))
