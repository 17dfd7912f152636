"""The crawl framework against bare Scrapy, in posts per CPU-second of the client, in one run.

    python benchmarks/bench_crawl.py [--pages 300] [--rounds 3]

A raw asyncio server on another core answers pages of 100 posts in JSON. Bare Scrapy yields one
batch item per page, with the best settings known (CONCURRENT_ITEMS=8). The framework reads the
same pages as 16 accounts, lands every body with fsync and moves every cursor. Rounds alternate, so
that a busy machine hits both; the ratio is of the medians. `json.loads` of the same pages stands
beside.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

ACCOUNTS, POSTS = 16, 100
FLOOR = 0.7


def page(number: int, last: int) -> bytes:
    """A page of posts in the shape of a social API."""
    posts = [
        {
            "id": str(number * POSTS + n),
            "created_at": "2026-03-02T08:00:00Z",
            "text": f"billet {n} de la page {number} : " + "un café, une place, du soleil. " * 4,
            "author": {"id": f"did:{n}", "handle": f"compte-{n}.example", "name": f"Compte {n}"},
            "counts": {"likes": n, "reposts": n // 3, "replies": n % 7},
        }
        for n in range(POSTS)
    ]
    body = {"posts": posts, "next": number + 1 if number < last else None}
    return json.dumps(body, ensure_ascii=False).encode()


def serve(pages: int, port: Any) -> None:
    """Answers `/ACCOUNT/PAGE` until it is killed."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    bodies = []
    for number in range(pages):
        body = page(number, pages - 1)
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
        bodies.append(head.encode() + b"\r\n\r\n" + body)

    class Connection(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport, self.data = transport, b""

        def data_received(self, data: bytes) -> None:
            self.data += data
            while (end := self.data.find(b"\r\n\r\n")) >= 0:
                path = self.data[:end].split(b" ", 2)[1]
                self.data = self.data[end + 4 :]
                self.transport.write(bodies[int(path.rsplit(b"/", 1)[1])])  # type: ignore[attr-defined]

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def bare(url: str, pages: int) -> int:
    """Scrapy as one would write it: a spider, a callback, one batch item per page."""
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerRunner

    found = 0

    class Pages(Spider):
        name = "bare"

        async def start(self) -> Any:
            for account in range(ACCOUNTS):
                yield Request(f"{url}/{account}/0", cb_kwargs={"account": account})

        def parse(self, response: Any, account: int) -> Iterator[Any]:
            nonlocal found
            body = json.loads(response.body)
            found += len(body["posts"])
            yield {"posts": body["posts"]}
            if body["next"] is not None:
                yield Request(f"{url}/{account}/{body['next']}", cb_kwargs={"account": account})

    settings = {
        "TWISTED_REACTOR_ENABLED": False,
        "CONCURRENT_ITEMS": 8,
        "CONCURRENT_REQUESTS": 32,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "COOKIES_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
    }
    await AsyncCrawlerRunner(settings).crawl(Pages)
    return found


class Source:
    """The same pages as a crawler of the framework."""

    name = title = "bench"
    endpoints, requires, mapper_version = ("pages",), (), "1"

    def __init__(self, url: str) -> None:
        self.url = url

    def targets(self, watchlist: Any) -> list[Any]:
        from vigie.sources import Target

        return [Target(self.name, "account", str(n), host=self.url) for n in range(ACCOUNTS)]

    def refresh(self, posts: Sequence[Any], watchlist: Any) -> list[Any]:
        return []

    def start(self, target: Any, cursor: Mapping[str, Any]) -> Iterable[Any]:
        from vigie.sources import Call

        yield Call("pages", f"{target.host}/{target.value}/0")

    def next(self, answer: Any, target: Any, cursor: Mapping[str, Any]) -> Iterable[Any]:
        from vigie.sources import Call

        following = answer.json()["next"]
        if following is not None:
            yield Call("pages", f"{target.host}/{target.value}/{following}")

    def advance(self, answer: Any, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"page": int(answer.url.rpartition("/")[2])}

    def map(self, answer: Any) -> Any:
        from vigie.records import Post, Source
        from vigie.sources import Mapped

        posts = []
        for post in answer.json()["posts"]:
            posts.append(
                Post(
                    id=f"bench:{post['id']}",
                    platform="bench",
                    native_id=post["id"],
                    published_at=datetime.fromisoformat(post["created_at"]),
                    first_seen_at=answer.collected_at,
                    collected_at=answer.collected_at,
                    source=Source(
                        collector="bench", endpoint="pages", run_id="b", mapper_version="1"
                    ),
                )
            )
        return Mapped(posts=posts)


async def framework(url: str, pages: int) -> int:
    """The same with landing, cursors and all the rest of it."""
    from vigie.clock import SetClock
    from vigie.crawl import crawl
    from vigie.landing import Landing
    from vigie.store.embedded import EmbeddedStore
    from vigie.watchlist import parse

    with tempfile.TemporaryDirectory() as folder:
        landing = Landing(Path(folder) / "landing")
        store = EmbeddedStore(Path(folder) / "store", timezone="UTC")
        settings = {"bench": {"max_pages": pages + 1}}
        watchlist = parse({"workspace": {"name": "bench"}, "platforms": settings})
        sources = await crawl(
            [Source(url)],
            watchlist,
            store=store,
            land=landing.append,
            clock=SetClock(datetime(2026, 3, 2, tzinfo=UTC)),
            run_id="b",
            environ={},
        )
        assert {source.state for source in sources} == {"ok"}, sources
        landed = landing.count()
        store.close()
        landing.close()
    return landed * POSTS


def rate(read: Callable[[str, int], Any], url: str, pages: int) -> float:
    """Posts per CPU-second of one reading of everything."""
    begun = cpu()
    found = asyncio.run(read(url, pages))
    spent = cpu() - begun
    if found != ACCOUNTS * pages * POSTS:
        raise SystemExit(f"{found} posts read, {ACCOUNTS * pages * POSTS} served")
    return float(found / spent)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--pages", type=int, default=300, help="pages in all")
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    pages = max(2, given.pages // ACCOUNTS)
    here, there = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    server = spawn.Process(target=serve, args=(pages, there), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{here.recv()}"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from vigie.downloads import calm_logs

    calm_logs()
    for read in (bare, framework):  # imports and caches are not measured
        rate(read, url, pages)
    rates: dict[str, list[float]] = {"bare": [], "framework": []}
    for _ in range(given.rounds):
        rates["bare"].append(rate(bare, url, pages))
        rates["framework"].append(rate(framework, url, pages))
    server.terminate()
    server.join()
    text, begun = page(1, 2), time.process_time()
    for _ in range(200):
        json.loads(text)
    loads = 200 * POSTS / (time.process_time() - begun)
    middle = {name: statistics.median(values) for name, values in rates.items()}
    ratio = middle["framework"] / middle["bare"]
    print(
        f"posts per CPU-second: bare Scrapy {middle['bare']:,.0f}, framework "
        f"{middle['framework']:,.0f}, json.loads {loads:,.0f}"
    )
    print(f"framework / bare Scrapy: {ratio:.2f} (floor {FLOOR})")
    return 0 if ratio >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
