"""Telegram's messages as records: of the Bot API, of the application's export, of a saved page.

A channel has one id, whoever tells it: the Bot API writes `-1001234567890`, the export
`1234567890`; posts are `CHANNEL/MESSAGE`. A saved page of a public channel knows the number at
times only, else its name stands for it. Private talk and groups are never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from crawlers.fields import account_samples, drift, keys, moment, text_or_none
from crawlers.text import emojis, hashtags, links, mentions, once
from vigie.records import Account, Author, Counts, Media, MetricSample, Post, Source, sample_id
from vigie.sources import Answer, Mapped

_MESSAGE = keys(
    "animation audio author_signature boost_added caption caption_entities channel_chat_created "
    "chat checklist contact date delete_chat_photo dice document edit_date effect_id entities "
    "external_reply forward_date forward_from_chat forward_from_message_id forward_origin "
    "forward_sender_name forward_signature game giveaway giveaway_completed giveaway_created "
    "giveaway_winners has_media_spoiler has_protected_content invoice is_automatic_forward "
    "is_from_offline is_paid_post is_topic_message link_preview_options location media_group_id "
    "message_id message_thread_id new_chat_photo new_chat_title paid_media paid_star_count "
    "photo pinned_message poll quote reply_markup reply_to_message reply_to_story sender_chat "
    "show_caption_above_media sticker story suggested_post_info text venue via_bot video "
    "video_chat_ended video_chat_scheduled video_chat_started video_note voice"
)
_MESSAGE_NEEDED = keys("chat date message_id")
_EXPORTED = keys(
    "action actor actor_id author contact_information date date_unixtime duration_seconds edited "
    "edited_unixtime file file_name file_size forwarded_from forwarded_from_id from from_id height "
    "id inline_bot_buttons live_location_period_seconds location_information media_spoiler "
    "media_type mime_type performer photo photo_file_size place_name poll reactions "
    "reply_to_message_id reply_to_peer_id saved_from self_destruct_period_seconds sticker_emoji "
    "text text_entities thumbnail thumbnail_file_size title type via_bot width"
)
_EXPORTED_NEEDED = keys("date id text type")
_CHANNELS = ("channel", "public_channel", "private_channel")
_FILES = {
    "video_file": "video", "video_message": "video", "animation": "gif", "audio_file": "audio",
    "voice_message": "audio", "sticker": "image",
}  # fmt: skip
_CONTENT = frozenset({"text", "caption", "photo", "video", "animation", "audio", "voice", "poll",
                      "document", "sticker", "video_note", "location", "venue", "paid_media",
                      "checklist", "story", "dice", "game", "contact", "giveaway"})  # fmt: skip


def channel_id(id: object) -> str:
    """A channel's own number, as the export writes it."""
    return re.sub(r"^-100|^channel|^-", "", str(id))


