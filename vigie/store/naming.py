"""Where a record lies in a search engine: the name of its index and its document's id, both pure
functions of the record."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST_ID = 512  # bytes that engines take
FIRST = "1970-01"  # an index of that time is there from the beginning, so that aliases answer
_PERIOD = re.compile(r"(\d{4})(?:\.(\d{2}))?")


@dataclass(frozen=True, slots=True)
class Names:
    """The index names of a store: `PREFIX-posts-2026.11`, `PREFIX-metrics-2026.11`,
    `PREFIX-trends` …"""

    prefix: str = "vigie"
    period: str = "month"  # or "year"

    @property
    def posts(self) -> str:
        """The alias of all indices of posts."""
        return f"{self.prefix}-posts"

    @property
    def metrics(self) -> str:
        """The alias of all indices of metric samples."""
        return f"{self.prefix}-metrics"

    def posts_of(self, published_at: str) -> str:
        """The index of a post published then (ISO 8601, UTC)."""
        return f"{self.posts}-{self._part(published_at)}"

    def metrics_of(self, captured_at: str) -> str:
        """The index of a sample captured then (ISO 8601, UTC)."""
        return f"{self.metrics}-{self._part(captured_at)}"

    def kind(self, kind: str) -> str:
        """The index of a kind of record of which there are few."""
        return f"{self.prefix}-{kind.replace('_', '-')}s"

    def _part(self, at: str) -> str:
        return at[:4] if self.period == "year" else f"{at[:4]}.{at[5:7]}"

    def end_of(self, index: str) -> datetime | None:
        """When the period of an index of posts or samples ends; None for another index."""
        for alias in (self.posts, self.metrics):
            if index.startswith(f"{alias}-"):
                found = _PERIOD.fullmatch(index.removeprefix(f"{alias}-"))
                if found is None:
                    return None
                year, month = int(found[1]), int(found[2] or 12)
                year, month = (year + 1, 1) if month == 12 else (year, month + 1)
                return datetime(year, month, 1, tzinfo=UTC)
        return None


def document_id(id: str) -> str:
    """The `_id` of a record: its id, or a digest of one that is too long for the engine."""
    encoded = id.encode()
    if len(encoded) <= LONGEST_ID:
        return id
    return "sha256:" + hashlib.sha256(encoded).hexdigest()
