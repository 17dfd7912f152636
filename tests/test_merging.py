"""Merging: the same record in whatever order its observations come."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.merging import blob_of, fold, merge, rank
from vigie.records import (
    Account,
    Author,
    Correction,
    Counts,
    Enrichment,
    MetricSample,
    Post,
    Record,
    Source,
    Tombstone,
)

T0 = datetime(2026, 9, 1, 8, tzinfo=UTC)
SOURCE = Source(collector="c", endpoint="e", run_id="r", mapper_version="1")


def seen(hours: float, **fields: object) -> Post:
    """An observation of one post, so many hours after its publication."""
    at = T0 + timedelta(hours=hours)
    given = {
        "id": "mastodon:1",
        "platform": "mastodon",
        "native_id": "1",
        "published_at": T0,
        "first_seen_at": at,
        "collected_at": at,
        "source": SOURCE,
    }
    return Post.model_validate({**given, **fields})


def test_a_refresh_of_counts_leaves_the_text_alone() -> None:
    first = seen(1, text="Bonjour", hashtags=("été",), lang="fr", metrics=Counts(likes=1, shares=2))
    refreshed = seen(30, metrics=Counts(likes=9))
    merged = merge(first, refreshed)
    assert merged.text == "Bonjour"
    assert merged.hashtags == ("été",)
    assert merged.metrics == Counts(likes=9, shares=2)
    assert merged.first_seen_at == first.first_seen_at
    assert merged.collected_at == refreshed.collected_at
    assert merge(refreshed, first) == merged


def test_which_run_observed_decides_nothing() -> None:
    """Two observations of one instant: as often as the runs are named anew, the same stands."""
    stand = set()
    for run in range(40):
        one, other = (
            seen(1, text=text, source=SOURCE.model_copy(update={"run_id": f"{run}{text}"}))
            for text in ("matin", "soirs")
        )
        merged = merge(one, other)
        assert merged == merge(other, one)
        stand.add(merged.text)
    assert len(stand) == 1


def test_runs_that_observed_the_same_are_merged_in_any_order() -> None:
    one, other = (
        seen(1, text="Bonjour", source=SOURCE.model_copy(update={"run_id": run})) for run in "ab"
    )
    assert blob_of(merge(one, other)) == blob_of(merge(other, one))


def test_an_edit_takes_the_old_words_hashtags_with_it() -> None:
    merged = merge(
        seen(1, text="Soldes #promo", hashtags=("promo",), links=("https://boutique.test",)),
        seen(5, text="Soldes", edited_at=T0 + timedelta(hours=4)),
    )
    assert (merged.text, merged.hashtags, merged.links) == ("Soldes", (), ())


def test_a_picture_without_words_does_not_take_the_words_away() -> None:
    merged = merge(seen(1, text="Bonjour"), seen(5, hashtags=("été",)))
    assert (merged.text, merged.hashtags) == ("Bonjour", ())


def test_of_the_same_time_the_whole_text_stands() -> None:
    for link in "abcdef":  # whatever the hash of the observation
        excerpt = seen(1, text="Vélos cargo…", url=f"https://{link}.test")
        page = seen(1, text="Vélos cargo : le garage partagé ouvre samedi.", title="Garage")
        assert merge(excerpt, page).text == merge(page, excerpt).text == page.text


def test_each_part_of_the_author_on_its_own() -> None:
    merged = merge(
        seen(5, author=Author(id="mastodon:a", followers=12)),
        seen(1, author=Author(id="mastodon:a", handle="ana", followers=10)),
    )
    assert merged.author == Author(id="mastodon:a", handle="ana", followers=12)


def test_origin_and_owner_move_together() -> None:
    merged = merge(seen(1, origin="owned", owner="acme"), seen(5, origin="earned"))
    assert (merged.origin, merged.owner) == ("earned", None)


def test_matched_is_the_union() -> None:
    merged = merge(seen(1, matched=("topic:b",)), seen(2, matched=("brand:a",)))
    assert merged.matched == ("brand:a", "topic:b")


def test_erasure_is_final() -> None:
    erased = Tombstone(id="x", entity_kind="post", reason="erased", noticed_at=T0)
    later = Tombstone(id="x", entity_kind="post", noticed_at=T0 + timedelta(days=1))
    assert merge(erased, later) == merge(later, erased) == erased


def test_the_newer_enrichment_and_correction_win() -> None:
    old, new = (
        Enrichment(id="x", text_hash=str(at), enriched_at=T0 + timedelta(hours=at)) for at in (1, 2)
    )
    assert merge(old, new) == merge(new, old) == new
    first, second = (
        Correction(id="x:s", post_id="x", field="sentiment", value=value, by="a", at=T0)
        for value in ("negative", "positive")
    )
    assert merge(first, second) == merge(second, first)


texts = st.one_of(st.none(), st.sampled_from(["", "a", "é #b"]))
tags = st.sampled_from([(), ("b",), ("b", "c")])
counts = st.one_of(st.none(), st.integers(0, 3))
observations = st.builds(
    seen,
    st.sampled_from([1, 2, 2.5, 3]),
    text=texts,
    title=texts,
    hashtags=tags,
    lang=st.sampled_from([None, "fr", "en"]),
    url=st.sampled_from([None, "https://a.test", "https://b.test"]),
    kind=st.sampled_from(["post", "reply"]),
    state=st.sampled_from(["live", "deleted"]),
    origin=st.sampled_from([None, "owned", "earned"]),
    owner=st.sampled_from([None, "acme"]),
    matched=st.sampled_from([(), ("brand:a",), ("brand:a", "topic:b")]),
    author=st.builds(Author, handle=st.sampled_from([None, "a", "b"]), followers=counts),
    metrics=st.builds(Counts, likes=counts, views=counts),
    parent_id=st.sampled_from([None, "mastodon:0"]),
)
State = tuple[bytes, bytes | None]


def together(a: State, b: State) -> State:
    return fold("post", *a, *b)


def state(post: Post) -> State:
    return blob_of(post), None


@given(st.lists(observations, min_size=2, max_size=4))
@settings(deadline=None)
def test_the_order_does_not_matter(posts: list[Post]) -> None:
    results = {reduce(together, map(state, order)) for order in itertools.permutations(posts)}
    if len({blob_of(post) for post in posts}) > 1:
        assert len(results) == 1
    else:
        assert results == {state(posts[0])}


@given(st.lists(observations, min_size=3, max_size=6), st.data())
@settings(deadline=None)
def test_grouping_and_repetition_do_not_matter(posts: list[Post], data: st.DataObject) -> None:
    whole = reduce(together, map(state, posts))
    cut = data.draw(st.integers(1, len(posts) - 1))
    left = reduce(together, map(state, posts[:cut]))
    right = reduce(together, map(state, posts[cut:]))
    grouped = together(left, right)
    again = together(grouped, state(data.draw(st.sampled_from(posts))))
    assert Post.model_validate_json(whole[0]) == Post.model_validate_json(grouped[0])
    assert grouped == again == together(again, grouped)
    if len({blob_of(post) for post in posts}) > 1:
        assert whole == grouped


@given(observations, observations)
@settings(deadline=None)
def test_merging_records_is_commutative_and_idempotent(a: Post, b: Post) -> None:
    merged = merge(a, b)
    assert merged == merge(b, a)
    assert merge(a, a) == a
    assert merged.first_seen_at == min(a.first_seen_at, b.first_seen_at)


def account(hours: float, **fields: object) -> Account:
    """An observation of one account, so many hours after T0."""
    at = T0 + timedelta(hours=hours)
    return Account.model_validate(
        {
            "id": "mastodon:a",
            "platform": "mastodon",
            "native_id": "a",
            "first_seen_at": at,
            "collected_at": at,
            "source": SOURCE,
            **fields,
        }
    )


def test_accounts_merge_field_by_field() -> None:
    old, new = account(1, bio="Au jardin", followers=5), account(2, followers=7)
    assert merge(old, new) == merge(new, old)
    assert (merge(old, new).bio, merge(old, new).followers) == ("Au jardin", 7)


hours = st.sampled_from([1, 2, 3])
moments = hours.map(lambda hour: T0 + timedelta(hours=hour))
accounts = st.builds(
    account,
    hours,
    bio=st.sampled_from([None, "Au jardin", "Aux champs"]),
    followers=counts,
    following=counts,
    state=st.sampled_from(["live", "deleted"]),
    verified=st.sampled_from([None, True, False]),
)


@given(st.lists(accounts, min_size=2, max_size=4))
@settings(deadline=None)
def test_accounts_in_any_order(observed: list[Account]) -> None:
    first = blob_of(observed[0]), None
    results = {
        reduce(lambda a, b: fold("account", *a, *b), ((blob_of(one), None) for one in order))
        for order in itertools.permutations(observed)
    }
    assert len(results) == 1
    if all(blob_of(one) == first[0] for one in observed):
        assert results == {first}
    merged = Account.model_validate_json(next(iter(results))[0])
    assert merged.first_seen_at == min(one.first_seen_at for one in observed)
    newest = max(one.collected_at for one in observed)
    assert merged.collected_at == newest
    known = [one for one in observed if one.followers is not None]
    if known:
        latest = max(one.collected_at for one in known)
        assert merged.followers in {o.followers for o in known if o.collected_at == latest}
    else:
        assert merged.followers is None


# What is replaced as a whole: versions of one record, of one kind at a time.
versions = st.one_of(
    st.lists(
        st.builds(
            Enrichment,
            id=st.just("x"),
            text_hash=st.sampled_from("ab"),
            story_id=st.sampled_from([None, "y"]),
            enriched_at=moments,
        ),
        min_size=3,
        max_size=3,
    ),
    st.lists(
        st.builds(
            Tombstone,
            id=st.just("x"),
            entity_kind=st.just("post"),
            reason=st.sampled_from(["deleted", "withheld", "erased"]),
            noticed_at=moments,
        ),
        min_size=3,
        max_size=3,
    ),
    st.lists(
        st.builds(
            Correction,
            id=st.just("x:language"),
            post_id=st.just("x"),
            field=st.just("language"),
            value=st.sampled_from(["fr", "en", None]),
            by=st.sampled_from(["lea", "ana"]),
            at=moments,
        ),
        min_size=3,
        max_size=3,
    ),
    st.lists(
        st.builds(
            MetricSample,
            id=st.just("x|likes|t"),
            entity=st.just("x"),
            entity_kind=st.just("post"),
            platform=st.just("mastodon"),
            metric=st.just("likes"),
            value=st.sampled_from([1, 2]),
            captured_at=st.just(T0),
            exactness=st.sampled_from(["exact", "rounded", "estimated"]),
            scope=st.sampled_from(["public", "own"]),
        ),
        min_size=3,
        max_size=3,
    ),
)


@given(versions)
@settings(deadline=None)
def test_what_is_replaced_as_a_whole_has_one_order(three: list[Record]) -> None:
    a, b, c = three
    assert merge(a, b) == merge(b, a)
    assert merge(a, a) == a
    assert merge(merge(a, b), c) == merge(a, merge(b, c)) == max(three, key=rank)
    erased = [one for one in three if isinstance(one, Tombstone) and one.reason == "erased"]
    if erased:
        assert merge(merge(a, b), c) in erased
