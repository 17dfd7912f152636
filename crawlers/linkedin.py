"""LinkedIn: the posts and figures of pages that the account administers.

Collected: of the own brands' pages the page itself (`organizations`) with its followers
(`networkSizes`), its posts, the last changed first (`posts`), reactions and comments counted
(`socialMetadata`, 50 posts a call), impressions, clicks and shares of posts and of days
(`shareStatistics`), followers gained by day (`followerStatistics`); recent posts again, 50 a call
(`postsBatch`): one that is not found was deleted.

Terms: Community Management API, with LinkedIn's approval and `r_organization_social` for pages
where the account is administrator, content admin or sponsored content poster. What members say may
be kept for 48 hours only: comments are counted, never read, and nobody is profiled.
Missing: everything about competitors; talk about the brand; views of posts of members.
Quota: calls per day and resource for the application and the member, reset at midnight UTC, told
in the developer portal alone; a refusal is 429. Versions of the API are named by month and switched
off after about a year: `platforms.linkedin.api_version`, and a warning before it lapses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from crawlers import paging, versions
from crawlers.fields import decoded, mapping, ok, source, stamp
from crawlers.restli import (
    HOST,
    call,
    is_nobody,
    listed,
    organisation,
    page,
    page_name,
    posts_path,
    signed,
    statistics,
)
from crawlers.shares import Shares, kind_of, ms, organisation_of, published
from crawlers.versions import VERSION
from vigie.health import token_fault
from vigie.records import Post, Tombstone
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

MANY = 50  # posts that one call asks for
DAYS = 14  # of own figures, read again while LinkedIn still counts them
CODES = {
    65600: "token lapsed", 65601: "approval revoked", 65602: "token lapsed",
    65603: "approval missing", 65604: "token lapsed",
}  # fmt: skip


class LinkedIn:
    name = "linkedin"
    title = "LinkedIn"
    endpoints = (
        "organizations", "networkSizes", "posts", "postsBatch", "socialMetadata",
        "shareStatistics", "followerStatistics",
    )  # fmt: skip
    requires = ("LINKEDIN_TOKEN",)
    mapper_version = "1"
    api_version = VERSION
    ids = re.compile(r"urn:li:(?:share|ugcPost):\d+")
    rate = 2.0
    scope = "endpoint"
    reads_many = True
    batch = MANY
    lists = frozenset({"posts"})

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        options = {
            "since_days": settings.since_days,
            "version": settings.api_version or VERSION,
            "insights": list(settings.insights),
        }
        host = (settings.url or HOST).rstrip("/")
        return [
            Target(self.name, kind, page_name(account), brand.id, None, host, options)
            for kind in ("account", "insights")
            for brand in watchlist.own
            for account in brand.accounts.get(self.name, ())
        ]

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        known = {
            post.native_id: {
                "published_at": stamp(post.published_at),
                "kind": post.kind,
                "author": post.author.id,
                "owner": post.owner,
            }
            for post in posts
            if post.native_id.startswith("urn:li:") and post.owner
        }
        options = {"posts": known, "version": settings.api_version or VERSION}
        host = (settings.url or HOST).rstrip("/")
        target = Target(self.name, "refresh", "posts", host=host, options=options)
        return [target] if known else []

    def remarks(self, watchlist: Watchlist, now: datetime) -> list[tuple[str, str]]:
        """What a person should know of the version before it is switched off: French, English."""
        version = watchlist.platform(self.name).api_version or VERSION
        used = any(brand.accounts.get(self.name) for brand in watchlist.own)
        return list(versions.remarks(version, now)) if used else []

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        if target.kind == "refresh":
            urns = list(target.options["posts"])
            for first in range(0, len(urns), MANY):
                known = {urn: target.options["posts"][urn] for urn in urns[first : first + MANY]}
                path = f"/rest/posts?ids={listed(known)}"
                yield call(target, "postsBatch", path, {"posts": known}, method="BATCH_GET")
            return
        value = target.value
        by_name = f"?q=vanityName&vanityName={quote(value, safe='')}"
        path = f"/rest/organizations{f'/{value}' if value.isdigit() else by_name}"
        yield call(target, "organizations", path, {})

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if not ok(answer):
            return
        with mapping(answer):
            if answer.endpoint == "organizations":
                found = organisation(answer)
                if found is None:
                    return
                if target.kind == "insights":
                    yield from self._figures(answer, target, organisation_of(found), cursor)
                else:
                    yield from self._posts(target, found, cursor)
            elif answer.endpoint == "posts":
                host = target.host or HOST
                following = paging.following(answer, host, page(answer))
                yield from (signed(one, target) for one in following)
                yield from self._counts(answer, target)
            elif answer.endpoint == "postsBatch":
                yield from self._counts(answer, target)

    def _posts(
        self, target: Target, found: Mapping[str, Any], cursor: Mapping[str, Any]
    ) -> Iterator[Call]:
        urn = organisation_of(found)
        meta = {
            "organisation": urn,
            "handle": found.get("vanityName"),
            "name": found.get("localizedName"),
            "since_days": target.options.get("since_days", 30),
        }
        size = f"/rest/networkSizes/{quote(urn, safe='')}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
        yield call(target, "networkSizes", size, meta)
        path = posts_path(urn, 0)
        for one in paging.walk("posts", target.host or HOST, path, cursor, meta):
            yield signed(one, target)

    def _counts(self, answer: Answer, target: Target) -> Iterator[Call]:
        """Reactions, comments and own figures of the posts that a page holds."""
        known = {
            post["id"]: {
                "published_at": stamp(at),
                "kind": kind_of(post),
                "author": f"linkedin:{post['author']}",
            }
            for post in published(decoded(answer))
            if (at := ms(post.get("publishedAt")) or ms(post.get("createdAt")))
        }
        if not known:
            return
        path = f"/rest/socialMetadata?ids={listed(known)}"
        yield call(target, "socialMetadata", path, {"posts": known}, method="BATCH_GET")
        authors: dict[str, dict[str, Any]] = {}
        for urn, told in known.items():
            authors.setdefault(told["author"].removeprefix("linkedin:"), {})[urn] = told
        for author, its in authors.items():
            kinds = {"shares": ":share:", "ugcPosts": ":ugcPost:"}
            asked = {name: [urn for urn in its if part in urn] for name, part in kinds.items()}
            path = "&".join(f"{name}={listed(urns)}" for name, urns in asked.items() if urns)
            yield call(target, "shareStatistics", f"{statistics('Share', author)}&{path}",
                        {"posts": its})  # fmt: skip

    def _figures(
        self, answer: Answer, target: Target, urn: str, cursor: Mapping[str, Any]
    ) -> Iterator[Call]:
        """The days' figures of a page; today's are not whole."""
        today = answer.collected_at.astimezone(UTC).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        days = DAYS if cursor.get("figures") else target.options.get("since_days", DAYS)
        start, end = (round(at.timestamp() * 1000) for at in (today - timedelta(days), today))
        span = f"(timeRange:(start:{start},end:{end}),timeGranularityType:DAY)"
        for endpoint, kind in (("shareStatistics", "Share"), ("followerStatistics", "Follower")):
            path = f"{statistics(kind, urn)}&timeIntervals={span}"
            yield call(target, endpoint, path, {"organisation": urn})

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        if not ok(answer):
            return cursor
        if answer.endpoint == "followerStatistics":
            return {**cursor, "figures": stamp(answer.collected_at)}
        if answer.endpoint != "posts":
            return cursor
        with mapping(answer):
            return paging.advanced(answer, cursor, page(answer))

    def healthy(self, answer: Answer) -> str | None:
        """LinkedIn's own codes; an unknown page is an empty list or 404."""
        if answer.status == 200:
            unknown = answer.endpoint == "organizations" and is_nobody(answer)
            return "unknown account" if unknown else None
        if not 400 <= answer.status < 500 or answer.status == 429:
            return None
        try:
            told = answer.json()
        except ValueError:
            return None
        code, words = told.get("serviceErrorCode"), f"{told.get('code')} {told.get('message')}"
        if answer.status == 426 or "VERSION" in words:
            return f"unknown API version: {told.get('message') or answer.status}"
        if fault := CODES.get(code) or token_fault(words):
            return f"{fault}: {told.get('code') or answer.status}"
        if answer.status == 403:
            whole = "Not enough permissions" in words or "organization" not in words.lower()
            return "approval missing: ACCESS_DENIED" if whole else "private account: not yours"
        return "unknown account" if answer.endpoint == "organizations" else None

    def map(self, answer: Answer) -> Mapped:
        if not ok(answer):
            return Mapped()
        body = decoded(answer)
        with mapping(answer):
            if isinstance(body, dict) and isinstance(body.get("status"), int) and "code" in body:
                return Mapped()  # an error that comes as a success
            shares = Shares(answer, source(answer, self.mapper_version))
            shares.read(body)
            if answer.endpoint == "postsBatch" and "posts" in answer.meta:
                shares.mapped.tombstones += _gone(answer, body)
            return shares.mapped


def _gone(answer: Answer, body: Mapping[str, Any]) -> Iterator[Tombstone]:
    """What was asked for and is not there: an error 404, or not told of at all."""
    errors, found = body.get("errors") or {}, body.get("results") or {}
    for urn in answer.meta["posts"]:
        status = (errors.get(urn) or {}).get("status", 404)
        if urn not in found and status in (404, 410):
            yield Tombstone(
                id=f"linkedin:{urn}", entity_kind="post", noticed_at=answer.collected_at
            )


CRAWLER = LinkedIn()
