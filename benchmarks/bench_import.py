"""Import + map + landing in posts per CPU-second, beside `json.loads` of the same lines.

Run: `python -m benchmarks.bench_import [SHARED]`. The posts are the 70,608 real ones of
`data/competitors`, read by a column map, for a watchlist of six brands and two topics; landing is
fsynced. Figures of a busy machine are low; ratios hold.
"""

from __future__ import annotations

import csv
import gc
import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vigie import importing, watchlist
from vigie.cli import COLLECTIONS
from vigie.landing import Landing
from vigie.mapping import Mapper
from vigie.pipeline import CHUNKS, batched

WAY = ("import", "landing", "map")
AT_LEAST = 15_000  # posts per CPU-second
COLUMNS = """
[columns]
native_id = "id"
platform = "platform"
"author.handle" = "author"
"author.name" = "author_name"
text = "text"
published_at = "created_at"
lang = "lang"
"metrics.likes" = "likes"
"metrics.shares" = "shares"
kind = "is_repost"
mentions = "mentions"
url = "url"
[values.kind]
true = "repost"
"""
WATCHED = watchlist.parse(
    {
        "workspace": {"name": "benchmark", "languages": ["en"]},
        "brands": [
            {"id": name.lower(), "name": name}
            for name in ("Orange", "Target", "Delta", "Gap", "Visa", "Shell")
        ],
        "topics": [
            {"id": "work", "name": "Work", "query": "jobs OR wages OR union"},
            {"id": "live", "name": "Live", "query": '"town hall" AND (tonight OR tomorrow)'},
        ],
    }
)


@contextmanager
def spent(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Adds the CPU-seconds of a block under its name."""
    begun = time.process_time()
    yield
    seconds[name] = seconds.get(name, 0.0) + time.process_time() - begun


def main(source: Path) -> dict[str, Any]:
    """The figures, by name; those of the same posts as CSV beside them."""
    gc.set_threshold(*COLLECTIONS)  # as in `vigie import`
    seconds: dict[str, float] = {}
    lines = gzip.decompress(source.read_bytes()).splitlines()
    with spent(seconds, "json.loads"):
        for line in lines:
            json.loads(line)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "posts.csv"
        as_csv([json.loads(line) for line in lines], table)
        posts = measured(source, Path(folder) / "lines", seconds)
        of_csv: dict[str, float] = {}
        posts_csv = measured(table, Path(folder) / "csv", of_csv)
    way = sum(seconds[name] for name in WAY)
    return {
        "posts": posts,
        "posts per CPU-second": round(posts / way),
        "aim": AT_LEAST,
        "of json.loads": round(seconds["json.loads"] / way, 4),
        "microseconds a post": {
            name: round(1e6 * value / posts, 1) for name, value in seconds.items()
        },
        "posts per CPU-second, CSV": round(posts_csv / sum(of_csv[name] for name in WAY)),
        "microseconds a post, CSV": {
            name: round(1e6 * value / posts_csv, 1) for name, value in of_csv.items()
        },
        "load average": os.getloadavg()[0],
    }


def as_csv(rows: list[dict[str, Any]], path: Path) -> None:
    """The same posts as a table; lists in one cell."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {
                    key: " ".join(map(str, value)) if isinstance(value, list) else value
                    for key, value in row.items()
                }
            )


def measured(source: Path, folder: Path, seconds: dict[str, float]) -> int:
    """Imports, lands and maps a file; the CPU-seconds of each step under its name."""
    folder.mkdir()
    columns = folder / "columns.toml"
    columns.write_text(COLUMNS, "utf-8")
    mapper = Mapper(WATCHED)
    posts = 0
    with spent(seconds, "import"):  # opening reads the file once or twice
        answers = importing.read_answers(
            source, columns=str(columns), run_id="benchmark", now=datetime(2026, 11, 23, tzinfo=UTC)
        )
    with Landing(folder / "landing") as landing:
        chunks = batched(answers, CHUNKS)
        while True:
            with spent(seconds, "import"):
                chunk = next(chunks, None)
            if chunk is None:
                return posts
            with spent(seconds, "landing"):
                landing.append(chunk)
            with spent(seconds, "map"):
                posts += len(mapper.map(chunk).posts)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("VIGIE_SHARED", "../shared"))
    file = folder / "data/competitors/candidates_2019.jsonl.gz"
    if not file.is_file():
        print(f"not measured: no {file} (set VIGIE_SHARED)")
        sys.exit(0)
    print(json.dumps(main(file), indent=1, ensure_ascii=False))
