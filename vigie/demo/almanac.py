"""The simulated world's time: nine weeks of wall-clock days that end on a Monday at nine in Paris.

A moment of the story is a day (0 is the first Monday) and a minute of that day in Paris. It has two
faces: the real instant, which moves with `now` by whole weeks, and the instant in the year in which
the story is set, from which ids are made, so that a moved world keeps its ids.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
WEEKS = 9
DAYS = WEEKS * 7
SET_ON = date(2026, 11, 23)  # the Monday on which the story is told
NOW_HOUR = 9

# Days of the story's own calendar, as the calendar file (the watchlist's) knows them.
CLOCK_CHANGE = 34
HOLIDAY = 51
BLACK_FRIDAY = 67


def last_monday(now: datetime) -> datetime:
    """Monday at nine in Paris, the last one that is not after `now`, in UTC."""
    local = now.astimezone(ZONE)
    monday = local.date() - timedelta(days=local.weekday())
    at = datetime(monday.year, monday.month, monday.day, NOW_HOUR, tzinfo=ZONE)
    return (at if at <= local else at - timedelta(days=7)).astimezone(UTC)


class Almanac:
    """Turns days and minutes of the story into instants. Raises ValueError unless `now` is a
    Monday at nine in Paris."""

    def __init__(self, now: datetime) -> None:
        local = now.astimezone(ZONE)
        if local.weekday() != 0 or (local.hour, local.minute) != (NOW_HOUR, 0):
            raise ValueError(f"the world's now is a Monday at {NOW_HOUR}:00 in Paris, not {local}")
        self.now = now.astimezone(UTC)
        self.monday = local.date()
        self._real = self._hours(self.monday)
        self._set = self._hours(SET_ON)

    @staticmethod
    def _hours(monday: date) -> list[list[int]]:
        first = monday - timedelta(days=DAYS)
        return [
            [
                int(datetime(*day.timetuple()[:3], hour, tzinfo=ZONE).timestamp())
                for hour in range(24)
            ]
            for day in (first + timedelta(days=number) for number in range(DAYS + 8))
        ]

    def day(self, number: int) -> date:
        """The date of a day of the story."""
        return self.monday - timedelta(days=DAYS - number)

    def at(self, day: int, minute: float) -> tuple[int, int]:
        """Milliseconds since the epoch of a moment: real, and in the year in which it is set."""
        day, minute = day + int(minute // 1440), minute % 1440
        hour, rest = divmod(minute, 60)
        beyond = int(rest * 60_000)
        return (
            self._real[day][int(hour)] * 1000 + beyond,
            self._set[day][int(hour)] * 1000 + beyond,
        )

    def instant(self, day: int, hour: int, minute: int = 0) -> datetime:
        """The real instant of a moment, in UTC."""
        return datetime.fromtimestamp(self.at(day, hour * 60 + minute)[0] / 1000, UTC)

    def moments(self) -> dict[str, tuple[str, ...]]:
        """The world's own calendar: name → ISO dates, for the watchlist."""
        return {
            "Black Friday": (self.day(BLACK_FRIDAY).isoformat(),),
            "Changement d'heure": (self.day(CLOCK_CHANGE).isoformat(),),
            "11 novembre": (self.day(HOLIDAY).isoformat(),),
        }
