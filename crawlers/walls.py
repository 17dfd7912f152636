"""Posts, comments, videos and pages of Facebook's API as records, found by their shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from crawlers import figures
from crawlers.fields import account_samples, drift, keys, moment, text_or_none
from crawlers.text import emojis, hashtags, links, mentions, once
from vigie.records import Account, Author, Counts, Media, MetricSample, Post, Source, sample_id
from vigie.sources import Answer, Mapped

SITE = "https://www.facebook.com"
_REACTIONS = keys("like love wow haha sad angry care thankful pride")
_POST = (
    keys(
        "id message story created_time updated_time permalink_url shares reactions comments likes "
        "attachments from status_type message_tags story_tags full_picture picture icon type link "
        "name caption description object_id parent_id place properties source to with_tags "
        "privacy is_published is_hidden is_expired is_popular is_spherical "
        "is_eligible_for_promotion is_instagram_eligible instagram_eligibility promotable_id "
        "promotion_status timeline_visibility actions admin_creator application backdated_time "
        "call_to_action can_reply_privately child_attachments coordinates event expanded_height "
        "expanded_width feed_targeting height width insights multi_share_end_card "
        "multi_share_optimized scheduled_publish_time sponsor_tags subscribed target targeting "
        "video_buying_eligibility dynamic_posts comments_mirroring_domain sharedposts video "
        "attachment_url"
    )
    | _REACTIONS
)
_POST_NEEDED = keys("id created_time permalink_url")
_COMMENT = keys(
    "id message created_time like_count comment_count from parent permalink_url attachment "
    "message_tags can_comment can_hide can_like can_remove can_reply_privately is_hidden "
    "is_private user_likes object admin_creator live_broadcast_timestamp "
    "private_reply_conversation reactions comments likes application"
)
_COMMENT_NEEDED = keys("message created_time")
_VIDEO = keys(
    "id created_time description title published length permalink_url updated_time source picture "
    "thumbnails views likes comments from status format embed_html embeddable icon "
    "is_crosspost_video is_crossposting_eligible is_episode is_instagram_eligible live_status "
    "place privacy universal_video_id custom_labels content_category content_tags ad_breaks "
    "backdated_time backdated_time_granularity event post_id post_views reactions "
    "is_reference_only video_insights boost_eligibility_info premiere_living_room_status "
    "scheduled_publish_time captions tags crosspost_shared_pages poll_settings polls sponsor_tags "
    "shares"
)
_PAGE_SIGNS = keys(
    "fan_count followers_count talking_about_count username category link about website "
    "verification_status category_list"
)
_PAGE = _PAGE_SIGNS | keys(
    "id name cover picture engagement checkins were_here_count global_brand_root_id "
    "global_brand_page_name founded start_info display_subtext can_checkin general_info "
    "description description_html emails phone location hours price_range rating_count "
    "overall_star_rating new_like_count unread_notif_count unread_message_count "
    "unseen_message_count is_always_open is_community_page is_permanently_closed is_published "
    "is_unclaimed is_verified is_webhooks_subscribed is_owned is_chain is_messenger_platform_bot "
    "has_added_app has_whatsapp_number has_transitioned_to_new_page_experience "
    "instagram_business_account connected_instagram_account instagram_accounts company_overview "
    "contact_address country_page_likes current_location directed_by mission products "
    "personal_info personal_interests place_type press_contact promotion_eligible public_transit "
    "release_date restaurant_services schedule season single_line_address store_number parking "
    "payment_options plot_outline produced_by features bio birthday band_members band_interests "
    "artists_we_like affiliation app_id asset_score attire awards best_page booking_agent built "
    "can_post copyright_whitelisted_ig_partners delivery_and_pickup_option_info "
    "differently_open_offerings events fan_count food_styles genre global_brand_parent_page "
    "hometown impressum influences leadgen_tos_accepted like likes members merchant_id "
    "merchant_review_status messenger_ads_default_icebreakers mpg network offer_eligible "
    "parent_page preferred_audience privacy_info_url published_posts record_label screenplay_by "
    "starring store_code store_location_descriptor supports_instant_articles temporary_status "
    "top_level_category username_status voip_info whatsapp_number written_by breaking_news_usage "
    "ad_campaign access_token tasks perms metadata posts feed insights country "
    "user_access_expire_time page_token copyright_attribution_insights owner_business business"
)
_PAGE_NEEDED = keys("id name")
_FIGURES = {
    "post_media_view": "views", "post_total_media_view_unique": "reach", "post_clicks": "clicks",
    "post_impressions": "impressions", "post_impressions_unique": "reach",
}  # fmt: skip
_PART = re.compile(r"(?:^|[?&])(comment_id|reply_comment_id)=(\d+)")
_OF_POST = re.compile(r"/(?:posts|videos|photos)/(?:[^/?]*/)*?(\d+)/?(?:\?|$)")
_PICTURES = {"photo": "image", "album": "image", "share": "link", "link": "link"}


class Walls:
    """Records of one body, gathered in `mapped`. `meta["page"]` tells whose posts were asked for:
    the platform leaves the author out."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._answer, self._at, self._endpoint = answer, answer.collected_at, answer.endpoint
        self._source = source
        self._seen: set[str] = set()
        self._authors: dict[str, Author] = {}
        for page in (answer.meta.get("page"), *(answer.meta.get("pages") or {}).values()):
            if page:
                self._authors[page["id"]] = _author(page)

    def read(self, body: Any) -> None:
        """Finds what a body holds: an object, a list of them, or objects by the ids asked for."""
        if not isinstance(body, dict):
            raise TypeError("expected an object")
        if "data" in body and isinstance(body["data"], list):
            self._list(body["data"])
        elif body and all(
            isinstance(one, dict) and one.get("id") == id for id, one in body.items()
        ):
            for one in body.values():
                self._object(one)
        elif body and body != {"success": True}:
            self._object(body)

    def _list(self, items: list[Any]) -> None:
        if figures.is_figures(items):
            whole = all(item.get("period") == "lifetime" for item in items)
            names = _FIGURES if whole else {}
            figures.figures(self.mapped, self._answer, items, "facebook", names, whole)
            return
        for item in items:
            self._object(item)

    def _object(self, item: Mapping[str, Any]) -> None:
        id = item.get("id")
        if "length" in item or ("title" in item and "description" in item):
            self._video(item)
        elif "comment_count" in item or _is_comment(item.get("permalink_url") or ""):
            self._comment(item)
        elif "created_time" in item:
            self._comment(item) if self._endpoint == "comments" else self._post(item)
        elif isinstance(id, str) and ("name" in item or item.keys() & _PAGE_SIGNS):
            self._page(item)
        elif not (isinstance(id, str) and item.keys() <= {"id", "metadata"}):
            raise KeyError(f"neither post nor page: {', '.join(sorted(item)[:5])}")

    def _page(self, given: Mapping[str, Any]) -> None:
        drift(self.mapped, f"{self._endpoint}.page", given, _PAGE, _PAGE_NEEDED)
        native = given["id"]
        author = _author(given)
        self._authors[native] = author
        verified = given.get("verification_status")
        account = Account(
            id=f"facebook:{native}",
            platform="facebook",
            native_id=native,
            handle=author.handle,
            name=author.name,
            url=given.get("link") or (f"{SITE}/{author.handle}" if author.handle else None),
            bio=text_or_none(given.get("about")),
            verified=None if verified is None else verified != "not_verified",
            followers=author.followers,
            first_seen_at=self._at,
            collected_at=self._at,
            source=self._source,
        )
        self.mapped.accounts.append(account)
        self.mapped.samples.extend(account_samples(account))
        for field, metric in (("fan_count", "fans"), ("talking_about_count", "talking_about")):
            if given.get(field) is not None:
                self.mapped.samples.append(
                    MetricSample(
                        id=sample_id(account.id, metric, self._at), entity=account.id,
                        entity_kind="account", platform="facebook", metric=metric,
                        value=given[field], captured_at=self._at,
                    )
                )  # fmt: skip

    def _post(self, given: Mapping[str, Any]) -> None:
        native = given["id"]
        if native in self._seen:
            return
        self._seen.add(native)
        drift(self.mapped, f"{self._endpoint}.post", given, _POST, _POST_NEEDED)
        page = native.partition("_")[0] if "_" in native else None
        by = given.get("from") or {}
        author = _author(by) if by.get("id") else self._authors.get(page or "")
        if author is None:
            author = next(iter(self._authors.values()), None) or Author(
                id=f"facebook:{page}" if page else None
            )
        elif by.get("id") in self._authors:
            author = self._authors[by["id"]]
        attachments = list(_flat(given.get("attachments")))
        text = given.get("message") or given.get("story")
        tagged = [tag for tag in given.get("message_tags") or () if isinstance(tag, dict)]
        named = [tag["name"].lstrip("@") for tag in tagged if tag.get("type") in ("page", "user")]
        video = any(
            "video" in (item.get("media_type") or item.get("type") or "") for item in attachments
        )
        likes = _total(given.get("reactions"))
        self._gather(
            given, author,
            kind="video" if video else "post",
            url=given.get("permalink_url") or f"{SITE}/{native}",
            text=text,
            mentions=once([*named, *mentions(text or "")]),
            links=once([*links(text or ""), *filter(None, map(_outward, attachments))]),
            media=tuple(_media(item) for item in attachments),
            metrics=Counts(
                likes=_total(given.get("likes")) if likes is None else likes,
                shares=(given.get("shares") or {}).get("count"),  # absent where there are none
                replies=_total(given.get("comments")),
            ),
            state="withheld" if given.get("is_hidden") or given.get("is_expired") else "live",
        )  # fmt: skip
        for comment in (given.get("comments") or {}).get("data", ()):
            if "created_time" in comment:
                self._comment(comment, native)
        if inner := (given.get("insights") or {}).get("data"):
            figures.figures(self.mapped, self._answer, inner, "facebook", _FIGURES, True)

    def _comment(self, given: Mapping[str, Any], root: str | None = None) -> None:
        drift(self.mapped, f"{self._endpoint}.comment", given, _COMMENT, _COMMENT_NEEDED)
        url = given.get("permalink_url")
        parts = dict(_PART.findall(url or ""))
        native = given.get("id")
        of_post = _OF_POST.search(url or "")
        if native is None and of_post and parts:
            native = f"{of_post[1]}_{parts.get('reply_comment_id') or parts['comment_id']}"
        if not isinstance(native, str):
            raise KeyError("id")
        root = root or self._answer.meta.get("post")
        if root is None and of_post and (page := re.match(rf"{SITE}/(\d+)/", url or "")):
            root = f"{page[1]}_{of_post[1]}"
        above = (given.get("parent") or {}).get("id")
        if above is None and "reply_comment_id" in parts:
            above = f"{native.partition('_')[0]}_{parts['comment_id']}"
        above = above or root
        text = given.get("message")
        attached = given.get("attachment")
        self._gather(
            {**given, "id": native}, self._commenter(given.get("from") or {}),
            kind="comment",
            url=url,
            text=text,
            mentions=mentions(text or ""),
            links=links(text or ""),
            parent_id=f"facebook:{above}" if above else None,
            root_id=f"facebook:{root}" if root else None,
            media=(_media(attached),) if attached else (),
            metrics=Counts(likes=given.get("like_count"), replies=given.get("comment_count")),
        )  # fmt: skip

    def _commenter(self, by: Mapping[str, Any]) -> Author:
        """Who comments, where it is told; the page itself has its user name."""
        known = self._authors.get(by.get("id") or "")
        return _author(by) if known is None else known.model_copy(update={"name": by.get("name")})

    def _video(self, given: Mapping[str, Any]) -> None:
        drift(self.mapped, f"{self._endpoint}.video", given, _VIDEO, _POST_NEEDED)
        url = given.get("permalink_url") or ""
        handle = url.removeprefix(SITE).strip("/").partition("/")[0] or None
        author = next(iter(self._authors.values()), None) or Author(handle=handle)
        if (given.get("from") or {}).get("id"):
            author = _author(given["from"])
        text = given.get("description")
        likes = _total(given.get("reactions"))
        self._gather(
            given, author,
            kind="video",
            url=f"{SITE}{url}" if url.startswith("/") else url or None,
            text=text,
            title=text_or_none(given.get("title")),
            mentions=mentions(text or ""),
            links=links(text or ""),
            media=(Media(kind="video", url=given.get("source"), duration_s=given.get("length")),),
            metrics=Counts(
                likes=_total(given.get("likes")) if likes is None else likes,
                replies=_total(given.get("comments")),
                views=given.get("views"),
            ),
        )  # fmt: skip

    def _gather(
        self, given: Mapping[str, Any], author: Author, *, text: str | None, **fields: Any
    ) -> None:
        native = given["id"]
        if not isinstance(native, str):
            raise TypeError("an id is no text")
        self.mapped.posts.append(
            Post(
                id=f"facebook:{native}",
                platform="facebook",
                native_id=native,
                author=author,
                published_at=min(_time(given), self._at),
                first_seen_at=self._at,
                collected_at=self._at,
                text=text,
                hashtags=hashtags(text or ""),
                emojis=emojis(text or ""),
                source=self._source,
                **fields,
            )
        )


