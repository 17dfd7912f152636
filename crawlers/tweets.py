"""Posts and users of the X API v2 as records, found by their shape in any body.

An edited post has an id for each version. Its record has the id of the first one, so that an edit
is newer text of the same post; `source.ref` is the newest version that was seen.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from crawlers.fields import account_samples, drift, keys, moment, text_or_none
from crawlers.text import emojis, hashtags, links, mentions, once
from vigie.health import detail
from vigie.records import Account, Author, Counts, Media, Post, Source, Tombstone
from vigie.sources import Answer, Mapped

EPOCH_MS = 1_288_834_974_657  # ids hold the milliseconds since then, above 22 bits
# Before, nobody counted: the API says 0 of older posts.
VIEWS_SINCE = datetime(2022, 12, 15, tzinfo=UTC)
_TWEET = keys(
    "id text created_at author_id conversation_id in_reply_to_user_id in_reply_to_status_id "
    "referenced_tweets attachments geo context_annotations entities withheld public_metrics "
    "non_public_metrics organic_metrics promoted_metrics possibly_sensitive lang source "
    "reply_settings edit_history_tweet_ids edit_controls note_tweet card_uri display_text_range "
    "media_metadata scopes community_id article suggested_source_links username matching_rules "
    "note_request_suggestions paid_partnership suggested_source_links_with_counts media_keys"
)
_TWEET_NEEDED = keys("id text created_at author_id public_metrics")
_METRICS = keys(
    "like_count retweet_count reply_count quote_count bookmark_count impression_count repost_count"
)
_USER = keys(
    "id name username created_at description entities location pinned_tweet_id "
    "profile_image_url protected public_metrics url verified verified_type withheld "
    "connection_status most_recent_tweet_id subscription subscription_type affiliation "
    "receives_your_dm is_identity_verified verified_followers_count profile_banner_url "
    "parody confirmed_email"
)
_USER_NEEDED = keys("id name username")
_NO_LANGUAGE = keys("und zxx qam qct qht qme qst")
_MEDIA = {"photo": "image", "video": "video", "animated_gif": "gif"}
_OWNER = re.compile(r"/users/(\d+)/tweets$")
# What only posts and only users have: a body without them is none of ours.
_LIKE_TWEET = keys("author_id conversation_id edit_history_tweet_ids referenced_tweets")
_OF_TWEETS = keys("users_tweets users_mentions search_recent tweets")
_OF_USERS = keys("users_by users_tweets users_mentions")
# What is wrong with the app: the last part of a problem's type, or a code of the older errors.
_FAULTS: dict[object, str] = {
    "client-forbidden": "approval missing",
    "unsupported-authentication": "approval missing",
    "credits": "approval missing",
    453: "approval missing",
    64: "approval revoked",
    416: "approval revoked",
    68: "unknown API version",
    251: "unknown API version",
}


_PRIVATE = {"dm_conversation_id", "event_type"}  # of a direct message: never a post


class Tweets:
    """Records of one body, gathered in `mapped`."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._at = answer.collected_at
        self._endpoint = answer.endpoint
        self._source = source.model_dump()
        self._asked: dict[str, str] = answer.meta.get("asked", {})
        owner = _OWNER.search(urlsplit(answer.request_url).path)
        self._owner = owner[1] if owner else None  # who wrote what names no author
        self._authors: dict[str, Author] = {}
        self._media: dict[str, Media] = {}
        self._seen: set[str] = set()

    def read(self, body: Any) -> None:
        """Finds the posts, users and errors of a body; counts, trends and jobs hold none."""
        if not body.keys() & {"data", "errors", "includes", "meta"}:
            raise KeyError("data, errors or meta")
        included = body.get("includes") or {}
        for user in included.get("users", ()):
            self.user(user)
        for media in included.get("media", ()):
            self._media[media["media_key"]] = _media(media)
        data = body.get("data")
        items = data if isinstance(data, list) else [] if data is None else [data]
        posts = [item for item in items if self._is_post(item)]
        posts += included.get("tweets", ())
        latest = {self.native(post): post["id"] for post in sorted(posts, key=_number)}
        for post in posts:
            if latest[self.native(post)] == post["id"]:
                self.post(post)
        self._errors(body.get("errors") or (), {post["id"] for post in posts})

    def _is_post(self, item: dict[str, Any]) -> bool:
        if "text" in item and "id" in item:
            return item.keys().isdisjoint(_PRIVATE)
        if "username" in item and "name" in item:
            self.user(item, alone=True)
        elif self._endpoint == "users_by":
            raise KeyError("username")
        elif self._endpoint in _OF_TWEETS or not item.keys().isdisjoint(_LIKE_TWEET):
            raise KeyError("text")
        return False

    @staticmethod
    def native(given: dict[str, Any]) -> str:
        """The id of a post's first version."""
        history = given.get("edit_history_tweet_ids")
        return str(history[0] if history else given["id"])

    def user(self, given: dict[str, Any], alone: bool = False) -> None:
        """Gathers an account, with samples of its counts: of everyone who writes the followers
        alone, which tell growth and bought reach."""
        native = str(given["id"])
        if native in self._authors:
            return
        drift(self.mapped, f"{self._endpoint}.user", given, _USER, _USER_NEEDED)
        counts = given.get("public_metrics") or {}
        name, handle = unescape(given["name"]) or None, given["username"]
        account = Account(
            id=f"x:{native}",
            platform="x",
            native_id=native,
            handle=handle,
            name=name,
            url=f"https://x.com/{handle}",
            bio=text_or_none(unescape(given.get("description") or "")),
            location=text_or_none(unescape(given.get("location") or "")),
            verified=given.get("verified"),
            created_at=moment(given.get("created_at")),
            followers=counts.get("followers_count"),
            following=counts.get("following_count"),
            posts=counts.get("tweet_count"),
            first_seen_at=self._at,
            collected_at=self._at,
            source=self._source,
        )
        self.mapped.accounts.append(account)
        self.mapped.samples += account_samples(account) if alone else account_samples(
            account, ("followers",)
        )  # fmt: skip
        self._authors[native] = Author(
            id=account.id, handle=handle, name=name, followers=account.followers,
            verified=account.verified,
        )  # fmt: skip

    def post(self, given: dict[str, Any]) -> None:
        """Gathers one version of a post, once."""
        id, native = str(given["id"]), self.native(given)
        if native in self._seen:
            return
        self._seen.add(native)
        drift(self.mapped, f"{self._endpoint}.tweet", given, _TWEET, _TWEET_NEEDED)
        written = str(given.get("author_id") or self._owner or "")
        author = self._authors.get(written) or Author(id=f"x:{written}" if written else None)
        edited = id != native
        told = moment(given.get("created_at"))
        published = minted(native) if edited or told is None else told
        fields: dict[str, Any] = {
            "id": f"x:{native}",
            "platform": "x",
            "native_id": native,
            "url": f"https://x.com/{author.handle or 'i/web'}/status/{id}",
            "author": author,
            "published_at": min(published, self._at),
            "first_seen_at": self._at,
            "collected_at": self._at,
            "source": {**self._source, "ref": id} if edited else self._source,
        }
        about = {ref["type"]: f"x:{ref['id']}" for ref in given.get("referenced_tweets") or ()}
        if "retweeted" in about:  # its counts are the original's, its text is cut
            fields.update(kind="repost", repost_of=about["retweeted"])
        else:
            self._say(given, fields, about)
            if edited:
                fields["edited_at"] = min(minted(id), self._at)
        self.mapped.posts.append(Post(**fields))

    def _say(self, given: dict[str, Any], fields: dict[str, Any], about: dict[str, str]) -> None:
        """Adds what a post says and what it has gathered."""
        note = given.get("note_tweet") or {}
        text = note.get("text") or given["text"]
        if "&" in text:
            text = unescape(text)
        told = note.get("entities") or given.get("entities") or {}
        shown = (given.get("attachments") or {}).get("media_keys") or ()
        media = [self._media[key] for key in shown if key in self._media]
        parent, lang = about.get("replied_to"), given.get("lang")
        root = given.get("conversation_id")
        article = given.get("article") or {}
        fields.update(
            kind=_kind(about, media),
            text=text,
            title=text_or_none(article.get("title")),
            lang=lang if lang not in _NO_LANGUAGE else None,
            parent_id=parent,
            root_id=f"x:{root}" if parent and root else None,
            quote_of=about.get("quoted"),
            hashtags=_tags(told, text),
            mentions=_names(told, text),
            links=_links(told, text),
            emojis=emojis(text),
            media=tuple(media),
            metrics=self._counts(given, fields["published_at"]),
            sensitive=given.get("possibly_sensitive"),
        )

    def _counts(self, given: dict[str, Any], published: datetime) -> Counts:
        public = given.get("public_metrics") or {}
        if not public.keys() <= _METRICS:
            drift(self.mapped, f"{self._endpoint}.metrics", public, _METRICS, frozenset())
        own = given.get("non_public_metrics") or {}
        views = public.get("impression_count")
        return Counts(
            likes=public.get("like_count"),
            shares=public.get("retweet_count", public.get("repost_count")),
            replies=public.get("reply_count"),
            quotes=public.get("quote_count"),
            saves=public.get("bookmark_count"),
            views=views if views or published >= VIEWS_SINCE else None,
            clicks=own.get("url_link_clicks"),
            impressions=own.get("impression_count"),
        )

    def _errors(self, errors: Any, given: set[str]) -> None:
        """What was asked for and is gone, or shown to nobody who asks from outside."""
        gone: dict[str, str] = {}
        for error in errors:
            if error.get("resource_type") == "tweet" and error.get("resource_id"):
                missing = str(error.get("type", "")).endswith("/resource-not-found")
                gone[str(error["resource_id"])] = "deleted" if missing else "withheld"
        if gone or given:
            gone.update((id, "deleted") for id in self._asked if id not in given | gone.keys())
        known = {f"x:{native}" for native in self._seen}
        told = {f"x:{self._asked.get(id, id)}": reason for id, reason in gone.items()}
        self.mapped.tombstones += [
            Tombstone(id=id, entity_kind="post", reason=reason, noticed_at=self._at)
            for id, reason in told.items()
            if id not in known
        ]


