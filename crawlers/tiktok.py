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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import orjson

from crawlers import paging
from crawlers.clips import Clips, identity
from crawlers.fields import decoded, mapping, moment, ok, source
from crawlers.words import searches
from vigie.budgets import Limit, Price
from vigie.clock import MachineClock
from vigie.health import detail, token_fault
from vigie.records import Post
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

HOST = "https://open.tiktokapis.com"
RESEARCH = "tiktok research"  # the bucket
HEADERS = {"Authorization": "Bearer ${TIKTOK_TOKEN}", "Content-Type": "application/json"}
PAGE, MANY = 20, 100  # videos of a page: Display, Research
WINDOW = timedelta(days=30)  # of one query
LATE = timedelta(days=2)  # in which a new video reaches the Research API
PERSON = (
    "display_name,bio_description,is_verified,follower_count,following_count,likes_count,"
    "video_count"
)
USER = f"open_id,username,{PERSON}"
VIDEO = (
    "id,create_time,title,video_description,share_url,duration,width,height,like_count,"
    "comment_count,share_count,view_count"
)
CLIP = (
    "id,create_time,username,region_code,video_description,video_duration,hashtag_names,"
    "like_count,comment_count,share_count,view_count,favorites_count"
)


class TikTok:
    name = "tiktok"
    title = "TikTok"
    endpoints = (
        "user_info", "video_list", "video_query", "research_user_info", "research_video_query",
    )  # fmt: skip
    requires = ("TIKTOK_TOKEN",)
    mapper_version = "1"
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
            path = f"/v2/user/info/?{_query({'fields': USER})}"
            yield Call("user_info", f"{host}{path}", headers=HEADERS, meta=meta)
        else:
            if target.kind == "account":
                path = f"/v2/research/user/info/?{_query({'fields': PERSON})}"
                yield _post("research_user_info", f"{host}{path}", {"username": target.value},
                            {"handle": target.value})  # fmt: skip
            yield _clips(host, _wanted(target), _window(target, cursor))

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        host, meta = target.host or HOST, answer.meta
        if answer.status == 400 and _stale(answer):
            window = {name: told for name, told in meta["window"].items() if name != "search_id"}
            yield _clips(host, _wanted(target), window)
        if not ok(answer):
            return
        with mapping(answer):
            data = decoded(answer)["data"]
            if answer.endpoint == "user_info":
                user = data["user"]
                shown = {"name": user.get("display_name"), "followers": user.get("follower_count"),
                         "handle": user.get("username") or meta["handle"]}  # fmt: skip
                path = f"/v2/video/list/?{_query({'fields': VIDEO})}"
                walk = paging.walk("video_list", host, path, cursor, {**meta, **shown})
                yield from map(_listing, walk)
            elif answer.endpoint == "video_list":
                yield from map(_listing, paging.following(answer, host, _page(answer, host)))
            elif answer.endpoint == "research_video_query":
                yield from _further(answer, data, target, host)

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        with mapping(answer):
            if answer.endpoint == "video_list":
                return paging.advanced(answer, cursor, _page(answer, answer.meta["host"]))
            if answer.endpoint == "research_video_query" and "window" in answer.meta:
                window = answer.meta["window"]
                on = _onward(decoded(answer)["data"], window)
                return {"part": on} if on else {"day": window["today"]}
        return cursor

    def map(self, answer: Answer) -> Mapped:
        if not ok(answer):
            return Mapped()
        body = decoded(answer)
        with mapping(answer):
            clips = Clips(answer, source(answer, self.mapper_version))
            clips.read(body)
            return clips.mapped

    def price(self, call: Call) -> Sequence[Price]:
        """Of the Research API, as many videos as a page may hold."""
        if not call.endpoint.startswith("research_"):
            return [Price(self.name)]
        return [Price(RESEARCH, units=MANY if call.endpoint == "research_video_query" else 0)]

    def cost(self, answer: Answer) -> Sequence[Price]:
        """Of the Research API, the videos that it gave."""
        if not answer.endpoint.startswith("research_"):
            return [Price(self.name)]
        with mapping(answer):
            videos = decoded(answer)["data"].get("videos", ()) if ok(answer) else ()
            return [Price(RESEARCH, units=len(videos))]

    def healthy(self, answer: Answer) -> str | None:
        """A body whose error has the code `ok`, and of the account that was meant."""
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
            wanted = answer.meta.get("handle", other)
            if other and answer.endpoint == "user_info" and other.casefold() != wanted.casefold():
                return f"approval missing: the token is of @{other}, not of @{wanted}"
            return None
        if answer.status in (429, 500, 502, 503) or _stale(answer):
            return None
        if answer.endpoint == "research_user_info" and code in ("invalid_params", "not_found"):
            return f"{'private' if 'private' in told.lower() else 'unknown'} account: {told}"
        named = token_fault(told) or _FAULTS.get(code)
        if named:
            return f"{named}: {code}: {told}"
        return f"error in a 200: {code}: {told}" if answer.status < 300 else None


_FAULTS = {
    "access_token_invalid": "token lapsed",
    "access_token_expired": "token lapsed",
    "scope_not_authorized": "approval missing",
    "scope_permission_missed": "approval missing",
    "client_not_authorized": "approval missing",
    "invalid_params": "HTTP 400",
}


