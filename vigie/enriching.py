"""From stored posts to their enrichment: readers over batches, stories over all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nlp.aside import AsideReader
from nlp.stories import VERSION, WINDOW, Stories
from vigie.records import Enrichment, Post
from vigie.store import Filters
from vigie.watchlist import Watchlist
from vigie.workspace import Workspace

BATCH = 4_000


class Enricher:
    """Reads what nobody has read yet. Its models load when the first batch comes."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store = workspace.store
        watchlist = workspace.watchlist
        self.reader = AsideReader(watchlist.workspace.languages, spellings(watchlist))
        self.stories = Stories()
        self._known = False
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
        """Reads these posts, in their order; answers how many."""
        for start in range(0, len(ids), BATCH):
            if self._closed:
                return start
            found = self.store.get(ids[start : start + BATCH], Post)
            self.store.upsert(self.read([post for post in found if post]))
            progress("read", {"posts": min(start + BATCH, len(ids)), "of": len(ids)})
        return len(ids)

    def read(self, posts: Sequence[Post]) -> list[Enrichment]:
        """The enrichment of posts, in their order."""
        if not posts:
            return []
        if not self._known:
            self._remember(posts)
        texts = [words(post) for post in posts]
        readings = self.reader.read(
            texts,
            platform_langs=[post.lang for post in posts],
            entities=[wants_entities(post) for post in posts],
            brands=[named(post) for post in posts],
        )
        stories = self.stories.assign(
            [post.id for post in posts],
            texts,
            [post.published_at for post in posts],
            [post.repost_of for post in posts],
        )
        now = self.workspace.clock.now()
        return [
            Enrichment(
                id=post.id,
                text_hash=text_hash(text),
                language=reading.language,
                language_confidence=reading.language_confidence,
                sentiment=reading.sentiment,
                brand_sentiment=reading.brand_sentiment,
                entities=reading.entities,
                keyphrases=reading.keyphrases,
                story_id=story,
                model_versions={**reading.model_versions, "stories": VERSION},
                enriched_at=now,
            )
            for post, text, reading, story in zip(posts, texts, readings, stories, strict=True)
        ]

    def _remember(self, posts: Sequence[Post]) -> None:
        """Lets the stories know what was told in the weeks before these posts."""
        first = min(post.published_at for post in posts)
        columns = ["id", "title", "text", "published_at", "repost_of", "story_id"]
        for frame in self.store.scan(Filters(since=first - WINDOW), columns):
            told = frame.filter(frame["story_id"].is_not_null())
            self.stories.assign(
                told["id"].to_list(),
                [joined(title, text) for title, text in told.select("title", "text").iter_rows()],
                told["published_at"].to_list(),
                told["repost_of"].to_list(),
            )
        self._known = True


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
