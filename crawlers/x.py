"""X (API v2): what brands publish, what is said to own brands, searches, counts of a topic's posts.

Collected: an account by its handle (`users_by`) and its posts, replies, quotes and reposts
(`users_tweets`); what mentions own brands (`users_mentions`); the last seven days of brand names
and topics without reposts (`search_recent`), with how many there were a day (`counts_recent`, once
a day: it stays in the cursor as `volume`, which tells what a search will cost, and makes no
record); recent posts again, 100 at a time (`tweets`): what is not found is gone, what may not be
shown is withheld, of edited ones the newest version is read.

Terms: a developer account with credits; no free tier for newcomers. Stored posts must follow
deletions and edits; full posts must not be redistributed. Missing: reach, link clicks of others,
history of followers; views of posts older than December 2022.
Quota: per 15 minutes and endpoint, told in x-rate-limit headers. Money, as told in 2026: 0.005 USD
for a post, 0.010 for a user, 0.001 for a post of the account that owns the key
(`platforms.x.own_id`, its handle), 0.005 for a count; each once a day, which is not known here, so
that less is charged than counted. What comes along in `includes` is taken as free.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from crawlers import paging
from crawlers.fields import decoded, mapping, moment, ok, read_by
from crawlers.tweets import Tweets, fault, id_at, minted
from crawlers.words import searches
from vigie.budgets import Price
from vigie.records import Post
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

HOST = "https://api.x.com"
TOKEN = {"Authorization": "Bearer ${X_TOKEN}"}
MANY = 100  # posts of a page, and that one call asks for
USD_POST, USD_OWN_POST, USD_USER, USD_COUNT = 0.005, 0.001, 0.010, 0.005
RECENT = timedelta(days=7)
USER_FIELDS = "created_at,description,location,protected,public_metrics,url,verified"
FIELDS = {
    "tweet.fields": "article,attachments,author_id,conversation_id,created_at,"
    "edit_history_tweet_ids,entities,lang,note_tweet,possibly_sensitive,public_metrics,"
    "referenced_tweets",
    "expansions": "author_id,referenced_tweets.id,referenced_tweets.id.author_id,"
    "attachments.media_keys",
    "user.fields": USER_FIELDS,
    "media.fields": "alt_text,duration_ms,height,preview_image_url,type,url,width",
}
LISTS = ("users_tweets", "users_mentions", "search_recent")


class X:
    name = "x"
    title = "X"
    endpoints = ("users_by", *LISTS, "counts_recent", "tweets")
    requires = ("X_TOKEN",)
    mapper_version = "1"
    ids = re.compile(r"\d{1,19}")
    rate = 1.0  # calls a second
    scope = "endpoint"
    api_version = "2"
    reads_many = True
    batch = MANY
    expects: Mapping[str, tuple[int, ...]] = dict.fromkeys(LISTS, (400,))  # see `healthy`

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host = (settings.url or HOST).rstrip("/")
        mine = (settings.own_id or "").lstrip("@").casefold()
        found = []
        for brand in watchlist.brands:
            for account in brand.accounts.get(self.name, ()):
                handle = account.lstrip("@")
                options = {"since_days": settings.since_days, "own": handle.casefold() == mine}
                found.append(Target(self.name, "account", handle, brand.id, host=host,
                                    options=options))  # fmt: skip
                if brand.role == "own":
                    found.append(Target(self.name, "mentions", handle, host=host,
                                        options={**options, "own": False}))  # fmt: skip
        if settings.searches and watchlist.speaks_of(self.name):  # it is not free
            options = {"since_days": settings.since_days}
            found += [
                Target(self.name, "search", one.words, None, one.topic, host, options)
                for one in searches(watchlist)
            ]
        return list({target.key: target for target in found}.values())

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        host = (watchlist.platform(self.name).url or HOST).rstrip("/")
        asked = {post.source.ref or post.native_id: post.native_id for post in posts}
        options = {"asked": asked}
        return [Target(self.name, "refresh", "posts", host=host, options=options)] if posts else []

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        host = target.host or HOST
        meta = {"host": host, "since_days": target.options.get("since_days", 30)}
        if target.options.get("own"):
            meta["own"] = True
        if target.kind == "refresh":
            asked = list(target.options["asked"].items())
            for first in range(0, len(asked), MANY):
                yield _lookup(host, dict(asked[first : first + MANY]))
        elif target.kind == "search":
            words = f'"{target.value}"' if " " in target.value else target.value
            path = _search(f"{words} -is:retweet", cursor)
            known = {**cursor, "gaps": _readable(cursor)}
            yield from _signed(paging.walk("search_recent", host, path, known, meta))
        elif id := cursor.get("id"):
            yield from _signed(paging.walk(*_list(target, id, host, cursor), cursor, meta))
        else:
            yield _profile(host, target.value, meta)

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        host = target.host or HOST
        if answer.status == 400 and _too_old(answer) and "walk" not in answer.meta:
            yield _again(answer, host)
        if not ok(answer):
            return
        with mapping(answer):
            body, meta = decoded(answer), answer.meta
            if answer.endpoint == "users_by" and "known" not in meta:
                for user in body.get("data", ()):
                    arguments = _list(target, user["id"], host, {}, _floor(answer))
                    yield from _signed(paging.walk(*arguments, {}, meta))
            elif answer.endpoint in LISTS:
                yield from _signed(paging.following(answer, host, _page(answer, host)))
                if "walk" not in meta and cursor.get("day") != _day(answer):
                    yield from self._daily(answer, target, body, cursor)
            elif answer.endpoint == "tweets" and "again" not in meta:
                newer = {
                    str(history[-1]): Tweets.native(post)
                    for post in body.get("data", ())
                    if (history := post.get("edit_history_tweet_ids"))
                    and str(history[-1]) not in meta["asked"]
                }
                if newer:
                    yield _lookup(host, newer, again=True)

    def _daily(
        self, answer: Answer, target: Target, body: Any, cursor: Mapping[str, Any]
    ) -> Iterator[Call]:
        """Once a day: how many posts a search would find, and an account's figures, where no post
        of today brought them along."""
        host = target.host or HOST
        if target.kind == "search":
            asked = {"query": dict(parse_qsl(urlsplit(answer.request_url).query))["query"]}
            path = f"/2/tweets/counts/recent?{_query({**asked, 'granularity': 'day'})}"
            yield Call("counts_recent", f"{host}{path}", headers=TOKEN)
        elif target.kind == "account" and "id" in cursor and not _shown(body, cursor["id"]):
            yield _profile(host, target.value, {"known": True})

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        with mapping(answer):
            body = decoded(answer)
            if answer.endpoint == "users_by" and body.get("data"):
                return {**cursor, "id": str(body["data"][0]["id"]), "day": _day(answer)}
            if answer.endpoint == "counts_recent":
                days = [one["tweet_count"] for one in body["data"][:-1]]  # the last is not over
                volume = sum(days) / len(days) if days else None
                return {**cursor, "volume": volume, "day": _day(answer)}
            if answer.endpoint in LISTS:
                moved = paging.advanced(answer, cursor, _page(answer, answer.meta["host"]))
                # What is dated ahead of us would hide what comes until then.
                made = [post["id"] for post in body.get("data", ())]
                ids = [int(id) for id in made if minted(id) <= answer.collected_at]
                now = id_at(answer.collected_at)
                # Ids tell times: one of the future, by a clock that is ahead, would hide the next.
                newest = max([int(cursor.get("since_id") or 0), *(min(id, now) for id in ids)])
                day = {"day": _day(answer)} if _shown(body, cursor.get("id")) else {}
                return {**moved, **({"since_id": str(newest)} if newest else {}), **day}
        return cursor

    def map(self, answer: Answer) -> Mapped:
        return read_by(Tweets, answer, self.mapper_version)

    def price(self, call: Call) -> Sequence[Price]:
        """What a call may cost at most: as many posts as it asks for."""
        asked = dict(parse_qsl(urlsplit(call.url).query))
        many = asked.get("ids", asked.get("usernames", "")).count(",") + 1
        return [_price(call.endpoint, call.meta, int(asked.get("max_results", many)))]

    def cost(self, answer: Answer) -> Sequence[Price]:
        """What an answer has cost: the posts and users that it holds."""
        try:
            given = len(answer.json().get("data", ())) if ok(answer) else 0
        except (ValueError, TypeError, AttributeError):  # told as a fault elsewhere
            given = 0
        return [_price(answer.endpoint, answer.meta, given)]

    def healthy(self, answer: Answer) -> str | None:
        """A body of data, or of errors that name posts that are gone."""
        if answer.status == 400 and _too_old(answer):
            return None  # `next` asks again
        return fault(answer) or ("HTTP 400" if answer.status == 400 else None)


def _price(endpoint: str, meta: Mapping[str, Any], many: int) -> Price:
    if endpoint == "counts_recent":
        return Price("x", money=USD_COUNT)
    if endpoint == "users_by":
        return Price("x", money=USD_USER * many)
    return Price("x", units=many, money=many * (USD_OWN_POST if meta.get("own") else USD_POST))


def _query(asked: Mapping[str, Any]) -> str:
    return urlencode(asked, quote_via=quote, safe=",:")


def _signed(calls: Iterable[Call]) -> Iterator[Call]:
    return (replace(call, headers=TOKEN) for call in calls)


def _lookup(host: str, asked: Mapping[str, str], *, again: bool = False) -> Call:
    meta: dict[str, Any] = {"asked": asked, **({"again": True} if again else {})}
    path = f"/2/tweets?{_query({'ids': ','.join(asked), **FIELDS})}"
    return Call("tweets", f"{host}{path}", headers=TOKEN, meta=meta)


def _profile(host: str, handle: str, meta: Mapping[str, Any]) -> Call:
    path = f"/2/users/by?{_query({'usernames': handle, 'user.fields': USER_FIELDS})}"
    return Call("users_by", f"{host}{path}", headers=TOKEN, meta=meta)


def _list(
    target: Target, id: str, host: str, cursor: Mapping[str, Any], floor: str | None = None
) -> tuple[str, str, str]:
    """Endpoint, host and path of an account's posts, or of what mentions it."""
    what = "mentions" if target.kind == "mentions" else "tweets"
    bound = {"start_time": floor} if floor else {}
    path = f"/2/users/{id}/{what}?{_query({**_since(cursor), **bound, **FIELDS})}"
    return f"users_{what}", host, path


