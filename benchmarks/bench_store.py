"""The embedded store against bare tantivy: indexing, the dashboard query, scans, memory.

    python -m benchmarks.bench_store --posts 1000000

Ratios are of one run on one machine; CPU seconds are of the process with its threads. The line of
`json.loads` tells how fast the machine was. Posts are synthetic: about 20 words of 30,000, hashtags
of 20,000, 8 networks, 5,000 authors, 50 brands, over a year.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import tantivy
from tantivy import Document, FieldType, Index, Occur, Order, Query

from vigie.query import Matcher, parse
from vigie.query.words import fold
from vigie.records import Author, Counts, Post, Source, samples_of
from vigie.store import Filters, Page
from vigie.store.changing import joined
from vigie.store.embedded import EmbeddedStore
from vigie.store.index import HEAP, build_schema, entry_of

START = datetime(2025, 9, 1, tzinfo=UTC)
YEAR = 365 * 24 * 3600
BATCH = 20_000
PLATFORMS = ("bluesky", "mastodon", "news", "feeds", "x", "instagram", "reddit", "youtube")
SOURCE = Source(collector="bench", endpoint="e", run_id="r", mapper_version="1")
ACCENTS = str.maketrans({"e": "é", "a": "à"})


def vocabulary(rng: random.Random) -> tuple[list[str], list[float]]:
    """Words with Zipf's weights; every fifth has an accent."""
    letters = "aeioubcdlmnprst"
    words = ["".join(rng.choices(letters, k=rng.randint(3, 9))) for _ in range(30_000)]
    words = [word.translate(ACCENTS) if n % 5 == 0 else word for n, word in enumerate(words)]
    return words, [1 / (n + 10) for n in range(len(words))]


def posts(number: int) -> Iterator[list[Post]]:
    """Batches of posts, the same at every run."""
    rng = random.Random(11)
    words, weights = vocabulary(rng)
    total = 0.0
    cumulated = [total := total + weight for weight in weights]
    for start in range(0, number, BATCH):
        batch = []
        for n in range(start, min(start + BATCH, number)):
            platform = rng.choice(PLATFORMS)
            published = START + timedelta(seconds=rng.randrange(YEAR))
            tags = tuple({f"tag{int(20_000 * rng.random() ** 3)}" for _ in range(rng.randrange(4))})
            text = rng.choices(words, cum_weights=cumulated, k=rng.randint(14, 26))
            author = rng.randrange(5_000)
            seen = published + timedelta(hours=1)
            batch.append(
                Post(
                    id=f"{platform}:{n}",
                    platform=platform,
                    native_id=str(n),
                    url=f"https://{platform}.test/{n}",
                    text=" ".join([*text, *(f"#{tag}" for tag in tags)]),
                    lang=rng.choice(("fr", "en")),
                    author=Author(
                        id=f"{platform}:a{author}", handle=f"a{author}", followers=author
                    ),
                    published_at=published,
                    first_seen_at=seen,
                    collected_at=seen,
                    hashtags=tags,
                    metrics=Counts(
                        likes=int(1 / (rng.random() + 1e-4)), shares=n % 9, replies=n % 5, quotes=0
                    ),
                    matched=(f"brand:b{rng.randrange(50)}",),
                    origin="earned",
                    source=SOURCE,
                )
            )
        yield batch


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of the process, threads included, and what came out."""
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def peak() -> float:
    """Peak memory of this process, GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--posts", type=int, default=1_000_000)
    asked.add_argument("--repeats", type=int, default=30)
    asked.add_argument("--dir", type=Path, default=None, help="where the stores are written")
    options = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-store-", dir=options.dir))
    try:
        run(options.posts, options.repeats, folder)
    finally:
        shutil.rmtree(folder)


def run(number: int, repeats: int, folder: Path) -> None:
    reference(number)
    store, bare, ours, theirs = index_both(number, folder)
    told("indexing: documents of the store", f"{number / ours['index']:,.0f} per CPU-s")
    told("indexing: bare tantivy, equal fields", f"{number / theirs:,.0f} per CPU-s")
    told("indexing: ratio (floor 0.5)", f"{theirs / ours['index']:.2f}")
    told("upsert: posts to documents, columns, index", f"{number / ours['upsert']:,.0f} per CPU-s")
    told("upsert: the same posts again", f"{BATCH / ours['again']:,.0f} per CPU-s")
    size = sum(file.stat().st_size for file in (folder / "store").rglob("*") if file.is_file())
    told("size on disk", f"{size / 1e6:,.0f} MB")
    dashboards(store, bare, repeats)
    others(store)
    told("peak memory (ceiling 1.5)", f"{peak():.2f} GB")
    store.close()


