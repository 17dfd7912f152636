"""What each platform's terms allow (`policies.toml`), loosened where the watchlist names a right.

Every part of Vigie asks here before it stores, keeps, computes, ranks or exports. A platform that
is not in the table, one of a test for instance, is under no rule of its own. What may be kept and
passed on binds what comes through a platform's API: what a person imports from a file is under the
terms of that file's tool. Figures and lists leave a platform out whatever way its posts came.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cached_property
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from vigie.platforms import titled
from vigie.records import Post
from vigie.sources import LISTINGS, Target
from vigie.watchlist import Watchlist

Lang = Literal["fr", "en"]
Rule = Literal["derived", "mixed", "people", "text", "store", "keep", "raw"]
RULES: tuple[Rule, ...] = ("store", "keep", "raw", "derived", "mixed", "people", "text")
RIGHTS = ("amendment", "contract", "research_use")  # switches of `[platforms.*]` in the watchlist


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Table):
    """What one read costs, of what it is: a post, a post of the own account, an account."""

    post: float
    account: float = 0.0
    own_post: float | None = None
    currency: str = "USD"


class Policy(_Table):
    """The terms of one platform, as rules. Without a word in the table, nothing is forbidden."""

    store: Literal["all", "own", "none"] = "all"  # whose publications may be read and stored
    keep_days: int | None = Field(None, ge=1)  # of a publication since it was last read again
    statistics_days: int | None = Field(None, ge=1)  # of a counter since it was read
    whose: Literal["all", "others"] = "all"  # whose publications `keep_days` and `text` speak of
    raw: bool = True  # whether raw answers may be kept beyond the moment that they are mapped in
    raw_days: int | None = Field(None, ge=1)  # how long they may be kept
    derived: bool = True  # rates, sums and scores from its counters; sentiment
    mixed: bool = True  # its counters in one figure with other platforms'
    text: bool = True  # texts leave in an export; else ids only
    people: bool = True  # its authors in the influencer shortlist
    erase: bool = False  # a deletion is carried out in raw data, too
    approval: Literal["none", "key", "paid", "approval"] = "none"
    price: Price | None = None
    terms: HttpUrl | None = None  # the page; None: no page was read
    read: date | None = None  # the day of the notes that the rules are from
    memory: tuple[str, ...] = ()  # rules that are on no page that was read
    rights: dict[str, dict[str, Any]] = {}  # right of `RIGHTS` → what it changes; 0: no bound
    fr: str
    en: str

    def note(self, lang: str) -> str:
        return self.fr if lang == "fr" else self.en


OPEN = Policy(fr="aucune règle connue", en="no rule known")


def _read() -> dict[str, Policy]:
    document = tomllib.loads(files("vigie").joinpath("policies.toml").read_text("utf-8"))
    return {name: Policy.model_validate(entry) for name, entry in document.items()}


POLICIES: Mapping[str, Policy] = _read()


class Policies:
    """The policies of one watchlist."""

    def __init__(self, watchlist: Watchlist | None = None) -> None:
        self._watchlist = watchlist
        self._loosened: dict[str, Policy] = {}

    def __getitem__(self, platform: str) -> Policy:
        if platform not in self._loosened:
            self._loosened[platform] = self._loosen(platform)
        return self._loosened[platform]

    def _loosen(self, platform: str) -> Policy:
        """The platform's policy with the rights that the watchlist names; its `keep_days` can only
        shorten what the terms allow."""
        policy = POLICIES.get(platform, OPEN)
        if self._watchlist is None:
            return policy
        settings = self._watchlist.platform(platform)
        changes: dict[str, Any] = {}
        for right, granted in policy.rights.items():
            if getattr(settings, right):
                changes |= {name: None if value == 0 else value for name, value in granted.items()}
        days = [d for d in (changes.get("keep_days", policy.keep_days), settings.keep_days) if d]
        changes["keep_days"] = min(days, default=None)
        if settings.keep_days:
            changes["whose"] = "all" if policy.keep_days is None else policy.whose
        return policy.model_copy(update=changes)

    def barred(self, rule: Literal["derived", "mixed", "people", "text"]) -> frozenset[str]:
        """The platforms whose terms forbid it."""
        return frozenset(name for name in POLICIES if not getattr(self[name], rule))

    @cached_property
    def own(self) -> frozenset[str]:
        """Ids of the own brands."""
        brands = self._watchlist.own if self._watchlist else ()
        return frozenset(brand.id for brand in brands)

    def lets(self, target: Target) -> bool:
        """Whether what a target lists may be stored: where a platform gives own accounts only, no
        account of another brand, no search and no hashtag is read."""
        store = self[target.platform].store
        if store == "own" and target.brand is not None:
            return target.brand in self.own
        if store == "own":
            return target.kind not in LISTINGS
        return store == "all"

    def bound(self, post: Post) -> bool:
        """Whether `keep_days` and `text` speak of this post: it came through the API, and is not an
        own one where they speak of others' only."""
        if post.source.endpoint == "import":
            return False
        own = post.origin == "owned" and post.owner in self.own
        return self[post.platform].whose == "all" or not own

    def keeps(self, post: Post) -> timedelta | None:
        """How long a post may be kept since it was last read; None: no bound."""
        days = self[post.platform].keep_days
        return timedelta(days=days) if days and self.bound(post) else None

    def passes_on(self, document: Mapping[str, Any]) -> bool:
        """Whether the text of an index document may leave in an export."""
        policy = self[document["platform"]]
        if policy.text or document.get("source.endpoint") == "import":
            return True
        own = document.get("origin") == "owned" and document.get("owner") in self.own
        return policy.whose == "others" and own

    def scores(self, post: Post) -> bool:
        """Whether figures may be derived from a post, its tone among them."""
        return self[post.platform].derived or post.source.endpoint == "import"

    def sums(self, document: Mapping[str, Any]) -> bool:
        """Whether the counters of an index document may be summed to its engagement."""
        return self[document["platform"]].derived or document.get("source.endpoint") == "import"

    def unlanded(self) -> frozenset[str]:
        """Platforms whose raw answers are not kept, or not for ever: what is stored of them need
        not be landed."""
        return frozenset(
            name for name in POLICIES if not self[name].raw or self[name].raw_days is not None
        )

    def remarks(self, rule: Rule, platforms: Iterable[str], lang: Lang) -> list[str]:
        """A line for each of these platforms that the rule keeps out of a figure, a list or a file:
        what is left out, and why."""
        return [
            left_out(platform, rule, lang)
            for platform in sorted(set(platforms))
            if self._keeps_out(platform, rule)
        ]

    def _keeps_out(self, platform: str, rule: Rule) -> bool:
        policy = self[platform]
        if rule == "store":
            return policy.store != "all"
        if rule == "keep":
            return policy.keep_days is not None
        if rule == "raw":
            return not policy.raw or policy.raw_days is not None
        return not getattr(policy, rule)


