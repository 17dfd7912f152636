"""What was given, and where it is kept: `.vigie/tokens.json`, or the system's keyring.

The file is made with mode 0600 and replaced whole; one that others can read is refused. A keyring
holds one entry a platform, under the workspace's folder. Both are per machine: nothing of it is in
a backup, in the store or in the landing.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from vigie.connecting.declarations import Way
from vigie.errors import ConfigError, Prerequisite

FILE, LOCK = "tokens.json", "tokens.lock"
OTHERS = 0o077


class Token(BaseModel):
    """A platform's token and what is known of it; its secrets are in no representation. `until` is
    None where it does not lapse; `scopes` is None where the platform does not say them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    platform: str
    way: Way
    access: str = Field(repr=False)
    since: AwareDatetime
    renewed: AwareDatetime | None = None
    until: AwareDatetime | None = None
    refresh: str | None = Field(None, repr=False)
    refresh_until: AwareDatetime | None = None
    parent: str | None = Field(None, repr=False)  # Meta: the person's token that a page's is from
    scopes: tuple[str, ...] | None = None
    account: str | None = None  # whose it is
    client_id: str | None = None  # where they do not stand in the environment
    client_secret: str | None = Field(None, repr=False)
    file: str | None = None  # of a service account
    refused: Literal["lapsed", "revoked"] | None = None  # what the platform said last

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that must be written nowhere."""
        told = (self.access, self.refresh, self.parent, self.client_secret)
        return tuple(one for one in told if one)

    def lapsed(self, now: datetime) -> bool:
        return self.until is not None and self.until <= now


class Vault(Protocol):
    """Where tokens are kept."""

    place: str  # in words

    def get(self, platform: str) -> Token | None:
        """A platform's token. Raises ConfigError where the vault cannot be read, or others can."""

    def put(self, token: Token) -> None: ...

    def forget(self, platform: str) -> None: ...

    def locked(self) -> Any:
        """A context that one process at a time is in: who renews a token that is given anew with
        each renewal must be alone."""


class _Locked:
    def __init__(self, data: Path) -> None:
        self._data = data

    @contextmanager
    def locked(self) -> Iterator[None]:
        self._data.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)  # gives the lock back


class FileVault(_Locked):
    """A file of the workspace that nobody but its owner can read."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._path = data / FILE
        self.place = str(self._path)

    def get(self, platform: str) -> Token | None:
        kept = self._read().get(platform)
        return None if kept is None else _parsed(kept, f"{self.place}: {platform}")

    def put(self, token: Token) -> None:
        self._write({**self._read(), token.platform: token.model_dump(mode="json")})

    def forget(self, platform: str) -> None:
        kept = self._read()
        if kept.pop(platform, None) is not None:
            self._write(kept)

    def _read(self) -> dict[str, Any]:
        try:
            with self._path.open(encoding="utf-8") as file:
                if os.fstat(file.fileno()).st_mode & OTHERS:
                    raise ConfigError(
                        "others can read the tokens", where=self.place, do=f"chmod 600 {self.place}"
                    )
                document = json.load(file)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ConfigError(
                f"cannot be read: {error.strerror}", where=self.place, do=f"chmod 600 {self.place}"
            ) from error
        except ValueError as error:
            raise _damaged(self.place) from error
        if not isinstance(document, dict) or not isinstance(document.get("tokens"), dict):
            raise _damaged(self.place)
        tokens: dict[str, Any] = document["tokens"]
        return tokens

    def _write(self, tokens: dict[str, Any]) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(f".{FILE}.{os.getpid()}")
        part.unlink(missing_ok=True)  # of a process of that number that was killed
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"format": 1, "tokens": tokens}, file, indent=1, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
        finally:
            part.unlink(missing_ok=True)


class KeyringVault(_Locked):
    """The system's keyring (macOS Keychain, Windows Credential Locker, Secret Service)."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._service = f"vigie {data.parent.resolve()}"
        self.place = "keyring"
        try:
            import keyring
        except ImportError as error:
            raise Prerequisite(
                "the package keyring is not installed",
                where="secrets.keyring",
                do="pip install 'vigie-social[keyring]', or secrets.keyring = false",
            ) from error
        self._keyring = keyring

    def get(self, platform: str) -> Token | None:
        with self._told():
            kept = self._keyring.get_password(self._service, platform)
        if kept is None:
            return None
        try:
            document = json.loads(kept)
        except ValueError as error:
            raise _damaged(f"{self.place}: {platform}") from error
        return _parsed(document, f"{self.place}: {platform}")

    def put(self, token: Token) -> None:
        kept = json.dumps(token.model_dump(mode="json", exclude_none=True))
        with self._told():
            self._keyring.set_password(self._service, token.platform, kept)

    def forget(self, platform: str) -> None:
        with self._told():
            if self._keyring.get_password(self._service, platform) is not None:
                self._keyring.delete_password(self._service, platform)

    @contextmanager
    def _told(self) -> Iterator[None]:
        from keyring.errors import KeyringError

        try:
            yield
        except KeyringError as error:
            raise ConfigError(
                f"the system's keyring does not answer: {type(error).__name__}",
                where="secrets.keyring",
                do="unlock it, or secrets.keyring = false",
            ) from error


def vault_of(data: Path, *, keyring: bool) -> Vault:
    """Where the workspace whose `.vigie` this is keeps its tokens."""
    return KeyringVault(data) if keyring else FileVault(data)


def all_of(vault: Vault, platforms: Iterable[str]) -> list[Token]:
    """The tokens that are there."""
    return [token for platform in platforms if (token := vault.get(platform)) is not None]


def _parsed(kept: Any, where: str) -> Token:
    try:
        return Token.model_validate(kept)
    except ValidationError as error:
        raise _damaged(where) from error


def _damaged(where: str) -> ConfigError:
    return ConfigError("is damaged", where=where, do="delete it, then vigie connect again")
