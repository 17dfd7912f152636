"""Scrapy as the one downloader: settings, politeness, robots.txt, rate limits.

Scrapy runs without a reactor inside the asyncio loop that calls it. One Scrapy crawler serves one
platform; its spider's `start` is where the platform's targets are read, page after page, through
`engine.download_async`: every download passes the middlewares below and Scrapy's own slots.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request, Spider
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler
from scrapy.crawler import Crawler as ScrapyCrawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response

from vigie import __version__
from vigie.clock import Clock
from vigie.errors import Broken, RateLimited
from vigie.masking import mask_url
from vigie.ratelimit import wait_of
from vigie.sources import Call

AGENT = "Vigie"  # the name that robots.txt may speak to
CRAWL_DELAY_MAX_S = 60.0
FIRST_BACKOFF_S = 0.5  # doubled with every refusal of the same call
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

SETTINGS: dict[str, Any] = {
    "TWISTED_REACTOR_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,  # would listen for code to run
    "TELNETCONSOLE_ENABLED": False,
    "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "vigie.downloads.Handler"),
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOAD_TIMEOUT": 30.0,
    "DOWNLOAD_MAXSIZE": 32 * 1024 * 1024,
    "CONCURRENT_ITEMS": 8,
    "CONCURRENT_REQUESTS": 32,
    "COOKIES_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "HTTPCACHE_ENABLED": False,  # it writes request headers, and with them tokens, to disk
    "MEMUSAGE_ENABLED": False,
    "STATS_DUMP": False,
    "LOGSTATS_INTERVAL": 0,
    "REDIRECT_MAX_TIMES": 5,
    "RETRY_TIMES": 2,
    "RETRY_HTTP_CODES": [408, 500, 502, 503, 504, 522, 524],  # 429 is ours
    "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",  # the run's report says it
    "DEFAULT_REQUEST_HEADERS": {"Accept": "*/*"},
    "AUTOTHROTTLE_ENABLED": True,
    "DOWNLOADER_MIDDLEWARES": {
        "vigie.downloads.Robots": 100,
        "vigie.downloads.Limits": 560,  # sees answers before Scrapy's retry does
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
        "vigie.downloads.Redirects": 600,
    },
}


@dataclass(frozen=True, slots=True)
class Politeness:
    """Seconds between two calls to one host: `api_s` for APIs, unless their crawler tells its
    `rate` in calls a second; `web_s` is the least for web hosts, AutoThrottle and Crawl-delay only
    lengthen it. `hosts` overrides both. Loopback has no delay unless `spare_loopback` is off."""

    api_s: float = 0.34
    web_s: float = 1.0
    hosts: Mapping[str, float] = field(default_factory=dict)
    spare_loopback: bool = True

    def spares(self, host: str) -> bool:
        return self.spare_loopback and host in LOOPBACK

    def delay(self, host: str, *, web: bool, rate: float | None) -> float:
        if host in self.hosts:
            return self.hosts[host]
        if self.spares(host):
            return 0.0
        return self.web_s if web else (1 / rate if rate else self.api_s)


def settings(contact: str, politeness: Politeness) -> dict[str, Any]:
    """Scrapy's settings for one crawl, with a User-Agent that says who calls and how to reach
    them."""
    return {
        **SETTINGS,
        "USER_AGENT": f"{AGENT}/{__version__}" + (f" (+{contact})" if contact else ""),
        "DOWNLOAD_DELAY": politeness.web_s,
        "AUTOTHROTTLE_START_DELAY": politeness.web_s,
    }


class CalmRequest(Request):
    """A request whose address is masked wherever Scrapy logs it."""

    def __repr__(self) -> str:
        # A key may stand in the path, where no parameter's name betrays it.
        return f"<{self.method} {self.meta.get('shown') or mask_url(self.url)}>"

    __str__ = __repr__


@dataclass(slots=True)
class Toll:
    """What travels with a request: the call, what counts its requests, what was waited."""

    call: Call
    spend: Callable[[Call], None]  # raises BudgetSpent
    scope: str  # what shares a rate limit
    waited: float = 0.0
    refusals: int = 0


class Gate:
    """The pauses that a platform asked for, by scope. Waits are real time, whatever the clock
    says: the clock only tells when a run may resume."""

    def __init__(self, clock: Clock, max_wait_s: float) -> None:
        self.clock, self.max_wait_s = clock, max_wait_s
        self._opens: dict[str, float] = {}

    def close(self, scope: str, seconds: float) -> None:
        opens = asyncio.get_running_loop().time() + seconds
        self._opens[scope] = max(opens, self._opens.get(scope, 0.0))

    async def enter(self, toll: Toll) -> None:
        """Waits until the scope is open. Raises RateLimited where that would take longer than the
        bound."""
        loop = asyncio.get_running_loop()
        while (left := self._opens.get(toll.scope, 0.0) - loop.time()) > 0:
            self.check(toll, left)
            toll.waited += left
            await asyncio.sleep(left)

    def check(self, toll: Toll, seconds: float) -> None:
        """Raises RateLimited where another wait of `seconds` passes the bound of one call."""
        if toll.waited + seconds > self.max_wait_s:
            raise RateLimited(
                f"asks to wait {seconds:.0f} s",
                resume_at=self.clock.now() + timedelta(seconds=seconds),
                where=toll.scope,
            )


class Reader(Spider):
    """The spider of one platform: its start reads the platform's targets."""

    name = "vigie"

    def __init__(
        self,
        read: Callable[[ScrapyCrawler], Awaitable[None]],
        gate: Gate,
        platform: str,
        politeness: Politeness,
        rate: float | None,
    ) -> None:
        super().__init__()
        self.read, self.gate, self.platform = read, gate, platform
        self.politeness, self.rate = politeness, rate

    async def start(self) -> AsyncIterator[Any]:
        await self.read(self.crawler)
        nothing: tuple[Any, ...] = ()
        for item in nothing:
            yield item


