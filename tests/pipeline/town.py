"""A small town on loopback: a server with Mastodon's API and two feeds, and a workspace that
watches them. The same town has the same posts, and answers what a test tells it to where a test
wants something else."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PAGE = 20
DAYS = 27
BRAND = "109000000000000001"
WHO = ("ma soeur", "un voisin", "la prof de maths", "my flatmate", "the baker", "notre maire")
DOES = ("répare", "loue", "prête", "paints", "sells", "essaie", "photographs", "attache", "forgets")
WHAT = ("un vélo cargo", "the longtail", "une remorque", "her old trike", "deux sacoches")
WHERE = ("sous la pluie", "rue des Tanneurs", "at the market", "devant l'école", "by the canal")
SAYS = ("c'est génial", "quelle déception", "love it", "never again", "à suivre", "rien de neuf")


@dataclass
class Town:
    """`answers` by path say what the town answers instead."""

    owned: int = 40
    tagged: int = 160
    entries: int = 30  # of each of the two feeds
    latency_s: float = 0.0
    url: str = ""
    answers: dict[str, Response | Callable[[Request], Response]] = field(default_factory=dict)
    hits: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.owned + self.tagged + 2 * self.entries

    def breaks(self, path: str, times: int = 3) -> None:
        """Lets a path be out of order, by default as often as one visit tries, and then recover."""
        left = iter(range(times))

        def recovering(request: Request) -> Response:
            if next(left, None) is not None:
                return Response("out of order", 503)
            del self.answers[path]
            return self.respond(request)

        self.answers[path] = recovering

    def respond(self, request: Request) -> Response:
        path = request.url.path
        self.hits.append(path)
        told = self.answers.get(path)
        if told is not None:
            return told(request) if not isinstance(told, Response) else told
        if path == "/api/v1/accounts/lookup":
            return JSONResponse(_account("lumen"))
        if path == f"/api/v1/accounts/{BRAND}/statuses":
            return self._page(request, self._owned())
        if path == "/api/v1/timelines/tag/velo":
            return self._page(request, self._tagged())
        if path in ("/a.xml", "/b.xml"):
            return Response(self._feed(path[1]), media_type="application/rss+xml")
        if path == "/api/v1/statuses":
            ids = [int(id) for id in request.query_params.getlist("id[]")]
            return JSONResponse([self._status(n) for n in ids])
        if path.startswith("/api/v1/timelines/tag/"):
            return JSONResponse([])
        return JSONResponse({"error": "Record not found"}, 404)

    def _owned(self) -> range:
        return range(1, self.owned + 1)

    def _tagged(self) -> range:
        return range(1001, self.tagged + 1001)

    def _page(self, request: Request, numbers: range) -> Response:
        below = int(request.query_params.get("max_id", 10**9))
        here = [n for n in reversed(numbers) if n < below][:PAGE]
        more = bool(here) and here[-1] > numbers.start
        address = f"{self.url}{request.url.path}?limit=40&max_id={here[-1] if here else 0}"
        headers = {"link": f'<{address}>; rel="next"'} if more else {}
        return JSONResponse([self._status(n) for n in here], headers=headers)

    def _status(self, n: int) -> Mapping[str, Any]:
        return status(n, self._owned() if n in self._owned() else self._tagged())

    def _feed(self, name: str) -> str:
        items = "".join(
            f"<item><title>{_sentence(n, name)}</title><guid>{name}-{n}</guid>"
            f"<link>https://{name}.example/{n}</link><description>{_sentence(n, name * 2)}"
            f"</description><pubDate>{format_datetime(_time(n, self.entries))}</pubDate></item>"
            for n in range(1, self.entries + 1)
        )
        return f'<rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'


@contextmanager
def serving(town: Town) -> Iterator[Town]:
    """Serves the town on a free port of loopback."""

    async def respond(request: Request) -> Response:
        await anyio.sleep(town.latency_s)
        return town.respond(request)

    app = Starlette(routes=[Route("/{path:path}", respond, methods=["GET"])])
    with socket.create_server(("127.0.0.1", 0)) as bound:
        town.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            yield town
        finally:
            server.should_exit = True
            thread.join(10)


def found(
    folder: Path,
    town: Town,
    *,
    feeds: tuple[str, ...] = ("a", "b"),
    mastodon: str = "",
    more: str = "",
) -> Path:
    """A workspace that watches the town as of NOW; `mastodon` are more settings of that network,
    `more` ends the watchlist."""
    addresses = ", ".join(f'"{town.url}/{name}.xml"' for name in feeds)
    (folder / ".vigie").mkdir(parents=True)
    (folder / ".vigie" / "now").write_text(NOW.isoformat(), encoding="utf-8")
    (folder / "vigie.toml").write_text(
        f"""
[workspace]
name = "Ville"
contact = "mailto:veille@example.org"
interface = "en"

[[brands]]
id = "lumen"
name = "Lumen"
role = "own"
accounts = {{ mastodon = ["lumen@town.example"] }}

[[topics]]
id = "velo"
name = "Vélo"
hashtags = ["velo"]

[platforms.mastodon]
url = "{town.url}"
{mastodon}

[platforms.bluesky]
searches = false

[platforms.hackernews]
searches = false

[platforms.feeds]
full_text = false
feeds = [{addresses}]

{more}
""",
        encoding="utf-8",
    )
    return folder


def _author(n: int) -> str:
    return "lumen" if n <= 1000 else f"citizen{n % 37}"


def _time(n: int, of: int) -> datetime:
    return NOW - timedelta(hours=1) - (of - n) * timedelta(days=DAYS) / of


def _sentence(n: int, place: str) -> str:
    chosen = random.Random(f"{place}{n}")
    parts = [chosen.choice(words) for words in (WHO, DOES, WHAT, WHERE)]
    brand = " Lumen" if chosen.random() < 0.3 else ""
    return f"{' '.join(parts)}{brand} – {chosen.choice(SAYS)} ({place}{n})"


def status(n: int, numbers: range) -> Mapping[str, Any]:
    handle = _author(n)
    at = _time(n - numbers.start + 1, len(numbers))
    return {
        "id": str(n),
        "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "edited_at": None,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "fr",
        "uri": f"https://town.example/users/{handle}/statuses/{n}",
        "url": f"https://town.example/@{handle}/{n}",
        "replies_count": 0,
        "reblogs_count": n % 5,
        "favourites_count": n % 11,
        "content": f"<p>{_sentence(n, handle)} #velo</p>",
        "reblog": None,
        "account": _account(handle),
        "media_attachments": [],
        "mentions": [],
        "tags": [{"name": "velo", "url": "https://town.example/tags/velo"}],
        "emojis": [],
        "card": None,
        "poll": None,
    }


def _account(handle: str) -> dict[str, Any]:
    return {
        "id": BRAND if handle == "lumen" else f"2{handle.removeprefix('citizen'):0>8}",
        "username": handle,
        "acct": handle,
        "display_name": handle.title(),
        "locked": False,
        "bot": False,
        "group": False,
        "created_at": "2023-05-02T00:00:00.000Z",
        "note": "",
        "url": f"https://town.example/@{handle}",
        "uri": f"https://town.example/users/{handle}",
        "followers_count": 100,
        "following_count": 10,
        "statuses_count": 50,
        "emojis": [],
        "fields": [],
    }
