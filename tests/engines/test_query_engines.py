"""One query, three back ends: in memory, tantivy and a search engine find the same posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, reject, seed, settings

from tests.engines.asked import Asked
from tests.query.asking import FIXED, POSTS, corpus, queries
from tests.store.conftest import build
from vigie.errors import QueryError
from vigie.query import matches, parse
from vigie.store import Filters, Page
from vigie.store.embedded import EmbeddedStore

pytestmark = pytest.mark.engines
HOME = "Europe/Paris"
SEED = 20_261_128
DRAWN = 2_000  # different queries, at least
EVERY = Filters(states=())


@pytest.fixture(scope="module")
def embedded(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[EmbeddedStore, list[dict[str, Any]]]]:
    store = EmbeddedStore(tmp_path_factory.mktemp("asked"), timezone=HOME)
    records = corpus(build)
    store.upsert(records)
    ids = sorted({record.id for record in records})
    documents = [document for document in store.documents(ids) if document is not None]
    assert len(documents) == POSTS
    yield store, documents
    store.close()


@pytest.fixture(scope="module")
def asked(
    node: str, embedded: tuple[EmbeddedStore, list[dict[str, Any]]]
) -> Iterator[Callable[[str], list[str]]]:
    engine = Asked(node, embedded[1])
    engine.fill()
    yield lambda query: engine.ask(query, HOME)
    engine.close()


def test_three_back_ends_find_the_same_posts(
    asked: Callable[[str], list[str]], embedded: tuple[EmbeddedStore, list[dict[str, Any]]]
) -> None:
    store, documents = embedded
    drawn: dict[str, int] = {}

    def compare(query: str) -> None:
        node = parse(query, timezone=HOME)
        expected = sorted(document["id"] for document in documents if matches(node, document))
        found = store.search(query, EVERY, page=Page(size=POSTS))
        assert sorted(hit.post.id for hit in found.hits) == expected, query
        assert asked(query) == expected, query
        drawn[query] = len(expected)

    @seed(SEED)
    @settings(
        max_examples=3_000,
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
    print(f"seed {SEED}: {len(drawn)} queries, {telling} find some posts and not all")
    assert len(drawn) >= DRAWN
    assert telling >= len(drawn) / 2
