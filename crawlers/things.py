"""Reddit's things as records: submissions (t3), comments (t1), communities (t5) and people (t2).

Things nest: a comment holds a listing of replies, a crosspost the submission that it shares. They
are found wherever they stand; one that occurs twice in a body is read once. `score` is the balance
of votes for and against, so it may be negative; Reddit blurs it on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from crawlers.fields import account_samples, drift, keys, moment, text_or_none
from crawlers.text import emojis, links, once
from vigie.records import Account, Author, Counts, Media, Post, Source, Tombstone
from vigie.sources import Answer, Mapped

HOME = "https://www.reddit.com"
NOBODY = (None, "", "[deleted]")
REMOVED = frozenset(("[removed]", "[ removed by reddit ]", "[removed by reddit]"))
_BOTH = keys(
    "all_awardings approved_at_utc approved_by archived associated_award author author_cakeday "
    "author_flair_background_color author_flair_css_class author_flair_richtext "
    "author_flair_template_id author_flair_text author_flair_text_color author_flair_type "
    "author_fullname author_is_blocked author_patreon_flair author_premium awarders "
    "banned_at_utc banned_by can_gild can_mod_post controversiality created created_utc "
    "distinguished downs edited:truth|number gilded gildings id likes locked mod_note "
    "mod_reason_by mod_reason_title mod_reports name no_follow num_comments num_reports over_18 "
    "permalink "
    "quarantine removal_reason report_reasons saved score send_replies stickied subreddit "
    "subreddit_id subreddit_name_prefixed subreddit_type top_awarded_type total_awards_received "
    "treatment_tags ups user_reports rte_mode ignore_reports approved removed spam ban_note "
    "ban_info collapsed_reason_code link_flair_text media_metadata expression_asset_data "
    "unrepliable_reason translated_language is_translated profile_over_18 profile_img "
    "snoovatar_img author_id"
)
_LINK = _BOTH | keys(
    "allow_live_comments category clicked content_categories contest_mode crosspost_parent "
    "crosspost_parent_list discussion_type domain event_end event_is_live event_start gallery_data "
    "hidden hide_score is_created_from_ads_ui is_crosspostable is_gallery is_meta "
    "is_original_content is_reddit_media_domain is_robot_indexable is_self is_video "
    "link_flair_background_color link_flair_css_class link_flair_richtext link_flair_template_id "
    "link_flair_text_color link_flair_type live_audio media media_embed media_only num_crossposts "
    "num_duplicates parent_whitelist_status pinned poll_data post_hint preview pwls "
    "removed_by removed_by_category secure_media secure_media_embed selftext selftext_html spoiler "
    "subreddit_subscribers suggested_sort thumbnail thumbnail_height thumbnail_width title "
    "tournament_data upvote_ratio url url_overridden_by_dest view_count visited whitelist_status "
    "wls ad_promoted_user_posts promoted is_survey_ad call_to_action sr_detail is_blank "
    "third_party_trackers outbound_link ad_business collections video_card ad_user_targeting "
    "retry_at upvote_count crosspost_root_id"
)
_COMMENT = _BOTH | keys(
    "body body_html collapsed collapsed_because_crowd_control collapsed_reason comment_type "
    "depth is_submitter link_author link_id link_permalink link_title link_url parent_id replies "
    "score_hidden ups_hidden award_ids editable link_num_comments"
)
_LINK_NEEDED = keys("id author title created_utc score num_comments permalink subreddit")
_COMMENT_NEEDED = keys("id author body created_utc score link_id parent_id subreddit")
_SUB_NEEDED = keys("id display_name subscribers created_utc")
_USER_NEEDED = keys("id name created_utc")
_NAMED = re.compile(r"(?<![\w/])/?u/([\w-]{3,20})", re.I)


class Things:
    """Records of one body, gathered in `mapped`; `more` holds what trees leave out."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._at = answer.collected_at
        self._endpoint = answer.endpoint
        self._source = source.model_dump()
        # Without raw_json=1 Reddit escapes what it sends.
        self._escaped = "raw_json=1" not in answer.request_url
        self._seen: set[str] = set()

    def read(self, body: Any) -> None:
        """Finds the things of a body; errors hold none."""
        if isinstance(body, dict) and "kind" not in body and "json" not in body:
            if body.keys() & {"error", "errors", "reason", "message"}:
                return
            if not body or not all(key.startswith("t2_") for key in body):
                raise KeyError("kind")
            for id, given in body.items():
                self._person({**given, "id": id[3:]})
            return
        for thing in things(body):
            kind, data = thing["kind"], thing["data"]
            if kind in ("t1", "t3"):
                self._post(kind, data)
            elif kind == "t5":
                self._community(data)
            elif kind == "t2":
                self._person(data)

    def gone(self, asked: list[str]) -> None:
        """What was asked for and not answered."""
        lost = (name for name in asked if name not in self._seen)
        self.mapped.tombstones += [self._tombstone(name, "deleted") for name in lost]

    def _tombstone(self, name: str, reason: Any) -> Tombstone:
        return Tombstone(
            id=f"reddit:{name}", entity_kind="post", reason=reason, noticed_at=self._at
        )

    def _post(self, kind: str, given: dict[str, Any]) -> None:
        name = given.get("name") or f"{kind}_{given['id']}"
        if name in self._seen:
            return
        self._seen.add(name)
        link = kind == "t3"
        known, needed = (_LINK, _LINK_NEEDED) if link else (_COMMENT, _COMMENT_NEEDED)
        path = f"{self._endpoint}.{'link' if link else 'comment'}"
        drift(self.mapped, path, given, known, needed)
        text = given.get("selftext") or "" if link else given["body"]
        if reason := _why_gone(given, text):
            self.mapped.tombstones.append(self._tombstone(name, reason))
            return
        if self._escaped and "&" in text:
            text = unescape(text)
        published = moment(given["created_utc"])
        if published is None:
            raise ValueError(f"created_utc is no time: {given['created_utc']!r}")
        for shared in given.get("crosspost_parent_list") or ():
            self._post("t3", shared)
        place = given.get("permalink")
        member = given.get("author_fullname")
        # A young comment's score may be hidden: then 1 is sent. A submission's is always sent.
        hidden = not link and given.get("score_hidden")
        media = tuple(_media(given)) if link else ()
        self.mapped.posts.append(
            Post(
                id=f"reddit:{name}",
                platform="reddit",
                native_id=name,
                kind=_kind(given, media) if link else "comment",
                url=f"{HOME}{place}" if place else None,
                author=Author(id=f"reddit:{member}" if member else None, handle=given["author"]),
                text=text or None,
                title=self._plain(given["title"]) if link else None,
                published_at=min(published, self._at),
                edited_at=moment(given.get("edited")),
                first_seen_at=self._at,
                collected_at=self._at,
                parent_id=None if link else f"reddit:{given['parent_id']}",
                root_id=None if link else f"reddit:{given['link_id']}",
                quote_of=_shared(given),
                mentions=once(_NAMED.findall(text)) if "u/" in text.lower() else (),
                links=once([*self._outward(given), *links(text)]) if link else links(text),
                emojis=emojis(text),
                media=media,
                metrics=Counts(
                    likes=None if hidden else given.get("score"),
                    shares=given.get("num_crossposts"),
                    replies=given.get("num_comments") if link else None,
                    views=given.get("view_count"),
                ),
                sensitive=given.get("over_18"),
                source=self._source,
            )
        )

    def _outward(self, given: dict[str, Any]) -> Iterator[str]:
        """Where a submission leads, if out of Reddit."""
        address = given.get("url_overridden_by_dest") or given.get("url") or ""
        at_home = given.get("is_self") or given.get("is_reddit_media_domain")
        if not at_home and address.startswith("http") and not address.startswith(HOME):
            yield self._plain(address)

    def _plain(self, text: str) -> str:
        return unescape(text) if self._escaped else text

    def _community(self, given: dict[str, Any]) -> None:
        if given["id"] in self._seen:
            return
        self._seen.add(given["id"])
        drift(self.mapped, f"{self._endpoint}.community", given, frozenset(given), _SUB_NEEDED)
        name = given["display_name"]
        self._account(
            native=f"t5_{given['id']}",
            handle=f"r/{name}",
            name=text_or_none(self._plain(given.get("title") or "")),
            url=f"{HOME}/r/{name}/",
            bio=text_or_none(self._plain(given.get("public_description") or "")),
            language=text_or_none(given.get("lang")),
            created=given.get("created_utc"),
            followers=given.get("subscribers"),
        )

    def _person(self, given: dict[str, Any]) -> None:
        if "id" not in given and given.get("is_suspended"):
            return
        if given["id"] in self._seen:
            return
        self._seen.add(given["id"])
        drift(self.mapped, f"{self._endpoint}.person", given, frozenset(given), _USER_NEEDED)
        name, page = given["name"], given.get("subreddit") or {}
        self._account(
            native=f"t2_{given['id']}",
            handle=name,
            name=text_or_none(self._plain(page.get("title") or "")),
            url=f"{HOME}/user/{name}/",
            bio=text_or_none(self._plain(page.get("public_description") or "")),
            language=None,
            created=given.get("created_utc"),
            followers=None,  # `subreddit.subscribers` is 0 for those who hide it
        )

    def _account(
        self, *, native: str, created: Any, followers: int | None, **fields: str | None
    ) -> None:
        account = Account(
            id=f"reddit:{native}",
            platform="reddit",
            native_id=native,
            created_at=moment(created),
            followers=followers,
            first_seen_at=self._at,
            collected_at=self._at,
            source=self._source,
            **fields,
        )
        self.mapped.accounts.append(account)
        self.mapped.samples.extend(account_samples(account))


