"""YouTube: what channels publish and what is said below it, and videos that speak of a brand.

Collected: a channel with its counts (`channels`, by handle or id), its uploads newest first
(`playlistItems`), their counts and lengths, fifty at a time (`videos`), the comments below young
ones (`commentThreads`) and replies beyond those that come along (`comments`); searches for brands,
hashtags and words (`search`), followed by their channels and videos, since a search tells no
counts; and videos and comments again, fifty a call: what is not answered is gone.

Terms: YouTube API Services; stored data is refreshed or deleted within 30 days, figures are not
mixed with those of other networks unless YouTube has agreed (`policies.toml`). Missing: shares,
dislikes, watch time of others; hidden counts are absent; subscribers are rounded.
Quota: 10,000 units a day, one for each call, and 100 searches a day in a bucket of their own; both
from midnight Pacific. Needs a key (`YOUTUBE_KEY`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crawlers import channels, google, paging
from crawlers.fields import decoded, mapping, ok, read_by, stamp
from crawlers.videos import Videos
from crawlers.words import searches
from vigie.budgets import Limit, Price
from vigie.ratelimit import PACIFIC
from vigie.records import Post, Tombstone
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

HOST = "https://youtube.googleapis.com"
LISTS = ("playlistItems", "search")
_PRIVATE = frozenset({"playlistItemsNotAccessible", "channelClosed", "channelSuspended"})


class YouTube:
    name = "youtube"
    title = "YouTube"
    endpoints = ("channels", *LISTS, "videos", "commentThreads", "comments")
    requires = ("YOUTUBE_KEY",)
    mapper_version = "1"
    api_version = "v3"
    ids = re.compile(r"(?![0-9a-f]{24}$)[\w-]{11}[\w.-]*")  # videos and comments; no hash of ours
    rate = 8.0  # calls a second
    reads_many = True
    batch = channels.MANY
    limits: Mapping[str, Limit] = {
        "youtube": Limit(units=10_000, zone=PACIFIC),
        "youtube.search": Limit(calls=100, zone=PACIFIC),
    }
    # A channel without uploads has no playlist of them; comments can be closed, or gone.
    expects: Mapping[str, tuple[int, ...]] = {
        "playlistItems": (404,), "commentThreads": (403, 404), "comments": (403, 404),
    }  # fmt: skip

    settles = frozenset({"commentThreads"})
    lists = frozenset({"playlistItems"})  # an empty first page is doubted

    def price(self, call: Call) -> Sequence[Price]:
        """A search counts in its own bucket and costs no unit; all else costs one."""
        if call.endpoint == "search":
            return Price("youtube"), Price("youtube.search")
        return (Price("youtube", units=1),)

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host = (settings.url or HOST).rstrip("/")
        options = {"since_days": settings.since_days}
        found = [
            Target(self.name, "account", account.lstrip("@"), brand.id, None, host, options)
            for brand in watchlist.brands
            for account in brand.accounts.get(self.name, ())
        ]
        if settings.searches and watchlist.speaks_of(self.name):
            found += [
                Target(self.name, "search", search.quoted, None, search.topic, host, options)
                for search in searches(watchlist)
            ]
        return found

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        host = (watchlist.platform(self.name).url or HOST).rstrip("/")
        videos = [post for post in posts if post.kind == "video"]
        below = [post for post in posts if post.kind == "comment"]
        wrote = {
            _native(post.author.id): {"handle": post.author.handle}
            for post in videos
            if post.author.id and post.author.handle
        }
        roots = {post.native_id: _native(post.root_id) for post in below if post.root_id}
        asked = {
            "videos": {"ids": [post.native_id for post in videos], "channels": wrote},
            "comments": {"ids": [post.native_id for post in below], "roots": roots},
        }
        return [
            Target(self.name, "refresh", name, host=host, options=options)
            for name, options in asked.items()
            if options["ids"]
        ]

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        host, options = target.host or HOST, target.options
        meta = {"since_days": options.get("since_days", 30)}
        if target.kind == "refresh":
            for first in range(0, len(options["ids"]), channels.MANY):
                yield _again(host, options, options["ids"][first : first + channels.MANY])
        elif target.kind == "account":
            yield channels.channel(host, target.value, meta)
            if known := cursor.get("channel"):
                yield from channels.uploads(host, known, cursor, meta)
                yield from channels.left(host, cursor, known)
        else:
            yield from channels.search(host, target.value, cursor, meta)
            yield from channels.left(host, cursor)

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        host = target.host or HOST
        if target.kind == "refresh":
            asked = answer.meta["asked"]
            if answer.status == 404 and len(asked) > 1:  # one of them is gone: which?
                for id in asked:
                    yield _again(host, target.options, [id])
            return
        if not ok(answer):
            return
        with mapping(answer):
            if answer.endpoint == "channels":
                yield from self._of_channels(answer, host, cursor)
            elif answer.endpoint in LISTS:
                page = channels.page_of(answer)
                yield from channels.keyed(paging.following(answer, host, page))
                yield from channels.read_of(answer, host)
            elif answer.endpoint == "videos" and target.kind == "account":
                yield from self._threads(answer, host, cursor)
            elif answer.endpoint == "commentThreads":
                yield from channels.replies(answer, host)
                if not channels.is_last(answer):
                    yield from channels.onward(answer, host)
            elif answer.endpoint == "comments":
                yield from channels.onward(answer, host)

    def _of_channels(self, answer: Answer, host: str, cursor: Mapping[str, Any]) -> Iterator[Call]:
        body = decoded(answer)
        if asked := answer.meta.get("videos"):  # found by a search: who wrote them is known now
            wrote = {item["id"]: channels.known_of(item) for item in body.get("items") or ()}
            yield channels.videos(host, asked, {"channels": wrote})
            return
        known = channels.channel_of(body)
        if known and known["uploads"] != cursor.get("channel", {}).get("uploads"):
            yield from channels.uploads(host, known, cursor, answer.meta)

    def _threads(self, answer: Answer, host: str, cursor: Mapping[str, Any]) -> Iterator[Call]:
        heard = cursor.get("heard", {})
        for id, answers in channels.threads_due(answer, cursor):
            yield channels.threads(host, id, answers, heard.get(id))

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        """`pending` are videos of pages that are on disk whose counts or comments are not yet."""
        if not ok(answer) and answer.endpoint != "commentThreads":
            return cursor
        with mapping(answer):
            if answer.endpoint in LISTS:
                moved = paging.advanced(answer, cursor, channels.page_of(answer))
                return channels.with_pending(moved, add=channels.videos_of(answer))
            if answer.endpoint == "channels" and "account" in answer.meta:
                known = channels.channel_of(decoded(answer))
                return {**cursor, "channel": known} if known else cursor
            if answer.endpoint == "videos":
                kept = {}
                if "channel" in cursor:
                    kept = dict(channels.threads_due(answer, cursor))
                asked = set(answer.meta["asked"]) - kept.keys()
                return channels.with_pending(cursor, drop=asked)
            if not ok(answer) or channels.closes(answer):
                id, heard = answer.meta["video"], cursor.get("heard", {})
                moved = paging.thread_read(cursor, id, answer.meta["answers"])
                before = {key: heard[key] for key in moved["threads"] if key in heard}
                moved["heard"] = {**before, id: stamp(answer.collected_at)}
                return channels.with_pending(moved, drop={id})
        return cursor

    def map(self, answer: Answer) -> Mapped:
        if answer.status == 404:
            return Mapped(tombstones=_gone(answer))
        return read_by(Videos, answer, self.mapper_version)

    def healthy(self, answer: Answer) -> str | None:
        """A healthy answer is a list; that of a channel which is not there has no items."""
        if told := google.trouble(answer):
            return told
        named = google.reasons(answer)
        if named & _PRIVATE:
            return f"private account: {', '.join(sorted(named))}"
        if answer.status == 403 and named and "commentsDisabled" not in named:
            return f"HTTP 403: {', '.join(sorted(named))}"
        account = answer.meta.get("account")
        if answer.endpoint == "channels" and account and answer.status == 200:
            body = google.body_of(answer)
            if body.get("kind") == "youtube#channelListResponse" and not body.get("items"):
                return f"unknown account: {account} is no channel"
        return None


def _again(host: str, options: Mapping[str, Any], asked: Sequence[str]) -> Call:
    """A call that reads videos or comments again."""
    if "roots" not in options:
        return channels.videos(host, asked, {"channels": options.get("channels", {})})
    roots = {id: options["roots"][id] for id in asked if id in options["roots"]}
    return channels.comments(host, asked, {"roots": roots})


def _gone(answer: Answer) -> list[Tombstone]:
    """What a 404 says of the one that was asked for, or of the video whose comments were."""
    asked = answer.meta.get("asked", ())
    named = google.reasons(answer)
    id = answer.meta.get("video") if "videoNotFound" in named else None
    if len(asked) == 1 and named & {"videoNotFound", "commentNotFound"}:
        id = asked[0]
    at = answer.collected_at
    return [Tombstone(id=f"youtube:{id}", entity_kind="post", noticed_at=at)] if id else []


def _native(id: str | None) -> str:
    return (id or "").partition(":")[2]


CRAWLER = YouTube()
