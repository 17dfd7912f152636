"""What is told on standard error: words for a person, or one JSON object a line for a collector.

`vigie --log json …` or VIGIE_LOG=json asks for the second. Each line has `ts` (UTC), `level`,
`logger` and `event`, and where they are known `run_id`, `stage`, `platform`, `figures`, the flow
run and the error. Values of secrets are masked, wherever they stand.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TextIO

import orjson

from vigie.masking import Secrets, mask_url

VARIABLE = "VIGIE_LOG"
JSON = "json"
SECRET = re.compile(r"(TOKEN|SECRET|PASSWORD|PASSWD|PASS|KEY|DSN|CREDENTIALS?)$")
FIELDS = ("figures", "code", "flow_run_name", "task_run_name", "worker_name")
_URL = re.compile(r"https?://[^\s\"'<>]+")
_NOTHING: Mapping[str, str] = MappingProxyType({})
_known: ContextVar[Mapping[str, str]] = ContextVar("known", default=_NOTHING)
_secrets = Secrets((), {})
_hidden: set[str] = set()
_given = Secrets.of(())


def structured() -> bool:
    """Whether one JSON object a line was asked for."""
    return os.environ.get(VARIABLE) == JSON


def begin() -> None:
    """Makes every logger of this process write JSON lines; Prefect's, too, once it is imported."""
    logging.basicConfig(handlers=[JsonLines()], level=logging.WARNING, force=True)
    logging.getLogger("vigie").setLevel(logging.INFO)
    logging.captureWarnings(True)
    os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_CLASS"] = "vigie.logs.JsonLines"


def hide(environ: Mapping[str, str]) -> None:
    """Masks the values of what is named like a secret, from now on."""
    global _secrets
    _secrets = Secrets([name for name in environ if SECRET.search(name.upper())], environ)


def hide_also(values: Iterable[str]) -> None:
    """Masks these values, too: tokens that were read or given on the way."""
    global _given
    if new := set(values) - _hidden:
        _hidden.update(new)
        _given = Secrets.of(_hidden)


@contextmanager
def bound(**known: str) -> Iterator[None]:
    """Lines that are told in the block carry these fields."""
    before = _known.set({**_known.get(), **known})
    try:
        yield
    finally:
        _known.reset(before)


def bind(**known: str) -> None:
    """Lines of this task carry these fields from now on."""
    _known.set({**_known.get(), **known})


class JsonLines(logging.StreamHandler[TextIO]):
    """Writes records as JSON lines to standard error, whatever formatter it is given."""

    def __init__(self, stream: TextIO | None = None, styles: object = None) -> None:
        super().__init__(stream or sys.stderr)
        hide(os.environ)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": masked(record.getMessage()),
            **_known.get(),
        }
        for name in FIELDS:
            if (value := getattr(record, name, None)) is not None:
                line[name] = value
        if record.exc_info:
            line["error"] = masked(logging.Formatter().formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode()


def masked(text: str) -> str:
    """The text without values of secrets, and its addresses without user, password and tokens."""
    return _given.mask(_secrets.mask(_URL.sub(lambda found: mask_url(found[0]), text)))
