"""How many calls a platform of the simulated world takes from one caller."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """The most calls of one caller in a window of so many seconds."""

    calls: int
    window_s: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands: calls left, when the window ends (ms since the epoch), and the seconds
    to wait where this call is one too many."""

    left: int
    ends: int
    wait_s: float | None = None


@dataclass(slots=True)
class _Window:
    began: float
    calls: int = 0


class Quotas:
    """Counts calls by platform and caller. Time passes with the world's clock and, since that may
    stand still, with the machine's as well."""

    def __init__(self, quotas: Mapping[str, Quota]) -> None:
        self._quotas = dict(quotas)
        self._windows: dict[tuple[str, str], _Window] = {}
        self._started = time.monotonic()

    def count(self, platform: str, caller: str, now: int) -> Standing | None:
        """Counts a call that is made now (ms since the epoch); None: the platform has no quota."""
        quota = self._quotas.get(platform)
        if quota is None:
            return None
        at = now / 1000 + time.monotonic() - self._started
        window = self._windows.setdefault((platform, caller), _Window(at))
        if at >= window.began + quota.window_s:
            window.began, window.calls = at, 0
        window.calls += 1
        rest = window.began + quota.window_s - at
        ends = now + round(rest * 1000)
        if window.calls > quota.calls:
            return Standing(0, ends, rest)
        return Standing(quota.calls - window.calls, ends)
