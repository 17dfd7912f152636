"""Bluesky: what accounts publish, what is said under their posts, and what anyone says in words.

Collected: profiles with their counts (`getProfile`), an account's posts, answers and reposts
(`getAuthorFeed`), the answers under its young posts (`getPostThread`), searches for brands,
hashtags and words (`searchPosts`), and recent posts again, 25 a call (`getPosts`): one that is
asked for and not given was deleted. Posts show no followers of their authors, so the profiles of
who wrote several are read, too, 25 a call (`getProfiles`). All from the public AppView, without a
key.

Terms: public data of the AT Protocol; deletions are followed. Missing: views. `createdAt` is
written by the client: one later than the time of indexing gives way to it.
Quota: 3,000 calls in 5 minutes an address, told in RateLimit headers. The public host refuses the
cursor of a search to anonymous clients, so there a search is walked by `until`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from crawlers import backlog, paging
from crawlers.fields import decoded, mapping, moment, ok, source, stamp
from crawlers.skies import Sky
from crawlers.words import searches
from vigie.records import Post, Tombstone
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

HOST = "https://public.api.bsky.app"
ACTORS = ("getProfile", "getProfiles")
BATCH = 25  # posts that getPosts takes, and actors that getProfiles does
_UNKNOWN = re.compile(
    rb"Profile not found|Account(?:Takedown|Deactivated)|Unable to resolve handle"
)
SEVERAL = 2  # posts to read again, after which their author's profile is read


def _path(method: str, **given: Any) -> str:
    space = "app.bsky.actor" if method in ACTORS else "app.bsky.feed"
    return f"/xrpc/{space}.{method}?{urlencode(given, doseq=True, quote_via=quote)}"


class Bluesky:
    name = "bluesky"
    title = "Bluesky"
    endpoints = (*ACTORS, "getAuthorFeed", "getPostThread", "searchPosts", "getPosts")
    requires: tuple[str, ...] = ()
    mapper_version = "1"
    rate = 8.0  # calls a second
    reads_many = True  # getPosts answers for 25 at a time: all posts are read again
    # A thread whose post is gone answers 400 NotFound.
    expects: Mapping[str, tuple[int, ...]] = {"getPostThread": (400,)}
    settles = frozenset({"getPostThread"})
    least: Mapping[str, int] = {"getProfile": 1}
    lists = frozenset({"getAuthorFeed"})

    def healthy(self, answer: Answer) -> str | None:
        """An account that is not there, or not any more, is an error 400 as any other."""
        unknown = answer.status == 400 and answer.endpoint in ("getProfile", "getAuthorFeed")
        told = _UNKNOWN.search(answer.body[:500]) if unknown else None
        return f"unknown account: {told[0].decode()}" if told else None

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host = (settings.url or HOST).rstrip("/")
        found = [
            Target(self.name, "account", handle.lstrip("@"), brand.id, host=host,
                   options={"since_days": settings.since_days})
            for brand in watchlist.brands
            for handle in brand.accounts.get(self.name, ())
        ]  # fmt: skip
        if settings.searches:
            host = (settings.search_url or host).rstrip("/")
            options = {"since_days": settings.since_days, "by_time": host == HOST}
            found += [
                Target(self.name, "search", search.quoted, topic=search.topic, host=host,
                       options=options)
                for search in searches(watchlist)
            ]  # fmt: skip
        return found

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        host = (watchlist.platform(self.name).url or HOST).rstrip("/")
        uris = [post.native_id for post in posts if "/app.bsky.feed.post/" in post.native_id]
        wrote = Counter(uri.split("/")[2] for uri in uris)
        several = [did for did, posts in wrote.items() if posts >= SEVERAL]
        asked = {"posts": {"uris": uris}, "authors": {"actors": several}}
        return [
            Target(self.name, "refresh", name, host=host, options=options)
            for name, options in asked.items()
            if any(options.values())
        ]

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        host, options = target.host or HOST, target.options
        if target.kind == "refresh":
            method = "getPosts" if "uris" in options else "getProfiles"
            for name, asked in options.items():
                for first in range(0, len(asked), BATCH):
                    path = _path(method, **{name: asked[first : first + BATCH]})
                    yield Call(method, f"{host}{path}")
            return
        meta = {"since_days": options.get("since_days", 30)}
        if target.kind == "account":
            yield Call("getProfile", f"{host}{_path('getProfile', actor=target.value)}")
            yield from _threads(host, backlog.owed(cursor, "threads"))
            path = _path("getAuthorFeed", actor=target.value, limit=100)
            yield from paging.walk("getAuthorFeed", host, path, cursor, meta)
        else:
            path = _path("searchPosts", q=target.value, sort="latest", limit=100)
            meta["by_time"] = options.get("by_time", False)
            yield from paging.walk("searchPosts", host, path, cursor, meta)

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if not ok(answer) or answer.endpoint not in ("getAuthorFeed", "searchPosts"):
            return
        host = target.host or HOST
        with mapping(answer):
            page = _page(answer)
            yield from paging.following(answer, host, page)
            if target.kind == "account":
                yield from _threads(host, backlog.threads(answer, cursor, _own(answer)))

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        if answer.endpoint == "getPostThread":
            return backlog.thread_read(cursor, answer.meta["uri"], answer.meta["answers"])
        if not ok(answer):
            return cursor
        if answer.endpoint in ("getAuthorFeed", "searchPosts"):
            with mapping(answer):
                moved = paging.advanced(answer, cursor, _page(answer))
                if answer.endpoint == "getAuthorFeed":
                    due = backlog.threads(answer, cursor, _own(answer))
                    moved = backlog.owing(moved, "threads", due)
                return moved
        return cursor

    def map(self, answer: Answer) -> Mapped:
        if answer.status in (204, 304) or not answer.body:
            return Mapped()
        asked = parse_qs(urlsplit(answer.request_url).query)
        if answer.status >= 400:
            gone = answer.status in (400, 404) and answer.endpoint.startswith("getPostThread")
            if gone and "NotFound" in answer.body[:200].decode(errors="replace"):
                return Mapped(tombstones=_tombstones(asked.get("uri", []), answer.collected_at))
            return Mapped()
        body = decoded(answer)
        with mapping(answer):
            sky = Sky(answer, source(answer, self.mapper_version))
            sky.read(body)
            if answer.endpoint.startswith("getPosts") and "posts" in body:
                given = {post["uri"] for post in body["posts"]}
                missing = [uri for uri in asked.get("uris", []) if uri not in given]
                sky.mapped.tombstones += _tombstones(missing, answer.collected_at)
            return sky.mapped


def _threads(host: str, due: Mapping[str, int]) -> Iterator[Call]:
    """Calls for the answers under posts."""
    for uri, answers in due.items():
        path = _path("getPostThread", uri=uri, depth=10, parentHeight=0)
        meta = {"uri": uri, "answers": answers}
        yield Call("getPostThread", f"{host}{path}", meta=meta)


def _tombstones(uris: Iterable[str], at: datetime) -> list[Tombstone]:
    return [Tombstone(id=f"bluesky:{uri}", entity_kind="post", noticed_at=at) for uri in uris]


def _page(answer: Answer) -> paging.Page:
    return answer.once("page", lambda: _read_page(answer))


def _read_page(answer: Answer) -> paging.Page:
    body = decoded(answer)
    items = body["feed"] if "feed" in body else body["posts"]
    times = [_shown_at(item) for item in items]
    page = paging.page(times, None)
    split = urlsplit(answer.request_url)
    asked = {key: value[-1] for key, value in parse_qs(split.query).items()}
    if answer.meta.get("by_time"):
        if page.oldest is None or stamp(page.oldest) == asked.get("until"):
            return page
        asked["until"] = stamp(page.oldest)
    elif body.get("cursor"):
        asked["cursor"] = body["cursor"]
    else:
        return page
    return paging.page(times, _path(answer.endpoint, **asked))


def _shown_at(item: dict[str, Any]) -> datetime | None:
    """The time by which feeds and searches are sorted."""
    if reason := item.get("reason"):
        return moment(reason.get("indexedAt"))
    post = item.get("post", item)
    created, indexed = moment(post["record"].get("createdAt")), moment(post.get("indexedAt"))
    return min(created, indexed) if created and indexed else created or indexed


def _own(answer: Answer) -> Iterator[tuple[str, int | None, Any]]:
    for item in decoded(answer)["feed"]:
        if "reason" not in item:
            post = item["post"]
            yield post["uri"], post.get("replyCount"), post.get("indexedAt")


CRAWLER = Bluesky()
