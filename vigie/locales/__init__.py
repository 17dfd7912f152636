"""French and English: messages from gettext catalogues; numbers and dates in the reader's habit.

Message ids are the English wording; `fr.po` beside this file holds the French one and is read when
it is first needed (no compiled catalogue that could be stale).
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from importlib.resources import files
from typing import Literal

Lang = Literal["fr", "en"]
LANGUAGES: tuple[Lang, ...] = ("fr", "en")


@cache
def messages(lang: Lang) -> gettext.NullTranslations:
    """The catalogue of a language; English needs none, since the ids are English."""
    source = files("vigie.locales").joinpath(f"{lang}.po")
    if not source.is_file():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, locale=lang, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def mark(message: str) -> str:
    """The message itself: marks a text of a declaration for the catalogues, without translating."""
    return message
