"""What a publisher publishes: articles as posts, and the outlet as their author's account."""

from __future__ import annotations

from typing import Any

from crawlers.text import emojis, hashtags, mentions
from vigie.records import Account, Author, Post, Source
from vigie.sources import Answer


def article(
    answer: Answer,
    native: str,
    title: str | None,
    text: str | None,
    source: Source,
    **fields: Any,
) -> Post:
    """An article as a post; what a brand's own feed or site publishes is owned."""
    read = text or title or ""
    return Post(
        id=f"{answer.platform}:{native}",
        platform=answer.platform,
        native_id=native,
        kind="article",
        title=title,
        text=text,
        first_seen_at=answer.collected_at,
        collected_at=answer.collected_at,
        hashtags=hashtags(read),
        mentions=mentions(read),
        emojis=emojis(read),
        owner=answer.brand,
        source=source,
        **fields,
    )


def byline(platform: str, site: str | None, name: str | None) -> Author:
    """The author of an article: the outlet by id and handle, the journalist by name."""
    return Author(id=f"{platform}:{site}" if site else None, handle=site, name=name)


def outlet(
    answer: Answer, site: str, name: str | None, language: str | None, source: Source
) -> Account:
    """The outlet that stands behind a site."""
    return Account(
        id=f"{answer.platform}:{site}",
        platform=answer.platform,
        native_id=site,
        handle=site,
        name=name,
        url=f"https://{site}/",
        kind="brand" if answer.brand else "media",
        language=language,
        owner=answer.brand,
        first_seen_at=answer.collected_at,
        collected_at=answer.collected_at,
        source=source,
    )


def settled(answer: Answer) -> bool:
    """Whether a page need not be asked for again: there, or gone, not out of reach just now."""
    if answer.status >= 300:
        return answer.status < 500 and answer.status not in (408, 425, 429)
    return bool(answer.body.strip())
