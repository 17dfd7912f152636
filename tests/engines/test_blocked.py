"""What an operator meets on a cluster: a full disk, templates that no snapshot brought back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from nodes import Cluster

from vigie.errors import StoreError
from vigie.records import Post, Source
from vigie.store import bulk
from vigie.store.engine import Access, Unreachable, open_engine
from vigie.store.naming import Names
from vigie.store.opensearch import OpenSearchStore

pytestmark = pytest.mark.engines
AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
BLOCK = "index.blocks.read_only_allow_delete"


@pytest.fixture(autouse=True)
def brief_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(bulk, "LONGEST_WAIT_S", 0.02)


@pytest.fixture
def names(prefix: str) -> Names:
    return Names(prefix)


@pytest.fixture
def store(server: Cluster, names: Names) -> Iterator[OpenSearchStore]:
    opened = reopened(server, names)
    yield opened
    opened.close()


def reopened(server: Cluster, names: Names) -> OpenSearchStore:
    return OpenSearchStore(open_engine(Access((server.url,))), names, timezone="UTC")


def post(number: int, at: datetime = AT) -> Post:
    return Post(
        id=f"mastodon:{number}", platform="mastodon", native_id=str(number), text="vélo",
        published_at=at, first_seen_at=at, collected_at=at,
        source=Source(collector="c", endpoint="e", run_id="r", mapper_version="1"),
    )  # fmt: skip


def test_a_full_disk_is_told_and_nothing_is_lost(store: OpenSearchStore) -> None:
    store.upsert([post(1)])
    settings = f"/{store.names.posts}-*/_settings"
    store.engine.request("PUT", settings, body={BLOCK: True})
    with pytest.raises(Unreachable, match="read-only-allow-delete") as told:
        store.upsert([post(1), post(2)])
    assert "free space on its nodes" in told.value.do
    assert store.search("vélo").total == 1
    store.engine.request("PUT", settings, body={BLOCK: None})
    store.upsert([post(1), post(2)])
    assert store.search("vélo").total == 2
    assert store.verify() == []


def test_templates_that_are_gone_are_put_back_before_anything_is_written(
    server: Cluster, store: OpenSearchStore
) -> None:
    store.upsert([post(1)])
    store.engine.request("DELETE", f"/_index_template/{store.names.posts}")
    again = reopened(server, store.names)
    again.upsert([post(2, AT.replace(year=2024))])
    assert again.search("vélo").total == 2
    again.close()


def test_an_index_made_without_its_template_is_told(
    server: Cluster, store: OpenSearchStore
) -> None:
    template = f"/_index_template/{store.names.posts}"
    store.engine.request("DELETE", template)
    store.upsert([post(2, AT.replace(year=2024))])  # by who had opened it before
    stray = f"{store.names.posts}-2024.09"
    with pytest.raises(StoreError, match=stray) as told:
        reopened(server, store.names)
    assert f"DELETE /{stray}" in told.value.do
    store.engine.request("DELETE", f"/{stray}")
    again = reopened(server, store.names)
    again.upsert([post(2, AT.replace(year=2024))])
    assert again.search("vélo").total == 1
    again.close()