class Channels:
    """Records of one body, gathered in `mapped`."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._at, self._endpoint, self._meta = answer.collected_at, answer.endpoint, answer.meta
        self._source, self._brand = source, answer.brand
        self._owners: Mapping[str, str] = answer.meta.get("owners", {})  # channels named by number
        self._seen: set[str] = set()
        self._at_place: dict[str, int] = {}  # native id → index of its post

    def read(self, body: Any) -> None:
        """Finds what a body holds. Raises TypeError for a shape that is none of Telegram's."""
        if not isinstance(body, dict):
            raise TypeError("expected an object")
        if "messages" in body and "type" in body:
            self._exported(body)
        elif "chats" in body:
            for chat in body["chats"]["list"]:
                self._exported(chat)
        elif isinstance(body.get("result"), list):
            for update in body["result"]:
                self._update(update)
        elif isinstance(body.get("result"), dict):
            self._result(body["result"])
        elif isinstance(body.get("result"), int) and not isinstance(body["result"], bool):
            self._members(body["result"])
        elif body.get("result") is not True:
            raise ValueError(f"no result: {', '.join(sorted(body)[:8])}")

    # the Bot API ---------------------------------------------------------------------------------

    def _update(self, update: dict[str, Any]) -> None:
        for name in ("channel_post", "edited_channel_post"):
            if name in update:
                self._message(update[name])
        if "message_reaction_count" in update:
            self._reactions(update["message_reaction_count"])

    def _result(self, result: dict[str, Any]) -> None:
        if "message_id" in result:
            self._message(result)
        elif result.get("type") == "channel":
            self._account(result)
        elif "id" not in result and "url" not in result and "user" not in result:
            raise ValueError(f"no result that is known: {', '.join(sorted(result)[:8])}")

    def _members(self, followers: int) -> None:
        """How many follow a channel; which, only the call tells."""
        if chat := self._meta.get("chat"):
            self._account(chat, followers)

    def _message(self, given: dict[str, Any]) -> None:
        """Gathers a post of a channel; of groups and people nothing is kept."""
        chat = given["chat"]
        if chat.get("type") != "channel" or not given.keys() & _CONTENT:
            return
        drift(self.mapped, f"{self._endpoint}.message", given, _MESSAGE, _MESSAGE_NEEDED)
        text = given.get("text") or given.get("caption") or ""
        marks = given.get("entities") or given.get("caption_entities") or ()
        origin = given.get("forward_origin") or {}
        shared = origin.get("chat") or given.get("forward_from_chat") or {}
        number = origin.get("message_id") or given.get("forward_from_message_id")
        above = given.get("reply_to_message")
        self._gather(
            chat,
            given["message_id"],
            moment(given["date"]),
            text=text,
            title=text_or_none((given.get("poll") or {}).get("question")),
            edited=moment(given.get("edit_date")),
            shared=_native(shared, number) if shared and number else None,
            above=_native(above["chat"], above["message_id"]) if above else None,
            links_=_marked_links(text, marks),
            media=tuple(_media(given)),
        )

    def _reactions(self, given: dict[str, Any]) -> None:
        counts = [one.get("total_count") for one in given["reactions"]]
        known = [count for count in counts if count is not None]
        if given["chat"].get("type") == "channel" and known:
            entity = f"telegram:{_native(given['chat'], given['message_id'])}"
            self._sample(entity, "post", "likes", sum(known), moment(given.get("date")))

    # the application's export --------------------------------------------------------------------

    def _exported(self, chat: dict[str, Any]) -> None:
        """A channel of the export of one chat, or of all; other chats are private."""
        if chat.get("type") not in _CHANNELS:
            return
        told = {"id": chat["id"], "title": chat.get("name")}
        self._account(told)
        for given in chat["messages"]:
            if given.get("type") == "message":
                self._exported_message(told, given)

    def _exported_message(self, chat: dict[str, Any], given: dict[str, Any]) -> None:
        drift(self.mapped, f"{self._endpoint}.exported", given, _EXPORTED, _EXPORTED_NEEDED)
        pieces = given["text"] if isinstance(given["text"], list) else [given["text"]]
        text = "".join(one if isinstance(one, str) else one.get("text", "") for one in pieces)
        hrefs = [one["href"] for one in pieces if isinstance(one, dict) and one.get("href")]
        counts = [one.get("count") for one in given.get("reactions") or ()]
        known = [count for count in counts if count is not None]
        poll, above = given.get("poll") or {}, given.get("reply_to_message_id")
        self._gather(
            chat,
            given["id"],
            _unix(given, "date"),
            text=text,
            title=text_or_none(poll.get("question")),
            edited=_unix(given, "edited"),
            above=_native(chat, above) if above and "reply_to_peer_id" not in given else None,
            forwarded=bool(given.get("forwarded_from")),
            links_=tuple(hrefs),
            media=tuple(_file(given)),
            likes=sum(known) if known else None,
        )

    # records -------------------------------------------------------------------------------------

    def _gather(
        self,
        chat: Mapping[str, Any],
        number: object,
        published: datetime | None,
        *,
        text: str,
        title: str | None = None,
        edited: datetime | None = None,
        shared: str | None = None,
        above: str | None = None,
        forwarded: bool = False,
        links_: tuple[str, ...] = (),
        media: tuple[Media, ...] = (),
        likes: int | None = None,
        views: int | None = None,
    ) -> None:
        if published is None:
            raise ValueError("a message without a date")
        native = _native(chat, number)
        username = chat.get("username")
        place = username or f"c/{channel_id(chat['id'])}"
        found = once([*links(text), *links_])
        self._keep(
            Post(
                id=f"telegram:{native}",
                platform="telegram",
                native_id=native,
                kind=_kind(media, shared or forwarded, above),
                url=f"https://t.me/{place}/{number}",
                author=Author(
                    id=f"telegram:{_peer(chat)}", handle=username, name=chat.get("title")
                ),
                text=text,
                title=title,
                published_at=min(published, self._at),
                edited_at=edited,
                first_seen_at=self._at,
                collected_at=self._at,
                parent_id=f"telegram:{above}" if above else None,
                repost_of=f"telegram:{shared}" if shared else None,
                hashtags=hashtags(text),
                mentions=mentions(text),
                links=found,
                emojis=emojis(text),
                media=media,
                metrics=Counts(likes=likes, views=views),
                owner=self._brand or self._owners.get(_peer(chat)),
                source=self._source,
            )
        )

    def _keep(self, post: Post) -> None:
        """Of a post and its edit in one body, which are of one moment, the later stands."""
        if post.native_id in self._at_place:
            self.mapped.posts[self._at_place[post.native_id]] = post
        else:
            self._at_place[post.native_id] = len(self.mapped.posts)
            self.mapped.posts.append(post)

    def _account(self, chat: Mapping[str, Any], followers: int | None = None) -> None:
        peer, username = _peer(chat), chat.get("username")
        if peer in self._seen:
            return
        self._seen.add(peer)
        account = Account(
            id=f"telegram:{peer}",
            platform="telegram",
            native_id=peer,
            handle=username,
            name=text_or_none(chat.get("title")),
            url=f"https://t.me/{username}" if username else None,
            bio=text_or_none(chat.get("description")),
            followers=followers,
            owner=self._brand,
            first_seen_at=self._at,
            collected_at=self._at,
            source=self._source,
        )
        self.mapped.accounts.append(account)
        self.mapped.samples.extend(account_samples(account))

    def _sample(
        self, entity: str, kind: Any, metric: str, value: float, at: datetime | None
    ) -> None:
        time = min(at or self._at, self._at)
        self.mapped.samples.append(
            MetricSample(
                id=sample_id(entity, metric, time), entity=entity, entity_kind=kind,
                platform="telegram", metric=metric, value=value, captured_at=time,
            )
        )  # fmt: skip


