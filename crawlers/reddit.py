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
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from crawlers import paging
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
        if settings.searches and (found or self.name in watchlist.platforms):
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
            path = f"{place}/overview?{_query({'sort': 'new', 'limit': MANY})}"
            yield from paging.walk("user_overview", host, path, cursor, meta)
        else:
            place = f"/r/{quote(name.removeprefix('r/'))}"
            yield Call("about", f"{host}{place}/about?{_query({})}")
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
                links = [one["data"] for one in things(decoded(answer)) if one["kind"] == "t3"]
                asked = ((one["name"], one["num_comments"], one["created_utc"]) for one in links)
                for name, answers in paging.threads_due(answer, cursor, asked):
                    meta = {"root": name, "answers": answers}
                    yield _tree(host, name, meta)
        elif answer.endpoint in ("comments", "morechildren"):
            root = answer.meta["root"]
            for one in things(decoded(answer)):
                if one["kind"] == "more":
                    yield from _more(host, root, one["data"])

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        if answer.endpoint == "comments" and "answers" in answer.meta:
            return paging.thread_read(cursor, answer.meta["root"], answer.meta["answers"])
        if answer.endpoint in LISTS:
            with mapping(answer):
                return paging.advanced(answer, cursor, _page(answer, answer.meta["host"]))
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


def _tree(host: str, name: str, meta: Mapping[str, Any], below: str = "") -> Call:
    """The comments under a submission, or below one of them."""
    place = f"/comments/{name.removeprefix('t3_')}" + (f"/_/{below}" if below else "")
    asked = {"sort": "new", "limit": DEEP, "threaded": "true"}
    return Call("comments", f"{host}{place}?{_query(asked)}", meta=meta)


def _more(host: str, root: str, data: Mapping[str, Any]) -> Iterator[Call]:
    """What a tree leaves out: by the ids that it names, or from a comment on where it is cut."""
    children = data["children"]
    if not children:
        yield _tree(host, root, {"root": root}, below=data["parent_id"].removeprefix("t1_"))
    for first in range(0, len(children), MANY):
        asked = {
            "api_type": "json", "link_id": root, "sort": "new",
            "children": ",".join(children[first : first + MANY]),
        }  # fmt: skip
        body = _query(asked).encode()
        yield Call("morechildren", f"{host}/api/morechildren?raw_json=1", "POST", FORM, body,
                   {"root": root})  # fmt: skip


def _page(answer: Answer, host: str) -> paging.Page:
    return answer.once(f"page of {host}", lambda: _read_page(answer, host))


def _read_page(answer: Answer, host: str) -> paging.Page:
    data = decoded(answer)["data"]
    items = [child["data"] for child in data["children"]]
    # What is pinned on a profile stands first, however old it is.
    times = [moment(one["created_utc"]) for one in items if not one.get("pinned")]
    if not data.get("after"):
        return paging.page(times, None)
    split = urlsplit(answer.request_url)
    asked = {**dict(parse_qsl(split.query)), "after": data["after"]}
    path = split.path[len(urlsplit(host).path) :]
    return paging.page(times, f"{path}?{urlencode(asked, quote_via=quote, safe=',')}")


CRAWLER = Reddit()
