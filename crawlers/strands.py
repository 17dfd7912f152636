"""Posts, profiles and insights of the Threads API as records, found by their shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from crawlers import figures
from crawlers.fields import drift, keys, moment, text_or_none
from crawlers.text import emojis, hashtags, links, mentions, once
from vigie.records import Account, Author, Counts, Media, MetricSample, Post, Source, sample_id
from vigie.sources import Answer, Mapped

SITE = "https://www.threads.net"
_POST = keys(
    "id media_product_type media_type media_url gif_url permalink owner username text timestamp "
    "shortcode thumbnail_url children is_quote_post quoted_post reposted_post alt_text "
    "link_attachment_url has_replies is_reply is_reply_owned_by_me root_post replied_to "
    "hide_status reply_audience poll_attachment topic_tag location location_id is_verified "
    "profile_picture_url allowlisted_country_codes is_spoiler_media text_entities text_attachment "
    "ghost_post_status ghost_post_expiration_timestamp poll is_deleted like_count reply_count "
    "repost_count quote_count view_count"
)
_POST_NEEDED = keys("id media_type permalink timestamp username")
_PROFILE = keys(
    "id username name threads_profile_picture_url threads_biography is_verified "
    "profile_picture_url biography follower_count likes_count quotes_count replies_count "
    "reposts_count views_count is_eligible_for_geo_gating recently_searched_keywords"
)
_MEDIA = {"IMAGE": "image", "VIDEO": "video", "AUDIO": "audio", "CAROUSEL_ALBUM": "image"}
_FIGURES = {"reposts": "shares", "shares": "sends"}
_COUNTS = ("likes", "replies", "shares", "quotes", "views")


class Strands:
    """Records of one body, gathered in `mapped`. People are known by their user names alone: the
    platform gives no other id of theirs."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._answer, self._at, self._endpoint = answer, answer.collected_at, answer.endpoint
        self._source = source
        self._followers = answer.meta.get("followers")
        self._seen: set[str] = set()

    def read(self, body: Any) -> None:
        """Finds what a body holds."""
        if not isinstance(body, dict):
            raise TypeError("expected an object")
        if isinstance(body.get("data"), list):
            if figures.is_figures(body["data"]):
                self._figures(body["data"])
                return
            for item in body["data"]:
                self._object(item)
        elif body:
            self._object(body)

    def _object(self, item: Mapping[str, Any]) -> None:
        if item.keys() & {"media_type", "permalink", "text", "timestamp", "shortcode"}:
            self.post(item)
        elif "username" in item:
            self.profile(item)
        elif not item.keys() <= {
            "id",
            "config",
            "quota_usage",
            "reply_config",
            "reply_quota_usage",
        }:
            raise KeyError(f"neither post nor profile: {', '.join(sorted(item)[:5])}")

    def profile(self, given: Mapping[str, Any]) -> None:
        """Gathers an account with its figures: followers, and what its posts got in seven days."""
        handle = given["username"]
        drift(self.mapped, f"{self._endpoint}.profile", given, _PROFILE, keys("username"))
        account = Account(
            id=f"threads:{handle}",
            platform="threads",
            native_id=handle,
            handle=handle,
            name=text_or_none(given.get("name")),
            url=f"{SITE}/@{handle}",
            bio=text_or_none(given.get("biography") or given.get("threads_biography")),
            verified=given.get("is_verified"),
            followers=given.get("follower_count"),
            first_seen_at=self._at,
            collected_at=self._at,
            source=self._source,
        )
        self.mapped.accounts.append(account)
        for name in ("follower", "likes", "quotes", "replies", "reposts", "views"):
            value = given.get(f"{name}_count")
            metric = "followers" if name == "follower" else f"{name}_7_days"
            if value is not None:
                self._sample(account.id, "account", metric, value)

    def _sample(self, entity: str, kind: Any, metric: str, value: float) -> None:
        self.mapped.samples.append(
            MetricSample(
                id=sample_id(entity, metric, self._at), entity=entity, entity_kind=kind,
                platform="threads", metric=metric, value=value, captured_at=self._at,
            )
        )  # fmt: skip

    def _figures(self, items: list[Mapping[str, Any]]) -> None:
        """Insights; those of an own post are its only counts, and stand with the post as well."""
        post = self._answer.meta.get("post")
        if self._endpoint == "threads_insights" or any("total_value" in one for one in items):
            items = [
                {**one, "period": "lifetime"} if "total_value" in one else one for one in items
            ]
            names = {"followers_count": "followers", **_FIGURES}
            figures.figures(self.mapped, self._answer, items, "threads", names, False)
            return
        whole = figures.figures(self.mapped, self._answer, items, "threads", _FIGURES, True)
        if post:
            counts = {name: round(whole[name]) for name in _COUNTS if name in whole}
            author = self._author(post["username"])
            published = moment(post["published_at"])
            self._gather(
                self._answer.meta["entity"], published, author, kind=post["kind"],
                metrics=Counts(**counts),
            )  # fmt: skip

    def post(self, given: Mapping[str, Any]) -> None:
        """Gathers a post. A repost has no text of its own."""
        native = given["id"]
        if native in self._seen:
            return
        self._seen.add(native)
        drift(self.mapped, f"{self._endpoint}.post", given, _POST, _POST_NEEDED)
        handle = given.get("username")
        author = self._author(handle, given.get("is_verified"))
        published = moment(given["timestamp"])
        shared = _inner(given, "reposted_post")
        if shared or given.get("media_type") == "REPOST_FACADE":
            self._gather(
                native, published, author, kind="repost", url=given.get("permalink"),
                repost_of=f"threads:{shared}" if shared else None,
            )  # fmt: skip
            return
        text = given.get("text")
        words = text or ""
        parent, root, quoted = (
            _inner(given, name) for name in ("replied_to", "root_post", "quoted_post")
        )
        tag = given.get("topic_tag")
        outward = given.get("link_attachment_url")
        self._gather(
            native, published, author,
            kind=_kind(given, bool(parent), bool(quoted)),
            url=given.get("permalink"),
            text=text,
            parent_id=f"threads:{parent}" if parent else None,
            root_id=f"threads:{root}" if root else None,
            quote_of=f"threads:{quoted}" if quoted else None,
            hashtags=once([*hashtags(words), tag or ""]),
            mentions=mentions(words),
            links=once([*links(words), outward or ""]),
            emojis=emojis(words),
            media=tuple(_media(given)),
            metrics=Counts(
                likes=given.get("like_count"),
                shares=given.get("repost_count"),
                replies=given.get("reply_count"),
                quotes=given.get("quote_count"),
                views=given.get("view_count"),
            ),
        )  # fmt: skip

    def _author(self, handle: str | None, verified: bool | None = None) -> Author:
        return Author(
            id=f"threads:{handle}" if handle else None,
            handle=handle,
            followers=self._followers,
            verified=verified,
        )

    def _gather(
        self, native: str, published: datetime | None, author: Author, **fields: Any
    ) -> None:
        if not isinstance(native, str) or published is None:
            raise ValueError(f"no id or no time: {native!r}")
        self.mapped.posts.append(
            Post(
                id=f"threads:{native}",
                platform="threads",
                native_id=native,
                author=author,
                published_at=min(published, self._at),
                first_seen_at=self._at,
                collected_at=self._at,
                source=self._source,
                **fields,
            )
        )


