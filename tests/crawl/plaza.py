"""A small platform of our own: an API over HTTP on loopback, and a crawler that reads it.

The API has pages, newest first (`/posts/NAME?page=N`), and answers from a table of routes where a
test wants something else. It keeps what it was asked.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vigie.errors import MappingError
from vigie.records import Author, Post, Source
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist, parse

EPOCH = datetime(2026, 3, 2, 8, tzinfo=UTC)
PAGE = 20


@dataclass
class Hit:
    """One request as the server saw it."""

    path: str
    query: str
    headers: Mapping[str, str]
    at: float


@dataclass
class Api:
    """The server: `posts` by account, `answers` by path instead of what it would say, each a list
    whose last entry stays."""

    url: str = ""
    posts: dict[str, list[int]] = field(default_factory=dict)
    answers: dict[str, list[Callable[[Request], Response]]] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    etags: bool = False

    def paths(self) -> list[str]:
        return [f"{hit.path}?{hit.query}" if hit.query else hit.path for hit in self.hits]

    def answer(self, path: str, *answers: Response | Callable[[Request], Response]) -> None:
        """Sets what a path answers, one after the other."""
        self.answers[path] = [
            answer if callable(answer) and not isinstance(answer, Response) else _always(answer)
            for answer in answers
        ]

    def respond(self, request: Request) -> Response:
        path = request.url.path
        self.hits.append(
            Hit(
                path,
                request.url.query,
                dict(request.headers.items()),
                time.monotonic(),
            )
        )
        told = self.answers.get(path)
        if told:
            answer = told.pop(0) if len(told) > 1 else told[0]
            return answer(request)
        if not path.startswith("/posts/"):
            return JSONResponse({"error": "not found"}, 404)
        return self.page(request)

    def page(self, request: Request) -> Response:
        """The page that was asked for, as it really is."""
        number = int(request.query_params.get("page", 1))
        mine = sorted(self.posts.get(request.url.path.removeprefix("/posts/"), []), reverse=True)
        here = mine[(number - 1) * PAGE : number * PAGE]
        body: dict[str, Any] = {"posts": [{"id": str(n), "text": f"billet {n}"} for n in here]}
        if len(mine) > number * PAGE:
            body["next"] = number + 1
        headers = {}
        if self.etags:
            headers["etag"] = f'"{hash(tuple(here)) & 0xFFFF:x}"'
            if request.headers.get("if-none-match") == headers["etag"]:
                return Response(status_code=304, headers=headers)
        return JSONResponse(body, headers=headers)


def _always(answer: Response) -> Callable[[Request], Response]:
    return lambda request: answer


@contextmanager
def serving(api: Api) -> Iterator[Api]:
    """Serves the API on a free port of loopback."""

    async def respond(request: Request) -> Response:
        return api.respond(request)

    app = Starlette(routes=[Route("/{path:path}", respond, methods=["GET", "POST"])])
    bound = socket.create_server(("127.0.0.1", 0))
    api.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.should_exit = True
        thread.join(10)
        bound.close()


class Plaza:
    """The crawler of that platform. Its cursor holds the newest post of the last whole reading and,
    while one is under way, the page to go on with."""

    title = "Plaza"
    endpoints = ("posts", "page")
    mapper_version = "1"

    def __init__(
        self,
        url: str,
        accounts: Sequence[str] = ("ada",),
        *,
        name: str = "plaza",
        kind: str = "account",
        requires: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
        query: str = "",
        web: bool = False,
    ) -> None:
        self.name, self.requires = name, requires
        self._url, self._accounts, self._kind = url, accounts, kind
        self._headers, self._query, self._web = headers or {}, query, web

    def targets(self, watchlist: Watchlist) -> list[Target]:
        return [
            Target(self.name, self._kind, account, host=self._url) for account in self._accounts
        ]

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        return []

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        yield self._call(target, cursor.get("page", 1))

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        body = answer.json()
        if "next" in body and not self._known(body, cursor):
            yield self._call(target, body["next"])

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        body = answer.json()
        top = max([int(post["id"]) for post in body["posts"]] + [cursor.get("top", 0)])
        if "next" in body and not self._known(body, cursor):
            return {**cursor, "page": body["next"], "top": top}
        return {"newest": top}

    def map(self, answer: Answer) -> Mapped:
        if answer.status >= 400:
            return Mapped()
        try:
            posts = answer.json()["posts"]
        except (ValueError, KeyError) as error:
            raise MappingError("no posts in it", where=answer.endpoint) from error
        return Mapped(posts=[self._post(post, answer) for post in posts])

    def _post(self, post: Mapping[str, Any], answer: Answer) -> Post:
        return Post(
            id=f"{self.name}:{post['id']}",
            platform=self.name,
            native_id=post["id"],
            author=Author(handle=answer.target.rpartition("/")[2]),
            text=post["text"],
            published_at=EPOCH + timedelta(minutes=int(post["id"])),
            first_seen_at=answer.collected_at,
            collected_at=answer.collected_at,
            source=Source(
                collector=self.name,
                endpoint=answer.endpoint,
                run_id=answer.run_id,
                mapper_version=self.mapper_version,
            ),
        )

    def _known(self, body: Any, cursor: Mapping[str, Any]) -> bool:
        return any(int(post["id"]) <= cursor.get("newest", 0) for post in body["posts"])

    def _call(self, target: Target, page: int) -> Call:
        url = f"{target.host}/posts/{target.value}?page={page}{self._query}"
        return Call("posts", url, headers=self._headers, web=self._web)


def watchlist(**platforms: Mapping[str, Any]) -> Watchlist:
    """A watchlist without brands, with settings of platforms."""
    workspace = {"name": "essai", "contact": "mailto:veille@example.org"}
    return parse({"workspace": workspace, "platforms": platforms})


def texts(answers: Iterable[Answer]) -> list[str]:
    """The native ids in landed answers, as often as they were landed."""
    return [post["id"] for answer in answers for post in json.loads(answer.body).get("posts", [])]
