"""Pins, boards, accounts, figures and trending keywords of the Pinterest API as records, found by
their shape.

Figures of a day are samples of their own names (`impressions_daily`), at the end of the day in
UTC, since the counts of a pin (`impressions`) are those of its whole life; a day that Pinterest
still counts has none. A trending keyword is no publication: it is kept as samples of
`pinterest:keyword:<region>:<word>`: `growth_week`, `growth_month`, `growth_year` in percent,
rounded (above 10,000 all is 10,001), and `search_index`, the newest week against the keyword's own
best of the year, 0 to 100.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any, Literal
from urllib.parse import unquote

from crawlers.fields import account_samples, drift, keys, moment, text_or_none
from crawlers.text import emojis, hashtags, links, mentions, once
from vigie.records import (
    Account,
    Author,
    Counts,
    Media,
    MetricSample,
    Post,
    Source,
    sample_id,
)
from vigie.sources import Answer, Mapped

_PIN = keys(
    "alt_text board_id board_owner board_section_id created_at creative_type description "
    "dominant_color has_been_promoted id is_owner is_standard link media note parent_pin_id "
    "pin_metrics product_tags title is_removable carousel_data sponsor_id ad_account_id"
)
_PIN_NEEDED = keys("board_owner created_at description id media title")
_BOARD = keys(
    "board_pins_modified_at collaborator_count created_at description follower_count id "
    "is_ads_only media name owner pin_count privacy"
)
_ACCOUNT = keys(
    "about account_type board_count business_name follower_count following_count id "
    "monthly_views pin_count profile_image username website_url"
)
_KEYWORD = keys(
    "keyword pct_growth_wow pct_growth_mom pct_growth_yoy time_series demographics "
    "has_prediction predicted_time_series"
)
_REGION = re.compile(r"/trends/keywords/([^/?]+)/")
_ANALYSED = re.compile(r"/pins/(\d+)/analytics")
_DAILY = {
    "IMPRESSION": "impressions",
    "SAVE": "saves",
    "PIN_CLICK": "clicks",
    "OUTBOUND_CLICK": "outbound_clicks",
    "ENGAGEMENT": "engagements",
    "USER_FOLLOW": "follows",
    "PROFILE_VISIT": "profile_visits",
    "VIDEO_MRC_VIEW": "video_views",
}
_LIFETIME = {"TOTAL_REACTIONS": "likes", "TOTAL_COMMENTS": "replies"}
_GROWTH = {
    "pct_growth_wow": "growth_week",
    "pct_growth_mom": "growth_month",
    "pct_growth_yoy": "growth_year",
}
_COUNTED = {"READY": "exact", "ESTIMATE": "estimated"}  # other days have no numbers
Kind = Literal["post", "account"]


class Pins:
    """Records of one body, gathered in `mapped`. The answer's `meta` may name the `account` that
    figures are of; `shared` says that a board is read on which others pin, too."""

    def __init__(self, answer: Answer, source: Source) -> None:
        self.mapped = Mapped()
        self._answer = answer
        self._at = answer.collected_at
        self._endpoint = answer.endpoint
        self._source = source.model_dump()
        self._named = answer.target.split("/", 2)[-1]

    def read(self, body: dict[str, Any]) -> None:
        """Finds what a body holds; other resources (sections, followers, best pins) hold none."""
        if "trends" in body:
            self._keywords(body["trends"])
        elif "items" in body:
            for item in body["items"]:
                self._item(item)
        elif "username" in body:
            self.account(body)
        elif "board_id" in body or _is_board(body):
            self._item(body)
        elif _is_error(body) or body.keys() & {"sort_by", "date_availability", "id"}:
            return
        elif not all(isinstance(part, dict) for part in body.values()) or not body:
            raise ValueError(f"an object with {', '.join(sorted(body)[:5]) or 'nothing'}")
        else:
            self._analytics(body)

    def _item(self, item: dict[str, Any]) -> None:
        if _is_board(item):
            self.board(item)
        elif "board_id" in item:
            self.pin(item)

    def account(self, given: dict[str, Any]) -> None:
        """Gathers the account of the token. Pins name their owner by user name, and so do we."""
        drift(self.mapped, f"{self._endpoint}.account", given, _ACCOUNT, keys("username"))
        name = given["username"]
        account = Account(
            id=f"pinterest:{name}",
            platform="pinterest",
            native_id=name,
            handle=name,
            name=text_or_none(given.get("business_name")),
            url=f"https://www.pinterest.com/{name}/",
            bio=text_or_none(given.get("about")),
            kind="brand" if given.get("account_type") == "BUSINESS" else None,
            followers=given.get("follower_count"),
            following=given.get("following_count"),
            posts=given.get("pin_count"),
            first_seen_at=self._at,
            collected_at=self._at,
            source=self._source,
        )
        self.mapped.accounts.append(account)
        self.mapped.samples.extend(account_samples(account))
        for metric, count in (("monthly_views", "monthly_views"), ("boards", "board_count")):
            self._sample("account", account.id, metric, given.get(count), self._at)

    def board(self, given: dict[str, Any]) -> None:
        """Gathers the counts of a board."""
        drift(self.mapped, f"{self._endpoint}.board", given, _BOARD, keys("id name"))
        entity = f"pinterest:board:{given['id']}"
        self._sample("account", entity, "followers", given.get("follower_count"), self._at)
        self._sample("account", entity, "posts", given.get("pin_count"), self._at)

    def pin(self, given: dict[str, Any]) -> None:
        """Gathers a pin. On a board that is shared, one that is not ours is somebody's unnamed."""
        drift(self.mapped, f"{self._endpoint}.pin", given, _PIN, _PIN_NEEDED)
        id, published = given["id"], moment(given["created_at"])
        if published is None:
            raise ValueError(f"created_at is no time: {given['created_at']!r}")
        title, text = text_or_none(given.get("title")), given.get("description")
        said = f"{title or ''}\n{text or ''}"
        owner = (given.get("board_owner") or {}).get("username")
        if given.get("is_owner") is False and self._answer.meta.get("shared"):
            owner = None
        parent, counted = given.get("parent_pin_id"), _lifetime(given.get("pin_metrics"))
        seen = _count(counted, "impression", "impressions")
        self.mapped.posts.append(
            Post(
                id=f"pinterest:{id}",
                platform="pinterest",
                native_id=id,
                kind="pin",
                url=f"https://www.pinterest.com/pin/{id}/",
                author=Author(id=f"pinterest:{owner}", handle=owner) if owner else Author(),
                title=title,
                text=text,
                published_at=min(published, self._at),
                first_seen_at=self._at,
                collected_at=self._at,
                repost_of=f"pinterest:{parent}" if parent else None,
                hashtags=hashtags(said),
                mentions=mentions(said),
                links=once([given.get("link") or "", *links(said)]),
                emojis=emojis(said),
                media=_media(given.get("media") or {}, text_or_none(given.get("alt_text"))),
                metrics=Counts(
                    likes=_count(counted, "reaction", "reactions"),
                    replies=_count(counted, "comment", "comments"),
                    saves=_count(counted, "save", "saves"),
                    views=seen,
                    clicks=_count(counted, "pin_click", "pin_clicks"),
                    impressions=seen,
                ),
                source=self._source,
            )
        )
        outbound = _count(counted, "clickthrough", "outbound_click")
        self._sample("post", f"pinterest:{id}", "outbound_clicks", outbound, self._at)

    def _analytics(self, body: dict[str, Any]) -> None:
        """Figures of one pin or account (`{"all": …}`), or of many pins by id."""
        if all(re.fullmatch(r"\d+", name) for name in body):
            for id, parts in body.items():
                self._figures("post", f"pinterest:{id}", parts)
            return
        one = _ANALYSED.search(self._answer.request_url)
        pin = one is not None or any("lifetime_metrics" in part for part in body.values())
        pin = pin or "pin_id" in self._answer.meta
        meta = self._answer.meta
        named = one[1] if one else meta.get("pin_id") or meta.get("account") or self._named
        self._figures("post" if pin else "account", f"pinterest:{named}", body)

    def _figures(self, kind: Kind, entity: str, parts: dict[str, Any]) -> None:
        for name, part in parts.items():
            of = entity if name == "all" else f"{entity}|part={name}"
            for day in part.get("daily_metrics") or ():
                exactness = _COUNTED.get(day.get("data_status") or "READY")
                if exactness is None:
                    continue
                end = _end_of(day["date"])
                for metric, value in (day.get("metrics") or {}).items():
                    named = f"{_DAILY.get(metric, metric.lower())}_daily"
                    self._sample(kind, of, named, value, end, exactness)
            for metric, value in (part.get("lifetime_metrics") or {}).items():
                self._sample(kind, of, _LIFETIME.get(metric, metric.lower()), value, self._at)
            if not part.keys() & {"daily_metrics", "lifetime_metrics", "summary_metrics"}:
                raise ValueError(f"no figures in {name!r}")

    def _keywords(self, trends: list[dict[str, Any]]) -> None:
        found = _REGION.search(self._answer.request_url)
        region = unquote(found[1]) if found else self._named.rpartition("/")[2]
        for trend in trends:
            drift(self.mapped, f"{self._endpoint}.keyword", trend, _KEYWORD, keys("keyword"))
            entity = f"pinterest:keyword:{region}:{trend['keyword']}"
            for field, metric in _GROWTH.items():
                self._sample(
                    "account", entity, metric, trend.get(field), self._at, "rounded", "public"
                )
            weeks = trend.get("time_series") or {}
            if weeks:
                last = max(weeks)
                at = _end_of(last)
                self._sample(
                    "account", entity, "search_index", weeks[last], at, "estimated", "public"
                )

    def _sample(
        self,
        kind: Kind,
        entity: str,
        metric: str,
        value: float | None,
        at: datetime,
        exactness: str = "exact",
        scope: str = "own",
    ) -> None:
        if value is not None:
            self.mapped.samples.append(
                MetricSample.model_validate(
                    {
                        "id": sample_id(entity, metric, at),
                        "entity": entity,
                        "entity_kind": kind,
                        "platform": "pinterest",
                        "metric": metric,
                        "value": value,
                        "captured_at": at,
                        "exactness": exactness,
                        "scope": scope,
                    }
                )
            )


