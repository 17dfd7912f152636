"""Telegram's Bot API: a bot that administers the channels which are not private.

Updates come in one line for all channels, numbered; what a call confirms by its offset is
forgotten, and so is all that is older than a day.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

import orjson

from vigie.demo.people import Account
from vigie.demo.posts import HOUR, Post
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town

TELEGRAM = "telegram"
KEPT = 24 * HOUR
FIRST = 481_516_001  # the number of the first update
MOST = 100
_PATH = re.compile(r"/bot([^/]*)/(\w+)$")
_TAG = re.compile(r"#\w+")
_LINK = re.compile(r"https?://\S+")


class TelegramSite:
    """Answers as of a time; remembers how far a bot has confirmed."""

    needs_token = True
    renamed = ("message_id", "msg_id")

    def __init__(self, town: Town) -> None:
        self._town = town
        self._confirmed: dict[str, int] = {}  # token → the least offset that is left

    @staticmethod
    def native(at: int, serial: int) -> str:
        return str(serial)

    def token_of(self, ask: Ask) -> str:
        found = _PATH.match(ask.path)
        return found[1] if found else ""

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        if why == "missing":
            return _error(404, "Not Found")
        if why == "unapproved":
            return _error(400, "Bad Request: need administrator rights in the channel chat")
        return _error(401, "Unauthorized")

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        seconds = max(1, round(wait_s))
        told = {"ok": False, "error_code": 429,
                "description": f"Too Many Requests: retry after {seconds}",
                "parameters": {"retry_after": seconds}}  # fmt: skip
        return Reply.json(429, told)

    def failed(self, ask: Ask) -> Reply:
        told = {"ok": False, "error_code": 500, "description": "Internal Server Error"}
        return Reply.json(200, told)

    def answer(self, ask: Ask) -> Reply:
        found = _PATH.match(ask.path)
        if not found:
            return _error(404, "Not Found")
        token, method = found[1], found[2].lower()
        if method == "getupdates":
            return self._updates(ask, token)
        if method in ("getchat", "getchatmembercount"):
            return self._chat(ask, counted=method != "getchat")
        if method == "getme":
            told = {"id": 7, "is_bot": True, "first_name": "Veille", "username": "veille_bot"}
            return _fine(told)
        return _error(404, "Not Found")

    def _updates(self, ask: Ask, token: str) -> Reply:
        offset = ask.one("offset")
        if re.fullmatch(r"-?\d+", offset) and int(offset) > 0:
            self._confirmed[token] = max(int(offset), self._confirmed.get(token, 0))
        least, limit = self._confirmed.get(token, 0), ask.number("limit", 100, MOST)
        wanted = _wanted(ask.one("allowed_updates"))
        found = []
        for number, (at, name, post) in enumerate(self._events(ask.now), FIRST):
            if number < least or at < ask.now - KEPT or (wanted and name not in wanted):
                continue
            found.append({"update_id": number, name: _message(post, at)})
            if len(found) == limit:
                break
        return _fine(found)

    def _events(self, now: int) -> list[tuple[int, str, Post]]:
        """What happened in the bot's channels up to a time, in order. A post that was deleted is
        told all the same; an answer of people is in no channel."""
        found = []
        for post in self._town.of(TELEGRAM):
            if post.account.private or post.parent is not None:
                continue
            found.append((post.at, "channel_post", post))
            found += [(at, "edited_channel_post", post) for at, _ in post.edits]
        told = [event for event in found if event[0] <= now]
        return sorted(told, key=lambda event: (event[0], int(event[2].native)))

    def _chat(self, ask: Ask, *, counted: bool) -> Reply:
        asked = ask.one("chat_id")
        known = {f"@{one.handle}".casefold(): one for one in self._accounts()}
        known |= {str(_number(one)): one for one in self._accounts()}
        account = known.get(asked.casefold())
        if account is None:
            return _error(400, "Bad Request: chat not found")
        if account.private:
            return _error(403, "Forbidden: bot is not a member of the channel chat")
        if counted:
            first = min((post.at for post in self._town.of(TELEGRAM)), default=ask.now)
            return _fine(account.followers_on((ask.now - first) / KEPT))
        return _fine({**_channel(account), "description": account.bio, "accent_color_id": 1})

    def _accounts(self) -> list[Account]:
        return [one for one in self._town.accounts if one.site == TELEGRAM]


def _wanted(text: str) -> list[str]:
    try:
        return [str(name) for name in orjson.loads(text)] if text else []
    except orjson.JSONDecodeError:
        return []


def _number(account: Account) -> int:
    """A channel's id as bots see it: its own, or one that follows from its name."""
    own = account.native
    return -int(f"100{own if own.isdigit() else zlib.crc32(account.handle.encode())}")


def _channel(account: Account) -> dict[str, Any]:
    return {
        "id": _number(account),
        "title": account.name,
        "username": account.handle,
        "type": "channel",
    }


def _message(post: Post, at: int) -> dict[str, Any]:
    """The message as it was at the time of an update."""
    chat, text = _channel(post.account), post.text_at(at)
    told: dict[str, Any] = {
        "message_id": int(post.native),
        "sender_chat": chat,
        "chat": chat,
        "date": post.at // 1000,
    }
    if edited := post.edited_at(at):
        told["edit_date"] = edited // 1000
    marks = _entities(text)
    if post.media is None:
        told |= {"text": text, **({"entities": marks} if marks else {})}
        return told
    told |= {"caption": text, **({"caption_entities": marks} if marks else {})}
    size = {"width": post.media.width, "height": post.media.height}
    file = {"file_id": f"F{post.native}", "file_unique_id": f"U{post.native}", **size}
    if post.media.kind == "video":
        told["video"] = {**file, "duration": round(post.media.seconds or 0)}
    else:
        told["photo"] = [file]
    return told


def _entities(text: str) -> list[dict[str, Any]]:
    """Hashtags and addresses, whose places count UTF-16 units."""
    found = []
    for kind, pattern in (("hashtag", _TAG), ("url", _LINK)):
        for match in pattern.finditer(text):
            before = len(text[: match.start()].encode("utf-16-le")) // 2
            length = len(match[0].encode("utf-16-le")) // 2
            found.append({"offset": before, "length": length, "type": kind})
    return sorted(found, key=lambda one: (one["offset"], one["type"]))


def _fine(result: Any) -> Reply:
    return Reply.json(200, {"ok": True, "result": result})


def _error(status: int, description: str) -> Reply:
    return Reply.json(status, {"ok": False, "error_code": status, "description": description})
