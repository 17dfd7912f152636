"""TikTok: the Display API of one account and the Research API, over a town.

A token is of the first brand's account, as that of a person who has logged in; the Research API
shows everybody. Fields without a value are left out. Posts with a parent are comments, which
neither lists.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from vigie.demo.grammar import fold
from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town, began

DAY = 86_400_000
LISTED, ASKED, FOUND = 20, 20, 100  # videos of a page, that are asked for by id, of a search
SPAN = timedelta(days=30)
HOME = "https://www.tiktok.com"


class TikTokSite:
    """Answers as of a time."""

    needs_token = True
    renamed = ("create_time", "created")
    fixed = True  # made anew where the town grows

    def __init__(self, town: Town) -> None:
        self._began = began(town)
        self._posts = [one for one in town.of("tiktok") if one.parent is None]
        self._named = {one.native: one for one in self._posts}
        self._people = [one for one in town.accounts if one.site == "tiktok"]

    @staticmethod
    def native(at: int, serial: int) -> str:
        return str(((at // 1000) << 32) + serial)

    def token_of(self, ask: Ask) -> str:
        return ask.bearer()

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        if why == "unapproved":
            told = "The user did not authorize the scope required for completing this request."
            return _error(401, "scope_not_authorized", told)
        told = "The access token is invalid or not found in the request."
        if why == "revoked":
            told = "The access token was revoked by the user."
        return _error(401, "access_token_invalid", told)

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        reply = _error(429, "rate_limit_exceeded", "The API rate limit was exceeded.")
        wait = {"retry-after": str(max(1, -(-round(wait_s * 1000) // 1000)))}
        return Reply(reply.status, reply.body, reply.kind, wait)

    def failed(self, ask: Ask) -> Reply:
        return _error(200, "internal_error", "Something went wrong. Please try again later.")

    def answer(self, ask: Ask) -> Reply:
        fields = [name for name in ask.one("fields").split(",") if name]
        method, answer = {
            "/v2/user/info": ("GET", self._me),
            "/v2/video/list": ("POST", self._list),
            "/v2/video/query": ("POST", self._query),
            "/v2/research/user/info": ("POST", self._person),
            "/v2/research/video/query": ("POST", self._research),
        }.get(ask.path.rstrip("/"), ("GET", None))
        if answer is None or ask.method != method:
            return _error(404, "invalid_request", "The requested resource does not exist.")
        if not fields:
            return _error(400, "invalid_params", "fields is required")
        try:
            body = ask.json() if ask.body else {}
        except ValueError:
            return _error(400, "invalid_params", "the body is no JSON")
        return answer(ask, body, fields)

    # Display

    def _owner(self) -> Account | None:
        brands = (one for one in self._people if one.kind == "brand")
        return next(brands, self._people[0] if self._people else None)

    def _me(self, ask: Ask, body: Any, fields: list[str]) -> Reply:
        account = self._owner()
        if account is None:
            return _error(401, "access_token_invalid", "The access token is of nobody.")
        number = hashlib.md5(account.handle.encode(), usedforsecurity=False).hexdigest()
        told = {"open_id": number, "username": account.handle, **self._told(account, ask.now)}
        return _fine({"user": _shown(told, fields)})

    def _told(self, account: Account, now: int) -> dict[str, Any]:
        mine = [one for one in self._posts if one.account is account and one.visible(now)]
        return {
            "display_name": account.name, "bio_description": account.bio,
            "is_verified": account.kind == "brand",
            "follower_count": account.followers_on((now - self._began) / DAY),
            "following_count": account.following,
            "likes_count": sum(one.counts(now)[0] for one in mine), "video_count": len(mine),
        }  # fmt: skip

    def _list(self, ask: Ask, body: Any, fields: list[str]) -> Reply:
        size = body.get("max_count", 10)
        if not isinstance(size, int) or not 0 < size <= LISTED:
            return _error(400, "invalid_params", f"max_count must be 1 to {LISTED}")
        below = body.get("cursor") or ask.now + 1
        owner = self._owner()
        mine = [one for one in self._posts if one.account is owner and one.visible(ask.now)]
        mine = sorted((one for one in mine if one.at < below), key=lambda one: -one.at)
        page = mine[:size]
        videos = [_shown(self._video(one, ask.now), fields) for one in page]
        on = page[-1].at if page else below
        return _fine({"videos": videos, "cursor": on, "has_more": len(mine) > size})

    def _query(self, ask: Ask, body: Any, fields: list[str]) -> Reply:
        ids = (body.get("filters") or {}).get("video_ids") or []
        if not 0 < len(ids) <= ASKED:
            return _error(400, "invalid_params", f"video_ids must hold 1 to {ASKED} ids")
        owner = self._owner()
        found = [self._named[id] for id in ids if id in self._named]
        shown = [one for one in found if one.account is owner and one.visible(ask.now)]
        return _fine({"videos": [_shown(self._video(one, ask.now), fields) for one in shown]})

    def _video(self, post: Post, now: int) -> dict[str, Any]:
        likes, shares, _, _, replies = post.counts(now)
        media = post.media
        return {
            "id": post.native, "create_time": post.at // 1000, "title": post.title or "",
            "video_description": post.text_at(now), "like_count": likes, "share_count": shares,
            "comment_count": replies, "view_count": post.views_at(now),
            "share_url": f"{HOME}/@{post.account.handle}/video/{post.native}",
            "duration": round(media.seconds or 0) if media else 15,
            "width": media.width if media else 720, "height": media.height if media else 1280,
        }  # fmt: skip

    # Research

    def _person(self, ask: Ask, body: Any, fields: list[str]) -> Reply:
        name = str(body.get("username", "")).casefold()
        account = next((one for one in self._people if one.handle.casefold() == name), None)
        if account is None:
            return _error(400, "invalid_params", "cannot find the user")
        if account.private:
            return _error(400, "invalid_params", "the user is private")
        return _fine(_shown(self._told(account, ask.now), fields))

    def _research(self, ask: Ask, body: Any, fields: list[str]) -> Reply:
        try:
            start, end = _day(body["start_date"]), _day(body["end_date"])
            query = body["query"]
        except (KeyError, ValueError, TypeError):
            return _error(400, "invalid_params", "query, start_date and end_date are required")
        if not timedelta(0) <= end - start <= SPAN:
            return _error(400, "invalid_params", "end_date must be within 30 days of start_date")
        if start.timestamp() * 1000 > ask.now:
            return _error(400, "invalid_params", "start_date must not be in the future")
        size = body.get("max_count", 20)
        if not isinstance(size, int) or not 0 < size <= FOUND:
            return _error(400, "invalid_params", f"max_count must be 1 to {FOUND}")
        number = hashlib.md5(repr((query, start, end)).encode(), usedforsecurity=False).digest()
        search = str(int.from_bytes(number[:7], "big"))
        if body.get("search_id", search) != search:
            return _error(400, "invalid_params", "Invalid search_id: it has expired")
        first, last = start.timestamp() * 1000, (end + timedelta(days=1)).timestamp() * 1000
        found = [
            one for one in self._posts
            if first <= one.at < last and one.visible(ask.now) and not one.account.private
            and _answers(query, one, ask.now)
        ]  # fmt: skip
        found.sort(key=lambda one: -one.at)
        at = body.get("cursor", 0)
        page = found[at : at + size]
        data = {
            "videos": [_shown(self._clip(one, ask.now), fields) for one in page],
            "cursor": at + len(page), "has_more": at + size < len(found), "search_id": search,
        }  # fmt: skip
        return _fine(data)

    def _clip(self, post: Post, now: int) -> dict[str, Any]:
        shown = self._video(post, now)
        return {
            **shown, "id": int(post.native), "username": post.account.handle,
            "region_code": post.lang.upper(), "video_duration": shown["duration"],
            "hashtag_names": list(post.tags), "favorites_count": post.counts(now)[3],
        }  # fmt: skip


def _answers(query: Any, post: Post, now: int) -> bool:
    """Whether a post is what a query asks for: all of `and`, one of `or`, none of `not`."""

    def holds(condition: Any) -> bool:
        wanted = [fold(str(value)) for value in condition["field_values"]]
        if condition["field_name"] == "keyword":
            text = fold(f"{post.text_at(now)} {' '.join(post.tags)}")
            return any(word in text for word in wanted)
        given = {
            "username": [fold(post.account.handle)],
            "hashtag_name": [fold(tag) for tag in post.tags],
            "video_id": [post.native],
            "region_code": [fold(post.lang)],
        }.get(condition["field_name"], [])
        return any(value in wanted for value in given)

    either = query.get("or") or ()
    return (
        all(map(holds, query.get("and") or ()))
        and (not either or any(map(holds, either)))
        and not any(map(holds, query.get("not") or ()))
    )


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)


def _shown(told: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """The fields that are asked for and have a value."""
    return {name: told[name] for name in fields if told.get(name) not in (None, "", [])}


def _fine(data: Any) -> Reply:
    return Reply.json(200, {"data": data, "error": {"code": "ok", "message": "", "log_id": "20"}})


def _error(status: int, code: str, told: str) -> Reply:
    return Reply.json(
        status, {"data": {}, "error": {"code": code, "message": told, "log_id": "20"}}
    )
