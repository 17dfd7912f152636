"""RSS, Atom, RDF and JSON Feed as one shape: a feed with its entries."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from crawlers.fields import moment, text_or_none
from crawlers.text import plain
from vigie.addresses import host_of, joined, parts
from vigie.records import Media

_TRACKERS = re.compile(r"(utm_|mc_|pk_|at_|fbclid|gclid|xtor|ref$|s?rc$)", re.I)
_KINDS = {"image": "image", "video": "video", "audio": "audio"}


@dataclass(frozen=True, slots=True)
class Entry:
    key: str | None  # guid, else link, else what it says: stable from one reading to the next
    link: str | None
    title: str | None
    markup: str  # content, else summary
    author: str | None
    published: datetime | None
    updated: datetime | None
    replies: int | None
    media: tuple[Media, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    known: bool  # it is a feed, of whatever dialect
    identity: str  # what names the feed: its site or id, never our address's port
    site: str | None  # host of the site
    title: str | None
    author: str | None
    language: str | None
    entries: tuple[Entry, ...]


def address_key(address: str) -> str:
    """What two addresses of the same thing share: host, path and query without scheme, 'www.',
    port, fragment, trailing slash and tracking parameters."""
    split = parts(address)
    if not split.netloc:
        return address
    host = (split.hostname or "").removeprefix("www.")
    asked = [(key, value) for key, value in parse_qsl(split.query) if not _TRACKERS.match(key)]
    query = f"?{urlencode(asked)}" if asked else ""
    return f"{host}{split.path.rstrip('/')}{query}"


def digest(*parts: str) -> str:
    """A short hash that names something by its parts."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def read(body: bytes, headers: Mapping[str, str], address: str) -> Feed:
    """The feed of a body; one that is no feed has `known` False and no entries."""
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return _json(body, address)
    import feedparser  # type: ignore[import-untyped]  # 60 ms, and only feeds need it

    kept = {name: headers[name] for name in ("content-type", "content-language") if name in headers}
    if address:
        kept["content-location"] = address
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # feedparser's own, on updated dates
        parsed = feedparser.parse(io.BytesIO(body), response_headers=kept, sanitize_html=False)
        feed = parsed.feed
        entries = tuple(entry for given in parsed.entries if (entry := _entry(given, address)))
    itself = next((a.get("href") for a in feed.get("links", ()) if a.get("rel") == "self"), None)
    site = feed.get("link") or itself or address
    return Feed(
        known=bool(parsed.version),
        identity=address_key(feed.get("id") or itself or feed.get("link") or address),
        site=host_of(joined(address, site)),
        title=text_or_none(plain(feed.get("title", ""))),
        author=text_or_none(plain(feed.get("author", ""))),
        language=feed.get("language"),
        entries=entries,
    )


def _entry(given: Any, address: str) -> Entry | None:
    content = max((part.get("value", "") for part in given.get("content", ())), key=len, default="")
    markup = content if len(content) > len(given.get("summary", "")) else given.get("summary", "")
    guid = given.get("id") or ""
    named = given.get("link") or (guid if guid.startswith("http") else None)
    link = joined(address, named) if named else None
    title = text_or_none(plain(given.get("title", "")))
    key = guid or link or (digest(title or "", markup) if title or markup else None)
    comments = str(given.get("slash_comments", ""))
    return Entry(
        key=address_key(key) if key else None,
        link=link if link and link.startswith(("http://", "https://")) else None,
        title=title,
        markup=markup,
        author=text_or_none(plain(given.get("author", ""))),
        published=_time(given.get("published_parsed") or given.get("updated_parsed")),
        updated=_time(given.get("updated_parsed")),
        replies=int(comments) if comments.isdecimal() else None,
        media=tuple(_media(given)),
    )


def _time(parsed: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _media(given: Any) -> Iterator[Media]:
    seen: set[str] = set()
    enclosures = [link for link in given.get("links", ()) if link.get("rel") == "enclosure"]
    for item in (*enclosures, *given.get("media_content", ())):
        address = item.get("href") or item.get("url")
        if address and address not in seen:
            seen.add(address)
            kind = item.get("medium") or (item.get("type") or "").partition("/")[0]
            yield Media(kind=_KINDS.get(kind, "other"), url=address)


def _json(body: bytes, address: str) -> Feed:
    try:
        feed = orjson.loads(body)
    except orjson.JSONDecodeError:
        feed = {}
    known = "jsonfeed.org" in str(feed.get("version"))
    site = feed.get("home_page_url") or feed.get("feed_url") or address
    items = feed.get("items") or () if known else ()
    return Feed(
        known=known,
        identity=address_key(feed.get("feed_url") or site),
        site=host_of(site),
        title=text_or_none(feed.get("title")),
        author=text_or_none((feed.get("author") or {}).get("name")),
        language=feed.get("language"),
        entries=tuple(_json_entry(item, address) for item in items),
    )


def _json_entry(item: dict[str, Any], address: str) -> Entry:
    html, text = item.get("content_html"), item.get("content_text")
    authors = item.get("authors") or [item.get("author") or {}]
    link = item.get("url") or item.get("external_url")
    files = item.get("attachments") or ()
    markup = html or (text or item.get("summary") or "").replace("&", "&amp;").replace("<", "&lt;")
    key = item.get("id") or link
    return Entry(
        key=address_key(str(key)) if key else None,
        link=joined(address, link) if link else None,
        title=text_or_none(plain(item.get("title") or "")),
        markup=markup,
        author=text_or_none(authors[0].get("name")),
        published=moment(item.get("date_published")),
        updated=moment(item.get("date_modified")),
        replies=None,
        media=tuple(
            Media(
                kind=_KINDS.get(str(file.get("mime_type", "")).partition("/")[0], "other"),
                url=file.get("url"),
                duration_s=file.get("duration_in_seconds"),
            )
            for file in files
        ),
    )
