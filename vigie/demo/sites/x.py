"""X: the API v2 over a town, with versions of edited posts, long posts and errors beside data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any
from urllib.parse import unquote

from vigie.demo.grammar import fold
from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.sites import queries
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town, began, iso

DAY = 86_400_000
EPOCH_MS = 1_288_834_974_657
RECENT = 7 * DAY
SHORT = 280  # longer posts are cut, and whole in `note_tweet`
PROBLEM = "https://api.twitter.com/2/problems"
_LIST = re.compile(r"/2/users/(\d+)/(tweets|mentions)$")
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
_LINK = re.compile(r"https?://\S+")
_NAME = re.compile(r"(?<![\w@])@(\w+)")
_TAG = re.compile(r"(?<![\w&])#(\w+)")


class XSite:
    """Answers as of a time."""

    needs_token = True
    renamed = ("text", "body")

    def __init__(self, town: Town) -> None:
        self._began = began(town)
        self._posts = town.of("x")
        accounts = [one for one in town.accounts if one.site == "x"]
        self._accounts = {one.native: one for one in accounts}
        self._handles = {one.handle.casefold(): one for one in accounts}
        self._town = town

    @staticmethod
    def native(at: int, serial: int) -> str:
        return str(((at - EPOCH_MS) << 22) + serial % 4096)

    def token_of(self, ask: Ask) -> str:
        return ask.bearer()

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        if why == "unapproved":
            body = {
                "title": "Client Forbidden", "reason": "client-not-enrolled", "status": 403,
                "required_enrollment": "Appropriate Level of API Access",
                "detail": "When authenticating requests to the X API v2 endpoints, you must use "
                "keys and tokens from a developer App that is attached to a Project.",
                "type": f"{PROBLEM}/client-forbidden",
            }  # fmt: skip
            return Reply.json(403, body)
        if why == "revoked":
            errors = [{"code": 416, "message": "Invalid / suspended application"}]
            return Reply.json(401, {"errors": errors})
        body = {"title": "Unauthorized", "type": "about:blank", "status": 401}
        return Reply.json(401, {**body, "detail": "Unauthorized"})

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        body = {"title": "Too Many Requests", "detail": "Too Many Requests"}
        reset = -(-(ask.now + round(wait_s * 1000)) // 1000)
        headers = {"x-rate-limit-limit": "900", "x-rate-limit-remaining": "0"}
        return Reply.json(
            429, {**body, "type": "about:blank", "status": 429},
            **headers, **{"x-rate-limit-reset": str(reset)},
        )  # fmt: skip

    def failed(self, ask: Ask) -> Reply:
        return Reply.json(200, {"errors": [{"code": 130, "message": "Over capacity"}]})

    def answer(self, ask: Ask) -> Reply:
        if len(self._posts) != len(self._town.of("x")):
            self._posts = self._town.of("x")
        reply = self._route(ask)
        headers = {
            "x-rate-limit-limit": "900",
            "x-rate-limit-remaining": str(ask.left),
            "x-rate-limit-reset": str((ask.reset or ask.now + 900_000) // 1000),
        }
        return Reply(reply.status, reply.body, reply.kind, {**reply.headers, **headers})

    def _route(self, ask: Ask) -> Reply:
        if ask.path == "/2/users/by":
            return self._users(ask, "usernames")
        if ask.path == "/2/users":
            return self._users(ask, "ids")
        if ask.path.startswith("/2/users/by/username/"):
            return self._user(ask, unquote(ask.path.rpartition("/")[2]))
        if match := _LIST.match(ask.path):
            return self._list(ask, match[1], match[2])
        if ask.path == "/2/tweets":
            return self._lookup(ask)
        if ask.path in ("/2/tweets/search/recent", "/2/tweets/counts/recent"):
            return self._search(ask)
        body = {"title": "Not Found", "type": "about:blank", "status": 404, "detail": "Not Found"}
        return Reply.json(404, body)

    # Users

    def _users(self, ask: Ask, by: str) -> Reply:
        asked = [one for one in ask.one(by).split(",") if one]
        if not 0 < len(asked) <= 100:
            return _invalid(by, ask.one(by), f"The number of values in the `{by}` is not 1 to 100")
        if by == "usernames" and (bad := [one for one in asked if not _HANDLE.fullmatch(one)]):
            return _invalid(
                by, bad[0], f"The `usernames` query parameter value [{bad[0]}] is not valid"
            )
        known = self._handles if by == "usernames" else self._accounts
        data, errors = [], []
        for one in asked:
            account = known.get(one.casefold())
            if account is None:
                errors.append(_gone("user", by, one))
            else:
                data.append(self._person(account, ask))
        return Reply.json(200, _told(data, errors))

    def _user(self, ask: Ask, handle: str) -> Reply:
        account = self._handles.get(handle.casefold())
        if account is None:
            return Reply.json(200, {"errors": [_gone("user", "username", handle)]})
        return Reply.json(200, {"data": self._person(account, ask)})

    def _person(self, account: Account, ask: Ask) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": account.native, "name": escape(account.name, quote=False),
            "username": account.handle,
        }  # fmt: skip
        day = (ask.now - self._began) / DAY
        more = {
            "created_at": iso(self._began - account.created * DAY)[:19] + ".000Z",
            "description": escape(account.bio, quote=False),
            "protected": account.private,
            "verified": account.kind in ("brand", "media"),
            "public_metrics": {
                "followers_count": account.followers_on(day),
                "following_count": account.following,
                "tweet_count": account.written + sum(one.visible(ask.now) for one in account.posts),
                "listed_count": account.followers // 90,
            },
        }  # fmt: skip
        wanted = ask.one("user.fields").split(",")
        return shown | {name: value for name, value in more.items() if name in wanted}

    # Lists of posts

    def _list(self, ask: Ask, id: str, what: str) -> Reply:
        account = self._accounts.get(id)
        if account is None:
            return Reply.json(200, {"errors": [_gone("user", "id", id)]})
        if account.private:
            return Reply.json(200, {"errors": [_closed("user", "id", id)]})
        if what == "tweets":
            return self._page(ask, (post for post in self._posts if post.account is account), 5)
        name = account.handle.casefold()
        naming = (
            post for post in self._posts
            if name in (one.casefold() for one in _NAME.findall(post.text_at(ask.now)))
        )  # fmt: skip
        return self._page(ask, naming, 5)

    def _search(self, ask: Ask) -> Reply:
        query = ask.one("query")
        if not query or len(query) > 512:
            return _invalid("query", query, "query must have 1 to 512 characters")
        wanted = queries.parse(query)
        found = [post for post in self._posts if post.at > ask.now - RECENT]
        found = [post for post in found if wanted(_words_of(post, ask.now))]
        if ask.path.endswith("recent") and "/counts/" in ask.path:
            return Reply.json(
                200, _counted([one for one in found if self._open(one, ask.now)], ask)
            )
        oldest = (ask.now - RECENT - EPOCH_MS) << 22
        since = ask.one("since_id")
        if since and int(since) < oldest:
            told = (
                f"'since_id' must be a tweet id created after [{iso(ask.now - RECENT)[:16]}Z]. "
                f"Please use a 'since_id' that is larger than {oldest}"
            )
            return _invalid("since_id", since, told)
        return self._page(ask, found, 10)

    def _page(self, ask: Ask, posts: Iterable[Post], least: int) -> Reply:
        size = ask.one("max_results", "10")
        if not size.isdigit() or not least <= int(size) <= 100:
            told = (
                f"The `max_results` query parameter value [{size}] is not between {least} and 100"
            )
            return _invalid("max_results", size, told)
        search = "/search/" in ask.path
        name = "next_token" if search else "pagination_token"
        token, below = ask.one(name), 1 << 63
        if token:
            if not token.startswith("7140") or not token[4:].isalnum():
                return _invalid(name, token, f"Invalid '{name}': {token}")
            below = int(token[4:], 36)
        above = int(ask.one("since_id") or 0)
        start = ask.one("start_time")
        shown = [
            post for post in posts
            if self._open(post, ask.now) and above < self._latest(post, ask.now) < below
            and iso(post.at) >= start
        ]  # fmt: skip
        shown.sort(key=lambda post: -self._latest(post, ask.now))
        page, rest = shown[: int(size)], shown[int(size) :]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta["newest_id"] = str(self._latest(page[0], ask.now))
            meta["oldest_id"] = str(self._latest(page[-1], ask.now))
        if rest:
            meta["next_token"] = f"7140{_base36(self._latest(page[-1], ask.now))}"
        body = self._bodies(page, ask) if page else {}
        return Reply.json(200, {**body, "meta": meta})

    def _lookup(self, ask: Ask) -> Reply:
        asked = [one for one in ask.one("ids").split(",") if one]
        if not 0 < len(asked) <= 100:
            return _invalid(
                "ids", ask.one("ids"), "The number of values in the `ids` is not 1 to 100"
            )
        versions = {
            version: post for post in self._posts for version in self._history(post, ask.now)
        }
        posts, errors, wanted = [], [], []
        for id in asked:
            post = versions.get(id)
            if post is None or not post.visible(ask.now):
                errors.append(_gone("tweet", "ids", id))
            elif post.account.private:
                errors.append(_closed("tweet", "ids", id))
            else:
                posts.append(post)
                wanted.append(id)
        return Reply.json(200, {**self._bodies(posts, ask, wanted), **_told([], errors)})

    def _open(self, post: Post, now: int) -> bool:
        return post.visible(now) and not post.account.private

    # Posts

    def _history(self, post: Post, now: int) -> list[str]:
        """The ids of a post's versions up to a time."""
        low = int(post.native) & 0x3FFFFF
        edits = [str(((at - EPOCH_MS) << 22) + low) for at, _ in post.edits if at <= now]
        return [post.native, *edits]

    def _latest(self, post: Post, now: int) -> int:
        return int(self._history(post, now)[-1])

    def _bodies(
        self, posts: list[Post], ask: Ask, versions: list[str] | None = None
    ) -> dict[str, Any]:
        """`data` and `includes` of posts, in the versions asked for, else their newest."""
        if not posts:
            return {}
        ids = versions or [str(self._latest(post, ask.now)) for post in posts]
        body: dict[str, Any] = {
            "data": [self._tweet(post, id, ask) for post, id in zip(posts, ids, strict=True)]
        }
        expansions = ask.one("expansions").split(",")
        beside = [
            other
            for post in posts
            for other in (post.parent, post.quotes)
            if other and other not in posts and self._open(other, ask.now)
        ]
        beside = list(dict.fromkeys(beside)) if "referenced_tweets.id" in expansions else []
        includes: dict[str, Any] = {}
        if "author_id" in expansions:
            people = dict.fromkeys(post.account for post in (*posts, *beside))
            includes["users"] = [self._person(one, ask) for one in people]
        if beside:
            includes["tweets"] = [
                self._tweet(one, str(self._latest(one, ask.now)), ask) for one in beside
            ]
        if "attachments.media_keys" in expansions:
            media = [_media(post) for post in (*posts, *beside) if post.media]
            includes |= {"media": media} if media else {}
        return body | ({"includes": includes} if includes else {})

    def _tweet(self, post: Post, id: str, ask: Ask) -> dict[str, Any]:
        history = self._history(post, ask.now)
        at = ([post.at, *(at for at, _ in post.edits)])[history.index(id)]
        text, entities = _written(post.text_at(at), self._handles)
        long = len(text) > SHORT
        cut = f"{text[: SHORT - 25]}… {_short(post.native)}" if long else text
        shown: dict[str, Any] = {
            "id": id, "text": escape(cut, quote=False), "edit_history_tweet_ids": history,
        }  # fmt: skip
        likes, shares, quotes, saves, replies = post.counts(ask.now)
        refs = [
            {"type": kind, "id": other.native}
            for kind, other in (("replied_to", post.parent), ("quoted", post.quotes))
            if other
        ]
        more: dict[str, Any] = {
            "created_at": iso(at)[:19] + ".000Z",
            "author_id": post.account.native,
            "conversation_id": (post.root or post).native,
            "lang": post.lang,
            "possibly_sensitive": False,
            "public_metrics": {
                "retweet_count": shares, "reply_count": replies, "like_count": likes,
                "quote_count": quotes, "bookmark_count": saves,
                "impression_count": post.views_at(ask.now),
            },
            "entities": entities,
            "referenced_tweets": refs,
            "attachments": {"media_keys": [f"3_{post.native}"]} if post.media else {},
            "note_tweet": {"text": escape(text, quote=False), "entities": entities} if long else {},
        }  # fmt: skip
        wanted = ask.one("tweet.fields").split(",")
        return shown | {name: value for name, value in more.items() if name in wanted and value}


