"""The alert engine over count series: `vigie evaluate alerts DIR --out F`."""

from __future__ import annotations

import csv
import gzip
import json
import statistics
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TextIO, cast

from vigie.errors import ImportRefused


def evaluate(folder: Path, out: Path) -> dict[str, list[str]]:
    """Writes the alerts of every `*.csv` of a folder (`timestamp`, `value`, evenly spaced; `.gz` is
    read too) as JSON, file name → times as in the file, and returns them. Raises ImportRefused."""
    files = sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")])
    if not files:
        raise ImportRefused("no series here", where=str(folder), do="give a folder of *.csv files")
    alerts = {file.name: alerts_of(file) for file in files}
    out.write_text(json.dumps(alerts, indent=1) + "\n", encoding="utf-8")
    return alerts


def alerts_of(file: Path) -> list[str]:
    """The times at which a series' peaks are told."""
    import numpy as np

    from vigie.insights.spikes import peaks

    with _open(file) as lines:
        times, values = _read(file, csv.DictReader(lines))
    if len(times) < 2:
        return []
    moments = [datetime.fromisoformat(time) for time in times]
    apart = (after - before for before, after in pairwise(moments))
    step = max(1, round(statistics.median(gap.total_seconds() for gap in apart)))
    # gaps of the recording are unknown counts, filled with the last known ones, never zeros
    first = moments[0]
    positions = [round((moment - first).total_seconds() / step) for moment in moments]
    grid = np.zeros(positions[-1] + 1)
    row_at = np.searchsorted(np.array(positions), np.arange(len(grid)), side="right") - 1
    grid = np.array(values)[row_at]
    return [times[row_at[peak.at]] for peak in peaks(grid, step)]


def _open(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return cast(TextIO, gzip.open(file, "rt", encoding="utf-8", newline=""))
    return file.open(encoding="utf-8", newline="")


def _read(file: Path, rows: Iterable[dict[str, str]]) -> tuple[list[str], list[float]]:
    times, values = [], []
    for number, row in enumerate(rows, start=2):
        try:
            datetime.fromisoformat(row["timestamp"])
            values.append(float(row["value"]))
        except (KeyError, TypeError, ValueError):
            raise ImportRefused(
                "a row without a time and a count",
                where=f"{file}, line {number}",
                do="columns: timestamp (ISO), value",
            ) from None
        times.append(row["timestamp"])
    order = sorted(range(len(times)), key=lambda n: times[n])
    return [times[n] for n in order], [values[n] for n in order]
