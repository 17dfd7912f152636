"""From stored posts to their enrichment: readers over batches, stories over all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from nlp.aside import AsideReader
from nlp.cluster import ClusterReader
from nlp.reading import Reading
from nlp.stories import VERSION, WINDOW, Stories
from vigie.policies import Policies
from vigie.records import Enrichment, Post
from vigie.store import Filters, Store
from vigie.watchlist import Watchlist
from vigie.workspace import Workspace

BATCH = 4_000
COLUMNS = ("id", "title", "text", "published_at", "repost_of", "story_id")
CROWD = 20_000  # stories that are remembered before the first are forgotten: some 50 MB
TICK = timedelta(microseconds=1)


class Enricher:
    """Reads what nobody has read yet: in a process of its own, or on the watchlist's Dask cluster.
    Its models load when the first batch comes."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store = workspace.store
        watchlist = workspace.watchlist
        made_of = watchlist.workspace.languages, spellings(watchlist)
        cluster = watchlist.cluster
        self.reader: AsideReader | ClusterReader = (
            ClusterReader(cluster.dask, *made_of) if cluster.dask else AsideReader(*made_of)
        )
        self.batch = cluster.batch if cluster.dask else BATCH
        self.policies = Policies(watchlist)
        self.stories = Stories()
        self._known: tuple[datetime, datetime] | None = None  # whose stories are remembered
        self._crowd = CROWD
        self._closed = False

    def warm(self) -> None:
        """Starts the reading process and loads its models, which takes seconds: to be done while
        something else waits."""
        if not self._closed:
            self.reader.read(["Bonjour à tous.", "Hello all."], entities=[True, True])

    def close(self) -> None:
        """Ends the reading process; what another thread reads meanwhile stays unread."""
        self._closed = True
        self.reader.close()

    def read_all(self, progress: Callable[[str, dict[str, Any]], None]) -> int:
        """Reads the unread posts of the store, oldest first; answers how many."""
        from vigie.pipeline import unread

        return self.read_ids(unread(self.workspace), progress)

    def read_ids(self, ids: Sequence[str], progress: Callable[[str, dict[str, Any]], None]) -> int:
        """Reads these posts, in their order; answers how many. What `read_ahead` has read is not
        read again."""
        for start in range(0, len(ids), self.batch):
            if self._closed:
                return start
            found = self.store.get(ids[start : start + self.batch], Post)
            self.store.upsert(self.read([post for post in found if post]))
            progress("read", {"posts": min(start + self.batch, len(ids)), "of": len(ids)})
        return len(ids)

    def read_ahead(self, ids: Sequence[str]) -> int:
        """Reads these posts but for their stories, which depend on all that came before: they stay
        unread until `read_ids` has told those. Answers how many were read."""
        done = 0
        for start in range(0, len(ids), self.batch):
            if self._closed:
                return done
            found = self.store.get(ids[start : start + self.batch], Post)
            posts = [post for post in found if post]
            kept = self._kept(posts)
            posts = [post for post in posts if post.id not in kept]
            now = self.workspace.clock.now()
            self.store.upsert(
                [
                    self._enriched(post, reading, now)
                    for post, reading in zip(posts, self._readings(posts), strict=True)
                ]
            )
            done += len(posts)
        return done

    def read(self, posts: Sequence[Post]) -> list[Enrichment]:
        """The enrichment of posts, in their order."""
        if not posts:
            return []
        self._remember(posts)
        kept = self._kept(posts)
        fresh = [post for post in posts if post.id not in kept]
        now = self.workspace.clock.now()
        read = kept | {
            post.id: self._enriched(post, reading, now)
            for post, reading in zip(fresh, self._readings(fresh), strict=True)
        }
        stories = self.stories.assign(
            [post.id for post in posts],
            [words(post) for post in posts],
            [post.published_at for post in posts],
            [post.repost_of for post in posts],
        )
        return [
            read[post.id].model_copy(
                update={
                    "story_id": story,
                    "model_versions": {**read[post.id].model_versions, "stories": VERSION},
                    # Later than what was read ahead, in whose place it comes.
                    "enriched_at": max(now, kept[post.id].enriched_at + TICK)
                    if post.id in kept
                    else now,
                }
            )
            for post, story in zip(posts, stories, strict=True)
        ]

    def _enriched(self, post: Post, reading: Reading, at: datetime) -> Enrichment:
        """What a reader says of a post; without its tone where the platform's terms forbid what is
        derived."""
        told = enrichment_of(post, reading, at)
        if self.policies.scores(post):
            return told
        return told.model_copy(update={"sentiment": None, "brand_sentiment": ()})

    def _readings(self, posts: Sequence[Post]) -> list[Reading]:
        if not posts:
            return []
        return self.reader.read(
            [words(post) for post in posts],
            platform_langs=[post.lang for post in posts],
            entities=[wants_entities(post) for post in posts],
            brands=[named(post) for post in posts],
        )

    def _kept(self, posts: Sequence[Post]) -> dict[str, Enrichment]:
        """What was read ahead of these posts in their present words."""
        found = self.store.get([post.id for post in posts], Enrichment)
        return {
            post.id: one
            for post, one in zip(posts, found, strict=True)
            if one and one.story_id is None and one.text_hash == text_hash(words(post))
        }

    def _remember(self, posts: Sequence[Post]) -> None:
        """Lets the stories know what was told in the weeks around these posts, and forget what is
        over: a back-fill of years takes the memory of weeks."""
        since = min(post.published_at for post in posts) - WINDOW
        until = max(post.published_at for post in posts) + WINDOW + TICK
        first, last = self._known or (until, until)
        spans = [(since, min(first, until)), (max(last, since), until)]
        if since <= last and first <= until:
            since, until = min(first, since), max(last, until)
        for low, high in spans:
            if low < high:
                self._recall(Filters(since=low, until=high))
        self._known = since, until
        again = self.stories.unknown(post.repost_of for post in posts if post.repost_of)
        if again:
            self.stories.recall_members(self._told(sorted(again)))
        if len(self.stories) > self._crowd:
            since = min(post.published_at for post in posts) - WINDOW
            self.stories.forget(since)
            self._known = since, until
            self._crowd = 2 * len(self.stories) + CROWD

    def _recall(self, filters: Filters) -> None:
        """Takes the posts of a period with the stories that they were told to belong to."""
        any_of = {"told": {"value_count": {"field": "story_id"}}}
        found = self.store.aggregate("*", filters, any_of)["aggs"]
        if not found or not found["told"]["value"]:
            return
        for frame in self.store.scan(filters, COLUMNS):
            told = frame.filter(frame["story_id"].is_not_null())
            members = told.filter(told["repost_of"].is_null())
            # A story that goes on may have begun before: its first post alone stands for it.
            before = self.stories.unknown(set(members["story_id"]) - set(told["id"]))
            firsts = [post for post in self.store.get(sorted(before), Post) if post]
            self.stories.recall(
                [post.id for post in firsts] + told["id"].to_list(),
                [words(post) for post in firsts]
                + [joined(title, text) for title, text in told.select("title", "text").iter_rows()],
                [post.published_at for post in firsts] + told["published_at"].to_list(),
                [post.repost_of for post in firsts] + told["repost_of"].to_list(),
                [post.id for post in firsts] + told["story_id"].to_list(),
            )

    def _told(self, ids: Sequence[str]) -> dict[str, str]:
        """The stories of single posts, where they were told."""
        return {
            one.id: one.story_id for one in self.store.get(ids, Enrichment) if one and one.story_id
        }


