"""The crawlers through the framework, over loopback, into a landing and a store: to the end, then a
deletion, then the tombstone."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson

import crawlers
from tests.crawlers.platforms import (
    START,
    BlueskyServer,
    HackerNewsServer,
    MastodonServer,
    Platform,
)
from vigie.clock import SetClock
from vigie.crawl import crawl
from vigie.landing import Landing
from vigie.mapping import Mapper
from vigie.records import Post, SourceRun
from vigie.sources import Answer, Target
from vigie.store import Filters, Page
from vigie.store.embedded import EmbeddedStore
from vigie.watchlist import parse

ALL = Page(size=1_000)


@contextmanager
def serving(platform: Platform) -> Iterator[str]:
    """A platform at a loopback address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, headers = platform.serve(f"http://platform.example{self.path}")
            written = orjson.dumps(body)
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_: object) -> None:
            """Tests print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


async def test_platforms_are_crawled_to_the_end_and_deletions_arrive(tmp_path: Path) -> None:
    platforms = {
        "bluesky": BlueskyServer(posts=list(range(23)), answers={20: 2}),
        "mastodon": MastodonServer(posts=list(range(17)), answers={16: 1}),
        "hackernews": HackerNewsServer(),
    }
    platforms["hackernews"].posts = list(range(5))
    clock = SetClock(START + timedelta(days=1))
    store = EmbeddedStore(tmp_path / "store", timezone="Europe/Paris")
    landing = Landing(tmp_path / "landing")
    with ExitStack() as stack:
        stack.callback(store.close)
        stack.callback(landing.close)
        urls = {name: stack.enter_context(serving(one)) for name, one in platforms.items()}
        watchlist = parse(
            {
                "workspace": {"name": "w"},
                "brands": [
                    {
                        "id": "b",
                        "name": "Brindille",
                        "accounts": {
                            "bluesky": ["brindille.example"],
                            "mastodon": ["brindille@toile.example"],
                            "hackernews": ["ned_p"],
                        },
                    }
                ],
                "platforms": {name: {"url": url} for name, url in urls.items()},
            }
        )
        mapper = Mapper(watchlist)

        def land(answers: Sequence[Answer]) -> None:
            landing.append(answers)
            batch = mapper.map(answers)
            assert not batch.refused
            store.upsert(batch.records)

        async def run(targets: Sequence[Target] = (), only: Sequence[str] = ()) -> list[SourceRun]:
            return await crawl(
                [crawlers.load(name) for name in platforms],
                watchlist, store=store, land=land, clock=clock, run_id="r", environ={},
                targets=targets, only=only,
            )  # fmt: skip

        sources = await run()
        assert {source.state for source in sources} == {"ok"}, sources
        assert store.search(filters=Filters(platforms=("bluesky",))).total == 25
        assert store.search(filters=Filters(platforms=("mastodon",))).total == 18
        assert store.search(filters=Filters(platforms=("hackernews",))).total == 5
        assert store.search(filters=Filters(origins=("comment",), owners=("b",))).total == 3
        assert store.search(filters=Filters(origins=("owned",), owners=("b",))).total == 45

        platforms["bluesky"].gone = {3}
        platforms["mastodon"].gone = {4}
        platforms["hackernews"].gone = {0}
        clock.set(START + timedelta(days=3))
        hits = store.search(filters=Filters(), page=ALL).hits
        again = [
            target
            for name in platforms
            for target in crawlers.load(name).refresh(_of(name, [h.post for h in hits]), watchlist)
        ]
        sources = await run(again, [target.key for target in again])
        assert sorted(source.key for source in sources) == [
            "bluesky/refresh/authors", "bluesky/refresh/posts",
            "hackernews/refresh/items", "mastodon/refresh/posts",
        ]  # fmt: skip
        assert {source.state for source in sources} == {"ok"}, sources
        gone = store.search(filters=Filters(states=("deleted",)), page=ALL).hits
        assert sorted(int(hit.post.native_id.rsplit("/", 1)[-1]) for hit in gone) == [0, 3, 4]


def _of(platform: str, posts: list[Post]) -> list[Post]:
    """What this small platform can give again: not the answers, which it makes up."""
    return [
        post for post in posts
        if post.platform == platform and int(post.native_id.rsplit("/", 1)[-1]) < 10_000
    ]  # fmt: skip
