"""The indices that dashboards ask: their time, how their fields are shown, and searches in them.

Codes are shown in words, posts and findings link to the explorer. A pattern lists no fields: the
engine knows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from vigie.dashboards.tile import ANY
from vigie.explorer.codes import CODES, PAIRS, say
from vigie.locales import Lang, mark, messages
from vigie.locales.wording import Wording
from vigie.panels.breakdowns import PUBLISHED
from vigie.platforms import PLATFORMS, titled

Format = dict[str, Any]
SPOKEN = (
    "ar", "ca", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hu", "it", "ja", "ko", "nl",
    "no", "pl", "pt", "ro", "ru", "sv", "tr", "uk", "zh",
)  # fmt: skip
FOLLOWERS = {"followers": mark("followers"), "following": mark("following")}
# Beside what a person reads: what the store alone looks up.
UNSHOWN = ("kept", "words*", "titled", "find.*", "has", "ticks.*", "tie")


@dataclass(frozen=True, slots=True)
class Pattern:
    """An index pattern."""

    index: str  # behind the prefix
    time: str
    codes: dict[str, str] = field(default_factory=dict)  # field → group of vigie/explorer/codes.py
    links: dict[str, str] = field(default_factory=dict)  # field → address in the explorer
    numbers: dict[str, str] = field(default_factory=dict)  # field → pattern of the number
    hidden: tuple[str, ...] = ("kept",)


_POST = "/posts?period=all&post={{value}}"
PATTERNS: dict[str, Pattern] = {
    "posts": Pattern(
        "posts-*",
        "published_at",
        codes={
            "origin": "origin", "sentiment.label": "sentiment", "kind": "kind", "state": "state",
            "media.kind": "media", "platform": "platform", "language": "language",
            "published_dow": "weekday",
        },
        links={
            "id": _POST, "parent_id": _POST, "root_id": _POST,
            "story_id": "/posts?period=all&unfold=1&story={{value}}",
            "author.id": "/influencers/{{value}}",
            "brands": "/brands/{{value}}?period=28d", "owner": "/brands/{{value}}?period=28d",
        },
        numbers={"published_hour": "0", "sentiment.score": "0.00"},
        hidden=UNSHOWN,
    ),
    "metrics": Pattern(
        "metrics-*", "captured_at",
        codes={"metric": "counter", "platform": "platform"},
    ),
    "trends": Pattern(
        "trends", "detected_at",
        codes={"stage": "stage"},
        links={"id": "/trends/{{value}}", "brands": "/brands/{{value}}?period=28d"},
        numbers={"growth": "0.0", "score": "0.0", "share": "0.0%"},
    ),
    "alerts": Pattern(
        "alerts", "started_at",
        codes={
            "kind": "alert", "level": "level", "status": "status", "platform": "platform",
        },
        links={"id": "/alerts/{{value}}", "first_post": _POST},
        numbers={
            "observed": "0,0", "expected": "0,0.0", "sigmas": "0.0", "negative_share": "0%",
        },
    ),
    "influencers": Pattern(
        "influencers", "as_of",
        codes={"kind": "person", "tier": "tier", "platform": "platform"},
        links={"account_id": "/influencers/{{value}}"},
        numbers={"score": "0", "engagement_median": "0,0", "sponsored_share": "0%"},
    ),
    "runs": Pattern(
        "runs", "started_at",
        codes={"kind": "run", "sources.state": "source", "sources.platform": "platform"},
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Search:
    """A saved search: the posts or findings behind a dashboard, which a click narrows too."""

    pattern: str
    title: str  # message id
    columns: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = ""  # descending; the pattern's time where it is empty


# Counters as each platform gives them: a sum is not every platform's to show.
_GIVEN = ("metrics.likes", "metrics.replies")
_READ = ("platform", "author.handle", "text", "language", "sentiment.label", *_GIVEN, "url", "id")
_OWNED = {"state": ("live",), "origin": ("owned",), "kind": PUBLISHED}
_EARNED: dict[str, tuple[str, ...]] = {"state": ("live",), "origin": ("earned",), "brands": ANY}
SEARCHES: dict[str, Search] = {
    "posts": Search("posts", mark("Posts"), _READ, {"state": ("live",)}),
    "earned": Search("posts", mark("Earned mentions"), ("brands", *_READ), _EARNED),
    "negative": Search(
        "posts", mark("Negative mentions"), ("brands", *_READ),
        {**_EARNED, "sentiment.label": ("negative",)},
    ),
    "owned": Search(
        "posts", mark("What the brands published"),
        ("owner", "platform", "kind", "text", *_GIVEN, "url", "id"), _OWNED,
    ),
    "owned-by-engagement": Search(
        "posts", mark("What the brands published, by engagement"),
        ("owner", "platform", "kind", "text", "engagement", "url", "id"), _OWNED,
        sort="engagement",
    ),
    "trends": Search(
        "trends", mark("Trends"),
        ("name", "stage", "posts", "authors", "growth", "growth_interval.low",
         "growth_interval.high", "brands", "id"),
    ),
    "alerts": Search(
        "alerts", mark("Alerts"),
        ("kind", "subject", "platform", "severity", "level", "observed", "expected", "status",
         "first_post", "id"),
    ),
    "influencers": Search(
        "influencers", mark("Influencer candidates"),
        ("score", "handle", "platform", "kind", "tier", "followers", "own_mentions",
         "competitor_mentions", "sponsored_share", "account_id"),
        sort="score",
    ),
    "runs": Search(
        "runs", mark("Runs and their sources"),
        ("kind", "ended_at", "sources.key", "sources.state", "sources.items", "errors"),
    ),
}  # fmt: skip


def formats(pattern: Pattern, explorer: str, lang: Lang) -> dict[str, Format]:
    """How the fields of a pattern are shown: field → format, as index patterns keep them."""
    found = {name: _lookup(group, lang) for name, group in pattern.codes.items()}
    found |= {name: _number(shape) for name, shape in pattern.numbers.items()}
    for name, path in pattern.links.items():
        found[name] = _link(_with_language(explorer + path, lang))
    if "id" in found:
        label = messages(lang).gettext(mark("open in the explorer"))
        found["id"]["params"]["labelTemplate"] = label
    if pattern.index == "posts-*":
        found["url"] = {"id": "url", "params": {"type": "a"}}
    return found


def _with_language(address: str, lang: Lang) -> str:
    return f"{address}{'&' if '?' in address else '?'}lang={lang}"


def _link(address: str) -> Format:
    params = {"type": "a", "urlTemplate": address, "labelTemplate": "{{value}}"}
    return {"id": "url", "params": params}


def _number(shape: str) -> Format:
    return {"id": "percent" if shape.endswith("%") else "number", "params": {"pattern": shape}}


def _lookup(group: str, lang: Lang) -> Format:
    entries = [{"key": key, "value": word} for key, word in _words(group, lang)]
    return {"id": "static_lookup", "params": {"lookupEntries": entries}}


def _words(group: str, lang: Lang) -> Iterable[tuple[str, str]]:
    wording = Wording(lang, "UTC")
    match group:
        case "platform":
            yield from ((name, titled(name, lang)) for name in PLATFORMS)
        case "language":
            yield from ((code, wording.language(code)) for code in SPOKEN)
        case "weekday":
            days = wording.locale.days["format"]["wide"]
            yield from ((str(day), days[day]) for day in range(7))
        case _:
            yield from ((code, say(group, code, lang)) for code in (PAIRS | CODES)[group])
            if group == "counter":
                yield from ((code, wording.text(said)) for code, said in FOLLOWERS.items())


def address(explorer: str, path: str, lang: Lang, **query: str) -> str:
    """A page of the explorer."""
    pairs = {**query, "lang": lang}
    return f"{explorer}{path}?" + "&".join(f"{name}={quote(pairs[name])}" for name in pairs)
