"""Pinterest: the own account's pins with their counts, its boards and figures, and what people look
for there.

Collected: the account that the token belongs to (`user_account`), its pins with the counts of their
life (`pins`), its boards (`boards`) and what others pin on those that are shared (`board_pins`);
once a day the figures of each day, of the account (`user_account_analytics`) and of pins younger
than thirty days, a hundred a call (`pins_analytics`); for each region of the watchlist the
keywords that grow (`trends_keywords`). Pins are read again by the list, 250 a call; one that is
not on it any more is asked for by itself (`pin`): 404 means deleted.

Terms: own account only; of others the API gives nothing but to partners, so competitors are no
targets. Missing: comments' words, who saved, figures older than 90 days.
Quota: 1,000 calls a day with trial access, for which we stop; more with standard access. Needs
`PINTEREST_TOKEN`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from crawlers import paging
from crawlers.fields import decoded, mapping, moment, ok, read_by, stamp
from crawlers.pins import Pins
from vigie.budgets import Limit
from vigie.health import detail
from vigie.records import Post, Tombstone
from vigie.sources import FIGURES, Answer, Call, Mapped, Target
from vigie.watchlist import Watchlist

HOST = "https://api.pinterest.com"
TOKEN = {"Authorization": "Bearer ${PINTEREST_TOKEN}"}
PAGE, MANY = 250, 100  # items of a page, pins of a call for figures
YOUNG = timedelta(days=30)  # of older pins no daily figures are asked for
UNSETTLED, OLDEST = 3, 89  # days that are read again, days that the API goes back
ACCOUNT = ("IMPRESSION", "ENGAGEMENT", "SAVE", "PIN_CLICK", "OUTBOUND_CLICK")
DAILY = {  # what is read once a day
    "user_account_analytics": "account", "pins_analytics": "pins", "boards": "boards",
    "board_pins": "boards",
}  # fmt: skip
PIN = ("IMPRESSION", "SAVE", "PIN_CLICK", "OUTBOUND_CLICK", "TOTAL_COMMENTS", "TOTAL_REACTIONS")


class Pinterest:
    name = "pinterest"
    title = "Pinterest"
    endpoints = (
        "user_account", "user_account_analytics", "pins", "pin", "pins_analytics", "boards",
        "board_pins", "trends_keywords",
    )  # fmt: skip
    requires = ("PINTEREST_TOKEN",)
    mapper_version = "1"
    api_version = "v5"
    ids = re.compile(r"\d{6,20}")
    rate = 2.0  # calls a second
    reads_many = True
    batch = PAGE
    limits: Mapping[str, Limit] = {"pinterest": Limit(calls=1_000)}
    lists = frozenset({"pins"})  # an empty first page is doubted

    def targets(self, watchlist: Watchlist) -> list[Target]:
        settings = watchlist.platform(self.name)
        host = (settings.url or HOST).rstrip("/")
        options = {"since_days": settings.since_days}
        found = [
            Target(self.name, "account", account.lstrip("@"), brand.id, None, host, options)
            for brand in watchlist.own
            for account in brand.accounts.get(self.name, ())
        ]
        return found + [
            Target(self.name, FIGURES, f"trends/{region}", host=host) for region in settings.regions
        ]

    def refresh(self, posts: Sequence[Post], watchlist: Watchlist) -> list[Target]:
        host = (watchlist.platform(self.name).url or HOST).rstrip("/")
        own = {
            account.lstrip("@").casefold()
            for brand in watchlist.own
            for account in brand.accounts.get(self.name, ())
        }
        # To the API all others' pins are not there; on shared boards nobody is named.
        asked = {
            post.native_id: stamp(post.published_at)
            for post in posts
            if post.author.handle is None or post.author.handle.casefold() in own
        }
        options = {"asked": asked}
        return [Target(self.name, "refresh", "pins", host=host, options=options)] if asked else []

    def start(self, target: Target, cursor: Mapping[str, Any]) -> Iterator[Call]:
        host = target.host or HOST
        if target.kind == "refresh":
            yield _call("pins", host, _pins(), {"asked": dict(target.options["asked"])})
        elif target.kind == FIGURES:
            region = quote(target.value.partition("/")[2], safe="")
            yield _call("trends_keywords", host, f"/v5/trends/keywords/{region}/top/growing", {})
        else:
            meta = {"since_days": target.options.get("since_days", 30), "account": target.value}
            yield _call("user_account", host, "/v5/user_account", meta)

    def next(self, answer: Answer, target: Target, cursor: Mapping[str, Any]) -> Iterable[Call]:
        if not ok(answer):
            return
        host = target.host or HOST
        with mapping(answer):
            if target.kind == "refresh" and answer.endpoint == "pins":
                yield from _again(answer, host)
            elif answer.endpoint == "user_account":
                yield from self._of_account(answer, host, cursor)
            elif answer.endpoint == "pins":
                yield from _signed(paging.following(answer, host, _page(answer)))
                yield from self._figures(answer, host, cursor)
            elif answer.endpoint == "boards":
                yield from self._boards(answer, host, cursor)
            elif answer.endpoint == "board_pins" and (path := _onward(answer)):
                yield _call("board_pins", host, path, answer.meta)

    def _of_account(self, answer: Answer, host: str, cursor: Mapping[str, Any]) -> Iterator[Call]:
        meta = answer.meta
        span = _span(answer, cursor, "account", min(meta["since_days"], OLDEST))
        if span:
            path = _path("/v5/user_account/analytics", **span, metric_types=",".join(ACCOUNT))
            yield _call("user_account_analytics", host, path, {"account": meta["account"]})
        if _span(answer, cursor, "boards", 1):
            yield _call("boards", host, _path("/v5/boards", page_size=PAGE), {})
        yield from _signed(paging.walk("pins", host, _pins(), cursor, meta))

    def _figures(self, answer: Answer, host: str, cursor: Mapping[str, Any]) -> Iterator[Call]:
        young = answer.collected_at - YOUNG
        ids = [
            pin["id"]
            for pin in decoded(answer)["items"]
            if (at := moment(pin["created_at"])) and at >= young
        ]
        span = _span(answer, cursor, "pins", YOUNG.days)
        if span is None:
            return
        for first in range(0, len(ids), MANY):
            some = ",".join(ids[first : first + MANY])
            path = _path("/v5/pins/analytics", pin_ids=some, **span, metric_types=",".join(PIN))
            yield _call("pins_analytics", host, path, {"last": first + MANY >= len(ids)})

    def _boards(self, answer: Answer, host: str, cursor: Mapping[str, Any]) -> Iterator[Call]:
        """The pins of shared boards that have changed, and the next page."""
        path = _onward(answer)
        due = _changed(answer, cursor)
        for number, (id, changed) in enumerate(due, 1):
            meta = {"shared": id, "changed": changed, "last": number == len(due) and not path}
            pins = _path(f"/v5/boards/{id}/pins", page_size=PAGE, pin_metrics="true")
            yield _call("board_pins", host, pins, meta)
        if path:
            yield _call("boards", host, path, answer.meta)

    def advance(self, answer: Answer, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        if not ok(answer):
            return cursor
        name = DAILY.get(answer.endpoint)
        with mapping(answer):
            if answer.endpoint == "pins":
                return paging.advanced(answer, cursor, _page(answer))
            if answer.endpoint in ("boards", "board_pins") and _onward(answer):
                return cursor
            if answer.endpoint == "boards" and _changed(answer, cursor):
                return cursor  # told by the last of them
            if answer.endpoint == "board_pins":
                read = {**cursor.get("boards", {}), answer.meta["shared"]: answer.meta["changed"]}
                cursor = {**cursor, "boards": read}
        if name and answer.meta.get("last", True):
            read = {**cursor.get("figures", {}), name: answer.collected_at.date().isoformat()}
            return {**cursor, "figures": read}
        return cursor

    def map(self, answer: Answer) -> Mapped:
        if answer.status in (404, 410) and (id := answer.meta.get("pin")):
            at = answer.collected_at
            gone = Tombstone(id=f"pinterest:{id}", entity_kind="post", noticed_at=at)
            return Mapped(tombstones=[gone])
        return read_by(Pins, answer, self.mapper_version)

    def healthy(self, answer: Answer) -> str | None:
        """A healthy account is the one that the watchlist names: a token reads no other."""
        try:
            body = answer.json()
        except ValueError:
            return None
        if not isinstance(body, dict):
            return None
        told, code = detail(str(body.get("message") or "")), body.get("code")
        low = told.lower()
        if answer.status == 401:
            return f"{'approval revoked' if 'revoked' in low else 'token lapsed'}: {told}"
        if answer.status == 403:
            closed = code == 29 or "not permitted" in low
            return f"{'private account' if closed else 'approval missing'}: {told}"
        if answer.status < 300 and told and isinstance(code, int):
            return f"error in a 200: {told}"
        if answer.status == 400 and told:
            return f"HTTP 400: {told}"
        asked, name = answer.meta.get("account"), body.get("username")
        other = isinstance(name, str) and str(asked).casefold() != name.casefold()
        if answer.endpoint == "user_account" and asked and other:
            return f"unknown account: the token is that of {name}, not of {asked}"
        return None


def _path(path: str, **given: Any) -> str:
    return f"{path}?{urlencode(given, safe=',')}"


def _pins() -> str:
    return _path("/v5/pins", page_size=PAGE, pin_metrics="true")


def _call(endpoint: str, host: str, path: str, meta: Mapping[str, Any]) -> Call:
    return Call(endpoint, f"{host}{path}", headers=TOKEN, meta=meta)


def _signed(calls: Iterable[Call]) -> Iterator[Call]:
    for call in calls:
        yield Call(call.endpoint, call.url, headers=TOKEN, meta=call.meta)


def _span(answer: Answer, cursor: Mapping[str, Any], name: str, days: int) -> dict[str, str] | None:
    """The days whose figures are due, up to yesterday; None where they were read today."""
    today, read = answer.collected_at.date(), cursor.get("figures", {}).get(name)
    if read == today.isoformat():
        return None
    since = today - timedelta(days=days)
    if read:
        since = max(date.fromisoformat(read) - timedelta(days=UNSETTLED), since)
    return {"start_date": since.isoformat(), "end_date": (today - timedelta(days=1)).isoformat()}


def _onward(answer: Answer) -> str | None:
    """The address of the next page, relative to the host."""
    mark = decoded(answer).get("bookmark")
    if not mark:
        return None
    split = urlsplit(answer.request_url)
    asked = {**dict(parse_qsl(split.query)), "bookmark": mark}
    return _path(f"/v5/{split.path.partition('/v5/')[2]}", **asked)


def _changed(answer: Answer, cursor: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The boards on which others pin, too, that have changed since they were read, and when."""
    read = cursor.get("boards", {})
    return [
        (board["id"], board.get("board_pins_modified_at") or "")
        for board in decoded(answer)["items"]
        if board.get("collaborator_count")
        and board.get("privacy") == "PUBLIC"
        and read.get(board["id"]) != (board.get("board_pins_modified_at") or "")
    ]


def _page(answer: Answer) -> paging.Page:
    times = [moment(pin["created_at"]) for pin in decoded(answer)["items"]]
    return paging.page(times, _onward(answer))


def _again(answer: Answer, host: str) -> Iterator[Call]:
    """Of the pins that were asked for, those that the list should have shown and did not are asked
    for by themselves; the rest may stand on its next page."""
    shown = {pin["id"] for pin in decoded(answer)["items"]}
    left = {id: at for id, at in answer.meta["asked"].items() if id not in shown}
    page = _page(answer)
    passed = stamp(page.oldest) if page.next and page.oldest else ""
    for id in [id for id, at in left.items() if at > passed]:
        del left[id]
        yield _call("pin", host, _path(f"/v5/pins/{id}", pin_metrics="true"), {"pin": id})
    if left and page.next:
        yield _call("pins", host, page.next, {"asked": left})


CRAWLER = Pinterest()