def _peer(chat: Mapping[str, Any]) -> str:
    """What stands for a channel in ids: its number, else its name."""
    return channel_id(chat["id"]) if chat.get("id") is not None else chat["username"].casefold()


def _native(chat: Mapping[str, Any], number: object) -> str:
    return f"{_peer(chat)}/{number}"


def _kind(media: tuple[Media, ...], shared: object, above: object) -> Any:
    if shared:
        return "repost"
    if above:
        return "reply"
    return "video" if any(item.kind == "video" for item in media) else "post"


def _unix(given: Mapping[str, Any], name: str) -> datetime | None:
    """A time of the export, which old versions write in the writer's local time alone."""
    exact = given.get(f"{name}_unixtime")
    return moment(int(exact)) if exact is not None else moment(given.get(name))


def _marked_links(text: str, marks: Any) -> tuple[str, ...]:
    """Addresses of entities, whose places count UTF-16 units."""
    raw = text.encode("utf-16-le") if marks else b""
    found = []
    for mark in marks:
        if mark["type"] == "text_link":
            found.append(mark["url"])
        elif mark["type"] == "url":
            start, end = 2 * mark["offset"], 2 * (mark["offset"] + mark["length"])
            shown = raw[start:end].decode("utf-16-le", errors="ignore")
            found.append(shown if "://" in shown else f"https://{shown}")
    return tuple(found)


def _media(given: Mapping[str, Any]) -> Iterator[Media]:
    if sizes := given.get("photo"):
        largest = sizes[-1]
        yield Media(kind="image", width=largest.get("width"), height=largest.get("height"))
    for name, kind in (("video", "video"), ("animation", "gif"), ("audio", "audio"),
                       ("voice", "audio"), ("video_note", "video")):  # fmt: skip
        if item := given.get(name):
            yield Media(kind=kind, width=item.get("width"), height=item.get("height"),
                        duration_s=item.get("duration"))  # fmt: skip
    if given.get("document") and not given.get("animation"):
        yield Media(kind="other")


def _file(given: Mapping[str, Any]) -> Iterator[Media]:
    size = {"width": given.get("width"), "height": given.get("height")}
    if given.get("photo"):
        yield Media(kind="image", **size)
    elif given.get("file") or given.get("media_type"):
        kind: Any = _FILES.get(given.get("media_type", ""), "other")
        yield Media(kind=kind, duration_s=given.get("duration_seconds"), **size)
