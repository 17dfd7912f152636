"""The one clock: `collected_at`, windows and schedules ask it, only the demo and tests set it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the present as an aware UTC time."""

    def now(self) -> datetime: ...


class MachineClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is set: the demo's and the tests'."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def now(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        """Moves the clock to an aware time; raises ValueError for a naive one."""
        if at.tzinfo is None:
            raise ValueError("a clock needs a time with an offset")
        self._at = at.astimezone(UTC)
