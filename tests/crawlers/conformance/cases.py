"""What the suite has to know of each crawler's platform: a few lines each.

A `Case` says where the platform departs from the rule; `lacks` names what it does not have, with
the reason, and the suite then asserts what is expected instead. The table of these is printed with
every run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Phase = Literal[
    "talk",  # what others say is found by searches
    "answers",  # comments under own posts
    "paging",  # lists come in pages
    "floor",  # a first crawl goes back to a date
    "unknown",  # an account that is not there is told
    "private",  # an account that is hidden is told
    "deletion",  # what is gone is noticed
    "edit",  # newer words take the place of older ones
    "drift",  # fields that nobody knows are counted
    "tokens",  # calls carry a key
    "loop",  # a cursor may lead back
    "skew",  # a clock that is ahead shows posts before their time
]
PHASES: tuple[Phase, ...] = (
    "talk", "answers", "paging", "floor", "unknown", "private", "deletion", "edit", "drift",
    "tokens", "loop", "skew",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One crawler. `account` and `watched`: how its accounts are written in the watchlist, with
    {handle}, {native} and {base}, the address at which the site is served."""

    name: str
    site: str = ""  # of the simulated world, where it has another name
    account: str = "{handle}"
    own: bool = True  # whether accounts of brands are read
    settings: Mapping[str, Any] = field(default_factory=dict)  # of the platform in vigie.toml
    posts: int = 23  # of the brand, so that there are several pages
    few: int = 9  # where a crawl is repeated over and over
    page: int = 7  # items that a list gives at a time
    small: Mapping[str, int] = field(default_factory=dict)  # constants of its modules, for pages
    people: Mapping[str, Any] = field(default_factory=dict)  # of its accounts
    post: Mapping[str, Any] = field(default_factory=dict)  # of its posts
    title: str = ""  # of its posts; with {mark} where the API gives titles and no text
    figures: bool = False  # own figures: samples stand for posts
    heads: int = 1  # calls that follow from each target's first where nothing is new
    history: bool = True  # whether a first crawl brings weeks of what others say
    budget: str = "calls_per_day"
    price: float = 1.0  # of a call, in the budget's unit
    keeps: bool = False  # whether a spoilt answer may hold posts all the same
    unknown: tuple[str, ...] = ("unknown account",)
    private: tuple[str, ...] = ("private account",)
    told: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # other names of faults
    lacks: Mapping[Phase, str] = field(default_factory=dict)

    @property
    def paged(self) -> bool:
        """Whether its lists come in pages."""
        return "paging" not in self.lacks

    @property
    def place(self) -> str:
        """The name of the site in the simulated world."""
        return self.site or self.name


_PUBLIC = "nothing is private there"
_OPEN = "no key is needed, and none is sent"
_ONLY_OWN = "the API shows own accounts only"
_SAMPLES = "own figures: samples, no posts"

PLAIN = "De l’atelier"

CASES: dict[str, Case] = {
    case.name: case
    for case in (
        Case(
            "bluesky",
            account="{handle}.example",
            people={"kind": "brand"},
            lacks={
                "private": _PUBLIC, "tokens": _OPEN, "edit": "posts cannot be edited",
            },
        ),
        Case(
            "feeds",
            site="press",
            account="{base}/{handle}/feed.xml",
            title=PLAIN,
            posts=11, few=4,  # a feed shows its dozen newest
            unknown=("unknown account", "HTTP 404"),
            told={"failed": ("HTML instead of data",), "renamed": ("suspiciously empty",)},
            keeps=True,  # the whole entries of half a feed
            lacks={
                "talk": "a feed is read, nothing is searched for",
                "answers": "a feed has no comments",
                "paging": "a feed is one page",
                "floor": "a feed shows what it shows",
                "private": "a feed is for everybody who has its address",
                "deletion": "a feed that drops an entry does not say that it was deleted",
                "drift": "feeds have no fields of their own",
                "tokens": _OPEN,
                "loop": "a feed is one page",
            },
        ),
        Case(
            "hackernews",
            small={"crawlers.hackernews.PAGE": 7},
            title="De l’atelier : {mark} {words}",
            lacks={
                "private": _PUBLIC, "tokens": _OPEN,
                "edit": "the API does not say that a text was changed",
            },
        ),
        Case("mastodon", account="{handle}@pignon.example"),
        Case(
            "news",
            site="press",
            account="{base}/{handle}/sitemap.xml",
            title=PLAIN,
            posts=11, few=4,
            unknown=("unknown account", "HTTP 404"),
            told={"failed": ("HTML instead of data",)},
            lacks={
                "talk": "a site is read, nothing is searched for",
                "answers": "pages have no comments",
                "paging": "a sitemap is one page",
                "private": "pages are for everybody",
                "deletion": "a page that moved is no deletion",
                "drift": "pages have no fields of their own",
                "tokens": _OPEN,
                "loop": "a sitemap is one page",
            },
        ),
        # Written from the conventions, before their crawlers were there: see `_NAMES`.
        Case(
            "facebook",
            lacks={
                "talk": "Meta gives no search of public posts",
                "private": "pages are public; one that is not published is unknown",
            },
        ),
        Case(
            "google_analytics",
            account="properties/{native}",
            figures=True,
            page=20,
            heads=2,  # provisional days are read again, page by page
            lacks={
                "talk": _SAMPLES, "answers": _SAMPLES, "private": _ONLY_OWN,
                "deletion": "figures are not deleted", "edit": "figures are read again",
                "loop": "rows have offsets",
            },
        ),
        Case(
            "instagram",
            settings={"own_id": "7000000001"},
            private=("unknown account",),  # Business Discovery knows professional accounts only
            history=False,  # of a hashtag the last 24 hours
        ),
        Case(
            "linkedin",
            account="{native}",
            lacks={
                "talk": _ONLY_OWN, "private": _ONLY_OWN,
                "answers": "comments of members may be kept 48 hours only, so none are read",
            },
            heads=3,  # its posts, its followers, its figures
        ),
        Case(
            "meta",
            account="page:{native}",
            figures=True,
            lacks={
                "talk": _SAMPLES, "answers": _SAMPLES, "private": _ONLY_OWN, "paging": _SAMPLES,
                "deletion": "figures are not deleted", "edit": "figures are read again",
                "loop": _SAMPLES,
            },
        ),
        Case(
            "pinterest",
            lacks={
                "talk": _ONLY_OWN, "answers": "the API gives no comments",
                "private": _ONLY_OWN, "unknown": _ONLY_OWN,
            },
        ),
        Case("reddit", account="u/{handle}", title=PLAIN),
        Case(
            "telegram",
            lacks={
                "talk": "own channels only", "answers": "own channels only",
                "private": "a bot sees the channels that it is in",
                "unknown": "a bot sees the channels that it is in",
                "deletion": "the Bot API does not tell of deletions",
                "floor": "the Bot API gives what came since the last call",
                "loop": "the caller says where it stands",
                "skew": "updates are numbered as they come, whatever their times",
            },
            small={"crawlers.telegram.LIMIT": 7},
        ),
        # What is private, and who has few followers, looks as if it were not there.
        Case("threads", private=("unknown account",)),
        Case(
            "tiktok",
            settings={"research_use": False},
            lacks={
                "talk": "searches are for approved research only",
                "answers": "the Display API gives no comments",
                "private": _ONLY_OWN, "unknown": _ONLY_OWN,
            },
        ),
        Case("x", page=10, history=False),
        Case("youtube", title=PLAIN),
    )
}  # fmt: skip
