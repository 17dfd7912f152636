"""News and blog pages of sites that have no feed: what their sitemaps list, read page by page.

Collected: the sitemaps that a site's robots.txt names, else /sitemap.xml (`robots`, `sitemap`), and
of the pages that they list with a recent date each one once (`page`). A page's id is a hash of its
canonical address. Sites with feeds are read by `feeds`, which follows entries to their pages.

Terms: robots.txt and Crawl-delay are obeyed for every page, a site that reserves text and data
mining is not kept, and surfaces show an excerpt with the link. Missing: engagement.
Quota: what each site bears; the framework keeps to one page at a time and host.
"""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from crawlers import articles
from crawlers.entries import address_key, digest
from crawlers.fields import mapping, moment, ok, source, stamp
from crawlers.outlets import article, byline, outlet, settled
from crawlers.text import once
from vigie.addresses import host_of, joined, parts
from vigie.errors import MappingError
from vigie.records import Post
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

_SITEMAP = re.compile(r"^\s*sitemap:\s*(\S+)", re.I | re.M)
_ENDED = re.compile(rb"</(?:[\w-]+:)?(?:urlset|sitemapindex)\s*>")
_LARGEST = 50_000_000  # bytes of an unpacked sitemap, the protocol's own bound
_INNER = 10  # sitemaps of an index that are read
_KEPT = 2_000  # pages that a cursor remembers


class News:
    name = "news"
    title = "News"
    endpoints = ("robots", "sitemap", "page")
    requires: tuple[str, ...] = ()
    mapper_version = "1"
    data = frozenset({"sitemap"})

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        options = {"since_days": settings.since_days}
        sites = [
            (address, brand.id)
            for brand in watchlist.brands
            for address in brand.accounts.get(self.name, ())
        ]
        sites += [(address, None) for address in once(settings.feeds)]  # type: ignore[misc]
        found = [
            Target(self.name, "site", address, brand, options=options) for address, brand in sites
        ]
        return list({target.key: target for target in reversed(found)}.values())[::-1]

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        return []  # pages carry no counts, and one that moved is no deletion

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        if re.search(r"\.xml(\.gz)?$|sitemap", parts(target.value).path):
            yield Call("sitemap", target.value, web=True)
        else:
            yield Call("robots", joined(target.value, "/robots.txt"))

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if answer.endpoint == "robots":
            named = _SITEMAP.findall(answer.body.decode(errors="replace")) if ok(answer) else []
            for address in named or [joined(answer.url, "/sitemap.xml")]:
                yield Call("sitemap", address, web=True)
        elif answer.endpoint == "sitemap" and ok(answer):
            oldest = answer.collected_at - timedelta(days=target.options.get("since_days", 30))
            with mapping(answer):
                inner, listed = _listed(answer)
            if not answer.meta.get("inner"):
                for address, at in inner[:_INNER]:
                    if at is None or at >= oldest:
                        yield Call("sitemap", address, meta={"inner": True}, web=True)
            site = host_of(target.value)
            for address, at in listed:
                read = cursor.get("pages", {}).get(digest(address_key(address)))
                # 1: as cursors kept it that did not know when a page was changed.
                known = read == 1 or (read and at and stamp(at) <= read)
                if at and at >= oldest and not known and host_of(address) == site:
                    yield Call("page", address, meta={"listed_at": stamp(at)}, web=True)

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        if answer.endpoint != "page" or not settled(answer):
            return cursor
        read = answer.meta.get("listed_at", 1)
        pages = {**cursor.get("pages", {}), digest(address_key(answer.request_url)): read}
        return {**cursor, "pages": dict(list(pages.items())[-_KEPT:])}

    def map(self, answer: Answer) -> Mapped:
        if not ok(answer) or answer.endpoint.startswith(("robots", "sitemap")):
            return Mapped()
        with mapping(answer):
            found = articles.read(answer)
            return self._records(answer, found) if found else Mapped()

    def _records(self, answer: Answer, found: articles.Article) -> Mapped:
        mapped, at = Mapped(), answer.collected_at
        site, given = host_of(found.url), source(answer, self.mapper_version)
        told = found.published or moment(answer.meta.get("listed_at"))
        if told is None:
            mapped.missing[f"{answer.endpoint}.published"] += 1
        mapped.posts.append(
            article(
                answer,
                digest(address_key(found.url)),
                found.title,
                found.text,
                given,
                url=found.url or None,
                author=byline("news", site, found.author or found.site),
                lang=found.lang,
                published_at=told if told and told <= at else at,
                media=found.media,
            )
        )
        if site:
            mapped.accounts.append(outlet(answer, site, found.site, None, given))
        return mapped


def _listed(answer: Answer) -> tuple[list[tuple[str, datetime | None]], ...]:
    """Inner sitemaps and pages of a sitemap with their dates, newest first."""
    from lxml import etree  # type: ignore[import-untyped]

    body = answer.body
    if body.startswith(b"\x1f\x8b"):
        with gzip.open(io.BytesIO(body)) as packed:
            body = packed.read(_LARGEST + 1)
    if len(body) > _LARGEST:
        raise MappingError("the sitemap is larger than 50 MB", where=answer.request_url)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(body, parser)
    if root is None or etree.QName(root).localname not in ("urlset", "sitemapindex"):
        raise MappingError("this is no sitemap", where=answer.request_url)
    if len(root) and not _ENDED.search(body):
        raise MappingError("the sitemap is cut short", where=answer.request_url)
    found: dict[str, list[tuple[str, datetime | None]]] = {"sitemap": [], "url": []}
    for node in root:
        kind = etree.QName(node).localname if isinstance(node.tag, str) else ""
        if kind in found:
            told = {
                etree.QName(part).localname: (part.text or "").strip()
                for part in node.iter()
                if isinstance(part.tag, str)
            }
            at = moment(told.get("publication_date") or told.get("lastmod"))
            found[kind].append((told.get("loc", ""), at))
    if len(root) and not any(found.values()):
        raise MappingError("the sitemap lists nothing that we know", where=answer.request_url)
    for entries in found.values():
        entries.sort(key=lambda entry: stamp(entry[1]) if entry[1] else "", reverse=True)
    return found["sitemap"], found["url"]


CRAWLER = News()
