"""The simulated platforms on loopback: `async with serve(world, clock) as served: served.urls`.

A small HTTP/1.1 server of its own (GET, HEAD and POST, kept connections), since it answers
thousands of pages from the same process that crawls and stores them. The one door of all platforms:
it reads tokens (`grants`), counts calls (`quotas`) and spoils answers (`faults`); how a platform
says each is its site's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import unquote

from vigie.clock import Clock
from vigie.demo import sites
from vigie.demo.faults import DRIP_S, OUTAGE, REFUSALS, Faults
from vigie.demo.quotas import Quota, Quotas
from vigie.demo.sites.press import PressSite
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town, capped, parsed

HOST = "127.0.0.1"
HEAD_LIMIT = 65_536
BODY_LIMIT = 1_048_576
_REASONS = {status.value: status.phrase for status in HTTPStatus}
log = logging.getLogger("vigie.demo")


class Grants(Protocol):
    """Who may call: the platforms' OAuth."""

    def answer(self, platform: str, ask: Ask) -> Reply | None:
        """The answer to a call of the platform's OAuth; None where it is none."""

    def check(self, platform: str, token: str, now: int) -> Refusal | None:
        """What is wrong with a token at a time (ms since the epoch)."""


@dataclass(slots=True)
class Served:
    """Where the platforms answer."""

    port: int
    faults: Faults = field(default_factory=Faults)
    asked: list[str] = field(default_factory=list)  # method and target of every call, if kept
    _door: _Door | None = None

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def urls(self) -> dict[str, str]:
        """Base URL by platform, and of the press."""
        return {name: f"{self.base}/{name}" for name in (*sites.NAMES, sites.PRESS)}

    async def shut(self) -> None:
        """Refuses connections from now on, those that stand included."""
        assert self._door is not None
        await self._door.shut()

    async def reopen(self) -> None:
        """Answers again, at the same address."""
        assert self._door is not None
        await self._door.open()

    def renew(self) -> None:
        """Sites that nobody has called yet, with all that they would else remember."""
        assert self._door is not None
        self._door.platforms.renew()


class Platforms:
    """All sites behind one door."""

    def __init__(
        self,
        town: Town,
        clock: Clock,
        served: Served,
        *,
        quotas: Mapping[str, Quota] | None = None,
        grants: Grants | None = None,
        page: int | None = None,
    ) -> None:
        self._town, self._clock, self._served = town, clock, served
        self._faults, self._grants, self._page = served.faults, grants, page
        self._quotas = Quotas(quotas or {})
        self._sites: dict[str, Any] = {}
        self._size: tuple[int, int] | None = None
        self.answered = 0

    def answer(
        self, target: str, headers: dict[str, str], method: str = "GET", body: bytes = b""
    ) -> Reply:
        """The answer to a request's target, as of the clock."""
        self.answered += 1
        path, _, query = target.partition("?")
        if path == "/robots.txt":
            robots: Reply = self._site(sites.PRESS).robots()
            return robots
        name, _, rest = path.lstrip("/").partition("/")
        if name != sites.PRESS and name not in sites.NAMES:
            return Reply(404, b"not found", "text/plain")
        ask = Ask(
            path=unquote(f"/{rest}"),
            query=parsed(query),
            headers=headers,
            now=self._now(),
            url=f"{self._served.base}{path}",
            method=method,
            body=body,
        )
        if self._page is not None:
            ask = capped(ask, self._page)
        reply = self._told(name, self._site(name), ask)
        if reply.status == 200 and _known(reply, headers):
            return Reply(304, b"", reply.kind, reply.headers)
        return reply

    def _told(self, name: str, site: Any, ask: Ask) -> Reply:
        """The site's answer, or what stands before it, or what a fault makes of it."""
        fault = self._faults.struck(name, ask.path)
        if fault is not None and fault.kind not in REFUSALS:
            # A spoilt answer is a whole one: that it is not news would hide what is wrong with it.
            sound = {key: told for key, told in ask.headers.items() if not key.startswith("if-")}
            ask = replace(ask, headers=sound)
        if fault is not None and (instead := self._faults.instead(fault, site, ask)):
            return instead
        if hasattr(self._town, "can_answer") and not self._town.can_answer(name, ask.now):
            return Reply(503, OUTAGE, "text/html")
        if self._grants is not None:
            granted = self._grants.answer(name, ask)
            if granted is not None:
                return granted
            if site.needs_token:
                why = self._grants.check(name, site.token_of(ask), ask.now)
                if why is not None:
                    refused: Reply = site.refused(ask, why)
                    return refused
        standing = self._quotas.count(name, site.token_of(ask), ask.now)
        if standing is not None:
            if standing.wait_s is not None:
                limited: Reply = site.limited(ask, standing.wait_s)
                return limited
            ask = replace(ask, left=standing.left, reset=standing.ends)
        skew = fault.hours if fault is not None and fault.kind == "skew" else 0.0
        if skew:
            ask = replace(ask, now=ask.now + round(skew * 3_600_000))
        reply: Reply = site.answer(ask)
        if fault is not None:
            reply = self._faults.spoilt(fault, name, site, ask, reply)
        if skew:
            reply = replace(reply, headers={**reply.headers, "date": self.date(skew)})
        return reply

    def _site(self, name: str) -> Any:
        """A platform's site, made when it is first asked, and anew where the town has grown: sites
        may read it but once, and keep nothing that a caller could miss."""
        size = (len(getattr(self._town, "posts", ())), len(self._town.accounts))
        if size != self._size:
            self._size = size
            self._sites.clear()
        if name not in self._sites:
            self._sites[name] = (
                PressSite(self._town, f"{self._served.base}/{name}")
                if name == sites.PRESS
                else sites.make(name, self._town)
            )
        return self._sites[name]

    def renew(self) -> None:
        """Forgets what sites know of their callers."""
        self._sites.clear()

    def _now(self) -> int:
        return round(self._clock.now().timestamp() * 1000)

    def date(self, ahead_h: float = 0.0) -> str:
        """The clock's time as a Date header, or that many hours later."""
        return format_datetime(self._clock.now() + timedelta(hours=ahead_h), usegmt=True)


