"""The language of what a command says, and its two ways out: a document or lines."""

from __future__ import annotations

import logging
import os
import sys
import unicodedata
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import typer

from vigie import logs

Lang = Literal["fr", "en"]


def language(given: str | None = None) -> Lang:
    """The language asked for, here or anywhere on the command line, else that of the terminal."""
    told = given or given_language() or os.environ.get("LC_ALL") or os.environ.get("LANG") or "en"
    return "fr" if told.lower().startswith("fr") else "en"


def given_language() -> Lang | None:
    """The language that the command line asks for, before it is parsed; None where it does not."""
    words = sys.argv[1:]
    for word, following in zip(words, [*words[1:], ""], strict=False):
        told = following if word == "--lang" else word.removeprefix("--lang=")
        if word.startswith("--lang") and told in ("fr", "en"):
            return "fr" if told == "fr" else "en"
    return None


_read: list[Lang] = []  # by the workspace that the command opened, once its watchlist could be read


def reads(lang: Lang) -> None:
    """Notes the language that a workspace's reader reads."""
    _read[:] = [lang]


def reader() -> Lang:
    """The language of whoever reads: that of the workspace which was opened, else `language`."""
    return _read[0] if _read else language()


def both(fr: str, en: str) -> str:
    """The help text in the language of the command line."""
    return fr if language() == "fr" else en


def said(lang: Lang, fr: str, en: str) -> str:
    """The words in the language of the reader, as a workspace says it."""
    return fr if lang == "fr" else en


def _parsed(text: str) -> Lang:
    if text not in ("fr", "en"):
        raise typer.BadParameter(f"{text!r}: fr, en")
    return "fr" if text == "fr" else "en"


Language = Annotated[
    Any,
    typer.Option(
        "--lang",
        parser=_parsed,
        metavar="fr|en",
        help=both("Langue de ce qui est dit.", "Language of what is said."),
    ),
]


def show(document: Any, *, as_json: bool, lines: Iterable[str]) -> None:
    """One JSON document on standard output, or the lines for a person."""
    if as_json:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(document, default=_plain, option=orjson.OPT_INDENT_2))
        sys.stdout.buffer.write(b"\n")
        sys.stdout.flush()
        return
    for line in lines:
        print(line)


def clean(text: str) -> str:
    """Other people's words without what a terminal would obey: control characters and changes of
    the direction of writing."""
    return "".join(" " if _obeyed(char) else char for char in text)


def _obeyed(char: str) -> bool:
    return (
        unicodedata.category(char) == "Cc"
        or char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


def tell(text: str, level: int = logging.INFO, **fields: Any) -> None:
    """Progress on standard error: the words for a person, or a JSON line with the fields."""
    if logs.structured():
        logging.getLogger("vigie.cli").log(level, text, extra=fields)
        return
    print(text, file=sys.stderr, flush=True)


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return str(value)
