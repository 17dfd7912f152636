"""Everything that Vigie raises on purpose.

VigieError
├── ConfigError            the watchlist, an option or the environment is wrong        exit 4
├── QueryError             a search query cannot be read                               exit 2
├── SourceError            a source did not give what it should                        exit 3
│   ├── RateLimited        the platform asks to wait longer than the bound
│   ├── BudgetSpent        the next call would exceed a budget
│   ├── MissingKey         a token or key is not set
│   └── Broken             login page, unknown shape, HTTP error, time-out
├── MappingError           a body cannot be mapped: it goes to quarantine              exit 1
├── ImportRefused          a file cannot be imported as it is                          exit 1
├── LandingError           a segment cannot be written or read                         exit 1
├── StoreError             the store cannot be opened, read or written                 exit 1
├── BriefingError          a claim of a briefing does not hold                         exit 1
├── DashboardsError        Dashboards or Kibana takes no saved objects                 exit 1
├── NotConnected           a platform gives no token, or none any more                 exit 1
├── Busy                   another process does this here already                      exit 1
└── Prerequisite           something that has to be installed is missing               exit 1

Each says what happened, where, and what to do: `VigieError(what, where=..., do=...)`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal


class VigieError(Exception):
    """What happened, where, and what to do, in words that a person can act on."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        self.what = what
        self.where = where
        self.do = do
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} → {self.do}" if self.do else text

    def render(self, lang: Literal["fr", "en"]) -> str:
        """All of it in one line, in the reader's language (vigie/locales/refusals.py)."""
        if lang == "en":
            return str(self)
        from vigie.locales.refusals import translated

        what, where, do = map(translated, (self.what, self.where, self.do))
        text = f"{where} : {what}" if where else what
        return f"{text} → {do}" if do else text


class ConfigError(VigieError):
    """The watchlist, an option or the environment is wrong."""

    exit_code = 4


class QueryError(VigieError):
    """A search query cannot be read; `line` and `column` count from 1."""

    exit_code = 2

    def __init__(self, what: str, *, line: int = 1, column: int = 1, do: str = "") -> None:
        super().__init__(what, where=f"query, line {line}, column {column}", do=do)
        self.line = line
        self.column = column


class SourceError(VigieError):
    """A source did not give what it should."""

    exit_code = 3


class RateLimited(SourceError):
    """The platform asks to wait longer than the bound; `resume_at` is UTC, None if unknown."""

    def __init__(self, what: str, *, resume_at: datetime | None = None, where: str = "") -> None:
        super().__init__(what, where=where, do="run again after that time")
        self.resume_at = resume_at


class BudgetSpent(SourceError):
    """The next call would exceed a budget."""


class MissingKey(SourceError):
    """A token or key is not set."""


class Broken(SourceError):
    """Login page, unknown shape, HTTP error or time-out: never read as silence."""


class MappingError(VigieError):
    """A body cannot be mapped: it goes to quarantine with this reason."""


class ImportRefused(VigieError):
    """A file cannot be imported as it is."""


class LandingError(VigieError):
    """A landing segment cannot be written or read."""


class StoreError(VigieError):
    """The store cannot be opened, read or written."""


class BriefingError(VigieError):
    """A claim of a briefing does not recompute, or its posts do not resolve."""


class DashboardsError(VigieError):
    """Dashboards or Kibana cannot be reached, or takes no saved objects."""


class NotConnected(VigieError):
    """A platform gives no token. `kind` is whom to turn to: "denied" (a person said no), "scope"
    (the app lacks an approval), "app" (its id or secret is refused), "unset" (they are not there),
    "key" (it is refused), "grant" (what was given is void), "unreachable" (nobody answered), "late"
    (nobody came back)."""

    def __init__(self, what: str, *, where: str = "", do: str = "", kind: str = "grant") -> None:
        super().__init__(what, where=where, do=do)
        self.kind = kind


class Busy(VigieError):
    """Another process does this in this workspace already."""


class Prerequisite(VigieError):
    """Something that has to be installed is missing."""
