"""One query, two back ends: the matcher in memory and the index find the same posts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from vigie.errors import QueryError
from vigie.query import Matcher, matches, parse
from vigie.records import Author, Counts, Enrichment, Entity, Post, Record, Sentiment
from vigie.store import Filters, Page
from vigie.store.embedded import EmbeddedStore

TOKENS = (
    "crème", "Crème", "solaire", "l'Oréal", "L’Oréal", "oreal", "été", "#été", "d’été", "cœur",
    "sun", "cream", "sun-cream", "don't", "peau", "peaux", "@ana", "@Bob_fr",
    "😍", "❤️", "👍🏽", "👍", "👨‍👩‍👧", "🇫🇷", "完美日记", "日记", "ガラス",
    "100%", "3,5", "Nivea®", "nivea", "(promo)", "|", "*",
    "https://boutique.test/a?b=1", "Straße", "🏽", "½", "ﬁn", "… !", "NOT", "ÉTÉ",
)  # fmt: skip
TAGS = ("Été", "ete", "SunCream", "日記", "mode-été", "2026")
HANDLES = ("Ana", "bob_fr", "Zoé@social.test", "ana")


def corpus(make_post: Callable[..., Post]) -> list[Record]:
    """Posts of mixed French, English, emoji and signs, the same at every run."""
    rng = random.Random(7)
    some = lambda values, most: tuple(rng.sample(values, rng.randint(0, most)))  # noqa: E731
    records: list[Record] = []
    for number in range(160):
        post = make_post(
            number,
            text=None if rng.random() < 0.1 else " ".join(rng.choices(TOKENS, k=rng.randint(0, 8))),
            title=" ".join(rng.choices(TOKENS, k=3)) if rng.random() < 0.3 else None,
            platform=rng.choice(["bluesky", "mastodon", "news"]),
            lang=rng.choice([None, "fr", "en-GB"]),
            hashtags=some(TAGS, 2),
            mentions=some(HANDLES, 2),
            links=some(("https://www.Boutique.test/a/?b=1", "http://blog.boutique.test"), 2),
            emojis=some(("😍", "👍🏽"), 1),
            author=Author(
                id=rng.choice([None, "mastodon:Ab", "mastodon:ab"]),
                handle=rng.choice([None, *HANDLES]),
                name=rng.choice([None, "Zoé Légère"]),
                followers=rng.choice([None, 0, 10, 2_000]),
            ),
            metrics=Counts(likes=rng.choice([None, 0, 3, 50]), views=rng.choice([None, 7])),
            matched=some(("brand:acme", "topic:skin", "homonym:acme"), 2),
            parent_id=rng.choice([None, "mastodon:P", "mastodon:p"]),
            state=rng.choice(["live", "live", "deleted"]),
            origin=rng.choice([None, "earned", "paid"]),
        )
        records.append(post)
        if rng.random() < 0.6:
            records.append(
                Enrichment(
                    id=post.id,
                    text_hash="h",
                    language=rng.choice([None, "fr", "en"]),
                    sentiment=rng.choice(
                        [None, Sentiment(label="negative", score=-0.5, confidence=0.9)]
                    ),
                    entities=(Entity(text="x", label="ORG", canonical="L’Oréal"),),
                    keyphrases=some(("crème solaire", "Été"), 2),
                    story_id=rng.choice([None, "mastodon:1"]),
                    enriched_at=post.collected_at,
                )
            )
    return records


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
    assert len(documents) == 160
    yield store, documents
    store.close()


tokens = st.sampled_from([token for token in TOKENS if '"' not in token])
words = st.one_of(
    tokens,
    st.lists(tokens, min_size=1, max_size=3).map(lambda chosen: f'"{" ".join(chosen)}"'),
    st.sampled_from(["cre*", "pea*", "so*", "日*", "l'o*", "oréa*", "nive*", "1*", "😍*"]),
    st.sampled_from(['"crème sol"*', '"l’oré"*', '"日"*', "text:crème", "title:crème", "title:so*",
                     'text:"sun cream"', 'title:"crème solaire"', "text:(été OR 😍)"]),
)  # fmt: skip
fields = st.sampled_from(
    [
        "platform:news", "platform:(bluesky OR mastodon)", "lang:fr", "lang:en", "lang:*",
        "#été", "#ét*", "#SunCream", "#日記", "hashtag:2026", "@ana", "@zoé", "@zoé@social.test",
        "mention:*", "author:ana", "author:zo*", 'author:"zoé légère"', "author:mastodon:Ab",
        "author:*", "emoji:👍", "entity:l'oréal", "entity:*", 'keyphrase:"crème solaire"',
        "keyphrase:*", "domain:boutique.test", "domain:blog.boutique.test", "domain:*",
        "link:https://boutique.test/a/?b=1", "link:boutique.test/*", "link:*", "parent:mastodon:P",
        "parent:mastodon:p", "likes:0", "likes:>0", "likes:[3 TO 50}", "likes:*", "followers:>=10",
        "views:<8", "published:2026-09-02", "published:[2026-09-02 TO 2026-09-04]",
        "published:>2026-09-05T12", "state:deleted", "state:*", "brand:acme", "topic:skin",
        "homonym:acme", "sentiment:négatif", "sentiment:*", "story:mastodon:1", "origin:paid",
        "owner:*", "id:mastodon:7", "collected:>2026", "engagement:*", "media:image",
    ]
)  # fmt: skip
queries = st.recursive(
    st.one_of(words, fields, st.just("*")),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" AND ", " OR ", " "]), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"NOT ({text})"),
    ),
    max_leaves=5,
)


@given(queries)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_matcher_and_index_agree(
    filled: tuple[EmbeddedStore, list[dict[str, object]]], query: str
) -> None:
    store, documents = filled
    try:
        node = parse(query, timezone="Europe/Paris")
    except QueryError:
        reject()  # of signs alone, say
    expected = sorted(str(document["id"]) for document in documents if matches(node, document))
    found = store.search(query, Filters(states=()), page=Page(size=200))
    assert sorted(hit.post.id for hit in found.hits) == expected
    assert found.total == len(expected)
    assert [hits == [0] for hits in Matcher([node]).match(documents)] == [
        str(document["id"]) in set(expected) for document in documents
    ]


def test_the_corpus_tells_queries_apart(
    filled: tuple[EmbeddedStore, list[dict[str, object]]],
) -> None:
    """Most leaves find some posts and not all, so that agreement means something."""
    store, _ = filled
    totals = [
        store.search(query, Filters(states=()), page=Page(size=0)).total
        for query in ("oréal", '"crème solaire"', "😍", "日记", "#été", "author:zo*", "likes:>0",
                      "title:crème", "text:crème", "domain:boutique.test", "link:boutique.test/*")
    ]  # fmt: skip
    assert all(0 < total < 160 for total in totals), totals
