"""The store's contract on every engine: what is written is found, once, and stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from vigie.errors import StoreError
from vigie.records import (
    Account,
    Author,
    Budget,
    Correction,
    Counts,
    Cursor,
    Enrichment,
    Entity,
    MetricSample,
    Post,
    Sentiment,
    Source,
    Tombstone,
    samples_of,
)
from vigie.store import Filters, Page, Store

from .opening import Opener

T0 = datetime(2026, 9, 1, 8, tzinfo=UTC)
LATER = T0 + timedelta(days=800)
MakePost = Callable[..., Post]


def ids(store: Store, query: str = "*", filters: Filters = Filters()) -> list[str]:  # noqa: B008
    hits = store.search(query, filters, sort="published_at", page=Page(size=1000))
    assert hits.total == len(hits.hits)
    return [hit.post.native_id for hit in hits.hits]


def reading(id: str, **fields: object) -> Enrichment:
    return Enrichment.model_validate(
        {"id": id, "text_hash": "h", "enriched_at": T0 + timedelta(days=1), **fields}
    )


def test_upsert_counts_and_is_found(store: Store, make_post: MakePost) -> None:
    posts = [make_post(1), make_post(2)]
    assert store.upsert(posts).new == {"post": 2}
    again = store.upsert([*posts, make_post(2, hours=1, metrics=Counts(likes=3))])
    told = {"metric_sample": 1}, {"post": 1}, {"post": 2}
    assert (again.new, again.changed, again.same) == told
    assert ids(store) == ["1", "2"]
    first, nobody, second = store.get(["mastodon:1", "mastodon:9", "mastodon:2"], Post)
    assert first == posts[0]
    assert nobody is None
    assert second is not None
    assert second.metrics.likes == 3
    assert store.verify() == []


def test_counting_alone(store: Store, make_post: MakePost) -> None:
    assert store.aggregate("*", Filters(), {}) == {"total": 0, "aggs": {}}
    store.upsert([make_post(1), make_post(2)])
    assert store.aggregate("*", Filters(), {}) == {"total": 2, "aggs": {}}
    assert store.search("*", page=Page(size=0)).hits == []


def test_words_and_fields_find(store: Store, make_post: MakePost) -> None:
    store.upsert(
        [
            make_post(1, text="J’adore L’Oréal #Été 😍", hashtags=("Été",), lang="fr-FR"),
            make_post(2, title="Crème solaire", text="un test", platform="news", lang="en"),
            make_post(3, text="rien", author=Author(handle="Ana@social.test", followers=1500)),
        ]
    )
    assert ids(store, "oréal") == ["1"]
    assert ids(store, "été") == ids(store, "#ete") == ids(store, "😍") == ["1"]
    assert ids(store, '"creme solaire"') == ["2"]
    assert ids(store, '"solaire un"') == []
    assert ids(store, "text:test title:crème") == ["2"]
    assert ids(store, "-test") == ["1", "3"]
    assert ids(store, "author:ana followers:>1k") == ["3"]
    assert ids(store, "*", Filters(languages=("fr",))) == ["1"]
    assert ids(store, "*", Filters(platforms=("news", "mastodon"), ids=("mastodon:2",))) == ["2"]
    assert ids(store, "", Filters(since=T0 + timedelta(hours=2))) == ["2", "3"]
    assert ids(store, "*", Filters(until=T0 + timedelta(hours=2))) == ["1"]


def test_the_index_document(store: Store, make_post: MakePost) -> None:
    store.upsert(
        [
            make_post(
                1,
                platform="bluesky",
                matched=("brand:acme", "homonym:orange", "topic:skin"),
                metrics=Counts(likes=2, replies=1, shares=0, quotes=0),
                origin="paid",
                lang="en",
            ),
            reading(
                "mastodon:1",
                language="fr",
                sentiment=Sentiment(label="positive", score=0.5, confidence=0.8),
                entities=(Entity(text="L’Oréal", label="ORG", canonical="L’Oréal"),),
                topics=("spf",),
                story_id="mastodon:1",
            ),
        ]
    )
    (document,) = store.documents(["mastodon:1"])
    assert document is not None
    assert document["brands"] == ["acme"]
    assert document["homonyms"] == ["orange"]
    assert document["topics"] == ["skin", "spf"]
    assert document["engagement"] == 3
    assert document["is_ad"] is True
    assert document["language"] == "fr"
    assert document["sentiment.label"] == "positive"
    assert (document["published_hour"], document["published_dow"]) == (11, 1)  # Paris, Tuesday
    assert ids(store, "sentiment:positif brand:acme entity:l'oréal story:mastodon:1") == ["1"]


def test_a_correction_stands_over_the_reading(store: Store, make_post: MakePost) -> None:
    store.upsert(
        [
            make_post(1, matched=("brand:acme",)),
            Correction(
                id="mastodon:1:sentiment", post_id="mastodon:1", field="sentiment",
                value="negative", by="lea", at=T0,
            ),
            Correction(
                id="mastodon:1:brands", post_id="mastodon:1", field="brands", value=["other"],
                by="lea", at=T0,
            ),
        ]
    )  # fmt: skip
    sentiment = Sentiment(label="positive", score=0.5, confidence=0.8)
    store.upsert([reading("mastodon:1", sentiment=sentiment)])
    assert ids(store, "sentiment:negative brand:other") == ["1"]
    assert ids(store, "brand:acme") == []
    (kept,) = store.get(["mastodon:1"], Enrichment)
    assert kept is not None
    assert kept.sentiment == sentiment


def test_tombstones(store: Store, make_post: MakePost) -> None:
    gone = Tombstone(id="mastodon:1", entity_kind="post", noticed_at=T0 + timedelta(days=401))
    store.upsert([gone, make_post(1), make_post(2)])
    assert ids(store) == ["2"]
    assert ids(store, "state:deleted") == ids(store, "*", Filters(states=("deleted",))) == ["1"]
    assert ids(store, "state:*") == ["1", "2"]
    assert store.get(["mastodon:1"], Post)[0].state == "deleted"  # type: ignore[union-attr]
    store.upsert([make_post(1, hours=48)])  # seen live after that
    assert ids(store) == ["1", "2"]


def test_erasure_is_final(store: Store, make_post: MakePost) -> None:
    store.upsert([make_post(1), make_post(2), *samples_of(make_post(1, metrics=Counts(likes=1)))])
    erased = Tombstone(id="mastodon:1", entity_kind="post", reason="erased", noticed_at=T0)
    store.upsert([erased, make_post(1, hours=1)])
    store.upsert([make_post(1, hours=2)])
    assert ids(store, "state:*") == ["2"]
    assert store.get(["mastodon:1"], Post) == [None]
    assert store.samples(["mastodon:1"]).is_empty()
    assert store.verify() == []


def test_delete_takes_all_that_hangs_on_a_post(store: Store, make_post: MakePost) -> None:
    posts = [make_post(n, metrics=Counts(likes=n), platform="news") for n in (1, 2)]
    keep = make_post(3)
    store.upsert([*posts, keep, reading("mastodon:1"), *samples_of(posts[0])])
    assert store.delete(Filters(platforms=("news",))) == 2
    assert ids(store) == ["3"]
    assert store.get(["mastodon:1"], Enrichment) == [None]
    assert store.samples(["mastodon:1"]).is_empty()
    store.upsert(posts)
    assert ids(store) == ["1", "2", "3"]
    assert store.verify() == []


def test_sorting_and_paging(store: Store, make_post: MakePost) -> None:
    store.upsert(
        [
            make_post(n, text="mot " * (n % 5 + 1), metrics=Counts(likes=n % 3 if n % 4 else None))
            for n in range(60)
        ]
    )
    for sort in ("-likes", "likes", "-published_at", "published_at", "relevance", "-views"):
        whole = store.search("mot", sort=sort, page=Page(size=60))
        order = [hit.post.id for hit in whole.hits]
        assert len(set(order)) == 60
        by_offset = store.search("mot", sort=sort, page=Page(size=7, offset=30)).hits
        assert [hit.post.id for hit in by_offset] == order[30:37]
        paged: list[str] = []
        after = None
        while hits := store.search("mot", sort=sort, page=Page(size=7, after=after)).hits:
            paged += [hit.post.id for hit in hits]
            after = hits[-1].sort
        assert paged == order
    likes = [
        hit.post.metrics.likes
        for hit in store.search("mot", sort="-likes", page=Page(size=60)).hits
    ]
    known = [value for value in likes if value is not None]
    assert likes == sorted(known, reverse=True) + [None] * 15
    assert store.search("mot", page=Page(size=0)).total == 60
    with pytest.raises(StoreError, match="cannot sort by 'like'"):
        store.search("*", sort="-like")


def test_highlight_is_safe(store: Store, make_post: MakePost) -> None:
    text = "<script>alert(1)</script> la crème & l’Oréal <b>été</b> " + "long " * 200
    store.upsert([make_post(1, text=text)])
    (hit,) = store.search('crème "l\'oréal" OR alert', highlight=True).hits
    assert hit.highlight is not None
    assert hit.highlight.startswith("&lt;script&gt;<mark>alert</mark>(1)&lt;/script&gt; la ")
    assert "<mark>crème</mark> &amp; <mark>l’Oréal</mark> &lt;b&gt;été" in hit.highlight
    assert hit.highlight.endswith("…")
    assert len(hit.highlight) < 500


def test_other_kinds(store: Store) -> None:
    source = Source(collector="c", endpoint="e", run_id="r", mapper_version="1")
    account = Account(
        id="mastodon:a", platform="mastodon", native_id="a", bio="Au jardin", followers=3,
        first_seen_at=T0, collected_at=T0, source=source,
    )  # fmt: skip
    newer = account.model_copy(
        update={"bio": None, "followers": 4, "collected_at": T0 + timedelta(days=1)}
    )
    other = account.model_copy(update={"id": "bluesky:a"})
    assert store.upsert([newer, account, other]).new == {"account": 2}
    assert [kept.id for kept in store.all(Account)] == ["bluesky:a", "mastodon:a"]
    (kept,) = store.all(Account, prefix="mastodon:")
    assert (kept.bio, kept.followers) == ("Au jardin", 4)
    old = Cursor(id="t", value={"page": 1}, moved_at=T0)
    new = Cursor(id="t", value={"page": 2}, moved_at=T0 + timedelta(hours=1))
    store.upsert([new])
    store.upsert([old])
    assert store.get(["t"], Cursor) == [new]


def test_samples(store: Store, make_post: MakePost) -> None:
    first = make_post(1, metrics=Counts(likes=1, shares=0))
    second = make_post(1, hours=5, metrics=Counts(likes=4))
    samples = [*samples_of(first), *samples_of(second)]
    assert store.upsert(samples[::-1]).new == {"metric_sample": 3}
    assert store.upsert(samples).same == {"metric_sample": 3}
    frame = store.samples(["mastodon:1"], ["likes"])
    assert frame["value"].to_list() == [1.0, 4.0]
    assert frame["captured_at"].to_list() == [first.collected_at, second.collected_at]
    assert store.get([samples[0].id], MetricSample) == [samples[0]]
    assert sorted(sample.id for sample in store.all(MetricSample)) == sorted(s.id for s in samples)


def test_samples_of_one_millisecond_are_one(store: Store, make_post: MakePost) -> None:
    """As far as their ids tell: two answers of one visit may be microseconds apart."""
    first = make_post(1, metrics=Counts(likes=3))
    later = first.collected_at + timedelta(microseconds=2)
    store.upsert([first])
    store.upsert([first.model_copy(update={"collected_at": later})])
    assert store.samples(["mastodon:1"]).height == 1


def test_change_compares_and_sets(store: Store, make_post: MakePost) -> None:
    spent = Budget(id="b@2026-09-01", bucket="b", day="2026-09-01", calls=1)
    more = spent.model_copy(update={"calls": 2})
    assert store.change(Budget, spent.id, None, spent)
    assert not store.change(Budget, spent.id, None, more)
    assert store.change(Budget, spent.id, spent, more)
    assert store.get([spent.id], Budget) == [more]
    post = make_post(1)
    store.upsert([post])
    assert store.change(Post, post.id, post, post.model_copy(update={"text": "autre"}))
    assert ids(store, "autre") == ["1"]


def test_many_changes_stand_each_for_itself(store: Store) -> None:
    held, other = (Budget(id=f"{name}@2026-09-01", bucket=name, day="2026-09-01") for name in "ab")
    more = held.model_copy(update={"calls": 2})
    store.upsert([held])
    assert store.change_many([(None, more), (None, other), (held, more)]) == [False, True, True]
    assert store.get([held.id, other.id], Budget) == [more, other]


def test_leases(store: Store) -> None:
    assert store.claim("run", "a", 60)
    assert store.claim("run", "a", 60)
    assert not store.claim("run", "b", 60)
    store.release("run", "b")
    assert not store.claim("run", "b", 60)
    store.release("run", "a")
    assert store.claim("run", "b", -1)  # over at once
    assert store.claim("run", "a", 60)


def test_readers_see_what_another_store_writes(opener: Opener, make_post: MakePost) -> None:
    with opener.named() as name:
        writer = opener.open(name)
        reader = opener.open(name, read_only=True)
        second = opener.open(name)
        writer.upsert([make_post(1)])
        assert ids(reader) == ["1"]
        second.upsert([make_post(2)])
        writer.upsert([make_post(3)])
        assert ids(reader) == ids(writer) == ids(second) == ["1", "2", "3"]
        with pytest.raises(StoreError, match="reading only"):
            reader.upsert([make_post(4)])
        for opened in (reader, second, writer):
            opened.close()


def test_reading_needs_a_store(opener: Opener) -> None:
    with pytest.raises(StoreError, match="no store"):
        opener.open("nothing", timezone="UTC", read_only=True)


def test_another_time_zone_moves_the_hours(opener: Opener, make_post: MakePost) -> None:
    with opener.named() as name:
        with_paris = opener.open(name)
        with_paris.upsert([make_post(1)])
        with_paris.close()
        moved = opener.open(name, timezone="America/Montreal")
        aggs = {"hour": {"terms": {"field": "published_hour"}}}
        assert moved.aggregate("*", Filters(), aggs)["aggs"]["hour"]["buckets"][0]["key"] == 5
        assert moved.verify() == []
        moved.close()