def _words_of(post: Post, now: int) -> queries.Subject:
    return queries.Subject(fold(post.text_at(now)), fold(post.account.handle), False)


def _written(text: str, handles: dict[str, Account]) -> tuple[str, dict[str, Any]]:
    """The text with shortened links, and what stands in it."""
    urls: list[dict[str, Any]] = []

    def shorten(match: re.Match[str]) -> str:
        address = match[0].rstrip(".,;:!?)")
        short = _short(address)
        shown = address.partition("://")[2]
        urls.append({"url": short, "expanded_url": address, "display_url": shown[:30]})
        return short + match[0][len(address) :]

    text = _LINK.sub(shorten, text)
    for one in urls:
        one["start"] = text.index(one["url"])
        one["end"] = one["start"] + len(one["url"])
    tags = [{"start": m.start(), "end": m.end(), "tag": m[1]} for m in _TAG.finditer(text)]
    names = [
        {"start": m.start(), "end": m.end(), "username": m[1],
         **({"id": handles[m[1].casefold()].native} if m[1].casefold() in handles else {})}
        for m in _NAME.finditer(text)
    ]  # fmt: skip
    told = (("hashtags", tags), ("mentions", names), ("urls", urls))
    return text, {name: found for name, found in told if found}


def _short(address: str) -> str:
    number = hashlib.md5(address.encode(), usedforsecurity=False).hexdigest()
    return f"https://t.co/{number[:10]}"


