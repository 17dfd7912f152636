"""Comparing a briefing with today: minutes' worth of posts read again, so in the background."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from vigie.briefing.checking import Moved

PATIENCE_S = 0.5  # a page waits no longer: small stores answer at once


class Comparisons:
    """What has moved since each briefing, one found at a time, and kept until the briefing or the
    posts are others."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: dict[str, tuple[Hashable, Future[list[Moved]]]] = {}
        self._worker: ThreadPoolExecutor | None = None

    def ask(
        self, week: str, state: Hashable, compare: Callable[[], list[Moved]]
    ) -> list[Moved] | None:
        """The answer for a week in a state of briefing and posts; None while it is being found.
        Raises what `compare` raises; the next question tries again."""
        with self._lock:
            known = self._found.get(week)
            if known is None or known[0] != state:
                self._worker = self._worker or ThreadPoolExecutor(1, "comparing")
                known = self._found[week] = state, self._worker.submit(compare)
        future = known[1]
        try:
            return future.result(PATIENCE_S)
        except TimeoutError:
            if future.done():  # its own time-out, not ours
                self._forget(week)
                raise
            return None
        except Exception:
            self._forget(week)
            raise

    def _forget(self, week: str) -> None:
        with self._lock:
            self._found.pop(week, None)
