"""How far the model's net sentiment lies from the labels': the standard error that intervals of
`sentiment.net` carry (`ERROR` and `NOISE` of `vigie/insights/tone.py`).

    python benchmarks/bench_net_sentiment.py LABELLED.jsonl[.gz]... [--languages fr,en]

Each trial is a set of labelled posts with its own mix of labels (uniform over all mixes whose parts
are at least a tenth). Sets of 5,000 tell the error that more posts do not take away, sets of 100
what the model adds to the sampling error. Beside them: the error of counting labels.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from nlp.sentiment import SentimentReader  # noqa: E402
from vigie.insights import tone  # noqa: E402

TRIALS, LEAST = 400, 0.1


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


def errors(posts: pl.DataFrame, truth: list[str], size: int) -> tuple[float, float, float]:
    """Root mean square errors in points over the trials: of the product's net sentiment, of its
    negative share, and of counted labels."""
    random = np.random.default_rng(7)
    classes = [np.flatnonzero(np.array(truth) == label) for label in tone.LABELS]
    net, negative, counted = [], [], []
    while len(net) < TRIALS:
        mix = random.dirichlet((1, 1, 1))
        if mix.min() < LEAST:
            continue
        down, flat, up = random.multinomial(size, mix)
        chosen = posts[
            np.concatenate(
                [random.choice(rows, n) for rows, n in zip(classes, (down, flat, up), strict=True)]
            )
        ]
        told = tone.figures(chosen)
        labels = chosen["sentiment"]
        sure = (labels != "unsure").sum()
        expected = (up - down) / size * 100
        net.append((told["sentiment.net"].value or 0) - expected)
        negative.append((told["sentiment.negative"].value or 0) - down / size * 100)
        found = ((labels == "positive").sum() - (labels == "negative").sum()) / sure * 100
        counted.append(found - expected)
    return tuple(float(np.sqrt(np.mean(np.square(one)))) for one in (net, negative, counted))  # type: ignore[return-value]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--languages", default="fr,en")
    options = parser.parse_args()
    rows = read(options.files, set(options.languages.split(",")))
    reader = SentimentReader()
    for language in options.languages.split(","):
        mine = [row for row in rows if row[0] == language]
        read_ = reader.read([text for _, text, _ in mine])
        posts = pl.DataFrame(
            {
                "sentiment": [one and one.label for one in read_],
                "sentiment_score": [one and one.score for one in read_],
                "sentiment_confidence": [one and one.confidence for one in read_],
            }
        )
        for size in (5_000, 1_000, 100):
            net, negative, counted = errors(posts, [label for _, _, label in mine], size)
            print(
                f"{language}: {len(mine)} posts, sets of {size}: net sentiment {net:.1f} points, "
                f"negative share {negative:.1f}; counted labels {counted:.1f}"
            )


if __name__ == "__main__":
    main()
