"""The crawl framework: any crawler on Scrapy, with all that is the same for every platform.

`crawl` reads the targets of every crawler once. Platforms run beside each other, each with a Scrapy
crawler and a time limit of its own; one that hangs or fails harms no other. What comes back is
handed to `land` in batches, and only when that returns do the cursors move: a crawl that is killed
at any point and started again reads the same posts, and the store makes one of what comes twice.

What a crawler may say of itself beside the protocol of `vigie/sources.py`, all optional:

    rate: float                    calls a second to one host (default: Politeness.api_s)
    scope: "host" | "endpoint"     what shares a rate limit at the platform (default: host)
    keys: tuple[str, ...]          environment variables that it can use but does not need
    api_version: str               is landed with every answer, unless a call's `meta` names another
    price, limits, cost            budgets: see vigie/budgets.py
    ids: re.Pattern[str]           form of the ids that a refresh can ask for; imports make others
    batch: int                     ids that one call of a refresh asks for (cost, refresh)
    page: int                      posts on one page of a listing (cost)
    settles: frozenset[str]        endpoints of which a refusal that is no fault moves the cursor,
                                   too: what is gone need not be read
    healthy, expects, least, lists health: see vigie/health.py
    lands_first: bool              each answer is on disk before the next call is made: the next
                                   call makes the platform forget it
    remarks(watchlist, now)        what to know of its settings: pairs of French and English
    dated: bool                    `start` finds the time, ISO 8601, in `target.options["now"]`
    reads_many: bool               answers for many posts at a time (`vigie.pipeline.due`)

Keys never pass through a crawler: it writes `${NAME}` into an address, a header or a body, and the
framework fills in the value of `requires` and `keys` when it asks, and masks it in all that
comes back. A header whose key is not set is left out.

States of a target: `ok`; `empty` (answered, and holds nothing); `rate_limited` (has to wait longer
than the bound: `resume_at`); `broken` (with the reason); `skipped` (a key is missing, robots.txt
forbids it, or a budget was spent before its first page). A budget that is spent on the way leaves
`ok`, since what was read is whole and the rest is read by the next run; in both cases the reason
begins with `budget` and `resume_at` says when the bucket is full again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from vigie.batches import Batches, Land
from vigie.budgets import Purse
from vigie.clock import Clock
from vigie.isolation import Apart
from vigie.logs import bind
from vigie.masking import Secrets
from vigie.policies import Policies
from vigie.records import Cursor, SourceRun
from vigie.sources import Call, Crawler, Target
from vigie.store import Store
from vigie.visits import Visit
from vigie.watchlist import Watchlist

if TYPE_CHECKING:
    from scrapy.crawler import AsyncCrawlerRunner
    from scrapy.crawler import Crawler as ScrapyCrawler
    from scrapy.http import Response

    from vigie.downloads import Politeness

log = logging.getLogger("vigie.crawl")
WORKERS = 8  # targets of one platform that are read at the same time
Progress = Callable[[SourceRun], None]


async def crawl(
    crawlers: Sequence[Crawler],
    watchlist: Watchlist,
    *,
    store: Store,
    land: Land,
    clock: Clock,
    run_id: str,
    only: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
    denied: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    targets: Sequence[Target] = (),
    politeness: Politeness | None = None,
    limit_s: float = 900.0,
    batch: int = 100,
    runner: Literal["in-process", "subprocess"] = "in-process",
) -> list[SourceRun]:
    """Reads every target of the watchlist once and says how each went, in their order.

    `land` is given batches of about `batch` answers, never two at once; when it returns they are on
    disk. `only` selects platforms or targets by the beginning of their key. `targets` are read
    beside those of the watchlist (posts to refresh). `denied` says of platforms why they cannot be
    read at all (a token that is void): they are broken with that reason. `progress` is called when
    a target ends. `limit_s` bounds each platform, and so does its own setting of that name.
    `runner="subprocess"` gives each platform a process of its own (`vigie/isolation.py`): its
    crawler must then be picklable. A cancelled crawl, by SIGTERM too, lands what it has before it
    ends.

    Raises what `land` raises, and StoreError."""
    wanted = [(crawler, targets_of(crawler, watchlist, targets, only)) for crawler in crawlers]
    wanted = [(crawler, its) for crawler, its in wanted if its]
    if runner == "subprocess":
        options = {
            "run_id": run_id, "only": only, "targets": targets, "politeness": politeness,
            "environ": dict(environ), "denied": denied, "batch": batch,
        }  # fmt: skip
        with _sigterm_cancels():
            apart = Apart(store, land, clock, progress, limit_s)
            return await _crawl_apart(wanted, watchlist, apart, options)
    from scrapy.crawler import AsyncCrawlerRunner

    from vigie.downloads import Politeness, calm_logs, settings

    calm_logs()
    politeness = politeness or Politeness()
    batches = Batches(land, store, clock, most=batch)
    platforms = [
        _Platform(
            crawler,
            its,
            watchlist,
            store,
            clock,
            run_id,
            environ,
            batches,
            denied=(denied or {}).get(crawler.name),
        )
        for crawler, its in wanted
    ]
    scrapy = AsyncCrawlerRunner(settings(watchlist.workspace.contact, politeness))
    with _sigterm_cancels():
        try:
            await asyncio.gather(
                *(platform.run(scrapy, politeness, limit_s, progress) for platform in platforms)
            )
        finally:
            await _settle(scrapy, batches)
    for platform in platforms:
        if platform.fatal:
            raise platform.fatal
    return [visit.report() for platform in platforms for visit in platform.visits]


async def _crawl_apart(
    wanted: Sequence[tuple[Crawler, Sequence[Target]]],
    watchlist: Watchlist,
    apart: Apart,
    options: Mapping[str, Any],
) -> list[SourceRun]:
    sources = await asyncio.gather(
        *(apart.run(crawler, targets, watchlist, options) for crawler, targets in wanted)
    )
    if apart.failed:
        raise apart.failed
    return [source for of_one in sources for source in of_one]


def targets_of(
    crawler: Crawler, watchlist: Watchlist, more: Sequence[Target], only: Sequence[str]
) -> list[Target]:
    """The crawler's targets, one of each key, without those that the platform's terms forbid."""
    policies = Policies(watchlist)
    own = [target for target in more if target.platform == crawler.name]
    unique = {target.key: target for target in reversed([*crawler.targets(watchlist), *own])}
    found = [target for target in reversed(unique.values()) if policies.lets(target)]
    if not only:
        return found
    return [
        target
        for target in found
        if any(target.key == name or target.key.startswith(f"{name}/") for name in only)
    ]


async def _settle(runner: AsyncCrawlerRunner, batches: Batches) -> None:
    """Stops what still runs and lands what is there, even where the crawl is cancelled: Prefect's
    time limits cancel again and again, which only anyio's shield keeps off."""
    import anyio

    with anyio.CancelScope(shield=True):
        await runner.stop()
        await runner.join()
        await batches.close()


