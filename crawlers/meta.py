"""Meta Business: daily figures of own Facebook pages and Instagram accounts (Graph API insights).

Collected: for each of `meta = ["page:ID", "instagram:ID"]` of own brands what the account is
(`account`) and its figures by day: a page's as a series (`page_insights`), an Instagram account's
day by day (`instagram_insights`), the last two days again and again until they have settled, as
estimates. The metrics' names are data: `platforms.meta.insights`, else those that are valid since
2025, when views replaced impressions. Samples stand with `facebook:ID` and `instagram:ID`, at the
end of their day; the version of the API is kept with each answer, account and landed body.

Terms: Meta Platform Terms, own accounts only (`read_insights`, `instagram_manage_insights`).
Missing: pages below 100 followers have no figures; figures of days older than two years. An empty
data set is unknown, not 0.
Quota: the accounts' business budgets, told in usage headers; 90 days in one call, or one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crawlers import figures, graph
from crawlers.fields import (
    account_samples,
    decoded,
    mapping,
    moment,
    ok,
    source,
    stamp,
    text_or_none,
)
from vigie.ratelimit import PACIFIC
from vigie.records import Account, Post
from vigie.sources import Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

TOKEN = graph.bearer("META_TOKEN")
ZONE = ZoneInfo(PACIFIC)  # Meta's days
SPAN = 90  # days in one call for a page
FIELDS = {
    "facebook": "id,name,username,link,about,fan_count,followers_count",
    "instagram": "id,name,username,biography,followers_count,follows_count,media_count",
}
FIGURES = {
    "facebook": (
        "page_media_view", "page_total_media_view_unique", "page_views_total",
        "page_post_engagements", "page_follows", "page_daily_follows_unique",
        "page_daily_unfollows_unique",
    ),
    "instagram": (
        "views", "reach", "accounts_engaged", "total_interactions", "likes", "comments", "shares",
        "saves", "profile_links_taps",
    ),
}  # fmt: skip
KINDS = {"page": "facebook", "facebook": "facebook", "instagram": "instagram"}
DAYS = ("page_insights", "instagram_insights")


class Meta:
    name = "meta"
    title = "Meta Business"
    endpoints = ("account", *DAYS)
    requires: tuple[str, ...] = ("META_TOKEN",)
    mapper_version = "1"
    api_version = graph.VERSION
    rate = 2.0  # calls a second
    least: Mapping[str, int] = {"account": 1}

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host, options = graph.base(settings), graph.options(settings)
        return [
            Target(self.name, "insights", account, brand.id, None, host, options)
            for brand in watchlist.own
            for account in brand.accounts.get(self.name, ())
        ]

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        return []

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        kind, _, native = target.value.partition(":")
        meta = {**target.options["meta"], "of": KINDS[kind], "native": native}
        where = graph.path(native, fields=FIELDS[KINDS[kind]])
        yield Call("account", f"{target.host}{where}", headers=TOKEN, meta=meta)

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if answer.endpoint != "account" or not ok(answer) or graph.error_of(answer):
            return
        meta = answer.meta
        given = target.options["insights"]
        page = meta["of"] == "facebook"
        names = [name for name in given if name.startswith("page_") == page] if given else ()
        asked: dict[str, Any] = {"metric": ",".join(names or FIGURES[meta["of"]]), "period": "day"}
        if not page:
            asked["metric_type"] = "total_value"
        for begin, end in _spans(answer.collected_at, meta, cursor, SPAN if page else 1):
            between = {"since": int(begin.timestamp()), "until": int(end.timestamp())}
            where = graph.path(f"{meta['native']}/insights", **asked, **between)
            more = {**meta, "entity": meta["native"], "until": stamp(end)}
            yield Call(DAYS[not page], f"{target.host}{where}", headers=TOKEN, meta=more)

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        until = moment(answer.meta.get("until"))
        if answer.endpoint not in DAYS or until is None or not ok(answer) or graph.error_of(answer):
            return cursor
        settled = _midnight(answer.collected_at - figures.SETTLED)
        return {**cursor, "done": max(cursor.get("done", ""), stamp(min(until, settled)))}

    def healthy(self, answer: Answer) -> str | None:
        """An answer without an error."""
        return graph.fault(answer)

    def map(self, answer: Answer) -> Mapped:
        mapped = Mapped()
        if not ok(answer) or graph.error_of(answer):
            return mapped
        body = decoded(answer)
        with mapping(answer):
            if not isinstance(body, dict):
                raise TypeError("expected an object")
            if "data" in body:
                if body["data"] and not figures.is_figures(body["data"]):
                    raise KeyError("data without names and values")
                platform = answer.meta.get("of") or _platform_of(body["data"])
                figures.figures(mapped, answer, body["data"], platform, {}, False)
            else:
                self._account(mapped, answer, body)
        return mapped

    def _account(self, mapped: Mapped, answer: Answer, given: Mapping[str, Any]) -> None:
        platform = answer.meta.get("of") or ("instagram" if "media_count" in given else "facebook")
        fans, handle = given.get("fan_count"), given.get("username")
        account = Account(
            id=f"{platform}:{given['id']}",
            platform=platform,
            native_id=given["id"],
            handle=handle,
            name=text_or_none(given.get("name")),
            url=given.get("link") or (f"https://www.{platform}.com/{handle}" if handle else None),
            bio=text_or_none(given.get("biography") or given.get("about")),
            followers=given.get("followers_count", fans),
            following=given.get("follows_count"),
            posts=given.get("media_count"),
            owner=answer.brand,
            first_seen_at=answer.collected_at,
            collected_at=answer.collected_at,
            source=source(answer, self.mapper_version),
        )
        mapped.accounts.append(account)
        mapped.samples.extend(account_samples(account))


def _platform_of(items: Sequence[Mapping[str, Any]]) -> str:
    """The network of figures that do not say whose they are: pages' metrics have a prefix."""
    pages = any(str(item["name"]).startswith(("page_", "post_")) for item in items)
    return "facebook" if pages else "instagram"


def _spans(
    now: datetime, meta: Mapping[str, Any], cursor: Mapping[str, Any], days: int
) -> Iterator[tuple[datetime, datetime]]:
    """Spans of whole days up to the last midnight, from where figures have not settled yet."""
    end = _midnight(now)
    floor = _midnight(now - timedelta(days=meta.get("since_days", 30)))
    begin = max(moment(cursor.get("done")) or floor, floor)
    while begin < end:
        until = min(_midnight(begin + timedelta(days=days, hours=1)), end)
        yield begin, until
        begin = until


def _midnight(at: datetime) -> datetime:
    """The last midnight of Meta's days."""
    local = at.astimezone(ZONE)
    return datetime.combine(local.date(), time(), tzinfo=ZONE)


CRAWLER = Meta()