def unread_changed(store: Store, posts: Sequence[Post]) -> None:
    """Makes posts unread that have other words now than those that were read; what was read stands
    until they are read again. A refresh of counters, or a late older batch, changes no words."""

    def changed(some: Sequence[Post]) -> list[Enrichment]:
        found = store.get([post.id for post in some], Enrichment)
        return [
            one
            for post, one in zip(some, found, strict=True)
            if one and one.story_id and one.text_hash != text_hash(words(post))
        ]

    if told := [one.id for one in changed(posts)]:
        stored = [post for post in store.get(told, Post) if post]
        store.upsert(
            [
                one.model_copy(update={"story_id": None, "enriched_at": one.enriched_at + TICK})
                for one in changed(stored)
            ]
        )


def enrichment_of(post: Post, reading: Reading, at: datetime) -> Enrichment:
    """What a reader says of a post, without its story."""
    return Enrichment(
        id=post.id,
        text_hash=text_hash(words(post)),
        language=reading.language,
        language_confidence=reading.language_confidence,
        sentiment=reading.sentiment,
        brand_sentiment=reading.brand_sentiment,
        entities=reading.entities,
        keyphrases=reading.keyphrases,
        model_versions=reading.model_versions,
        enriched_at=at,
    )


def words(post: Post) -> str:
    """What readers read of a post: its title, then its text."""
    return joined(post.title, post.text)


def joined(title: str | None, text: str | None) -> str:
    return "\n".join(part for part in (title, text) if part)


def text_hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def wants_entities(post: Post) -> bool:
    """Whether the entities of a post will be used: it is a brand's or names a brand or a topic."""
    return post.owner is not None or bool(post.matched)


def named(post: Post) -> list[str]:
    """The brands that a post names; coincidences of names are left out."""
    return [tag.removeprefix("brand:") for tag in post.matched if tag.startswith("brand:")]


def spellings(watchlist: Watchlist) -> Mapping[str, Sequence[str]]:
    """Each brand's id with its spellings, the one to show first."""
    return {brand.id: (brand.name, *brand.names) for brand in watchlist.brands}
