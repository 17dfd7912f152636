"""Threads: profiles, searches for words and tags, and the own account with its figures.

Collected: profiles with at least 100 followers (`profile_lookup`) and what they publish
(`profile_posts`); words and tags of the watchlist, newest first (`keyword_search`); of the own
account (`me`) its posts (`threads`), their figures (`insights`; names in
`platforms.threads.insights`), the answers under those that have got others (`conversation`), and
its followers (`threads_insights`). Posts of accounts are read again by their lists: one that is
missing there is gone.

Terms: Meta Platform Terms; others need `threads_profile_discovery` and `threads_keyword_search`:
without these approvals a search sees own posts only. Missing: counts of others' posts, ids of
people, posts of searches again, of the answers under a post more than 1,500 at a time; a sensitive
word is answered by an empty list.
Quota: 2,200 searches and 1,000 calls for profiles in 24 h; in all 4,800 calls × impressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crawlers import backlog, figures, graph, paging
from crawlers.fields import decoded, mapping, moment, ok, source, stamp
from crawlers.strands import Strands, kind_of
from crawlers.words import searches
from vigie.budgets import Limit, Price
from vigie.records import Post
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

HOST, VERSION = "https://graph.threads.net", "v1.0"
TOKEN = graph.bearer("THREADS_TOKEN")
LIMIT = 100
POST = (
    "id,media_product_type,media_type,permalink,username,text,timestamp,shortcode,is_quote_post,"
    "has_replies,is_reply,topic_tag,link_attachment_url,alt_text"
)
OWN = f"{POST},children{{media_type,alt_text}},quoted_post{{id}},reposted_post{{id}}"
ANSWERS = f"{POST},replied_to{{id}},root_post{{id}}"
ME = "id,username,name,threads_biography,is_verified"
PROFILE = (
    "username,name,biography,is_verified,follower_count,likes_count,quotes_count,replies_count,"
    "reposts_count,views_count"
)
FIGURES = ("views", "likes", "replies", "reposts", "quotes", "shares")
LISTS = ("profile_posts", "threads", "keyword_search")
BELOW = ("insights", "conversation")  # of a post that may be gone by the time


class Threads:
    name = "threads"
    title = "Threads"
    endpoints = ("me", "profile_lookup", *LISTS, "insights", "threads_insights", "conversation")
    requires: tuple[str, ...] = ("THREADS_TOKEN",)
    mapper_version = "1"
    api_version = VERSION
    ids = re.compile(r"\d{16,18}")  # those of the API; the site itself has others
    rate = 2.0  # calls a second
    batch = LIMIT
    lists = frozenset(LISTS[:2])  # the newest posts, whatever was read before
    least: Mapping[str, int] = dict.fromkeys(("me", "profile_lookup"), 1)
    expects: Mapping[str, tuple[int, ...]] = dict.fromkeys(BELOW, (400, 404))
    settles = frozenset(BELOW)
    limits: Mapping[str, Limit] = {
        "threads searches": Limit(calls=2_200),
        "threads profiles": Limit(calls=1_000),
    }

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host, options = graph.base(settings, HOST, VERSION), graph.options(settings, VERSION)
        found = graph.accounts(self.name, watchlist, host, options)
        if settings.searches and watchlist.speaks_of(self.name):
            found += [
                Target(self.name, "search", search.words, None, search.topic, host, options)
                for search in searches(watchlist)
            ]
        return found

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        accounts = (one for one in self.targets(watchlist) if one.kind == "account")
        # A profile's list holds what it publishes, not its answers to others.
        return graph.again(accounts, (post for post in posts if post.kind != "reply"))

    def price(self, call: Call) -> tuple[Price, ...]:
        bucket = "profiles" if call.endpoint.startswith("profile_") else ""
        bucket = "searches" if call.endpoint == "keyword_search" else bucket
        return (Price(self.name), *([Price(f"threads {bucket}")] if bucket else []))

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        meta = dict(target.options["meta"])
        if target.kind == "search":
            asked = {
                "q": target.value.lstrip("#"),
                "search_type": "RECENT",
                "search_mode": "TAG" if target.value.startswith("#") else "KEYWORD",
                "fields": POST,
                "limit": LIMIT,
            }
            where = graph.path("keyword_search", **asked)
            calls = paging.walk("keyword_search", target.host or "", where, cursor, meta)
        elif target.options.get("own"):
            calls = self._me(target, cursor, meta)
        else:
            calls = self._profile(target, meta)
        return graph.signed(calls, TOKEN)

    def _me(
        self, target: Target, cursor: Mapping[str, Any], meta: Mapping[str, Any]
    ) -> Iterator[Call]:
        yield Call("me", f"{target.host}{graph.path('me', fields=ME)}", meta=meta)
        if target.kind == "account":
            unread, threads = (backlog.owed(cursor, what) for what in ("figures", "threads"))
            yield from self._owed(target, unread, threads)

    def _profile(self, target: Target, meta: Mapping[str, Any]) -> Iterator[Call]:
        where = graph.path("profile_lookup", username=target.value, fields=PROFILE)
        yield Call("profile_lookup", f"{target.host}{where}", meta=meta)

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if not ok(answer) or graph.error_of(answer):
            return
        with mapping(answer):
            yield from graph.signed(self._following(answer, target, cursor), TOKEN)

    def _following(
        self, answer: Answer, target: Target, cursor: Mapping[str, Any]
    ) -> Iterator[Call]:
        host, body, meta = target.host or "", decoded(answer), answer.meta
        base = target.options["meta"]
        if answer.endpoint == "me":
            if body["username"].casefold() != target.value.casefold():
                yield from self._profile(target, meta)
                return
            if target.kind == "account" and figures.daily(answer, cursor, "followers"):
                where = graph.path("me/threads_insights", metric="followers_count")
                more = {**base, "entity": body["username"]}
                yield Call("threads_insights", f"{host}{where}", meta=more)
            where = graph.path("me/threads", fields=OWN, limit=LIMIT)
            yield from graph.walk("threads", target, where, cursor, base)
        elif answer.endpoint == "profile_lookup":
            where = graph.path("profile_posts", username=target.value, fields=POST, limit=LIMIT)
            more = {**base, "followers": body.get("follower_count")}
            yield from graph.walk("profile_posts", target, where, cursor, more)
        elif answer.endpoint in LISTS:
            yield from graph.older(answer, target, _page(answer), _ids(answer))
            if answer.endpoint == "threads" and not graph.came_back(answer, _page(answer)):
                yield from self._figures(answer, target, cursor)
        elif answer.endpoint == "insights":
            yield from self._owed(target, {}, _answers(answer, cursor))
        elif answer.endpoint == "conversation" and (call := graph.below(answer, host, body)):
            yield call

    def _figures(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        wanted = answer.meta.get("asked")
        if wanted is None:
            posts = _due(answer, cursor)
        else:
            posts = {id: post for id, post in _own(answer).items() if id in wanted}
        yield from self._owed(target, posts, {})

    def _owed(
        self, target: Target, unread: Mapping[str, Any], threads: Mapping[str, int]
    ) -> Iterator[Call]:
        names = ",".join(target.options["insights"] or FIGURES)
        for id, post in unread.items():
            meta = {**target.options["meta"], "entity": id, "post": post}
            where = graph.path(f"{id}/insights", metric=names)
            yield Call("insights", f"{target.host}{where}", meta=meta)
        for id, answers in threads.items():
            meta = {**target.options["meta"], "root": id, "answers": answers}
            where = graph.path(f"{id}/conversation", fields=ANSWERS, limit=LIMIT)
            yield Call("conversation", f"{target.host}{where}", meta=meta)

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        told = ok(answer) and not graph.error_of(answer)
        if not told and answer.endpoint not in BELOW:
            return cursor
        with mapping(answer):
            if answer.endpoint in LISTS and "asked" not in answer.meta:
                moved = paging.advanced(answer, cursor, _page(answer))
                if answer.endpoint == "threads":
                    moved = backlog.owing(moved, "figures", _due(answer, cursor))
                return moved
            if answer.endpoint == "threads_insights":
                return {**cursor, "followers": stamp(answer.collected_at)}
            if answer.endpoint == "insights":
                moved = backlog.figures_read(cursor, answer.meta["entity"])
                return backlog.owing(moved, "threads", _answers(answer, cursor) if told else {})
            if answer.endpoint == "conversation" and not (
                told and graph.below(answer, "", decoded(answer))
            ):
                return backlog.thread_read(cursor, answer.meta["root"], answer.meta["answers"])
        return cursor

    def healthy(self, answer: Answer) -> str | None:
        """An answer without an error. Profiles that are private, or have fewer than 100 followers,
        are not shown, and not told apart from those that do not exist."""
        if answer.endpoint in BELOW and graph.is_gone(answer):
            return None
        told = graph.fault(answer)
        if told and told.startswith("unknown account"):
            return f"{told} (private profiles, and those below 100 followers, are not shown)"
        return told

    def map(self, answer: Answer) -> Mapped:
        if not ok(answer) or graph.error_of(answer):
            return Mapped()
        body = decoded(answer)
        with mapping(answer):
            strands = Strands(answer, source(answer, self.mapper_version))
            strands.read(body)
            if "asked" in answer.meta and answer.endpoint in LISTS:
                gone, _ = graph.missed(answer.meta["asked"], _ids(answer), _page(answer))
                strands.mapped.tombstones += graph.tombstones(self.name, gone, answer)
            return strands.mapped


def _own(answer: Answer) -> dict[str, Any]:
    """Own posts on a page with what their figures have to know: they are their only counts."""
    return {
        item["id"]: {"username": item["username"], "published_at": item["timestamp"], "kind": kind}
        for item in decoded(answer)["data"]
        if (kind := kind_of(item)) != "repost"
    }


def _due(answer: Answer, cursor: Mapping[str, Any]) -> dict[str, Any]:
    """Own posts on a page with figures to read."""
    posts = _own(answer)
    return {id: posts[id] for id in backlog.due(cursor, posts)}


def _answers(answer: Answer, cursor: Mapping[str, Any]) -> dict[str, int]:
    """The own post whose figures these are, where they count other answers than last time."""
    counted = {
        item["name"]: value.get("value")
        for item in decoded(answer)["data"]
        for value in item.get("values", ())
    }
    id, post = answer.meta["entity"], answer.meta["post"]
    return backlog.threads(answer, cursor, [(id, counted.get("replies"), post["published_at"])])


def _ids(answer: Answer) -> list[str]:
    return [item["id"] for item in decoded(answer)["data"]]


def _page(answer: Answer) -> paging.Page:
    return answer.once("page", lambda: _read_page(answer))


def _read_page(answer: Answer) -> paging.Page:
    body = decoded(answer)
    host = answer.request_url.partition("/me/threads?")[0]
    host = host.partition("/profile_posts?")[0].partition("/keyword_search?")[0]
    times = [moment(item["timestamp"]) for item in body["data"]]
    return paging.page(times, graph.following(answer, host, body))


CRAWLER = Threads()