# Rule: what is left out and why, in French and English; %s is the platform.
_REMARKS: dict[Rule, tuple[str, str]] = {
    "mixed": (
        "%s laissé de côté : ses conditions interdisent les chiffres qui mêlent plusieurs réseaux.",
        "%s left out: its terms forbid figures that mix platforms.",
    ),
    "derived": (
        "%s : ni taux, ni score, ni tonalité ; ses conditions interdisent les chiffres dérivés.",
        "%s: no rates, scores or sentiment; its terms forbid derived figures.",
    ),
    "people": (
        "%s laissé de côté : ses conditions ne permettent pas d’établir le profil de ses auteurs.",
        "%s left out: its terms do not allow its authors to be profiled.",
    ),
    "text": (
        "%s : textes vides ; ses conditions ne laissent transmettre que les identifiants.",
        "%s: texts are empty; its terms let ids only be passed on.",
    ),
    "store": (
        "%s : seulement vos propres comptes ; ses conditions n’en laissent pas garder d’autres.",
        "%s: your own accounts only; its terms forbid storing those of others.",
    ),
    "keep": (
        "%s : ce qui n’a pas été relu à temps est effacé, comme ses conditions le demandent.",
        "%s: what was not read again in time is deleted, as its terms ask.",
    ),
    "raw": (
        "%s : les réponses brutes ne sont pas gardées, ou pas longtemps, selon ses conditions.",
        "%s: raw answers are not kept, or not for long, as its terms say.",
    ),
}


def left_out(platform: str, rule: Rule, lang: str) -> str:
    """What a rule keeps out of a platform, in a sentence."""
    return _REMARKS[rule][lang == "en"] % titled(platform, lang)


_APART = (
    "%s : à part, après les autres ; ses conditions interdisent les classements qui mêlent"
    " plusieurs réseaux.",
    "%s: apart, after the others; its terms forbid orders that mix platforms.",
)


def set_apart(platform: str, lang: str) -> str:
    """Why the posts of a platform that must not be mixed stand apart in an order by a counter."""
    return _APART[lang == "en"] % titled(platform, lang)
