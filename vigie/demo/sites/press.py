"""Papers and blogs: RSS and Atom feeds with ETags, sitemaps, pages, robots.txt with a delay and a
fence."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from html import escape
from typing import Any

from vigie.demo.people import PRESS, Account
from vigie.demo.posts import Post
from vigie.demo.press import CLOSED_SHARE, slug
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town, etag, iso

SHOWN = 12  # entries of a feed
DELAY = 0.02  # seconds between two pages, as robots.txt asks
HTML, RSS, ATOM = (
    "text/html; charset=utf-8", "application/rss+xml; charset=utf-8",
    "application/atom+xml; charset=utf-8",
)  # fmt: skip


class PressSite:
    """All outlets under one prefix, `/press/OUTLET/`; answers as of a time."""

    needs_token = False
    renamed = ("item|url", "billet")  # of a feed, of a sitemap

    def __init__(self, town: Town, base: str) -> None:
        self._base = base
        self._outlets = {outlet["id"]: outlet for outlet in _outlets(town)}
        self._posts: dict[str, list[Post]] = {id: [] for id in self._outlets}
        for post in town.of(PRESS):
            self._posts[post.account.handle].append(post)
        self._pages = {post.native: post for posts in self._posts.values() for post in posts}

    def robots(self) -> Reply:
        """robots.txt of the host: readers' pages are closed, and pages come slowly."""
        fences = "".join(f"Disallow: {self._prefix}/{id}/abonnes/\n" for id in self._outlets)
        body = f"User-agent: *\n{fences}Crawl-delay: {DELAY}\n"
        return Reply(200, body.encode(), "text/plain; charset=utf-8")

    _prefix = "/press"

    @staticmethod
    def native(at: int, serial: int) -> str:
        """The last part of an article's address; its four last digits say who may read it."""
        return f"{slug(iso(at)[:10])}-{serial:04}ffff"

    @staticmethod
    def uri(account: Account, native: str) -> str:
        """The article's own address, wherever it is served."""
        return f"https://{account.handle}.example/a/{native}"

    def token_of(self, ask: Ask) -> str:
        return ""

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        return Reply(403, b"<h1>403</h1>", HTML)

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        seconds = max(1, -(-round(wait_s * 1000) // 1000))
        return Reply(429, b"<h1>429</h1>", HTML, {"retry-after": str(seconds)})

    def failed(self, ask: Ask) -> Reply:
        return Reply(200, b"<!doctype html><html><body><h1>Erreur 500</h1></body></html>", HTML)

    def answer(self, ask: Ask) -> Reply:
        parts = ask.path.strip("/").split("/")
        outlet = self._outlets.get(parts[0])
        if outlet is None:
            return Reply(404, b"<h1>404</h1>", HTML)
        shown = [post for post in self._posts[parts[0]] if post.visible(ask.now)]
        if parts[1:] == ["feed.xml"]:
            return self._feed(outlet, shown[::-1][:SHOWN], ask)
        if len(parts) == 3 and parts[1] in ("a", "abonnes"):
            post = self._pages.get(parts[2])
            if post is not None and post.visible(ask.now) and post.account.handle == parts[0]:
                return self._page(outlet, post, ask.now)
        if parts[1:] == ["sitemap.xml"]:
            return self._sitemap(shown, ask.now)
        if len(parts) == 1:
            links = "".join(
                f'<li><a href="{self.address(post)}">{escape(post.title or "")}</a></li>'
                for post in shown[::-1][:SHOWN]
            )
            return Reply(200, f"<html><body><ul>{links}</ul></body></html>".encode(), HTML)
        return Reply(404, b"<h1>404</h1>", HTML)

    def address(self, post: Post) -> str:
        """Where an article can be fetched."""
        room = "abonnes" if self._closed(post) else "a"
        return f"{self._base}/{post.account.handle}/{room}/{post.native}"

    def _closed(self, post: Post) -> bool:
        outlet = self._outlets[post.account.handle]
        part = int(post.native[-4:], 16) / 0xFFFF
        return not outlet["full"] and post.plan is None and part < CLOSED_SHARE

    def _feed(self, outlet: dict[str, Any], posts: list[Post], ask: Ask) -> Reply:
        newest = max((_touched(post, ask.now) for post in posts), default=0)
        moved = datetime.fromtimestamp(newest // 1000, UTC)
        write = self._atom if outlet["format"] == "atom" else self._rss
        body = write(outlet, posts, newest, ask.now).encode()
        kind = ATOM if outlet["format"] == "atom" else RSS
        headers = {"etag": etag(body), "last-modified": format_datetime(moved, usegmt=True)}
        if _unchanged(ask, headers["etag"], moved):
            return Reply(304, b"", kind, headers)
        return Reply(200, body, kind, headers)

    def _rss(self, outlet: dict[str, Any], posts: list[Post], newest: int, now: int) -> str:
        site = f"https://{outlet['id']}.example/"
        items = "".join(
            f"<item><title>{escape(post.title or '')}</title><link>{self.address(post)}</link>"
            f'<guid isPermaLink="false">{post.uri}</guid>'
            f"<pubDate>{format_datetime(datetime.fromtimestamp(post.at // 1000, UTC))}</pubDate>"
            + _updated(post, now)
            + f"<description>{escape(_excerpt(post, now))}</description>"
            + (
                f"<content:encoded>{escape(_paragraphs(post, now))}</content:encoded>"
                if outlet["full"]
                else ""
            )
            + "</item>"
            for post in posts
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
            f"<title>{escape(outlet['name'])}</title><link>{site}</link>"
            f'<atom:link rel="self" type="application/rss+xml" href="{site}feed.xml"/>'
            f"<description>{escape(outlet['name'])}, {escape(outlet['town'])}</description>"
            f"<language>{outlet['lang']}</language><ttl>60</ttl>{items}</channel></rss>\n"
        )

    def _atom(self, outlet: dict[str, Any], posts: list[Post], newest: int, now: int) -> str:
        site = f"https://{outlet['id']}.example/"
        entries = "".join(
            f"<entry><title>{escape(post.title or '')}</title><id>{post.uri}</id>"
            f'<link rel="alternate" href="{self.address(post)}"/>'
            f"<published>{iso(post.at)}</published><updated>{iso(_touched(post, now))}</updated>"
            f"<summary>{escape(_excerpt(post, now))}</summary>"
            + (
                f'<content type="html">{escape(_paragraphs(post, now))}</content>'
                if outlet["full"]
                else ""
            )
            + "</entry>"
            for post in posts
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet["lang"]}">'
            f"<title>{escape(outlet['name'])}</title><id>{site}</id>"
            f'<link rel="alternate" href="{site}"/><link rel="self" href="{site}feed.xml"/>'
            f"<updated>{iso(newest)}</updated><author><name>{escape(outlet['name'])}</name></author>"
            f"{entries}</feed>\n"
        )

    def _sitemap(self, posts: list[Post], now: int) -> Reply:
        listed = "".join(
            f"<url><loc>{self.address(post)}</loc>"
            f"<lastmod>{iso(_touched(post, now))}</lastmod></url>"
            for post in posts[::-1]
        )
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{space}">{listed}</urlset>\n'
        )
        return Reply(200, body.encode(), "application/xml; charset=utf-8")

    def _page(self, outlet: dict[str, Any], post: Post, now: int) -> Reply:
        title, name = escape(post.title or ""), escape(outlet["name"])
        body = (
            f'<!doctype html><html lang="{outlet["lang"]}"><head><meta charset="utf-8">'
            f"<title>{title} | {name}</title>"
            f'<link rel="canonical" href="{post.uri}">'
            f'<meta property="og:title" content="{title}">'
            '<meta property="og:type" content="article">'
            f'<meta property="og:site_name" content="{name}">'
            f'<meta property="article:published_time" content="{iso(post.at)}">'
            f"{_modified(post, now)}"
            "</head><body>"
            f'<header><nav><a href="/">{name}</a></nav></header><main><article><h1>{title}</h1>'
            f'<time datetime="{iso(post.at)}">{iso(post.at)[:10]}</time>{_paragraphs(post, now)}'
            f"</article></main><footer><p>© {name}</p></footer></body></html>"
        ).encode()
        return Reply(200, body, HTML, {"etag": etag(body)})


def _outlets(town: Any) -> list[dict[str, Any]]:
    """The outlets of the trade; in a town that has none every account of the press is one."""
    if hasattr(town, "trade"):
        return list(town.trade["outlet"])
    return [
        {"id": one.handle, "name": one.name, "lang": one.lang, "town": "", "format": "rss",
         "full": True}
        for one in town.accounts
        if one.site == PRESS
    ]  # fmt: skip


def _touched(post: Post, now: int) -> int:
    """When an article was last published or changed."""
    return post.edited_at(now) or post.at


def _updated(post: Post, now: int) -> str:
    edited = post.edited_at(now)
    return f"<atom:updated>{iso(edited)}</atom:updated>" if edited else ""


def _modified(post: Post, now: int) -> str:
    edited = post.edited_at(now)
    return f'<meta property="article:modified_time" content="{iso(edited)}">' if edited else ""


def _paragraphs(post: Post, now: int) -> str:
    parts = post.text_at(now).split("\n\n")
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in parts)


def _excerpt(post: Post, now: int) -> str:
    first = post.text_at(now).split("\n\n")[0]
    return first if len(first) <= 180 else f"{first[:177].rsplit(' ', 1)[0]}…"


def _unchanged(ask: Ask, tag: str, moved: datetime) -> bool:
    known = ask.headers.get("if-none-match")
    if known:
        return tag in known
    since = ask.headers.get("if-modified-since")
    return bool(since) and parsedate_to_datetime(since or "") >= moved
