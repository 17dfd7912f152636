"""Telegram: the channels that a brand's own bot administers, and what the application exports.

Collected: posts and their edits as the Bot API hands them over (`getUpdates`: it forgets them once
they are confirmed, and after 24 hours, so they are on disk before the next call), sums of reactions
where it tells them; each own channel (`getChat`) and its members (`getChatMemberCount`). By import
alone: the application's JSON export (`export`), a page that a person saved (`page`).

Terms: Bot API, a token from BotFather; the bot must be an administrator of the channel. Telegram
forbids reading its public pages by program: nothing is read from t.me.
Missing: other people's channels; posts from before the bot came, but by import; views; deletions,
which the Bot API does not tell. A run at least once a day, or posts are lost to it.
Quota: about 30 calls a second, untold; a refusal names seconds in its body.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from crawlers.fields import decoded, mapping, ok, source
from crawlers.messages import Channels, channel_id
from crawlers.previews import Preview
from vigie.records import Post
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

HOST = "https://api.telegram.org"
TOKEN = "${TELEGRAM_TOKEN}"  # in the address, as the API wants it; masked in all that is kept
LIMIT = 100
WANTED = '["channel_post","edited_channel_post","message_reaction_count"]'
SAID = {
    "chat not found": "unknown account", "bot is not a member": "private account",
    "channel is private": "private account", "bot was kicked": "approval revoked",
    "need administrator rights": "approval missing", "not enough rights": "approval missing",
    "chat_admin_required": "approval missing",
}  # fmt: skip


class Telegram:
    name = "telegram"
    title = "Telegram"
    endpoints = ("getUpdates", "getChat", "getChatMemberCount", "export", "page")
    requires = ("TELEGRAM_TOKEN",)
    mapper_version = "1"
    rate = 5.0
    lands_first = True  # the server forgets what the next call confirms
    least: Mapping[str, int] = {"getChat": 1, "getChatMemberCount": 1}

    def targets(self, watchlist: Watchlist) -> list[Target]:
        host = (watchlist.platform(self.name).url or HOST).rstrip("/")
        own = [
            (brand.id, account)
            for brand in watchlist.own
            for account in brand.accounts.get(self.name, ())
        ]
        found = [Target(self.name, "channel", _name(one), id, host=host) for id, one in own]
        # One bot hands over the posts of all channels, in one line.
        owners = {channel_id(_name(one)): id for id, one in own if _name(one).startswith("-")}
        bot = Target(self.name, "updates", "bot", host=host, options={"owners": owners})
        return [bot, *found] if own else []

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        return []  # a bot cannot read a post again

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        if target.kind == "updates":
            yield _updates(target, cursor.get("offset"))
        else:
            chat = target.value if target.value.startswith("-") else f"@{target.value}"
            yield _call(target, "getChat", f"chat_id={quote(chat, safe='')}", {})

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if not ok(answer):
            return
        with mapping(answer):
            result = decoded(answer).get("result")
            if answer.endpoint == "getUpdates" and len(result) >= LIMIT:
                yield _updates(target, _after(result))
            elif answer.endpoint == "getChat":
                chat = {key: result.get(key) for key in ("id", "username", "title")}
                asked = f"chat_id={result['id']}"
                yield _call(target, "getChatMemberCount", asked, {"chat": chat})

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        if not ok(answer) or answer.endpoint != "getUpdates":
            return cursor
        with mapping(answer):
            result = decoded(answer)["result"]
            return {**cursor, "offset": _after(result)} if result else cursor

    def healthy(self, answer: Answer) -> str | None:
        """Errors are objects with `ok` false, whatever the status."""
        if answer.endpoint not in self.endpoints[:3] or answer.status == 429:
            return None
        try:
            told = answer.json()
        except ValueError:
            return None
        if not isinstance(told, dict) or told.get("ok") is not False:
            return None
        code, words = told.get("error_code"), str(told.get("description", ""))
        for part, fault in SAID.items():
            if part in words.lower():
                return f"{fault}: {words}"
        if code in (401, 404):  # a token that is wrong leads nowhere
            return f"token lapsed: {words}"
        if code == 403:
            return f"approval missing: {words}"
        return f"HTTP {code}: {words}" if answer.status >= 400 else f"error in a 200: {words}"

    def map(self, answer: Answer) -> Mapped:
        if not ok(answer):
            return Mapped()
        given = source(answer, self.mapper_version)
        if answer.body.lstrip()[:1] == b"<":
            with mapping(answer):
                preview = Preview(answer, given)
                preview.page(answer.body)
                return preview.mapped
        body = decoded(answer)
        with mapping(answer):
            if isinstance(body, dict) and body.get("ok") is False:
                return Mapped()
            channels = Channels(answer, given)
            channels.read(body)
            return channels.mapped


def _updates(target: Target, offset: int | None) -> Call:
    asked = f"limit={LIMIT}&timeout=0&allowed_updates={quote(WANTED, safe='')}"
    asked += f"&offset={offset}" if offset is not None else ""
    return _call(target, "getUpdates", asked, {"owners": target.options.get("owners", {})})


def _call(target: Target, method: str, asked: str, meta: Mapping[str, Any]) -> Call:
    return Call(method, f"{target.host or HOST}/bot{TOKEN}/{method}?{asked}", meta=meta)


def _after(result: Sequence[Mapping[str, Any]]) -> int:
    """The offset that confirms these updates."""
    return max(int(update["update_id"]) for update in result) + 1


def _name(account: str) -> str:
    """A channel as the watchlist names it: its name, its number, or its address."""
    return account.strip().rstrip("/").rpartition("/")[2].removeprefix("@")


CRAWLER = Telegram()