def _search(words: str, cursor: Mapping[str, Any]) -> str:
    return f"/2/tweets/search/recent?{_query({'query': words, **_since(cursor), **FIELDS})}"


def _since(cursor: Mapping[str, Any]) -> dict[str, Any]:
    """Only what is newer than what was read: each post that is answered is paid."""
    newest = cursor.get("since_id")
    return {"max_results": MANY, **({"since_id": newest} if newest else {})}


def _floor(answer: Answer) -> str:
    days = timedelta(days=answer.meta.get("since_days", 30))
    return f"{answer.collected_at - days:%Y-%m-%dT%H:%M:%SZ}"


def _too_old(answer: Answer) -> bool:
    """Whether a list was refused because `since_id` lies further back than it goes."""
    return "since_id=" in answer.request_url and b"since_id" in answer.body


def _again(answer: Answer, host: str) -> Call:
    """The same list from as far back as a search goes, instead of from the newest known post."""
    split = urlsplit(answer.request_url)
    asked = dict(parse_qsl(split.query))
    del asked["since_id"]
    floor = answer.collected_at - RECENT + timedelta(minutes=1)
    query = _query({**asked, "start_time": f"{floor:%Y-%m-%dT%H:%M:%SZ}"})
    path = split.path[len(urlsplit(host).path) :]
    return Call(answer.endpoint, f"{host}{path}?{query}", headers=TOKEN, meta=answer.meta)


def _readable(cursor: Mapping[str, Any]) -> dict[str, Any]:
    """The cut walks of a search that it can still read: it goes back seven days."""
    top = moment(cursor.get("top"))
    gaps: Mapping[str, Any] = cursor.get("gaps", {})
    return {
        name: gap
        for name, gap in gaps.items()
        if not top or (moment(name.partition("|")[0]) or top) > top - RECENT
    }


def _day(answer: Answer) -> str:
    return answer.collected_at.date().isoformat()


def _shown(body: Any, id: object) -> bool:
    users = (body.get("includes") or {}).get("users", ())
    return any(str(user["id"]) == id for user in users)


def _page(answer: Answer, host: str) -> paging.Page:
    return answer.once(f"page of {host}", lambda: _read_page(answer, host))


def _read_page(answer: Answer, host: str) -> paging.Page:
    body = decoded(answer)
    times = [moment(post.get("created_at")) or minted(post["id"]) for post in body.get("data", ())]
    token = (body.get("meta") or {}).get("next_token")
    name = "next_token" if answer.endpoint == "search_recent" else "pagination_token"
    on = paging.onward(answer, host, safe=",:", **{name: token}) if token else None
    return paging.page(times, on)


CRAWLER = X()