def _query(asked: Mapping[str, Any]) -> str:
    return urlencode(asked, quote_via=quote, safe=",")


def _post(endpoint: str, url: str, body: Any, meta: Mapping[str, Any]) -> Call:
    return Call(endpoint, url, "POST", HEADERS, orjson.dumps(body), meta)


# Display: paging counts in addresses; `cursor` stands in the body, where TikTok wants it.


def _listing(call: Call) -> Call:
    split = urlsplit(call.url)
    asked = dict(parse_qsl(split.query))
    at = {"cursor": int(asked.pop("cursor"))} if "cursor" in asked else {}
    url = split._replace(query=_query(asked)).geturl()
    return _post(call.endpoint, url, {"max_count": PAGE, **at}, {**call.meta, **at})


def _page(answer: Answer, host: str) -> paging.Page:
    return answer.once(f"page of {host}", lambda: _read_page(answer, host))


def _read_page(answer: Answer, host: str) -> paging.Page:
    data = decoded(answer)["data"]
    times = [moment(video["create_time"]) for video in data["videos"]]
    on = data.get("cursor")
    if not data.get("has_more") or on is None:
        return paging.page(times, None)
    split = urlsplit(answer.request_url)
    path = split.path[len(urlsplit(host).path) :]
    asked = {**dict(parse_qsl(split.query)), "cursor": on}
    return paging.page(times, f"{path}?{_query(asked)}")


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
            yield _clips(host, _named(ids), days, {**meta, "days": days})
        else:
            path = f"/v2/video/query/?{_query({'fields': VIDEO})}"
            yield _post("video_query", f"{host}{path}", {"filters": {"video_ids": ids}}, meta)


# Research: days up to today, in windows; each page says where the next begins.


def _wanted(target: Target) -> list[dict[str, Any]]:
    if target.kind == "account":
        return [{"operation": "IN", "field_name": "username", "field_values": [target.value]}]
    if target.value.startswith("#"):
        tag = target.value[1:]
        return [{"operation": "EQ", "field_name": "hashtag_name", "field_values": [tag]}]
    return [
        {"operation": "EQ", "field_name": "keyword", "field_values": [word]}
        for word in target.value.split()
    ]


def _window(target: Target, cursor: Mapping[str, Any]) -> dict[str, Any]:
    """The window with which a run begins: where the last was cut, else the days not yet read."""
    now: datetime = moment(target.options.get("now")) or MachineClock().now()
    today = now.date()
    if part := cursor.get("part"):
        return {**part, "today": today.isoformat()}
    floor = today - timedelta(days=target.options.get("since_days", 30))
    read = cursor.get("day")
    first = max(floor, date.fromisoformat(read) - LATE) if read else floor
    return _days(first, today)


def _days(first: date, today: date) -> dict[str, Any]:
    end = min(first + WINDOW, today)
    return {"start": first.isoformat(), "end": end.isoformat(), "today": today.isoformat()}


def _onward(data: Mapping[str, Any], window: Mapping[str, Any]) -> dict[str, Any] | None:
    """The next page, or the next window; None at the end."""
    on = data.get("cursor")
    if data.get("has_more") and on is not None:
        search = {"search_id": identity(data["search_id"])} if data.get("search_id") else {}
        return {**window, "cursor": on, **search}
    first = date.fromisoformat(window["end"]) + timedelta(days=1)
    today = date.fromisoformat(window["today"])
    return _days(first, today) if first <= today else None


def _further(answer: Answer, data: Mapping[str, Any], target: Target, host: str) -> Iterator[Call]:
    """What follows a page of the Research API. Of videos asked for by id a page may hold fewer."""
    meta = answer.meta
    if "window" in meta:
        if on := _onward(data, meta["window"]):
            yield _clips(host, _wanted(target), on)
        return
    found = {identity(video["id"]) for video in data.get("videos", ())}
    left = {id: native for id, native in meta["asked"].items() if id not in found}
    if data.get("has_more") and found and left:
        yield _clips(host, _named(list(left)), meta["days"], {**meta, "asked": left})


def _named(ids: Sequence[str]) -> list[dict[str, Any]]:
    return [{"operation": "IN", "field_name": "video_id", "field_values": ids}]


def _clips(
    host: str,
    wanted: Sequence[Mapping[str, Any]],
    window: Mapping[str, Any],
    meta: Mapping[str, Any] | None = None,
) -> Call:
    body = {
        "query": {"and": wanted},
        "start_date": window["start"].replace("-", ""),
        "end_date": window["end"].replace("-", ""),
        "max_count": MANY,
        **{name: window[name] for name in ("cursor", "search_id") if name in window},
    }
    path = f"/v2/research/video/query/?{_query({'fields': CLIP})}"
    return _post("research_video_query", f"{host}{path}", body, meta or {"window": dict(window)})


def _stale(answer: Answer) -> bool:
    """Whether a search was refused because TikTok has forgotten where it stood."""
    searched = "search_id" in answer.meta.get("window", {})
    return answer.status == 400 and searched and b"search_id" in answer.body


CRAWLER = TikTok()
