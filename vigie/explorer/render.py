"""Pages from templates: the frame that all share, and the filters that templates use."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from vigie.addresses import web
from vigie.claims.telling import quoted
from vigie.errors import QueryError
from vigie.explorer import beside
from vigie.explorer.desk import Desk
from vigie.explorer.pages.progress import read_progress
from vigie.explorer.periods import BEGINNING, CHOICES
from vigie.explorer.scope import NARROWING
from vigie.locales import Lang, mark, messages
from vigie.metrics import DEFINITIONS

PAGES = (
    ("/", mark("Overview")),
    ("/trends", mark("Trends")),
    ("/posts", mark("Posts")),
    ("/brands", mark("Brands")),
    ("/influencers", mark("Influencers")),
    ("/alerts", mark("Alerts")),
    ("/briefings", mark("Briefings")),
    ("/sources", mark("Sources")),
    ("/definitions", mark("Definitions")),
)
PERIODS = {
    "last-week": mark("Last full week"),
    "this-week": mark("This week"),
    "24h": mark("Last 24 hours"),
    "7d": mark("Last 7 days"),
    "28d": mark("Last 28 days"),
    "90d": mark("Last 90 days"),
    "all": mark("All time"),
}
CHIPPED = ("network", "language", "brand", "origin", "sentiment", "topic")
COUNTED = ("/trends", "/posts", "/brands")  # pages whose figures an outage falsifies
YEAR = 31_536_000
_CALLED = re.compile(r"^(?:@\S+\s+)+")


# -- filters of the templates


def marked(highlight: str) -> Markup:
    """Escaped text in which only <mark> is markup, whatever the engine hands over."""
    before, *rest = highlight.split("<mark>")
    pieces = [escape(_text(before))]
    for piece in rest:
        inner, closed, after = piece.partition("</mark>")
        if closed:
            pieces.append(Markup("<mark>{}</mark>{}").format(_text(inner), _text(after)))
        else:
            pieces.append(escape(_text(inner)))
    return Markup("").join(pieces)


def _text(piece: str) -> str:
    return html.unescape(piece.replace("</mark>", "").replace("<mark>", ""))


def spoken(text: str) -> str:
    """What a post says after the accounts that it calls."""
    return _CALLED.sub("", text) or text


def after_title(text: str | None, title: str | None) -> str:
    """A text without the title that it opens with."""
    said, head = (text or "").strip(), (title or "").strip()
    return said.removeprefix(head).lstrip() if head else said


def path(id: str) -> str:
    """An id as a part of a path."""
    return quote(id, safe=":@")


@pass_context
def network_name(context: Context, name: str) -> str:
    desk: Desk = context["desk"]
    return desk.network(name)


def moment(value: Any) -> datetime:
    """A time of a finding, which may be kept as text."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def phrase(text: str) -> str:
    """Text as a phrase of the query language, which has no sign for a quote in a phrase."""
    return '"' + text.replace('"', " ") + '"'