def reference(number: int) -> None:
    """json.loads over the same posts: how fast this machine is just now."""
    lines = [post.model_dump_json() for post in next(posts(min(number, BATCH)))]
    spent, _ = cpu(lambda: [orjson.loads(line) for line in lines])
    import json

    plain, _ = cpu(lambda: [json.loads(line) for line in lines])
    told("json.loads of the same posts", f"{len(lines) / plain:,.0f} per CPU-s")
    told("orjson.loads of the same posts", f"{len(lines) / spent:,.0f} per CPU-s")
    nodes = [
        parse(f'"tag{n} tag{n + 1}" OR #tag{n} OR mention:brand{n} OR (tag{n} AND NOT nope)')
        for n in range(30)
    ]
    documents = [orjson.loads(line) for line in lines]
    spent, _ = cpu(lambda: Matcher(nodes).match(documents))
    told("matching 30 queries at ingest (floor 30,000)", f"{len(lines) / spent:,.0f} per CPU-s")


def index_both(number: int, folder: Path) -> tuple[EmbeddedStore, Index, dict[str, float], float]:
    """The same posts into the store and into bare tantivy, batch by batch in turn."""
    store = EmbeddedStore(folder / "store", timezone="Europe/Paris")
    (folder / "bare").mkdir()
    bare = Index(build_schema(), path=str(folder / "bare"))
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    bare.register_tokenizer(
        "words",
        words.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.ascii_fold()).build(),
    )
    spent = {"upsert": 0.0, "index": 0.0, "again": 0.0}
    theirs = 0.0
    aside = Index(build_schema(), path=str(_made(folder / "aside")))
    aside.register_tokenizer(
        "words", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    )
    row = 0
    for batch in posts(number):
        seconds, _ = cpu(lambda batch=batch: store.upsert(batch))
        spent["upsert"] += seconds
        rows = list(range(row + 1, row + 1 + len(batch)))
        documents = [
            (at, document) for at, document, _ in joined(store._tables.connection, store.zone, rows)
        ]
        times = [
            tuple(
                round(at.timestamp() * 1e6)
                for at in (p.published_at, p.collected_at, p.first_seen_at)
            )
            for p in batch
        ]
        # Bare: the fields are given as they are, and tantivy cuts the text.
        entries = [
            {**entry_of(document, at, when), "words": document["text"]}  # type: ignore[arg-type]
            for (at, document), when in zip(documents, times, strict=True)
        ]
        seconds, _ = cpu(lambda entries=entries: _write(bare, entries))
        theirs += seconds
        del entries
        # Ours: from the index document to the committed entry.
        seconds, _ = cpu(
            lambda documents=documents, times=times: _write(
                aside,
                (
                    entry_of(document, at, when)  # type: ignore[arg-type]
                    for (at, document), when in zip(documents, times, strict=True)
                ),
            )
        )
        spent["index"] += seconds
        row += len(batch)
    spent["again"], _ = cpu(lambda: store.upsert(batch))
    shutil.rmtree(folder / "aside")
    return store, bare, spent, theirs


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _write(index: Index, entries: Iterable[dict[str, Any]]) -> None:
    schema = index.schema
    writer = index.writer(heap_size=HEAP, num_threads=1)
    for entry in entries:
        writer.add_document(Document.from_dict(entry, schema))
    writer.commit()
    writer.wait_merging_threads()


def dashboards(store: EmbeddedStore, bare: Index, repeats: int) -> None:
    """2-word search + networks + 90 days → days, top hashtags, networks, avg, sum, 10 hits."""
    rng = random.Random(5)
    words, _ = vocabulary(random.Random(11))
    bare.reload()
    searcher, schema = bare.searcher(), bare.schema
    figures: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(repeats):
        pair = words[rng.randrange(40)], words[rng.randrange(40)]
        platforms = tuple(rng.sample(PLATFORMS, 4))
        since = START + timedelta(days=rng.randrange(270))
        until = since + timedelta(days=90)
        spent, ours = cpu(lambda p=pair, f=platforms, s=since, u=until: _ask(store, p, f, s, u))
        figures["ours"].append(spent)
        spent, theirs = cpu(
            lambda p=pair, f=platforms, s=since, u=until: _ask_bare(searcher, schema, p, f, s, u)
        )
        figures["bare"].append(spent)
        assert ours == theirs, (pair, ours, theirs)
    ours, theirs = statistics.mean(figures["ours"]), statistics.mean(figures["bare"])
    told("dashboard query: store", f"{ours * 1000:.2f} ms CPU")
    told("dashboard query: bare tantivy", f"{theirs * 1000:.2f} ms CPU")
    told("dashboard query: ratio (ceiling 2)", f"{ours / theirs:.2f}")


