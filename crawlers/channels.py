"""Calls and pages of the YouTube Data API: how each is asked for, and what its answer leads to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from crawlers import paging
from crawlers.fields import decoded, moment, stamp
from crawlers.videos import number
from vigie.sources import Answer, Call

KEY = {"X-Goog-Api-Key": "${YOUTUBE_KEY}"}
CHANNEL_ID = re.compile(r"UC[\w-]{22}")
MANY = 50  # ids that one call takes, and entries of a page
THREADS = 100  # comments of a page
PENDING = 500  # videos that a cursor keeps to be read yet
THREAD_PAGES = 20  # of the comments below one video, newest first


def path_of(method: str, **given: Any) -> str:
    """The address of a method, relative to the host."""
    return f"/youtube/v3/{method}?{urlencode(given, safe=',@')}"


def ask(endpoint: str, host: str, path: str, meta: Mapping[str, Any]) -> Call:
    return Call(endpoint, f"{host}{path}", headers=KEY, meta=meta)


def keyed(calls: Iterable[Call]) -> Iterator[Call]:
    """The same calls with the key."""
    for call in calls:
        yield replace(call, headers=KEY)


def channel(host: str, account: str, meta: Mapping[str, Any]) -> Call:
    """An account's channel, by id or handle."""
    by = "id" if CHANNEL_ID.fullmatch(account) else "forHandle"
    name = account if by == "id" else f"@{account}"
    part = "snippet,statistics,contentDetails"
    path = path_of("channels", **{"part": part, by: name})
    return ask("channels", host, path, {**meta, "account": name})


def uploads(
    host: str, known: Mapping[str, Any], cursor: Mapping[str, Any], meta: Mapping[str, Any]
) -> Iterator[Call]:
    """The walk of what a channel published; `known` is what `channel_of` gave."""
    asked = {"part": "snippet,contentDetails", "playlistId": known["uploads"], "maxResults": MANY}
    told = {"since_days": meta["since_days"], "channels": {known["id"]: known["known"]}}
    path = path_of("playlistItems", **asked)
    yield from keyed(paging.walk("playlistItems", host, path, cursor, told))


def search(
    host: str, words: str, cursor: Mapping[str, Any], meta: Mapping[str, Any]
) -> Iterator[Call]:
    """The walk of what a search finds."""
    asked = {"part": "snippet", "q": words, "type": "video", "order": "date", "maxResults": MANY}
    path = path_of("search", **asked)
    yield from keyed(paging.walk("search", host, path, cursor, meta))


def videos(host: str, ids: Sequence[str], meta: Mapping[str, Any]) -> Call:
    part = "snippet,statistics,contentDetails,status"
    path = path_of("videos", part=part, id=",".join(ids))
    return ask("videos", host, path, {**meta, "asked": list(ids)})


def comments(host: str, ids: Sequence[str], meta: Mapping[str, Any]) -> Call:
    path = path_of("comments", part="snippet", id=",".join(ids), textFormat="plainText")
    return ask("comments", host, path, {**meta, "asked": list(ids)})


def threads(host: str, video: str, answers: int, until: str | None) -> Call:
    """The comments below a video, newest first."""
    asked = {"videoId": video, "order": "time", "textFormat": "plainText", "maxResults": THREADS}
    path = path_of("commentThreads", part="snippet,replies", **asked)
    meta = {"video": video, "answers": answers, "page": 1, "until": until}
    return ask("commentThreads", host, path, meta)


def replies(answer: Answer, host: str) -> Iterator[Call]:
    """The replies of those comments that have more than came along; with the last of the last page
    all that stands below the video is read."""
    more = []
    for item in decoded(answer).get("items") or ():
        given = len((item.get("replies") or {}).get("comments") or ())
        if (item["snippet"].get("totalReplyCount") or 0) > given:
            more.append(item["id"])
    for id in more:
        asked = {"parentId": id, "textFormat": "plainText", "maxResults": THREADS}
        path = path_of("comments", part="snippet", **asked)
        meta = {"video": answer.meta["video"]}
        if id == more[-1] and is_last(answer):
            meta["answers"] = answer.meta["answers"]
        yield ask("comments", host, path, meta)


def closes(answer: Answer) -> bool:
    """Whether all comments below a video are read with this answer."""
    if answer.endpoint == "commentThreads":
        return is_last(answer) and not any(True for _ in replies(answer, ""))
    last = not decoded(answer).get("nextPageToken")
    return answer.endpoint == "comments" and "answers" in answer.meta and last


