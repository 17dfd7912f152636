"""What the index cannot say is decided within the question: in counts, pages, aggregations."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from tests.query.asking import corpus, fields, nears, raws, words
from vigie.errors import QueryError, StoreError
from vigie.query import matches, parse
from vigie.query.compiling import sayable
from vigie.query.deciding import leaves, settle
from vigie.query.elastic import sayable as engine_sayable
from vigie.query.nodes import Among, Node, walk
from vigie.store import Filters, Page, Store
from vigie.store.embedded import EmbeddedStore

from .conftest import T0, MakePost

KINDS = {"kinds": {"terms": {"field": "platform"}}}


@pytest.fixture
def filled(store: Store, make_post: MakePost) -> EmbeddedStore:
    store.upsert(
        [
            make_post(1, text="crème très solaire"),
            make_post(2, text="crème et encore une autre solaire", platform="bluesky"),
            make_post(3, text="solaire, la crème"),
            make_post(4, text="Crème solaire", state="deleted"),
            make_post(5, text="rien"),
        ]
    )
    return store


def ids(store: Store, query: str, filters: Filters = Filters(), **more: str) -> list[str]:  # noqa: B008
    return [hit.post.native_id for hit in store.search(query, filters, **more).hits]


def test_not_stays_exact(filled: EmbeddedStore) -> None:
    assert sorted(ids(filled, "crème NEAR/1 solaire")) == ["1", "3"]
    assert sorted(ids(filled, "NOT (crème NEAR/1 solaire)")) == ["2", "5"]
    assert sorted(ids(filled, "crème -(crème ONEAR/1 solaire)")) == ["2", "3"]


def test_deleted_posts_are_proposed_where_they_are_asked_for(filled: EmbeddedStore) -> None:
    assert ids(filled, "crème NEAR/1 solaire state:deleted") == ["4"]
    either = "(crème NEAR/1 solaire) OR (state:deleted AND rien)"
    assert sorted(ids(filled, either)) == ["1", "3", "4"]
    assert ids(filled, "raw:Crème") == []
    assert ids(filled, "raw:Crème", Filters(states=("deleted",))) == ["4"]
    found = filled.aggregate("state:*", Filters(), {"f": {"filter": {"query": "raw:Crème"}}})
    assert found["aggs"]["f"]["doc_count"] == 1


def test_filters_pages_and_aggregations_count_what_is_decided(filled: EmbeddedStore) -> None:
    until = Filters(until=T0 + timedelta(hours=2.5))
    found = filled.search("crème NEAR/1 solaire", until, page=Page(size=0))
    assert found.total == 1
    everything = filled.search("crème NEAR/9 solaire", sort="published_at", page=Page(1, 1))
    assert (everything.total, [hit.post.native_id for hit in everything.hits]) == (3, ["2"])
    counted = filled.aggregate(
        "crème NEAR/9 solaire",
        Filters(),
        {**KINDS, "near": {"filter": {"query": '"solaire crème"~1'}}},
    )
    assert counted["total"] == 3
    assert [(b["key"], b["doc_count"]) for b in counted["aggs"]["kinds"]["buckets"]] == [
        ("mastodon", 2), ("bluesky", 1)
    ]  # fmt: skip
    assert counted["aggs"]["near"]["doc_count"] == 2
    frames = list(filled.scan(Filters(), ["id"], query="crème NEAR/1 solaire"))
    assert sorted(id for frame in frames for id in frame["id"]) == ["mastodon:1", "mastodon:3"]


def test_what_was_decided_is_forgotten_when_posts_change(
    filled: EmbeddedStore, make_post: MakePost
) -> None:
    assert sorted(ids(filled, "crème NEAR/1 solaire")) == ["1", "3"]
    filled.upsert([make_post(1, hours=1, text="crème"), make_post(6, text="crème solaire")])
    assert sorted(ids(filled, "crème NEAR/1 solaire")) == ["3", "6"]


def test_words_that_are_near_rank_and_are_marked(filled: EmbeddedStore) -> None:
    query = "solaire NEAR/9 cr?me raw:solaire"
    hits = filled.search(query, sort="relevance", highlight=True).hits
    assert {hit.post.native_id for hit in hits} == {"1", "2", "3"}
    assert all(hit.sort[0] > 1 for hit in hits)
    marked = {hit.post.native_id: hit.highlight for hit in hits}
    assert marked["1"] == "<mark>crème</mark> très <mark>solaire</mark>"


def test_only_what_was_written_so_is_marked(store: Store, make_post: MakePost) -> None:
    store.upsert([make_post(1, text="orange <b> Orange L’Oréal")])
    found = store.search('raw:(Orange OR "L\'Oréal")', highlight=True)
    assert found.hits[0].highlight == ("orange &lt;b&gt; <mark>Orange</mark> <mark>L’Oréal</mark>")


def test_a_phrase_with_too_many_words_for_the_index_is_refused_in_words(
    store: Store, make_post: MakePost
) -> None:
    text = " ".join(f"mot abc{number}" for number in range(17_000))
    store.upsert([make_post(1, text=text)])
    assert ids(store, '"mot abc16*"') == ["1"]
    assert ids(store, '"mot ab*"') == ["1"]  # so short that posts are read instead
    if not isinstance(store, EmbeddedStore):  # a search engine has no such bound
        assert ids(store, '"mot abc*"') == ["1"]
        return
    with pytest.raises(StoreError, match=r"write more letters before \* and \?"):
        ids(store, '"mot abc*"')


@pytest.fixture(scope="module")
def documents(
    make_post: MakePost, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, object]]:
    store = EmbeddedStore(tmp_path_factory.mktemp("settled"), timezone="UTC")
    records = corpus(make_post)
    store.upsert(records)
    found = store.documents(sorted({record.id for record in records}))
    store.close()
    return [document for document in found if document is not None]


leaf = st.one_of(words, nears, raws, fields)
trees = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" AND ", " OR "]), inner).map(
            "({0[0]}{0[1]}{0[2]})".format
        ),
        inner.map("NOT ({})".format),
    ),
    max_leaves=6,
)


@given(trees, st.booleans())
@settings(max_examples=300, deadline=None, suppress_health_check=[*HealthCheck])
def test_a_settled_query_says_the_same_in_words_that_can_be_said(
    documents: list[dict[str, object]], query: str, engine: bool
) -> None:
    """For both back ends' sayables, whatever is proposed beside what has to be."""
    said = engine_sayable if engine else sayable
    try:
        node = parse(query)
    except QueryError:
        reject()
    read: list[Node] = []

    def find(wish: Node) -> list[dict[str, object]]:
        read.append(wish)
        return documents

    settled = settle(node, said, find)
    assert all(said(leaf) for leaf in leaves(settled))
    assert bool(read) == (not all(said(leaf) for leaf in leaves(node)))
    assert bool(read) == any(isinstance(part, Among) for part in walk(settled))
    for document in documents:
        assert matches(settled, document) == matches(node, document)
