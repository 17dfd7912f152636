"""Floors of quality: what a figure must reach, kept with the digest of the files it was measured
on. They rise, never fall."""

from __future__ import annotations

import hashlib
from pathlib import Path

AT_MOST = {"false", "false_short", "redundancy", "false_per_month"}  # of all others more is better
_SLACK = 0.002  # of the figure: another machine's last bits


def digest(shared: Path, files: tuple[str, ...]) -> str:
    """What names the content of a measure's files."""
    total = hashlib.sha256()
    for file in files:
        total.update((shared / file).read_bytes())
    return total.hexdigest()[:16]


def holds(name: str, figure: float, floor: float) -> bool:
    """Whether a figure is on the right side of its floor, but for the last bits."""
    slack = _SLACK * abs(floor)
    return figure <= floor + slack if name in AT_MOST else figure >= floor - slack


def better(name: str, figure: float, floor: float | None) -> float:
    """The floor after an update: never a worse one."""
    if floor is None:
        return figure
    return min(figure, floor) if name in AT_MOST else max(figure, floor)
