"""Opens the store that a watchlist's `[store]` names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.errors import ConfigError
from vigie.store import Store

if TYPE_CHECKING:
    from vigie.watchlist import StoreSettings


def open_store(
    settings: StoreSettings,
    *,
    folder: Path,
    environ: Mapping[str, str],
    timezone: str,
    read_only: bool = False,
) -> Store:
    """The store; `folder` is the workspace's, below which an embedded one lies. Raises ConfigError,
    StoreError."""
    if settings.engine == "embedded":
        from vigie.store.embedded import EmbeddedStore

        path = folder / ".vigie" / "store"
        path.mkdir(parents=True, exist_ok=True)
        return EmbeddedStore(path, timezone=timezone, read_only=read_only)
    from vigie.store.engine import API_KEY, PASSWORD, URL, USER, Access, open_engine
    from vigie.store.naming import Names
    from vigie.store.opensearch import OpenSearchStore

    given = settings.url or environ.get(URL)
    if not given:
        raise ConfigError("the cluster's address is missing", where="[store] url", do=f"or {URL}")
    urls = tuple(given.split(",")) if isinstance(given, str) else given
    access = Access(
        tuple(url.strip() for url in urls),
        user=environ.get(USER),
        password=environ.get(PASSWORD),
        api_key=environ.get(API_KEY),
        ca=None if settings.ca is None else folder / settings.ca,
        client=settings.client,
    )
    names = Names(settings.prefix, settings.period)
    return OpenSearchStore(open_engine(access), names, timezone=timezone, read_only=read_only)
