"""Keys that are pasted: tried by one call, kept, and refused in words."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.responses import JSONResponse

sys.path.insert(0, str(Path(__file__).parents[1] / "crawl"))

from plaza import Api, serving
from test_connect import Shell

from vigie.clock import SetClock
from vigie.connecting.catalogue import CONNECTIONS
from vigie.connecting.flow import by_key
from vigie.demo.grants import Grants
from vigie.demo.server import Served
from vigie.errors import ConfigError, NotConnected
from vigie.watchlist import Platform

KEY = "12345:AAh-k_9xyz"
PATHS = {
    "youtube": "/youtube/v3/videos",
    "telegram": f"/bot{KEY}/getMe",
    "mastodon": "/api/v1/apps/verify_credentials",
    "x": "/2/usage/tweets",
}


@pytest.fixture
def api() -> Iterator[Api]:
    with serving(Api()) as served:
        yield served


@pytest.mark.parametrize("name", PATHS)
def test_a_key_is_tried_by_one_call(name: str, api: Api, clock: SetClock) -> None:
    api.answer(PATHS[name], JSONResponse({"ok": True}))
    token, untold = by_key(CONNECTIONS[name], Platform(url=api.url), KEY, clock)
    assert (token.way, token.access, token.since, untold) == ("key", KEY, clock.now(), None)
    (hit,) = api.hits
    assert KEY in hit.path or KEY in "".join(hit.headers.values())
    assert KEY not in hit.query
    assert hit.headers["user-agent"].startswith("Vigie/")


@pytest.mark.parametrize("name", PATHS)
def test_a_key_that_is_refused_is_not_kept(
    name: str, api: Api, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    status = CONNECTIONS[name].trial.bad[0]  # type: ignore[union-attr]
    api.answer(PATHS[name], JSONResponse({"error": f"bad {KEY}"}, status))
    with pytest.raises(NotConnected) as refused:
        by_key(CONNECTIONS[name], Platform(url=api.url), KEY, clock)
    assert refused.value.kind == "key"
    assert str(status) in refused.value.what
    assert KEY not in str(refused.value)
    assert KEY not in caplog.text
    assert "127.0.0.1" in caplog.text  # that a call was made is told


@pytest.mark.parametrize("name", ["x", "youtube", "telegram"])
def test_the_simulated_platform_knows_the_call(
    name: str, served: Served, grants: Grants, clock: SetClock
) -> None:
    grants.admit(name, KEY)
    settings = Platform(url=served.urls[name])
    _, untold = by_key(CONNECTIONS[name], settings, KEY, clock)
    assert untold is None
    for withdrawn in (False, True):  # one that was never given, then one that holds no longer
        if withdrawn:
            grants.revoke(name)
        with pytest.raises(NotConnected, match="HTTP 40") as refused:
            by_key(CONNECTIONS[name], settings, KEY if withdrawn else f"{KEY}x", clock)
        assert refused.value.kind == "key"


def test_an_answer_that_says_nothing_of_the_key_is_told(api: Api, clock: SetClock) -> None:
    api.answer(PATHS["youtube"], JSONResponse({}, 503))
    _, untold = by_key(CONNECTIONS["youtube"], Platform(url=api.url), KEY, clock)
    assert untold == "HTTP 503"


def test_nobody_answers(clock: SetClock) -> None:
    with pytest.raises(NotConnected) as refused:
        by_key(CONNECTIONS["telegram"], Platform(url="http://127.0.0.1:9"), KEY, clock)
    assert refused.value.kind == "unreachable"
    assert refused.value.__cause__ is None
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("key", ["", "two words", "clé", "a\nb", "a\x1bb", "a\r\nX-Evil: 1"])
def test_what_cannot_be_a_key_is_refused_before_any_call(
    key: str, api: Api, clock: SetClock
) -> None:
    with pytest.raises(ConfigError, match="no key"):
        by_key(CONNECTIONS["x"], Platform(url=api.url), key, clock)
    assert api.hits == []


def test_a_key_comes_from_standard_input(tmp_path: Path, api: Api) -> None:
    api.answer(PATHS["telegram"], JSONResponse({"ok": True, "result": {"is_bot": True}}))
    shell = Shell(tmp_path)
    (tmp_path / "vigie.toml").write_text(
        f'[workspace]\nname = "Lueur"\n[platforms.telegram]\nurl = "{api.url}"\n', encoding="utf-8"
    )
    done = shell("connect", "telegram", "--lang", "fr", given=f"{KEY}\n")
    assert done.returncode == 0, done.stderr
    assert "@BotFather" in done.stderr
    assert KEY not in done.stdout + done.stderr
    kept = json.loads((tmp_path / ".vigie" / "tokens.json").read_text())["tokens"]["telegram"]
    assert (kept["access"], kept["way"]) == (KEY, "key")
    (listed,) = json.loads(shell("connect", "telegram", "--list", "--json").stdout)
    assert (listed["state"], listed["renews"]) == ("connected", False)
    by_hand = shell("connect", "telegram", "--list", "--json", TELEGRAM_TOKEN="other")
    assert json.loads(by_hand.stdout)[0]["state"] == "set"
    api.answer(PATHS["telegram"], JSONResponse({"ok": False}, 401))
    refused = shell("connect", "telegram", "--lang", "en", given=f"{KEY}\n")
    assert (refused.returncode, "refuses this key" in refused.stderr) == (1, True)
    assert "https://t.me/BotFather" in refused.stderr
    # Hands set it wrong: the file's mode. Who asks for tokens hears of it, with what to do.
    (tmp_path / ".vigie" / "tokens.json").chmod(0o644)
    for words in (("doctor",), ("check",)):
        told = shell(*words, "--lang", "en")
        assert (told.returncode, "chmod 600" in told.stdout) == (0, True)
    told = shell("connect", "--list")
    assert (told.returncode, "chmod 600" in told.stderr) == (4, True)
    assert shell("search", "lueur").returncode in (0, 1)
