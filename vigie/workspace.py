"""A workspace: the folder with `vigie.toml`, `.env` and `.vigie/`, and what lies in it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vigie import logs
from vigie.clock import Clock, MachineClock
from vigie.errors import Busy, ConfigError, StoreError

if TYPE_CHECKING:
    from vigie.connecting.tokens import Vault
    from vigie.landing import Landing
    from vigie.store import Store
    from vigie.watchlist import StoreSettings, Watchlist

FILE = "vigie.toml"
_TOKEN = re.compile(r"_(TOKEN|KEY)$")  # how the variables of tokens end


class Environ(Mapping[str, str]):
    """Names and values that are set, and below them tokens that were connected. Going
    through it leaves these out: who needs none reads none."""

    def __init__(self, told: Mapping[str, str], token: Callable[[str], str | None]) -> None:
        self._told, self._token = told, token

    def __getitem__(self, name: str) -> str:
        if told := self._told.get(name):
            return told
        if _TOKEN.search(name) and (token := self._token(name)) is not None:
            return token
        return self._told[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._told)

    def __len__(self) -> int:
        return len(self._told)

    def sets(self, name: str) -> bool:
        """Whether a value is set by hand, which goes before a token that was connected."""
        return bool(self._told.get(name))


class Workspace:
    """One folder's watchlist, landing and store, each opened when it is first asked for."""

    def __init__(
        self,
        dir: Path,
        *,
        clock: Clock | None = None,
        lang: Literal["fr", "en"] | None = None,
        read_only: bool = False,
    ) -> None:
        self.dir = dir
        self.clock: Clock = clock or MachineClock()
        self.read_only = read_only
        self._lang = lang

    @classmethod
    def open(
        cls,
        dir: Path | None = None,
        *,
        lang: Literal["fr", "en"] | None = None,
        read_only: bool = False,
    ) -> Workspace:
        """The workspace of a folder, or of the nearest folder upwards. Raises ConfigError."""
        start = (dir or Path.cwd()).resolve()
        candidates = [start] if dir else [start, *start.parents]
        for folder in candidates:
            if (folder / FILE).is_file():
                return cls(folder, clock=kept_clock(folder), lang=lang, read_only=read_only)
        raise ConfigError(f"no {FILE} here", where=str(start), do="vigie init, or --workspace DIR")

    @cached_property
    def watchlist(self) -> Watchlist:
        from vigie.watchlist import load

        return load(self.dir / FILE)

    @property
    def lang(self) -> Literal["fr", "en"]:
        return self._lang or self.watchlist.workspace.interface

    @property
    def data(self) -> Path:
        """The folder `.vigie`."""
        return self.dir / ".vigie"

    @cached_property
    def landing(self) -> Landing:
        from vigie.landing import Landing

        return Landing(self.data / "landing")

    @cached_property
    def store(self) -> Store:
        return self.open_store(self.watchlist.store, read_only=self.read_only)

    def choose(self, engine: str) -> None:
        """Takes that engine for the store, whatever the watchlist says."""
        settings = self.watchlist.store.model_copy(update={"engine": engine})
        self.__dict__["store"] = self.open_store(settings, read_only=self.read_only)

    def open_store(self, settings: StoreSettings, *, read_only: bool = False) -> Store:
        """The store of these settings; the caller closes it."""
        from vigie.store.opening import open_store

        return open_store(
            settings,
            folder=self.dir,
            environ=self.environ,
            timezone=self.watchlist.workspace.timezone,
            read_only=read_only,
        )

    def begin(self) -> None:
        """Makes an empty store where there is none yet, and the index anew where another version
        left one, so that the store can be read."""
        try:
            _ = self.store
            return
        except StoreError:
            pass  # opened for writing it is made, or says what is wrong
        with Workspace(self.dir, clock=self.clock) as writing:
            _ = writing.store

    @cached_property
    def environ(self) -> Environ:
        """The environment, with the workspace's `.env` below it: what is set outside wins. Below
        both, where a platform was connected, its token, which is read when it is asked for."""
        return Environ({**read_env(self.dir / ".env"), **os.environ}, self._token)

    def override(self, told: Mapping[str, str]) -> None:
        """Takes these values, whatever is set or connected."""
        self.__dict__["environ"] = Environ({**self.environ, **told}, self._token)

    @cached_property
    def vault(self) -> Vault:
        """What `vigie connect` was given."""
        from vigie.connecting.tokens import vault_of

        return vault_of(self.data, keyring=self.watchlist.secrets.keyring)

    def _token(self, name: str) -> str | None:
        from vigie.connecting.catalogue import BY_VARIABLE

        connection = BY_VARIABLE.get(name)
        token = self.vault.get(connection.platform) if connection else None
        if token is None:
            return None
        logs.hide_also(token.secrets)
        return token.access

    @contextmanager
    def alone(self, name: str, lost: Callable[[], None] | None = None) -> Iterator[None]:
        """Holds a lock of this workspace, which the system frees when its process ends, however it
        ends, and with it a lease in the store, for other machines; `lost` is called where that is
        lost. Raises Busy where another has it."""
        import fcntl

        from vigie.leases import Lease, machine

        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / f"{name.replace(':', '-')}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Busy(
                    f"another {name} is at work here",
                    where=str(self.dir),
                    do="wait for it to end",
                ) from error
            if self.read_only:
                yield
                return
            with Lease(self.store, name, machine(self.data), self.watchlist.cluster.lease_s, lost):
                yield

    def at_work(self, name: str) -> bool:
        """Whether a process holds that lock just now."""
        import fcntl

        path = self.data / f"{name}.lock"
        if not path.is_file():
            return False
        with path.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def close(self) -> None:
        for name in ("store", "landing"):
            opened = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_env(path: Path) -> dict[str, str]:
    """Names and values of a `.env` file; raises ConfigError with the line, never with a value."""
    values: dict[str, str] = {}
    if not path.is_file():
        return values
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.removeprefix("export ").partition("=")
        if not equals or not name.strip().isidentifier():
            raise ConfigError(
                "not of the form NAME=value", where=f"{path}, line {number}", do="write NAME=value"
            )
        values[name.strip()] = value.strip().strip("\"'")
    return values


def kept_clock(folder: Path) -> Clock | None:
    """The standing clock of a demo workspace, None elsewhere: its `now` is part of its world."""
    kept = folder / ".vigie" / "now"
    if not kept.is_file():
        return None
    from datetime import datetime

    from vigie.clock import SetClock

    return SetClock(datetime.fromisoformat(kept.read_text(encoding="utf-8").strip()))
