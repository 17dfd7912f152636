"""Reddit (OAuth API): communities, people, searches, and what is said under brands' posts.

Collected: a brand's community `r/NAME` (`about`, `subreddit_new`) or person `u/NAME` (`about`,
`user_overview`: submissions and comments together), with the comments under their young
submissions (`comments`, and what the tree leaves out by `morechildren`); communities of the
watchlist (`platforms.reddit.communities`); searches for brands and topics (`search`); recent posts
again, 100 at a time (`info`): what has no author any more, is `[deleted]` or `[removed]`, or is
not answered, becomes a tombstone.

Terms: every key needs Reddit's approval, commercial use a contract; what is deleted there must be
deleted here. The User-Agent names program and person: `platforms.reddit.own_id` is the name of who
holds the key, else the workspace's contact stands there. Missing: views, language, followers of
authors; scores are blurred, and hidden at first.
Quota: 100 calls a minute, over ten minutes, told in x-ratelimit headers. Lists end near 1,000.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from crawlers import backlog, paging
from crawlers.fields import decoded, mapping, moment, ok, source
from crawlers.things import Things, things
from crawlers.words import searches
from vigie import __version__
from vigie.health import detail
from vigie.records import Post
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

HOST = "https://oauth.reddit.com"
MANY = 100  # items of a page, and that one call asks for
DEEP = 500  # comments of a tree
LISTS = ("subreddit_new", "user_overview", "search")
TREES = ("comments", "morechildren")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Reddit:
    name = "reddit"
    title = "Reddit"
    endpoints = ("about", *LISTS, "comments", "morechildren", "info")
    requires = ("REDDIT_TOKEN",)
    mapper_version = "1"
    ids = re.compile(r"t[13]_[0-9a-z]+")
    rate = 1.5  # calls a second
    reads_many = True
    batch = MANY
    least: Mapping[str, int] = {"about": 1}
    lists = frozenset({"subreddit_new", "user_overview"})
    # What is below a post whose community was closed meanwhile.
    expects: Mapping[str, tuple[int, ...]] = dict.fromkeys(TREES, (403, 404))
    settles = frozenset(TREES)

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host = (settings.url or HOST).rstrip("/")
        options = {"since_days": settings.since_days, "agent": _agent(watchlist)}
        found = [
            Target(self.name, "account", _account(account), brand.id, None, host, options)
            for brand in watchlist.brands
            for account in brand.accounts.get(self.name, ())
        ]
        found += [
            Target(self.name, "community", _account(name).removeprefix("r/"), None, None, host,
                   options)
            for name in settings.communities
        ]  # fmt: skip
        if settings.searches and watchlist.speaks_of(self.name):
            found += [
                Target(self.name, "search", one.words.lstrip("#"), None, one.topic, host, options)
                for one in searches(watchlist)
            ]
        return list({target.key: target for target in found}.values())

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        host = (watchlist.platform(self.name).url or HOST).rstrip("/")
        options = {"ids": [post.native_id for post in posts], "agent": _agent(watchlist)}
        return [Target(self.name, "refresh", "posts", host=host, options=options)] if posts else []

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        return _signed(self._start(target, cursor, target.host or HOST), target)

    def _start(self, target: Target, cursor: Mapping[str, Any], host: str) -> Iterator[Call]:
        meta = {"host": host, "since_days": target.options.get("since_days", 30)}
        name = target.value
        if target.kind == "refresh":
            ids = target.options["ids"]
            for first in range(0, len(ids), MANY):
                asked = ids[first : first + MANY]
                path = f"/api/info?{_query({'id': ','.join(asked)})}"
                yield Call("info", f"{host}{path}", meta={"asked": asked})
        elif target.kind == "search":
            words = f'"{name}"' if " " in name else name
            asked = {"q": words, "sort": "new", "type": "link", "limit": MANY}
            yield from paging.walk("search", host, f"/search?{_query(asked)}", cursor, meta)
        elif target.kind == "account" and not name.startswith("r/"):
            place = f"/user/{quote(name.removeprefix('u/'))}"
            yield Call("about", f"{host}{place}/about?{_query({})}")
            yield from _trees(host, backlog.owed(cursor, "threads"))
            path = f"{place}/overview?{_query({'sort': 'new', 'limit': MANY})}"
            yield from paging.walk("user_overview", host, path, cursor, meta)
        else:
            place = f"/r/{quote(name.removeprefix('r/'))}"
            yield Call("about", f"{host}{place}/about?{_query({})}")
            yield from _trees(host, backlog.owed(cursor, "threads"))
            path = f"{place}/new?{_query({'limit': MANY})}"
            yield from paging.walk("subreddit_new", host, path, cursor, meta)

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if not ok(answer):
            return ()
        with mapping(answer):
            return list(_signed(self._next(answer, target, cursor), target))

    def _next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        host = target.host or HOST
        if answer.endpoint in LISTS:
            yield from paging.following(answer, host, _page(answer, host))
            if target.kind == "account":
                yield from _trees(host, backlog.threads(answer, cursor, _links(answer)))
        elif answer.endpoint in TREES:
            for _, call in _left_out(answer, host):
                yield call

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        with mapping(answer):
            if answer.endpoint in TREES:
                meta = answer.meta
                left = [part for part, _ in _left_out(answer, "")] if ok(answer) else []
                told = meta.get("answers")
                return backlog.part_read(cursor, meta["root"], meta["part"], told, left)
            if answer.endpoint in LISTS:
                moved = paging.advanced(answer, cursor, _page(answer, answer.meta["host"]))
                if answer.target.startswith(f"{self.name}/account/"):
                    due = backlog.threads(answer, cursor, _links(answer))
                    moved = backlog.owing(moved, "threads", due)
                return moved
        return cursor

    def map(self, answer: Answer) -> Mapped:
        if not ok(answer):
            return Mapped()
        body = decoded(answer)
        with mapping(answer):
            read = Things(answer, source(answer, self.mapper_version))
            read.read(body)
            if answer.endpoint == "info" and "asked" in answer.meta:
                read.gone(answer.meta["asked"])
            return read.mapped

    def healthy(self, answer: Answer) -> str | None:
        """What Reddit's reasons say of a community or person; a suspended one answers with 200."""
        try:
            body = answer.json()
        except ValueError:
            return None
        if not isinstance(body, dict):
            return None
        reason, told = body.get("reason"), detail(str(body.get("message", "")))
        if answer.endpoint in TREES and answer.status in (403, 404):
            return None
        if answer.status in (403, 404) and reason in _CLOSED:
            return f"{_CLOSED[reason]}: {reason}"
        if answer.endpoint in ("about", *LISTS) and answer.status in (302, 404):
            return f"unknown account: {told or 'HTTP 302'}"
        suspended = answer.endpoint == "about" and (body.get("data") or {}).get("is_suspended")
        return "unknown account: suspended" if suspended else None


