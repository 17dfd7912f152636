"""Posts and people of a town as Reddit's things."""

from __future__ import annotations

import hashlib
import re
from html import escape
from typing import Any

from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.sites.reply import began

DAY = 86_400_000
SQUARE = "r/place"  # where what names no community stands
TITLE = 90
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return digits or "0"


def fullname(post: Post) -> str:
    """`t3_` and a submission's id, `t1_` and a comment's."""
    return f"{'t1' if post.parent else 't3'}_{post.native.removeprefix('t3_')}"


def link_of(post: Post) -> Post:
    """The submission that a post is, or stands under."""
    while post.parent is not None:
        post = post.parent
    return post


def community_of(post: Post) -> str:
    """`r/NAME`: a community is an account whose handle begins so, and a submission stands in the
    one that it mentions."""
    link = link_of(post)
    named = (one.handle for one in link.mentions if one.handle.startswith("r/"))
    return next(named, SQUARE)


def number_of(handle: str) -> str:
    """An id of seven digits that a name always has."""
    digest = hashlib.md5(handle.casefold().encode(), usedforsecurity=False).digest()
    return base36(int.from_bytes(digest[:4], "big"))


class Shown:
    """Objects of the API as of a time."""

    def __init__(self, town: Any) -> None:
        self._began = began(town)

    def person(self, account: Account, now: int) -> dict[str, Any]:
        made = (self._began - account.created * DAY) / 1000
        data = {
            "id": number_of(account.handle), "name": account.handle, "created": made,
            "created_utc": made, "link_karma": account.written * 3, "comment_karma": 12,
            "verified": True, "has_verified_email": True, "is_gold": False, "is_mod": False,
            "is_employee": False, "icon_img": "", "hide_from_robots": False,
            "subreddit": {
                "display_name": f"u_{account.handle}", "title": account.name,
                "public_description": account.bio, "subscribers": 0, "over_18": False,
                "display_name_prefixed": f"u/{account.handle}", "subreddit_type": "user",
            },
        }  # fmt: skip
        return {"kind": "t2", "data": data}

    def community(self, account: Account, now: int) -> dict[str, Any]:
        made = (self._began - account.created * DAY) / 1000
        name = account.handle.removeprefix("r/")
        data = {
            "id": number_of(account.handle), "name": f"t5_{number_of(account.handle)}",
            "display_name": name, "display_name_prefixed": f"r/{name}", "title": account.name,
            "public_description": account.bio, "created": made, "created_utc": made,
            "subscribers": account.followers_on((now - self._began) / DAY), "lang": account.lang,
            "subreddit_type": "public", "over18": False, "url": f"/r/{name}/",
        }  # fmt: skip
        return {"kind": "t5", "data": data}

    def thing(self, post: Post, now: int, *, raw: bool) -> dict[str, Any]:
        """A submission, or a comment without its replies."""
        if post.parent is not None:
            return {"kind": "t1", "data": self._comment(post, now, raw)}
        return {"kind": "t3", "data": self._link(post, now, raw)}

    def _both(self, post: Post, now: int) -> dict[str, Any]:
        name, place = fullname(post), community_of(post).removeprefix("r/")
        edited = post.edited_at(now)
        gone = post.deleted is not None and post.deleted <= now
        who: dict[str, Any] = {"author": "[deleted]"}
        if not gone:
            who = {
                "author": post.account.handle,
                "author_fullname": f"t2_{number_of(post.account.handle)}",
            }
        return {
            **who, "id": name[3:], "name": name, "created_utc": post.at / 1000,
            "created": post.at / 1000, "edited": edited / 1000 if edited else False,
            "score": 1 + post.counts(now)[0], "ups": 1 + post.counts(now)[0], "downs": 0,
            "subreddit": place, "subreddit_name_prefixed": f"r/{place}",
            "subreddit_id": f"t5_{number_of(f'r/{place}')}", "subreddit_type": "public",
            "archived": False, "locked": False, "stickied": False, "distinguished": None,
            "saved": False, "likes": None, "gilded": 0, "all_awardings": [],
        }  # fmt: skip

    def _link(self, post: Post, now: int, raw: bool) -> dict[str, Any]:
        both = self._both(post, now)
        gone, text = both["author"] == "[deleted]", post.text_at(now)
        title = post.title or (text if len(text) <= TITLE else f"{text[:TITLE]}…")
        slug = re.sub(r"\W+", "_", title.lower()).strip("_")[:50] or "_"
        place = f"/r/{both['subreddit']}/comments/{both['id']}/{slug}/"
        _, shares, _, _, _ = post.counts(now)
        media = post.media
        more: dict[str, Any] = {
            "title": _written(title, raw), "selftext": "[deleted]" if gone else _written(text, raw),
            "is_self": post.link is None, "permalink": place, "hide_score": False,
            "url": post.link[0] if post.link else f"https://www.reddit.com{place}",
            "domain": f"self.{both['subreddit']}", "num_comments": _below(post, now),
            "num_crossposts": shares, "upvote_ratio": 0.93, "over_18": False, "pinned": False,
            "view_count": None, "is_video": bool(media and media.kind == "video"),
            "removed_by_category": "deleted" if gone else None, "is_original_content": False,
            "subreddit_subscribers": 900, "spoiler": False, "media": None,
        }  # fmt: skip
        if media and media.kind == "video":
            more["media"] = {"reddit_video": {
                "fallback_url": f"https://v.redd.it/{both['id']}/DASH.mp4", "width": media.width,
                "height": media.height, "duration": round(media.seconds or 0), "is_gif": False,
            }}  # fmt: skip
        elif media:
            source = {"url": f"https://i.redd.it/{both['id']}.jpg", "width": media.width,
                      "height": media.height}  # fmt: skip
            more |= {
                "post_hint": "image", "url": source["url"], "is_reddit_media_domain": True,
                "is_self": False, "preview": {"images": [{"source": source}], "enabled": True},
            }  # fmt: skip
        return both | more

    def _comment(self, post: Post, now: int, raw: bool) -> dict[str, Any]:
        both = self._both(post, now)
        link = link_of(post)
        assert post.parent is not None
        text = "[deleted]" if both["author"] == "[deleted]" else _written(post.text_at(now), raw)
        return both | {
            "body": text, "parent_id": fullname(post.parent), "link_id": fullname(link),
            "score_hidden": False, "controversiality": 0, "is_submitter":
            post.account is link.account, "replies": "", "collapsed": False,
            "permalink": f"/r/{both['subreddit']}/comments/{fullname(link)[3:]}/_/{both['id']}/",
        }  # fmt: skip


def _written(text: str, raw: bool) -> str:
    return text if raw else escape(text, quote=False)


def _below(post: Post, now: int) -> int:
    """All visible comments under a submission."""
    number, waiting = 0, list(post.replies)
    while waiting:
        one = waiting.pop()
        number += one.visible(now)
        waiting += one.replies
    return number
