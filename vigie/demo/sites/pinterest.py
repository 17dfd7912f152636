"""The Pinterest API: the account of the token, its pins and boards, their figures, and keywords.

The token says whose account it opens by what follows its last colon, if that is a handle; else it
opens the first brand's. A pin of somebody else that mentions the account stands on its shared
board. A private account is one that the token may not read.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from vigie.demo.people import Account
from vigie.demo.posts import Post
from vigie.demo.sites.lists import Shelf
from vigie.demo.sites.reply import Ask, Refusal, Reply, Town, began, iso

PAGE, MOST, MANY = 25, 250, 100
DAYS = 90  # that figures go back
DAY = 86_400_000
COUNTED_AFTER = timedelta(hours=24)  # a day's end, until when its figures are not told
CLICKS, OUTBOUND = 0.031, 0.012  # parts of the impressions
KEYWORDS = {
    "FR": ("vélo cargo famille", "garage à vélo bois", "sacoche vélo couture", "balcon fleuri"),
    "US": ("cargo bike with kids", "bike shed ideas", "fall commute outfit", "pannier sewing"),
    "GB+IE": ("family cargo bike", "small garden bike store", "rain cape pattern"),
}
_PIN = re.compile(r"/v5/pins/(\d+)")
_BOARD = re.compile(r"/v5/boards/(\d+)/pins")
_TRENDS = re.compile(r"/v5/trends/keywords/([A-Z+]+)/top/(growing|monthly|yearly|seasonal)")


class PinterestSite:
    """Answers as of a time, from what the town holds at that time."""

    needs_token = True
    renamed = ("created_at", "creation_time")

    def __init__(self, town: Town) -> None:
        self._town = town

    @staticmethod
    def native(at: int, serial: int) -> str:
        """Digits that rise with time."""
        return f"{at}{serial:05}"

    def token_of(self, ask: Ask) -> str:
        return ask.bearer()

    def refused(self, ask: Ask, why: Refusal) -> Reply:
        if why == "unapproved":
            return _error(403, 3, "Authorization failed: the app has no access to this scope.")
        if why == "revoked":
            return _error(401, 2, "Authentication failed: access was revoked.")
        return _error(401, 2, "Authentication failed.")

    def limited(self, ask: Ask, wait_s: float) -> Reply:
        reply = _error(429, 8, "You have exceeded your rate limit. Try again later.")
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(max(1, round(wait_s)))}
        return Reply(429, reply.body, headers=headers)

    def failed(self, ask: Ask) -> Reply:
        return _error(200, 12, "Something went wrong on our end. Sorry about that.")

    def answer(self, ask: Ask) -> Reply:
        if ask.method != "GET":
            return _error(405, 1, "Method not allowed.")
        account = self._account(self.token_of(ask))
        if account is None:
            return _error(401, 2, "Authentication failed.")
        if account.private:
            return _error(403, 29, "You are not permitted to access that resource.")
        reply = self._route(account, ask)
        headers = {
            "x-ratelimit-limit": "1000",
            "x-ratelimit-remaining": str(ask.left),
            "x-ratelimit-reset": str(max(1, round((ask.reset - ask.now) / 1000))),
        }
        return Reply(reply.status, reply.body, reply.kind, headers)

    def _account(self, token: str) -> Account | None:
        people = [one for one in self._town.accounts if one.site == "pinterest"]
        named = [one for one in people if one.handle == token.rpartition(":")[2]]
        brands = [one for one in people if one.kind == "brand"]
        return next(iter((*named, *brands, *people)), None)

    def _route(self, account: Account, ask: Ask) -> Reply:
        ways: dict[str, Callable[[Account, Ask], Reply]] = {
            "/v5/user_account": self._profile,
            "/v5/user_account/analytics": self._figures,
            "/v5/pins": self._own_pins,
            "/v5/pins/analytics": self._figures_of_pins,
            "/v5/boards": self._boards,
        }
        if way := ways.get(ask.path):
            return way(account, ask)
        if match := _PIN.fullmatch(ask.path):
            pin = next((pin for pin in self._readable(account) if pin.native == match[1]), None)
            if pin is None or not pin.visible(ask.now):
                return _error(404, 50, "Pin not found.")
            return Reply.json(200, self._pin(pin, account, ask))
        if match := _BOARD.fullmatch(ask.path):
            boards = {board_id(account, name): name for name in ("own", "shared")}
            if match[1] not in boards:
                return _error(404, 40, "Board not found.")
            own = boards[match[1]] == "own"
            return self._paged(account, ask, self._own(account) if own else self._given(account))
        if match := _TRENDS.fullmatch(ask.path):
            return self._trends(match[1], ask)
        return _error(404, 0, "Not found.")

    def _own(self, account: Account) -> list[Post]:
        return [post for post in account.posts if post.parent is None]

    def _given(self, account: Account) -> list[Post]:
        """What others pinned on the shared board."""
        posts = self._town.of("pinterest")
        return [post for post in posts if account in post.mentions and post.account is not account]

    def _readable(self, account: Account) -> list[Post]:
        return [*self._own(account), *self._given(account)]

    def _profile(self, account: Account, ask: Ask) -> Reply:
        pins = [post for post in self._own(account) if post.visible(ask.now)]
        day = max(0.0, (ask.now - began(self._town)) / DAY)
        month = [post for post in pins if ask.now - post.at < 30 * DAY]
        return Reply.json(
            200,
            {
                "account_type": "BUSINESS" if account.kind == "brand" else "PINNER",
                "id": str(_number(account.native) + 10**17),
                "username": account.handle,
                "about": account.bio,
                "business_name": account.name if account.kind == "brand" else None,
                "profile_image": f"https://img.example/{account.handle}.jpg",
                "website_url": f"https://{account.handle}.example",
                "board_count": 2,
                "pin_count": len(pins) + account.written,
                "follower_count": account.followers_on(day),
                "following_count": account.following,
                "monthly_views": sum(post.views_at(ask.now) for post in month),
            },
        )

    def _own_pins(self, account: Account, ask: Ask) -> Reply:
        return self._paged(account, ask, self._own(account))

    def _paged(self, account: Account, ask: Ask, pins: list[Post]) -> Reply:
        size, mark = _size(ask), ask.one("bookmark")
        below = _unmarked(mark)
        if size is None or (mark and below is None):
            return _error(400, 1, "Invalid page_size or bookmark.")
        shelf = Shelf(pins, _key)
        shown: list[Post] = []
        for pin in shelf.newest(ask.now, below):
            if len(shown) == size:
                break
            shown.append(pin)
        more = len(shown) == size and any(True for _ in shelf.newest(ask.now, _key(shown[-1])))
        items = [self._pin(pin, account, ask) for pin in shown]
        return Reply.json(
            200, {"items": items, "bookmark": _marked(_key(shown[-1])) if more else None}
        )

    def _boards(self, account: Account, ask: Ask) -> Reply:
        size = _size(ask)
        if size is None:
            return _error(400, 1, "Invalid page_size.")
        items = []
        for name in ("own", "shared"):
            pins = self._own(account) if name == "own" else self._given(account)
            pins = [pin for pin in pins if pin.visible(ask.now)]
            others = {pin.account.handle for pin in pins} - {account.handle}
            items.append(
                {
                    "id": board_id(account, name),
                    "name": account.name if name == "own" else f"Vos photos de {account.name}",
                    "description": account.bio,
                    "privacy": "PUBLIC",
                    "owner": {"username": account.handle},
                    "pin_count": len(pins),
                    "follower_count": account.followers // 9,
                    "collaborator_count": len(others),
                    "is_ads_only": False,
                    "created_at": "2024-05-02T08:00:00",
                    "board_pins_modified_at": _time(max((pin.at for pin in pins), default=0)),
                    "media": {"image_cover_url": None, "pin_thumbnail_urls": []},
                }
            )
        return Reply.json(200, {"items": items[:size], "bookmark": None})

    def _pin(self, pin: Post, account: Account, ask: Ask) -> dict[str, Any]:
        own = pin.account is account
        given: dict[str, Any] = {
            "id": pin.native,
            "created_at": _time(pin.at),
            "link": pin.link[0] if pin.link else None,
            "title": pin.title,
            "description": pin.text_at(ask.now),
            "dominant_color": "#6e7874",
            "alt_text": pin.media.alt if pin.media else None,
            "creative_type": "VIDEO" if pin.media and pin.media.kind == "video" else "REGULAR",
            "board_id": board_id(account, "own" if own else "shared"),
            "board_section_id": None,
            "board_owner": {"username": account.handle},
            "is_owner": own,
            "is_standard": True,
            "has_been_promoted": False,
            "media": _media(pin),
            "parent_pin_id": pin.quotes.native if pin.quotes else None,
            "pin_metrics": None,
        }
        if ask.one("pin_metrics") == "true" and own:
            likes, _, _, saves, replies = pin.counts(ask.now)
            seen = pin.views_at(ask.now)
            life = {
                "impression": seen, "save": saves, "pin_click": round(seen * CLICKS),
                "clickthrough": round(seen * OUTBOUND), "reaction": likes, "comment": replies,
            }  # fmt: skip
            quarter = {name: life[name] for name in ("impression", "pin_click", "clickthrough")}
            given["pin_metrics"] = {"90d": quarter, "lifetime_metrics": life}
        return given

    def _figures(self, account: Account, ask: Ask) -> Reply:
        return self._by_day(self._own(account), ask, lifetime=False)

    def _figures_of_pins(self, account: Account, ask: Ask) -> Reply:
        ids = [id for given in ask.query.get("pin_ids", ()) for id in given.split(",") if id]
        if not 1 <= len(ids) <= MANY or not ask.one("metric_types"):
            return _error(400, 1, f"Give 1 to {MANY} pin_ids, and metric_types.")
        pins = {pin.native: pin for pin in self._own(account) if pin.visible(ask.now)}
        told: dict[str, Any] = {}
        for id in ids:
            if id in pins:
                reply = self._by_day([pins[id]], ask, lifetime=True)
                if reply.status != 200:
                    return reply
                told[id] = orjson.loads(reply.body)
        return Reply.json(200, told)

    def _by_day(self, pins: list[Post], ask: Ask, *, lifetime: bool) -> Reply:
        try:
            first = date.fromisoformat(ask.one("start_date"))
            last = date.fromisoformat(ask.one("end_date"))
        except ValueError:
            return _error(400, 1, "start_date and end_date are dates.")
        today = datetime.fromtimestamp(ask.now / 1000, UTC).date()
        if not today - timedelta(days=DAYS) <= first <= last <= today:
            return _error(400, 1, f"Dates lie in order within the last {DAYS} days.")
        wanted = [name for given in ask.query.get("metric_types", ()) for name in given.split(",")]
        days = []
        summary: dict[str, float] = {}
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
            ready = ask.now >= (end + COUNTED_AFTER).timestamp() * 1000
            status = "READY" if ready else "PROCESSING"
            if lifetime and end.timestamp() * 1000 <= pins[0].at:
                status = "BEFORE_PIN_CREATED"
            whole = status == "READY"
            metrics = _of_day(pins, round(end.timestamp() * 1000), wanted) if whole else {}
            for name, value in metrics.items():
                summary[name] = summary.get(name, 0) + value
            days.append({"data_status": status, "date": day.isoformat(), "metrics": metrics})
        told: dict[str, Any] = {"daily_metrics": days, "summary_metrics": summary}
        if lifetime:
            likes, _, _, _, replies = pins[0].counts(ask.now)
            told["lifetime_metrics"] = {"TOTAL_COMMENTS": replies, "TOTAL_REACTIONS": likes}
        return Reply.json(200, {"all": told})

    def _trends(self, region: str, ask: Ask) -> Reply:
        if region not in KEYWORDS:
            return _error(400, 1, f"{region} is not a supported region.")
        today = datetime.fromtimestamp(ask.now / 1000, UTC).date()
        ends = today - timedelta(days=today.weekday() + 1)  # weeks end on Sundays
        trends = []
        for word in KEYWORDS[region]:
            weeks = {
                (ends - timedelta(weeks=ago)).isoformat(): 20
                + _number(f"{word}{ends - timedelta(weeks=ago)}") % 80
                for ago in range(11, -1, -1)
            }
            growth = [_number(f"{word}{ends}{span}") % 40 * 10 - 50 for span in "wmy"]
            trends.append(
                {
                    "keyword": word,
                    "pct_growth_wow": growth[0],
                    "pct_growth_mom": growth[1],
                    "pct_growth_yoy": growth[2],
                    "time_series": weeks,
                }
            )
        return Reply.json(200, {"trends": trends[: ask.number("limit", 50, 50)]})


def board_id(account: Account, name: str) -> str:
    """The id of one of an account's two boards: its own, and one that others pin on."""
    return str(_number(f"{account.native}/{name}") + 10**11)


