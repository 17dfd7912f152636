"""X: the API v2 over a town, with versions of edited posts, long posts and errors beside data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from vigie.demo.grammar import fold
from vigie.demo.posts import Post
from vigie.demo.sites import queries
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town, iso
from vigie.demo.sites.tweets import DAY, EPOCH_MS, NAME, Shown, history, latest

RECENT = 7 * DAY
PROJECT, CAP, RESET_DAY = "1704100200300", 2_000_000, 14  # whose posts are counted, how, until when
PROBLEM = "https://api.twitter.com/2/problems"
_LIST = re.compile(r"/2/users/(\d+)/(tweets|mentions)$")
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")


class XSite:
    """Answers as of a time."""

    needs_token = True
    renamed = ("text", "body")
    fixed = True  # made anew where the town grows

    def __init__(self, town: Town) -> None:
        self._posts = town.of("x")
        accounts = [one for one in town.accounts if one.site == "x"]
        self._accounts = {one.native: one for one in accounts}
        self._handles = {one.handle.casefold(): one for one in accounts}
        self._shown = Shown(town, self._handles)
        self._found: dict[str, list[Post]] = {}
        self._read = 0  # posts that were given, as the bill counts them

    @staticmethod
    def native(at: int, serial: int) -> str:
        return str(((at - EPOCH_MS) << 22) + serial % 4096)

    def token_of(self, ask: Ask) -> str:
        return ask.bearer()

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        if why == "unapproved":
            body = {
                "title": "Client Forbidden", "reason": "client-not-enrolled", "status": 403,
                "required_enrollment": "Appropriate Level of API Access",
                "detail": "When authenticating requests to the X API v2 endpoints, you must use "
                "keys and tokens from a developer App that is attached to a Project.",
                "type": f"{PROBLEM}/client-forbidden",
            }  # fmt: skip
            return Reply.json(403, body)
        if why == "revoked":
            errors = [{"code": 416, "message": "Invalid / suspended application"}]
            return Reply.json(401, {"errors": errors})
        body = {"title": "Unauthorized", "type": "about:blank", "status": 401}
        return Reply.json(401, {**body, "detail": "Unauthorized"})

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        body = {"title": "Too Many Requests", "detail": "Too Many Requests"}
        reset = -(-(ask.now + round(wait_s * 1000)) // 1000)
        headers = {"x-rate-limit-limit": "900", "x-rate-limit-remaining": "0"}
        return Reply.json(
            429, {**body, "type": "about:blank", "status": 429},
            **headers, **{"x-rate-limit-reset": str(reset)},
        )  # fmt: skip

    def failed(self, ask: Ask) -> Reply:
        return Reply.json(200, {"errors": [{"code": 130, "message": "Over capacity"}]})

    def answer(self, ask: Ask) -> Reply:
        reply = self._route(ask)
        headers = {
            "x-rate-limit-limit": "900",
            "x-rate-limit-remaining": str(ask.left),
            "x-rate-limit-reset": str((ask.reset or ask.now + 900_000) // 1000),
        }
        return Reply(reply.status, reply.body, reply.kind, {**reply.headers, **headers})

    def _route(self, ask: Ask) -> Reply:
        if ask.path == "/2/users/by":
            return self._users(ask, "usernames")
        if ask.path == "/2/users":
            return self._users(ask, "ids")
        if ask.path.startswith("/2/users/by/username/"):
            return self._user(ask, unquote(ask.path.rpartition("/")[2]))
        if match := _LIST.match(ask.path):
            return self._list(ask, match[1], match[2])
        if ask.path == "/2/tweets":
            return self._lookup(ask)
        if ask.path in ("/2/tweets/search/recent", "/2/tweets/counts/recent"):
            return self._search(ask)
        if ask.path == "/2/usage/tweets":
            return self._usage()
        body = {"title": "Not Found", "type": "about:blank", "status": 404, "detail": "Not Found"}
        return Reply.json(404, body)

    def _usage(self) -> Reply:
        """How much of the month's cap is used, numbers as texts."""
        told = {"project_id": PROJECT, "project_cap": str(CAP), "project_usage": str(self._read)}
        return Reply.json(200, {"data": {"cap_reset_day": RESET_DAY, **told}})

    # Users

    def _users(self, ask: Ask, by: str) -> Reply:
        asked = [one for one in ask.one(by).split(",") if one]
        if not 0 < len(asked) <= 100:
            return _invalid(by, ask.one(by), f"The number of values in the `{by}` is not 1 to 100")
        if by == "usernames" and (bad := [one for one in asked if not _HANDLE.fullmatch(one)]):
            return _invalid(
                by, bad[0], f"The `usernames` query parameter value [{bad[0]}] is not valid"
            )
        known = self._handles if by == "usernames" else self._accounts
        data, errors = [], []
        for one in asked:
            account = known.get(one.casefold())
            if account is None:
                errors.append(_gone("user", by, one))
            else:
                data.append(self._shown.person(account, ask))
        return Reply.json(200, _told(data, errors))

    def _user(self, ask: Ask, handle: str) -> Reply:
        account = self._handles.get(handle.casefold())
        if account is None:
            return Reply.json(200, {"errors": [_gone("user", "username", handle)]})
        return Reply.json(200, {"data": self._shown.person(account, ask)})

    # Lists of posts

    def _list(self, ask: Ask, id: str, what: str) -> Reply:
        account = self._accounts.get(id)
        if account is None:
            return Reply.json(200, {"errors": [_gone("user", "id", id)]})
        if account.private:
            return Reply.json(200, {"errors": [_closed("user", "id", id)]})
        if what == "tweets":
            return self._page(ask, account.posts)
        name = account.handle.casefold()
        naming = (
            post for post in self._posts
            if name in (one.casefold() for one in NAME.findall(post.text_at(ask.now)))
        )  # fmt: skip
        return self._page(ask, naming)

    def _search(self, ask: Ask) -> Reply:
        query = ask.one("query")
        if not query or len(query) > 512:
            return _invalid("query", query, "query must have 1 to 512 characters")
        found = [post for post in self._matching(query, ask.now) if post.at > ask.now - RECENT]
        if "/counts/" in ask.path:
            return Reply.json(200, _counted([one for one in found if _open(one, ask.now)], ask))
        oldest = (ask.now - RECENT - EPOCH_MS) << 22
        since = ask.one("since_id")
        if since and int(since) < oldest:
            told = (
                f"'since_id' must be a tweet id created after [{iso(ask.now - RECENT)[:16]}Z]. "
                f"Please use a 'since_id' that is larger than {oldest}"
            )
            return _invalid("since_id", since, told)
        return self._page(ask, found)

    def _page(self, ask: Ask, posts: Iterable[Post]) -> Reply:
        size = ask.one("max_results", "10")
        if not size.isdigit() or not 0 < int(size) <= 100:  # fewer than 5: the door cuts pages
            told = f"The `max_results` query parameter value [{size}] is not between 5 and 100"
            return _invalid("max_results", size, told)
        search = "/search/" in ask.path
        name = "next_token" if search else "pagination_token"
        token, below = ask.one(name), 1 << 63
        if token:
            if not token.startswith("7140") or not token[4:].isalnum():
                return _invalid(name, token, f"Invalid '{name}': {token}")
            below = int(token[4:], 36)
        above = int(ask.one("since_id") or 0)
        start = ask.one("start_time")
        shown = [
            post for post in posts
            if _open(post, ask.now) and above < latest(post, ask.now) < below
            and iso(post.at) >= start
        ]  # fmt: skip
        shown.sort(key=lambda post: -latest(post, ask.now))
        page, rest = shown[: int(size)], shown[int(size) :]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta["newest_id"] = str(latest(page[0], ask.now))
            meta["oldest_id"] = str(latest(page[-1], ask.now))
        if rest:
            meta["next_token"] = f"7140{_base36(latest(page[-1], ask.now))}"
        body = self._shown.bodies(page, ask) if page else {}
        self._read += len(page)
        return Reply.json(200, {**body, "meta": meta})

    def _lookup(self, ask: Ask) -> Reply:
        asked = [one for one in ask.one("ids").split(",") if one]
        if not 0 < len(asked) <= 100:
            return _invalid(
                "ids", ask.one("ids"), "The number of values in the `ids` is not 1 to 100"
            )
        versions = {version: post for post in self._posts for version in history(post, ask.now)}
        posts, errors, wanted = [], [], []
        for id in asked:
            post = versions.get(id)
            if post is None or not post.visible(ask.now):
                errors.append(_gone("tweet", "ids", id))
            elif post.account.private:
                errors.append(_closed("tweet", "ids", id))
            else:
                posts.append(post)
                wanted.append(id)
        self._read += len(posts)
        return Reply.json(200, {**self._shown.bodies(posts, ask, wanted), **_told([], errors)})

    def _matching(self, query: str, now: int) -> list[Post]:
        """The posts that a query finds. Those that are never edited are read once."""
        wanted = queries.parse(query)
        if query not in self._found:
            still = [post for post in self._posts if not post.edits]
            self._found[query] = [post for post in still if wanted(_words_of(post, now))]
        moved = [post for post in self._posts if post.edits and wanted(_words_of(post, now))]
        return [*self._found[query], *moved]


