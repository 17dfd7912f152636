"""Retention: what is older than a moment goes, with all that hangs on it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from vigie.records import Correction, Counts, Enrichment, Post
from vigie.store import Filters
from vigie.store.opensearch import OpenSearchStore

from .opening import Opener

START = datetime(2026, 3, 1, tzinfo=UTC)
UNTIL = datetime(2026, 5, 10, 12, tzinfo=UTC)


def test_old_posts_go_with_what_hangs_on_them(
    opener: Opener, make_post: Callable[..., Post]
) -> None:
    monthly = Opener(opener.folder, opener.url, "month", opener.client)
    with monthly.fresh() as store:
        posts = [
            make_post(n, published_at=START + timedelta(days=n), metrics=Counts(likes=n),
                      state="deleted" if n % 7 == 0 else "live")
            for n in range(100)
        ]  # fmt: skip
        seen = posts[0].collected_at
        store.upsert(posts)
        later = {"collected_at": seen + timedelta(hours=1), "metrics": Counts(likes=7)}
        store.upsert([one.model_copy(update=later) for one in posts])
        store.upsert([Enrichment(id=one.id, text_hash="h", enriched_at=seen) for one in posts])
        words = [
            Correction(id=f"{one.id}:origin", post_id=one.id, field="origin", value="earned",
                       by="lea", at=seen)
            for one in posts
        ]  # fmt: skip
        store.upsert(words)
        old = [post.id for post in posts if post.published_at < UNTIL]
        assert store.samples(old).height == 2 * len(old)
        assert store.delete(Filters(until=UNTIL, states=())) == len(old) == 71
        assert store.get(old, Post) == [None] * len(old)
        assert store.get(old, Enrichment) == [None] * len(old)
        assert store.samples(old).height == 0
        young = [post.id for post in posts if post.published_at >= UNTIL]
        assert store.search("*", Filters(states=())).total == len(young) == 29
        assert store.samples(young).height == 2 * len(young)
        assert len(list(store.all(Correction))) == len(young)
        assert store.verify() == []
        if isinstance(store, OpenSearchStore):
            held = set(store.engine.request("GET", f"/{store.names.posts}/_alias"))
            months = {f"{store.names.posts}-2026.{month:02}" for month in (5, 6)}
            assert held == {f"{store.names.posts}-1970.01", *months}
        assert store.delete(Filters(until=UNTIL, states=())) == 0
        store.upsert(posts[:3])  # the period comes back where it is written to
        assert store.search("*", Filters(states=())).total == len(young) + 3
