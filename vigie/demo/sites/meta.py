"""Meta Business: daily insights of Facebook pages and Instagram accounts of the world."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.sites.graph import Graph, Refused, chosen, fields_of, missing, stamped
from vigie.demo.sites.reply import Ask

PACIFIC = ZoneInfo("America/Los_Angeles")
SPAN = timedelta(days=93)
LEAST_FANS = 100
SITES = ("facebook", "instagram", "meta")
Figure = Callable[["MetaSite", Account, int, int], int]


def _gain(of: Callable[[Post, int], int]) -> Figure:
    """What an account's posts won between two times."""

    def gained(site: MetaSite, account: Account, begin: int, end: int) -> int:
        posts = [post for post in account.posts if post.at < end and post.visible(end)]
        return sum(of(post, end) - (of(post, begin) if post.at < begin else 0) for post in posts)

    return gained


def _grown(site: MetaSite, account: Account, begin: int, end: int) -> int:
    return max(0, site.followers(account, end) - site.followers(account, begin))


_VIEWS = _gain(lambda post, at: post.views_at(at))
_LIKES = _gain(lambda post, at: post.counts(at)[0])
_SHARES = _gain(lambda post, at: post.counts(at)[1])
_SAVES = _gain(lambda post, at: post.counts(at)[3])
_REPLIES = _gain(lambda post, at: post.counts(at)[4])
_ALL = _gain(lambda post, at: sum(post.counts(at)))
PAGE: dict[str, Figure] = {
    "page_media_view": _VIEWS,
    "page_total_media_view_unique": lambda *given: round(_VIEWS(*given) * 0.7),
    "page_views_total": lambda *given: _VIEWS(*given) // 20,
    "page_post_engagements": _ALL,
    "page_follows": lambda site, account, begin, end: site.followers(account, end),
    "page_daily_follows_unique": _grown,
    "page_daily_unfollows_unique": lambda *given: _grown(*given) // 4,
}
PERSON: dict[str, Figure] = {
    "views": _VIEWS,
    "reach": lambda *given: round(_VIEWS(*given) * 0.8),
    "accounts_engaged": lambda *given: round(_ALL(*given) * 0.6),
    "total_interactions": _ALL,
    "likes": _LIKES,
    "comments": _REPLIES,
    "shares": _SHARES,
    "saves": _SAVES,
    "profile_links_taps": lambda *given: _VIEWS(*given) // 90,
}


class MetaSite(Graph):
    """A page gives a series, an Instagram account a total; days end at midnight in California and
    those that have not ended are not told. Pages below 100 fans have empty data sets."""

    name = "meta"

    def load(self, posts: Sequence[Post]) -> None:
        """All that Facebook and Instagram show."""
        known = [one for one in self._town.accounts if one.site in SITES]
        self._seen = {key: one for one in known for key in (one.native, one.handle)}
        self.begin = min((one.posts[0].at for one in known if one.posts), default=0)

    def route(self, path: str, ask: Ask) -> Any:
        head, _, edge = path.partition("/")
        account = self._seen.get(head)
        if account is None or account.private:
            raise missing(head)
        if edge == "insights":
            if _is_page(account):
                return {"data": list(self._series(account, ask))}
            return {"data": list(self._totals(account, ask))}
        if edge:
            raise missing(path)
        followers = self.followers(account, ask.now)
        whole: dict[str, Callable[[], Any]] = {
            "id": lambda: account.native,
            "name": lambda: account.name,
            "username": lambda: account.handle,
            "followers_count": lambda: followers,
        }
        if _is_page(account):
            whole |= {
                "link": lambda: f"https://www.facebook.com/{account.handle}",
                "about": lambda: account.bio or None,
                "fan_count": lambda: followers - followers // 50,
            }
        else:
            whole |= {
                "biography": lambda: account.bio or None,
                "follows_count": lambda: account.following,
                "media_count": lambda: account.written + len(account.posts),
            }
        return chosen(whole, fields_of(ask.one("fields")), "name", "Page")

    def _series(self, account: Account, ask: Ask) -> Iterator[dict[str, Any]]:
        figures = _asked(ask, PAGE)
        if self.followers(account, ask.now) < LEAST_FANS:
            return
        for name, figure in figures.items():
            yield {
                "name": name,
                "period": "day",
                "values": [
                    {"value": figure(self, account, begin, end), "end_time": stamped(end)}
                    for begin, end in _days(ask)
                ],
                "title": name.replace("_", " "),
                "description": name.replace("_", " "),
                "id": f"{account.native}/insights/{name}/day",
            }

    def _totals(self, account: Account, ask: Ask) -> Iterator[dict[str, Any]]:
        if ask.one("metric_type") != "total_value":
            raise Refused(
                100, "(#100) The following metrics should be specified with parameter "
                "metric_type=total_value: views",
            )  # fmt: skip
        figures = _asked(ask, PERSON)
        days = list(_days(ask))
        for name, figure in figures.items():
            if days:
                total = figure(self, account, days[0][0], days[-1][1])
                yield {
                    "name": name,
                    "period": "day",
                    "title": name.replace("_", " ").capitalize(),
                    "description": name.replace("_", " "),
                    "total_value": {"value": total},
                    "id": f"{account.native}/insights/{name}/day",
                }


def _is_page(account: Account) -> bool:
    """Instagram's ids begin with 178."""
    return not account.native.startswith("178") and account.site != "instagram"


def _asked(ask: Ask, known: dict[str, Figure]) -> dict[str, Figure]:
    names = [name for name in ask.one("metric").split(",") if name]
    if not names or not set(names) <= known.keys():
        raise Refused(100, "(#100) The value must be a valid insights metric")
    if ask.one("period", "day") != "day":
        raise Refused(100, "(#100) Invalid parameter: period")
    return {name: known[name] for name in names}


def _days(ask: Ask) -> Iterator[tuple[int, int]]:
    """Begin and end (ms) of the days asked for that have ended."""
    since, until = (ask.one(name) for name in ("since", "until"))
    if not since.isdigit() or not until.isdigit():
        raise Refused(100, "(#100) since and until are required")
    begin, last = (datetime.fromtimestamp(int(text), UTC) for text in (since, until))
    if last - begin > SPAN:
        raise Refused(100, "(#100) There cannot be more than 93 days between since and until")
    day = begin.astimezone(PACIFIC).date()
    while True:
        start = datetime.combine(day, time(), tzinfo=PACIFIC)
        day += timedelta(days=1)
        end = datetime.combine(day, time(), tzinfo=PACIFIC)
        if end > last or end.timestamp() * 1_000 > ask.now:
            return
        yield round(start.timestamp() * 1_000), round(end.timestamp() * 1_000)
