"""Opens stores on one engine or another: the same suite runs against each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vigie.store import Store
from vigie.store.embedded import EmbeddedStore
from vigie.store.engine import Access, open_engine
from vigie.store.naming import Names
from vigie.store.opensearch import OpenSearchStore

_NUMBERS = itertools.count(1)


class Opener:
    """Stores by name: embedded ones in folders, others in a cluster under prefixes."""

    def __init__(
        self,
        folder: Path,
        url: str | None = None,
        period: str = "year",
        client: str = "opensearch",
    ) -> None:
        self.folder = folder
        self.url = url
        self.client = client
        self.period = period

    @property
    def embedded(self) -> bool:
        return self.url is None

    def open(self, name: str, *, timezone: str = "Europe/Paris", read_only: bool = False) -> Store:
        if self.url is None:
            return EmbeddedStore(self.folder / name, timezone=timezone, read_only=read_only)
        engine = open_engine(Access((self.url,), client=self.client))
        names = Names(name, self.period)
        return OpenSearchStore(engine, names, timezone=timezone, read_only=read_only)

    def drop(self, name: str) -> None:
        """Takes a cluster's indices away; a folder goes with the test's."""
        if self.url is not None:
            engine = open_engine(Access((self.url,), client=self.client))
            engine.request("DELETE", f"/{name}-*", params={"expand_wildcards": "all"})
            engine.request("DELETE", f"/_index_template/{name}-*", ok=(404,))
            engine.request("DELETE", f"/_component_template/{name}-*", ok=(404,))
            engine.close()

    @contextmanager
    def named(self, what: str = "t") -> Iterator[str]:
        """A name that nothing has, taken away at the end."""
        name = f"{what}{next(_NUMBERS)}"
        try:
            yield name
        finally:
            self.drop(name)

    @contextmanager
    def fresh(self, *, timezone: str = "Europe/Paris") -> Iterator[Store]:
        """A new store, closed and taken away at the end."""
        with self.named() as name:
            store = self.open(name, timezone=timezone)
            try:
                yield store
            finally:
                store.close()
