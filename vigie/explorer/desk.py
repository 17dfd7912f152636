"""What a page works with: the reader's language and view, the store, the findings, and links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request

from vigie.claims.words import reasons
from vigie.explorer.codes import say
from vigie.explorer.comparing import Comparisons
from vigie.explorer.findings import Findings, KeptFindings
from vigie.explorer.periods import interval, is_week, period
from vigie.explorer.scope import Scope, encode, read_scope
from vigie.locales import LANGUAGES, Lang
from vigie.locales.wording import Wording
from vigie.metrics import Figure
from vigie.platforms import titled
from vigie.policies import Policies, Rule, set_apart
from vigie.ranking import Ranked, ranked
from vigie.records import Alert
from vigie.store import Filters, Store
from vigie.watchlist import Brand, Watchlist
from vigie.workspace import Workspace

THEMES = ("light", "dark")
COLOURS = 7  # --cat-1 … --cat-7 of the style sheet
OWN_VIEW = ("sort", "page", "stage", "recurring", "as", "unfold", "kindof")  # kept in links


@dataclass(frozen=True)
class Site:
    """What all requests share."""

    workspace: Workspace
    findings: KeptFindings
    tones: dict[Any, Figure] = field(default_factory=dict)  # vigie/explorer/figures.py
    comparisons: Comparisons = field(default_factory=Comparisons)

    @property
    def store(self) -> Store:
        return self.workspace.store


class Desk:
    """One request: who reads, what is asked, and the answers at hand."""

    def __init__(self, request: Request, site: Site) -> None:
        self.request = request
        self.site = site
        self.path: str = request.url.path
        self.now: datetime = site.workspace.clock.now()
        self.watchlist: Watchlist = site.workspace.watchlist
        self.zone = ZoneInfo(self.watchlist.workspace.timezone)
        pairs = request.query_params.multi_items()
        self.pairs = pairs
        self.scope: Scope = read_scope(pairs, self.now, self.zone)
        self.lang: Lang = self._choice("lang", LANGUAGES) or site.workspace.lang
        self.theme = self._choice("theme", THEMES)
        self.panel: str = request.query_params.get("panel", "")
        self.words = Wording(self.lang, self.watchlist.workspace.timezone)

    def _choice(self, name: str, known: Sequence[Any]) -> Any:
        """A choice of the address, else of the reader's cookie, else None."""
        for source in (self.request.query_params, self.request.cookies):
            if source.get(name) in known:
                return source[name]
        return None

    @property
    def store(self) -> Store:
        return self.site.store

    @cached_property
    def findings(self) -> Findings:
        return self.site.findings.now()

    def param(self, name: str, default: str = "") -> str:
        return self.request.query_params.get(name) or default

    @cached_property
    def policies(self) -> Policies:
        """What the networks' terms allow, with the rights that the watchlist names."""
        return Policies(self.watchlist)

    # -- questions to the store

    def filters(self, scope: Scope) -> Filters:
        """A view as the store reads it; the posts of its finding are looked up."""
        return scope.filters(self.findings.posts_of(scope.finding) if scope.finding else None)

    def ask(self, scope: Scope, aggs: dict[str, Any] | None = None) -> dict[str, Any]:
        """The live answer in that view: `total`, and `aggs` where some are asked for."""
        return self.store.aggregate(scope.query, self.filters(scope), aggs or {})

    def count(self, scope: Scope) -> int:
        return int(self.ask(scope)["total"])

    def find(
        self, scope: Scope, *, sort: str, size: int = 20, offset: int = 0, highlight: bool = False
    ) -> Ranked:
        """Posts in that view, by a counter those apart that must not be mixed with others; without
        their engagement where their platform's terms forbid derived figures."""
        found = ranked(
            self.store, self.policies, scope.query, self.filters(scope), sort=sort, size=size,
            offset=offset, highlight=highlight,
        )  # fmt: skip
        for hit in found.hits:
            if not self.policies.sums(hit.document):
                hit.document.pop("engagement", None)
        return found

    @cached_property
    def before(self) -> Scope | None:
        """The same view of the period that this one is compared with."""
        return self.scope.previous(self.zone)

    @cached_property
    def interval(self) -> str:
        return interval(self.scope.period)

    @cached_property
    def everything(self) -> Scope:
        """All posts of all times: what a finding's own posts are looked up in."""
        return Scope(period=period("all", self.now, self.zone))

    def always(self, scope: Scope) -> Scope:
        """The same view without a period."""
        return replace(scope, period=self.everything.period)

    @staticmethod
    def without_query(scope: Scope) -> Scope:
        return replace(scope, q="")

    # -- links

    def kept(self) -> list[tuple[str, str]]:
        """What links keep beside the view: a language or theme that the address names."""
        return [(name, value) for name, value in self.pairs if name in ("lang", "theme") and value]

    def here(self, scope: Scope | None = None, *more: tuple[str, str], panel: str = "") -> str:
        """This page in another view, or with the panel open."""
        own = [(n, v) for n, v in self.pairs if n in OWN_VIEW and n not in dict(more)]
        extra = [*own, *((n, v) for n, v in more if v), *self.kept()]
        if panel:
            extra.append(("panel", panel))
        return (scope or self.scope).address(self.path, *extra)

    def page(self, path: str, scope: Scope | None = None, *more: tuple[str, str]) -> str:
        """Another page in this view."""
        return (scope or self.scope).address(path, *more, *self.kept())

    def door(self, scope: Scope, sort: str = "") -> str:
        """This page with the posts of that view beside it."""
        asked = scope.params() + ([("sort", sort)] if sort else [])
        return self.here(panel=f"posts?{encode(asked)}" if asked else "posts")

    def beside(self, kind: str, id: str) -> str:
        """This page with one post, definition or alert beside it."""
        return self.here(panel=f"{kind}/{quote(id, safe=':')}")

    def evidence(self, ids: Sequence[str]) -> str:
        """This page with these posts beside it."""
        asked = encode([("period", "all"), *(("post", id) for id in ids)])
        return self.here(panel=f"posts?{asked}")

    def other(self, name: str, value: str) -> str:
        """This very address in another language or theme."""
        pairs = [(n, v) for n, v in self.pairs if n != name]
        return f"{self.path}?{encode([*pairs, (name, value)])}"

    # -- names

    @cached_property
    def brands(self) -> dict[str, Brand]:
        """Watched brands, the own ones first."""
        listed = sorted(self.watchlist.brands, key=lambda brand: brand.role != "own")
        return {brand.id: brand for brand in listed}

    @cached_property
    def colours(self) -> dict[str, str]:
        """Brand id → custom property; the same on all pages. Beyond the palette: grey."""
        rivals = [id for id, brand in self.brands.items() if brand.role != "own"]
        given = {id: f"cat-{n}" for n, id in enumerate(rivals[:COLOURS], 1)}
        own = {id: "own" for id, brand in self.brands.items() if brand.role == "own"}
        return {**dict.fromkeys(self.brands, "others"), **given, **own}

    def brand(self, id: str) -> str:
        return self.brands[id].name if id in self.brands else id

    def topic(self, id: str) -> str:
        return next((topic.name for topic in self.watchlist.topics if topic.id == id), id)

    def network(self, name: str | None) -> str:
        if not name:
            return self.words.text("all networks")
        return titled(name, self.lang)

    def subject(self, subject: str) -> str:
        """The name of brand:ID, topic:ID or source:KEY."""
        kind, _, id = subject.partition(":")
        if kind == "brand":
            return self.brand(id)
        if kind == "topic":
            return self.topic(id)
        if kind == "source":
            platform, _, rest = id.partition("/")
            return f"{self.network(platform)} ({rest})" if rest else self.network(platform)
        return subject

    def alert(self, alert: Alert) -> str:
        """What an alert is called: crisis of Mieloup."""
        values = {"kind": self.said("alert", alert.kind), "subject": self.subject(alert.subject)}
        text = self.words.text("%(subject)s: %(kind)s") % values
        return text[:1].upper() + text[1:]

    def terms(self, rule: Rule) -> list[str]:
        """What the terms of the networks with posts keep out here, and why."""
        return self.policies.remarks(rule, self.findings.networks, self.lang)

    def apart(self, platform: str) -> str:
        """Why the posts of a network stand apart in an order by a counter."""
        return set_apart(platform, self.lang)

    def named(self, name: str, value: str) -> str:
        """A filter's value in the reader's words."""
        if name in ("brand", "owner"):
            return self.brand(value)
        if name == "network":
            return self.network(value)
        if name == "language":
            return self.words.language(value)
        if name == "topic":
            return self.topic(value)
        if name in ("origin", "sentiment", "kind", "state"):
            return say(name, value, self.lang)
        return value

    def said(self, group: str, code: str) -> str:
        """The word for a code of the records."""
        return say(group, code, self.lang)

    def reasons(self, codes: Sequence[str], limit: int = 3) -> list[str]:
        """Why somebody is listed, what tells people apart first."""
        return reasons(codes, self.lang, limit)

    def said_all(self, group: str, codes: Iterable[str]) -> list[str]:
        return [say(group, code, self.lang) for code in codes]

    # -- the period in words

    def period_name(self, scope: Scope | None = None) -> str:
        """semaine 47 (16–22 nov.) | 16 Nov – 22 Nov"""
        shown = (scope or self.scope).period
        if shown.whole:
            return self.words.text("all time")
        first = self.words.local(shown.since).date()
        last = self.words.local(shown.until)
        end = (last.replace(microsecond=0) if last.time() != last.min.time() else last).date()
        if last.hour == last.minute == last.second == 0:
            end = end.fromordinal(end.toordinal() - 1)
        if shown.days < 1.01 and first == end:
            text = self.words.day(first)
        else:
            year = first.year != self.words.local(self.now).year
            text = (
                f"{self.words.day(first, weekday=False, year=year)} – "
                f"{self.words.day(end, weekday=False, year=year)}"
            )
        if is_week(shown, self.zone):
            week = self.words.text("week %(n)s") % {"n": first.isocalendar().week}
            return f"{week}, {text}"
        return text

    @property
    def versus(self) -> str:
        """How comparisons are written: S-1, N-1 | WoW, YoY."""
        if self.scope.compare == "year":
            return self.words.text("YoY")
        if is_week(self.scope.period, self.zone) or self.scope.period.name == "7d":
            return self.words.text("WoW")
        return self.words.text("vs the period before")