@cache
def environment(lang: Lang) -> Environment:
    """The templates in one language. Everything is escaped unless it is Markup."""
    env = Environment(
        loader=PackageLoader("vigie.explorer"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_translations(messages(lang), newstyle=True)  # type: ignore[attr-defined]
    env.filters |= {
        "web": web,
        "marked": marked,
        "path": path,
        "network_name": network_name,
        "time": moment,
        "day": date.fromisoformat,
        "spoken": spoken,
        "after_title": after_title,
        "titled": lambda id: DEFINITIONS[id].title[lang],
        "phrase": phrase,
    }
    env.globals["stamp"] = stamp()
    return env


@cache
def stamp() -> str:
    """Changes when a static file does, so that a browser never keeps an old one."""
    digest = hashlib.sha256()
    static = files("vigie.explorer") / "static"
    for name in ("explorer.css", "explorer.js"):
        digest.update((static / name).read_bytes())
    digest.update((static / "lib" / "SHA256SUMS").read_bytes())
    return digest.hexdigest()[:12]


# -- the frame


@dataclass(frozen=True)
class Chip:
    text: str
    href: str


@dataclass(frozen=True)
class Link:
    text: str
    href: str
    here: bool
    badge: str = ""


@dataclass(frozen=True)
class Freshness:
    text: str
    trouble: str = ""


def chips(desk: Desk) -> list[Chip]:
    """The filters in force, each a link without it."""
    scope = desk.scope
    found = []
    if scope.q:
        found.append(Chip(quoted(scope.q, desk.words), desk.here(replace(scope, q=""))))
    for name in NARROWING:
        values = scope.get(name)
        for value in values:
            rest = tuple(other for other in values if other != value)
            text = desk.named(name, value)
            if name not in CHIPPED:
                text = f"{desk.words.text(FILTERS[name])}: {text}"
            found.append(Chip(text, desk.here(scope.narrow(**{name: rest or None}))))
    if scope.finding:
        kind, id = scope.finding
        trend = desk.findings.trend(id)
        alert = desk.findings.alert(id)
        name = trend.name if trend else desk.subject(alert.subject) if alert else id
        kind = desk.words.text("Trend") if kind == "trend" else desk.words.text("Alert")
        found.append(Chip(f"{kind}: {name}", desk.here(replace(scope, finding=None))))
    return found


FILTERS = {
    "owner": mark("Published by"),
    "kind": mark("Format"),
    "state": mark("State"),
    "author": mark("Author"),
    "story": mark("Story"),
    "post": mark("Post"),
}


def navigation(desk: Desk) -> list[Link]:
    burning = sum(alert.kind != "drift" for alert in desk.findings.open_alerts)
    trouble = len(desk.findings.troubled)
    badges = {"/alerts": burning, "/sources": trouble}
    return [
        Link(
            text=desk.words.text(name),
            href=desk.page(address),
            here=desk.path == address or (address != "/" and desk.path.startswith(address + "/")),
            badge=desk.words.number(badges[address]) if badges.get(address) else "",
        )
        for address, name in PAGES
    ]


def freshness(desk: Desk) -> Freshness:
    """last collected 12 minutes ago · 2 of 14 sources need attention"""
    words = desk.words
    times = [s.last_success_at for s in desk.findings.sources.values() if s.last_success_at]
    times = times or [run.ended_at for run in desk.findings.runs if run.ended_at]
    if not times:
        return Freshness(words.text("nothing collected yet"))
    text = words.text("last collected %(ago)s") % {"ago": words.ago(max(times), desk.now)}
    troubled, all_ = len(desk.findings.troubled), len(desk.findings.sources)
    if not troubled:
        return Freshness(text)
    trouble = words.plural(
        "%(n)s of %(all)s sources needs attention", "%(n)s of %(all)s sources need attention",
        troubled,
    ) % {"n": words.number(troubled), "all": words.number(all_)}  # fmt: skip
    return Freshness(text, trouble)


def notes(desk: Desk) -> list[str]:
    """What a reader must know before any figure: a wrong address, sources that are down."""
    words = desk.words
    found = [
        words.text("“%(value)s” in the address means nothing here; it was left out.")
        % {"value": error[:80]}
        for error in desk.scope.errors
    ]
    if desk.path != "/" and not desk.path.startswith(COUNTED):
        return found
    for alert in desk.findings.alerts:
        if alert.kind != "outage" or alert.status == "false_alarm":
            continue
        end = alert.ended_at or desk.now
        if alert.started_at < desk.scope.period.until and end > desk.scope.period.since:
            found.append(
                outage(desk, alert.subject, alert.platform, alert.started_at, alert.ended_at)
            )
    return found


def outage(desk: Desk, subject: str, platform: str | None, start: Any, end: Any) -> str:
    """Mastodon: collection down since Thursday 19 Nov, 14:00: not a silence; figures are low."""
    words = desk.words
    name = desk.network(platform) if platform else desk.subject(subject)
    values = {"name": name, "start": words.moment(start), "end": words.moment(end)}
    if end is None:
        return (
            words.text(
                "%(name)s: collection down since %(start)s. Not a silence; figures of this period"
                " are incomplete."
            )
            % values
        )
    return (
        words.text(
            "%(name)s: collection was down from %(start)s to %(end)s; figures of this period are"
            " incomplete."
        )
        % values
    )


def frame(desk: Desk) -> dict[str, Any]:
    scope = desk.scope
    custom = scope.period.name == "custom"
    dates = desk.words.local

    def date(at: Any) -> str:
        return "" if not custom or at == BEGINNING else dates(at).date().isoformat()

    boxes = ("network", "language", "brand", "origin", "sentiment", "topic")
    hidden = [
        (name, value)
        for name, value in [*scope.params(), *desk.kept()]
        if name not in (*boxes, "period", "compare", "from", "to", "q")
    ]
    return {
        "chips": chips(desk),
        "nav": navigation(desk),
        "freshness": freshness(desk),
        "notes": notes(desk),
        "periods": [(name, desk.words.text(PERIODS[name])) for name in CHOICES],
        "period_names": CHOICES,
        "networks": desk.findings.networks,
        "custom_from": date(scope.period.since),
        "custom_to": date(scope.period.until),
        "hidden": hidden,
        "form_action": desk.path,
    }


def answer(
    desk: Desk,
    template: str,
    status: int = 200,
    instead: Mapping[str, Any] | None = None,
    **context: Any,
) -> Response:
    """A page with what stands beside it. `instead` replaces parts of the frame."""
    page = environment(desk.lang).get_template(template)
    defaults: dict[str, Any] = {"query_error": None, "title": "", "progress": read_progress(desk)}
    defaults |= frame(desk)
    body = page.render(desk=desk, panel=panel(desk), **{**defaults, **(instead or {}), **context})
    answered = HTMLResponse(body, status)
    for name in ("lang", "theme"):
        if value := desk.param(name):
            keep = value if value in ("fr", "en", "light", "dark") else None
            if keep:
                answered.set_cookie(name, keep, max_age=YEAR, samesite="lax", httponly=True)
    return answered


def panel(desk: Desk) -> Markup:
    """What stands beside the page."""
    template = environment(desk.lang).get_template("beside.html")
    return Markup(template.render(desk=desk, **beside.read(desk)))


def query_problem(desk: Desk, error: QueryError) -> dict[str, Any]:
    """The error in the reader's language with the place that it stands at."""
    render: Callable[[str], str] | None = getattr(error, "render", None)
    line = (desk.scope.q.splitlines() or [""])[min(error.line, desk.scope.q.count("\n") + 1) - 1]
    return {
        "text": (text := render(desk.lang) if render else str(error))[:1].upper() + text[1:],
        "line": line,
        "caret": " " * (error.column - 1) + "▲",
    }
