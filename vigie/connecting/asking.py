"""Calls that carry secrets: nothing of them is logged, and no redirect is followed with them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from vigie import __version__
from vigie.errors import NotConnected

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("vigie.connecting")
TIMEOUT_S = 30.0
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_hushed: ContextVar[bool] = ContextVar("hushed", default=False)


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: str | bytes | None = None,
    contact: str = "",
) -> httpx.Response:
    """The answer to one call, whatever its status. Raises NotConnected (kind "unreachable") where
    there is none."""
    import httpx

    host = urlsplit(url).hostname or ""
    agent = f"Vigie/{__version__}" + (f" (+{contact})" if contact else "")
    try:
        with _hush(), httpx.Client(timeout=TIMEOUT_S, trust_env=host not in LOOPBACK) as client:
            answer = client.request(
                method, url, headers={"User-Agent": agent, **(headers or {})}, content=body
            )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Without its cause: that one holds the address, and with it what may be secret.
        raise NotConnected(
            f"no answer: {type(error).__name__}", where=host, do="try again later",
            kind="unreachable",
        ) from None  # fmt: skip
    log.info("%s %s: HTTP %s", method, host, answer.status_code)
    return answer


class Session:
    """What authlib calls with: the few methods of a session that it uses."""

    def __init__(self, contact: str = "") -> None:
        self._contact = contact

    def post(
        self, url: str, data: Any = None, headers: Any = None, auth: Any = None, **more: Any
    ) -> httpx.Response:
        return self.request("POST", url, data=data, headers=headers, auth=auth)

    def request(
        self,
        method: str,
        url: str,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        **more: Any,
    ) -> httpx.Response:
        told = {"Accept": "application/json", **dict(headers or {})}
        body = urlencode(data) if data else ""
        if auth is not None:
            url, told, body = auth.prepare(method, url, told, body)
        if method == "POST":
            told.setdefault("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
        return ask(method, url, headers=told, body=body or None, contact=self._contact)


class _Hushed(logging.Filter):
    """Keeps the records of the HTTP library quiet where secrets travel: they hold addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not _hushed.get()


_FILTER = _Hushed()
LOUD = ("httpx", "httpcore", "httpcore.connection", "httpcore.http11", "httpcore.proxy")


@contextmanager
def _hush() -> Iterator[None]:
    for name in LOUD:
        logging.getLogger(name).addFilter(_FILTER)  # once, however often it is added
    token = _hushed.set(True)
    try:
        yield
    finally:
        _hushed.reset(token)
