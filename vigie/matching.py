"""What a post names: brands and topics of the watchlist, and coincidences of names that are not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vigie.platforms import FIGURES_ONLY
from vigie.query import Matcher, parse
from vigie.query.nodes import Node
from vigie.records import Post
from vigie.watchlist import Brand, Topic, Watchlist

REMEMBERED = 20_000  # posts


class Names:
    """The watchlist's brands and topics as compiled queries."""

    def __init__(self, watchlist: Watchlist) -> None:
        self._accounts = {
            (platform, _handle(account)): brand.id
            for brand in watchlist.brands
            for platform, accounts in brand.accounts.items()
            for account in accounts
        }
        self._platforms = {platform for platform, _ in self._accounts}
        self._tags: list[str] = []
        nodes: list[Node] = []
        for brand in watchlist.brands:
            for tag, query in brand_queries(brand):
                self._tags.append(tag)
                nodes.append(parse(query))
        for topic in watchlist.topics:
            self._tags.append(f"topic:{topic.id}")
            nodes.append(parse(topic_query(topic)))
        self._matcher = Matcher(nodes)
        self._told: dict[tuple[Any, ...], list[str]] = {}

    def match(self, posts: Sequence[Post], *, remember: bool = True) -> list[list[str]]:
        """For each post what it names: `brand:ID`, `topic:ID`, `homonym:ID`, sorted. What was read
        before is remembered, since counts change more often than words; of a file each post comes
        once."""
        documents = [document(post) for post in posts]
        if not remember:
            return [self._named(hits) for hits in self._matcher.match(documents)]
        keys = [tuple(one.values()) for one in documents]
        if len(self._told) > REMEMBERED:
            self._told.clear()
        new = {key: one for key, one in zip(keys, documents, strict=True) if key not in self._told}
        for key, hits in zip(new, self._matcher.match(new.values()), strict=True):
            self._told[key] = self._named(hits)
        return [self._told[key] for key in keys]

    def _named(self, hits: list[int]) -> list[str]:
        if not hits:
            return []
        tags = {self._tags[hit] for hit in hits}
        # A coincidence is what has the name and not the brand's context.
        tags -= {f"homonym:{tag[6:]}" for tag in tags if tag.startswith("brand:")}
        return sorted(tags)

    def owner(self, post: Post) -> str | None:
        """The brand whose account published a post."""
        if post.owner and post.origin != "comment":
            # The mapper knows: a brand's own feed, an import of its own account.
            return post.owner
        return self.account_owner(post.platform, post.author.handle, post.author.id)

    def account_owner(self, platform: str, handle: str | None, id: str | None) -> str | None:
        if platform not in self._platforms:
            return None
        if handle and (brand := self._accounts.get((platform, _handle(handle)))):
            return brand
        native = (id or "").removeprefix(f"{platform}:")
        return self._accounts.get((platform, _handle(native))) if native else None


def brand_queries(brand: Brand) -> list[tuple[str, str]]:
    """The queries of a brand: `brand:ID`, and for a name that can mean something else
    `homonym:ID`, which matches the bare name."""
    spellings = dict.fromkeys((brand.name, *brand.names))
    names = " OR ".join(_phrase(name) for name in spellings)
    handles = " OR ".join(f"mention:{_phrase(handle)}" for handle in handles_of(brand))
    if not brand.context and not brand.exclude:
        return [(f"brand:{brand.id}", f"{names} OR {handles}" if handles else names)]
    query = f"({names})"
    if brand.context:
        query += f" AND ({' OR '.join(_phrase(word) for word in brand.context)})"
    for word in brand.exclude:
        query += f" AND NOT {_phrase(word)}"
    if handles:
        query = f"({query}) OR {handles}"
    return [(f"brand:{brand.id}", query), (f"homonym:{brand.id}", names)]


def topic_query(topic: Topic) -> str:
    """A topic's query with its hashtags."""
    parts = [f"({topic.query})"] if topic.query else []
    parts += [f"#{tag.removeprefix('#')}" for tag in topic.hashtags]
    return " OR ".join(parts)


def handles_of(brand: Brand) -> list[str]:
    """Handles by which posts mention a brand, without '@'; addresses and numbers are none."""
    handles = {
        _bare(account)
        for platform, accounts in brand.accounts.items()
        for account in accounts
        if platform not in FIGURES_ONLY and "://" not in account and not account.startswith("did:")
    }
    return sorted(handle for handle in handles if not handle.isdigit())


def document(post: Post) -> dict[str, Any]:
    """What queries of the watchlist read of a post that is not in the store yet."""
    return {
        "platform": post.platform,
        "kind": post.kind,
        "title": post.title,
        "text": post.text,
        "lang": post.lang,
        "language": post.lang,
        "author.handle": post.author.handle,
        "author.name": post.author.name,
        "hashtags": post.hashtags,
        "mentions": post.mentions,
        "links": post.links,
        "emojis": post.emojis,
        "url": post.url,
        "published_at": post.published_at,
        "state": post.state,
    }


def _phrase(text: str) -> str:
    return '"' + text.replace('"', " ").strip() + '"'


def _bare(account: str) -> str:
    """A handle as it stands in a post: without '@', and Reddit's `u/NAME` without what is before
    the name."""
    name = account.removeprefix("@").removeprefix("/")
    return name[2:] if name[:2].casefold() == "u/" else name


def _handle(account: str) -> str:
    return _bare(account).rstrip("/").casefold()
