"""Holds readers and detectors to their floors: `python -m vigie.evaluation [SHARED] [--update]`.

`nlp/floors.json` and `vigie/insights/floors.json` have, per figure, what must be reached, and the
digest of the files it was measured on. A figure below its floor ends with status 1. `--update`
moves floors to what is reached now, and only ever for the better.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from nlp.measures import MEASURES as READERS
from vigie.evaluation.floors import AT_MOST, better, digest, holds
from vigie.evaluation.measures import MEASURES as DETECTORS
from vigie.evaluation.measures import Measure

ROOT = Path(__file__).resolve().parents[2]
FLOORS = {ROOT / "nlp/floors.json": READERS, ROOT / "vigie/insights/floors.json": DETECTORS}


def _hold(task: str, measure: Measure, shared: Path, kept: dict[str, Any], update: bool) -> bool:
    """Prints a task's figures with their floors, which an update raises; whether all hold."""
    figures_of, files = measure
    absent = [file for file in files if not (shared / file).exists()]
    if absent:
        print(f"{task}: no {', '.join(absent)} in {shared} (set VIGIE_SHARED)", file=sys.stderr)
        return False
    good = True
    named = digest(shared, files)
    if kept.setdefault("corpus", named) != named:
        print(f"{task}: floors are of other files ({kept['corpus']})", file=sys.stderr)
        good = False
    floors = kept.setdefault("floors", {})
    for name, figure in figures_of(shared).items():
        floor = floors.get(name)
        held = floor is None or holds(name, figure, floor)
        good &= held
        sign = "≤" if name in AT_MOST else "≥"
        print(f"{task:10} {name:22} {figure:8.4f} {sign} {floor} {'' if held else ' MISSED'}")
        if update:
            floors[name] = better(name, figure, floor)
    return good


def main(arguments: list[str] | None = None) -> int:
    """Prints each figure with its floor; 1 where one is missed or the files are others."""
    parser = argparse.ArgumentParser(prog="python -m vigie.evaluation", description=__doc__)
    parser.add_argument("shared", nargs="?", default=os.environ.get("VIGIE_SHARED", "../shared"))
    parser.add_argument("--update", action="store_true", help="raise floors to what is reached")
    parser.add_argument("--only", choices=[*READERS, *DETECTORS], action="append")
    options = parser.parse_args(arguments)
    good = True
    for file, measures in FLOORS.items():
        kept: dict[str, Any] = json.loads(file.read_text("utf-8"))
        for task in [task for task in measures if task in (options.only or measures)]:
            of_task = kept.setdefault(task, {})
            good &= _hold(task, measures[task], Path(options.shared), of_task, options.update)
        if options.update:
            file.write_text(json.dumps(kept, indent=2) + "\n", "utf-8")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
