"""Reddit: the OAuth API over a town, with trees that leave out, and deletions that leave shells.

Communities are accounts whose handle begins with `r/`; a submission stands in the one that it
mentions, else in `r/place`. Posts with a parent are comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from vigie.demo.grammar import fold
from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.sites import queries
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town
from vigie.demo.sites.things import (
    SQUARE,
    Shown,
    base36,
    community_of,
    fullname,
    link_of,
)

PAGE, MOST, END = 25, 100, 1_000
DEEP, MANY = 6, 200  # of a tree: levels, and comments unless a call asks for fewer
FIRST = 36**6 * 2  # ids of submissions and comments are numbered
_PLACE = re.compile(r"/r/([\w-]+)/(about|new|search)$")
_PERSON = re.compile(r"/user/([\w-]+)/(about|overview|submitted|comments)$")
_TREE = re.compile(r"(?:/r/[\w-]+)?/comments/(\w+)(?:/[^/]+/(\w+))?$")


class RedditSite:
    """Answers as of a time."""

    needs_token = True
    renamed = ("created_utc", "created_at")
    fixed = True  # made anew where the town grows

    def __init__(self, town: Town) -> None:
        self._posts = town.of("reddit")
        self._named = {fullname(post): post for post in self._posts}
        mine = [one for one in town.accounts if one.site == "reddit"]
        self._people = {one.handle.casefold(): one for one in mine}
        self._shown = Shown(town)

    @staticmethod
    def native(at: int, serial: int) -> str:
        return f"t3_{base36(FIRST + serial)}"

    def token_of(self, ask: Ask) -> str:
        return ask.bearer()

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        if why == "unapproved":
            return Reply.json(403, {"message": "Forbidden", "error": 403})
        challenge = 'Bearer realm="reddit", error="invalid_token"'
        told = "Unauthorized: the token was revoked" if why == "revoked" else "Unauthorized"
        headers = {"www-authenticate": challenge} if why == "lapsed" else {}
        return Reply.json(401, {"message": told, "error": 401}, **headers)

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        headers = {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "600",
                   "x-ratelimit-reset": str(max(1, -(-round(wait_s * 1000) // 1000)))}  # fmt: skip
        return Reply.json(429, {"message": "Too Many Requests", "error": 429}, **headers)

    def failed(self, ask: Ask) -> Reply:
        return Reply.json(200, {"message": "Internal Server Error", "error": 500})

    def answer(self, ask: Ask) -> Reply:
        reply = self._route(ask)
        wait = max(0, (ask.reset or ask.now + 600_000) - ask.now) // 1000
        headers = {
            "x-ratelimit-remaining": f"{ask.left:.1f}",
            "x-ratelimit-used": "1",
            "x-ratelimit-reset": str(wait),
        }
        return Reply(reply.status, reply.body, reply.kind, {**reply.headers, **headers})

    def _route(self, ask: Ask) -> Reply:
        path = ask.path.rstrip("/")
        if match := _PLACE.match(path):
            return self._place(f"r/{match[1]}", match[2], ask)
        if match := _PERSON.match(path):
            return self._person(match[1], match[2], ask)
        if path == "/search":
            return self._search(ask, self._posts)
        if match := _TREE.match(path):
            return self._tree(match[1], match[2], ask)
        if path == "/api/morechildren":
            return self._more(ask)
        if path == "/api/info":
            names = [name for name in ask.one("id").split(",") if name][:MOST]
            found = [self._named[name] for name in names if name in self._named]
            return Reply.json(200, _listing([self._thing(one, ask) for one in found
                                             if one.at <= ask.now]))  # fmt: skip
        return _missing()

    def _thing(self, post: Post, ask: Ask) -> dict[str, Any]:
        return self._shown.thing(post, ask.now, raw=ask.one("raw_json") == "1")

    # Lists

    def _place(self, name: str, what: str, ask: Ask) -> Reply:
        account = self._people.get(name.casefold())
        if account is None and name != SQUARE:
            return _missing()
        if account is not None and account.private:
            body = {"reason": "private", "message": "Forbidden", "error": 403}
            return Reply.json(403, body)
        here = [one for one in self._posts if community_of(one).casefold() == name.casefold()]
        if what == "search":
            return self._search(ask, here)
        if what == "about":
            shown = account or Account(
                "reddit", SQUARE, "La place", SQUARE, "", "fr", 3000, 9000, 0.0, 0, 0
            )
            return Reply.json(200, self._shown.community(shown, ask.now))
        return self._page(ask, (one for one in here if one.parent is None))

    def _person(self, name: str, what: str, ask: Ask) -> Reply:
        account = self._people.get(name.casefold())
        if account is None:
            return _missing()
        if account.private:  # who hides the profile
            return Reply.json(403, {"reason": "private", "message": "Forbidden", "error": 403})
        if what == "about":
            return Reply.json(200, self._shown.person(account, ask.now))
        kinds = {"submitted": (False,), "comments": (True,)}.get(what, (False, True))
        return self._page(ask, (one for one in account.posts if (one.parent is not None) in kinds))

    def _search(self, ask: Ask, posts: Iterable[Post]) -> Reply:
        wanted = queries.parse(ask.one("q"))
        found = [
            one for one in posts
            if one.parent is None and wanted(queries.Subject(
                fold(f"{one.title or ''} {one.text_at(ask.now)}"), fold(one.account.handle), False
            ))
        ]  # fmt: skip
        return self._page(ask, found)

    def _page(self, ask: Ask, posts: Iterable[Post]) -> Reply:
        size = ask.number("limit", PAGE, MOST)
        shown = sorted((one for one in posts if _open(one, ask.now)), key=lambda one: -one.at)
        shown = shown[:END]
        first = 0
        if after := ask.one("after"):
            bound = self._named.get(after)
            if bound is None:
                return Reply.json(200, _listing([]))
            first = sum(one.at >= bound.at for one in shown)
        page = shown[first : first + size]
        more = len(shown) > first + size
        on = fullname(page[-1]) if page and more else None
        return Reply.json(200, _listing([self._thing(one, ask) for one in page], on))

    # Trees

    def _tree(self, id: str, below: str | None, ask: Ask) -> Reply:
        link = self._named.get(f"t3_{id}")
        if link is None or link.at > ask.now:
            return _missing()
        head = self._named.get(f"t1_{below}") if below else link
        if head is None:
            return _missing()
        left = [ask.number("limit", MANY, 500)]
        roots = [head] if below else link.replies
        children = self._level(roots, fullname(link if not below else head), 0, left, ask)
        return Reply.json(200, [_listing([self._thing(link, ask)]), _listing(children)])

    def _level(
        self, posts: Iterable[Post], parent: str, depth: int, left: list[int], ask: Ask
    ) -> list[dict[str, Any]]:
        """Comments beside each other, newest first, as many as may still be shown; then `more`."""
        found = [one for one in posts if one.at <= ask.now and _stays(one, ask.now)]
        found.sort(key=lambda one: -one.at)
        shown, children = found[: max(0, left[0])], []
        if depth >= DEEP:  # this thread goes on elsewhere
            cut = {"count": 0, "name": "t1__", "id": "_", "parent_id": parent, "depth": depth,
                   "children": []}  # fmt: skip
            return [{"kind": "more", "data": cut}] if found else []
        left[0] -= len(shown)
        for one in shown:
            thing = self._thing(one, ask)
            replies = self._level(one.replies, fullname(one), depth + 1, left, ask)
            thing["data"] |= {"depth": depth, "replies": _listing(replies) if replies else ""}
            children.append(thing)
        rest = [fullname(one)[3:] for one in found[len(shown) :]]
        if rest:
            more = {"count": len(rest), "name": f"t1_{rest[0]}", "id": rest[0],
                    "parent_id": parent, "depth": depth, "children": rest}  # fmt: skip
            children.append({"kind": "more", "data": more})
        return children

    def _more(self, ask: Ask) -> Reply:
        """The comments that a tree left out, flat, with their replies."""
        asked = dict(parse_qsl(ask.body.decode())) if ask.body else {}
        ids = (asked.get("children") or ask.one("children")).split(",")[:MOST]
        found: list[dict[str, Any]] = []
        waiting = [self._named[f"t1_{id}"] for id in reversed(ids) if f"t1_{id}" in self._named]
        while waiting:
            one = waiting.pop()
            if one.at <= ask.now and _stays(one, ask.now):
                found.append(self._thing(one, ask))
                waiting += one.replies
        return Reply.json(200, {"json": {"errors": [], "data": {"things": found}}})


def _open(post: Post, now: int) -> bool:
    """Whether lists show a post: not where it or its submission is gone, or it is closed."""
    return post.visible(now) and not post.account.private and link_of(post).visible(now)


def _stays(post: Post, now: int) -> bool:
    """Whether a tree shows a comment: a deleted one as a shell, while something stands below it."""
    return post.visible(now) or any(one.visible(now) for one in post.replies)


def _listing(children: list[dict[str, Any]], after: str | None = None) -> dict[str, Any]:
    data = {"after": after, "dist": len(children), "modhash": None, "before": None,
            "geo_filter": "", "children": children}  # fmt: skip
    return {"kind": "Listing", "data": data}


def _missing() -> Reply:
    return Reply.json(404, {"message": "Not Found", "error": 404})
