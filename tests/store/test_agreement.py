"""One query, two back ends: the matcher in memory and the index find the same posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, reject, settings

from tests.query.asking import FIXED, POSTS, corpus, queries
from vigie.errors import QueryError
from vigie.query import Matcher, matches, parse
from vigie.records import Post
from vigie.store import Filters, Page
from vigie.store.embedded import EmbeddedStore


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory: pytest.TempPathFactory, make_post: Callable[..., Post]
) -> Iterator[tuple[EmbeddedStore, list[dict[str, object]]]]:
    folder: Path = tmp_path_factory.mktemp("agreement")
    store = EmbeddedStore(folder, timezone="Europe/Paris")
    records = corpus(make_post)
    for start in range(0, len(records), 40):  # several segments
        store.upsert(records[start : start + 40])
    ids = sorted({record.id for record in records})
    documents = [document for document in store.documents(ids) if document is not None]
    assert len(documents) == POSTS
    yield store, documents
    store.close()


Filled = tuple[EmbeddedStore, list[dict[str, object]]]


@given(queries)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_matcher_and_index_agree(filled: Filled, query: str) -> None:
    try:
        compare(filled, query)
    except QueryError:
        reject()  # of signs alone, say


@pytest.mark.parametrize("query", FIXED)
def test_matcher_and_index_agree_on_each_operator(filled: Filled, query: str) -> None:
    compare(filled, query)


def compare(filled: Filled, query: str) -> None:
    store, documents = filled
    node = parse(query, timezone="Europe/Paris")
    expected = sorted(str(document["id"]) for document in documents if matches(node, document))
    found = store.search(query, Filters(states=()), page=Page(size=200))
    assert sorted(hit.post.id for hit in found.hits) == expected
    assert found.total == len(expected)
    assert [hits == [0] for hits in Matcher([node]).match(documents)] == [
        str(document["id"]) in set(expected) for document in documents
    ]


def test_the_corpus_tells_queries_apart(filled: Filled) -> None:
    """Most leaves find some posts and not all, so that agreement means something."""
    store, _ = filled
    totals = [
        store.search(query, Filters(states=()), page=Page(size=0)).total
        for query in ("oréal", '"crème solaire"', "😍", "日记", "#été", "author:zo*", "likes:>0",
                      "title:crème", "text:crème", "domain:boutique.test", "link:boutique.test/*",
                      "cr?me",
                      "crème NEAR/2 solaire", "crème ONEAR/0 solaire", '"crème été sun"~4',
                      "(crème NEAR/1 été) NEAR/3 sun", "raw:Crème", "raw:ÉTÉ", "#ét?",
                      "title:(crème NEAR/3 été)", "text:(crème NEAR/0 (été OR sun))")
    ]  # fmt: skip
    assert all(0 < total < POSTS for total in totals), totals
