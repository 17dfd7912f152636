"""What is said of connections, and that the pages and `.env.example` say the same."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from vigie.beginning import env_text
from vigie.clock import SetClock
from vigie.connecting.catalogue import CONNECTIONS
from vigie.connecting.listening import PATH, PORT
from vigie.connecting.standing import standings
from vigie.connecting.tokens import Token
from vigie.workspace import Workspace, read_env

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_pages_say_what_the_catalogue_says(lang: str) -> None:
    text = (DOCS / ("connect.fr.md" if lang == "fr" else "connect.md")).read_text(encoding="utf-8")
    for one in CONNECTIONS.values():
        (row,) = (line for line in text.splitlines() if f"(`{one.platform}`" in line)
        told = [one.variable, one.where, one.approval.said(lang), one.cost.said(lang)]  # type: ignore[arg-type]
        oauth = one.oauth
        if oauth is not None:
            told += oauth.scopes
            if oauth.authorize and not oauth.https:
                port = "*" if oauth.any_port else PORT
                told.append(f"http://{oauth.host}:{port}{PATH}")
        assert not [words for words in told if words not in row]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_example_names_every_variable_and_sets_none(lang: str, tmp_path: Path) -> None:
    text = env_text(lang)
    for one in CONNECTIONS.values():
        assert f"# {one.variable}=\n" in text
        assert (f"# {one.id}=\n# {one.secret}=\n" in text) == (one.oauth is not None)
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    assert read_env(tmp_path / ".env") == {}


def test_words_are_in_both_languages() -> None:
    for one in CONNECTIONS.values():
        assert one.approval.fr != one.approval.en
        assert one.ways
        assert one.oauth is not None or one.trial is not None


def test_what_is_told_of_a_connection(space: Workspace, clock: SetClock) -> None:
    now = clock.now()
    given = {
        "x": {"way": "oauth", "refresh": "r-123456", "until": now - timedelta(hours=1),
              "scopes": ("tweet.read", "users.read")},
        "linkedin": {"way": "oauth", "until": now - timedelta(days=1),
                     "scopes": CONNECTIONS["linkedin"].oauth.scopes},  # type: ignore[union-attr]
        "reddit": {"way": "app", "until": now - timedelta(hours=1)},
        "pinterest": {"way": "oauth", "refused": "revoked"},
        "threads": {"way": "oauth", "until": now + timedelta(days=9)},
    }  # fmt: skip
    for platform, more in given.items():
        space.vault.put(Token.model_validate(
            {"platform": platform, "access": f"at-{platform}", "since": now, **more}))  # fmt: skip
    told = {one.connection.platform: one for one in standings(space)}
    assert set(told) == set(CONNECTIONS)
    states = {name: told[name].state for name in (*given, "youtube")}
    assert states == {
        "x": "connected", "linkedin": "lapsed", "reddit": "connected", "pinterest": "revoked",
        "threads": "connected", "youtube": "open",
    }  # fmt: skip
    assert told["x"].missing == ("offline.access",)
    assert (told["threads"].missing, told["linkedin"].missing) == ((), ())
    for lang, words in (("fr", "il manque offline.access"), ("en", "missing: offline.access")):
        line = told["x"].line(lang)  # type: ignore[arg-type]
        assert words in line
        assert CONNECTIONS["x"].where in line
    assert "→ vigie connect linkedin" in told["linkedin"].line("fr")
    document = told["threads"].document("en")
    assert (document["until"], document["scopes"]) == ((now + timedelta(days=9)).isoformat(), None)
    for one in told.values():
        assert "at-" not in f"{one.document('fr')} {one.line('fr')} {one!r}"


def test_only_the_platforms_asked_for(space: Workspace) -> None:
    assert [one.connection.platform for one in standings(space, ["bluesky", "x"])] == ["x"]


def test_a_key_is_refused_and_scopes_without_names_are_not_told(
    space: Workspace, clock: SetClock
) -> None:
    now = clock.now()
    with space.vault.locked():
        space.vault.put(Token(platform="telegram", way="key", access="1:geheim-key", since=now,
                              refused="lapsed"))  # fmt: skip
        space.vault.put(Token(platform="reddit", way="app", access="geheim-app", since=now,
                              until=now + timedelta(hours=1), scopes=("*",)))  # fmt: skip
    key, app = standings(space, ["telegram", "reddit"])
    assert ("clé refusée" in key.line("fr"), "key refused" in key.line("en")) == (True, True)
    assert "*" not in app.line("fr")