def fault(answer: Answer) -> str | None:
    """What X's own codes and problems say of the source, by the keys of vigie/health.py; the rest
    is told there."""
    try:
        body = answer.json()
    except ValueError:
        return None
    if not isinstance(body, dict) or (answer.status < 300 and body.get("data")):
        return None
    first = next((one for one in body.get("errors") or () if isinstance(one, dict)), {})
    told = detail(str(body.get("detail") or first.get("detail") or first.get("message") or ""))
    kind = str(body.get("type") or first.get("type") or "").rpartition("/")[2]
    if answer.status < 300:
        if answer.endpoint not in _OF_USERS or first.get("resource_type") != "user":
            return None
        private = kind == "not-authorized-for-resource"
        return f"{'private' if private else 'unknown'} account: {told}"
    if answer.status == 402:
        return f"approval missing: {told}"  # no credits
    name = _FAULTS.get(kind) or _FAULTS.get(first.get("code"))
    if answer.status == 400 and not name:
        return f"HTTP 400: {detail(str(first.get('message') or told))}"
    return f"{name}: {told}" if name and answer.status != 429 else None


def minted(id: str) -> datetime:
    """When an id was made, to the second as `created_at` is. Ids of before November 2010 do not
    tell: they are at most as young as that."""
    return datetime.fromtimestamp(((int(id) >> 22) + EPOCH_MS) // 1000, UTC)


def id_at(time: datetime) -> int:
    """The least id that could be made at a time."""
    return (round(time.timestamp() * 1000) - EPOCH_MS) << 22


def _number(given: dict[str, Any]) -> int:
    return int(given["id"])


def _kind(about: dict[str, str], media: list[Media]) -> str:
    if "replied_to" in about:
        return "reply"
    if "quoted" in about:
        return "quote"
    return "video" if any(item.kind == "video" for item in media) else "post"


def _tags(told: dict[str, Any], text: str) -> tuple[str, ...]:
    listed = told.get("hashtags")
    return once(item["tag"] for item in listed) if listed else hashtags(text)


def _names(told: dict[str, Any], text: str) -> tuple[str, ...]:
    listed = told.get("mentions")
    return once(item["username"] for item in listed) if listed else mentions(text)


def _links(told: dict[str, Any], text: str) -> tuple[str, ...]:
    """Where a post leads: not to its own pictures, which have a `media_key`."""
    listed = told.get("urls")
    if not listed:
        return links(text)
    return once(
        item.get("unwound_url") or item.get("expanded_url") or item["url"]
        for item in listed
        if "media_key" not in item
    )


def _media(given: dict[str, Any]) -> Media:
    duration = given.get("duration_ms")
    return Media(
        kind=_MEDIA.get(given.get("type", ""), "other"),
        url=given.get("url") or given.get("preview_image_url"),
        alt=text_or_none(given.get("alt_text")),
        width=given.get("width"),
        height=given.get("height"),
        duration_s=duration / 1000 if duration else None,
    )
