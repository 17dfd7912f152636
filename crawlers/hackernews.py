"""Hacker News: stories and comments that name a brand or a topic, and what an account submits.

Collected: searches for brands, hashtags' words and topics, newest first, sliced by time since one
query gives at most 1,000 results (`algolia_search` at hn.algolia.com); an account's submissions by
the same way, its profile (`user`) and the comments under its young stories, one by one (`item`);
and recent items again: a `deleted`, `dead` or missing item becomes a tombstone.

Terms: public APIs without a key. Missing: followers (karma is none), views, shares.
Quota: about 10,000 searches an hour and address, unpublished; items are not limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from crawlers import backlog, items, paging
from crawlers.fields import decoded, mapping, moment, ok, source
from crawlers.words import searches
from vigie.records import Post
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

HOST = "https://hacker-news.firebaseio.com"
SEARCH_HOST = "https://hn.algolia.com"
PAGE = 200


class HackerNews:
    name = "hackernews"
    title = "Hacker News"
    endpoints = ("algolia_search", "user", "item")
    requires: tuple[str, ...] = ()
    mapper_version = "1"
    ids = re.compile(r"\d+")
    rate = 2.5  # calls a second
    lists = frozenset({"algolia_search"})

    def healthy(self, answer: Answer) -> str | None:
        unknown = answer.endpoint == "user" and answer.body.strip() == b"null"
        return "unknown account" if unknown else None

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host = (settings.url or HOST).rstrip("/")
        search_host = (settings.search_url or settings.url or SEARCH_HOST).rstrip("/")
        options = {"since_days": settings.since_days, "search_host": search_host}
        found = [
            Target(self.name, "account", account, brand.id, host=host, options=options)
            for brand in watchlist.brands
            for account in brand.accounts.get(self.name, ())
        ]
        if settings.searches:
            found += [
                Target(self.name, "search", search.words.lstrip("#"), None, search.topic,
                       search_host, options)
                for search in searches(watchlist)
            ]  # fmt: skip
        return list({target.key: target for target in found}.values())

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        host = (watchlist.platform(self.name).url or HOST).rstrip("/")
        options = {"ids": [post.native_id for post in posts]}
        return [Target(self.name, "refresh", "items", host=host, options=options)] if posts else []

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        host = target.host or HOST
        if target.kind == "refresh":
            for id in target.options["ids"]:
                yield Call("item", f"{host}/v0/item/{id}.json")
            return
        asked = {"query": f'"{target.value}"' if " " in target.value else target.value}
        asked["tags"] = "(story,comment)"
        if target.kind == "account":
            yield Call("user", f"{host}/v0/user/{quote(target.value)}.json")
            yield from _threads(host, backlog.owed(cursor, "threads"))
            asked = {"query": "", "tags": f"author_{target.value}"}
        meta = {"since_days": target.options.get("since_days", 30)}
        yield from paging.walk("algolia_search", _search_host(target), _path(asked), cursor, meta)

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if not ok(answer):
            return
        host = target.host or HOST
        with mapping(answer):
            if answer.endpoint == "algolia_search":
                yield from paging.following(answer, _search_host(target), _page(answer))
                if target.kind == "account":
                    yield from _threads(host, backlog.threads(answer, cursor, _told(answer)))
            elif answer.endpoint == "item" and "root" in answer.meta:
                for kid in _kids(answer):
                    meta = {"root": answer.meta["root"]}
                    yield Call("item", f"{host}/v0/item/{kid}.json", meta=meta)

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        if not ok(answer):
            return cursor
        if answer.endpoint == "item" and "root" in answer.meta:
            root, told = answer.meta["root"], answer.meta.get("answers")
            item = answer.request_url.rpartition("/")[2].removesuffix(".json")
            with mapping(answer):
                return backlog.part_read(cursor, root, item, told, _kids(answer))
        if answer.endpoint == "algolia_search":
            with mapping(answer):
                moved = paging.advanced(answer, cursor, _page(answer))
                if answer.target.startswith(f"{self.name}/account/"):
                    due = backlog.threads(answer, cursor, _told(answer))
                    moved = backlog.owing(moved, "threads", due)
                return moved
        return cursor

    def map(self, answer: Answer) -> Mapped:
        if not ok(answer):
            return Mapped()
        body = decoded(answer)
        with mapping(answer):
            return items.read(answer, body, source(answer, self.mapper_version))


def _kids(answer: Answer) -> list[str]:
    """Ids of the answers under an item; a missing one has none."""
    return [str(kid) for kid in (decoded(answer) or {}).get("kids", ())]


def _told(answer: Answer) -> Iterator[tuple[str, int | None, Any]]:
    """The items of a page with how many answers each has."""
    for hit in decoded(answer)["hits"]:
        yield str(hit["objectID"]), hit.get("num_comments"), hit["created_at_i"]


def _threads(host: str, due: Mapping[str, int]) -> Iterator[Call]:
    """Calls for items with what is said below them."""
    for id, answers in due.items():
        meta = {"root": id, "answers": answers}
        yield Call("item", f"{host}/v0/item/{id}.json", meta=meta)


def _search_host(target: Target) -> str:
    return str(target.options.get("search_host", SEARCH_HOST))


def _path(asked: Mapping[str, str]) -> str:
    return f"/api/v1/search_by_date?{urlencode({**asked, 'hitsPerPage': PAGE}, quote_via=quote)}"


def _page(answer: Answer) -> paging.Page:
    return answer.once("page", lambda: _read_page(answer))


def _read_page(answer: Answer) -> paging.Page:
    hits = decoded(answer)["hits"]
    times = [hit["created_at_i"] for hit in hits]
    found = {key: value[0] for key, value in parse_qs(urlsplit(answer.request_url).query).items()}
    # Items of the same second as the oldest are asked for again rather than lost.
    older = f"created_at_i<{min(times, default=0) + 1}"
    more = len(hits) >= int(found.get("hitsPerPage", PAGE))
    asked = {"query": found.get("query", ""), "tags": found["tags"], "numericFilters": older}
    return paging.page([moment(time) for time in times], _path(asked) if more else None)


CRAWLER = HackerNews()
