"""The simulated platforms on loopback: `async with serve(world, clock) as served: served.urls`.

A small HTTP/1.1 server of its own (GET, HEAD and POST, kept connections), since it answers
thousands of pages from the same process that crawls and stores them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from http import HTTPStatus
from urllib.parse import unquote

from vigie.clock import Clock
from vigie.demo import sites
from vigie.demo.sites.press import PressSite
from vigie.demo.sites.reply import Ask, Reply, Site, parsed
from vigie.demo.world import World

HOST = "127.0.0.1"
HEAD_LIMIT = 65_536
BODY_LIMIT = 1_048_576
_REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Served:
    """Where the platforms answer."""

    port: int

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def urls(self) -> dict[str, str]:
        """Base URL by platform, and of the press."""
        return {name: f"{self.base}/{name}" for name in (*sites.NAMES, "press")}


class Platforms:
    """All sites behind one door."""

    def __init__(self, world: World, clock: Clock, base: str) -> None:
        self._clock = clock
        self._base = base
        self._world = world
        self._sites: dict[str, Site] = {}
        self.answered = 0

    def answer(
        self, target: str, headers: dict[str, str], method: str = "GET", body: bytes = b""
    ) -> Reply:
        """The answer to a request's target, as of the clock."""
        self.answered += 1
        path, _, query = target.partition("?")
        if path == "/robots.txt":
            return self._press().robots()
        name, _, rest = path.lstrip("/").partition("/")
        if name == "press":
            self._press()
        if name not in self._sites:
            if name not in sites.NAMES:
                return Reply(404, b"not found", "text/plain")
            self._sites[name] = sites.make(name, self._world)
        site = self._sites[name]
        ask = Ask(
            path=unquote(f"/{rest}"),
            query=parsed(query),
            headers=headers,
            now=round(self._clock.now().timestamp() * 1000),
            url=f"{self._base}{path}",
            method=method,
            body=body,
        )
        reply = site.answer(ask)
        if reply.status == 200 and _known(reply, headers):
            return Reply(304, b"", reply.kind, reply.headers)
        return reply

    def _press(self) -> PressSite:
        site = self._sites.get("press")
        if not isinstance(site, PressSite):
            site = self._sites["press"] = PressSite(self._world, f"{self._base}/press")
        return site

    def date(self) -> str:
        """The clock's time as a Date header."""
        return format_datetime(self._clock.now(), usegmt=True)


def _known(reply: Reply, headers: dict[str, str]) -> bool:
    tag = reply.headers.get("etag")
    return tag is not None and tag in headers.get("if-none-match", "")


async def _converse(
    platforms: Platforms, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head[:-4].split("\r\n")
            method, target, version = first.split(" ")
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            length = int(headers.get("content-length", "0"))
            if length > BODY_LIMIT:
                reply = Reply(413, b"too large", "text/plain")
                writer.write(_head(reply, platforms.date(), False) + reply.body)
                return
            body = await reader.readexactly(length) if length else b""
            if method in ("GET", "HEAD", "POST"):
                reply = platforms.answer(target, headers, method, body)
            else:
                reply = Reply(405, b"method not allowed", "text/plain")
            keep = headers.get("connection", "").lower() != "close" and version != "HTTP/1.0"
            writer.write(_head(reply, platforms.date(), keep))
            if method != "HEAD" and reply.body:
                writer.write(reply.body)
            await writer.drain()
            if not keep:
                return
    except (asyncio.IncompleteReadError, ConnectionError):
        return  # the client has gone
    finally:
        writer.close()


def _head(reply: Reply, date: str, keep: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, '')}",
        f"date: {date}",
        f"content-type: {reply.kind}",
        f"content-length: {len(reply.body)}",
        f"connection: {'keep-alive' if keep else 'close'}",
        *(f"{name}: {value}" for name, value in reply.headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@asynccontextmanager
async def serve(world: World, clock: Clock, port: int = 0) -> AsyncIterator[Served]:
    """Serves the world on loopback as of the clock's time, on a free port unless one is given."""
    doors: list[Platforms] = []
    talks: set[asyncio.Task[None]] = set()

    def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.ensure_future(_converse(doors[0], reader, writer))
        talks.add(talk)
        talk.add_done_callback(talks.discard)

    server = await asyncio.start_server(welcome, HOST, port, limit=HEAD_LIMIT)
    served = Served(server.sockets[0].getsockname()[1])
    doors.append(Platforms(world, clock, served.base))
    try:
        yield served
    finally:
        server.close()
        for talk in list(talks):
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()
