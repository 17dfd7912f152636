"""How long a version of LinkedIn's API lives: named by month, switched off about a year later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

VERSION = "202609"  # that the crawler was written for
LIVES_YEARS = 1
WARNED = timedelta(days=60)  # before it is switched off


def lapses(version: str) -> datetime:
    """When a version is switched off, about: the month of its name, a year later. Raises
    ValueError for a name that is none."""
    if len(version) != 6 or not version.isdigit():
        raise ValueError(f"no version of LinkedIn's: {version!r}")
    return datetime(int(version[:4]) + LIVES_YEARS, int(version[4:]), 1, tzinfo=UTC)


def remarks(version: str, now: datetime) -> Iterator[tuple[str, str]]:
    """What a person should know of a version: French, English."""
    where = "api_version, [platforms.linkedin]"
    try:
        end = lapses(version)
    except ValueError:
        yield (
            f"LinkedIn : « {version} » n’est pas une version (AAAAMM) → {where}",
            f"LinkedIn: “{version}” is no version (YYYYMM) → {where}",
        )
        return
    if now >= end:
        yield (
            f"LinkedIn : la version {version} est sans doute éteinte depuis {end:%m/%Y} → {where}",
            f"LinkedIn: version {version} has probably been off since {end:%Y-%m} → {where}",
        )
    elif now >= end - WARNED:
        yield (
            f"LinkedIn : la version {version} s’éteint vers {end:%m/%Y} → {where}",
            f"LinkedIn: version {version} is switched off about {end:%Y-%m} → {where}",
        )