def threads_due(answer: Answer, cursor: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The young videos of an answer whose comments are not read as many as they are."""
    asked = (
        (
            item["id"],
            number((item.get("statistics") or {}).get("commentCount")),
            item["snippet"]["publishedAt"],
        )
        for item in decoded(answer).get("items") or ()
    )
    return paging.threads_due(answer, cursor, asked)


def with_pending(
    cursor: Mapping[str, Any], *, add: Iterable[str] = (), drop: Collection[str] = ()
) -> dict[str, Any]:
    """The cursor with more or fewer videos that are still to be read."""
    pending = dict.fromkeys((*cursor.get("pending", ()), *add))
    kept = [id for id in pending if id not in drop]
    moved = {key: value for key, value in cursor.items() if key != "pending"}
    return {**moved, "pending": kept[-PENDING:]} if kept else moved


def left(
    host: str, cursor: Mapping[str, Any], known: Mapping[str, Any] | None = None
) -> Iterator[Call]:
    """Calls for the videos that an earlier crawl was cut off from; `known` is their channel."""
    pending = cursor.get("pending", ())
    wrote = {known["id"]: known["known"]} if known else {}
    for first in range(0, len(pending), MANY):
        yield videos(host, pending[first : first + MANY], {"channels": wrote})


def channel_of(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a cursor keeps of an account's channel; None where there is none."""
    for item in body.get("items") or ():
        lists = (item.get("contentDetails") or {}).get("relatedPlaylists") or {}
        playlist = lists.get("uploads") or f"UU{item['id'].removeprefix('UC')}"
        return {"id": item["id"], "uploads": playlist, "known": known_of(item)}
    return None


def known_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """What a channel tells of the author of its videos."""
    counted = item.get("statistics") or {}
    hidden = counted.get("hiddenSubscriberCount")
    return {
        "handle": ((item.get("snippet") or {}).get("customUrl") or "").lstrip("@") or None,
        "followers": None if hidden else number(counted.get("subscriberCount")),
    }


def videos_of(answer: Answer) -> list[str]:
    """The videos of a page whose counts have to be read: all of a page of uploads, of a search
    those that are new."""
    items = decoded(answer).get("items") or ()
    if answer.endpoint == "playlistItems":
        given = (item["snippet"].get("resourceId", {}).get("videoId") for item in items)
    else:
        given = (item["id"].get("videoId") for item in items if _is_new(answer, item))
    return list(dict.fromkeys(id for id in given if id))


def _is_new(answer: Answer, item: Mapping[str, Any]) -> bool:
    at, until = moment(item.get("snippet", {}).get("publishedAt")), answer.meta.get("until")
    return at is not None and (not until or stamp(at) > until)


def read_of(answer: Answer, host: str) -> Iterator[Call]:
    """The videos of a page, with their counts; of a search their channels first."""
    ids = videos_of(answer)
    if not ids:
        return
    if answer.endpoint == "playlistItems":
        yield videos(host, ids, {"channels": answer.meta.get("channels", {})})
        return
    new = set(ids)
    items = decoded(answer)["items"]
    wrote = dict.fromkeys(
        item["snippet"]["channelId"] for item in items if item["id"].get("videoId") in new
    )
    path = path_of("channels", part="snippet,statistics", id=",".join(wrote), maxResults=MANY)
    yield ask("channels", host, path, {"videos": ids})


def page_of(answer: Answer) -> paging.Page:
    """The page of an upload playlist or a search."""
    return answer.once("page", lambda: _read_page(answer))


def _read_page(answer: Answer) -> paging.Page:
    body = decoded(answer)
    items = [item for item in body.get("items") or () if "snippet" in item]
    times = [moment(item["snippet"]["publishedAt"]) for item in items]
    token = body.get("nextPageToken")
    return paging.page(times, _with_token(answer, token) if token else None)


def onward(answer: Answer, host: str) -> Iterator[Call]:
    """The next page of comments."""
    if token := decoded(answer).get("nextPageToken"):
        meta = {**answer.meta, "page": answer.meta.get("page", 1) + 1}
        yield ask(answer.endpoint, host, _with_token(answer, token), meta)


def is_last(answer: Answer) -> bool:
    """Whether this is the last page of the comments below a video: at the end, at the bound, or
    where a long list reaches what the last reading had."""
    body = decoded(answer)
    if not body.get("nextPageToken") or answer.meta["page"] >= THREAD_PAGES:
        return True
    until = answer.meta.get("until")
    if not until or answer.meta["answers"] <= 5 * THREADS:
        return False
    times = [
        moment(item["snippet"]["topLevelComment"]["snippet"]["publishedAt"])
        for item in body.get("items") or ()
    ]
    return all(time is None or stamp(time) < until for time in times)


def _with_token(answer: Answer, token: str) -> str:
    asked = dict(parse_qsl(urlsplit(answer.request_url).query))
    return path_of(answer.endpoint, **{**asked, "pageToken": token})
