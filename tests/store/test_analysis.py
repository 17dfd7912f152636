"""What people find in Dashboards: the analysed text, in French and English, on each engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vigie.records import Post
from vigie.store import Store
from vigie.store.opensearch import OpenSearchStore

from .opening import Opener

TEXTS = (
    "Nouvelle crème lancée par l'Oréal 🔥👍🏽 #ÉtéIndien",
    "Les magasins de Paris ouvrent cet été",
    "The launches were postponed, Zara's stores stay closed",
    "Un pari risqué pour la marque",
)


def found(store: Store, field: str, words: str) -> set[int]:
    """The numbers of the texts that have all these words in a field."""
    assert isinstance(store, OpenSearchStore)
    body = {"size": 10, "_source": ["id"],
            "query": {"match": {field: {"query": words, "operator": "and"}}}}  # fmt: skip
    answer = store.engine.request("POST", f"/{store.names.posts}/_search", body=body)
    return {int(hit["_source"]["id"].split(":")[1]) for hit in answer["hits"]["hits"]}


def test_words_accents_names_emoji(opener: Opener, make_post: Callable[..., Post]) -> None:
    if opener.embedded:
        pytest.skip("the embedded store has the query language alone")
    with opener.fresh() as store:
        store.upsert([make_post(number, text=text) for number, text in enumerate(TEXTS)])
        assert found(store, "text", "lancee") == found(store, "text", "LANCÉE") == {0}
        assert found(store, "text", "Oréal") == found(store, "text", "L’Oréal") == {0}
        assert found(store, "text", "🔥") == found(store, "text", "etéindien") == {0}
        assert found(store, "text", "Paris") == {1}  # a name is never stemmed
        assert found(store, "text", "été") == {1}  # a season, and no stop word
        assert found(store, "text", "magasin") == set()
        assert found(store, "text.fr", "magasin") == {1}
        assert found(store, "text.en", "launch") == {2}
        assert found(store, "text", "launch") == set()
        assert found(store, "text.en", "store zara") == {2}
