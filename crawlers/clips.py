"""Videos, comments and accounts of TikTok's APIs as records, found by their shape.

TikTok leaves out what has no value, and names people by their user name alone. Ids are whole
numbers beyond 2**53: one that came as a decimal has lost its end and is refused.
"""

from __future__ import annotations

from typing import Any

from crawlers.fields import account_samples, drift, keys, moment, text_or_none
from crawlers.text import emojis, hashtags, links, mentions, once
from vigie.records import Account, Author, Counts, Media, Post, Source, Tombstone
from vigie.sources import Answer, Mapped

HOME = "https://www.tiktok.com"
_VIDEO = keys(
    "id video_id create_time username region_code video_description title music_id like_count "
    "comment_count share_count view_count favorites_count favourites_count effect_ids "
    "effect_info_list hashtag_names hashtag_info_list playlist_id video_duration duration "
    "voice_to_text is_stem_verified video_mention_list video_label video_tag sticker_info_list "
    "share_url cover_image_url embed_html embed_link width height display_name "
    "reposted_from is_pinned video_status"
)
_VIDEO_NEEDED = keys("create_time")
_USER = keys(
    "open_id union_id avatar_url avatar_url_100 avatar_large_url display_name bio_description "
    "profile_deep_link is_verified username follower_count following_count likes_count "
    "video_count bio_url"
)
_COMMENT = keys("id video_id text like_count reply_count parent_comment_id create_time")
_LISTS = keys("videos reposted_videos user_liked_videos user_pinned_videos_list pinned_videos")


class Clips:
    """Records of one body, gathered in `mapped`. `answer.meta` may name whose videos they are
    (`handle`, `name`, `followers`), which TikTok's own accounts leave out."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._at = answer.collected_at
        self._endpoint = answer.endpoint
        self._source = source.model_dump()
        self._meta = answer.meta
        self._seen: set[str] = set()

    def read(self, body: Any) -> None:
        """Finds the videos, comments and accounts of a body; an error has none."""
        error = body.get("error") or {}
        if error.get("code", "ok") not in ("ok", 0):
            return
        data = body["data"]
        if isinstance(data.get("user"), dict):
            self.account(data["user"])
        elif "display_name" in data or "follower_count" in data:
            self.account(data)  # the Research API's, which names no user
        for name in data.keys() & _LISTS:
            for video in data[name]:
                self.video(video)
        for comment in data.get("comments", ()):
            self.comment(comment)
        if not data.get("has_more"):  # else what is not here may stand on the next page
            self.mapped.tombstones += [
                Tombstone(id=f"tiktok:{native}", entity_kind="post", noticed_at=self._at)
                for id, native in self._meta.get("asked", {}).items()
                if id not in self._seen
            ]

    def account(self, given: dict[str, Any]) -> None:
        """Gathers an account with samples of its counts."""
        drift(self.mapped, f"{self._endpoint}.user", given, _USER, frozenset())
        handle = given.get("username") or self._meta["handle"]
        account = Account(
            id=f"tiktok:{handle}",
            platform="tiktok",
            native_id=handle,
            handle=handle,
            name=text_or_none(given.get("display_name")),
            url=f"{HOME}/@{handle}",
            bio=text_or_none(given.get("bio_description")),
            verified=given.get("is_verified"),
            followers=given.get("follower_count"),
            following=given.get("following_count"),
            posts=given.get("video_count"),
            first_seen_at=self._at,
            collected_at=self._at,
            source=self._source,
        )
        self.mapped.accounts.append(account)
        self.mapped.samples.extend(account_samples(account))

    def video(self, given: dict[str, Any]) -> None:
        """Gathers a video."""
        id = identity(given.get("id", given.get("video_id")))
        if id in self._seen:
            return
        self._seen.add(id)
        drift(self.mapped, f"{self._endpoint}.video", given, _VIDEO, _VIDEO_NEEDED)
        handle = given.get("username") or self._meta.get("handle")
        handle = self._meta.get("authors", {}).get(id, handle)
        text = given.get("video_description") or given.get("title") or ""
        published = moment(given["create_time"])
        if published is None:
            raise ValueError(f"create_time is no time: {given['create_time']!r}")
        place = f"{HOME}/@{handle}/video/{id}" if handle else None
        tags = given.get("hashtag_names") or ()
        self.mapped.posts.append(
            Post(
                id=f"tiktok:{id}",
                platform="tiktok",
                native_id=id,
                kind="video",
                url=given.get("share_url") or place,
                author=self._author(handle),
                text=text or None,
                published_at=min(published, self._at),
                first_seen_at=self._at,
                collected_at=self._at,
                hashtags=once([*tags, *hashtags(text)]),
                mentions=mentions(text),
                links=links(text),
                emojis=emojis(text),
                media=(_media(given),),
                metrics=Counts(
                    likes=given.get("like_count"),
                    shares=given.get("share_count"),
                    replies=given.get("comment_count"),
                    saves=given.get("favorites_count", given.get("favourites_count")),
                    views=given.get("view_count"),
                ),
                source=self._source,
            )
        )

    def _author(self, handle: str | None) -> Author:
        if not handle:
            return Author()
        mine = handle == self._meta.get("handle")
        return Author(
            id=f"tiktok:{handle}",
            handle=handle,
            name=self._meta.get("name") if mine else None,
            followers=self._meta.get("followers") if mine else None,
        )

    def comment(self, given: dict[str, Any]) -> None:
        """Gathers a comment; TikTok does not say who wrote it."""
        id, video = identity(given["id"]), identity(given["video_id"])
        drift(self.mapped, f"{self._endpoint}.comment", given, _COMMENT, keys("text create_time"))
        published, above = moment(given["create_time"]), given.get("parent_comment_id")
        if published is None:
            raise ValueError(f"create_time is no time: {given['create_time']!r}")
        text = given["text"]
        self.mapped.posts.append(
            Post(
                id=f"tiktok:{id}",
                platform="tiktok",
                native_id=id,
                kind="comment",
                text=text or None,
                published_at=min(published, self._at),
                first_seen_at=self._at,
                collected_at=self._at,
                parent_id=f"tiktok:{identity(above) if above else video}",
                root_id=f"tiktok:{video}",
                hashtags=hashtags(text),
                mentions=mentions(text),
                emojis=emojis(text),
                metrics=Counts(likes=given.get("like_count"), replies=given.get("reply_count")),
                source=self._source,
            )
        )


def identity(given: object) -> str:
    """An id as text."""
    if isinstance(given, bool) or not isinstance(given, int | str) or given == "":
        raise TypeError(f"no id: {given!r}")
    return str(given)


def _media(given: dict[str, Any]) -> Media:
    return Media(
        kind="video",
        url=given.get("embed_link"),
        width=given.get("width") or None,
        height=given.get("height") or None,
        duration_s=given.get("duration", given.get("video_duration")),
    )