def _known(reply: Reply, headers: dict[str, str]) -> bool:
    tag = reply.headers.get("etag")
    return tag is not None and tag in headers.get("if-none-match", "")


class _Door:
    """The listening socket and the talks that it opened."""

    def __init__(self, platforms: Platforms, served: Served, keep: bool) -> None:
        self.platforms, self._served, self._keep = platforms, served, keep
        self._talks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.failed: list[Exception] = []  # what sites raised

    async def open(self) -> None:
        self._server = await asyncio.start_server(
            self._welcome, HOST, self._served.port, limit=HEAD_LIMIT
        )
        self._served.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.ensure_future(self._converse(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the client has gone
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether the connection is kept."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head[:-4].split("\r\n")
        method, target, version = first.split(" ")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        length = int(headers.get("content-length", "0"))
        date = self.platforms.date()
        if length > BODY_LIMIT:
            reply = Reply(413, b"too large", "text/plain")
            writer.write(_head(reply, date, False) + reply.body)
            return False
        body = await reader.readexactly(length) if length else b""
        if self._keep:
            self._served.asked.append(f"{method} {target}")
        reply = self._answer(method, target, headers, body)
        keep = headers.get("connection", "").lower() != "close" and version != "HTTP/1.0"
        if reply.wire:
            await self._fail(reply, date, reader, writer)
            return False
        writer.write(_head(reply, reply.headers.get("date", date), keep))
        if method != "HEAD" and reply.body:
            writer.write(reply.body)
        await writer.drain()
        return keep

    def _answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        if method not in ("GET", "HEAD", "POST"):
            return Reply(405, b"method not allowed", "text/plain")
        try:
            return self.platforms.answer(target, headers, method, body)
        except Exception as error:  # told by `serve` in the end, or it would look like an outage
            log.exception("%s %s", method, target.partition("?")[0])
            self.failed.append(error)
            return Reply(500, b"the site failed", "text/plain")

    async def _fail(
        self, reply: Reply, date: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Lets an answer fail on its way, as its fault says."""
        gone = asyncio.ensure_future(reader.read())  # ends when the client leaves
        try:
            if reply.wire == "hang":
                self._served.faults.reached.set()
                await gone
            elif reply.wire == "torn":
                writer.write(_head(reply, date, False) + reply.body[: len(reply.body) // 2])
                await writer.drain()
            elif reply.wire == "drip":
                writer.write(_head(reply, date, False))
                for at in range(len(reply.body) - 1):
                    writer.write(reply.body[at : at + 1])
                    await writer.drain()
                    if (await asyncio.wait({gone}, timeout=DRIP_S))[0]:
                        return
                await gone  # the last byte never comes
            else:
                writer.transport.abort()
        finally:
            gone.cancel()


def _head(reply: Reply, date: str, keep: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, '')}",
        f"date: {date}",
        f"content-type: {reply.kind}",
        f"content-length: {len(reply.body)}",
        f"connection: {'keep-alive' if keep else 'close'}",
        *(f"{name}: {value}" for name, value in reply.headers.items() if name != "date"),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@asynccontextmanager
async def serve(
    town: Town,
    clock: Clock,
    port: int = 0,
    grants: Grants | None = None,
    faults: Faults | None = None,
    *,
    quotas: Mapping[str, Quota] | None = None,
    page: int | None = None,
    keep: bool = False,
) -> AsyncIterator[Served]:
    """Serves a town on loopback as of the clock's time, on a free port unless one is given.

    `grants`: tokens are asked for, where the platform does. `quotas`: by platform; without one
    nobody is refused for asking often. `page`: no list gives more items at a time, whatever is
    asked for. `keep`: `Served.asked` fills. Raises in the end what a site raised on the way."""
    served = Served(port, faults or Faults())
    platforms = Platforms(town, clock, served, quotas=quotas, grants=grants, page=page)
    door = served._door = _Door(platforms, served, keep)
    await door.open()
    try:
        yield served
    finally:
        await door.shut()
    for error in door.failed:
        raise error
