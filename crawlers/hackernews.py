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
from typing import Any, Literal
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from crawlers import paging
from crawlers.fields import decoded, drift, keys, mapping, moment, ok, source, text_or_none
from crawlers.text import emojis, hrefs, links, once, plain
from crawlers.words import searches
from vigie.records import Account, Author, Counts, Post, Tombstone
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

HOST = "https://hacker-news.firebaseio.com"
SEARCH_HOST = "https://hn.algolia.com"
PAGE = 200
_PLACE = "https://news.ycombinator.com"
_ITEM = keys("by descendants id kids score time title type url text parent poll parts deleted dead")
_HIT = keys(
    "_highlightResult _tags author children created_at created_at_i num_comments objectID points "
    "story_id title updated_at url comment_text parent_id story_title story_url story_text "
    "relevancy_score"
)
_USER = keys("about created delay id karma submitted")
_ASKED = re.compile(r"/item/(\d+)\.json")


class HackerNews:
    name = "hackernews"
    title = "Hacker News"
    endpoints = ("algolia_search", "user", "item")
    requires: tuple[str, ...] = ()
    mapper_version = "1"
    rate = 2.5  # calls a second

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
                    hits = decoded(answer)["hits"]
                    asked = (
                        (str(hit["objectID"]), hit.get("num_comments"), hit["created_at_i"])
                        for hit in hits
                    )
                    for id, answers in paging.threads_due(answer, cursor, asked):
                        meta = {"root": id, "answers": answers}
                        yield Call("item", f"{host}/v0/item/{id}.json", meta=meta)
            elif answer.endpoint == "item" and "root" in answer.meta:
                for kid in (decoded(answer) or {}).get("kids", ()):
                    meta = {"root": answer.meta["root"]}
                    yield Call("item", f"{host}/v0/item/{kid}.json", meta=meta)

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        if not ok(answer):
            return cursor
        if answer.endpoint == "item" and "answers" in answer.meta:
            return paging.thread_read(cursor, answer.meta["root"], answer.meta["answers"])
        if answer.endpoint == "algolia_search":
            with mapping(answer):
                return paging.advanced(answer, cursor, _page(answer))
        return cursor

    def map(self, answer: Answer) -> Mapped:
        if not ok(answer):
            return Mapped()
        body = decoded(answer)
        mapped = Mapped()
        with mapping(answer):
            if body is None:
                asked = _ASKED.search(answer.request_url)
                if asked:
                    mapped.tombstones.append(_gone(answer, asked[1]))
            elif isinstance(body, dict) and "hits" in body:
                for hit in body["hits"]:
                    drift(mapped, f"{answer.endpoint}.hits", hit, _HIT, keys("author created_at_i"))
                    mapped.posts.append(self._hit(answer, hit))
            elif isinstance(body, dict) and "karma" in body:
                drift(mapped, answer.endpoint, body, _USER, keys("created id karma"))
                mapped.accounts.append(self._user(answer, body))
            elif isinstance(body, dict) and "id" in body:
                drift(mapped, answer.endpoint, body, _ITEM, keys("id type"))
                if body.get("deleted") or body.get("dead"):
                    reason: Literal["deleted", "withheld"]
                    reason = "deleted" if body.get("deleted") else "withheld"
                    mapped.tombstones.append(_gone(answer, body["id"], reason))
                else:
                    drift(mapped, answer.endpoint, body, _ITEM, keys("by time"))
                    mapped.posts.append(self._item(answer, body))
        return mapped

    def _item(self, answer: Answer, item: dict[str, Any]) -> Post:
        root = answer.meta.get("root")
        id = str(item["id"])
        return self._post(
            answer, id, item.get("by"), item["time"], item.get("title"), item.get("text"),
            address=item.get("url"), parent=item.get("parent"),
            root=root if root != id else None,
            metrics=Counts(likes=item.get("score"), replies=item.get("descendants")),
        )  # fmt: skip

    def _hit(self, answer: Answer, hit: dict[str, Any]) -> Post:
        id, story = str(hit["objectID"]), str(hit.get("story_id") or "")
        return self._post(
            answer, id, hit.get("author"), hit["created_at_i"], hit.get("title"),
            hit.get("comment_text") or hit.get("story_text"),
            address=hit.get("url"), parent=hit.get("parent_id"),
            root=story if story != id else None,
            metrics=Counts(likes=hit.get("points"), replies=hit.get("num_comments")),
        )  # fmt: skip

    def _post(
        self,
        answer: Answer,
        id: str,
        author: str | None,
        at: int,
        title: str | None,
        markup: str | None,
        *,
        address: str | None,
        parent: int | None,
        root: str | None,
        metrics: Counts,
    ) -> Post:
        published = moment(at)
        if published is None:
            raise ValueError(f"no time: {at!r}")
        text = plain(markup) if markup else None
        read = f"{title or ''} {text or ''}"
        return Post(
            id=f"hackernews:{id}",
            platform="hackernews",
            native_id=id,
            kind="comment" if parent else "post",
            url=f"{_PLACE}/item?id={id}",
            author=Author(id=f"hackernews:{author}" if author else None, handle=author),
            text=text,
            title=text_or_none(title),
            published_at=published,
            first_seen_at=answer.collected_at,
            collected_at=answer.collected_at,
            parent_id=f"hackernews:{parent}" if parent else None,
            root_id=f"hackernews:{root}" if parent and root else None,
            links=once([address or "", *hrefs(markup or ""), *links(text or "")]),
            emojis=emojis(read),
            metrics=metrics,
            source=source(answer, self.mapper_version),
        )

    def _user(self, answer: Answer, user: dict[str, Any]) -> Account:
        return Account(
            id=f"hackernews:{user['id']}",
            platform="hackernews",
            native_id=user["id"],
            handle=user["id"],
            url=f"{_PLACE}/user?id={user['id']}",
            bio=text_or_none(plain(user.get("about") or "")),
            created_at=moment(user.get("created")),
            first_seen_at=answer.collected_at,
            collected_at=answer.collected_at,
            source=source(answer, self.mapper_version),
        )


def _gone(
    answer: Answer, id: int | str, reason: Literal["deleted", "withheld"] = "deleted"
) -> Tombstone:
    return Tombstone(
        id=f"hackernews:{id}", entity_kind="post", reason=reason, noticed_at=answer.collected_at
    )


def _search_host(target: Target) -> str:
    return str(target.options.get("search_host", SEARCH_HOST))


def _path(asked: Mapping[str, str]) -> str:
    return f"/api/v1/search_by_date?{urlencode({**asked, 'hitsPerPage': PAGE}, quote_via=quote)}"


def _page(answer: Answer) -> paging.Page:
    hits = decoded(answer)["hits"]
    times = [hit["created_at_i"] for hit in hits]
    found = {key: value[0] for key, value in parse_qs(urlsplit(answer.request_url).query).items()}
    # Items of the same second as the oldest are asked for again rather than lost.
    older = f"created_at_i<{min(times, default=0) + 1}"
    more = len(hits) >= int(found.get("hitsPerPage", PAGE)) and found.get("numericFilters") != older
    asked = {"query": found.get("query", ""), "tags": found["tags"], "numericFilters": older}
    return paging.page([moment(time) for time in times], _path(asked) if more else None)


CRAWLER = HackerNews()
