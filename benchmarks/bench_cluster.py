"""The store on a search engine beside raw requests to the same node, and beside the embedded store.

Run: `python -m benchmarks.bench_cluster [--posts N] [--engine os2]`. A node of its own is started
(tests/servers/nodes.py; VIGIE_OPENSEARCH_URL takes a running one, then without its CPU and memory).
Client CPU is this process's, threads included. "Raw" is the same documents as NDJSON made
beforehand, over one keep-alive connection of http.client. The real posts are the 70,608 of
`data/competitors`; the queries are those of bench_store over N made posts.
"""

from __future__ import annotations

import argparse
import gc
import http.client
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from benchmarks import bench_store
from benchmarks.bench_import import COLUMNS, WATCHED
from benchmarks.bench_store import PLATFORMS, START, cpu, peak, posts, told, vocabulary
from vigie import importing
from vigie.cli import COLLECTIONS
from vigie.mapping import Mapper
from vigie.merging import blob_of
from vigie.pipeline import CHUNKS, batched
from vigie.records import Post
from vigie.store import Filters
from vigie.store.bulk import ASKED, MOST, Write
from vigie.store.embedded import EmbeddedStore
from vigie.store.engine import Access, open_engine
from vigie.store.kept import Kept
from vigie.store.naming import Names, document_id
from vigie.store.opensearch import OpenSearchStore

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "servers"))

from nodes import GIVEN, Cluster, node  # type: ignore[import-not-found]

BATCH = 10_000
HOME = "Europe/Paris"
HERTZ = os.sysconf("SC_CLK_TCK")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--posts", type=int, default=1_000_000)
    asked.add_argument("--repeats", type=int, default=60)
    asked.add_argument(
        "--engine", default=GIVEN if os.environ.get("VIGIE_OPENSEARCH_URL") else "os2"
    )
    asked.add_argument("--queries", action="store_true", help="only the dashboards' queries")
    options = asked.parse_args()
    gc.set_threshold(*COLLECTIONS)  # as in the commands that read much
    with tempfile.TemporaryDirectory(prefix="bench-cluster-") as name:
        folder = Path(name)
        with node(options.engine, folder / "node", heap="1g") as cluster:
            told("engine", options.engine)
            if options.queries:
                store, _ = index_made(cluster, options.posts)
                queries(store, cluster, options.repeats)
                return
            index_real(cluster, folder)
            compare(cluster, folder, options.posts, options.repeats)


def real_posts(folder: Path) -> list[Post]:
    """The real posts, mapped."""
    shared = Path(os.environ.get("VIGIE_SHARED", "../shared"))
    source = shared / "data/competitors/candidates_2019.jsonl.gz"
    if not source.is_file():
        return [post for batch in posts(70_000) for post in batch]
    columns = folder / "columns.toml"
    columns.write_text(COLUMNS, "utf-8")
    now = datetime(2026, 11, 23, tzinfo=UTC)
    mapper = Mapper(WATCHED)
    answers = importing.read_answers(source, columns=str(columns), run_id="b", now=now)
    return [post for chunk in batched(answers, CHUNKS) for post in mapper.map(chunk).posts]


def opened(cluster: Cluster, prefix: str) -> OpenSearchStore:
    engine = open_engine(Access((cluster.url,)))
    return OpenSearchStore(engine, Names(prefix, "year"), timezone=HOME)


