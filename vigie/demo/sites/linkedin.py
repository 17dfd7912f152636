"""LinkedIn's Community Management API: pages that the caller administers, their posts and figures.

A private account is a page that somebody else administers. Versions are named by month and answer
426 a year later.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from vigie.demo.people import Account
from vigie.demo.posts import HOUR, Post
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town

LINKEDIN = "linkedin"
DAY = 24 * HOUR
MOST = 100
_LIST = re.compile(r"List\(([^)]*)\)")
_SPAN = re.compile(r"start:(\d+),end:(\d+)")
_MARKS = re.compile(r"([\\|{}@\[\]()<>#*_~])")
_TAG = re.compile(r"#(\w+)")


class LinkedInSite:
    """Answers as of a time."""

    needs_token = True
    renamed = ("id", "entityUrn")

    def __init__(self, town: Town) -> None:
        self._town = town

    @staticmethod
    def native(at: int, serial: int) -> str:
        kind = "ugcPost" if serial % 3 == 0 else "share"
        return f"urn:li:{kind}:{(at << 22) + serial}"

    def token_of(self, ask: Ask) -> str:
        return ask.bearer()

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        status, number, code, message = {
            "missing": (401, 65604, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token"),
            "lapsed": (401, 65602, "EXPIRED_ACCESS_TOKEN",
                       "The token used in the request has expired"),
            "revoked": (401, 65601, "REVOKED_ACCESS_TOKEN",
                        "The token used in the request has been revoked by the user"),
            "unapproved": (403, 100, "ACCESS_DENIED",
                           f"Not enough permissions to access: GET {ask.path}"),
        }[why]  # fmt: skip
        return _error(status, code, message, number)

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        who = "DAY" if wait_s >= 3_600 else "MINUTE"
        message = f"Resource level throttle APPLICATION {who} limit for calls to this resource is "
        reply = _error(429, "TOO_MANY_REQUESTS", f"{message}reached.", 101)
        return Reply(reply.status, reply.body, headers={"retry-after": f"{wait_s:.0f}"})

    def failed(self, ask: Ask) -> Reply:
        told = {"status": 500, "code": "INTERNAL_SERVER_ERROR", "message": "Internal Server Error"}
        return Reply.json(200, told)

    def outdated(self, ask: Ask) -> Reply:
        """The version that is asked for is not served any more."""
        version = ask.headers.get("linkedin-version", "")
        return _error(426, "NONEXISTENT_VERSION", f"Requested version {version}01 is not active")

    def answer(self, ask: Ask) -> Reply:
        version = ask.headers.get("linkedin-version", "")
        if not re.fullmatch(r"\d{6}", version):
            return _error(400, "VERSION_MISSING", "A version must be present. Please specify one.")
        if not _active(version, ask.now):
            return self.outdated(ask)
        head, _, rest = ask.path.removeprefix("/rest/").partition("/")
        routes: dict[str, Callable[[Ask, str], Reply]] = {
            "organizations": self._organizations,
            "networkSizes": self._size,
            "posts": self._posts,
            "socialMetadata": self._social,
            "organizationalEntityShareStatistics": self._shares,
            "organizationalEntityFollowerStatistics": self._followers,
        }
        if not ask.path.startswith("/rest/") or head not in routes:
            return _error(404, "RESOURCE_NOT_FOUND", f"No root resource defined for path {head}")
        return routes[head](ask, rest)

    # pages ---------------------------------------------------------------------------------------

    def _accounts(self) -> dict[str, Account]:
        return {_number(one): one for one in self._town.accounts if one.site == LINKEDIN}

    def _page(self, urn: str) -> Account | Reply:
        """The page of a URN, where it is the caller's."""
        account = self._accounts().get(urn.rpartition(":")[2])
        if account is None:
            return _error(404, "RESOURCE_NOT_FOUND", f"Could not find entity {urn}")
        if account.private:
            message = f"Member does not have permission to access the organization {urn}"
            return _error(403, "ACCESS_DENIED", message, 100)
        return account

    def _organizations(self, ask: Ask, rest: str) -> Reply:
        if rest:
            found = self._page(rest)
            return found if isinstance(found, Reply) else Reply.json(200, _organization(found))
        name = ask.one("vanityName").casefold()
        known = [one for one in self._accounts().values() if one.handle.casefold() == name]
        return _listed([_organization(one) for one in known], 0, 10, len(known))

    def _size(self, ask: Ask, rest: str) -> Reply:
        found = self._page(rest)
        if isinstance(found, Reply):
            return found
        return Reply.json(200, {"firstDegreeSize": self._followed(found, ask.now)})

    def _followed(self, account: Account, now: int) -> int:
        first = min((post.at for post in self._town.of(LINKEDIN)), default=now)
        return account.followers_on((now - first) / DAY)

    # posts ---------------------------------------------------------------------------------------

    def _posts(self, ask: Ask, rest: str) -> Reply:
        if "ids" in ask.query:
            return self._batch(ask)
        if ask.one("q") != "author":
            return _error(400, "ILLEGAL_ARGUMENT", "No finder of that name")
        found = self._page(ask.one("author"))
        if isinstance(found, Reply):
            return found
        start, count = int(ask.one("start", "0") or 0), ask.number("count", 10, MOST)
        key = _created if ask.one("sortBy") == "CREATED" else _changed(ask.now)
        mine = [post for post in found.posts if post.visible(ask.now) and post.parent is None]
        mine.sort(key=key, reverse=True)
        shown = [_post(post, ask.now) for post in mine[start : start + count]]
        return _listed(shown, start, count, len(mine), ask)

    def _batch(self, ask: Ask) -> Reply:
        results, errors = {}, {}
        for urn, post in self._asked(ask.one("ids")).items():
            if post is None or not post.visible(ask.now):
                errors[urn] = {"status": 404, "code": "NOT_FOUND", "message": "Post not found"}
            elif post.account.private:
                errors[urn] = {"status": 403, "code": "ACCESS_DENIED", "message": "Not yours"}
            else:
                results[urn] = _post(post, ask.now)
        told = {"results": results, "statuses": dict.fromkeys(results, 200), "errors": errors}
        return Reply.json(200, told)

    def _asked(self, given: str) -> dict[str, Post | None]:
        listed = _LIST.search(given)
        urns = [urn for urn in (listed[1] if listed else given).split(",") if urn]
        known = {post.native: post for post in self._town.of(LINKEDIN)}
        return {urn: known.get(urn) for urn in urns}

    def _social(self, ask: Ask, rest: str) -> Reply:
        results, errors = {}, {}
        for urn, post in self._asked(ask.one("ids")).items():
            if post is None or not post.visible(ask.now):
                errors[urn] = {"status": 404, "code": "NOT_FOUND", "message": "Entity not found"}
                continue
            likes, _, _, _, replies = post.counts(ask.now)
            kinds = {"LIKE": likes - likes // 5, "PRAISE": likes // 5}
            results[urn] = {
                "entity": urn,
                "commentsState": "OPEN",
                "commentSummary": {"count": replies, "topLevelCount": replies},
                "reactionSummaries": {
                    kind: {"reactionType": kind, "count": n} for kind, n in kinds.items() if n
                },
            }
        return Reply.json(200, {"results": results, "statuses": {}, "errors": errors})

    # figures -------------------------------------------------------------------------------------

    def _shares(self, ask: Ask, rest: str) -> Reply:
        entity = ask.one("organizationalEntity")
        found = self._page(entity)
        if isinstance(found, Reply):
            return found
        rows: list[dict[str, Any]] = []
        for name, field in (("shares", "share"), ("ugcPosts", "ugcPost")):
            for urn, post in self._asked(ask.one(name)).items():
                if post is not None and post.visible(ask.now):
                    stats = _statistics([post], ask.now)
                    row = {"organizationalEntity": entity, field: urn}
                    rows.append({**row, "totalShareStatistics": stats})
        if not rows and "shares" not in ask.query and "ugcPosts" not in ask.query:
            for span in _days(ask):
                shown = [post for post in found.posts if post.at < span["end"]]
                stats = _statistics(shown, span["end"], span["start"])
                told = {"organizationalEntity": entity, "totalShareStatistics": stats}
                rows.append({**told, "timeRange": span} if span["start"] else told)
        return _listed(rows, 0, 10, None)

    def _followers(self, ask: Ask, rest: str) -> Reply:
        entity = ask.one("organizationalEntity")
        found = self._page(entity)
        if isinstance(found, Reply):
            return found
        rows = []
        for span in _days(ask):
            gain = self._followed(found, span["end"]) - self._followed(found, span["start"])
            gains = {"organicFollowerGain": gain, "paidFollowerGain": 0}
            rows.append({"organizationalEntity": entity, "timeRange": span, "followerGains": gains})
        return _listed(rows, 0, 10, None)


def _created(post: Post) -> int:
    return post.at


def _changed(now: int) -> Callable[[Post], int]:
    return lambda post: max(post.at, post.edited_at(now) or 0)


def _active(version: str, now: int) -> bool:
    """Whether a version exists: of this month or of the eleven before."""
    today = datetime.fromtimestamp(now / 1000, UTC)
    age = (today.year - int(version[:4])) * 12 + today.month - int(version[4:])
    return 0 <= age < 12


def _number(account: Account) -> str:
    """A page's number: its own, or one that follows from its name."""
    return account.native if account.native.isdigit() else str(zlib.crc32(account.handle.encode()))


def _organization(account: Account) -> dict[str, Any]:
    name = {"localized": {"fr_FR": account.name}, "preferredLocale": {"country": "FR"}}
    return {
        "id": int(_number(account)),
        "localizedName": account.name,
        "vanityName": account.handle,
        "localizedDescription": account.bio,
        "name": name,
        "primaryOrganizationType": "NONE",
        "versionTag": "1",
    }


def _post(post: Post, now: int) -> dict[str, Any]:
    edited = post.edited_at(now)
    told: dict[str, Any] = {
        "id": post.native,
        "author": f"urn:li:organization:{_number(post.account)}",
        "commentary": _little(post.text_at(now)),
        "createdAt": post.at,
        "publishedAt": post.at,
        "lastModifiedAt": edited or post.at,
        "lifecycleState": "PUBLISHED",
        "lifecycleStateInfo": {"isEditedByAuthor": edited is not None},
        "visibility": "PUBLIC",
        "isReshareDisabledByAuthor": False,
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
    }
    if post.media:
        medium = {"id": f"urn:li:{post.media.kind}:C4E{zlib.crc32(post.native.encode()):08X}"}
        told["content"] = {"media": {**medium, "altText": post.media.alt}}
    elif post.link:
        told["content"] = {"article": {"source": post.link[0], "title": post.link[1]}}
    return told


def _little(text: str) -> str:
    """A text as "little text": marks escaped, hashtags as templates."""
    parts, at = [], 0
    for match in _TAG.finditer(text):
        parts.append(_MARKS.sub(r"\\\1", text[at : match.start()]))
        name = _MARKS.sub(r"\\\1", match[1])
        parts.append(f"{{hashtag|\\#|{name}}}")
        at = match.end()
    parts.append(_MARKS.sub(r"\\\1", text[at:]))
    return "".join(parts)


def _statistics(posts: list[Post], now: int, since: int = 0) -> dict[str, Any]:
    """What posts reached by a time, or between two."""
    total = dict.fromkeys(("views", "likes", "shares", "replies"), 0)
    for post in posts:
        for at, sign in ((now, 1), (since, -1)):
            if at <= post.at:
                continue
            likes, shares, _, _, replies = post.counts(at)
            counted = {"likes": likes, "shares": shares, "replies": replies}
            for name, number in {**counted, "views": post.views_at(at)}.items():
                total[name] += sign * number
    clicks = total["views"] // 40
    deeds = total["likes"] + total["shares"] + total["replies"] + clicks
    return {
        "impressionCount": total["views"],
        "uniqueImpressionsCount": total["views"] * 3 // 4,
        "clickCount": clicks,
        "likeCount": total["likes"],
        "commentCount": total["replies"],
        "shareCount": total["shares"],
        "engagement": deeds / total["views"] if total["views"] else 0.0,
    }


def _days(ask: Ask) -> list[dict[str, int]]:
    """The whole days of a span that is asked for; without one, all time as one."""
    span = _SPAN.search(ask.one("timeIntervals"))
    if span is None:
        return [{"start": 0, "end": ask.now}]
    start, end = int(span[1]), min(int(span[2]), ask.now)
    return [{"start": at, "end": at + DAY} for at in range(start, end - DAY + 1, DAY)]


def _listed(
    items: list[dict[str, Any]], start: int, count: int, total: int | None, ask: Ask | None = None
) -> Reply:
    links = []
    if ask is not None and total is not None and start + count < total:
        author = quote(ask.one("author"), safe="")
        href = f"{ask.path}?q=author&author={author}&count={count}&start={start + count}"
        links.append({"type": "application/json", "rel": "next", "href": href})
    paging: dict[str, Any] = {"start": start, "count": count, "links": links}
    if total is not None:
        paging["total"] = total
    return Reply.json(200, {"paging": paging, "elements": items})


def _error(status: int, code: str, message: str, number: int | None = None) -> Reply:
    told: dict[str, Any] = {"status": status, "code": code, "message": message}
    if number is not None:
        told["serviceErrorCode"] = number
    return Reply.json(status, told)