def _of_day(pins: list[Post], end: int, wanted: list[str]) -> dict[str, float]:
    """What came to pins in the day that ends then (ms)."""
    seen = sum(pin.views_at(end) - pin.views_at(end - DAY) for pin in pins if pin.at < end)
    saves = sum(pin.counts(end)[3] - pin.counts(end - DAY)[3] for pin in pins if pin.at < end)
    clicks, outbound = round(seen * CLICKS), round(seen * OUTBOUND)
    told: dict[str, float] = {
        "IMPRESSION": seen, "SAVE": saves, "PIN_CLICK": clicks, "OUTBOUND_CLICK": outbound,
        "ENGAGEMENT": saves + clicks,
    }  # fmt: skip
    return {name: value for name, value in told.items() if name in wanted}


def _media(pin: Post) -> dict[str, Any]:
    width, height = (pin.media.width, pin.media.height) if pin.media else (1000, 1500)
    images = {
        name: {"width": size, "height": size * height // width, "url": f"https://img.example/{name}/{pin.native}.jpg"}
        for name, size in (("150x150", 150), ("1200x", 1200))
    }  # fmt: skip
    if pin.media and pin.media.kind == "video":
        return {
            "media_type": "video", "images": images, "video_url": None,
            "cover_image_url": f"https://img.example/cover/{pin.native}.jpg",
            "duration": round((pin.media.seconds or 0) * 1000), "width": width, "height": height,
        }  # fmt: skip
    return {"media_type": "image", "images": images}


def _error(status: int, code: int, message: str) -> Reply:
    return Reply.json(status, {"code": code, "message": message})


def _size(ask: Ask) -> int | None:
    """How many items a page has; None where more are asked for than there may be."""
    told = ask.one("page_size", str(PAGE))
    return int(told) if told.isdigit() and 1 <= int(told) <= MOST else None


def _key(pin: Post) -> int:
    return pin.at * 100_000 + int(pin.native[-5:])


def _marked(key: int) -> str:
    return base64.urlsafe_b64encode(f"P{key}".encode()).decode()


def _unmarked(mark: str) -> int | None:
    """The key below which a page goes on; None for a mark that no page gave."""
    try:
        told = base64.urlsafe_b64decode(mark.encode()).decode()
    except ValueError:
        return None
    return int(told[1:]) if re.fullmatch(r"P\d+", told) else None


def _time(ms: int) -> str:
    """Times come without a zone; they are UTC."""
    return iso(ms)[:19]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
