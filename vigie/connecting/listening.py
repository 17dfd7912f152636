"""Waiting on loopback for the browser to come back with a platform's answer."""

from __future__ import annotations

import hmac
import logging
import queue
import threading
import time
from collections.abc import Mapping
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from vigie.connecting.declarations import Lang, Words
from vigie.errors import ConfigError, NotConnected

log = logging.getLogger("vigie.connecting")
HOST = "127.0.0.1"
PATH = "/callback"
PORT = 8766  # platforms that want the whole redirect registered need one that stays
POLL_S = 0.05  # how soon it hears that it is needed no more
SLOW_S = 10.0  # a browser that says nothing is let go
DONE = Words("C’est fait : vous pouvez fermer cette page.", "Done: you may close this page.")
BACK = Words("Vigie a reçu la réponse ; la suite est dans le terminal.",
             "Vigie has the answer; the terminal says what follows.")  # fmt: skip
STRANGE = Words(
    "Cette adresse n’est pas celle que Vigie attend. Reprenez depuis le terminal.",
    "This is not the address that Vigie waits for. Start again from the terminal.",
)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that left in the middle is nothing to tell."""
        log.debug("%s: left in the middle", client_address, exc_info=True)


class Listener:
    """`with Listener(state, lang, port) as listener: … listener.wait(seconds)`.

    Takes the first request at its path that carries the state; others are told so, and it goes on
    waiting: no other page can end or spoil it."""

    def __init__(self, state: str, lang: Lang, port: int = 0) -> None:
        self._answers: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
        answers = self._answers

        class Handler(BaseHTTPRequestHandler):
            timeout = SLOW_S
            server_version, sys_version = "Vigie", ""

            def do_GET(self) -> None:
                given = _given(self.path)
                if self.path.partition("?")[0] != PATH:
                    self._page(404, STRANGE.said(lang))
                elif not same(given.get("state", ""), state):
                    self._page(400, STRANGE.said(lang))
                else:
                    told = DONE if "code" in given else BACK
                    self._page(200, told.said(lang))
                    answers.put(given)

            def _page(self, status: int, told: str) -> None:
                body = _page(told, lang).encode()
                self.send_response(status)
                for name, value in HEADERS.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing: the line of a request holds the code."""

        try:
            self._server = _Server((HOST, port), Handler)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise ConfigError(
                f"port {port} cannot be had: {why}",
                where=HOST,
                do="--port with another, and register it with the platform",
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_S,), daemon=True
        )

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def wait(self, seconds: float) -> dict[str, str]:
        """What the platform answered. Raises NotConnected where nobody came back in time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                return self._answers.get(timeout=min(left, 1.0))  # so that Ctrl-C is heard
            except queue.Empty:
                continue
        raise NotConnected("nobody came back in time", where=f"{HOST}:{self.port}", kind="late")

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def pasted(address: str, state: str) -> dict[str, str]:
    """What a platform answered, from the address that it led a browser to. Raises NotConnected."""
    given = _given(address.strip())
    if not same(given.get("state", ""), state):
        raise NotConnected("not the address of this question", kind="grant")
    return given


def _given(address: str) -> dict[str, str]:
    query = address.partition("?")[2].partition("#")[0]
    return dict(parse_qsl(query, keep_blank_values=True))


def same(given: str, state: str) -> bool:
    return hmac.compare_digest(given.encode(), state.encode())


HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Connection": "close",
}


def _page(told: str, lang: Lang) -> str:
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>Vigie</title>'
        '<meta name="viewport" content="width=device-width">'
        "<body style='font:1.1rem/1.5 system-ui;margin:15vh auto;max-width:32rem;padding:0 1rem'>"
        f"<h1>Vigie</h1><p>{escape(told)}</p></body></html>"
    )