class Handler(AiohttpDownloadHandler):
    """Scrapy's own without a reactor, made when its scheme is first asked for: each reads all of
    the machine's certificates."""

    lazy = True


class Robots:
    """Paces every host; for web pages, obeys robots.txt and its Crawl-delay.

    RFC 9309: no robots.txt (4xx) allows all; one that cannot be read (5xx, no connection) allows
    nothing, and the target is reported as broken with that reason."""

    def __init__(self, crawler: ScrapyCrawler) -> None:
        spider = crawler.spider
        assert isinstance(spider, Reader)
        self._crawler, self._politeness, self._rate = crawler, spider.politeness, spider.rate
        self._rules: dict[str, asyncio.Task[Protego]] = {}

    @classmethod
    def from_crawler(cls, crawler: ScrapyCrawler) -> Robots:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        host, netloc = parts.hostname or "", parts.netloc.rpartition("@")[2]
        web = bool(request.meta.get("web"))
        request.meta["download_slot"] = netloc
        request.meta["autothrottle_dont_adjust_delay"] = not web or self._politeness.spares(host)
        if self._politeness.spares(host):
            request.meta["proxy"] = None
        delay = self._politeness.delay(host, web=web, rate=self._rate)
        if web:
            rules = await self._rules_of(parts.scheme, netloc)
            if not rules.can_fetch(request.url, AGENT):
                raise IgnoreRequest("robots.txt")
            asked = min(float(rules.crawl_delay(AGENT) or 0.0), CRAWL_DELAY_MAX_S)
            if asked > delay:
                delay = asked
                request.meta["autothrottle_dont_adjust_delay"] = True
        self._pace(netloc, delay, one_at_a_time=web and delay > 0)

    def _pace(self, slot: str, delay: float, *, one_at_a_time: bool) -> None:
        """Sets a host's delay; one that AutoThrottle or a Crawl-delay made longer stays."""
        downloader = self._crawler.engine.downloader
        known = downloader.per_slot_settings.setdefault(
            slot, {"delay": delay, "concurrency": 1 if one_at_a_time else 8, "jitter": 0.0}
        )
        if delay > known["delay"]:
            known["delay"] = delay
        if one_at_a_time:
            known["concurrency"] = 1
        open_slot = downloader.slots.get(slot)
        if open_slot is not None:
            open_slot.delay = max(open_slot.delay, delay)
            open_slot.concurrency = known["concurrency"]

    async def _rules_of(self, scheme: str, netloc: str) -> Protego:
        if netloc not in self._rules:
            task = asyncio.ensure_future(self._read(f"{scheme}://{netloc}/robots.txt"))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._rules[netloc] = task
        return await asyncio.shield(self._rules[netloc])

    async def _read(self, url: str) -> Protego:
        response = await self._crawler.engine.download_async(CalmRequest(url))
        if response.status >= 500:
            raise Broken(f"HTTP {response.status}: robots.txt cannot be read", where=url)
        allowed_all = response.status >= 300
        return Protego.parse("" if allowed_all else response.body.decode("utf-8-sig", "ignore"))