@contextmanager
def _sigterm_cancels() -> Iterator[None]:
    """SIGTERM cancels the crawl, where nobody else listens to it."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    ours = (
        task is not None
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if not ours or task is None:
        yield
        return
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


class _Platform:
    """One platform's part of a crawl."""

    def __init__(
        self,
        crawler: Crawler,
        targets: Sequence[Target],
        watchlist: Watchlist,
        store: Store,
        clock: Clock,
        run_id: str,
        environ: Mapping[str, str],
        batches: Batches,
        denied: str | None = None,
    ) -> None:
        self.denied = denied
        self.crawler, self.clock, self.batches = crawler, clock, batches
        self.settings = watchlist.platform(crawler.name)
        self.missing = [name for name in crawler.requires if not environ.get(name)]
        secrets = Secrets((*crawler.requires, *getattr(crawler, "keys", ())), environ)
        self.fatal: Exception | None = None  # Halt or StoreError
        self.purse = Purse(crawler, self.settings, store, clock)
        cursors = store.get([target.key for target in targets], Cursor)
        self.visits = [
            Visit(
                crawler, target, self.settings, secrets, self.purse, clock, run_id, cursor,
                started_at=clock.now(),
            )
            for target, cursor in zip(targets, cursors, strict=True)
        ]  # fmt: skip

    async def run(
        self,
        runner: AsyncCrawlerRunner,
        politeness: Politeness,
        limit_s: float,
        progress: Progress | None,
    ) -> None:
        """Reads the targets; what fails beside them is told in their reports, except that nothing
        can be written."""
        from vigie.downloads import Gate, Reader

        self.limit_s, self.progress = min(limit_s, self.settings.limit_s), progress
        bind(platform=self.crawler.name)
        if self.denied:
            await self._end_all(self.denied)
            return
        if self.missing:
            for visit in self.visits:
                visit.close("skipped", f"missing key: {', '.join(self.missing)}")
                self._tell(visit)
            return
        gate = Gate(self.clock, self.settings.max_wait_s)
        rate = getattr(self.crawler, "rate", None)
        try:
            await asyncio.shield(  # a cancelled crawl is stopped by the runner, or it would leak
                runner.crawl(
                    Reader,
                    read=self._read,
                    gate=gate,
                    platform=self.crawler.name,
                    politeness=politeness,
                    rate=rate,
                )
            )
        except Exception as error:
            log.error("%s: the crawl failed", self.crawler.name, exc_info=error)
            await self._end_all(f"crawler error: {type(error).__name__}: {error}")

    async def _read(self, scrapy: ScrapyCrawler) -> None:
        """What the spider does: its errors are kept here, since the engine only logs them."""
        waiting = deque(self.visits)
        try:
            async with asyncio.timeout(self.limit_s), asyncio.TaskGroup() as group:
                for _ in range(min(WORKERS, len(waiting))):
                    group.create_task(self._work(waiting, scrapy))
        except TimeoutError:
            await self._end_all(f"time limit: {self.limit_s:g} s")
        except ExceptionGroup as errors:
            self.fatal = errors.exceptions[0]

    async def _work(self, waiting: deque[Visit], scrapy: ScrapyCrawler) -> None:
        async def download(
            visit: Visit, call: Call, conditions: Mapping[str, str], credentials: bool
        ) -> Response:
            request = self._request(visit, call, conditions, credentials)
            return await scrapy.engine.download_async(request)

        while waiting:
            visit = waiting.popleft()
            visit.started_at = self.clock.now()
            await visit.read(download, self.batches)
            self._tell(visit)

    def _request(
        self, visit: Visit, call: Call, conditions: Mapping[str, str], credentials: bool
    ) -> Any:
        from urllib.parse import urlsplit

        from vigie.downloads import CalmRequest, Toll

        def spend(spent: Call) -> None:
            self.purse.spend(spent)
            visit.requests += 1

        scope = urlsplit(call.url).netloc
        if getattr(self.crawler, "scope", "host") == "endpoint":
            scope = f"{scope} {call.endpoint}"
        return CalmRequest(
            call.url,
            method=call.method,
            headers={**call.headers, **conditions},
            body=call.body or b"",
            dont_filter=True,
            meta={
                "toll": Toll(call, spend, scope),
                "web": call.web,
                "shown": visit.secrets.mask_url(call.url) if credentials else None,
                "dont_redirect": credentials,  # a key goes to the host it is meant for, or nowhere
            },
        )

    async def _end_all(self, reason: str) -> None:
        for visit in self.visits:
            if visit.state is None:
                visit.close("broken", reason)
                await self.batches.end(visit)
                self._tell(visit)

    def _tell(self, visit: Visit) -> None:
        if self.progress is not None:
            self.progress(visit.report())
