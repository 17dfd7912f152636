"""The resources of the YouTube Data API, made of the posts and accounts of a town."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.sites.reply import iso

EXCERPT = 120  # characters of a description that a search tells
ALONG = 5  # replies that come with a comment
DAY = 86_400_000
_CHANNEL_ID = re.compile(r"UC[\w-]{22}")


class Films:
    """Resources as of a time. `start` is the first day of the town; `below` has the comments by
    that of the first level above them, itself among them."""

    def __init__(self, start: int, below: Mapping[str, Sequence[Post]]) -> None:
        self._start, self._below = start, below

    def channel(self, account: Account, now: int) -> dict[str, Any]:
        videos = [post for post in account.posts if post.parent is None and post.visible(now)]
        followers = account.followers_on(max(0, (now - self._start) / DAY))
        id = channel_id(account)
        return {
            "kind": "youtube#channel",
            "etag": etag_of(id, followers, len(videos)),
            "id": id,
            "snippet": {
                "title": account.name,
                "description": account.bio,
                "customUrl": f"@{account.handle}",
                "publishedAt": iso(self._start - account.created * DAY),
                "thumbnails": _pictures(f"https://yt3.example/{id}", 88, 240, 800),
                "localized": {"title": account.name, "description": account.bio},
                "country": "FR",
            },
            "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": f"UU{id[2:]}"}},
            "statistics": {
                "viewCount": str(sum(post.views_at(now) for post in videos)),
                "subscriberCount": str(_rounded(followers)),
                "hiddenSubscriberCount": False,
                "videoCount": str(len(videos) + account.written),
            },
            "status": {"privacyStatus": "public", "isLinked": True},
        }

    def _snippet(self, post: Post, now: int) -> dict[str, Any]:
        return {
            "publishedAt": _second(post.at),
            "channelId": channel_id(post.account),
            "title": _title(post, now),
            "description": post.text_at(now),
            "thumbnails": _pictures(f"https://img.example/vi/{post.native}", 120, 320, 480),
            "channelTitle": post.account.name,
        }

    def entry(self, post: Post, place: int, now: int) -> dict[str, Any]:
        id = channel_id(post.account)
        snippet = {
            **self._snippet(post, now),
            "playlistId": f"UU{id[2:]}",
            "position": place,
            "resourceId": {"kind": "youtube#video", "videoId": post.native},
            "videoOwnerChannelTitle": post.account.name,
            "videoOwnerChannelId": id,
        }
        return {
            "kind": "youtube#playlistItem",
            "etag": etag_of(post.native, place),
            "id": base64.b64encode(f"UU{id[2:]}.{post.native}".encode()).decode(),
            "snippet": snippet,
            "contentDetails": {"videoId": post.native, "videoPublishedAt": _second(post.at)},
            "status": {"privacyStatus": "public"},
        }

    def video(self, post: Post, now: int) -> dict[str, Any]:
        likes = post.counts(now)[0]
        below = sum(other.visible(now) for other in all_below(post))
        counted = {"viewCount": str(post.views_at(now)), "favoriteCount": "0"}
        if not _hides_likes(post):
            counted["likeCount"] = str(likes)
        if not closed(post):
            counted["commentCount"] = str(below)
        title, text = _title(post, now), post.text_at(now)
        seconds = int(post.media.seconds or 0) if post.media else 0
        return {
            "kind": "youtube#video",
            "etag": etag_of(post.native, *counted.values(), text),
            "id": post.native,
            "snippet": {
                **self._snippet(post, now),
                **({"tags": list(post.tags)} if post.tags else {}),
                "categoryId": "19",
                "liveBroadcastContent": "none",
                "localized": {"title": title, "description": text},
                "defaultAudioLanguage": post.lang,
            },
            "contentDetails": {
                "duration": _duration(seconds or 45 + _number(post.native) % 900),
                "dimension": "2d",
                "definition": "hd",
                "caption": "false",
                "licensedContent": False,
                "contentRating": {},
                "projection": "rectangular",
            },
            "status": {
                "uploadStatus": "processed",
                "privacyStatus": "public",
                "license": "youtube",
                "embeddable": True,
                "publicStatsViewable": True,
                "madeForKids": False,
            },
            "statistics": counted,
        }

    def hit(self, post: Post, now: int) -> dict[str, Any]:
        snippet = self._snippet(post, now)
        text = " ".join(snippet["description"].split())
        cut = f"{text[:EXCERPT].rsplit(' ', 1)[0]} ..." if len(text) > EXCERPT else text
        return {
            "kind": "youtube#searchResult",
            "etag": etag_of(post.native, "hit"),
            "id": {"kind": "youtube#video", "videoId": post.native},
            "snippet": {
                **snippet,
                "title": escape(snippet["title"]).replace("&#x27;", "&#39;"),
                "description": cut,
                "liveBroadcastContent": "none",
            },
        }

    def thread(self, post: Post, video: Post, now: int) -> dict[str, Any]:
        below = [
            other
            for other in self._below.get(post.native, ())
            if other is not post and other.visible(now)
        ]
        thread: dict[str, Any] = {
            "kind": "youtube#commentThread",
            "etag": etag_of(post.native, len(below)),
            "id": post.native,
            "snippet": {
                "channelId": channel_id(video.account),
                "videoId": video.native,
                "topLevelComment": self.comment(post, now),
                "canReply": True,
                "totalReplyCount": len(below),
                "isPublic": True,
            },
        }
        if below:
            thread["replies"] = {"comments": [self.comment(one, now) for one in below[-ALONG:]]}
        return thread

    def comment(self, post: Post, now: int) -> dict[str, Any]:
        text, top = post.text_at(now), top_of(post)
        edited = post.edited_at(now)
        snippet: dict[str, Any] = {
            "channelId": channel_id(video_of(post).account),
            "textDisplay": text,
            "textOriginal": text,
            "authorDisplayName": f"@{post.account.handle}",
            "authorProfileImageUrl": f"https://yt3.example/{channel_id(post.account)}",
            "authorChannelUrl": f"https://www.youtube.com/@{post.account.handle}",
            "authorChannelId": {"value": channel_id(post.account)},
            "canRate": True,
            "viewerRating": "none",
            "likeCount": post.counts(now)[0],
            "publishedAt": _second(post.at),
            "updatedAt": _second(edited or post.at),
        }
        if top is post:
            snippet["videoId"] = video_of(post).native
        else:
            snippet["parentId"] = top.native
        return {
            "kind": "youtube#comment",
            "etag": etag_of(post.native, text),
            "id": post.native,
            "snippet": snippet,
        }


def channel_id(account: Account) -> str:
    """The id of an account's channel: its own where it has the shape of one, else made of it."""
    if _CHANNEL_ID.fullmatch(account.native):
        return account.native
    return f"UC{letters(account.native, 22)}"