def _media(post: Post) -> dict[str, Any]:
    media = post.media
    assert media is not None
    place = f"https://pbs.twimg.com/media/{post.native}.jpg"
    told: dict[str, Any] = {
        "media_key": f"3_{post.native}", "type": "photo" if media.kind == "image" else "video",
        "width": media.width, "height": media.height,
    }  # fmt: skip
    if media.kind == "image":
        told |= {"url": place, **({"alt_text": media.alt} if media.alt else {})}
    else:
        told |= {"preview_image_url": place, "duration_ms": round((media.seconds or 0) * 1000)}
    return told


def _counted(posts: list[Post], ask: Ask) -> dict[str, Any]:
    """How many posts there were a day, of the last seven days."""
    edges = [ask.now - RECENT, *_midnights(ask.now - RECENT, ask.now), ask.now]
    data = [
        {
            "start": iso(start), "end": iso(end),
            "tweet_count": sum(start <= post.at < end for post in posts),
        }
        for start, end in zip(edges, edges[1:], strict=False)
    ]  # fmt: skip
    total = sum(one["tweet_count"] for one in data)
    return {"data": data, "meta": {"total_tweet_count": total}}


def _midnights(start: int, end: int) -> Iterator[int]:
    yield from range(start - start % DAY + DAY, end, DAY)


def _told(data: list[Any], errors: list[Any]) -> dict[str, Any]:
    return {**({"data": data} if data else {}), **({"errors": errors} if errors else {})}


def _gone(kind: str, by: str, value: str) -> dict[str, Any]:
    return {
        "value": value, "detail": f"Could not find {kind} with {by}: [{value}].",
        "title": "Not Found Error", "resource_type": kind, "parameter": by, "resource_id": value,
        "type": f"{PROBLEM}/resource-not-found",
    }  # fmt: skip


def _closed(kind: str, by: str, value: str) -> dict[str, Any]:
    return {
        **_gone(kind, by, value), "title": "Authorization Error",
        "detail": f"Sorry, you are not authorized to see the {kind} with {by}: [{value}].",
        "type": f"{PROBLEM}/not-authorized-for-resource",
    }  # fmt: skip


def _invalid(name: str, value: str, told: str) -> Reply:
    return Reply.json(400, {
        "errors": [{"parameters": {name: [value]}, "message": told}],
        "title": "Invalid Request", "type": f"{PROBLEM}/invalid-request",
        "detail": "One or more parameters to your request was invalid.",
    })  # fmt: skip


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
