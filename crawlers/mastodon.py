"""Mastodon and servers that speak its API: accounts, hashtags, public timelines, answers.

Collected: an account with its counts (`accounts_lookup`) and what it publishes and boosts
(`account_statuses`), read at its own server; answers under its young posts (`status_context`); the
hashtags of the watchlist (`timelines_tag`) and the local public timeline (`timelines_public`) of
the servers that the watchlist lists; words (`search`) only where `search_url` names a server that
lets them be searched; recent posts again, many at a time (`statuses`, from 4.3 on; what is not
answered is gone) or one by one (`status`; 404 means deleted).

Terms: each server's own rules; ask before reading a server broadly. Followers-only and direct posts
are never kept, even if a token shows them. Missing: views; counts are those known to the asked
server, quotes from 4.5 on.
Quota: 300 calls in 5 minutes, told in X-RateLimit headers with an ISO time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from crawlers import backlog, paging
from crawlers.fields import decoded, mapping, moment, ok, source
from crawlers.toots import Toots
from crawlers.words import searches, tags
from vigie.records import Post, Tombstone
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Platform, Watchlist

HOST = "https://mastodon.social"
LIMIT = 40
TOKEN = {"Authorization": "Bearer ${MASTODON_TOKEN}"}  # the framework fills it in, or leaves it out
MANY = 20  # statuses that one call asks for
LISTS = ("account_statuses", "timelines_tag", "timelines_public", "search")


class Mastodon:
    name = "mastodon"
    title = "Mastodon"
    endpoints = ("accounts_lookup", *LISTS, "status_context", "statuses", "status")
    requires: tuple[str, ...] = ()
    mapper_version = "1"
    rate = 1.0  # calls a second
    # Servers older than 4.3, and others' software, know no call for many statuses.
    expects: Mapping[str, tuple[int, ...]] = {
        "statuses": (400, 404, 405, 422), "status_context": (404, 410),
    }  # fmt: skip
    settles = frozenset({"status_context"})
    least: Mapping[str, int] = {"accounts_lookup": 1}
    lists = frozenset({"account_statuses"})
    keys = ("MASTODON_TOKEN",)  # of the server that platforms.mastodon.url names

    def healthy(self, answer: Answer) -> str | None:
        """An account that is only for its followers is known, and shows nothing."""
        hidden = answer.endpoint == "account_statuses" and answer.meta.get("locked")
        return "private account" if hidden and answer.body.strip() == b"[]" else None

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        options = {"since_days": settings.since_days}
        found = []
        for brand in watchlist.brands:
            for account in brand.accounts.get(self.name, ()):
                handle = account.lstrip("@")
                host = settings.url or f"https://{handle.partition('@')[2]}"
                found.append(self._target("account", handle, host, options, brand=brand.id))
        servers = settings.servers or ((settings.url,) if settings.url else (HOST,))
        for server in servers if settings.searches else ():
            found += [
                self._target("tag", search.words, server, options, topic=search.topic)
                for search in tags(watchlist)
            ]
        found += [self._target("public", "local", server, options) for server in settings.servers]
        if settings.searches and (place := settings.search_url):
            found += [
                self._target("search", search.words, place, options, topic=search.topic)
                for search in searches(watchlist)
                if not search.is_tag
            ]
        return [_placed(target, settings) for target in found]

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        main = (settings.url or HOST).rstrip("/")
        by_host: dict[str, dict[str, str]] = {}
        for post in posts:
            if post.source.ref:
                address = urljoin(f"{main}/", post.source.ref.removeprefix("/"))
                host, _, path = address.partition("/api/v1/")
                by_host.setdefault(host, {})[post.native_id] = f"/api/v1/{path}"
        return [
            _placed(self._target("refresh", "posts", host, {"paths": paths}), settings)
            for host, paths in by_host.items()
        ]

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        host = target.host or HOST
        server = target.options.get("server", "")
        for call in self._calls(target, host, cursor, server):
            yield _signed(call, server)

    def _calls(
        self, target: Target, host: str, cursor: Mapping[str, Any], server: str
    ) -> Iterator[Call]:
        meta = {"since_days": target.options.get("since_days", 30), "server": server}
        if target.kind == "refresh":
            paths = list(target.options["paths"].items())
            for first in range(0, len(paths), MANY):
                asked = {_id_in(path): native for native, path in paths[first : first + MANY]}
                query = urlencode([("id[]", id) for id in asked])
                meta = {"server": server, "asked": asked}
                yield Call("statuses", f"{host}/api/v1/statuses?{query}", meta=meta)
        elif target.kind == "account":
            name, _, home = target.value.partition("@")
            acct = name if home == urlsplit(host).netloc else target.value
            path = f"/api/v1/accounts/lookup?{urlencode({'acct': acct})}"
            yield Call("accounts_lookup", f"{host}{path}", meta=meta)
            yield from _contexts(host, server, backlog.owed(cursor, "threads"))
        elif target.kind == "tag":
            path = f"/api/v1/timelines/tag/{quote(target.value.partition('@')[0])}?limit={LIMIT}"
            yield from paging.walk("timelines_tag", host, path, cursor, meta)
        elif target.kind == "public":
            path = f"/api/v1/timelines/public?local=true&limit={LIMIT}"
            yield from paging.walk("timelines_public", host, path, cursor, meta)
        else:
            asked = {"q": target.value.partition("@")[0], "type": "statuses", "limit": LIMIT}
            path = f"/api/v2/search?{urlencode(asked)}"
            yield from paging.walk("search", host, path, cursor, meta)

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if answer.endpoint == "statuses" and not _told_of(answer):
            host, server = target.host or HOST, target.options.get("server", "")
            for id, native in answer.meta["asked"].items():
                meta = {"server": server, "native_id": native}
                yield _signed(Call("status", f"{host}/api/v1/statuses/{id}", meta=meta), server)
        if not ok(answer):
            return
        with mapping(answer):
            for call in self._following(answer, target, cursor):
                yield _signed(call, target.options.get("server", ""))

    def _following(
        self, answer: Answer, target: Target, cursor: Mapping[str, Any]
    ) -> Iterator[Call]:
        host = target.host or HOST
        if answer.endpoint == "accounts_lookup":
            account = decoded(answer)
            meta = {**answer.meta, "locked": True} if account.get("locked") else answer.meta
            path = f"/api/v1/accounts/{account['id']}/statuses?limit={LIMIT}"
            yield from paging.walk("account_statuses", host, path, cursor, meta)
        elif answer.endpoint in LISTS:
            yield from paging.following(answer, host, _page(answer, host))
            if target.kind == "account":
                yield from _contexts(host, answer.meta.get("server", ""), _due(answer, cursor))

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        if answer.endpoint == "status_context":
            return backlog.thread_read(cursor, answer.meta["id"], answer.meta["answers"])
        if not ok(answer):
            return cursor
        if answer.endpoint in LISTS:
            with mapping(answer):
                page = _page(answer, answer.request_url.partition("/api/")[0])
                moved = paging.advanced(answer, cursor, page)
                if answer.endpoint == "account_statuses":
                    moved = backlog.owing(moved, "threads", _due(answer, cursor))
                return moved
        return cursor

    def map(self, answer: Answer) -> Mapped:
        if answer.status >= 400:
            asked = answer.meta.get("native_id") or answer.meta.get("uri")
            if answer.status not in (404, 410) or not asked:
                return Mapped()
            return Mapped(tombstones=[_gone(asked, answer)])
        if not ok(answer):
            return Mapped()
        body = decoded(answer)
        with mapping(answer):
            toots = Toots(answer, source(answer, self.mapper_version))
            toots.read(body)
            if answer.endpoint == "statuses" and (told := _told_of(answer)):
                asked = answer.meta["asked"].items()
                toots.mapped.tombstones += [
                    _gone(native, answer) for id, native in asked if id not in told
                ]
            return toots.mapped

    def _target(
        self,
        kind: str,
        value: str,
        host: str,
        options: Mapping[str, Any],
        brand: str | None = None,
        topic: str | None = None,
    ) -> Target:
        return Target(self.name, kind, value, brand, topic, host.rstrip("/"), options)


def _placed(target: Target, settings: Platform) -> Target:
    """A target that says which server it is at, where that is not `platforms.mastodon.url`: ids are
    each server's own."""
    if target.host == (settings.url or "").rstrip("/"):
        return replace(target, options={**target.options, "server": ""})
    value = target.value
    if target.kind != "account":
        value = f"{value}@{urlsplit(target.host or '').netloc}"
    return replace(target, value=value, options={**target.options, "server": target.host})