def index_real(cluster: Cluster, folder: Path) -> None:
    """Client CPU of upserts of real posts, beside the same documents raw."""
    found = real_posts(folder)
    warm, ours, hand = (opened(cluster, name) for name in ("warm", "ours", "hand"))
    for _ in range(2):
        warm.upsert(found[:10_000])
    batches = [found[start : start + BATCH] for start in range(0, len(found), BATCH)]
    lines: list[bytes] = []
    documents: list[tuple[Write, Any]] = []
    for post in found:
        published, source = Kept(blob_of(post)).source(hand.zone)
        one = Write(hand.names.posts_of(published), document_id(post.id), source)
        documents.append((one, orjson.loads(source)))
        lines.append(b"".join((one.action, source, b"\n")))
    bodies = [b"".join(lines[start : start + MOST]) for start in range(0, len(lines), MOST)]
    server = server_cpu(cluster)
    spent, _ = cpu(lambda: [ours.upsert(batch) for batch in batches])
    server = server_cpu(cluster) - server
    raw, _ = cpu(lambda: send(cluster.url, bodies))
    made, _ = cpu(lambda: [orjson.dumps(source) for _, source in documents])
    again, _ = cpu(lambda: [ours.upsert(batch) for batch in batches])
    total = len(found)
    told("real posts", f"{total:,}")
    told("upsert: whole, posts to documents found", f"{total / spent:,.0f} per client CPU-s")
    told("  server", f"{total / server:,.0f} per CPU-s" if server else "not known")
    told("upsert: the same posts again", f"{total / again:,.0f} per client CPU-s")
    told("raw NDJSON: sent / made as well", f"{raw:.2f} / {raw + made:.2f} client CPU-s")
    bulk = bulk_only(ours, found)
    told("the store's bulk of made documents", f"{bulk:.2f} client CPU-s")
    told("ratio: bulk to raw made beforehand (ceiling 3)", f"{bulk / raw:.2f}")
    told("ratio: whole upsert to raw with making it", f"{spent / (raw + made):.1f}")
    for store in (warm, ours, hand):
        drop(store)


def bulk_only(store: OpenSearchStore, found: list[Post]) -> float:
    """Client CPU of the store's writing alone, of documents made beforehand."""
    from vigie.store.bulk import write

    writes = []
    for post in found:
        published, source = Kept(blob_of(post)).source(store.zone)
        index = store.names.posts_of(published).replace("-posts-", "-posts-9")
        writes.append(Write(index, document_id(post.id), source))
    spent, _ = cpu(lambda: write(store.engine, writes))
    return spent


def send(url: str, bodies: list[bytes]) -> None:
    """Raw bulk requests over one connection, of the same size and with the same answer as ours."""
    connection = http.client.HTTPConnection(str(urlsplit(url).netloc), timeout=120)
    for body in bodies:
        connection.request("POST", f"/_bulk?{urlencode(ASKED)}", body,
                           {"content-type": "application/x-ndjson"})  # fmt: skip
        answer = orjson.loads(connection.getresponse().read())
        assert not answer.get("errors"), str(answer)[:500]
    connection.close()


def compare(cluster: Cluster, folder: Path, number: int, repeats: int) -> None:
    """The same posts in both stores: time, memory, disk, and the dashboards' queries."""
    store, server = index_made(cluster, number)
    told("cluster: server", f"{number / server:,.0f} per CPU-s" if server else "not known")
    told("cluster: client's peak memory", f"{peak():.2f} GB")
    told("cluster: server's memory", f"{server_memory(cluster):.2f} GB")
    queries(store, cluster, repeats)
    store.engine.request("POST", f"/{store.names.posts}/_forcemerge?max_num_segments=1")
    store.engine.request("POST", f"/{store.names.posts}/_flush")
    size = store.engine.request("GET", f"/{store.names.prefix}-*/_stats/store")
    told("cluster: disk", f"{size['_all']['total']['store']['size_in_bytes'] / 1e6:,.0f} MB")
    embedded = EmbeddedStore(folder / "embedded", timezone=HOME)
    client = wall = 0.0
    for batch in gathered(posts(number)):
        begun = time.monotonic()
        spent, _ = cpu(lambda batch=batch: embedded.upsert(batch))
        client, wall = client + spent, wall + time.monotonic() - begun
    told("embedded: upsert", f"{number / client:,.0f} per CPU-s, {wall:,.0f} s wall")
    size = sum(one.stat().st_size for one in (folder / "embedded").rglob("*") if one.is_file())
    told("embedded: disk", f"{size / 1e6:,.0f} MB")
    times = []
    for pair, filters in asked(repeats):
        begun = time.perf_counter()
        bench_store._ask(embedded, pair, filters.platforms, filters.since, filters.until)  # type: ignore[arg-type]
        times.append(time.perf_counter() - begun)
    told("embedded: dashboard query", f"{1000 * statistics.median(times):.1f} ms wall, median")
    embedded.close()
    drop(store)