def kind_of(given: Mapping[str, Any]) -> str:
    """What a post is, as `Post.kind` has it."""
    if given.get("media_type") == "REPOST_FACADE" or _inner(given, "reposted_post"):
        return "repost"
    return _kind(given, bool(_inner(given, "replied_to")), bool(_inner(given, "quoted_post")))


def _kind(given: Mapping[str, Any], answers: bool, quotes: bool) -> str:
    if given.get("is_reply") or answers:
        return "reply"
    if given.get("is_quote_post") or quotes:
        return "quote"
    return "video" if given.get("media_type") == "VIDEO" else "post"


def _inner(given: Mapping[str, Any], name: str) -> str | None:
    """The id of a post that is named in another."""
    inner = given.get(name)
    return inner.get("id") if isinstance(inner, dict) else inner if isinstance(inner, str) else None


def _media(given: Mapping[str, Any]) -> Iterator[Media]:
    children = (given.get("children") or {}).get("data") or ()
    for item in children or (given,):
        kind = _MEDIA.get(item.get("media_type") or "")
        if kind:
            alt = text_or_none(item.get("alt_text"))
            yield Media(kind=kind, url=item.get("media_url"), alt=alt)
    if given.get("gif_url"):
        yield Media(kind="gif", url=given["gif_url"], alt=text_or_none(given.get("alt_text")))
    if given.get("link_attachment_url"):
        yield Media(kind="link", url=given["link_attachment_url"])
