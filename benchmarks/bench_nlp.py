"""Posts per CPU-second of each reader, beside `json.loads` of the same file.

Run: `python -m benchmarks.bench_nlp [SHARED]`. The posts are the French headlines with their first
lines and a sample of the development stream; each is read once (nothing comes from a cache but what
words share), spaCy for three in ten. Figures of a busy machine are low; ratios hold.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

STREAM_POSTS = 12_000


def posts(shared: Path) -> tuple[list[dict[str, Any]], float]:
    """The sample, and what json.loads makes of its lines, in posts per CPU-second."""
    lines = gzip.decompress((shared / "data/trends/french_news.jsonl.gz").read_bytes()).splitlines()
    stream = gzip.decompress((shared / "data/trends/crisis_stream.jsonl.gz").read_bytes())
    lines += random.Random(1).sample(stream.splitlines(), STREAM_POSTS)
    rows: list[dict[str, Any]] = []
    rate = measured(lambda: rows.extend(map(json.loads, lines)), len(lines))
    return sorted(rows, key=lambda row: str(row["created_at"])), rate


def measured(work: Callable[[], object], n: int) -> float:
    """Things per CPU-second of this process."""
    start = time.process_time()
    work()
    return n / (time.process_time() - start)


def spacy_rate(models: Any, texts: Sequence[str], languages: Sequence[str | None]) -> float:
    """spaCy's posts per CPU-second, its models loaded before."""
    groups = {
        language: [text for text, own in zip(texts, languages, strict=True) if own == language]
        for language in ("fr", "en")
    }
    for language in groups:
        models.spans(["Paul Martin"], language)
    return measured(
        lambda: [models.spans(group, language) for language, group in groups.items()],
        sum(map(len, groups.values())),
    )


def main(shared: Path) -> dict[str, Any]:
    """The figures, by name."""
    from nlp import keyphrases
    from nlp.embeddings import Encoder
    from nlp.entities import EntityModels
    from nlp.language import LanguageReader
    from nlp.reading import Reader
    from nlp.sentiment import SentimentReader
    from nlp.stories import Stories

    rows, loads = posts(shared)
    texts = [f"{row['text']} {row.get('body') or ''}".strip()[:280] for row in rows]
    n = len(texts)
    rates: dict[str, float] = {"json.loads": loads}
    asked = [i % 10 < 3 for i in range(n)]
    start, cpu = time.perf_counter(), time.process_time()
    with Reader(("fr", "en"), {"velo": ("Vélo",)}) as one:
        one.read(texts, entities=asked)
        wall, own = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    reader = LanguageReader(("fr", "en"))
    said: list[tuple[str | None, float | None]] = []
    rates["language"] = measured(lambda: said.extend(reader.read(texts)), n)
    languages = [language for language, _ in said]
    encoder = Encoder()
    encoder.encode(["warm"])
    rates["embeddings"] = measured(lambda: encoder.encode(texts), n)
    sentiment = SentimentReader()
    rates["sentiment (embeddings known)"] = measured(lambda: sentiment.read(texts), n)
    rates["keyphrases"] = measured(
        lambda: [keyphrases.of_post(t, lang) for t, lang in zip(texts, languages, strict=True)], n
    )
    times = [datetime.fromisoformat(row["created_at"]) for row in rows]
    rates["stories"] = measured(
        lambda: Stories().assign([row["id"] for row in rows], texts, times), n
    )
    rates["entities (spaCy)"] = spacy_rate(EntityModels(), texts[:4_000], languages[:4_000])

    return {
        "posts": n,
        "posts per CPU-second": {name: round(rate) for name, rate in rates.items()},
        "of json.loads": {name: round(rate / loads, 5) for name, rate in rates.items()},
        "Reader.read, 30 % with entities": {
            "wall seconds": round(wall, 1),
            "CPU seconds here": round(own, 1),
            "CPU seconds of the entity process": round(children.ru_utime + children.ru_stime, 1),
        },
        "peak memory of Reader's own process, MB": peak,
        "load average": os.getloadavg()[0],
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("VIGIE_SHARED", "../shared"))
    print(json.dumps(main(folder), indent=1, ensure_ascii=False))
