"""A saved page of a public Telegram channel: its head and about twenty messages.

Only for files that a person saved: Telegram's terms forbid to read these pages by program.
"""

from __future__ import annotations

import re
from typing import Any

from crawlers.fields import moment
from crawlers.messages import Channels
from crawlers.text import hrefs, once, plain
from vigie.records import Media, MetricSample, sample_id

_ROUNDED = {"K": 1_000, "M": 1_000_000, "B": 1_000_000_000}
_PICTURE = re.compile(r"background-image:\s*url\(['\"]?([^'\")]+)")
_PEER = re.compile(r"c(\d+)_")


def number_of(text: str) -> tuple[int, bool] | None:
    """A counter as the page writes it, and whether it is rounded: `1.2K` is 1200, about."""
    found = re.fullmatch(r"([\d ,.\u202f\xa0]+?)\s*([KMB]?)", text.strip())
    if not found:
        return None
    digits, unit = found[1].strip(), found[2]
    if unit:
        return round(float(digits.replace(",", ".")) * _ROUNDED[unit]), True
    return int(re.sub(r"\D", "", digits)), False


class Preview(Channels):
    """Records of a page, gathered in `mapped`."""

    def page(self, body: bytes) -> None:
        """Finds messages and the channel. Raises ValueError for another page."""
        from lxml import html  # type: ignore[import-untyped]

        root = html.document_fromstring(body)
        messages = root.xpath(f"//*[{_has('tgme_widget_message')} and @data-post]")
        head = root.xpath(f"//*[{_has('tgme_channel_info')}]")
        if not messages and not head:
            raise ValueError("no page of a channel")
        for one in head:
            self._head(one)
        for one in messages:
            self._shown(one, html)

    def _head(self, head: Any) -> None:
        name = _text(head, "tgme_channel_info_header_username").lstrip("@")
        if not name:
            return
        counted = None
        for counter in head.xpath(f".//*[{_has('tgme_channel_info_counter')}]"):
            if _text(counter, "counter_type").startswith("subscriber"):
                counted = number_of(_text(counter, "counter_value"))
        chat = {"username": name, "title": _text(head, "tgme_channel_info_header_title")}
        chat["description"] = _text(head, "tgme_channel_info_description")
        self._account(chat, counted[0] if counted else None)
        if counted and counted[1]:
            self.mapped.samples = [
                one.model_copy(update={"exactness": "rounded"}) for one in self.mapped.samples
            ]

    def _shown(self, message: Any, html: Any) -> None:
        name, _, number = message.get("data-post").partition("/")
        peer = _PEER.match(message.get("data-peer") or "")
        chat = {"username": name, "title": _text(message, "tgme_widget_message_owner_name")}
        chat |= {"id": peer[1]} if peer else {}
        words = message.xpath(f".//*[{_has('tgme_widget_message_text')} and {_not_quoted}]")
        markup = html.tostring(words[0], encoding="unicode", with_tail=False) if words else ""
        times = message.xpath(f".//*[{_has('tgme_widget_message_date')}]//time/@datetime")
        seen = number_of(_text(message, "tgme_widget_message_views"))
        liked = [
            counted[0]
            for one in message.xpath(f".//*[{_has('tgme_reaction')}]")
            if (counted := number_of(re.sub(r"[^\d.,KMB]", "", one.text_content())))
        ]
        above = message.xpath(f".//a[{_has('tgme_widget_message_reply')}]/@href")
        self._gather(
            chat,
            number,
            moment(times[-1]) if times else None,
            text=plain(markup),
            above=_of(above[0], chat) if above else None,
            forwarded=bool(message.xpath(f".//*[{_has('tgme_widget_message_forwarded_from')}]")),
            links_=once(link for link in hrefs(markup) if "?q=%23" not in link),
            media=tuple(_media(message)),
            likes=sum(liked) if liked else None,
            views=seen[0] if seen else None,
        )
        if seen and seen[1]:
            post = self.mapped.posts[-1]
            self.mapped.samples.append(
                MetricSample(
                    id=sample_id(post.id, "views", self._at), entity=post.id, entity_kind="post",
                    platform="telegram", metric="views", value=seen[0], captured_at=self._at,
                    exactness="rounded",
                )
            )  # fmt: skip


_not_quoted = "not(contains(@class, 'js-message_reply_text'))"


def _has(name: str) -> str:
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def _text(node: Any, name: str) -> str:
    found = node.xpath(f".//*[{_has(name)}]")
    return " ".join(found[0].text_content().split()) if found else ""


def _of(address: str, chat: dict[str, Any]) -> str | None:
    """The post that an address of the same channel names."""
    found = re.search(r"t\.me/([\w]+)/(\d+)", address)
    if not found or found[1].casefold() != chat["username"].casefold():
        return None
    return f"{chat.get('id') or found[1].casefold()}/{found[2]}"


def _media(message: Any) -> Any:
    for photo in message.xpath(f".//*[{_has('tgme_widget_message_photo_wrap')}]"):
        found = _PICTURE.search(photo.get("style") or "")
        yield Media(kind="image", url=found[1] if found else None)
    for _ in message.xpath(f".//*[{_has('tgme_widget_message_video_player')}]"):
        yield Media(kind="video")
