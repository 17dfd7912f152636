"""Numbers, changes, dates and lists as a person of the trade writes them, in French and English."""

from __future__ import annotations

import gettext
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from vigie.locales import Lang, messages

MINUS = "\u2212"
NARROW = "\u202f"  # narrow no-break space
THIN_UNITS = ((1_000_000_000, "G", "B"), (1_000_000, "M", "M"), (1_000, "k", "K"))


class Wording:
    """How one reader reads: language and time zone. Unknown values are `—`, never 0."""

    def __init__(self, lang: Lang, zone: str) -> None:
        self.lang = lang
        self.zone = ZoneInfo(zone)
        self.locale = Locale.parse("fr" if lang == "fr" else "en_GB")

    @cached_property
    def _catalogue(self) -> gettext.NullTranslations:
        return messages(self.lang)

    def text(self, message: str) -> str:
        """The wording of a message id; an empty one stays empty."""
        return self._catalogue.gettext(message) if message else ""

    def plural(self, one: str, many: str, n: int) -> str:
        return self._catalogue.ngettext(one, many, n)

    # -- numbers

    def number(self, value: float | None, digits: int = 0) -> str:
        """1 234 567 in French, 1,234,567 in English."""
        if value is None:
            return "—"
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(round(value, digits), format=pattern, locale=self.locale).replace(
            "-", MINUS
        )

    def short(self, value: float | None) -> str:
        """Rounded to three figures, as on tiles: 12,3 k, 1,23 M; whole below 10 000."""
        if value is None:
            return "—"
        size = abs(value)
        if size < 10_000:
            whole = size >= 100 or float(value).is_integer()
            return self.number(value, 0 if whole else 1 if size >= 10 else 2)
        unit, fr, en = next(entry for entry in THIN_UNITS if size >= entry[0] * 0.9995)
        scaled = value / unit
        digits = 0 if abs(scaled) >= 99.95 else 1 if abs(scaled) >= 9.995 else 2
        number = self.number(scaled, digits)
        return f"{number}{NARROW}{fr}" if self.lang == "fr" else f"{number}{en}"

    def percent(self, share: float | None, digits: int = 0) -> str:
        """A share of 0..1 as 12 % or 12%."""
        if share is None:
            return "—"
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        pattern += NARROW + "%" if self.lang == "fr" else "%"
        return format_percent(round(share, digits + 2), format=pattern, locale=self.locale).replace(
            "-", MINUS
        )

    def change(self, now: float | None, before: float | None) -> str:
        """The signed change in per cent; empty where either is unknown or there was nothing."""
        if now is None or not before:
            return ""
        share = now / before - 1
        if share >= 9.995:
            return self.factor(now / before)
        return self.signed(round(share * 100), NARROW + "%" if self.lang == "fr" else "%")

    def signed(self, value: float, unit: str = "", digits: int = 0) -> str:
        """A change with its sign: +12, −3, =."""
        rounded = round(value, digits)
        if rounded == 0:
            return "=" if not unit else f"±{self.number(0)}{unit}"
        return f"{'+' if rounded > 0 else MINUS}{self.number(abs(rounded), digits)}{unit}"

    def factor(self, value: float | None) -> str:
        """A growth as × 3.4."""
        if value is None:
            return "—"
        return f"×\u00a0{self.number(value, 0 if value >= 100 else 1)}"

    # -- time

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def day(self, at: datetime | date, *, weekday: bool = True, year: bool = False) -> str:
        """lundi 16 nov. | Monday 16 Nov"""
        if isinstance(at, datetime):
            at = self.local(at).date()
        pattern = ("EEEE " if weekday else "") + "d MMM" + (" y" if year else "")
        text = format_date(at, pattern, locale=self.locale)
        if self.lang == "fr" and at.day == 1:
            return text.replace("1 ", "1er ", 1)
        return text

    def hour(self, at: datetime) -> str:
        """14 h, 14 h 05 | 14:00, 14:05"""
        local = self.local(at)
        if self.lang == "en":
            return f"{local:%H:%M}"
        minutes = f"\u00a0{local:%M}" if local.minute else ""
        return f"{local.hour}\u00a0h{minutes}"

    def moment(self, at: datetime | None, *, year: bool = False) -> str:
        """lundi 16 nov., 14 h | Monday 16 Nov, 14:00"""
        return "—" if at is None else f"{self.day(at, year=year)}, {self.hour(at)}"

    def month(self, at: date) -> str:
        return format_skeleton("yMMMM", at, locale=self.locale)

    def ago(self, at: datetime | None, now: datetime) -> str:
        """12 minutes ago | il y a 12 minutes"""
        if at is None:
            return self.text("never")
        seconds = max(0, int((now - at).total_seconds()))
        if seconds < 60:
            return self.text("just now")
        if seconds < 3_600:
            n = seconds // 60
            text = self.plural("%(n)s minute ago", "%(n)s minutes ago", n)
        elif seconds < 86_400:
            n = seconds // 3_600
            text = self.plural("%(n)s hour ago", "%(n)s hours ago", n)
        else:
            n = seconds // 86_400
            text = self.plural("%(n)s day ago", "%(n)s days ago", n)
        return text % {"n": self.number(n)}

    def span(self, hours: float) -> str:
        """31 h, 11 jours | 31 h, 11 days"""
        if hours < 48:
            return f"{self.number(hours)}\u00a0h"
        days = int(hours // 24)
        return self.plural("%(n)s day", "%(n)s days", days) % {"n": self.number(days)}

    def listed(self, items: list[str]) -> str:
        """a, b et c | a, b and c"""
        return format_list(items, locale=self.locale) if items else ""

    def language(self, code: str) -> str:
        """The name of a language: français | French; the code where it has none."""
        base = code.split("-")[0].lower()
        return str(self.locale.languages.get(base, code))
