"""Instagram's professional accounts and hashtags, by the Graph API with Facebook Login.

Collected: of any professional account its figures and posts (`business_discovery`, read through an
account of one's own: `platforms.instagram.own_id`, else the first that `pages` names); of the own
account (`user`) its posts (`media`), the comments under young ones (`comments`) and each post's
figures (`media_insights`; names in `platforms.instagram.insights`); topics' hashtags, then brands'
names as hashtags: newest (`recent_media`) and best (`top_media`). Posts of accounts are read again
by their lists: one that is missing there is gone.
`searched` tells which tags were asked for in 7 days, `ig_hashtag_search` asks for another.

Terms: Meta Platform Terms; tags need "Instagram Public Content Access". Missing: shares, saves and
reach of others; whoever wrote a tag's posts; likes where they are hidden; personal, private and
age-gated accounts; stories (24 h); a tag's posts again once they left its list; of a post's
comments more than 750 at a time.
Quota: 30 different tags in 7 days; business-use-case budget of calls, told in usage headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crawlers import backlog, figures, graph, paging
from crawlers.fields import decoded, mapping, ok, source, stamp
from crawlers.gramlists import (
    ACCOUNT,
    MANY,
    TAGGED,
    discovery,
    ids,
    linked,
    listing,
    page_of,
    tag_goes_on,
    tag_read,
)
from crawlers.grams import Grams
from crawlers.words import tags
from vigie.budgets import Limit, Price
from vigie.records import Post
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

TOKEN = graph.bearer("INSTAGRAM_TOKEN")
TAGS = 30  # different ones in 7 days
OWN = f"{TAGGED},media_product_type,username,alt_text,children{{id,media_type,alt_text}}"
LINKED = "id,name,instagram_business_account{id,username}"
COMMENTS = "id,text,timestamp,username,from,like_count,parent_id"
COMMENTS += f",replies.limit({MANY}){{{COMMENTS}}}"
FIGURES = ("views", "reach", "saved", "shares", "total_interactions")
LISTS = ("business_discovery", "media")
BELOW = ("comments", "media_insights")  # of a post that may be gone by the time
TAG_LISTS = ("recent_media", "top_media")
BEFORE_BUSINESS = 2_108_006  # a post of the time before the account was professional


class Instagram:
    name = "instagram"
    title = "Instagram"
    endpoints = (
        "pages", "user", *LISTS, "comments", "media_insights",
        "searched", "ig_hashtag_search", *TAG_LISTS,
    )  # fmt: skip
    requires: tuple[str, ...] = ("INSTAGRAM_TOKEN",)
    mapper_version = "1"
    api_version = graph.VERSION
    ids = re.compile(
        r"\d{16,18}"
    )  # those of the Graph API; addresses and the site itself have others
    rate = 2.0  # calls a second
    batch = MANY
    lists = frozenset(LISTS)  # the newest posts, whatever was read before
    least: Mapping[str, int] = dict.fromkeys(("user", "business_discovery"), 1)
    limits: Mapping[str, Limit] = {"instagram tags": Limit(calls=TAGS, days=7)}
    expects: Mapping[str, tuple[int, ...]] = {
        **dict.fromkeys(BELOW, (400, 404)), "ig_hashtag_search": (400, 404),
    }  # fmt: skip
    settles = frozenset(BELOW)

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host = graph.base(settings)
        options = {**graph.options(settings), "own_id": settings.own_id}
        found = graph.accounts(self.name, watchlist, host, options)
        if settings.searches and watchlist.speaks_of(self.name):
            wanted = sorted(tags(watchlist), key=lambda search: search.topic is None)
            found += [
                Target(self.name, "tag", search.words, None, search.topic, host, options)
                for search in wanted
            ]
        return found

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        accounts = (one for one in self.targets(watchlist) if one.kind == "account")
        return graph.again(accounts, (post for post in posts if post.kind != "comment"))

    def price(self, call: Call) -> tuple[Price, ...]:
        tag = call.endpoint == "ig_hashtag_search"
        return (Price(self.name), *([Price("instagram tags")] if tag else []))

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        own_id = target.options.get("own_id") or cursor.get("own_id")
        if own_id:
            calls = self._begin(target, cursor, own_id)
        else:
            where = graph.path("me/accounts", fields=LINKED)
            meta = dict(target.options["meta"])
            calls = iter([Call("pages", f"{target.host}{where}", meta=meta)])
        return graph.signed(calls, TOKEN)

    def _begin(self, target: Target, cursor: Mapping[str, Any], own_id: str) -> Iterator[Call]:
        meta = {**target.options["meta"], "own_id": own_id}
        if target.kind == "tag":
            where = graph.path(f"{own_id}/recently_searched_hashtags", fields="id,name", limit=TAGS)
            yield Call("searched", f"{target.host}{where}", meta=meta)
        elif target.options.get("own"):
            yield Call("user", f"{target.host}{graph.path(own_id, fields=ACCOUNT)}", meta=meta)
            if target.kind == "account":
                threads, unread = (backlog.owed(cursor, what) for what in ("threads", "figures"))
                yield from self._owed(target, threads, unread, own_id)
        else:
            yield from self._discover(target, cursor, meta)

    def _discover(
        self, target: Target, cursor: Mapping[str, Any], meta: Mapping[str, Any]
    ) -> Iterator[Call]:
        where = discovery(meta["own_id"], target.value)
        more = {**meta, "handle": target.value}
        yield from graph.walk("business_discovery", target, where, cursor, more)

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if not ok(answer) or graph.error_of(answer):
            return
        with mapping(answer):
            yield from graph.signed(self._following(answer, target, cursor), TOKEN)

    def _following(
        self, answer: Answer, target: Target, cursor: Mapping[str, Any]
    ) -> Iterator[Call]:
        host, meta, body = target.host or "", answer.meta, decoded(answer)
        if answer.endpoint == "pages":
            if own_id := linked(body):
                yield from self._begin(target, cursor, own_id)
        elif answer.endpoint == "user":
            if body["username"].casefold() == target.value.casefold():
                author = {name: body.get(name) for name in ("id", "username", "name")}
                where = graph.path(f"{meta['own_id']}/media", fields=OWN, limit=MANY)
                more = {**meta, "handle": target.value, "author": author}
                yield from graph.walk("media", target, where, cursor, more)
            else:
                yield from self._discover(target, cursor, meta)
        elif answer.endpoint in LISTS:
            yield from graph.older(answer, target, page_of(answer), ids(listing(answer)))
            if answer.endpoint == "media" and not graph.came_back(answer, page_of(answer)):
                yield from self._under(answer, target, cursor)
        elif answer.endpoint == "comments" and (call := graph.below(answer, host, body)):
            yield call
        elif answer.endpoint == "searched":
            wanted = target.value.casefold()
            known = [tag["id"] for tag in body["data"] if tag["name"].casefold() == wanted]
            if known:
                yield from self._tagged(
                    known[0], target, meta, best=figures.daily(answer, cursor, "best")
                )
            else:
                where = graph.path("ig_hashtag_search", user_id=meta["own_id"], q=target.value)
                yield Call("ig_hashtag_search", f"{host}{where}", meta=meta)
        elif answer.endpoint == "ig_hashtag_search":
            for tag in body["data"][:1]:
                yield from self._tagged(tag["id"], target, meta, best=True)
        elif answer.endpoint == "recent_media":
            yield from tag_goes_on(answer, host, cursor)

    def _under(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        """Comments under own posts, and their figures."""
        if "asked" in answer.meta:
            unread = [id for id in ids(decoded(answer)) if id in answer.meta["asked"]]
            yield from self._owed(target, {}, unread, answer.meta["own_id"])
        else:
            yield from self._owed(target, *_due(answer, cursor), answer.meta["own_id"])

    def _owed(
        self, target: Target, threads: Mapping[str, int], unread: Iterable[str], own_id: str
    ) -> Iterator[Call]:
        meta = {**target.options["meta"], "own_id": own_id}
        for id, comments in threads.items():
            where = graph.path(f"{id}/comments", fields=COMMENTS, limit=MANY)
            about = {**meta, "media": id, "comments": comments}
            yield Call("comments", f"{target.host}{where}", meta=about)
        names = ",".join(target.options["insights"] or FIGURES)
        for id in unread:
            where = graph.path(f"{id}/insights", metric=names)
            yield Call("media_insights", f"{target.host}{where}", meta={**meta, "entity": id})

    def _tagged(
        self, tag: str, target: Target, meta: Mapping[str, Any], *, best: bool
    ) -> Iterator[Call]:
        for endpoint in TAG_LISTS if best else TAG_LISTS[:1]:
            asked = {"user_id": meta["own_id"], "fields": TAGGED, "limit": MANY}
            yield Call(
                endpoint, f"{target.host}{graph.path(f'{tag}/{endpoint}', **asked)}", meta=meta
            )

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        told = ok(answer) and not graph.error_of(answer)
        if not told and answer.endpoint not in BELOW:
            return cursor
        with mapping(answer):
            body, meta = decoded(answer) if told else {}, answer.meta
            if answer.endpoint == "pages" and (own_id := linked(body)):
                return {**cursor, "own_id": own_id}
            if answer.endpoint in LISTS and "asked" not in meta:
                moved = paging.advanced(answer, cursor, page_of(answer))
                if answer.endpoint == "media":
                    threads, unread = _due(answer, cursor)
                    moved = backlog.owing(moved, "threads", threads)
                    moved = backlog.owing(moved, "figures", dict.fromkeys(unread, 1))
                return moved
            if answer.endpoint == "comments" and not graph.below(answer, "", body):
                return backlog.thread_read(cursor, meta["media"], meta["comments"])
            if answer.endpoint == "top_media":
                return {**cursor, "best": stamp(answer.collected_at)}
            if answer.endpoint == "media_insights":
                return backlog.figures_read(cursor, meta["entity"])
            if answer.endpoint == "recent_media":
                return tag_read(answer, cursor)
        return cursor

    def healthy(self, answer: Answer) -> str | None:
        """An answer without an error. A tag that nobody has used, and figures of a post from before
        the account was professional, are refused in good order; a token without any professional
        account can read nothing."""
        code, subcode = graph.code_of(answer)
        if answer.endpoint == "ig_hashtag_search" and code == 24:
            return None
        if answer.endpoint == "media_insights" and subcode == BEFORE_BUSINESS:
            return None
        if answer.endpoint in BELOW and graph.is_gone(answer):
            return None
        told = graph.fault(answer)
        if told and told.startswith("unknown account"):
            return f"{told} (personal, private and age-gated accounts are not shown)"
        if told or answer.endpoint != "pages" or not ok(answer):
            return told
        try:
            found = linked(answer.json())
        except (ValueError, AttributeError, TypeError):
            return None  # no JSON, or not its shape: the framework tells
        return None if found else "approval missing: no professional account is linked to a page"

    def map(self, answer: Answer) -> Mapped:
        if not ok(answer) or graph.error_of(answer):
            return Mapped()
        body = decoded(answer)
        with mapping(answer):
            grams = Grams(answer, source(answer, self.mapper_version))
            grams.read(body)
            if "asked" in answer.meta and answer.endpoint in LISTS:
                page = page_of(answer)
                gone, _ = graph.missed(answer.meta["asked"], ids(listing(answer)), page)
                grams.mapped.tombstones += graph.tombstones(self.name, gone, answer)
            return grams.mapped


def _due(answer: Answer, cursor: Mapping[str, Any]) -> tuple[dict[str, int], list[str]]:
    """Own posts on a page with comments to read, and those with figures to read."""
    items = decoded(answer)["data"]
    counted = ((item["id"], item.get("comments_count"), item.get("timestamp")) for item in items)
    return backlog.threads(answer, cursor, counted), backlog.due(cursor, ids(decoded(answer)))


CRAWLER = Instagram()
