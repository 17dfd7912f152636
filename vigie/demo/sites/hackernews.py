"""Hacker News: the Firebase items, users and lists, and Algolia's search by date."""

from __future__ import annotations

import re
from html import escape
from itertools import islice
from typing import Any

from vigie.demo.people import HACKERNEWS, Account
from vigie.demo.posts import Post
from vigie.demo.sites.lists import Shelf, Words
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town, began, etag, iso
from vigie.demo.world import HN_FIRST

PAGE, MOST = 20, 1000
_ITEM = re.compile(r"/v0/item/(\d+)\.json$")
_USER = re.compile(r"/v0/user/([^/]+)\.json$")
_BOUND = re.compile(r"created_at_i(<=|>=|<|>|=)(\d+)")
NEW = 500


def _id(post: Post) -> int:
    return int(post.native)


class HackerNewsSite:
    """Answers as of a time. Nothing here is private, nothing needs a key."""

    needs_token = False
    renamed = ("created_at_i", "created_on")

    def __init__(self, town: Town) -> None:
        self._start = began(town)
        self._posts = {post.native: post for post in town.of(HACKERNEWS)}
        self._all = Shelf(self._posts.values(), _id)
        self._words = Words(self._posts.values(), _id)
        self._users = {one.handle: one for one in town.accounts if one.site == HACKERNEWS}

    def answer(self, ask: Ask) -> Reply:
        if match := _ITEM.match(ask.path):
            reply = Reply.json(200, self._item(self._posts.get(match[1]), ask.now))
        elif match := _USER.match(ask.path):
            reply = Reply.json(200, self._user(self._users.get(match[1]), ask.now))
        elif ask.path in ("/v0/newstories.json", "/v0/topstories.json"):
            new = (post for post in self._all.newest(ask.now) if post.parent is None)
            reply = Reply.json(200, [int(post.native) for post in islice(new, NEW)])
        elif ask.path == "/v0/updates.json":
            recent = list(islice(self._all.newest(ask.now), 30))
            reply = Reply.json(
                200,
                {
                    "items": [int(post.native) for post in recent],
                    "profiles": list(dict.fromkeys(post.account.handle for post in recent)),
                },
            )
        elif ask.path in ("/api/v1/search_by_date", "/api/v1/search"):
            reply = self._search(ask)
        else:
            reply = Reply.json(404, {"error": "Not found"})
        return Reply(reply.status, reply.body, reply.kind, {"etag": etag(reply.body)})

    @staticmethod
    def native(at: int, serial: int) -> str:
        """Items are numbered."""
        return str(HN_FIRST + serial)

    def token_of(self, ask: Ask) -> str:
        return ""

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        return Reply.json(401, {"error": "Permission denied"})

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        headers = {"retry-after": str(max(1, -(-round(wait_s * 1000) // 1000)))}
        return Reply.json(429, {"message": "Too Many Requests", "status": 429}, **headers)

    def failed(self, ask: Ask) -> Reply:
        return Reply.json(200, {"error": "Internal error", "status": 500})

    def _item(self, post: Post | None, now: int) -> dict[str, Any] | None:
        if post is None or post.at > now:
            return None
        item: dict[str, Any] = {
            "id": int(post.native),
            "time": post.at // 1000,
            "type": "story" if post.parent is None else "comment",
        }
        if post.parent is not None:
            item["parent"] = int(post.parent.native)
        kids = [int(reply.native) for reply in post.replies if reply.visible(now)]
        if kids:
            item["kids"] = kids[::-1]
        if not post.visible(now):
            return {**item, "deleted": True}
        item["by"] = post.account.handle
        if post.parent is None:
            item |= {
                "descendants": _below(post, now),
                "score": 1 + post.counts(now)[0],
                "title": post.title,
            }
            if post.link:
                item["url"] = post.link[0]
        if post.text:
            item["text"] = _markup(post.text)
        return item

    def _user(self, account: Account | None, now: int) -> dict[str, Any] | None:
        if account is None:
            return None
        start = self._start // 1000
        shown = [int(post.native) for post in account.posts if post.visible(now)]
        return {
            "created": start - account.created * 86_400,
            "id": account.handle,
            "karma": account.written + len(shown),
            "submitted": shown[::-1],
        }

    def _search(self, ask: Ask) -> Reply:
        query, tags = ask.one("query"), ask.one("tags")
        shelf = self._words.search(query) if query.strip() else self._all
        bounds = _BOUND.findall(ask.one("numericFilters"))
        found = [
            post
            for post in shelf.newest(ask.now)
            if _tagged(post, tags)
            and all(_within(post.at // 1000, sign, int(bound)) for sign, bound in bounds)
        ]
        size = ask.number("hitsPerPage", PAGE, MOST)
        page = int(ask.one("page", "0"))
        reached = found[:MOST]
        return Reply.json(
            200,
            {
                "hits": [self._hit(post, ask.now) for post in reached[page * size :][:size]],
                "hitsPerPage": size,
                "nbHits": len(found),
                "nbPages": -(-len(reached) // size),
                "page": page,
                "params": f"query={query}&tags={tags}",
                "processingTimeMS": 3,
                "query": query,
            },
        )

    def _hit(self, post: Post, now: int) -> dict[str, Any]:
        root = post.root or post
        hit: dict[str, Any] = {
            "_highlightResult": {},
            "_tags": [
                "story" if post.parent is None else "comment",
                f"author_{post.account.handle}",
                f"story_{root.native}",
            ],
            "author": post.account.handle,
            "created_at": iso(post.at)[:19] + "Z",
            "created_at_i": post.at // 1000,
            "objectID": post.native,
            "story_id": int(root.native),
            "updated_at": iso(now)[:19] + "Z",
        }
        kids = [int(reply.native) for reply in post.replies if reply.visible(now)]
        if kids:
            hit["children"] = kids
        if post.parent is None:
            hit |= {
                "num_comments": _below(post, now),
                "points": 1 + post.counts(now)[0],
                "title": post.title,
            }
            if post.link:
                hit["url"] = post.link[0]
        else:
            hit |= {
                "comment_text": _markup(post.text),
                "parent_id": int(post.parent.native),
                "story_title": root.title,
            }
            if root.link:
                hit["story_url"] = root.link[0]
        return hit


def _below(post: Post, now: int) -> int:
    return sum(1 + _below(reply, now) for reply in post.replies if reply.visible(now))


def _markup(text: str) -> str:
    return "<p>".join(
        escape(part, quote=False).replace("'", "&#x27;") for part in text.split("\n\n")
    )


def _tagged(post: Post, tags: str) -> bool:
    """Algolia's tags: commas are AND, parentheses OR."""
    has = {
        "story" if post.parent is None else "comment",
        f"author_{post.account.handle}",
        f"story_{(post.root or post).native}",
    }
    for either, one in re.findall(r"\(([^)]*)\)|([^,()]+)", tags):
        if either and not has & set(either.split(",")):
            return False
        if one and one not in has:
            return False
    return True


def _within(time: int, sign: str, bound: int) -> bool:
    return {
        "<": time < bound, "<=": time <= bound, ">": time > bound, ">=": time >= bound,
        "=": time == bound,
    }[sign]  # fmt: skip