def _signed(call: Call, server: str) -> Call:
    """The call with the token, where it goes to the server that the token is for."""
    return call if server else replace(call, headers=TOKEN)


def _page(answer: Answer, host: str) -> paging.Page:
    return answer.once(f"page of {host}", lambda: _read_page(answer, host))


def _read_page(answer: Answer, host: str) -> paging.Page:
    body = decoded(answer)
    statuses = body["statuses"] if isinstance(body, dict) else body
    times = [moment(status["created_at"]) for status in statuses]
    following = paging.link_next(answer, host)
    if following is None and len(statuses) >= LIMIT and "link" not in answer.headers:
        following = paging.onward(answer, host, max_id=statuses[-1]["id"])
    return paging.page(times, following)


def _due(answer: Answer, cursor: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of an account's page the posts with answers to read, and what these calls have to know."""
    own = {status["id"]: status for status in decoded(answer) if not status.get("reblog")}
    asked = ((id, s.get("replies_count"), s["created_at"]) for id, s in own.items())
    return {
        id: {
            "answers": answers,
            "uri": own[id]["uri"],
            "root": own[id]["uri"] if own[id].get("in_reply_to_id") is None else None,
        }
        for id, answers in backlog.threads(answer, cursor, asked).items()
    }


def _contexts(host: str, server: str, due: Mapping[str, Mapping[str, Any]]) -> Iterator[Call]:
    """Calls for the answers under posts."""
    for id, told in due.items():
        meta = {"id": id, **told, "server": server}
        yield Call("status_context", f"{host}/api/v1/statuses/{id}/context", meta=meta)


CRAWLER = Mastodon()


def _id_in(path: str) -> str:
    """The server's own id of a status in `/api/v1/statuses/ID`."""
    return path.rstrip("/").rpartition("/")[2]


def _told_of(answer: Answer) -> set[str]:
    """Ids of the statuses that an answer for many holds. None: the server does not know the call,
    or answers something else, or all are gone; they are asked for one by one then."""
    if not ok(answer):
        return set()
    with mapping(answer):
        told = {str(status["id"]) for status in decoded(answer)}
    return told if told <= set(answer.meta["asked"]) else set()


def _gone(native: str, answer: Answer) -> Tombstone:
    return Tombstone(id=f"mastodon:{native}", entity_kind="post", noticed_at=answer.collected_at)