def index_made(cluster: Cluster, number: int) -> tuple[OpenSearchStore, float]:
    """A store with made posts, and the CPU-seconds that the server spent on them."""
    store = opened(cluster, "many")
    client, wall, server = 0.0, 0.0, server_cpu(cluster)
    for batch in gathered(posts(number)):
        begun = time.monotonic()
        spent, _ = cpu(lambda batch=batch: store.upsert(batch))
        client, wall = client + spent, wall + time.monotonic() - begun
    told("made posts", f"{number:,}")
    told("cluster: upsert", f"{number / client:,.0f} per client CPU-s, {wall:,.0f} s wall")
    return store, server_cpu(cluster) - server


def gathered(batches: Iterator[list[Post]]) -> Iterator[list[Post]]:
    """Batches of a size that an import has."""
    held: list[Post] = []
    for batch in batches:
        held += batch
        if len(held) >= BATCH:
            yield held
            held = []
    if held:
        yield held


def asked(repeats: int) -> Iterator[tuple[tuple[str, str], Filters]]:
    """Two words, four networks, 90 days."""
    rng = random.Random(5)
    words, _ = vocabulary(random.Random(11))
    for _ in range(repeats):
        pair = words[rng.randrange(40)], words[rng.randrange(40)]
        platforms = tuple(rng.sample(PLATFORMS, 4))
        since = START + timedelta(days=rng.randrange(270))
        yield pair, Filters(since=since, until=since + timedelta(days=90), platforms=platforms)


def queries(store: OpenSearchStore, cluster: Cluster, repeats: int) -> None:
    """The dashboards' queries through the store, and the same bodies sent by hand."""
    # An answer out of the engine's cache would be no measure.
    off = {"index.requests.cache.enable": False}
    store.engine.request("PUT", f"/{store.names.posts}/_settings", body=off)
    sent: list[tuple[str, bytes]] = []
    request = store.engine.request

    def recorded(method: str, path: str, **given: Any) -> Any:
        sent.append((f"{path}?{urlencode(given['params'])}", orjson.dumps(given["body"])))
        return request(method, path, **given)

    connection = http.client.HTTPConnection(str(urlsplit(cluster.url).netloc), timeout=120)

    def by_hand() -> None:
        for path, body in sent:
            connection.request("POST", path, body, {"content-type": "application/json"})
            orjson.loads(connection.getresponse().read())

    figures: dict[str, list[float]] = {"ours": [], "hand": [], "ours, CPU": [], "hand, CPU": []}
    for turn, (pair, filters) in enumerate([*asked(12), *asked(repeats)]):
        arguments = pair, filters.platforms, filters.since, filters.until
        sent.clear()
        store.engine.request = recorded  # type: ignore[method-assign]
        bench_store._ask(store, *arguments)  # type: ignore[arg-type]
        store.engine.request = request  # type: ignore[method-assign]
        for name in ("ours", "hand") if turn % 2 else ("hand", "ours"):
            begun = time.perf_counter()
            spent, _ = cpu(
                by_hand if name == "hand"
                else lambda given=arguments: bench_store._ask(store, *given)  # type: ignore[arg-type,misc]
            )  # fmt: skip
            if turn >= 12:
                figures[name].append(time.perf_counter() - begun)
                figures[f"{name}, CPU"].append(spent)
    connection.close()
    ours, hand = statistics.median(figures["ours"]), statistics.median(figures["hand"])
    told("dashboard query: store", f"{1000 * ours:.1f} ms wall, median")
    told("dashboard query: same bodies by hand", f"{1000 * hand:.1f} ms wall, median")
    paired = statistics.median(a / b for a, b in zip(figures["ours"], figures["hand"], strict=True))
    told("dashboard query: ratio, median of pairs (ceiling 1.2)", f"{paired:.2f}")
    for name in ("ours, CPU", "hand, CPU"):
        told(f"dashboard query: {name}", f"{1000 * statistics.mean(figures[name]):.2f} ms client")


def server_cpu(cluster: Cluster) -> float:
    """CPU-seconds of the nodes; 0 where they are not ours."""
    total = 0.0
    for process in cluster.processes.values():
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / HERTZ
    return total


def server_memory(cluster: Cluster) -> float:
    """Peak resident memory of the nodes, GB."""
    total = 0
    for process in cluster.processes.values():
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                total += int(line.split()[1])
    return total / 1024**2


def drop(store: OpenSearchStore) -> None:
    store.engine.request("DELETE", f"/{store.names.prefix}-*")
    store.close()


if __name__ == "__main__":
    main()
