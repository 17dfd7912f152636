"""Posts of a town as X shows them: versions, long posts, shortened links, what comes beside."""

from __future__ import annotations

import hashlib
import re
from html import escape
from typing import Any

from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.sites.reply import Ask, began, iso

DAY = 86_400_000
EPOCH_MS = 1_288_834_974_657
SHORT = 280  # longer posts are cut, and whole in `note_tweet`
NAME = re.compile(r"(?<![\w@])@(\w+)")
_LINK = re.compile(r"https?://\S+")
_TAG = re.compile(r"(?<![\w&])#(\w+)")


def history(post: Post, now: int) -> list[str]:
    """The ids of a post's versions up to a time."""
    low = int(post.native) & 0x3FFFFF
    edits = [str(((at - EPOCH_MS) << 22) + low) for at, _ in post.edits if at <= now]
    return [post.native, *edits]


def latest(post: Post, now: int) -> int:
    """The id of a post's newest version at a time."""
    return int(history(post, now)[-1])


class Shown:
    """People and posts of a town as objects of the API, with the fields that a call asks for."""

    def __init__(self, town: Any, handles: dict[str, Account]) -> None:
        self._began, self._handles = began(town), handles

    def person(self, account: Account, ask: Ask) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": account.native, "name": escape(account.name, quote=False),
            "username": account.handle,
        }  # fmt: skip
        day = (ask.now - self._began) / DAY
        more = {
            "created_at": iso(self._began - account.created * DAY)[:19] + ".000Z",
            "description": escape(account.bio, quote=False),
            "protected": account.private,
            "verified": account.kind in ("brand", "media"),
            "public_metrics": {
                "followers_count": account.followers_on(day),
                "following_count": account.following,
                "tweet_count": account.written + sum(one.visible(ask.now) for one in account.posts),
                "listed_count": account.followers // 90,
            },
        }  # fmt: skip
        wanted = ask.one("user.fields").split(",")
        return shown | {name: value for name, value in more.items() if name in wanted}

    def bodies(
        self, posts: list[Post], ask: Ask, versions: list[str] | None = None
    ) -> dict[str, Any]:
        """`data` and `includes` of posts, in the versions asked for, else their newest."""
        if not posts:
            return {}
        ids = versions or [str(latest(post, ask.now)) for post in posts]
        body: dict[str, Any] = {
            "data": [self._tweet(post, id, ask) for post, id in zip(posts, ids, strict=True)]
        }
        expansions = ask.one("expansions").split(",")
        beside = [
            other
            for post in posts
            for other in (post.parent, post.quotes)
            if other and other not in posts and other.visible(ask.now) and not other.account.private
        ]
        beside = list(dict.fromkeys(beside)) if "referenced_tweets.id" in expansions else []
        includes: dict[str, Any] = {}
        if "author_id" in expansions:
            people = dict.fromkeys(post.account for post in (*posts, *beside))
            includes["users"] = [self.person(one, ask) for one in people]
        if beside:
            includes["tweets"] = [
                self._tweet(one, str(latest(one, ask.now)), ask) for one in beside
            ]
        if "attachments.media_keys" in expansions:
            media = [media_of(post) for post in (*posts, *beside) if post.media]
            includes |= {"media": media} if media else {}
        return body | ({"includes": includes} if includes else {})

    def _tweet(self, post: Post, id: str, ask: Ask) -> dict[str, Any]:
        versions = history(post, ask.now)
        at = ([post.at, *(at for at, _ in post.edits)])[versions.index(id)]
        text, entities = written(post.text_at(at), self._handles)
        long = len(text) > SHORT
        cut = f"{text[: SHORT - 25]}… {short(post.native)}" if long else text
        shown: dict[str, Any] = {
            "id": id, "text": escape(cut, quote=False), "edit_history_tweet_ids": versions,
        }  # fmt: skip
        likes, shares, quotes, saves, replies = post.counts(ask.now)
        refs = [
            {"type": kind, "id": other.native}
            for kind, other in (("replied_to", post.parent), ("quoted", post.quotes))
            if other
        ]
        more: dict[str, Any] = {
            "created_at": iso(at)[:19] + ".000Z",
            "author_id": post.account.native,
            "conversation_id": (post.root or post).native,
            "lang": post.lang,
            "possibly_sensitive": False,
            "public_metrics": {
                "retweet_count": shares, "reply_count": replies, "like_count": likes,
                "quote_count": quotes, "bookmark_count": saves,
                "impression_count": post.views_at(ask.now),
            },
            "entities": entities,
            "referenced_tweets": refs,
            "attachments": {"media_keys": [f"3_{post.native}"]} if post.media else {},
            "note_tweet": {"text": escape(text, quote=False), "entities": entities} if long else {},
        }  # fmt: skip
        wanted = ask.one("tweet.fields").split(",")
        return shown | {name: value for name, value in more.items() if name in wanted and value}


def written(text: str, handles: dict[str, Account]) -> tuple[str, dict[str, Any]]:
    """The text with shortened links, and what stands in it."""
    urls: list[dict[str, Any]] = []

    def shorten(match: re.Match[str]) -> str:
        address = match[0].rstrip(".,;:!?)")
        cut = short(address)
        shown = address.partition("://")[2]
        urls.append({"url": cut, "expanded_url": address, "display_url": shown[:30]})
        return cut + match[0][len(address) :]

    text = _LINK.sub(shorten, text)
    for one in urls:
        one["start"] = text.index(one["url"])
        one["end"] = one["start"] + len(one["url"])
    tags = [{"start": m.start(), "end": m.end(), "tag": m[1]} for m in _TAG.finditer(text)]
    names = [
        {"start": m.start(), "end": m.end(), "username": m[1],
         **({"id": handles[m[1].casefold()].native} if m[1].casefold() in handles else {})}
        for m in NAME.finditer(text)
    ]  # fmt: skip
    told = (("hashtags", tags), ("mentions", names), ("urls", urls))
    return text, {name: found for name, found in told if found}


def short(address: str) -> str:
    number = hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()
    return f"https://t.co/{number[:10]}"


def media_of(post: Post) -> dict[str, Any]:
    media = post.media
    assert media is not None
    place = f"https://pbs.twimg.com/media/{post.native}.jpg"
    told: dict[str, Any] = {
        "media_key": f"3_{post.native}", "type": "photo" if media.kind == "image" else "video",
        "width": media.width, "height": media.height,
    }  # fmt: skip
    if media.kind == "image":
        told |= {"url": place, **({"alt_text": media.alt} if media.alt else {})}
    else:
        told |= {"preview_image_url": place, "duration_ms": round((media.seconds or 0) * 1000)}
    return told
