"""Everything a person reads exists in French and in English."""

from __future__ import annotations

import re

from babel.messages.pofile import read_po

from vigie.locales.wording import MINUS, NARROW, Wording

from .messages import ROOT, messages

PLACES = re.compile(r"%\((\w+)\)s")


def test_every_message_has_its_french_and_none_is_left_over() -> None:
    with (ROOT / "locales" / "fr.po").open("rb") as file:
        catalogue = read_po(file, locale="fr", abort_invalid=True)
    held = {message.id: message for message in catalogue if message.id}
    wanted = dict(messages())
    assert not [m for m in wanted if m not in held], "add them to fr.po"
    assert not [m for m in held if m not in wanted], "no page says them any more"
    for id, message in held.items():
        ids = id if isinstance(id, tuple) else (id,)
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        assert not message.fuzzy
        assert len(texts) == len(ids)
        for one, text in zip(ids, texts, strict=True):
            assert text.strip(), one
            assert sorted(PLACES.findall(one)) == sorted(PLACES.findall(text)), one


def test_numbers_and_dates_in_the_readers_habit() -> None:
    from datetime import UTC, datetime

    french, english = Wording("fr", "Europe/Paris"), Wording("en", "Europe/Paris")
    assert french.number(1234567) == f"1{NARROW}234{NARROW}567"
    assert english.number(1234567) == "1,234,567"
    assert french.short(1234567) == f"1,23{NARROW}M"
    assert english.short(12345) == "12.3K"
    assert french.percent(0.123) == f"12{NARROW}%"
    assert english.percent(-0.05) == f"{MINUS}5%"
    assert french.number(None) == english.short(None) == french.percent(None) == "—"
    assert french.change(12, 10) == f"+20{NARROW}%"
    assert english.change(3, 10) == f"{MINUS}70%"
    assert french.change(3, None) == french.change(3, 0) == ""
    at = datetime(2026, 11, 16, 13, 5, tzinfo=UTC)
    assert french.moment(at) == "lundi 16 nov., 14\u00a0h\u00a005"
    assert english.moment(at) == "Monday 16 Nov, 14:05"
    assert french.day(datetime(2026, 12, 1, 12, tzinfo=UTC)) == "mardi 1er déc."