class Limits:
    """Waits where a platform asks to, counts what is spent, asks again for what was refused."""

    def __init__(self, spider: Reader) -> None:
        self._gate, self._platform = spider.gate, spider.platform

    @classmethod
    def from_crawler(cls, crawler: ScrapyCrawler) -> Limits:
        assert isinstance(crawler.spider, Reader)
        return cls(crawler.spider)

    async def process_request(self, request: Request) -> None:
        toll: Toll | None = request.meta.get("toll")
        if toll is not None:
            await self._gate.enter(toll)
            toll.spend(toll.call)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        toll: Toll | None = request.meta.get("toll")
        if toll is None:
            return response
        wait = wait_of(
            response.status, headers_of(response), response.body, self._gate.clock.now(),
            self._platform,
        )  # fmt: skip
        if wait is None:
            return response
        if not wait.refused:
            self._gate.close(toll.scope, wait.seconds)
            return response
        least = FIRST_BACKOFF_S * 2**toll.refusals
        seconds = max(wait.seconds, least) if wait.told else wait.seconds * 2**toll.refusals
        toll.refusals += 1
        self._gate.close(toll.scope, seconds)
        self._gate.check(toll, seconds)
        return request.copy()


class Redirects(RedirectMiddleware):
    """Scrapy's, to which one that leads to no address is an answer like any other."""

    def process_response(self, request: Request, response: Response) -> Response | Request:  # type: ignore[override]
        try:
            return super().process_response(request, response)
        except ValueError:  # `Location: https://[shop`
            return response


def headers_of(response: Response) -> dict[str, str]:
    """The headers with lower-case names; one that came several times is one value with commas."""
    return {
        name.decode("latin-1").lower(): ", ".join(
            value.decode("latin-1") for value in response.headers.getlist(name)
        )
        for name in response.headers
    }


def reason_of(error: Exception) -> str | None:
    """Why a download failed, in the words of `vigie/health.py`; None for another kind of error."""
    if isinstance(error, IgnoreRequest):
        return "robots.txt"
    if isinstance(error, CannotResolveHostError):
        return "unknown host"
    if isinstance(error, DownloadConnectionRefusedError):
        return "certificate refused" if "certificate" in str(error) else "connection refused"
    if isinstance(error, DownloadTimeoutError | TimeoutError):
        return "time-out"
    if isinstance(error, DownloadCancelledError):
        return "body too large"
    if isinstance(error, ResponseDataLossError | DownloadFailedError | OSError):
        return "connection lost"
    if isinstance(error, UnsupportedURLSchemeError):
        return "bad address"
    return None


def calm_logs() -> None:
    """Leaves of Scrapy's log what a person needs; the report of a run says the rest."""
    scrapy = logging.getLogger("scrapy")
    if scrapy.level == logging.NOTSET:
        scrapy.setLevel(logging.WARNING)
    handler = logging.getLogger("scrapy.core.downloader.handlers._base_streaming")
    if _not_experimental not in handler.filters:
        handler.addFilter(_not_experimental)


def _not_experimental(record: logging.LogRecord) -> bool:
    return "experimental" not in record.getMessage()
