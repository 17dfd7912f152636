"""The YouTube Data API: channels, their uploads, videos by id, comments and searches.

Posts without a parent are videos, all below them comments; YouTube knows two levels of these, so an
answer to an answer stands beside it. A private account is a channel whose uploads are closed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.sites import google
from vigie.demo.sites.films import (
    Films,
    at,
    channel_id,
    closed,
    etag_of,
    letters,
    top_of,
    video_of,
)
from vigie.demo.sites.lists import Shelf, Words
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town, began

PAGE, MANY, THREADS = 5, 50, 100  # entries of a page: unasked, at most, of comments at most
FOUND = 500  # results that a search gives in all
PARTS = {
    "channels": {"id", "snippet", "statistics", "contentDetails", "status"},
    "playlistItems": {"id", "snippet", "contentDetails", "status"},
    "videos": {"id", "snippet", "statistics", "contentDetails", "status"},
    "commentThreads": {"id", "snippet", "replies"},
    "comments": {"id", "snippet"},
    "search": {"id", "snippet"},
}
_THREAD = "youtube.commentThread"


class YouTubeSite:
    """Answers as of a time, from what the town holds at that time."""

    needs_token = True
    renamed = ("publishedAt", "publishedTime")

    def __init__(self, town: Town) -> None:
        self._town = town
        self._count = -1
        self._videos: dict[str, Post] = {}
        self._comments: dict[str, Post] = {}
        self._below: dict[str, list[Post]] = {}
        self._films = Films(began(town), self._below)
        self._words = Words((), at)

    @staticmethod
    def native(at: int, serial: int) -> str:
        """Eleven characters, as of a video."""
        return letters(f"{at}/{serial}", 11)

    def token_of(self, ask: Ask) -> str:
        return ask.headers.get("x-goog-api-key", "") or ask.one("key") or ask.bearer()

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        if why == "missing":
            return google.error(
                403, "Method doesn't allow unregistered callers (callers without established "
                "identity). Please use API Key or other form of API consumer identity to call this "
                "API.", code="PERMISSION_DENIED", old="forbidden",
            )  # fmt: skip
        if why == "lapsed":
            return google.error(
                400, "API key expired. Please renew the API key.", code="INVALID_ARGUMENT",
                reason="API_KEY_INVALID", old="badRequest",
            )  # fmt: skip
        if why == "revoked":
            return google.error(
                400, "API Key not found. Please pass a valid API key.", code="INVALID_ARGUMENT",
                reason="API_KEY_INVALID", old="badRequest",
            )  # fmt: skip
        return google.error(
            403, "YouTube Data API v3 has not been used in this project before or it is disabled.",
            code="PERMISSION_DENIED", reason="SERVICE_DISABLED", old="accessNotConfigured",
            domain="usageLimits",
        )  # fmt: skip

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        message = "The request cannot be completed because you have exceeded your quota."
        return google.error(403, message, old="quotaExceeded", domain="youtube.quota")

    def failed(self, ask: Ask) -> Reply:
        reply = google.error(500, "Backend Error", code="INTERNAL", old="backendError")
        return Reply(200, reply.body)

    def answer(self, ask: Ask) -> Reply:
        method = ask.path.removeprefix("/youtube/v3/")
        known: dict[str, Callable[[Ask, set[str]], Reply]] = {
            "channels": self._channels,
            "playlistItems": self._uploads,
            "videos": self._several,
            "commentThreads": self._threads,
            "comments": self._replies,
            "search": self._search,
        }
        if method not in known or ask.path == method:
            return google.error(404, "Not Found", code="NOT_FOUND")
        if ask.method != "GET":
            return google.error(405, "Method Not Allowed")
        parts = {part for given in ask.query.get("part", ()) for part in given.split(",") if part}
        if not parts:
            return _wrong(
                "No filter selected. Required parameter: part", "missingRequiredParameter"
            )
        if odd := parts - PARTS[method]:
            return _wrong(f"'{min(odd)}'", "unknownPart")
        self._look()
        return known[method](ask, parts | {"kind", "etag", "id"})

    def _look(self) -> None:
        """Takes notice of what was published since the last time."""
        posts = self._town.of("youtube")
        if len(posts) == self._count:
            return
        self._count = len(posts)
        self._videos = {post.native: post for post in posts if post.parent is None}
        self._comments = {post.native: post for post in posts if post.parent is not None}
        self._below = {}
        for post in self._comments.values():
            self._below.setdefault(top_of(post).native, []).append(post)
        self._films = Films(began(self._town), self._below)
        self._words = Words(self._videos.values(), at)

    def _people(self) -> Iterable[Account]:
        return (one for one in self._town.accounts if one.site == "youtube")

    def _channels(self, ask: Ask, parts: set[str]) -> Reply:
        if handle := ask.one("forHandle") or ask.one("forUsername"):
            wanted = handle.lstrip("@").casefold()
            found = [one for one in self._people() if one.handle.casefold() == wanted]
        elif ids := _ids(ask):
            if len(ids) > MANY:
                return _wrong("Too many ids", "invalidFilters")
            found = [one for one in self._people() if channel_id(one) in ids]
        else:
            return _wrong("No filter selected.", "missingRequiredParameter")
        items = [_part(self._films.channel(one, ask.now), parts) for one in found]
        body = _list("channel", items, len(items), ask.number("maxResults", PAGE, MANY))
        if not items:
            del body["items"]  # as the real one
        return Reply.json(200, body)

    def _uploads(self, ask: Ask, parts: set[str]) -> Reply:
        playlist = ask.one("playlistId")
        owner = next(
            (one for one in self._people() if channel_id(one)[2:] == playlist.removeprefix("UU")),
            None,
        )
        if owner is None or not playlist.startswith("UU"):
            message = "The playlist identified with the request's playlistId cannot be found."
            return google.error(404, message, old="playlistNotFound", domain="youtube.playlistItem")
        if owner.private:
            message = "The request is not properly authorized to retrieve the specified playlist."
            return google.error(403, message, old="playlistItemsNotAccessible")
        shelf = Shelf((post for post in owner.posts if post.parent is None), at)
        posts = list(shelf.newest(ask.now))
        return self._paged(
            ask, "playlistItem", posts, MANY, lambda post, place: _part(
                self._films.entry(post, place, ask.now), parts
            )
        )  # fmt: skip

    def _several(self, ask: Ask, parts: set[str]) -> Reply:
        ids = _ids(ask)
        if not ids:
            return _wrong("No filter selected.", "missingRequiredParameter")
        if len(ids) > MANY:
            return _wrong("The request specifies too many ids.", "invalidFilters")
        posts = [self._videos[id] for id in ids if id in self._videos]
        items = [
            _part(self._films.video(post, ask.now), parts)
            for post in posts
            if post.visible(ask.now) and not post.account.private
        ]
        return Reply.json(200, _list("video", items, len(items), len(items)))

    def _search(self, ask: Ask, parts: set[str]) -> Reply:
        if ask.one("type") not in ("", "video"):
            return Reply.json(200, {**_list("search", [], 0, 0), "regionCode": "FR"})
        after, before = _ms(ask.one("publishedAfter")), _ms(ask.one("publishedBefore"))
        found = [
            post
            for post in self._words.search(ask.one("q").replace("#", " ")).newest(ask.now)
            if post.at >= (after or 0) and post.at < (before or post.at + 1)
            and not post.account.private
        ][:FOUND]  # fmt: skip
        if ask.one("order", "relevance") != "date":
            found.sort(key=lambda post: -post.views_at(ask.now))
        return self._paged(
            ask, "search", found, MANY,
            lambda post, _: _part(self._films.hit(post, ask.now), parts), regionCode="FR",
        )  # fmt: skip

    def _threads(self, ask: Ask, parts: set[str]) -> Reply:
        video = self._videos.get(ask.one("videoId"))
        if video is None or not video.visible(ask.now) or video.account.private:
            message = "The video identified by the videoId parameter could not be found."
            return google.error(404, message, old="videoNotFound", domain=_THREAD)
        if closed(video):
            message = "The video has disabled comments."
            return google.error(
                403, message, old="commentsDisabled", domain="youtube.commentThread"
            )
        posts = [post for post in video.replies if post.visible(ask.now)]
        posts.sort(key=at, reverse=True)
        return self._paged(
            ask, "commentThread", posts, THREADS,
            lambda post, _: _part(self._films.thread(post, video, ask.now), parts),
        )  # fmt: skip

    def _replies(self, ask: Ask, parts: set[str]) -> Reply:
        if ids := _ids(ask):
            posts = [self._comments[id] for id in ids if id in self._comments]
            items = [
                _part(self._films.comment(post, ask.now), parts)
                for post in posts
                if post.visible(ask.now) and video_of(post).visible(ask.now)
            ]
            return Reply.json(200, _list("comment", items, None, len(items)))
        parent = self._comments.get(ask.one("parentId"))
        if parent is None or not parent.visible(ask.now):
            message = "The comment identified by the parentId could not be found."
            return google.error(404, message, old="commentNotFound", domain="youtube.comment")
        posts = [post for post in self._below.get(parent.native, ()) if post is not parent]
        posts = [post for post in posts if post.visible(ask.now)]
        return self._paged(
            ask, "comment", posts, THREADS, lambda post, _: _part(
                self._films.comment(post, ask.now), parts
            )
        )  # fmt: skip

    def _paged(
        self, ask: Ask, kind: str, posts: list[Post], most: int,
        show: Callable[[Post, int], dict[str, Any]], **more: Any,
    ) -> Reply:  # fmt: skip
        size = ask.number("maxResults", 20 if most == THREADS else PAGE, most)
        first = _place(ask.one("pageToken"))
        if first is None:
            return _wrong("The request specifies an invalid page token.", "invalidPageToken")
        items = [show(post, at) for at, post in enumerate(posts[first : first + size], first)]
        body = _list(kind, items, None if kind == "comment" else len(posts), size)
        if first + size < len(posts):
            body["nextPageToken"] = _token(first + size)
        if first and not kind.startswith("comment"):
            body["prevPageToken"] = _token(max(0, first - size))
        return Reply.json(200, {**body, **more})


def _ids(ask: Ask) -> list[str]:
    return [id for given in ask.query.get("id", ()) for id in given.split(",") if id]


def _part(item: dict[str, Any], parts: set[str]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name in parts}


def _list(kind: str, items: list[Any], total: int | None, size: int) -> dict[str, Any]:
    pages = {"resultsPerPage": size} if total is None else {
        "totalResults": total, "resultsPerPage": size,
    }  # fmt: skip
    return {
        "kind": f"youtube#{kind}ListResponse",
        "etag": etag_of(kind, total, *(item["etag"] for item in items)),
        "pageInfo": pages,
        "items": items,
    }


def _wrong(message: str, reason: str) -> Reply:
    return google.error(400, message, old=reason, domain="youtube.parameter")


def _token(place: int) -> str:
    return base64.urlsafe_b64encode(f"at{place}".encode()).decode().rstrip("=")


def _place(token: str) -> int | None:
    """Where a page begins; None for a token that no page gave."""
    if not token:
        return 0
    try:
        told = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except ValueError:
        return None
    return int(told[2:]) if re.fullmatch(r"at\d+", told) else None


def _ms(time: str) -> int | None:
    return round(datetime.fromisoformat(time).timestamp() * 1000) if time else None
