"""Asking TikTok: calls with a JSON body, and the Research API's walk over days in windows.

A walk goes through the days up to today, 30 at a time; each page says where the next begins, and
the cursor keeps the page at which a run was cut (`part`), or up to which day all is read (`day`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from crawlers.clips import identity
from crawlers.fields import moment
from vigie.clock import MachineClock
from vigie.sources import Answer, Call, Target

HEADERS = {"Authorization": "Bearer ${TIKTOK_TOKEN}", "Content-Type": "application/json"}
MANY = 100  # videos of a page
WINDOW = timedelta(days=30)  # of one query
LATE = timedelta(days=2)  # in which a new video reaches the Research API
CLIP = (
    "id,create_time,username,region_code,video_description,video_duration,hashtag_names,"
    "like_count,comment_count,share_count,view_count,favorites_count"
)


def query(asked: Mapping[str, Any]) -> str:
    """The query of an address."""
    return urlencode(asked, quote_via=quote, safe=",")


def post(endpoint: str, url: str, body: Any, meta: Mapping[str, Any]) -> Call:
    """A call with a JSON body."""
    return Call(endpoint, url, "POST", HEADERS, orjson.dumps(body), meta)


def wanted(target: Target) -> list[dict[str, Any]]:
    """The conditions of a query that all must hold, for an account or a search."""
    if target.kind == "account":
        return [{"operation": "IN", "field_name": "username", "field_values": [target.value]}]
    if target.value.startswith("#"):
        tag = target.value[1:]
        return [{"operation": "EQ", "field_name": "hashtag_name", "field_values": [tag]}]
    return [
        {"operation": "EQ", "field_name": "keyword", "field_values": [word]}
        for word in target.value.split()
    ]


def window_of(target: Target, cursor: Mapping[str, Any]) -> dict[str, Any]:
    """The window with which a run begins: where the last was cut, else the days not yet read."""
    now: datetime = moment(target.options.get("now")) or MachineClock().now()
    today = now.date()
    if part := cursor.get("part"):
        return {**part, "today": today.isoformat()}
    floor = today - timedelta(days=target.options.get("since_days", 30))
    read = cursor.get("day")
    first = max(floor, date.fromisoformat(read) - LATE) if read else floor
    return days(first, today)


def days(first: date, today: date) -> dict[str, Any]:
    """The window that begins on a day: `start`, `end`, and up to where the walk goes."""
    end = min(first + WINDOW, today)
    return {"start": first.isoformat(), "end": end.isoformat(), "today": today.isoformat()}


def onward(data: Mapping[str, Any], window: Mapping[str, Any]) -> dict[str, Any] | None:
    """The next page, or the next window; None at the end."""
    on = data.get("cursor")
    if data.get("has_more") and on is not None:
        search = {"search_id": identity(data["search_id"])} if data.get("search_id") else {}
        return {**window, "cursor": on, **search}
    first = date.fromisoformat(window["end"]) + timedelta(days=1)
    today = date.fromisoformat(window["today"])
    return days(first, today) if first <= today else None


def further(answer: Answer, data: Mapping[str, Any], target: Target, host: str) -> Iterator[Call]:
    """What follows a page of the Research API. Of videos asked for by id a page may hold fewer."""
    meta = answer.meta
    if "window" in meta:
        if on := onward(data, meta["window"]):
            yield clips(host, wanted(target), on)
        return
    found = {identity(video["id"]) for video in data.get("videos", ())}
    left = {id: native for id, native in meta["asked"].items() if id not in found}
    if data.get("has_more") and found and left:
        yield clips(host, named(list(left)), meta["days"], {**meta, "asked": left})


def named(ids: Sequence[str]) -> list[dict[str, Any]]:
    """The conditions of a query for videos by their ids."""
    return [{"operation": "IN", "field_name": "video_id", "field_values": ids}]


def clips(
    host: str,
    conditions: Sequence[Mapping[str, Any]],
    window: Mapping[str, Any],
    meta: Mapping[str, Any] | None = None,
) -> Call:
    """A page of videos that meet conditions, of a window's days."""
    body = {
        "query": {"and": conditions},
        "start_date": window["start"].replace("-", ""),
        "end_date": window["end"].replace("-", ""),
        "max_count": MANY,
        **{name: window[name] for name in ("cursor", "search_id") if name in window},
    }
    path = f"/v2/research/video/query/?{query({'fields': CLIP})}"
    return post("research_video_query", f"{host}{path}", body, meta or {"window": dict(window)})


def stale(answer: Answer) -> bool:
    """Whether a search was refused because TikTok has forgotten where it stood."""
    searched = "search_id" in answer.meta.get("window", {})
    return answer.status == 400 and searched and b"search_id" in answer.body
