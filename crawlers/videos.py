"""Videos, channels and comments of the YouTube Data API as records, found by the `kind` that every
item names."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from crawlers.fields import account_samples, drift, keys, moment, text_or_none
from crawlers.text import emojis, hashtags, hrefs, links, mentions, once, plain
from vigie.records import (
    Account,
    Author,
    Counts,
    Media,
    MetricSample,
    Post,
    Source,
    Tombstone,
    sample_id,
)
from vigie.sources import Answer, Mapped

WATCH = "https://www.youtube.com/watch?v="
_VIDEO = keys(
    "kind etag id snippet contentDetails status statistics player topicDetails recordingDetails "
    "fileDetails processingDetails suggestions liveStreamingDetails localizations ageGating "
    "brandPartner monetizationDetails paidProductPlacementDetails projectDetails"
)
_SNIPPET = keys(
    "publishedAt publishTime channelId channelTitle title description thumbnails tags categoryId "
    "liveBroadcastContent defaultLanguage defaultAudioLanguage localized type groupId position "
    "playlistId resourceId videoOwnerChannelId videoOwnerChannelTitle"
)
_SNIPPET_NEEDED = keys("publishedAt channelId title")
_STATISTICS = keys("viewCount likeCount dislikeCount favoriteCount commentCount")
_DETAILS = keys(
    "duration dimension definition caption licensedContent regionRestriction countryRestriction "
    "contentRating projection hasCustomThumbnail"
)
_CHANNEL = keys(
    "kind etag id snippet contentDetails statistics topicDetails status brandingSettings "
    "auditDetails contentOwnerDetails localizations conversionPings"
)
_CHANNEL_SNIPPET = keys(
    "title description customUrl publishedAt thumbnails defaultLanguage localized country"
)
_CHANNEL_STATISTICS = keys(
    "viewCount commentCount subscriberCount hiddenSubscriberCount videoCount"
)
_THREAD = keys("channelId videoId topLevelComment canReply totalReplyCount isPublic")
_COMMENT = keys(
    "authorDisplayName authorProfileImageUrl authorChannelUrl authorChannelId "
    "authorGoogleplusProfileUrl channelId videoId textDisplay textOriginal parentId canRate "
    "viewerRating likeCount moderationStatus publishedAt updatedAt imageUrl"
)
_COMMENT_NEEDED = keys("authorDisplayName likeCount publishedAt")
_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_SECONDS = (604_800, 86_400, 3_600, 60, 1)
_GONE: dict[str, Literal["deleted", "withheld"]] = {
    "Deleted video": "deleted",
    "Private video": "withheld",
}


class Videos:
    """Records of one body, gathered in `mapped`. The answer's `meta` may tell what the body does
    not: `channels` {id: {handle, followers}}, `video` or `roots` {comment: video} for comments that
    do not name theirs, `asked` for ids of which those that are not answered are gone."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._at = answer.collected_at
        self._endpoint = answer.endpoint
        self._source = source.model_dump()
        self._channels: dict[str, dict[str, Any]] = answer.meta.get("channels", {})
        self._roots: dict[str, str] = answer.meta.get("roots", {})
        self._video: str | None = answer.meta.get("video")
        self._asked: list[str] = answer.meta.get("asked", [])
        self._seen: set[str] = set()

    def read(self, body: Any) -> None:
        """Reads the items of a list, or one item that stands alone; other resources (categories,
        playlists, captions) hold no records."""
        if "error" in body:
            return
        kind = body["kind"]
        if not kind.startswith("youtube"):
            raise ValueError(f"kind {kind!r}")
        if kind in _READ:
            _READ[kind](self, body)
            return
        for item in body.get("items") or ():
            read = _READ.get(item["kind"])
            if read:
                read(self, item)
        if "items" in body:
            self.mapped.tombstones += [self._gone(id) for id in self._asked if id not in self._seen]

    def _gone(self, id: str, reason: Literal["deleted", "withheld"] = "deleted") -> Tombstone:
        return Tombstone(id=f"youtube:{id}", entity_kind="post", reason=reason, noticed_at=self._at)

    def channel(self, given: dict[str, Any]) -> None:
        """Gathers a channel with its counts; a hidden number of subscribers is none."""
        id = given["id"]
        if id in self._seen:
            return
        self._seen.add(id)
        snippet, counted = given.get("snippet") or {}, given.get("statistics") or {}
        drift(self.mapped, f"{self._endpoint}.channel", given, _CHANNEL, keys("id"))
        drift(self.mapped, f"{self._endpoint}.snippet", snippet, _CHANNEL_SNIPPET, keys(""))
        drift(self.mapped, f"{self._endpoint}.statistics", counted, _CHANNEL_STATISTICS, keys(""))
        handle = text_or_none((snippet.get("customUrl") or "").lstrip("@"))
        hidden = counted.get("hiddenSubscriberCount")
        account = Account(
            id=f"youtube:{id}",
            platform="youtube",
            native_id=id,
            handle=handle,
            name=text_or_none(snippet.get("title")),
            url=f"https://www.youtube.com/@{handle}"
            if handle
            else f"https://www.youtube.com/channel/{id}",
            bio=text_or_none(snippet.get("description")),
            language=text_or_none(snippet.get("defaultLanguage")),
            location=text_or_none(snippet.get("country")),
            created_at=moment(snippet.get("publishedAt")),
            followers=None if hidden else number(counted.get("subscriberCount")),
            posts=number(counted.get("videoCount")),
            first_seen_at=self._at,
            collected_at=self._at,
            source=self._source,
        )
        self.mapped.accounts.append(account)
        for sample in account_samples(account):
            # Of more than a thousand subscribers three figures are told.
            rounded = sample.metric == "followers" and sample.value >= 1_000
            self.mapped.samples.append(
                sample.with_valid(exactness="rounded") if rounded else sample
            )
        self._sample("account", account.id, "views", number(counted.get("viewCount")))

    def video(self, given: dict[str, Any]) -> None:
        """Gathers a video; one that comes without its snippet gives its counts alone."""
        id, counted = given["id"], given.get("statistics") or {}
        drift(self.mapped, f"{self._endpoint}.video", given, _VIDEO, keys("id"))
        drift(self.mapped, f"{self._endpoint}.statistics", counted, _STATISTICS, keys(""))
        counts = {
            "likes": number(counted.get("likeCount")),
            "replies": number(counted.get("commentCount")),
            "views": number(counted.get("viewCount")),
        }
        if "snippet" not in given:
            self._seen.add(id)
            for metric, value in counts.items():
                self._sample("post", f"youtube:{id}", metric, value)
            return
        snippet, details = given["snippet"], given.get("contentDetails") or {}
        drift(self.mapped, f"{self._endpoint}.contentDetails", details, _DETAILS, keys(""))
        rating = details.get("contentRating") or {}
        privacy = (given.get("status") or {}).get("privacyStatus")
        self._gather(
            id,
            snippet,
            duration=seconds(details.get("duration")),
            metrics=Counts(**counts),
            sensitive=rating.get("ytRating") == "ytAgeRestricted" if details else None,
            state="withheld" if privacy == "private" else "live",
        )

    def entry(self, given: dict[str, Any]) -> None:
        """Gathers the video that an entry of a playlist stands for; entries of videos that are
        gone stay in playlists under a stock title."""
        snippet = given["snippet"]
        named = snippet.get("resourceId") or {}
        id = named.get("videoId")
        if not id:
            return
        reason = _GONE.get(snippet["title"])
        if reason and not snippet.get("thumbnails") and "videoOwnerChannelId" not in snippet:
            self.mapped.tombstones.append(self._gone(id, reason))
            return
        details = given.get("contentDetails") or {}
        owner = snippet.get("videoOwnerChannelId") or snippet["channelId"]
        title = snippet.get("videoOwnerChannelTitle") or snippet.get("channelTitle")
        self._gather(
            id,
            {**snippet, "channelId": owner, "channelTitle": title},
            published=moment(details.get("videoPublishedAt")),
        )

    def found(self, given: dict[str, Any]) -> None:
        """Gathers what a search found: its words come with HTML entities, its text is an excerpt,
        and counts are not told."""
        id, snippet = given["id"], given.get("snippet")
        if snippet is None:
            self.mapped.missing[f"{self._endpoint}.snippet"] += 1
            return
        words = {
            name: html.unescape(snippet[name])
            for name in ("title", "description", "channelTitle")
            if snippet.get(name)
        }
        if id.get("videoId"):
            self._gather(id["videoId"], {**snippet, **words})
        elif id.get("channelId"):
            self.channel(
                {
                    "id": id["channelId"],
                    "snippet": {
                        name: words.get(name) or snippet.get(name)
                        for name in ("title", "description", "publishedAt")
                    },
                }
            )

    def activity(self, given: dict[str, Any]) -> None:
        """Gathers an upload; what else a channel did (likes, playlists) is no publication."""
        upload = (given.get("contentDetails") or {}).get("upload") or {}
        if upload.get("videoId"):
            self._gather(upload["videoId"], given["snippet"])

    def thread(self, given: dict[str, Any]) -> None:
        """Gathers a comment with those of its replies that came along."""
        snippet = given["snippet"]
        drift(self.mapped, f"{self._endpoint}.thread", snippet, _THREAD, keys("topLevelComment"))
        if snippet.get("isPublic") is False:
            return
        video = snippet.get("videoId") or self._video
        self.comment(snippet["topLevelComment"], video, snippet.get("totalReplyCount"))
        for reply in (given.get("replies") or {}).get("comments") or ():
            self.comment(reply, video)

    def comment(
        self, given: dict[str, Any], video: str | None = None, replies: int | None = None
    ) -> None:
        """Gathers a comment; what waits for its owner's approval is not published."""
        id, snippet = given["id"], given["snippet"]
        if id in self._seen:
            return
        self._seen.add(id)
        drift(self.mapped, f"{self._endpoint}.comment", snippet, _COMMENT, _COMMENT_NEEDED)
        if snippet.get("moderationStatus", "published") != "published":
            return
        markup = snippet.get("textDisplay") or ""
        text = snippet.get("textOriginal")
        if text is None:
            text = plain(markup)
        parent = snippet.get("parentId")
        video = video or snippet.get("videoId") or self._roots.get(id) or self._video
        name = text_or_none(snippet.get("authorDisplayName"))
        channel = snippet.get("authorChannelId") or {}
        wrote = channel if isinstance(channel, str) else channel.get("value")
        published, updated = moment(snippet["publishedAt"]), moment(snippet.get("updatedAt"))
        above = parent or video
        self._post(
            id,
            kind="comment",
            url=f"{WATCH}{video}&lc={id}" if video else None,
            author=Author(
                id=f"youtube:{wrote}" if wrote else None,
                handle=name[1:] if name and name.startswith("@") else None,
                name=name,
            ),
            text=text,
            published=published,
            edited_at=updated if updated and published and updated > published else None,
            parent_id=f"youtube:{above}" if above else None,
            root_id=f"youtube:{video}" if video else None,
            links=once([*links(text), *hrefs(markup)]) if "://" in markup else links(text),
            metrics=Counts(likes=snippet.get("likeCount"), replies=replies),
        )

    def _gather(
        self,
        id: str,
        snippet: dict[str, Any],
        *,
        published: datetime | None = None,
        duration: float | None = None,
        metrics: Counts = Counts(),  # noqa: B008
        sensitive: bool | None = None,
        state: str = "live",
    ) -> None:
        if id in self._seen:
            return
        self._seen.add(id)
        drift(self.mapped, f"{self._endpoint}.snippet", snippet, _SNIPPET, _SNIPPET_NEEDED)
        channel, listed = snippet.get("channelId"), moment(snippet["publishedAt"])
        known = self._channels.get(channel, {}) if channel else {}
        self._post(
            id,
            kind="video",
            url=f"{WATCH}{id}",
            author=Author(
                id=f"youtube:{channel}" if channel else None,
                handle=known.get("handle"),
                name=text_or_none(snippet.get("channelTitle")),
                followers=known.get("followers"),
            ),
            title=text_or_none(snippet.get("title")),
            text=snippet.get("description"),
            lang=snippet.get("defaultAudioLanguage") or snippet.get("defaultLanguage"),
            published=published or listed,
            media=(Media(kind="video", url=f"{WATCH}{id}", duration_s=duration),),
            metrics=metrics,
            sensitive=sensitive,
            state=state,
        )

    def _post(self, id: str, *, published: datetime | None, text: str | None, **more: Any) -> None:
        if published is None:
            raise ValueError("publishedAt is no time")
        said = f"{more['title']}\n{text or ''}" if more.get("title") else text or ""
        if "links" not in more:
            more["links"] = links(said)
        self.mapped.posts.append(
            Post(
                id=f"youtube:{id}",
                platform="youtube",
                native_id=id,
                text=text,
                published_at=min(published, self._at),
                first_seen_at=self._at,
                collected_at=self._at,
                hashtags=hashtags(said),
                mentions=mentions(said),
                emojis=emojis(said),
                source=self._source,
                **more,
            )
        )

    def _sample(
        self, kind: Literal["post", "account"], entity: str, metric: str, value: int | None
    ) -> None:
        if value is not None:
            self.mapped.samples.append(
                MetricSample(
                    id=sample_id(entity, metric, self._at),
                    entity=entity,
                    entity_kind=kind,
                    platform="youtube",
                    metric=metric,
                    value=value,
                    captured_at=self._at,
                )
            )


_READ: dict[str, Callable[[Videos, dict[str, Any]], None]] = {
    "youtube#video": Videos.video,
    "youtube#channel": Videos.channel,
    "youtube#playlistItem": Videos.entry,
    "youtube#searchResult": Videos.found,
    "youtube#activity": Videos.activity,
    "youtube#commentThread": Videos.thread,
    "youtube#comment": Videos.comment,
}


def number(value: object) -> int | None:
    """A count, which comes as text; a hidden one is absent."""
    return None if value is None else int(str(value))


def seconds(duration: str | None) -> float | None:
    """The length that an ISO 8601 duration tells; of a broadcast that still runs it is none."""
    match = _DURATION.fullmatch(duration or "")
    if not match:
        return None
    parts = zip(match.groups(), _SECONDS, strict=True)
    return float(sum(int(part) * unit for part, unit in parts if part)) or None
