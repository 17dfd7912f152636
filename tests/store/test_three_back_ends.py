"""One query, three back ends: in memory, tantivy and a search engine find the same posts."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, reject, seed, settings

from tests.query.asking import FIXED, POSTS, corpus, queries
from vigie.errors import QueryError
from vigie.query import matches, parse
from vigie.store import Filters, Page, Store
from vigie.store.embedded import EmbeddedStore

from .conftest import MakePost
from .opening import Opener

HOME = "Europe/Paris"
SEED = int(os.environ.get("VIGIE_SEED", "20261128"))
DRAWN = int(os.environ.get("VIGIE_QUERIES", "2000"))  # different queries, at least
EVERY = Filters(states=())
Filled = tuple[EmbeddedStore, Store, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def filled(
    opener: Opener, make_post: MakePost, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Filled]:
    embedded = EmbeddedStore(tmp_path_factory.mktemp("asked"), timezone=HOME)
    records = corpus(make_post)
    with opener.fresh(timezone=HOME) as store:
        for one in (embedded, store):
            one.upsert(records)
        documents = embedded.documents(sorted({record.id for record in records}))
        known = [document for document in documents if document is not None]
        assert len(known) == POSTS
        yield embedded, store, known
    embedded.close()


def found(store: Store, query: str) -> list[str]:
    hits = store.search(query, EVERY, page=Page(size=POSTS))
    assert hits.total == len(hits.hits)
    return sorted(hit.post.id for hit in hits.hits)


def test_three_back_ends_find_the_same_posts(opener: Opener, filled: Filled) -> None:
    embedded, store, documents = filled
    least = 150 if opener.embedded else DRAWN
    drawing = SEED + zlib.crc32(opener.folder.name.encode()) % 1000  # others for each engine
    drawn: dict[str, int] = {}

    def compare(query: str) -> None:
        node = parse(query, timezone=HOME)
        expected = sorted(document["id"] for document in documents if matches(node, document))
        assert found(embedded, query) == expected, query
        assert found(store, query) == expected, query
        drawn[query] = len(expected)

    @seed(drawing)
    @settings(
        max_examples=least * 3 // 2,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[*HealthCheck],
    )
    @given(queries)
    def agree(query: str) -> None:
        if query in drawn:
            return
        try:
            compare(query)
        except QueryError:
            reject()

    for query in FIXED:
        compare(query)
    agree()
    telling = sum(0 < total < POSTS for total in drawn.values())
    print(f"seed {drawing}: {len(drawn)} queries, {telling} find some posts and not all")
    assert len(drawn) >= least
    assert telling >= len(drawn) / 2