def things(body: Any) -> Iterator[dict[str, Any]]:
    """Every thing of a body, listings opened, replies after what they answer. Trees are as deep as
    people like: no recursion."""
    if isinstance(body, dict) and "json" in body:
        body = body["json"].get("data", {}).get("things", [])
    waiting = list(reversed(body)) if isinstance(body, list) else [body]
    while waiting:
        thing = waiting.pop()
        data = thing["data"]
        if thing["kind"] == "Listing":
            waiting.extend(reversed(data["children"]))
            continue
        yield thing
        if thing["kind"] == "t1" and data.get("replies"):
            waiting.append(data["replies"])


def _why_gone(given: dict[str, Any], text: str) -> str | None:
    """Deleted by who wrote it, or taken away by others; None: it stands."""
    by = given.get("removed_by_category")
    if by in ("deleted", "author") or given["author"] in NOBODY or text == "[deleted]":
        taken = by not in (None, "deleted", "author") or text.strip().lower() in REMOVED
        return "withheld" if taken else "deleted"
    return "withheld" if by or text.strip().lower() in REMOVED else None


def _kind(given: dict[str, Any], media: tuple[Media, ...]) -> Any:
    if given.get("crosspost_parent"):
        return "quote"
    return "video" if any(item.kind == "video" for item in media) else "post"


def _shared(given: dict[str, Any]) -> str | None:
    shared = given.get("crosspost_parent")
    return f"reddit:{shared}" if shared else None


def _media(given: dict[str, Any]) -> Iterator[Media]:
    """A submission's own video, the pictures of its gallery, or the picture that it shows."""
    video = (given.get("media") or {}).get("reddit_video")
    if video:
        yield Media(
            kind="gif" if video.get("is_gif") else "video",
            url=video.get("fallback_url"),
            width=video.get("width"),
            height=video.get("height"),
            duration_s=video.get("duration"),
        )
        return
    listed = (given.get("media_metadata") or {}).values()
    if listed:
        for item in listed:
            shown = item.get("s") or {}
            if item.get("e") in ("Image", "AnimatedImage"):
                yield Media(
                    kind="gif" if item["e"] == "AnimatedImage" else "image",
                    url=shown.get("u") or shown.get("gif"),
                    width=shown.get("x"),
                    height=shown.get("y"),
                )
        return
    for image in (given.get("preview") or {}).get("images", ()):
        shown = image["source"]
        kind: Any = "image" if given.get("post_hint") == "image" else "link"
        yield Media(kind=kind, url=shown["url"], width=shown["width"], height=shown["height"])