def _time(given: Mapping[str, Any]) -> datetime:
    published = moment(given["created_time"])
    if published is None:
        raise ValueError(f"created_time is no time: {given['created_time']!r}")
    return published


def _author(given: Mapping[str, Any]) -> Author:
    id, verified = given.get("id"), given.get("verification_status")
    followers = given.get("followers_count")
    return Author(
        id=f"facebook:{id}" if id else None,
        handle=given.get("username"),
        name=text_or_none(given.get("name")),
        followers=given.get("fan_count") if followers is None else followers,
        verified=None if verified is None else verified != "not_verified",
    )


def _is_comment(url: str) -> bool:
    return "comment_id=" in url


def _total(edge: Any) -> int | None:
    """How many an edge counts, None where it does not say so."""
    summary = edge.get("summary") if isinstance(edge, dict) else None
    return summary.get("total_count") if isinstance(summary, dict) else None


def _flat(attachments: Any) -> Iterator[Mapping[str, Any]]:
    """Attachments, and in the place of an album its pictures."""
    for item in (attachments or {}).get("data", ()):
        inner = (item.get("subattachments") or {}).get("data")
        yield from inner or (item,)


def _media(item: Mapping[str, Any]) -> Media:
    kind = item.get("media_type") or item.get("type") or ""
    image = (item.get("media") or {}).get("image") or {}
    known = "video" if "video" in kind else _PICTURES.get(kind, "image" if image else "other")
    url = image.get("src") if known == "image" else _outward(item) or image.get("src")
    return Media(
        kind=known,
        url=url,
        alt=text_or_none(item.get("title")),
        width=image.get("width"),
        height=image.get("height"),
    )


def _outward(item: Mapping[str, Any]) -> str | None:
    """The address that an attachment leads to, where it leads out."""
    url = item.get("unshimmed_url") or (item.get("target") or {}).get("url") or ""
    return url if url.startswith("http") and not url.startswith(SITE) else None
