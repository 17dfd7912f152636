"""How often a schedule of the watchlist works: "every 2 hours", or a cron line."""

from __future__ import annotations

import re

from vigie.errors import ConfigError

_EVERY = re.compile(r"every ([1-9]\d*) (minute|hour|day)s?")
_A_DAY = {"minute": 1440.0, "hour": 24.0, "day": 1.0}
_NAMES = {
    name: number
    for names in (
        ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
        ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    )
    for number, name in enumerate(names)
}
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute, hour, day, month, weekday


def runs_a_day(schedule: str) -> float:
    """Runs a day, on average over a year. Raises ConfigError where it cannot be read."""
    text = schedule.strip()
    if match := _EVERY.fullmatch(text):
        return _A_DAY[match[2]] / int(match[1])
    parts = text.lower().split()
    if len(parts) != len(_FIELDS):
        raise ConfigError(
            f"cannot read {schedule!r}", where="schedule.run",
            do='write "every 1 hour", or a cron line as "0 7 * * 1"',
        )  # fmt: skip
    minute, hour, day, month, weekday = (
        _values(part, low, high) for part, (low, high) in zip(parts, _FIELDS, strict=True)
    )
    weekdays = {number % 7 for number in weekday}
    months, days, weeks = len(month) / 12, len(day) / 31, len(weekdays) / 7
    either = parts[2] != "*" and parts[4] != "*"  # cron's rule: one of the two is enough
    chosen = days + weeks - days * weeks if either else days * weeks
    return len(minute) * len(hour) * months * chosen


def _values(part: str, low: int, high: int) -> set[int]:
    """The values that a field of a cron line lets in: `*`, `*/n`, `a-b/n`, `a,b`, names."""
    found: set[int] = set()
    for piece in part.split(","):
        span, _, step = piece.partition("/")
        first, dash, last = span.partition("-")
        try:
            if first == "*":
                begin, end = low, high if high != 7 else 6
            else:
                begin = _number(first)
                end = _number(last) if dash else (high if step else begin)
            found.update(range(begin, end + 1, int(step or 1)))
        except ValueError as error:
            raise ConfigError(
                f"cannot read {part!r}", where="schedule.run",
                do='write a cron line as "0 7 * * 1"',
            ) from error  # fmt: skip
    return found


def _number(text: str) -> int:
    return _NAMES[text[:3]] if text[:3] in _NAMES else int(text)
