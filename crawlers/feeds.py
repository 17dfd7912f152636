"""Feeds: what brands, blogs and the press publish as RSS, Atom, RDF or JSON Feed, in full text.

Collected: the entries of a feed (`feed`), and, where an entry carries only an excerpt, the page
that it links to (`page`), if the site's robots.txt lets us; feed and page make one post. An entry's
id is a hash of the feed's own name and the entry's guid: the same wherever it is read.

Terms: feeds are published to be read by machines; pages obey robots.txt and Crawl-delay, and a page
that reserves text and data mining is not kept. Missing: engagement, but for counts of comments in
some RSS. Quota: none; ETag and Last-Modified spare the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from crawlers import articles, entries
from crawlers.entries import Entry, Feed
from crawlers.fields import mapping, moment, ok, source, stamp
from crawlers.outlets import article, byline, outlet, settled
from crawlers.text import hrefs, once, plain
from vigie.addresses import host_of
from vigie.errors import MappingError
from vigie.records import Author, Counts, Post
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

_ROOT = re.compile(rb"<((?:[\w-]+:)?(?:rss|feed|RDF))[\s>]")
FULL = 1_200  # characters from which an entry is taken for the whole article


class Feeds:
    name = "feeds"
    title = "Feeds"
    endpoints = ("feed", "page")
    requires: tuple[str, ...] = ()
    mapper_version = "1"
    lists = frozenset({"feed"})

    def healthy(self, answer: Answer) -> str | None:
        """A feed is read however it is written, but not the half of one."""
        root = _ROOT.search(answer.body[:4_096]) if answer.endpoint == "feed" else None
        cut = root is not None and b"</" + root[1] not in answer.body
        return "unknown shape: the feed is cut short" if cut else None

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        full = settings.full_text and watchlist.platform("news").full_text
        options = {"since_days": settings.since_days, "full_text": full}
        owned = [
            Target(self.name, "feed", address, brand.id, options=options)
            for brand in watchlist.brands
            for address in brand.accounts.get(self.name, ())
        ]
        known = {target.value for target in owned}
        return owned + [
            Target(self.name, "feed", address, options=options)
            for address in once(settings.feeds)
            if address not in known
        ]

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        return []  # a feed that drops an entry does not say that it was deleted

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        meta = {"pages": list(cursor.get("pages", {})), "dates": dict(cursor.get("dates", {}))}
        yield Call("feed", target.value, meta=meta)

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if answer.endpoint != "feed" or not ok(answer):
            return
        with mapping(answer):
            feed = _feed(answer)
            if not feed.known:
                raise MappingError("this is no feed", where=answer.request_url)
            if target.options.get("full_text", True):
                yield from self._pages(answer, feed, target, cursor)

    def _pages(
        self, answer: Answer, feed: Feed, target: Target, cursor: Mapping[str, Any]
    ) -> Iterator[Call]:
        oldest = answer.collected_at - timedelta(days=target.options.get("since_days", 30))
        for entry in feed.entries:
            native = _native(feed, entry)
            # 1: as cursors kept it that did not know when an entry was changed.
            mark = stamp(entry.updated) if entry.updated else ""
            read = cursor.get("pages", {}).get(native) in (1, mark)
            if read or len(plain(entry.markup)) >= FULL or not entry.link:
                continue
            if _published(answer, entry, native)[0] < oldest:
                continue
            author = _author(feed, entry)
            meta = {
                "native_id": native,
                "title": entry.title,
                "published_at": stamp(_published(answer, entry, native)[0]),
                "author": author.model_dump(exclude_none=True),
                "length": len(plain(entry.markup)),
                "mark": mark,
            }
            yield Call("page", entry.link, meta=meta, web=True)

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        if answer.endpoint == "page":
            mark = answer.meta.get("mark", "")
            pages = {**cursor.get("pages", {}), answer.meta["native_id"]: mark}
            return {**cursor, "pages": pages} if settled(answer) else cursor
        if not ok(answer):
            return cursor
        with mapping(answer):
            feed = _feed(answer)
            dates = {}
            present = {_native(feed, entry): entry for entry in feed.entries}
            for native, entry in present.items():
                at, told = _published(answer, entry, native)
                if not told:
                    dates[native] = stamp(at)
            # What the feed does not hold any more need not be remembered.
            pages = {id: mark for id, mark in cursor.get("pages", {}).items() if id in present}
            return {**cursor, "dates": dates, "pages": pages}

    def map(self, answer: Answer) -> Mapped:
        if not ok(answer):
            return Mapped()
        with mapping(answer):
            if answer.endpoint == "page" and "native_id" in answer.meta:
                return self._page(answer)
            return self._entries(answer)

    def _entries(self, answer: Answer) -> Mapped:
        feed, mapped = _feed(answer), Mapped()
        given = source(answer, self.mapper_version)
        if not feed.known:
            if b"<html" in answer.body[:2000].lower():
                raise MappingError("a page instead of a feed", where=answer.request_url)
            mapped.missing[f"{answer.endpoint}.version"] += 1
        from_pages = frozenset(answer.meta.get("pages", ()))
        for entry in feed.entries:
            if not entry.key or not (entry.title or entry.markup or entry.link):
                mapped.missing[f"{answer.endpoint}.entry.id"] += 1
                continue
            if not entry.published:
                mapped.missing[f"{answer.endpoint}.entry.published"] += 1
            native = _native(feed, entry)
            # Where the page was read, its text stands and the feed's excerpt is not carried.
            text = None if native in from_pages else plain(entry.markup) or None
            published, _ = _published(answer, entry, native)
            edited = entry.updated if entry.updated and entry.updated > published else None
            mapped.posts.append(
                article(
                    answer,
                    native,
                    entry.title,
                    text,
                    given,
                    url=entry.link,
                    author=_author(feed, entry),
                    lang=_language(feed),
                    published_at=published,
                    edited_at=edited if edited and edited <= answer.collected_at else None,
                    links=hrefs(entry.markup),
                    media=entry.media,
                    metrics=Counts(replies=entry.replies),
                )
            )
        if feed.known and feed.site:
            lang = _language(feed)
            mapped.accounts.append(outlet(answer, feed.site, feed.title, lang, given))
        return mapped

    def _page(self, answer: Answer) -> Mapped:
        page, meta = articles.read(answer), answer.meta
        published = moment(meta["published_at"])
        if not page or len(page.text) <= meta.get("length", 0) or not published:
            return Mapped()
        post = article(
            answer,
            meta["native_id"],
            meta.get("title") or page.title,
            page.text,
            source(answer, self.mapper_version),
            url=page.url,
            author=Author(**meta.get("author", {})),
            lang=page.lang,
            published_at=published,
            links=page.links,
            media=page.media,
        )
        return Mapped(posts=[post])


def _feed(answer: Answer) -> Feed:
    kind = answer.headers.get("content-type")
    told, address = {"content-type": kind} if kind else {}, answer.url or answer.request_url
    return answer.once("feed", lambda: entries.read(answer.body, told, address))


def _native(feed: Feed, entry: Entry) -> str:
    return entries.digest(feed.identity, entry.key or "")


def _author(feed: Feed, entry: Entry) -> Author:
    site = feed.site or host_of(entry.link)
    name = entry.author or feed.author or feed.title
    return byline("feeds", site, name)


def _language(feed: Feed) -> str | None:
    return (feed.language or "").partition("-")[0].lower() or None


def _published(answer: Answer, entry: Entry, native: str) -> tuple[Any, bool]:
    """When an entry was published, and whether the feed says so: one without a date, or with one
    that is still to come, keeps the time at which it was first seen."""
    if entry.published and entry.published <= answer.collected_at:
        return entry.published, True
    return moment(answer.meta.get("dates", {}).get(native)) or answer.collected_at, False


CRAWLER = Feeds()
