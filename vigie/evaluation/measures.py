"""What the detectors reach on the development sets of the shared folder, figure by figure.

The scoring programs are those of the shared folder: they know the labels, the detectors do not.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nlp.measures import Figures
from vigie.evaluation import alerts, trends

Measure = tuple[Callable[[Path], Figures], tuple[str, ...]]
STREAM = "data/trends/crisis_stream.jsonl.gz"
LABELS = "data/trends/crisis_stream.labels.json"
WINDOWS = "data/alerts/windows.json"
SERIES = tuple(f"data/alerts/mentions_{name}.csv" for name in ("AAPL", "CRM", "FB", "KO", "UPS"))
TRENDS, ALERTS = "tools/score_trends.py", "tools/score_alerts.py"


def emerging(shared: Path) -> Figures:
    """Of the labelled events of the stream those found; of the ten strongest subjects of each day
    those that are one of them and told once."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "trends.json"
        speed = trends.evaluate(shared / STREAM, said)["posts_per_s"]
        print(f"trends     {speed:,} posts per CPU-second", flush=True)
        told = _score(shared / TRENDS, "--json", shared / LABELS, said)
    return {
        "event_recall": told["event_recall"],
        "useful": told["useful"],
        "useful_f1": told["f1u"],
        "redundancy": told["redundancy"],
        "within_24h": told["within_24h"],
    }


def volumes(shared: Path) -> Figures:
    """Of the labelled periods of the series those told, and the alerts told in none."""
    folder = (shared / WINDOWS).parent
    with tempfile.TemporaryDirectory() as temporary:
        said = Path(temporary) / "alerts.json"
        alerts.evaluate(folder, said)
        told = _score(shared / ALERTS, said, folder)
    return {
        "f1": told["f1"],
        "recall": told["recall"],
        "false_per_month": told["false_per_series_month"],
    }


def _score(program: Path, *arguments: str | Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, program, *arguments], check=True, capture_output=True, text=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


MEASURES: dict[str, Measure] = {
    "trends": (emerging, (STREAM, LABELS, TRENDS)),
    "alerts": (volumes, (*SERIES, WINDOWS, ALERTS)),
}
