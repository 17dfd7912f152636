"""Feeds and the pages that they link to make one post each; sites without feeds are read by their
sitemaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import crawlers
from crawlers.entries import address_key
from tests.crawlers.platforms import Reply, visit
from vigie.errors import MappingError
from vigie.sources import Answer, Target
from vigie.watchlist import parse

NOW = datetime(2026, 2, 4, 9, 0, tzinfo=UTC)
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Quai</title>
<link>http://quai.example:{port}/</link>{items}</channel></rss>"""
ITEM = """<item><title>T{n}</title><link>http://quai.example:{port}/{n}</link>
<guid>http://quai.example:{port}/{n}</guid>{date}<description>Short {n}.</description></item>"""
PAGE = (
    "<html lang='fr'><head><title>P{n}</title></head><body><article><p>{text}</p></article></body>"
)


class Site:
    """A feed, its pages, robots.txt and a sitemap."""

    def __init__(self, port: int = 80) -> None:
        self.port = port
        self.asked: list[str] = []
        self.dates = {1: "Tue, 03 Feb 2026 06:30:00 GMT", 2: "", 3: "Thu, 01 Jan 2037 00:00:00 GMT"}
        self.missing: set[int] = set()

    def serve(self, url: str) -> Reply:
        self.asked.append(url)
        path = url.rsplit("/", 1)[1]
        if path == "feed":
            items = "".join(
                ITEM.format(n=n, port=self.port, date=f"<pubDate>{date}</pubDate>" if date else "")
                for n, date in self.dates.items()
            )
            return (
                200,
                FEED.format(items=items, port=self.port).encode(),
                {"content-type": "text/xml"},
            )
        if path == "robots.txt":
            return 200, b"User-agent: *\nSitemap: http://quai.example/map.xml\n", {}
        if path == "map.xml":
            urls = "".join(
                f"<url><loc>http://{host}/{n}</loc><lastmod>{day}</lastmod></url>"
                for n, host, day in (
                    (1, "quai.example", "2026-02-03T06:30:00Z"),
                    (2, "quai.example", "2019-01-01"),
                    (3, "elsewhere.example", "2026-02-03"),
                )
            )
            return 200, f"<urlset>{urls}</urlset>".encode(), {}
        if int(path) in self.missing:
            return 404, b"gone", {}
        text = f"Full text of page {path}. " * 20
        return 200, PAGE.format(n=path, text=text).encode(), {"content-type": "text/html"}


def feed(port: int = 80, **options: Any) -> Target:
    return Target("feeds", "feed", f"http://quai.example:{port}/feed",
                  options={"since_days": 30, **options})  # fmt: skip


def posts(answers: list[Answer]) -> list[Any]:
    return [post for answer in answers for post in crawlers.load("feeds").map(answer).posts]


def test_entry_and_page_are_one_post_whose_full_text_stays() -> None:
    crawler, site = crawlers.load("feeds"), Site()
    cursor, first = visit(crawler, feed(), {}, site.serve, NOW)
    assert [answer.endpoint for answer in first] == ["feed", "page", "page", "page"]
    entries, pages = posts(first[:1]), posts(first[1:])
    assert [post.id for post in entries] == [post.id for post in pages]
    assert [post.text for post in entries] == ["Short 1.", "Short 2.", "Short 3."]
    assert all(post.text.startswith("Full text of page") for post in pages)
    assert [post.title for post in pages] == ["T1", "T2", "T3"]

    cursor, again = visit(crawler, feed(), cursor, site.serve, NOW + timedelta(hours=1))
    assert [answer.endpoint for answer in again] == ["feed"], "a page is read once"
    assert [post.text for post in posts(again)] == [None] * 3, "and its text is not overwritten"

    site.dates = {4: "Wed, 04 Feb 2026 08:00:00 GMT"}
    cursor, _ = visit(crawler, feed(), cursor, site.serve, NOW + timedelta(hours=2))
    assert len(cursor["pages"]) == 1, "what left the feed is forgotten"


def test_an_entry_without_a_date_keeps_the_time_at_which_it_was_seen() -> None:
    crawler, site = crawlers.load("feeds"), Site()
    cursor, first = visit(crawler, feed(full_text=False), {}, site.serve, NOW)
    _, later = visit(crawler, feed(full_text=False), cursor, site.serve, NOW + timedelta(days=1))
    assert [post.published_at for post in posts(first)][1:] == [NOW, NOW]
    assert [post.published_at for post in posts(later)] == [p.published_at for p in posts(first)]


def test_ids_do_not_depend_on_the_port() -> None:
    crawler = crawlers.load("feeds")
    _, here = visit(crawler, feed(), {}, Site().serve, NOW)
    _, there = visit(crawler, feed(8123), {}, Site(8123).serve, NOW)
    assert [post.id for post in posts(here)] == [post.id for post in posts(there)]


def test_a_missing_page_leaves_the_excerpt() -> None:
    site = Site()
    site.missing = {1, 2, 3}
    _, answers = visit(crawlers.load("feeds"), feed(), {}, site.serve, NOW)
    assert [post.text for post in posts(answers)] == ["Short 1.", "Short 2.", "Short 3."]


def test_a_feed_of_a_brand_is_owned() -> None:
    watchlist = parse(
        {
            "workspace": {"name": "w"},
            "brands": [
                {"id": "b", "name": "B", "accounts": {"feeds": ["http://quai.example/feed"]}}
            ],
            "platforms": {"feeds": {"feeds": ["http://quai.example/feed", "http://x.example/f"]}},
        }
    )
    crawler = crawlers.load("feeds")
    owned, other = crawler.targets(watchlist)
    assert (owned.brand, other.brand) == ("b", None)
    _, answers = visit(crawler, owned, {}, Site().serve, NOW)
    assert {post.owner for post in posts(answers)} == {"b"}


def test_what_is_no_feed_breaks_the_source() -> None:
    with pytest.raises(MappingError, match="no feed"):
        visit(crawlers.load("feeds"), feed(), {}, lambda url: (200, b"plain words", {}), NOW)


def test_a_site_is_read_by_its_sitemap_once() -> None:
    crawler, site = crawlers.load("news"), Site()
    target = Target("news", "site", "http://quai.example/", options={"since_days": 30})
    cursor, answers = visit(crawler, target, {}, site.serve, NOW)
    assert [answer.request_url for answer in answers] == [
        "http://quai.example/robots.txt",
        "http://quai.example/map.xml",
        "http://quai.example/1",
    ], "old pages and other hosts are left alone"
    found = [post for answer in answers for post in crawler.map(answer).posts]
    assert [post.published_at.isoformat() for post in found] == ["2026-02-03T06:30:00+00:00"]
    _, again = visit(crawler, target, cursor, site.serve, NOW)
    assert len(again) == 2


def test_addresses_of_one_page_have_one_key() -> None:
    key = address_key("https://www.quai.example/a/?utm_source=x&id=3#top")
    assert key == address_key("http://quai.example:8080/a?id=3") == "quai.example/a?id=3"
