"""Where tokens are kept: a file that nobody else can read, or the system's keyring."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import InitError, PasswordDeleteError

from vigie.connecting.tokens import FileVault, KeyringVault, Token, Vault, all_of, vault_of
from vigie.errors import ConfigError, Prerequisite
from vigie.workspace import Workspace

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRETS = ("at-4f9c/1+x", "rt-77aa=", "parent-1234", "cs-secret-9")


def token(platform: str = "x", access: str = SECRETS[0]) -> Token:
    return Token(platform=platform, way="oauth", access=access, refresh=SECRETS[1], since=NOW,
                 parent=SECRETS[2], client_id="app", client_secret=SECRETS[3],
                 scopes=("tweet.read",))  # fmt: skip


class Kept(KeyringBackend):
    """A keyring in memory, behind the real package."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise InitError("locked")
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.entries:
            raise PasswordDeleteError("none")
        del self.entries[service, username]


@pytest.fixture
def kept() -> Iterator[Kept]:
    before, ours = keyring.get_keyring(), Kept()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


@pytest.fixture(params=["file", "keyring"])
def vault(request: pytest.FixtureRequest, tmp_path: Path, kept: Kept) -> Vault:
    return vault_of(tmp_path / ".vigie", keyring=request.param == "keyring")


def test_what_is_put_comes_back_until_it_is_forgotten(vault: Vault) -> None:
    assert vault.get("x") is None
    vault.forget("x")
    vault.put(token())
    vault.put(token("linkedin"))
    vault.put(token(access="at-newer-one"))
    assert vault.get("x") == token(access="at-newer-one")
    assert [one.platform for one in all_of(vault, ("linkedin", "x", "meta"))] == ["linkedin", "x"]
    vault.forget("x")
    assert (vault.get("x"), vault.get("linkedin")) == (None, token("linkedin"))


def test_no_secret_is_in_a_representation() -> None:
    for text in (repr(token()), str(token()), f"{token()}"):
        assert not [secret for secret in SECRETS if secret in text]
    with pytest.raises(ValueError, match="validation error") as wrong:
        Token.model_validate({**token().model_dump(), "until": SECRETS[0]})
    assert SECRETS[0] not in str(wrong.value)


def test_the_file_is_the_owners_alone_at_every_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the umask, and from the first byte on."""
    modes: list[int] = []
    opens = os.open

    def watched(path, flags, mode=0o777, **more):
        handle = opens(path, flags, mode, **more)
        if flags & os.O_CREAT and ".tokens" in str(path):
            modes.append(stat.S_IMODE(os.fstat(handle).st_mode))
        return handle

    monkeypatch.setattr(os, "open", watched)
    before = os.umask(0)
    try:
        vault = FileVault(tmp_path)
        vault.put(token())
        vault.put(token("linkedin"))
    finally:
        os.umask(before)
    assert modes == [0o600, 0o600]
    assert stat.S_IMODE((tmp_path / "tokens.json").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tokens.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_a_file_that_others_reach_is_refused(tmp_path: Path, mode: int) -> None:
    vault = FileVault(tmp_path)
    vault.put(token())
    (tmp_path / "tokens.json").chmod(mode)
    with pytest.raises(ConfigError) as refused:
        vault.get("x")
    assert f"chmod 600 {tmp_path / 'tokens.json'}" in str(refused.value)
    with pytest.raises(ConfigError):
        vault.put(token())  # or what others may have written would be taken over


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"tokens": []}', '{"tokens": {"x": {"access": "at-4f9c/1+x"}}}']
)
def test_a_damaged_file_is_told_without_its_content(tmp_path: Path, content: str) -> None:
    vault = FileVault(tmp_path)
    (tmp_path / "tokens.json").touch(0o600)
    (tmp_path / "tokens.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="is damaged") as refused:
        vault.get("x")
    assert SECRETS[0] not in str(refused.value)


def test_what_a_killed_process_left_harms_nothing(tmp_path: Path) -> None:
    vault = FileVault(tmp_path)
    vault.put(token())
    (tmp_path / f".tokens.json.{os.getpid()}").write_text("half", encoding="utf-8")
    vault.put(token("linkedin"))
    assert vault.get("x") == token()
    assert not (tmp_path / f".tokens.json.{os.getpid()}").exists()


def test_workspaces_have_keyring_entries_of_their_own(tmp_path: Path, kept: Kept) -> None:
    first, other = (KeyringVault(tmp_path / name / ".vigie") for name in "ab")
    first.put(token())
    assert other.get("x") is None
    ((service, user),) = kept.entries
    assert (service, user) == (f"vigie {(tmp_path / 'a').resolve()}", "x")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_keyring_that_is_locked_or_not_there_is_told(
    tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.locked = True
    with pytest.raises(ConfigError, match="unlock it"):
        KeyringVault(tmp_path).get("x")
    kept.locked = False
    kept.entries[f"vigie {tmp_path.parent.resolve()}", "x"] = "{"
    with pytest.raises(ConfigError, match="is damaged"):
        KeyringVault(tmp_path).get("x")
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(Prerequisite, match=r"vigie-social\[keyring\]"):
        KeyringVault(tmp_path)


def workspace(folder: Path, env: str = "") -> Workspace:
    (folder / "vigie.toml").write_text('[workspace]\nname = "Lueur"\n', encoding="utf-8")
    (folder / ".env").write_text(env, encoding="utf-8")
    return Workspace(folder, lang="en")


def test_the_environment_goes_before_what_was_connected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("X_TOKEN", "LINKEDIN_TOKEN", "YOUTUBE_KEY"):
        monkeypatch.delenv(name, raising=False)
    space = workspace(tmp_path, "LINKEDIN_TOKEN=by-hand\nTHREADS_TOKEN=\n")
    for platform in ("x", "linkedin", "threads"):
        space.vault.put(token(platform))
    environ = space.environ
    assert environ["X_TOKEN"] == SECRETS[0]
    assert environ["LINKEDIN_TOKEN"] == "by-hand"
    assert environ["THREADS_TOKEN"] == SECRETS[0]  # an empty value is none
    assert environ.get("YOUTUBE_KEY") is None
    assert "YOUTUBE_KEY" not in environ
    monkeypatch.setenv("X_TOKEN", "from outside")
    assert workspace(tmp_path).environ["X_TOKEN"] == "from outside"
    space.vault.put(token(access="at-renewed"))
    assert environ["X_TOKEN"] == "at-renewed"


def test_who_needs_no_token_reads_none(tmp_path: Path) -> None:
    """The file is one that cannot be read: only who asks for a token hears of it."""
    space = workspace(tmp_path)
    space.vault.put(token())
    (tmp_path / ".vigie" / "tokens.json").chmod(0o644)
    environ = space.environ
    assert environ.get("VIGIE_OPENSEARCH_URL") is None
    assert dict(environ)["PATH"] == os.environ["PATH"]
    assert "X_TOKEN" not in list(environ)
    space.store.close()
    with pytest.raises(ConfigError, match="others can read"):
        environ.get("X_TOKEN")


def test_the_watchlist_chooses_the_keyring(tmp_path: Path, kept: Kept) -> None:
    (tmp_path / "vigie.toml").write_text(
        '[workspace]\nname = "Lueur"\n[secrets]\nkeyring = true\n', encoding="utf-8"
    )
    space = Workspace(tmp_path, lang="en")
    space.vault.put(token())
    assert json.loads(next(iter(kept.entries.values())))["access"] == SECRETS[0]
    assert space.environ["X_TOKEN"] == SECRETS[0]
