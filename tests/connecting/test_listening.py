"""The listener on loopback: only the answer to our question ends it."""

from __future__ import annotations

import socket
import threading
import time

import httpx
import pytest

from vigie.connecting.listening import HEADERS, PATH, Listener, pasted
from vigie.errors import ConfigError, NotConnected

STATE = "state-1234567890"


def get(listener: Listener, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{listener.port}{path}", trust_env=False)


@pytest.mark.parametrize(("lang", "words"), [("fr", "fermer cette page"), ("en", "close this")])
def test_the_page_says_that_it_is_done(lang: str, words: str) -> None:
    with Listener(STATE, lang) as listener:  # type: ignore[arg-type]
        page = get(listener, f"{PATH}?code=a%2Fb&state={STATE}")
        assert listener.wait(5) == {"code": "a/b", "state": STATE}
    assert (page.status_code, words in page.text) == (200, True)
    assert "a/b" not in page.text
    assert {name.lower(): page.headers[name] for name in HEADERS} == {
        name.lower(): value for name, value in HEADERS.items()
    }
    assert f'<html lang="{lang}">' in page.text


def test_strangers_neither_end_it_nor_spoil_it() -> None:
    with Listener(STATE, "en") as listener, socket.create_connection(("127.0.0.1", listener.port)):
        # The connection above says nothing, as a browser's spare one.
        for path in (
            "/", "/favicon.ico", f"{PATH}?code=x", f"{PATH}?code=x&state=other",
            f"{PATH}?error=access_denied&state=", f"/other?code=x&state={STATE}",
            f"{PATH}?code=%3Cscript%3E&state=%C3%A9",
        ):  # fmt: skip
            page = get(listener, path)
            assert page.status_code in (400, 404)
            assert "script" not in page.text
        get(listener, f"{PATH}?code=ours&state={STATE}")
        assert listener.wait(5)["code"] == "ours"


def test_it_listens_on_loopback_only_and_is_gone_afterwards() -> None:
    with Listener(STATE, "en") as listener:
        port = listener.port
        assert listener._server.server_address[0] == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_nobody_comes_back() -> None:
    begun = time.monotonic()
    with Listener(STATE, "en") as listener, pytest.raises(NotConnected) as late:
        listener.wait(0.2)
    assert late.value.kind == "late"
    assert time.monotonic() - begun < 5
    assert threading.active_count() < 20


def test_a_port_that_is_taken_is_told() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError, match="--port"),
    ):
        Listener(STATE, "en", taken.getsockname()[1])


def test_an_address_that_is_pasted_has_to_be_the_answer() -> None:
    given = pasted(f" https://lueur.example/cb?code=a&state={STATE}\n", STATE)
    assert given["code"] == "a"
    for wrong in ("", "https://lueur.example/cb?code=a", "code=a", "https://[/?state=x"):
        with pytest.raises(NotConnected):
            pasted(wrong, STATE)
