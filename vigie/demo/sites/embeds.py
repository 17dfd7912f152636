"""What hangs on a Bluesky post, as its record holds it and as a view shows it."""

from __future__ import annotations

import hashlib
from typing import Any

from vigie.demo.posts import Post

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


def cid(uri: str) -> str:
    """A content id: as long and shaped as the real ones."""
    number = int.from_bytes(hashlib.sha256(uri.encode()).digest(), "big")
    return "bafyrei" + "".join(_BASE32[(number >> shift * 5) & 31] for shift in range(52))


def embeds(post: Post) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The embed of the record and its view."""
    media = post.media
    if media is None:
        if post.link is None:
            return None
        card = {"uri": post.link[0], "title": post.link[1], "description": ""}
        return (
            {"$type": "app.bsky.embed.external", "external": card},
            {"$type": "app.bsky.embed.external#view", "external": card},
        )
    blob = {
        "$type": "blob",
        "ref": {"$link": cid(f"{post.uri}#blob")},
        "mimeType": "video/mp4" if media.kind == "video" else "image/jpeg",
        "size": 400_000,
    }
    ratio = {"width": media.width, "height": media.height}
    place = f"https://cdn.ciel.example/{post.native}"
    if media.kind == "video":
        return (
            {"$type": "app.bsky.embed.video", "video": blob, "aspectRatio": ratio},
            {
                "$type": "app.bsky.embed.video#view",
                "cid": cid(f"{post.uri}#blob"),
                "playlist": f"{place}/playlist.m3u8",
                "thumbnail": f"{place}/thumbnail.jpg",
                "aspectRatio": ratio,
            },
        )
    return (
        {
            "$type": "app.bsky.embed.images",
            "images": [{"alt": media.alt, "image": blob, "aspectRatio": ratio}],
        },
        {
            "$type": "app.bsky.embed.images#view",
            "images": [
                {
                    "thumb": f"{place}/thumb.jpg",
                    "fullsize": f"{place}/full.jpg",
                    "alt": media.alt,
                    "aspectRatio": ratio,
                }
            ],
        },
    )
