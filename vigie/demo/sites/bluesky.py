"""A Bluesky AppView: profiles, author feeds, searches, posts and threads of `ciel.example`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from vigie.demo.almanac import DAYS
from vigie.demo.grammar import fold
from vigie.demo.people import BLUESKY, Account
from vigie.demo.posts import Post
from vigie.demo.sites.embeds import cid, embeds
from vigie.demo.sites.lists import Shelf, Words, by_tag
from vigie.demo.sites.reply import JSON, Ask, Refusal, Reply, Town, began, etag, iso
from vigie.demo.world import handle_of, tid

LIMIT, MOST, BATCH, ACTORS = 50, 100, 25, 25
WINDOW = 3000
_TAG = re.compile(r"#\w+")
_NAME = re.compile(r"@([a-z0-9][a-z0-9.-]*[a-z0-9])", re.I)
_LINK = re.compile(r"https?://\S+")


def _time(post: Post) -> int:
    return post.at


class BlueskySite:
    """Answers as of a time. Nothing here is private, and no post can be edited."""

    needs_token = False
    renamed = ("record", "value")

    def __init__(self, town: Town) -> None:
        self._start = began(town)
        self._posts = {post.uri: post for post in town.of(BLUESKY)}
        self._words = Words(self._posts.values(), _time)
        self._tags = by_tag(self._posts.values(), _time)
        accounts = [one for one in town.accounts if one.site == BLUESKY]
        self._actors = {one.native: one for one in accounts}
        self._actors |= {handle_of(one).lower(): one for one in accounts}
        self._authors: dict[str, bytes] = {}
        self._feeds: dict[str, Shelf] = {}
        self._calls = 0

    def answer(self, ask: Ask) -> Reply:
        self._calls += 1
        method = ask.path.removeprefix("/xrpc/")
        routes = {
            "app.bsky.actor.getProfile": self._profile,
            "app.bsky.actor.getProfiles": self._profiles,
            "app.bsky.feed.getAuthorFeed": self._feed,
            "app.bsky.feed.searchPosts": self._search,
            "app.bsky.feed.getPosts": self._get,
            "app.bsky.feed.getPostThread": self._thread,
            "app.bsky.feed.getQuotes": self._quotes,
        }
        route = routes.get(method)
        if route is None:
            return _refused("MethodNotImplemented", "Method Not Implemented", 501)
        reply = route(ask)
        left, ends = WINDOW - self._calls % 2000, ask.now // 1000 + 300
        if ask.reset:  # the door counts this caller's quota
            left, ends = ask.left, -(-ask.reset // 1000)
        headers = {**reply.headers, **_limits(left, ends), "etag": etag(reply.body)}
        return Reply(reply.status, reply.body, reply.kind, headers)

    @staticmethod
    def native(at: int, serial: int) -> str:
        """A key of a record: its time to the microsecond."""
        return tid(at * 1000 + serial % 1000, serial % 1024)

    @staticmethod
    def uri(account: Account, native: str) -> str:
        """A record's address, which is its id everywhere."""
        return f"at://{account.native}/app.bsky.feed.post/{native}"

    @staticmethod
    def member(number: int) -> str:
        """The DID of the `number`-th account of a small town."""
        digits = f"{number:024}"
        return "did:plc:" + "".join("234567abcd"[int(digit)] for digit in digits)

    def token_of(self, ask: Ask) -> str:
        return ask.bearer()

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        told = {
            "missing": (401, "AuthMissing", "Authentication Required"),
            "lapsed": (400, "ExpiredToken", "Token has expired"),
            "revoked": (400, "ExpiredToken", "Token has been revoked"),
            "unapproved": (403, "Forbidden", "Bad token scope"),
        }
        status, error, message = told[why]
        return _refused(error, message, status)

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        ends = -(-(ask.now + round(wait_s * 1000)) // 1000)
        body = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
        return Reply.json(429, body, **_limits(0, ends))

    def failed(self, ask: Ask) -> Reply:
        return _refused("InternalServerError", "Internal Server Error", 200)

    # Methods

    def _profile(self, ask: Ask) -> Reply:
        account = self._actors.get(ask.one("actor").lower())
        if account is None:
            return _refused("InvalidRequest", "Profile not found")
        return Reply.json(200, self._person(account, ask.now))

    def _profiles(self, ask: Ask) -> Reply:
        names = [name.lower() for name in ask.query.get("actors", [])]
        if len(names) > ACTORS:
            return _refused("InvalidRequest", "Error: actors must not have more than 25 elements")
        found = dict.fromkeys(self._actors[name] for name in names if name in self._actors)
        return Reply.json(200, {"profiles": [self._person(one, ask.now) for one in found]})

    def _feed(self, ask: Ask) -> Reply:
        account = self._actors.get(ask.one("actor").lower())
        if account is None:
            return _refused("InvalidRequest", "Profile not found")
        alone = ask.one("filter") == "posts_no_replies"
        name = f"{account.native}{alone}"
        if name not in self._feeds:
            kept = (post for post in account.posts if not (alone and post.parent))
            self._feeds[name] = Shelf(kept, _time)
        posts, cursor = self._page(self._feeds[name], ask)
        items = []
        for post in posts:
            item = b'{"post":' + self._view(post, ask.now)
            if post.parent is not None and post.root is not None:
                item += (
                    b',"reply":{"root":' + self._reference(post.root, ask.now)
                    + b',"parent":' + self._reference(post.parent, ask.now) + b"}"
                )  # fmt: skip
            items.append(item + b"}")
        return _listed(b"feed", items, cursor)

    def _search(self, ask: Ask) -> Reply:
        query = ask.one("q").strip()
        tags = [fold(tag) for tag in ask.query.get("tag", ())]
        if not query:
            return _refused("InvalidRequest", 'Error: Params must have the property "q"')
        if query == "*" and tags:
            shelf = self._tags.get(tags[0]) or Shelf((), _time)
        else:
            shelf = self._words.search(query)
        posts, cursor = self._page(shelf, ask, {fold(tag) for tag in tags})
        return _listed(b"posts", [self._view(post, ask.now) for post in posts], cursor)

    def _page(
        self, shelf: Shelf, ask: Ask, tags: Iterable[str] = ()
    ) -> tuple[list[Post], str | None]:
        limit = ask.number("limit", LIMIT, MOST)
        cursor = ask.one("cursor").partition("__")[0]
        bounds = [int(cursor)] if cursor.isdigit() else []
        if until := _moment(ask.one("until")):
            bounds.append(until)
        since = _moment(ask.one("since")) or 0
        lang, author = ask.one("lang"), self._actors.get(ask.one("author").lower())
        found: list[Post] = []
        for post in shelf.newest(ask.now, min(bounds, default=None)):
            if post.at < since:
                break
            if (lang and post.lang != lang) or (author and post.account is not author):
                continue
            if tags and not set(tags) <= {fold(tag) for tag in post.tags}:
                continue
            if len(found) == limit:
                return found, f"{found[-1].at}__{cid(found[-1].uri)}"
            found.append(post)
        return found, None

    def _get(self, ask: Ask) -> Reply:
        uris = ask.query.get("uris", [])
        if len(uris) > BATCH:
            return _refused("InvalidRequest", "Error: uris must not have more than 25 elements")
        found = dict.fromkeys(self._posts[uri] for uri in uris if uri in self._posts)
        views = [self._view(post, ask.now) for post in found if post.visible(ask.now)]
        return _listed(b"posts", views, None)

    def _thread(self, ask: Ask) -> Reply:
        uri = ask.one("uri")
        post = self._posts.get(uri)
        if post is None or not post.visible(ask.now):
            return _refused("NotFound", f"Post not found: {uri}")
        depth = int(ask.one("depth", "6"))
        above = int(ask.one("parentHeight", "80"))
        body = b'{"thread":' + self._node(post, ask.now, depth, above) + b"}"
        return Reply(200, body)

    def _node(self, post: Post, now: int, depth: int, above: int = 0) -> bytes:
        parts = [b'{"$type":"app.bsky.feed.defs#threadViewPost","post":', self._view(post, now)]
        if above and post.parent is not None:
            parent = post.parent
            parts.append(b',"parent":')
            if parent.visible(now):
                parts.append(self._node(parent, now, 0, above - 1))
            else:
                parts.append(orjson.dumps(_gone(parent.uri)))
        if depth > 0:
            replies = [
                self._node(reply, now, depth - 1) for reply in post.replies if reply.visible(now)
            ]
            parts += [b',"replies":[', b",".join(replies), b"]"]
        parts.append(b',"threadContext":{}}')
        return b"".join(parts)

    def _quotes(self, ask: Ask) -> Reply:
        uri = ask.one("uri")
        quoting = Shelf((one for one in self._posts.values() if one.quotes is not None
                         and one.quotes.uri == uri), _time)  # fmt: skip
        posts, cursor = self._page(quoting, ask)
        return _listed(b"posts", [self._view(post, ask.now) for post in posts], cursor)

    # Views

    def _reference(self, post: Post, now: int) -> bytes:
        if not post.visible(now):
            return orjson.dumps(_gone(post.uri))
        return b'{"$type":"app.bsky.feed.defs#postView",' + self._view(post, now)[1:]

    def _view(self, post: Post, now: int) -> bytes:
        if post.static is None:
            post.static = orjson.dumps(self._still(post))[:-1]
        likes, shares, quotes, saves, replies = post.counts(now)
        return post.static + (
            b',"bookmarkCount":%d,"replyCount":%d,"repostCount":%d,"likeCount":%d,"quoteCount":%d}'
            % (saves, replies, shares, likes, quotes)
        )

    def _still(self, post: Post) -> dict[str, Any]:
        record: dict[str, Any] = {
            "$type": "app.bsky.feed.post",
            "text": post.text,
            "createdAt": iso(post.at),
            "langs": [post.lang],
        }
        if facets := self._facets(post):
            record["facets"] = facets
        if post.parent is not None and post.root is not None:
            record["reply"] = {
                "root": {"cid": cid(post.root.uri), "uri": post.root.uri},
                "parent": {"cid": cid(post.parent.uri), "uri": post.parent.uri},
            }
        view: dict[str, Any] = {
            "uri": post.uri,
            "cid": cid(post.uri),
            "author": self._basic(post.account),
            "record": record,
            "indexedAt": iso(post.at),
            "labels": [],
        }
        if hung := embeds(post):
            record["embed"], view["embed"] = hung
        return view

    def _facets(self, post: Post) -> list[dict[str, Any]]:
        facets = []

        def mark(match: re.Match[str], **feature: str) -> None:
            start = len(post.text[: match.start()].encode())
            end = start + len(match[0].encode())
            facets.append(
                {
                    "$type": "app.bsky.richtext.facet",
                    "index": {"byteStart": start, "byteEnd": end},
                    "features": [{"$type": feature.pop("kind"), **feature}],
                }
            )

        for match in _TAG.finditer(post.text):
            mark(match, kind="app.bsky.richtext.facet#tag", tag=match[0][1:])
        for match in _NAME.finditer(post.text):
            one = self._actors.get(match[1].lower())
            if one is not None:
                mark(match, kind="app.bsky.richtext.facet#mention", did=one.native)
        for match in _LINK.finditer(post.text):
            mark(match, kind="app.bsky.richtext.facet#link", uri=match[0])
        return facets

    def _basic(self, account: Account) -> dict[str, Any]:
        created = self._start - account.created * 86_400_000
        return {
            "did": account.native,
            "handle": handle_of(account),
            "displayName": account.name,
            "associated": {"activitySubscription": {"allowSubscriptions": "followers"}},
            "labels": [],
            "createdAt": iso(created),
        }

    def _person(self, account: Account, now: int) -> dict[str, Any]:
        day = (now - self._start) / 86_400_000
        created = self._start - account.created * 86_400_000
        return {
            **self._basic(account),
            "associated": {
                "lists": 0,
                "feedgens": 0,
                "starterPacks": 0,
                "labeler": False,
                "activitySubscription": {"allowSubscriptions": "followers"},
            },
            "description": account.bio,
            "indexedAt": iso(created),
            "followersCount": account.followers_on(min(day, DAYS)),
            "followsCount": account.following,
            "postsCount": account.written + sum(post.visible(now) for post in account.posts),
        }


def _gone(uri: str) -> dict[str, Any]:
    return {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}


def _limits(left: int, ends: int) -> dict[str, str]:
    return {
        "ratelimit-limit": str(WINDOW),
        "ratelimit-remaining": str(left),
        "ratelimit-reset": str(ends),
        "ratelimit-policy": f"{WINDOW};w=300",
    }


def _moment(text: str) -> int | None:
    if not text:
        return None
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def _refused(error: str, message: str, status: int = 400) -> Reply:
    return Reply.json(status, {"error": error, "message": message})


def _listed(name: bytes, items: list[bytes], cursor: str | None) -> Reply:
    end = b"]}" if cursor is None else b'],"cursor":' + orjson.dumps(cursor) + b"}"
    return Reply(200, b'{"' + name + b'":[' + b",".join(items) + end, JSON)
