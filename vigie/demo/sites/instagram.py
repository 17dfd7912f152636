"""Instagram behind the Graph API: discovery of professional accounts, tags, own media, insights."""

from __future__ import annotations

import re
import zlib
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
from vigie.demo.sites.reply import Ask, Town

TAGS = 30  # different ones in 7 days
WEEK = 7 * graph.DAY_MS
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_USERNAME = re.compile(r"[\w.]+")


class InstagramSite(Graph):
    """Of tags, `after` is the same on every page: the server remembers how far it has told."""

    name = "instagram"

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        self._tags: dict[str, str] = {}  # id → tag
        self._asked: dict[str, dict[str, int]] = {}  # account → tag → when
        self._told: dict[tuple[str, str, str], int] = {}  # account, tag, list → pages

    def load(self, posts: Sequence[Post]) -> None:
        super().load(posts)
        self._posts = {post.native: post for post in posts}

    @staticmethod
    def native(at: int, serial: int) -> str:
        return str(17_800_000_000_000_000 + (at // 1_000 % 10_000_000_000) * 10 + serial % 10)

    def route(self, path: str, ask: Ask) -> Any:
        asked = fields_of(ask.one("fields"))
        head, _, edge = path.partition("/")
        if path == "me/accounts":
            return {
                "data": [chosen(self._page(one), asked, "name", "Page") for one in self._pages()]
            }
        if path == "ig_hashtag_search":
            return {"data": [{"id": self._search(ask)}]}
        if head in self._tags:
            return self._tagged(self._tags[head], edge, asked, ask)
        if head in self._posts and self._posts[head].visible(ask.now):
            return self._of_post(self._posts[head], edge, asked, ask)
        account = self.account(head)
        if edge == "recently_searched_hashtags":
            return {
                "data": [{"id": _tag_id(tag), "name": tag} for tag in self._recent(head, ask.now)]
            }
        if edge == "media":
            show = self._shower(asked, ask, "IGMedia")
            return graph.page(ask, self._media(account, ask.now), show)
        if edge:
            raise missing(path)
        if "business_discovery" in asked:
            return {
                "business_discovery": self._discovered(asked["business_discovery"], ask),
                "id": head,
            }
        return chosen(self._user(account, ask.now), asked, "username", "IGUser")

    def _pages(self) -> list[Account]:
        return [one for one in self.accounts if one is self.own and not one.private]

    def _page(self, account: Account) -> dict[str, Callable[[], Any]]:
        return {
            "id": lambda: f"10{account.native}",
            "name": lambda: account.name,
            "instagram_business_account": lambda: {
                "id": account.native, "username": account.handle
            },
        }  # fmt: skip

    def _media(self, account: Account, now: int) -> list[Post]:
        return newest([post for post in account.posts if post.parent is None], now)

    def _discovered(self, asked: tuple[dict[str, str], Fields], ask: Ask) -> dict[str, Any]:
        steps, inner = asked
        account = self._by_handle.get(steps.get("username", "").lower())
        if account is None or account.private or not _USERNAME.fullmatch(account.handle):
            raise Refused(110, "Invalid user id", 2207013)
        whole = self._user(account, ask.now)
        if "media" in inner:
            modifiers, fields = inner["media"]
            fields = {
                name: one for name, one in fields.items() if name not in ("username", "alt_text")
            }
            body = graph.page(
                ask, self._media(account, ask.now), self._shower(fields, ask, "ShadowIGMedia"),
                after=modifiers.get("after", ""), limit=int(modifiers.get("limit", graph.LIMIT)),
                between=False,
            )  # fmt: skip
            if paging := body.get("paging"):  # nested lists have no addresses
                more = paging.pop("next", None)
                paging["cursors"] = {"after": paging["cursors"]["after"]} if more else {
                    "before": paging["cursors"]["before"]
                }  # fmt: skip
            whole["media"] = lambda: body
        return chosen(whole, inner, "id", "ShadowIGUser")

    def _user(self, account: Account, now: int) -> dict[str, Callable[[], Any]]:
        return {
            "id": lambda: account.native,
            "username": lambda: account.handle,
            "name": lambda: account.name,
            "biography": lambda: account.bio or None,
            "website": lambda: None,
            "profile_picture_url": lambda: f"https://cdn.instagram.example/{account.native}.jpg",
            "followers_count": lambda: self.followers(account, now),
            "follows_count": lambda: account.following,
            "media_count": lambda: account.written + len(self._media(account, now)),
        }

    def _shower(self, asked: Fields, ask: Ask, node: str) -> Callable[[Post], dict[str, Any]]:
        return lambda post: chosen(self._shown(post, asked, ask), asked, "id", node)

    def _shown(self, post: Post, asked: Fields, ask: Ask) -> dict[str, Callable[[], Any]]:
        now = ask.now
        likes, _, _, _, replies = post.counts(now)
        video = post.media is not None and post.media.kind == "video"
        return {
            "id": lambda: post.native,
            "caption": lambda: post.text_at(now) or None,
            "media_type": lambda: "VIDEO" if video else "IMAGE",
            "media_product_type": lambda: "REELS" if video else "FEED",
            "permalink": lambda: f"https://www.instagram.com/p/{_short_code(post)}/",
            "shortcode": lambda: _short_code(post),
            "timestamp": lambda: stamped(post.at),
            "like_count": lambda: likes,
            "comments_count": lambda: replies,
            "view_count": lambda: post.views_at(now) if video else None,
            "username": lambda: post.account.handle,
            "owner": lambda: {"id": post.account.native},
            "alt_text": lambda: (post.media.alt or None) if post.media else None,
            "children": lambda: None,
            "comments": lambda: graph.page(ask, self._under(post, now), self._commenter(ask)),
        }

    def _under(self, post: Post, now: int) -> list[Post]:
        return newest(post.replies, now)

    def _commenter(self, ask: Ask, asked: Fields | None = None) -> Callable[[Post], dict[str, Any]]:
        fields = asked or fields_of("id,text,timestamp")

        def show(comment: Post) -> dict[str, Any]:
            above = comment.parent
            replies = self._under(comment, ask.now)
            inner = fields.get("replies", ({}, {}))[1]
            answers = {"data": [self._commenter(ask, inner)(one) for one in replies]}
            whole: dict[str, Callable[[], Any]] = {
                "id": lambda: comment.native,
                "text": lambda: comment.text_at(ask.now),
                "timestamp": lambda: stamped(comment.at),
                "username": lambda: comment.account.handle,
                "from": lambda: {"id": comment.account.native, "username": comment.account.handle},
                "like_count": lambda: comment.counts(ask.now)[0],
                "parent_id": lambda: above.native if above and above.parent else None,
                "replies": lambda: answers if replies else None,
                "hidden": lambda: False,
            }
            return chosen(whole, fields, "id", "IGComment")

        return show

    def _of_post(self, post: Post, edge: str, asked: Fields, ask: Ask) -> Any:
        if post.account.private:
            raise missing(post.native)
        if edge == "comments":
            return graph.page(ask, self._under(post, ask.now), self._commenter(ask, asked))
        if edge == "insights":
            likes, shares, _, saves, replies = post.counts(ask.now)
            views = post.views_at(ask.now)
            return graph.figures(ask, post.native, {
                "views": lambda: views, "reach": lambda: round(views * 0.8), "saved": lambda: saves,
                "shares": lambda: shares, "likes": lambda: likes, "comments": lambda: replies,
                "total_interactions": lambda: likes + shares + saves + replies,
            })  # fmt: skip
        if edge:
            raise missing(f"{post.native}/{edge}")
        return chosen(self._shown(post, asked, ask), asked, "id", "IGMedia")

    # Tags

    def _search(self, ask: Ask) -> str:
        tag, user = fold(ask.one("q").lstrip("#")), ask.one("user_id")
        self.account(user)
        if not any(tag in graph.tags_of(post, ask.now) for post in self._posts.values()):
            raise Refused(24, "The requested resource does not exist", 2207024)
        recent = self._recent(user, ask.now)
        if tag not in recent and len(recent) >= TAGS:
            raise Refused(18, "(#18) max hashtags queried in 7 days", 2207034)
        self._asked.setdefault(user, {}).setdefault(tag, ask.now)
        if tag not in recent:
            self._asked[user][tag] = ask.now
        self._tags[_tag_id(tag)] = tag
        return _tag_id(tag)

    def _recent(self, user: str, now: int) -> list[str]:
        return [tag for tag, at in self._asked.get(user, {}).items() if now - at < WEEK]

    def _tagged(self, tag: str, edge: str, asked: Fields, ask: Ask) -> dict[str, Any]:
        user = ask.one("user_id")
        if tag not in self._recent(user, ask.now):
            raise Refused(100, "(#100) Invalid parameter: user_id")
        if {"username", "owner", "view_count"} & asked.keys():
            raise Refused(
                100, "(#100) Tried accessing nonexisting field (owner) on node type (IGMedia)"
            )
        posts = [
            post
            for post in newest(list(self._posts.values()), ask.now)
            if post.parent is None
            and not post.account.private
            and tag in graph.tags_of(post, ask.now)
        ]
        if edge == "recent_media":
            posts = [post for post in posts if ask.now - post.at < graph.DAY_MS]
        elif edge == "top_media":
            posts.sort(key=lambda post: -post.counts(ask.now)[0])
        else:
            raise missing(f"{_tag_id(tag)}/{edge}")
        key = (user, tag, edge)
        page = self._told[key] = self._told.get(key, 0) + 1 if ask.one("after") else 0
        size = ask.number("limit", graph.LIMIT, 50)
        shown = posts[page * size : (page + 1) * size]
        show = self._shower(asked, ask, "IGMedia")
        body: dict[str, Any] = {"data": [show(post) for post in shown]}
        if shown:
            after = f"tag{_tag_id(tag)}"
            body["paging"] = {"cursors": {"after": after}, "next": graph.onward(ask, after)}
        return body


def _tag_id(tag: str) -> str:
    return str(17_840_000_000_000_000 + zlib.crc32(tag.encode()))


def _short_code(post: Post) -> str:
    number = (post.at - 1_314_220_021_721 << 23) + zlib.crc32(post.native.encode()) % (1 << 23)
    code = ""
    while number > 0:
        number, digit = divmod(number, 64)
        code = SIGNS[digit] + code
    return code
