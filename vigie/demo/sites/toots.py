"""Toots as Mastodon renders them: text as HTML, tags' addresses, media."""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import quote

from vigie.demo.people import INSTANCE
from vigie.demo.posts import Post
from vigie.demo.world import handle_of

_MARK = re.compile(r"#(\w+)|@([\w.-]+(?:@[\w.-]+)?)|(https?://\S+)")


def tag_address(tag: str) -> str:
    """Where a hashtag's timeline is shown."""
    return f"https://{INSTANCE}/tags/{quote(tag.lower())}"


def markup(post: Post, text: str) -> str:
    """Words of a post as Mastodon renders them."""
    known = {handle_of(one).lower(): one for one in post.mentions}
    known |= {one.handle.lower(): one for one in post.mentions}

    def link(match: re.Match[str]) -> str:
        tag, name, address = match.groups()
        if tag:
            shown = f"#<span>{escape(tag)}</span>"
            return f'<a href="{tag_address(tag)}" class="mention hashtag" rel="tag">{shown}</a>'
        if name:
            one = known.get(name.lower().rstrip("."))
            if one is None:
                return escape(match[0])
            place = f"https://{one.home}/@{one.handle}"
            return (
                f'<span class="h-card" translate="no"><a href="{place}" class="u-url mention">'
                f"@<span>{escape(one.handle)}</span></a></span>"
            )
        shown = escape(address)
        return f'<a href="{shown}" target="_blank" rel="nofollow noopener">{shown}</a>'

    parts, at = [], 0
    for match in _MARK.finditer(text):
        parts += [escape(text[at : match.start()], quote=False), link(match)]
        at = match.end()
    parts.append(escape(text[at:], quote=False))
    paragraphs = "".join(parts).split("\n\n")
    return "".join(f"<p>{one.replace(chr(10), '<br />')}</p>" for one in paragraphs)


def attachment(post: Post) -> dict[str, Any]:
    """A post's picture or film as its status holds it."""
    media = post.media
    assert media is not None
    place = f"https://{INSTANCE}/system/media_attachments/files/{post.native}"
    size = {
        "width": media.width,
        "height": media.height,
        "size": f"{media.width}x{media.height}",
        "aspect": round(media.width / media.height, 4),
    }
    if media.kind == "video":
        original = {
            "width": media.width, "height": media.height, "frame_rate": "30/1",
            "duration": media.seconds, "bitrate": 2_400_000,
        }  # fmt: skip
        meta = {**size, "length": f"0:00:{media.seconds:05.2f}", "duration": media.seconds,
                "fps": 30, "original": original}  # fmt: skip
    else:
        meta = {"original": size}
    return {
        "id": str(int(post.native) - 7),
        "type": media.kind,
        "url": f"{place}/original.{'mp4' if media.kind == 'video' else 'jpg'}",
        "preview_url": f"{place}/small.jpg",
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": meta,
        "description": media.alt or None,
        "blurhash": None,
    }