def _open(post: Post, now: int) -> bool:
    return post.visible(now) and not post.account.private


def _words_of(post: Post, now: int) -> queries.Subject:
    return queries.Subject(fold(post.text_at(now)), fold(post.account.handle), False)


def _counted(posts: list[Post], ask: Ask) -> dict[str, Any]:
    """How many posts there were a day, of the last seven days."""
    edges = [ask.now - RECENT, *_midnights(ask.now - RECENT, ask.now), ask.now]
    data = [
        {
            "start": iso(start), "end": iso(end),
            "tweet_count": sum(start <= post.at < end for post in posts),
        }
        for start, end in pairwise(edges)
    ]  # fmt: skip
    total = len(posts)
    return {"data": data, "meta": {"total_tweet_count": total}}


def _midnights(start: int, end: int) -> Iterator[int]:
    yield from range(start - start % DAY + DAY, end, DAY)


def _told(data: list[Any], errors: list[Any]) -> dict[str, Any]:
    return {**({"data": data} if data else {}), **({"errors": errors} if errors else {})}


def _gone(kind: str, by: str, value: str) -> dict[str, Any]:
    return {
        "value": value, "detail": f"Could not find {kind} with {by}: [{value}].",
        "title": "Not Found Error", "resource_type": kind, "parameter": by, "resource_id": value,
        "type": f"{PROBLEM}/resource-not-found",
    }  # fmt: skip


def _closed(kind: str, by: str, value: str) -> dict[str, Any]:
    return {
        **_gone(kind, by, value), "title": "Authorization Error",
        "detail": f"Sorry, you are not authorized to see the {kind} with {by}: [{value}].",
        "type": f"{PROBLEM}/not-authorized-for-resource",
    }  # fmt: skip


def _invalid(name: str, value: str, told: str) -> Reply:
    return Reply.json(400, {
        "errors": [{"parameters": {name: [value]}, "message": told}],
        "title": "Invalid Request", "type": f"{PROBLEM}/invalid-request",
        "detail": "One or more parameters to your request was invalid.",
    })  # fmt: skip


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