def _is_board(given: Mapping[str, Any]) -> bool:
    return "name" in given and bool(given.keys() & {"privacy", "pin_count", "follower_count"})


def _is_error(body: Mapping[str, Any]) -> bool:
    """Errors come as a number and words, also with a status of 200."""
    return "message" in body and isinstance(body.get("code"), int)


def _lifetime(counted: dict[str, Any] | None) -> dict[str, Any]:
    """The counts of a pin's whole life; those of 90 days are others."""
    counted = counted or {}
    return counted.get("lifetime_metrics") or counted.get("all_time") or {}


def _count(counted: dict[str, Any], *names: str) -> int | None:
    return next((counted[name] for name in names if counted.get(name) is not None), None)


def _end_of(date: str) -> datetime:
    """The last second of a day in UTC."""
    return datetime.combine(datetime.fromisoformat(date).date(), time(23, 59, 59), UTC)


def _media(given: dict[str, Any], alt: str | None) -> tuple[Media, ...]:
    parts = given.get("items") or ([given] if given else [])
    return tuple(_medium(part, alt) for part in parts)


def _medium(part: dict[str, Any], alt: str | None) -> Media:
    kind = part.get("item_type") or part.get("media_type")
    sizes = [size for size in (part.get("images") or {}).values() if size]
    widest: dict[str, Any] = max(sizes, key=lambda size: size.get("width") or 0, default={})
    if kind == "video" or "video_url" in part:
        length = part.get("duration")  # milliseconds
        return Media(
            kind="video",
            url=part.get("video_url") or part.get("cover_image_url") or widest.get("url"),
            alt=alt,
            width=part.get("width"),
            height=part.get("height"),
            duration_s=length / 1000 if length else None,
        )
    return Media(
        kind="image",
        url=widest.get("url"),
        alt=alt,
        width=widest.get("width"),
        height=widest.get("height"),
    )
