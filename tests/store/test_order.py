"""Whatever order batches come in, and however often: the same bytes in the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vigie.merging import merge
from vigie.records import (
    Account,
    Correction,
    Counts,
    Enrichment,
    MetricSample,
    Post,
    Record,
    Source,
    Tombstone,
    sample_id,
    samples_of,
)
from vigie.store import Filters, Page, Store
from vigie.store.embedded import EmbeddedStore
from vigie.store.opensearch import OpenSearchStore
from vigie.store.tables import COLUMNS
from vigie.store.walking import found_of

from .opening import Opener

T0 = datetime(2026, 9, 1, 8, tzinfo=UTC)
SEEN = T0 + timedelta(days=400)
NUMBERS = st.integers(1, 3)
HOURS = st.sampled_from([0, 1, 1, 2])


samples = st.builds(
    lambda number, metric, hours, value, exactness, scope: MetricSample(
        id=sample_id(f"mastodon:{number}", metric, SEEN + timedelta(hours=hours)),
        entity=f"mastodon:{number}",
        entity_kind="post",
        platform="mastodon",
        metric=metric,
        value=value,
        captured_at=SEEN + timedelta(hours=hours),
        exactness=exactness,
        scope=scope,
    ),
    NUMBERS,
    st.sampled_from(["likes", "views"]),
    HOURS,
    st.sampled_from([1, 2]),
    st.sampled_from(["exact", "rounded", "estimated"]),
    st.sampled_from(["public", "own"]),
)


def records(make_post: Callable[..., Post]) -> st.SearchStrategy[Record]:
    posts = st.builds(
        make_post,
        NUMBERS,
        hours=HOURS,
        text=st.sampled_from([None, "été", "crème"]),
        hashtags=st.sampled_from([(), ("b",)]),
        metrics=st.builds(Counts, likes=st.sampled_from([None, 0, 5])),
        matched=st.sampled_from([(), ("brand:a",), ("topic:t",)]),
        state=st.sampled_from(["live", "live", "deleted"]),
    )
    counted = posts.map(lambda post: next(iter(samples_of(post)), post))
    accounts = st.builds(
        lambda hours, bio, followers: Account(
            id="mastodon:a",
            platform="mastodon",
            native_id="a",
            bio=bio,
            followers=followers,
            first_seen_at=SEEN + timedelta(hours=hours),
            collected_at=SEEN + timedelta(hours=hours),
            source=Source(collector="c", endpoint="e", run_id="r", mapper_version="1"),
        ),
        HOURS,
        st.sampled_from([None, "Au jardin", "Aux champs"]),
        st.sampled_from([None, 3, 4]),
    )
    enrichments = st.builds(
        lambda number, hours, story: Enrichment(
            id=f"mastodon:{number}",
            text_hash="h",
            story_id=story,
            enriched_at=SEEN + timedelta(hours=hours),
        ),
        NUMBERS,
        HOURS,
        st.sampled_from(["mastodon:1", "mastodon:2"]),
    )
    tombstones = st.builds(
        lambda number, hours, reason: Tombstone(
            id=f"mastodon:{number}",
            entity_kind="post",
            reason=reason,
            noticed_at=SEEN + timedelta(hours=hours),
        ),
        NUMBERS,
        HOURS,
        st.sampled_from(["deleted", "deleted", "withheld", "erased"]),
    )
    corrections = st.builds(
        lambda number, hours, value: Correction(
            id=f"mastodon:{number}:language",
            post_id=f"mastodon:{number}",
            field="language",
            value=value,
            by="lea",
            at=SEEN + timedelta(hours=hours),
        ),
        NUMBERS,
        HOURS,
        st.sampled_from(["fr", "en"]),
    )
    return st.one_of(posts, posts, counted, samples, accounts, enrichments, tombstones, corrections)


KINDS = (Account, Enrichment, Tombstone, Correction, MetricSample)
EVERYTHING = Filters(states=())


def states(store: Store) -> list[tuple[bytes, bytes | None]]:
    """The states of posts to the byte, with what later observations are merged by."""
    if isinstance(store, EmbeddedStore):
        rows = store._tables.connection.execute("SELECT doc, stamps FROM posts ORDER BY id")
        return list(rows.fetchall())
    assert isinstance(store, OpenSearchStore)
    found = found_of(store.engine, store.names, [f"mastodon:{number}" for number in range(9)])
    return sorted((place.kept.post, place.kept.stamps) for (place,) in found.values())


def contents(opener: Opener, batches: Sequence[Sequence[Record]]) -> list[object]:
    """All that a store keeps and finds after these batches."""
    with opener.fresh() as store:
        for batch in batches:
            store.upsert(batch)
        kept: list[object] = [sorted(store.all(kind), key=lambda one: one.id) for kind in KINDS]
        kept.append(states(store))
        kept.append([frame.to_dicts() for frame in store.scan(EVERYTHING, list(COLUMNS))])
        for query in ("*", "été", "state:live lang:fr", "likes:5"):
            found = store.search(query, EVERYTHING, page=Page(size=50))
            kept.append([(hit.post, hit.document) for hit in found.hits])
        assert store.verify() == []
        return kept


def test_any_order_any_batches_any_repetition(
    opener: Opener, make_post: Callable[..., Post]
) -> None:
    @given(st.data())
    @settings(max_examples=25 if opener.embedded else 8, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    def check(data: st.DataObject) -> None:
        given_records = data.draw(st.lists(records(make_post), min_size=2, max_size=10))
        other = data.draw(st.permutations(given_records))
        other += data.draw(st.lists(st.sampled_from(given_records), max_size=3))
        cuts = sorted(data.draw(st.lists(st.integers(0, len(other)), max_size=3)))
        batches = [
            other[low:high] for low, high in zip([0, *cuts], [*cuts, len(other)], strict=True)
        ]
        assert contents(opener, [given_records]) == contents(opener, batches)

    check()


def test_samples_are_only_ever_added(opener: Opener, make_post: Callable[..., Post]) -> None:
    """No later batch, no newer observation and no repetition takes a counter's past away."""

    @given(st.lists(st.lists(samples, max_size=6), min_size=1, max_size=4), st.data())
    @settings(max_examples=15 if opener.embedded else 6, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    def check(batches: list[list[MetricSample]], data: st.DataObject) -> None:
        with opener.fresh() as store:
            known: dict[str, MetricSample] = {}
            for number, batch in enumerate(batches):
                newer = make_post(1, hours=number, text="neuf")
                store.upsert([*batch, newer])
                for sample in [*batch, *samples_of(newer)]:
                    known[sample.id] = merge(known.get(sample.id, sample), sample)
                kept = {sample.id: sample for sample in store.all(MetricSample)}
                assert kept == known
            again = data.draw(st.permutations([sample for batch in batches for sample in batch]))
            assert store.upsert(again).new == {}
            assert {sample.id: sample for sample in store.all(MetricSample)} == known
            frame = store.samples([f"mastodon:{number}" for number in range(4)])
            assert frame.height == len(known)
            assert frame["captured_at"].is_sorted()

    check()
