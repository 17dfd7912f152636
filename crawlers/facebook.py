"""Facebook pages: what brands publish, how many follow them, and own pages' figures (Graph API).

Collected: a page with fans, followers and people talking about it (`page`); its posts
(`published_posts`); of own brands' pages the comments under young posts (`comments`) and each
post's figures (`post_insights`; names in `platforms.facebook.insights`); recent posts again, fifty
at a time (`posts`): where one of them is refused the rest is asked for in halves, and a post that
is refused alone is gone, if its page can still be read (`page_again`).

Terms: Meta Platform Terms; pages of others need "Page Public Content Access". Missing: reach and
views of others, a search for words, and of the feed all but about 600 posts a year; who commented,
unless the token is the page's; of a post's comments more than 1,500 at a time. Links to pictures
lapse and are not asked for.
Quota: 200 calls an hour and user, or the page's business budget, told in usage headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from crawlers import backlog, graph, paging
from crawlers.fields import decoded, mapping, moment, ok, source
from crawlers.walls import Walls
from vigie.records import Post
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

TOKEN = graph.bearer("FACEBOOK_TOKEN")
LIMIT, MANY = 50, 50
PAGE = (
    "id,name,username,link,about,fan_count,followers_count,talking_about_count,verification_status"
)
COUNTED = "summary(true).limit(0)"
POST = (
    f"id,message,story,created_time,updated_time,permalink_url,shares,reactions.{COUNTED},"
    f"comments.{COUNTED},from,status_type,message_tags,"
    "attachments{media_type,type,title,unshimmed_url,target,subattachments}"
)
COMMENTS = "id,message,created_time,like_count,comment_count,from,parent,permalink_url"
FIGURES = ("post_media_view", "post_total_media_view_unique", "post_clicks")
AGAIN = ("posts", "page_again")
BELOW = ("comments", "post_insights")  # of a post that may be gone by the time


class Facebook:
    name = "facebook"
    title = "Facebook"
    endpoints = ("page", "published_posts", "comments", "post_insights", *AGAIN)
    requires: tuple[str, ...] = ("FACEBOOK_TOKEN",)
    mapper_version = "1"
    api_version = graph.VERSION
    ids = re.compile(r"\d+_\d+")
    rate = 2.0  # calls a second
    reads_many = True
    batch = MANY
    lists = frozenset(("published_posts",))  # the newest posts, whatever was read before
    least: Mapping[str, int] = {"page": 1}
    expects: Mapping[str, tuple[int, ...]] = dict.fromkeys(("posts", *BELOW), (400, 404))
    settles = frozenset(BELOW)

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host, options = graph.base(settings), graph.options(settings)
        return graph.accounts(self.name, watchlist, host, options)

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        own = {brand.id for brand in watchlist.own}
        pages: dict[str, dict[str, Any]] = {}
        asked: dict[str, dict[str, str]] = {"post": {}, "comment": {}}
        for post in posts:
            of = (post.root_id or post.id).partition(":")[2].partition("_")[0]
            page = {"id": of, "username": post.author.handle, "name": post.author.name}
            if post.kind == "comment" and post.root_id:
                asked["comment"][post.native_id] = of
            elif post.kind != "comment":
                asked["post"][post.native_id] = of
                pages[of] = page
        unread = [post.native_id for post in posts if post.origin == "owned" and post.owner in own]
        return [
            Target(self.name, "refresh", f"{kind}s", None, None, graph.base(settings),
                   {**graph.options(settings), "asked": its, "pages": pages, "unread": unread})
            for kind, its in asked.items()
            if its
        ]  # fmt: skip

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        if target.kind == "account":
            where = graph.path(quote(target.value), fields=PAGE)
            meta = {**target.options["meta"], "own": target.options["own"]}
            yield Call("page", f"{target.host}{where}", headers=TOKEN, meta=meta)
            threads, unread = (backlog.owed(cursor, what) for what in ("threads", "figures"))
            for call in _owed(target, threads, unread):
                yield replace(call, headers=TOKEN)
            return
        ids = list(target.options["asked"])
        for first in range(0, len(ids), MANY):
            yield _again(target, ids[first : first + MANY])

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        with mapping(answer):
            if answer.endpoint == "posts" and graph.is_gone(answer):
                yield from _narrowed(answer, target)
            if not ok(answer) or graph.error_of(answer):
                return
            for call in self._following(answer, target, cursor):
                yield replace(call, headers=TOKEN)

    def _following(
        self, answer: Answer, target: Target, cursor: Mapping[str, Any]
    ) -> Iterator[Call]:
        host, body, meta = target.host or "", decoded(answer), answer.meta
        if answer.endpoint == "page":
            author = {n: body.get(n) for n in ("id", "username", "name", "followers_count")}
            floor = answer.collected_at - timedelta(days=meta.get("since_days", 30))
            asked = {"fields": POST, "limit": LIMIT, "since": int(floor.timestamp())}
            where = graph.path(f"{body['id']}/published_posts", **asked)
            yield from paging.walk("published_posts", host, where, cursor, {**meta, "page": author})
        elif answer.endpoint == "published_posts":
            page = _page(answer, host)
            yield from paging.following(answer, host, page)
            if target.options.get("own") and not graph.came_back(answer, page):
                yield from _owed(target, *_due(answer, cursor))
        elif answer.endpoint == "comments":
            if call := graph.below(answer, host, body):
                yield call
        elif answer.endpoint == "posts":
            yield from _owed(target, {}, [id for id in body if id in target.options["unread"]])

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        told = ok(answer) and not graph.error_of(answer)
        if not told and answer.endpoint not in BELOW:
            return cursor
        with mapping(answer):
            if answer.endpoint == "published_posts":
                page = answer.meta["page"]["id"]
                host = answer.request_url.partition(f"/{page}/published_posts")[0]
                moved = paging.advanced(answer, cursor, _page(answer, host))
                if answer.meta.get("own"):
                    threads, unread = _due(answer, cursor)
                    moved = backlog.owing(moved, "threads", threads)
                    moved = backlog.owing(moved, "figures", dict.fromkeys(unread, 1))
                return moved
            if answer.endpoint == "comments" and not (
                told and graph.below(answer, "", decoded(answer))
            ):
                return backlog.thread_read(cursor, answer.meta["post"], answer.meta["comments"])
            if answer.endpoint == "post_insights":
                return backlog.figures_read(cursor, answer.meta["entity"])
        return cursor

    def healthy(self, answer: Answer) -> str | None:
        """An answer without an error; of posts that are read again some may be gone, and of those
        whose comments and figures are read."""
        if answer.endpoint in ("posts", *BELOW) and graph.is_gone(answer):
            return None
        return graph.fault(answer)

    def map(self, answer: Answer) -> Mapped:
        if not ok(answer) or graph.error_of(answer):
            return Mapped()
        body = decoded(answer)
        with mapping(answer):
            walls = Walls(answer, source(answer, self.mapper_version))
            walls.read(body)
            gone: list[str] = []
            if answer.endpoint == "posts":
                gone = [id for id in answer.meta["asked"] if id not in body]
            elif answer.endpoint == "page_again":
                gone = [answer.meta["gone"]]
            walls.mapped.tombstones += graph.tombstones(self.name, gone, answer)
            return walls.mapped


def _again(target: Target, ids: Sequence[str]) -> Call:
    """A call for many posts."""
    fields = COMMENTS if target.value == "comments" else POST
    pages = {id: target.options["pages"].get(target.options["asked"][id]) for id in ids}
    meta = {
        **target.options["meta"],
        "asked": list(ids),
        "pages": {page["id"]: page for page in pages.values() if page},
    }
    where = graph.path("", ids=",".join(ids), fields=fields)
    return Call("posts", f"{target.host}{where}", headers=TOKEN, meta=meta)


def _narrowed(answer: Answer, target: Target) -> Iterator[Call]:
    """One post that cannot be read makes the call for many fail: each half is asked for; in the
    end the post's page, since a page that is gone as well proves nothing."""
    ids = answer.meta["asked"]
    if len(ids) > 1:
        yield _again(target, ids[: len(ids) // 2])
        yield _again(target, ids[len(ids) // 2 :])
    else:
        where = graph.path(target.options["asked"][ids[0]], fields="id,name")
        meta = {**target.options["meta"], "gone": ids[0]}
        yield Call("page_again", f"{target.host}{where}", headers=TOKEN, meta=meta)


def _owed(target: Target, threads: Mapping[str, int], unread: Iterable[str]) -> Iterator[Call]:
    """Calls for the comments under own posts, and for their figures."""
    for id, comments in threads.items():
        where = graph.path(f"{id}/comments", fields=COMMENTS, filter="stream", limit=100)
        page: dict[str, str] = {"id": id.partition("_")[0]}
        if not target.value.isdigit():
            page["username"] = target.value
        meta = {**target.options["meta"], "post": id, "comments": comments, "page": page}
        yield Call("comments", f"{target.host}{where}", meta=meta)
    names = ",".join(target.options["insights"] or FIGURES)
    for id in unread:
        where = graph.path(f"{id}/insights", metric=names, period="lifetime")
        meta = {**target.options["meta"], "entity": id}
        yield Call("post_insights", f"{target.host}{where}", meta=meta)


def _due(answer: Answer, cursor: Mapping[str, Any]) -> tuple[dict[str, int], list[str]]:
    """Own posts on a page with comments to read, and those with figures to read."""
    items = decoded(answer)["data"]
    counted = (
        (item["id"], item["comments"]["summary"]["total_count"], item["created_time"])
        for item in items
        if "comments" in item
    )
    return backlog.threads(answer, cursor, counted), backlog.due(cursor, [i["id"] for i in items])


def _page(answer: Answer, host: str) -> paging.Page:
    return answer.once("page", lambda: _read_page(answer, host))


def _read_page(answer: Answer, host: str) -> paging.Page:
    body = decoded(answer)
    times = [moment(item["created_time"]) for item in body["data"]]
    return paging.page(times, graph.following(answer, host, body))


CRAWLER = Facebook()
