"""How far the reader's net sentiment lies from the labels': the errors that the intervals of
`sentiment.net` and `sentiment.negative` carry (`vigie/insights/tone.py`).

    python -m benchmarks.bench_net_sentiment [LABELLED.jsonl[.gz]...] [--languages fr,en]

Without files, the dev split of UMSAB below VIGIE_SHARED is read.
Each trial is a set of labelled posts with its own mix of labels: mixes around the usual one, or any
mix at all. Sets of 5,000 tell the error that more posts do not take away, sets of 100 what the
reader adds to the sampling error.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
from pathlib import Path

import numpy as np
import polars as pl

from nlp.measures import UMSAB
from nlp.sentiment import SentimentReader
from vigie.insights import tone

TRIALS = 300
LABELS = ("negative", "neutral", "positive")
USUAL = (0.2, 0.42, 0.38)  # of posts that nobody chose by their label
MIXES = {"usual mixes": tuple(12 * share for share in USUAL), "any mix": (1.0, 1.0, 1.0)}


def read(paths: list[Path], languages: set[str]) -> list[tuple[str, str, str]]:
    rows = []
    for path in paths:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                if row["lang"] in languages:
                    rows.append((row["lang"], row["text"], row["label"]))
    return rows


def errors(
    told: pl.DataFrame, truth: list[str], size: int, around: tuple[float, ...]
) -> tuple[float, float]:
    """Root mean square errors over the trials, in points: net sentiment, negative share."""
    random = np.random.default_rng(7)
    classes = [np.flatnonzero(np.array(truth) == label) for label in LABELS]
    net, negative = [], []
    for _ in range(TRIALS):
        down, _, up = sizes = random.multinomial(size, random.dirichlet(around))
        rows = [random.choice(rows, n) for rows, n in zip(classes, sizes, strict=True)]
        found = tone.figures(told[np.concatenate(rows)])
        net.append((found["sentiment.net"].value or 0) - (up - down) / size * 100)
        negative.append((found["sentiment.negative"].value or 0) - down / size * 100)
    return float(np.sqrt(np.mean(np.square(net)))), float(np.sqrt(np.mean(np.square(negative))))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--languages", default="fr,en")
    options = parser.parse_args()
    languages = options.languages.split(",")
    shared = Path(os.environ.get("VIGIE_SHARED", "../shared")) / UMSAB
    if missing := [file for file in options.files or [shared] if not file.is_file()]:
        print(f"not measured: no {missing[0]} (set VIGIE_SHARED)")
        sys.exit(2 if options.files else 0)
    rows = read(options.files or [shared], set(languages))
    reader = SentimentReader()
    for language in languages:
        mine = [row for row in rows if row[0] == language]
        labels = [one and one.label for one in reader.read([text for _, text, _ in mine])]
        told = pl.DataFrame({"sentiment": labels})
        truth = [label for _, _, label in mine]
        for name, around in MIXES.items():
            for size in (5_000, 100):
                net, negative = errors(told, truth, size, around)
                print(
                    f"{language}, {len(mine)} posts, {name}, sets of {size}: "
                    f"net sentiment {net:.1f} points, negative share {negative:.1f}"
                )


if __name__ == "__main__":
    main()
