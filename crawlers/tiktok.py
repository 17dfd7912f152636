"""TikTok: own accounts by the Display API; others and searches by the Research API, where approved.

Collected: the account that the token is of, with its counts (`user_info`) and its videos
(`video_list`); its recent videos again, 20 at a time (`video_query`): what is not answered is gone.
Competitors and searches make no target, since TikTok shows them to nobody but non-profit research.
With `platforms.tiktok.research_use = true`, which declares such an approved use, the token is the
research client's, and every account (`research_user_info`), search and refresh is read by
`research_video_query`: by user name, keyword, hashtag or id, at most 30 days a query.

Terms: commercial use of the Research API is refused; its data must be read again, and what is gone
there be dropped. Missing: reach, who comments, language; a field without a value is left out.
Quota: Display 600 calls a minute; Research 1,000 calls and 100,000 videos a day (UTC).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crawlers import paging
from crawlers.clips import Clips
from crawlers.fields import decoded, mapping, moment, ok, read_by
from crawlers.research import (
    HEADERS,
    MANY,
    WINDOW,
    clips,
    further,
    named,
    onward,
    post,
    query,
    stale,
    wanted,
    window_of,
)
from crawlers.words import searches
from vigie.budgets import Limit, Price
from vigie.health import detail, token_fault
from vigie.records import Post
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

HOST = "https://open.tiktokapis.com"
RESEARCH = "tiktok research"  # the bucket
PAGE = 20  # videos of a page, that one call asks for
PERSON = (
    "display_name,bio_description,is_verified,follower_count,following_count,likes_count,"
    "video_count"
)
USER = f"open_id,username,{PERSON}"
VIDEO = (
    "id,create_time,title,video_description,share_url,duration,width,height,like_count,"
    "comment_count,share_count,view_count"
)


class TikTok:
    name = "tiktok"
    title = "TikTok"
    endpoints = (
        "user_info", "video_list", "video_query", "research_user_info", "research_video_query",
    )  # fmt: skip
    requires = ("TIKTOK_TOKEN",)
    mapper_version = "1"
    ids = re.compile(r"\d{6,20}")
    rate = 5.0  # calls a second
    scope = "endpoint"
    api_version = "v2"
    reads_many = True
    batch = PAGE
    dated = True  # `start` is told the time
    limits: Mapping[str, Limit] = {RESEARCH: Limit(calls=1_000, units=100_000)}
    expects: Mapping[str, tuple[int, ...]] = {"research_video_query": (400,)}  # see `healthy`
    lists = frozenset({"video_list"})

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host = (settings.url or HOST).rstrip("/")
        research = settings.research_use
        options = {"since_days": settings.since_days, "research": research}
        found = [
            Target(self.name, "account", account.lstrip("@"), brand.id, None, host, options)
            for brand in watchlist.brands
            for account in brand.accounts.get(self.name, ())
            if research or brand.role == "own"
        ]
        if research and settings.searches:
            found += [
                Target(self.name, "search", one.words, None, one.topic, host, options)
                for one in searches(watchlist)
            ]
        return list({target.key: target for target in found}.values())

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host = (settings.url or HOST).rstrip("/")
        own = {
            account.lstrip("@").casefold()
            for brand in watchlist.own
            for account in brand.accounts.get(self.name, ())
        }
        asked = [
            (post.native_id, post.author.handle, post.published_at.date().isoformat())
            for post in posts
            if post.kind == "video"
            and (settings.research_use or (post.author.handle or "").casefold() in own)
        ]
        options = {"asked": sorted(asked, key=lambda one: one[2]),
                   "research": settings.research_use}  # fmt: skip
        return [Target(self.name, "refresh", "posts", host=host, options=options)] if asked else []

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        host = target.host or HOST
        if target.kind == "refresh":
            yield from _again(target, host)
        elif not target.options.get("research"):
            meta = {"handle": target.value, "host": host,
                    "since_days": target.options.get("since_days", 30)}  # fmt: skip
            path = f"/v2/user/info/?{query({'fields': USER})}"
            yield Call("user_info", f"{host}{path}", headers=HEADERS, meta=meta)
        else:
            if target.kind == "account":
                path = f"/v2/research/user/info/?{query({'fields': PERSON})}"
                yield post("research_user_info", f"{host}{path}", {"username": target.value},
                            {"handle": target.value})  # fmt: skip
            yield clips(host, wanted(target), window_of(target, cursor))

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        host, meta = target.host or HOST, answer.meta
        if answer.status == 400 and stale(answer):
            window = {name: told for name, told in meta["window"].items() if name != "search_id"}
            yield clips(host, wanted(target), window)
        if not ok(answer):
            return
        with mapping(answer):
            data = decoded(answer)["data"]
            if answer.endpoint == "user_info":
                user = data["user"]
                shown = {"name": user.get("display_name"), "followers": user.get("follower_count"),
                         "handle": user.get("username") or meta["handle"]}  # fmt: skip
                path = f"/v2/video/list/?{query({'fields': VIDEO})}"
                walk = paging.walk("video_list", host, path, cursor, {**meta, **shown})
                yield from map(_listing, walk)
            elif answer.endpoint == "video_list":
                yield from map(_listing, paging.following(answer, host, _page(answer, host)))
            elif answer.endpoint == "research_video_query":
                yield from further(answer, data, target, host)

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        with mapping(answer):
            if answer.endpoint == "video_list":
                return paging.advanced(answer, cursor, _page(answer, answer.meta["host"]))
            if answer.endpoint == "research_video_query" and "window" in answer.meta:
                window = answer.meta["window"]
                on = onward(decoded(answer)["data"], window)
                return {"part": on} if on else {"day": window["today"]}
        return cursor

    def map(self, answer: Answer) -> Mapped:
        return read_by(Clips, answer, self.mapper_version)

    def price(self, call: Call) -> Sequence[Price]:
        """Of the Research API, as many videos as a page may hold."""
        if not call.endpoint.startswith("research_"):
            return [Price(self.name)]
        return [Price(RESEARCH, units=MANY if call.endpoint == "research_video_query" else 0)]

    def cost(self, answer: Answer) -> Sequence[Price]:
        """Of the Research API, the videos that it gave."""
        if not answer.endpoint.startswith("research_"):
            return [Price(self.name)]
        try:
            videos = answer.json()["data"].get("videos", ())
        except (ValueError, KeyError, TypeError, AttributeError):  # told as a fault elsewhere
            videos = ()
        return [Price(RESEARCH, units=len(videos))]

    def healthy(self, answer: Answer) -> str | None:
        """A body whose error has the code `ok`, and of the account that was meant."""
        if stale(answer):
            return None  # `next` asks again
        return self._fault(answer) or ("HTTP 400" if answer.status == 400 else None)

    def _fault(self, answer: Answer) -> str | None:
        try:
            body = answer.json()
        except ValueError:
            return None
        error = body.get("error") if isinstance(body, dict) else None
        if not isinstance(error, dict):
            return None
        code, told = str(error.get("code", "ok")), detail(str(error.get("message", "")))
        if code in ("ok", "0"):
            data = body.get("data")
            user = data.get("user") if isinstance(data, dict) else None
            other = (user or {}).get("username")
            meant = answer.meta.get("handle", other)
            if other and answer.endpoint == "user_info" and other.casefold() != meant.casefold():
                return f"approval missing: the token is of @{other}, not of @{meant}"
            return None
        if answer.status in (429, 500, 502, 503):
            return None
        if answer.endpoint == "research_user_info" and code in ("invalid_params", "not_found"):
            return f"{'private' if 'private' in told.lower() else 'unknown'} account: {told}"
        fault = token_fault(told) or _FAULTS.get(code)
        if fault:
            return f"{fault}: {code}: {told}"
        return f"error in a 200: {code}: {told}" if answer.status < 300 else None


_FAULTS = {
    "access_token_invalid": "token lapsed",
    "access_token_expired": "token lapsed",
    "scope_not_authorized": "approval missing",
    "scope_permission_missed": "approval missing",
    "client_not_authorized": "approval missing",
    "invalid_params": "HTTP 400",
}


# Display: paging counts in addresses; `cursor` stands in the body, where TikTok wants it.


def _listing(call: Call) -> Call:
    split = urlsplit(call.url)
    asked = dict(parse_qsl(split.query))
    at = {"cursor": int(asked.pop("cursor"))} if "cursor" in asked else {}
    url = split._replace(query=query(asked)).geturl()
    return post(call.endpoint, url, {"max_count": PAGE, **at}, {**call.meta, **at})


def _page(answer: Answer, host: str) -> paging.Page:
    return answer.once(f"page of {host}", lambda: _read_page(answer, host))


def _read_page(answer: Answer, host: str) -> paging.Page:
    data = decoded(answer)["data"]
    times = [moment(video["create_time"]) for video in data["videos"]]
    further = data.get("has_more") and data.get("cursor") is not None
    return paging.page(
        times, paging.onward(answer, host, cursor=data["cursor"]) if further else None
    )


def _again(target: Target, host: str) -> Iterator[Call]:
    """Videos by their ids: many at a time, and of the Research API those of 30 days."""
    asked, research = list(target.options["asked"]), target.options.get("research")
    while asked:
        last = (date.fromisoformat(asked[0][2]) + WINDOW).isoformat()
        several = [
            one for one in asked[: MANY if research else PAGE] if not research or one[2] <= last
        ]
        asked = asked[len(several) :]
        ids = [id for id, _, _ in several]
        meta: dict[str, Any] = {
            "asked": {id: id for id in ids},
            "authors": {id: who for id, who, _ in several},
        }
        if research:
            days = {"start": several[0][2], "end": several[-1][2]}
            yield clips(host, named(ids), days, {**meta, "days": days})
        else:
            path = f"/v2/video/query/?{query({'fields': VIDEO})}"
            yield post("video_query", f"{host}{path}", {"filters": {"video_ids": ids}}, meta)


CRAWLER = TikTok()
