"""A Mastodon server: the API of `pignon.example`, which also knows people of another server."""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import unquote, urlencode

import orjson

from vigie.demo.almanac import DAYS
from vigie.demo.grammar import fold
from vigie.demo.people import INSTANCE, MASTODON, Account
from vigie.demo.posts import Post
from vigie.demo.sites.lists import Shelf, Words, by_tag
from vigie.demo.sites.reply import JSON, Ask, Refusal, Reply, Town, began, etag, iso
from vigie.demo.sites.toots import attachment, markup, tag_address
from vigie.demo.world import handle_of

LIMIT, MOST = 20, 40
REFUSE_EVERY = 211  # one call in so many is answered by 429
WAIT_MS = 400
WINDOW = 300
_OWN = re.compile(r"/api/v1/accounts/(\w+)(/statuses)?$")
_STATUS = re.compile(r"/api/v1/statuses/(\w+)(/context)?$")


def _id(post: Post) -> int:
    return int(post.native)


class MastodonSite:
    """Answers as of a time. Followers-only accounts are known, and nothing that they write."""

    needs_token = False
    renamed = ("created_at", "createdAt")

    def __init__(self, town: Town) -> None:
        self._start = began(town)
        posts = [post for post in town.of(MASTODON) if not post.account.private]
        self._all = Shelf(posts, _id)
        self._local = Shelf((post for post in posts if post.account.home == INSTANCE), _id)
        self._tags = by_tag(posts, _id)
        self._words = Words(posts, _id)
        self._posts = {post.native: post for post in posts}
        accounts = [one for one in town.accounts if one.site == MASTODON]
        self._accounts = {one.native: one for one in accounts}
        self._handles = {handle_of(one).lower(): one for one in accounts}
        self._shelves: dict[str, Shelf] = {}
        self._shown: dict[tuple[str, int], bytes] = {}
        self._calls = 0

    def answer(self, ask: Ask) -> Reply:
        self._calls += 1
        left = WINDOW - 1 - self._calls % (WINDOW - 20)
        if self._calls % REFUSE_EVERY == 0:
            return self.limited(ask, WAIT_MS / 1000)
        reply = self._route(ask)
        ends = ask.now - ask.now % 300_000 + 300_000
        if ask.reset:  # the door counts this caller's quota
            left, ends = ask.left, ask.reset
        headers = {**reply.headers, **self._limits(left, ends)}
        headers["cache-control"] = "private, no-store"
        if reply.status == 200:
            headers["etag"] = etag(reply.body)
        return Reply(reply.status, reply.body, reply.kind, headers)

    @staticmethod
    def native(at: int, serial: int) -> str:
        """Milliseconds, then 16 bits of its own."""
        return str((at << 16) + serial % 65536)

    @staticmethod
    def uri(account: Account, native: str) -> str:
        """A status' address, which is its id on all servers."""
        return f"https://{account.home}/users/{account.handle}/statuses/{native}"

    def token_of(self, ask: Ask) -> str:
        return ask.bearer()

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        told = {
            "missing": "This method requires an authenticated user",
            "lapsed": "The access token expired",
            "revoked": "The access token was revoked",
            "unapproved": "This action is outside the authorized scopes",
        }[why]
        return Reply.json(403 if why == "unapproved" else 401, {"error": told})

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        limits = self._limits(0, ask.now + round(wait_s * 1000))
        return Reply.json(429, {"error": "Too many requests"}, **limits)

    def failed(self, ask: Ask) -> Reply:
        return Reply.json(200, {"error": "Remote data could not be fetched"})

    @staticmethod
    def _limits(left: int, reset: int) -> dict[str, str]:
        return {
            "x-ratelimit-limit": str(WINDOW),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": iso(reset),
        }

    def _route(self, ask: Ask) -> Reply:
        path = ask.path
        if path == "/api/v1/accounts/lookup":
            name = ask.one("acct").lstrip("@").lower().removesuffix(f"@{INSTANCE}")
            account = self._handles.get(name)
            return self._account(account, ask)
        if match := _OWN.match(path):
            account = self._accounts.get(match[1])
            if account is None or not match[2]:
                return self._account(account, ask)
            return self._statuses(account, ask)
        if path == "/api/v1/statuses":
            return self._several(ask)
        if match := _STATUS.match(path):
            post = self._posts.get(match[1])
            if post is None or not post.visible(ask.now):
                return _missing()
            if not match[2]:
                return Reply(200, self._status(post, ask.now))
            return self._context(post, ask.now)
        if path.startswith("/api/v1/timelines/tag/"):
            return self._tag(unquote(path.rpartition("/")[2]), ask)
        if path == "/api/v1/timelines/public":
            local = ask.one("local") in ("true", "1")
            return self._page(self._local if local else self._all, ask)
        if path == "/api/v2/search":
            return self._search(ask)
        if path in ("/api/v2/instance", "/api/v1/instance"):
            return Reply.json(200, self._instance(ask.now))
        return _missing()

    def _account(self, account: Account | None, ask: Ask) -> Reply:
        if account is None:
            return _missing()
        return Reply(200, self._person(account, ask.now))

    def _statuses(self, account: Account, ask: Ask) -> Reply:
        skip = ask.one("exclude_replies") in ("true", "1")
        name = f"{account.native}{skip}"
        if name not in self._shelves:
            written = () if account.private else account.posts
            kept = (post for post in written if not (skip and post.parent))
            self._shelves[name] = Shelf(kept, _id)
        return self._page(self._shelves[name], ask)

    def _several(self, ask: Ask) -> Reply:
        ids = ask.query.get("id", [])
        if len(ids) > LIMIT:
            return Reply.json(422, {"error": f"At most {LIMIT} statuses"})
        posts = [self._posts[id] for id in dict.fromkeys(ids) if id in self._posts]
        shown = (self._status(post, ask.now) for post in posts if post.visible(ask.now))
        return Reply(200, b"[" + b",".join(shown) + b"]")

    def _tag(self, tag: str, ask: Ask) -> Reply:
        names = {fold(tag), *(fold(other) for other in ask.query.get("any", ()))}
        if len(names) == 1:
            shelf = self._tags.get(fold(tag)) or Shelf((), _id)
        else:
            many = {post for name in names if name in self._tags for post in self._tags[name].posts}
            shelf = Shelf(many, _id)
        return self._page(shelf, ask)

    def _page(self, shelf: Shelf, ask: Ask) -> Reply:
        limit = ask.number("limit", LIMIT, MOST)
        since = int(ask.one("since_id", "0") or 0)
        least, most = ask.one("min_id"), ask.one("max_id")
        if least and not most:
            posts = []
            for post in shelf.oldest(ask.now, int(least)):
                posts.append(post)
                if len(posts) == limit:
                    break
            posts.reverse()
        else:
            posts = []
            for post in shelf.newest(ask.now, int(most) if most else None):
                if _id(post) <= max(since, int(least or 0)) or len(posts) == limit:
                    break
                posts.append(post)
        body = b"[" + b",".join(self._status(post, ask.now) for post in posts) + b"]"
        headers = {}
        if posts:
            kept = {
                name: values[0]
                for name, values in ask.query.items()
                if name not in ("max_id", "min_id", "since_id")
            }
            links = []
            if len(posts) == limit:
                links.append(("next", {**kept, "max_id": posts[-1].native}))
            links.append(("prev", {**kept, "min_id": posts[0].native}))
            headers["link"] = ", ".join(
                f'<{ask.url}?{urlencode(asked)}>; rel="{name}"' for name, asked in links
            )
        return Reply(200, body, JSON, headers)

    def _context(self, post: Post, now: int) -> Reply:
        above: list[Post] = []
        parent = post.parent
        while parent is not None:
            if parent.visible(now):
                above.insert(0, parent)
            parent = parent.parent
        below: list[Post] = []
        waiting = list(reversed(post.replies))
        while waiting:
            reply = waiting.pop()
            if reply.visible(now):
                below.append(reply)
                waiting.extend(reversed(reply.replies))
        parts = [
            b'{"ancestors":[', b",".join(self._status(one, now) for one in above),
            b'],"descendants":[', b",".join(self._status(one, now) for one in below), b"]}",
        ]  # fmt: skip
        return Reply(200, b"".join(parts))

    def _search(self, ask: Ask) -> Reply:
        query = ask.one("q")
        wanted = ask.one("type")
        limit = ask.number("limit", LIMIT, MOST)
        statuses: list[bytes] = []
        accounts: list[bytes] = []
        if wanted in ("", "statuses"):
            most = ask.one("max_id")
            shelf = self._words.search(query)
            for post in shelf.newest(ask.now, int(most) if most else None):
                if len(statuses) == limit:
                    break
                statuses.append(self._status(post, ask.now))
        if wanted in ("", "accounts"):
            folded = fold(query).lstrip("@")
            accounts = [
                self._person(one, ask.now)
                for one in self._accounts.values()
                if folded and folded in fold(f"{one.handle} {one.name}")
            ][:limit]
        body = (
            b'{"accounts":[' + b",".join(accounts) + b'],"statuses":[' + b",".join(statuses)
            + b'],"hashtags":[],"collections":[]}'
        )  # fmt: skip
        return Reply(200, body)

    # Entities

    def _status(self, post: Post, now: int) -> bytes:
        if post.edited_at(now) is not None:
            still = orjson.dumps(self._still(post, now))[:-1]
        else:
            if post.static is None:
                post.static = orjson.dumps(self._still(post, now))[:-1]
            still = post.static
        likes, shares, quotes, _, replies = post.counts(now)
        return b"".join(
            (
                still,
                b',"replies_count":%d,"reblogs_count":%d,"favourites_count":%d,"quotes_count":%d,'
                b'"account":' % (replies, shares, likes, quotes),
                self._person(post.account, now),
                b"}",
            )
        )

    def _still(self, post: Post, now: int) -> dict[str, Any]:
        account, edited = post.account, post.edited_at(now)
        mentions = [
            {
                "id": one.native,
                "username": one.handle,
                "acct": handle_of(one),
                "url": f"https://{one.home}/@{one.handle}",
            }
            for one in post.mentions
        ]
        return {
            "id": post.native,
            "created_at": iso(post.at),
            "in_reply_to_id": post.parent.native if post.parent else None,
            "in_reply_to_account_id": post.parent.account.native if post.parent else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": post.lang,
            "uri": post.uri,
            "url": f"https://{account.home}/@{account.handle}/{post.native}",
            "edited_at": iso(edited) if edited else None,
            "content": markup(post, post.text_at(now)),
            "reblog": None,
            "application": None,
            "media_attachments": [attachment(post)] if post.media else [],
            "mentions": mentions,
            "tags": [
                {"name": tag.lower(), "url": tag_address(tag)} for tag in dict.fromkeys(post.tags)
            ],
            "emojis": [],
            "quote": None,
            "card": None,
            "poll": None,
            "quote_approval": {"automatic": ["public"], "manual": [], "current_user": "denied"},
        }

    def _person(self, account: Account, now: int) -> bytes:
        key = (account.native, now)
        if key not in self._shown:
            if len(self._shown) > 20_000:
                self._shown.clear()
            self._shown[key] = orjson.dumps(self._profile(account, now))
        return self._shown[key]

    def _profile(self, account: Account, now: int) -> dict[str, Any]:
        start = self._start
        day = (now - start) / 86_400_000
        written = [post for post in account.posts if post.visible(now) and not account.private]
        avatar = f"https://{account.home}/avatars/original/missing.png"
        header = f"https://{account.home}/headers/original/missing.png"
        return {
            "id": account.native,
            "username": account.handle,
            "acct": handle_of(account),
            "display_name": account.name,
            "locked": account.private,
            "bot": account.bot,
            "discoverable": True,
            "indexable": True,
            "group": False,
            "created_at": iso(start - account.created * 86_400_000)[:10] + "T00:00:00.000Z",
            "note": f"<p>{escape(account.bio)}</p>" if account.bio else "",
            "url": f"https://{account.home}/@{account.handle}",
            "uri": f"https://{account.home}/users/{account.handle}",
            "avatar": avatar,
            "avatar_static": avatar,
            "avatar_description": "",
            "header": header,
            "header_static": header,
            "header_description": "",
            "followers_count": account.followers_on(min(day, DAYS)),
            "following_count": account.following,
            "statuses_count": account.written + len(written),
            "last_status_at": iso(written[-1].at)[:10] if written else None,
            "hide_collections": None,
            "noindex": False,
            "emojis": [],
            "roles": [],
            "fields": [],
        }

    def _instance(self, now: int) -> dict[str, Any]:
        return {
            "domain": INSTANCE,
            "title": "Pignon",
            "version": "4.5.2",
            "source_url": "https://github.com/mastodon/mastodon",
            "description": "Un serveur pour parler vélo et du reste.",
            "usage": {"users": {"active_month": len(self._accounts)}},
            "languages": ["fr"],
            "rules": [],
        }


def _missing() -> Reply:
    return Reply.json(404, {"error": "Record not found"})
