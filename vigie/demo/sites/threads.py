"""Threads' API: profiles, searches for words and tags, the own account with its insights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vigie.demo.grammar import fold
from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.sites import graph
from vigie.demo.sites.graph import (
    Fields,
    Graph,
    Refused,
    chosen,
    fields_of,
    missing,
    newest,
    stamped,
)
from vigie.demo.sites.lists import Words
from vigie.demo.sites.reply import Ask

SITE = "https://www.threads.net"
LEAST_FOLLOWERS = 100


class ThreadsSite(Graph):
    """Nobody's counts but one's own are told, and people have no ids but their names."""

    name = "threads"
    oldest, newest = 1, 1

    def load(self, posts: Sequence[Post]) -> None:
        super().load(posts)
        self._posts = {post.native: post for post in posts}
        self._words = Words(self._posts.values(), lambda post: int(post.native))

    def route(self, path: str, ask: Ask) -> Any:
        asked = fields_of(ask.one("fields"))
        head, _, edge = path.partition("/")
        show = self._shower(asked, ask)
        if path == "keyword_search":
            return graph.page(ask, self._found(ask), show)
        if path in ("profile_lookup", "profile_posts"):
            account = self._by_handle.get(ask.one("username").lower())
            if account is None or account.private:
                raise missing(ask.one("username"))
            if self.followers(account, ask.now) < LEAST_FOLLOWERS:
                raise missing(ask.one("username"))
            if path == "profile_lookup":
                return self._profile(account, asked, ask)
            return graph.page(ask, self._published(account, ask.now), show)
        if head == "me" or head == self.own.native:
            return self._mine(edge, asked, ask)
        post = self._posts.get(head)
        if post is None or not post.visible(ask.now) or post.account.private:
            raise missing(head)
        if not edge:
            return show(post)
        if edge in ("replies", "conversation"):
            under = post.replies if edge == "replies" else list(graph.below(post, ask.now))
            return graph.page(ask, newest(under, ask.now), show)
        if edge == "insights":
            likes, shares, quotes, _, replies = post.counts(ask.now)
            views = post.views_at(ask.now)
            return graph.figures(ask, head, {
                "views": lambda: views, "likes": lambda: likes, "replies": lambda: replies,
                "reposts": lambda: shares, "quotes": lambda: quotes, "shares": lambda: shares // 3,
            })  # fmt: skip
        raise missing(path)

    def _mine(self, edge: str, asked: Fields, ask: Ask) -> Any:
        account = self.own
        if edge == "threads":
            return graph.page(ask, self._published(account, ask.now), self._shower(asked, ask))
        if edge == "threads_insights":
            return self._insights(account, ask)
        if edge:
            raise missing(f"me/{edge}")
        whole: dict[str, Callable[[], Any]] = {
            "id": lambda: account.native,
            "username": lambda: account.handle,
            "name": lambda: account.name,
            "threads_profile_picture_url": lambda: f"https://cdn.threads.example/{account.native}",
            "threads_biography": lambda: account.bio or None,
            "is_verified": lambda: account.kind == "brand",
        }
        return chosen(whole, asked, "id", "ThreadsUser")

    def _insights(self, account: Account, ask: Ask) -> dict[str, Any]:
        known = {"followers_count": self.followers(account, ask.now)}
        names = ask.one("metric").split(",")
        if not set(names) <= known.keys():
            raise Refused(100, "Param metric[0] must be one of {followers_count}")
        return {
            "data": [
                {
                    "name": name,
                    "period": "day",
                    "title": name,
                    "description": "The number of followers.",
                    "total_value": {"value": known[name]},
                    "id": f"{account.native}/insights/{name}/day",
                }
                for name in names
            ]
        }

    def _profile(self, account: Account, asked: Fields, ask: Ask) -> dict[str, Any]:
        week = [post for post in account.posts if 0 <= ask.now - post.at < 7 * graph.DAY_MS]
        sums = [
            sum(numbers) for numbers in zip(*(post.counts(ask.now) for post in week), strict=True)
        ]
        likes, shares, quotes, _, replies = sums or [0] * 5
        whole: dict[str, Callable[[], Any]] = {
            "id": lambda: account.handle,
            "username": lambda: account.handle,
            "name": lambda: account.name,
            "profile_picture_url": lambda: f"https://cdn.threads.example/{account.native}",
            "biography": lambda: account.bio or None,
            "is_verified": lambda: account.kind == "brand",
            "follower_count": lambda: self.followers(account, ask.now),
            "likes_count": lambda: likes,
            "quotes_count": lambda: quotes,
            "replies_count": lambda: replies,
            "reposts_count": lambda: shares,
            "views_count": lambda: sum(post.views_at(ask.now) for post in week),
        }
        shown = chosen(whole, asked, "username", "ThreadsProfile")
        del shown["id"]
        return shown

    def _published(self, account: Account, now: int) -> list[Post]:
        return newest([post for post in account.posts if post.parent is None], now)

    def _found(self, ask: Ask) -> list[Post]:
        query = ask.one("q")
        if not query:
            raise Refused(100, "Param q is required")
        if ask.one("search_type", "TOP") not in ("TOP", "RECENT"):
            raise Refused(100, "Param search_type must be one of {TOP, RECENT}")
        if ask.one("search_mode", "KEYWORD") == "TAG":
            tag = fold(query.lstrip("#"))
            posts = [one for one in self._posts.values() if tag in graph.tags_of(one, ask.now)]
        else:
            posts = self._words.search(query).posts
        return newest([one for one in posts if not one.account.private], ask.now)

    def _shower(self, asked: Fields, ask: Ask) -> Callable[[Post], dict[str, Any]]:
        return lambda post: chosen(_shown(post, ask.now), asked, "id", "ThreadsMedia")


def _shown(post: Post, now: int) -> dict[str, Callable[[], Any]]:
    kinds = {"image": "IMAGE", "video": "VIDEO"}
    code = f"C{int(post.native) % 10**12:x}"

    def named(other: Post | None) -> dict[str, str] | None:
        return {"id": other.native} if other is not None and other.visible(now) else None

    root = post
    while root.parent is not None:
        root = root.parent
    return {
        "id": lambda: post.native,
        "media_product_type": lambda: "THREADS",
        "media_type": lambda: kinds[post.media.kind] if post.media else "TEXT_POST",
        "permalink": lambda: f"{SITE}/@{post.account.handle}/post/{code}",
        "username": lambda: post.account.handle,
        "text": lambda: post.text_at(now) or None,
        "timestamp": lambda: stamped(post.at),
        "shortcode": lambda: code,
        "is_quote_post": lambda: post.quotes is not None,
        "has_replies": lambda: any(one.visible(now) for one in post.replies),
        "is_reply": lambda: post.parent is not None,
        "topic_tag": lambda: post.tags[0] if post.tags else None,
        "link_attachment_url": lambda: post.link[0] if post.link else None,
        "alt_text": lambda: (post.media.alt or None) if post.media else None,
        "children": lambda: None,
        "quoted_post": lambda: named(post.quotes),
        "reposted_post": lambda: None,
        "replied_to": lambda: named(post.parent),
        "root_post": lambda: named(root) if post.parent is not None else None,
    }