def at(post: Post) -> int:
    return post.at


def top_of(post: Post) -> Post:
    """The comment of the first level above a comment, or itself."""
    while post.parent is not None and post.parent.parent is not None:
        post = post.parent
    return post


def video_of(post: Post) -> Post:
    while post.parent is not None:
        post = post.parent
    return post


def all_below(post: Post) -> Iterable[Post]:
    waiting = list(post.replies)
    while waiting:
        reply = waiting.pop()
        waiting.extend(reply.replies)
        yield reply


def _hides_likes(post: Post) -> bool:
    """Some channels hide what their videos are liked."""
    return _number(post.native) % 19 == 7


def closed(post: Post) -> bool:
    """Some channels close the comments; never where there are some."""
    return not post.replies and _number(post.native) % 11 == 3


def _title(post: Post, now: int) -> str:
    return post.title or post.text_at(now).split("\n", 1)[0][:90]


def letters(text: str, size: int) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:size]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def etag_of(*parts: Any) -> str:
    return letters("|".join(map(str, parts)), 27)


def _pictures(address: str, *sizes: int) -> dict[str, Any]:
    names = ("default", "medium", "high")
    return {
        name: {"url": f"{address}/{name}.jpg", "width": size, "height": size * 3 // 4}
        for name, size in zip(names, sizes, strict=True)
    }


def _second(ms: int) -> str:
    """Times of videos and comments are told to the second."""
    return f"{iso(ms)[:19]}Z"


def _rounded(count: int) -> int:
    """Three figures, as of subscribers."""
    unit = int(10 ** max(0, len(str(count)) - 3))
    return count // unit * unit


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    told = "".join(
        f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if number
    )
    return f"PT{told or '0S'}"
