"""Holds the readers to their floors: `python -m nlp.evaluate [SHARED] [--update]`.

`nlp/floors.json` has, per figure, what must be reached, and the digest of the files it was measured
on. A figure below its floor ends with status 1. `--update` moves floors to what is reached now, and
only ever for the better.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from nlp.measures import MEASURES

FLOORS = Path(__file__).parent / "floors.json"
AT_MOST = {"false", "false_short"}  # of all others more is better
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


def main(arguments: list[str] | None = None) -> int:
    """Prints each figure with its floor; 1 where one is missed or the files are others."""
    parser = argparse.ArgumentParser(prog="python -m nlp.evaluate", description=__doc__)
    parser.add_argument("shared", nargs="?", default=os.environ.get("VIGIE_SHARED", "../shared"))
    parser.add_argument("--update", action="store_true", help="raise floors to what is reached")
    parser.add_argument("--only", choices=list(MEASURES), action="append")
    options = parser.parse_args(arguments)
    shared = Path(options.shared)
    floors: dict[str, dict[str, Any]] = json.loads(FLOORS.read_text("utf-8"))
    missed = False
    for task in options.only or MEASURES:
        measure, files = MEASURES[task]
        if not all((shared / file).exists() for file in files):
            print(f"{task}: no {', '.join(files)} in {shared} (set VIGIE_SHARED)", file=sys.stderr)
            return 1
        kept = floors.setdefault(task, {"corpus": digest(shared, files), "floors": {}})
        if kept["corpus"] != digest(shared, files):
            print(f"{task}: floors are of other files ({kept['corpus']})", file=sys.stderr)
            missed = True
        for name, figure in measure(shared).items():
            floor = kept["floors"].get(name)
            good = floor is None or holds(name, figure, floor)
            missed |= not good
            sign = "≤" if name in AT_MOST else "≥"
            print(f"{task:10} {name:22} {figure:8.4f} {sign} {floor} {'' if good else ' MISSED'}")
            if options.update:
                kept["floors"][name] = better(name, figure, floor)
    if options.update:
        FLOORS.write_text(json.dumps(floors, indent=2) + "\n", "utf-8")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
