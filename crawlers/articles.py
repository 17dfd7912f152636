"""The article of a web page: title, text, author, time, picture. Text by trafilatura."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crawlers.fields import moment, text_or_none
from vigie.records import Media
from vigie.sources import Answer

_LANG = re.compile(rb"""<html\b[^>]*?\blang\s*=\s*["']?([a-zA-Z]{2,3})""", re.I)
_META = re.compile(rb"<meta\b[^>]{1,2000}>", re.I)
_PAIR = re.compile(rb"""\b(property|name|itemprop|content)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
_JSON_DATE = re.compile(rb'"datePublished"\s*:\s*"([^"]{8,40})"')
_DATES = ("article:published_time", "datepublished", "og:published_time", "pubdate", "date")


@dataclass(frozen=True, slots=True)
class Article:
    title: str | None
    text: str
    author: str | None
    published: datetime | None
    url: str  # canonical where the page names one
    site: str | None
    lang: str | None
    links: tuple[str, ...]
    media: tuple[Media, ...]


def read(answer: Answer) -> Article | None:
    """The article of a page; None where there is none, or where the publisher reserves text and
    data mining."""
    metas = _metas(answer.body)
    if answer.headers.get("tdm-reservation") == "1" or metas.get("tdm-reservation") == "1":
        return None
    from trafilatura import bare_extraction  # 0.5 s, and only pages need it

    address = answer.url or answer.request_url
    found: Any = bare_extraction(
        answer.body, url=address or None, include_comments=False, with_metadata=True
    )
    text = (found.text or "").strip() if found else ""
    if not text:
        return None
    lang = _LANG.search(answer.body[:5000])
    picture = metas.get("og:image") or (found.image if found else None)
    return Article(
        title=text_or_none(found.title),
        text=text,
        author=text_or_none(found.author),
        published=_published(metas, answer.body, found.date),
        url=found.url or address,
        site=text_or_none(metas.get("og:site_name") or found.sitename),
        lang=lang[1].decode().lower() if lang else None,
        links=(),
        media=(Media(kind="image", url=picture),) if picture else (),
    )


def _metas(body: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in _META.findall(body[:300_000]):
        pairs = {
            key.lower().decode(): (first or second).decode(errors="replace")
            for key, first, second in _PAIR.findall(tag)
        }
        name = pairs.get("property") or pairs.get("name") or pairs.get("itemprop")
        if name and "content" in pairs:
            found.setdefault(name.lower(), html.unescape(pairs["content"]).strip())
    return found


def _published(metas: dict[str, str], body: bytes, day: str | None) -> datetime | None:
    """The publisher's own time (OpenGraph, JSON-LD) where it gives one, else the day found in the
    text."""
    for name in _DATES:
        if time := moment(metas.get(name)):
            return time
    if (found := _JSON_DATE.search(body)) and (time := moment(found[1].decode(errors="replace"))):
        return time
    time = moment(day)
    return time.replace(tzinfo=UTC) if time else None
