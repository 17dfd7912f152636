"""Media, comments, accounts and insights of Instagram's API as records, found by their shape."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from crawlers import figures
from crawlers.fields import account_samples, drift, keys, moment, text_or_none
from crawlers.text import emojis, hashtags, links, mentions
from vigie.records import Account, Author, Counts, Media, MetricSample, Post, Source, sample_id
from vigie.sources import Answer, Mapped

_MEDIA = keys(
    "id caption media_type media_product_type permalink timestamp like_count comments_count "
    "view_count media_url thumbnail_url shortcode username owner children comments alt_text "
    "is_comment_enabled is_shared_to_feed ig_id boost_eligibility_info boost_ads_list "
    "copyright_check_information collaborators product_tags insights legacy_instagram_media_id "
    "has_poll has_slider reposts_count shares_count saved_count total_like_count "
    "total_comments_count total_view_count music_metadata_info"
)
_MEDIA_NEEDED = keys("id media_type comments_count timestamp permalink")
_COMMENT = keys(
    "id text timestamp username from like_count parent_id replies media hidden user "
    "legacy_instagram_comment_id"
)
_COMMENT_NEEDED = keys("id text timestamp")
_ACCOUNT = keys(
    "id username name biography website profile_picture_url followers_count follows_count "
    "media_count ig_id media stories tags is_published legacy_instagram_user_id account_type "
    "user_id shopping_product_tag_eligibility has_profile_pic shopping_review_status insights "
    "business_discovery mentioned_media mentioned_comment"
)
_ITEM = keys("id name instagram_business_account connected_instagram_account access_token tasks")
_MORE = ("media", "stories", "tags", "mentioned_media", "mentioned_comment")
_KINDS = {"IMAGE": "image", "VIDEO": "video", "CAROUSEL_ALBUM": "image", "STORY": "image"}
_FIGURES = {"saved": "saves", "comments": "replies", "engagement": "total_interactions"}
_DIGITS = {sign: at for at, sign in enumerate(
    string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
)}  # fmt: skip
_ID_EPOCH = 1_314_220_021_721  # ms; ids hold the milliseconds since then above 23 bits


class Grams:
    """Records of one body, gathered in `mapped`."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._answer, self._at, self._endpoint = answer, answer.collected_at, answer.endpoint
        self._source = source
        told = answer.meta.get("author") or {}
        self._author = _author(told.get("id"), told.get("username"), told.get("name"))
        self._seen: set[str] = set()

    def read(self, body: Any) -> None:
        """Finds what a body holds. Lists of hashtags and of pages hold no records."""
        if not isinstance(body, dict):
            raise TypeError("expected an object")
        if found := body.get("business_discovery"):
            self._person(found)
        elif "data" in body:
            self._list(body["data"])
        elif any(name in body for name in ("media_type", "media_product_type", "caption")):
            self.media(body)
        elif "text" in body:
            self.comment(body)
        elif body.keys() & _ACCOUNT:
            self._person(body)
        elif body:
            raise KeyError(f"neither account nor media: {', '.join(sorted(body)[:5])}")

    def _list(self, items: list[Any]) -> None:
        if figures.is_figures(items):
            # A post's figures are those of its whole life, an account's those of days.
            whole = all(item.get("period") == "lifetime" for item in items)
            whole = whole and not self._endpoint.startswith("user")
            names = _FIGURES if whole else {}
            figures.figures(self.mapped, self._answer, items, "instagram", names, whole)
            return
        for item in items:
            if "media_type" in item or "caption" in item or "permalink" in item:
                self.media(item)
            elif "text" in item:
                self.comment(item)
            elif "id" in item:  # a hashtag, or a page with its account
                drift(self.mapped, f"{self._endpoint}.item", item, _ITEM, keys("id"))
            else:
                raise KeyError(f"neither media nor comment: {', '.join(sorted(item)[:5])}")

    def _person(self, given: Mapping[str, Any]) -> None:
        """An account with what is nested in it. One that is no more than an id is not told of."""
        before, self._author = self._author, self.account(given) or self._author
        for name in _MORE:
            nested = given.get(name) or {}
            for item in nested.get("data", (nested,) if "id" in nested else ()):
                self.comment(item) if "text" in item else self.media(item)
        self._author = before

    def account(self, given: Mapping[str, Any]) -> Author | None:
        """The author part of an account, which is gathered where the body tells of it."""
        native = given["id"]
        name = text_or_none(given.get("name"))
        if given.keys() & {"username", "followers_count", "media_count", "biography"}:
            drift(self.mapped, f"{self._endpoint}.account", given, _ACCOUNT, keys("id"))
            handle = given.get("username")
            account = Account(
                id=f"instagram:{native}",
                platform="instagram",
                native_id=native,
                handle=handle,
                name=name,
                url=f"https://www.instagram.com/{handle}/" if handle else None,
                bio=text_or_none(given.get("biography")),
                followers=given.get("followers_count"),
                following=given.get("follows_count"),
                posts=given.get("media_count"),
                first_seen_at=self._at,
                collected_at=self._at,
                source=self._source,
            )
            self.mapped.accounts.append(account)
            self.mapped.samples.extend(account_samples(account))
        return _author(native, given.get("username"), name, given.get("followers_count"))

    def media(self, given: Mapping[str, Any]) -> None:
        """Gathers a post with the comments that are nested in it."""
        native = given["id"]
        if not isinstance(native, str):
            raise TypeError("an id is no text")
        if native in self._seen:
            return
        self._seen.add(native)
        drift(self.mapped, f"{self._endpoint}.media", given, _MEDIA, _MEDIA_NEEDED)
        counts = {
            "likes": given.get("like_count"),  # absent where its owner hides it
            "replies": given.get("comments_count"),
            "shares": given.get("shares_count"),
            "saves": given.get("saved_count"),
            "views": given.get("view_count"),
        }
        published = moment(given.get("timestamp")) or _time_of(given)
        if published is None:
            self._only_counts(native, counts)
            return
        text = given.get("caption")
        video = given.get("media_type") == "VIDEO" or given.get("media_product_type") == "REELS"
        author = self._author
        if owner := given.get("owner") or {}:
            author = _author(owner.get("id"), owner.get("username") or given.get("username"))
        elif given.get("username") and author.handle is None:
            author = _author(author.id and author.id.partition(":")[2], given["username"])
        self._gather(
            native, published, author,
            kind="video" if video else "post",
            url=given.get("permalink"),
            text=text,
            media=tuple(_pictures(given)),
            metrics=Counts(**counts),
        )  # fmt: skip
        for comment in (given.get("comments") or {}).get("data", ()):
            self.comment(comment, native)
        if inner := (given.get("insights") or {}).get("data"):
            figures.figures(self.mapped, self._answer, inner, "instagram", _FIGURES, True)

    def comment(self, given: Mapping[str, Any], media: str | None = None) -> None:
        """Gathers a comment with the answers that are nested in it."""
        native = given["id"]
        drift(self.mapped, f"{self._endpoint}.comment", given, _COMMENT, _COMMENT_NEEDED)
        published = moment(given["timestamp"])
        if published is None:
            raise ValueError(f"timestamp is no time: {given['timestamp']!r}")
        told = self._answer.meta
        media = media or (given.get("media") or {}).get("id") or told.get("media")
        above = given.get("parent_id") or media
        by = given.get("from") or given.get("user") or {}
        self._gather(
            native, published, _author(by.get("id"), by.get("username") or given.get("username")),
            kind="comment",
            text=given.get("text"),
            parent_id=f"instagram:{above}" if above else None,
            root_id=f"instagram:{media}" if media else None,
            metrics=Counts(likes=given.get("like_count")),
        )  # fmt: skip
        for answer in (given.get("replies") or {}).get("data", ()):
            self.comment({"parent_id": native, **answer}, media)

    def _gather(
        self, native: str, published: datetime, author: Author, *, text: str | None, **fields: Any
    ) -> None:
        words = text or ""
        self.mapped.posts.append(
            Post(
                id=f"instagram:{native}",
                platform="instagram",
                native_id=native,
                author=author,
                published_at=min(published, self._at),
                first_seen_at=self._at,
                collected_at=self._at,
                text=text,
                hashtags=hashtags(words),
                mentions=mentions(words),
                links=links(words),
                emojis=emojis(words),
                source=self._source,
                **fields,
            )
        )

    def _only_counts(self, native: str, counts: Mapping[str, int | None]) -> None:
        """A post without any time is no record of its own; what it has reached is kept."""
        id = f"instagram:{native}"
        self.mapped.samples += [
            MetricSample(
                id=sample_id(id, metric, self._at), entity=id, entity_kind="post",
                platform="instagram", metric=metric, value=value, captured_at=self._at,
            )
            for metric, value in counts.items()
            if value is not None
        ]  # fmt: skip


def _author(
    id: str | None, handle: str | None, name: str | None = None, followers: int | None = None
) -> Author:
    return Author(
        id=f"instagram:{id}" if id else None, handle=handle, name=name, followers=followers
    )


def _time_of(given: Mapping[str, Any]) -> datetime | None:
    """When a post was made, read out of the short code of its address (hashtag answers of older
    versions carry no timestamp): 64 bits in base 64, milliseconds on top, as Instagram described
    its ids."""
    code = given.get("shortcode") or (given.get("permalink") or "").rstrip("/").rpartition("/")[2]
    if not 9 <= len(code) <= 11 or not all(sign in _DIGITS for sign in code):
        return None
    number = 0
    for sign in code:
        number = number * 64 + _DIGITS[sign]
    return datetime.fromtimestamp(((number >> 23) + _ID_EPOCH) / 1000, UTC).replace(microsecond=0)


def _pictures(given: Mapping[str, Any]) -> Iterable[Media]:
    children = (given.get("children") or {}).get("data")
    for item in children or (given,):
        kind = _KINDS.get(item.get("media_type") or "", "other" if children is None else "image")
        yield Media(kind=kind, url=item.get("media_url"), alt=text_or_none(item.get("alt_text")))