def _ask(
    store: EmbeddedStore, pair: tuple[str, str], platforms: tuple[str, ...],
    since: datetime, until: datetime,
) -> int:  # fmt: skip
    query, filters = " ".join(pair), Filters(since=since, until=until, platforms=platforms)
    answer = store.aggregate(
        query,
        filters,
        {
            "days": {
                "date_histogram": {
                    "field": "published_at", "calendar_interval": "day",
                    "time_zone": "Europe/Paris",
                }
            },
            "tags": {"terms": {"field": "hashtags", "size": 10}},
            "platforms": {"terms": {"field": "platform", "size": 10}},
            "avg": {"avg": {"field": "metrics.likes"}},
            "sum": {"sum": {"field": "metrics.shares"}},
        },
    )  # fmt: skip
    hits = store.search(query, filters, page=Page(size=10))
    assert hits.total == answer["total"]
    return hits.total


def _ask_bare(
    searcher: tantivy.Searcher, schema: tantivy.Schema, pair: tuple[str, str],
    platforms: tuple[str, ...], since: datetime, until: datetime,
) -> int:  # fmt: skip
    low, high = (round(at.timestamp() * 1e6) for at in (since, until))
    query = Query.boolean_query(
        [
            (Occur.Must, part)
            for part in (
                Query.term_query(schema, "words", fold(pair[0]), "freq"),
                Query.term_query(schema, "words", fold(pair[1]), "freq"),
                Query.term_set_query(schema, "platform", list(platforms)),
                Query.range_query(
                    schema, "published_at", FieldType.Integer, low, high, True, False
                ),
            )
        ]
    )
    searcher.aggregate(
        query,
        {
            "days": {"histogram": {"field": "published_at", "interval": 86_400_000_000}},
            "tags": {"terms": {"field": "hashtags", "size": 10}},
            "platforms": {"terms": {"field": "platform", "size": 10}},
            "avg": {"avg": {"field": "metrics.likes"}},
            "sum": {"sum": {"field": "metrics.shares"}},
        },
    )
    found = searcher.search(query, 10, order_by_field="published_at", order=Order.Desc)
    searcher.fast_field_values("row", [address for _, address in found.hits])
    return int(found.count)  # type: ignore[attr-defined]


def others(store: EmbeddedStore) -> None:
    """Scans, the match-all dashboard, sorts with many ties, samples."""
    next(store.scan(Filters(), ["id"], batch=1))  # polars is imported
    columns = ["id", "platform", "published_at", "likes", "author_id"]
    spent, rows = cpu(lambda: sum(len(frame) for frame in store.scan(Filters(), columns)))
    told("scan of 5 columns", f"{rows / spent:,.0f} rows per CPU-s")
    wide = [*columns, "text", "hashtags", "brands", "engagement", "sentiment", "story_id"]
    spent, rows = cpu(lambda: sum(len(frame) for frame in store.scan(Filters(), wide)))
    told("scan of 11 columns with text and lists", f"{rows / spent:,.0f} rows per CPU-s")
    everything = {
        "weeks": {
            "date_histogram": {"field": "published_at", "calendar_interval": "week"},
            "aggs": {
                "platform": {
                    "terms": {"field": "platform"},
                    "aggs": {"likes": {"avg": {"field": "likes"}}},
                }
            },
        },
        "tags": {"terms": {"field": "hashtags", "size": 50}},
        "authors": {"cardinality": {"field": "author.id"}},
    }
    spent, _ = cpu(lambda: store.aggregate("*", Filters(), everything))
    told("match-all dashboard", f"{spent * 1000:,.0f} ms CPU")
    for sort in ("-published_at", "-likes", "shares", "relevance"):
        spent, _ = cpu(lambda sort=sort: store.search("*", Filters(), sort=sort))
        told(f"20 hits of all by {sort}", f"{spent * 1000:,.0f} ms CPU")
    sample = [one for post in next(posts(BATCH)) for one in samples_of(post)]
    spent, _ = cpu(lambda: store.upsert(sample))
    told("metric samples", f"{len(sample) / spent:,.0f} per CPU-s")


def told(what: str, figure: str) -> None:
    print(f"{what:<52} {figure}", flush=True)


if __name__ == "__main__":
    main()
