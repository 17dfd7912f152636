"""Snapshots that a cluster takes of its own indices."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from vigie.errors import ConfigError, StoreError
from vigie.store import Store
from vigie.store.opensearch import OpenSearchStore


def snapshot(store: Store, repository: str, now: datetime) -> str:
    """Takes a snapshot of a store's indices in a repository that the cluster knows, and waits for
    it; answers its name. Raises ConfigError, StoreError."""
    if not isinstance(store, OpenSearchStore):
        raise ConfigError(
            "an embedded store has no snapshots",
            where="--repository",
            do="the file is enough",
        )
    name = f"{store.names.prefix}-{now.astimezone(UTC):%Y%m%dt%H%M%S}"
    answer = store.engine.request(
        "PUT",
        f"/_snapshot/{quote(repository, safe='')}/{name}",
        params={"wait_for_completion": "true"},
        body={"indices": f"{store.names.prefix}-*", "include_global_state": False},
    )
    state = answer["snapshot"]["state"]
    if state != "SUCCESS":
        raise StoreError(
            f"snapshot {name}: {state}",
            where=store.engine.where,
            do=f"GET /_snapshot/{repository}/{name} says which shards failed",
        )
    return name