_CLOSED = {
    "private": "private account",
    "gold_only": "private account",
    "quarantined": "private account",
    "banned": "unknown account",
    "USER_DOESNT_EXIST": "unknown account",
}


def _agent(watchlist: Watchlist) -> str:
    """As Reddit wants it: program and who runs it."""
    name = (watchlist.platform("reddit").own_id or "").removeprefix("/").removeprefix("u/")
    person = f"by /u/{name}" if name else watchlist.workspace.contact
    return f"python:vigie:{__version__}" + (f" ({person})" if person else "")


def _account(written: str) -> str:
    """`r/NAME`, `u/NAME` or NAME, which is a person's."""
    return written.strip("/").removeprefix("@")


def _query(asked: Mapping[str, Any]) -> str:
    return urlencode({**asked, "raw_json": 1}, quote_via=quote, safe=",")


def _signed(calls: Iterable[Call], target: Target) -> Iterator[Call]:
    headers = {"Authorization": "Bearer ${REDDIT_TOKEN}"}
    if agent := target.options.get("agent"):
        headers["User-Agent"] = agent
    return (replace(call, headers={**headers, **call.headers}) for call in calls)


def _links(answer: Answer) -> Iterator[tuple[str, int | None, Any]]:
    """The submissions of a page with how many comments each has."""
    for one in things(decoded(answer)):
        if one["kind"] == "t3":
            data = one["data"]
            yield data["name"], data["num_comments"], data["created_utc"]


def _trees(host: str, due: Mapping[str, int]) -> Iterator[Call]:
    """Calls for the comments under submissions."""
    for name, answers in due.items():
        yield _tree(host, name, {"root": name, "part": name, "answers": answers})


def _tree(host: str, name: str, meta: Mapping[str, Any], below: str = "") -> Call:
    """The comments under a submission, or below one of them."""
    place = f"/comments/{name.removeprefix('t3_')}" + (f"/_/{below}" if below else "")
    asked = {"sort": "new", "limit": DEEP, "threaded": "true"}
    return Call("comments", f"{host}{place}?{_query(asked)}", meta=meta)


def _left_out(answer: Answer, host: str) -> Iterator[tuple[str, Call]]:
    """What a tree leaves out, each part with the name that it is owed by: by the ids that it tells,
    or from a comment on where it is cut."""
    root = answer.meta["root"]
    for one in things(decoded(answer)):
        if one["kind"] != "more":
            continue
        children, above = one["data"]["children"], one["data"]["parent_id"]
        if not children:
            below = above.removeprefix("t1_")
            yield above, _tree(host, root, {"root": root, "part": above}, below=below)
        for first in range(0, len(children), MANY):
            asked = {
                "api_type": "json", "link_id": root, "sort": "new",
                "children": ",".join(children[first : first + MANY]),
            }  # fmt: skip
            body, part = _query(asked).encode(), children[first]
            yield part, Call("morechildren", f"{host}/api/morechildren?raw_json=1", "POST", FORM,
                             body, {"root": root, "part": part})  # fmt: skip


def _page(answer: Answer, host: str) -> paging.Page:
    return answer.once(f"page of {host}", lambda: _read_page(answer, host))


def _read_page(answer: Answer, host: str) -> paging.Page:
    data = decoded(answer)["data"]
    items = [child["data"] for child in data["children"]]
    # What is pinned on a profile stands first, however old it is.
    times = [moment(one["created_utc"]) for one in items if not one.get("pinned")]
    on = paging.onward(answer, host, after=data["after"]) if data.get("after") else None
    return paging.page(times, on)


CRAWLER = Reddit()
