"""Findings as tables for a person: in the reader's language, as wide as the terminal."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vigie.briefing.rendering import shown
from vigie.claims import words
from vigie.claims.comparing import called
from vigie.cli.words import clean
from vigie.locales.wording import Wording
from vigie.metrics import Figure
from vigie.platforms import titled
from vigie.records import OPERATIONAL, Alert, Benchmark, Influencer, Post, Trend
from vigie.watchlist import Watchlist

Column = tuple[str, str, bool]  # French, English, whether it holds numbers
WIDE = 120  # where there is no terminal
SHOWN = 20  # influencers; all of them are in --json
SEASONAL = {"fr": ", marronnier", "en": ", seasonal"}
POST: Sequence[Column] = (
    ("Date", "Date", False),
    ("Réseau", "Network", False),
    ("Compte", "Account", False),
    ("Publication", "Post", False),
)
TREND: Sequence[Column] = (
    ("Tendance", "Trend", False),
    ("Stade", "Stage", False),
    ("Publications", "Posts", True),
    ("Auteurs", "Authors", True),
    ("Évolution", "Growth", True),
    ("Réseaux", "Networks", False),
)
ALERT: Sequence[Column] = (
    ("Depuis", "Since", False),
    ("Alerte", "Alert", False),
    ("Sujet", "Subject", False),
    ("Observé", "Observed", True),
    ("Attendu", "Expected", True),
    ("Gravité", "Severity", True),
)
COMPARED: Sequence[tuple[str, Column]] = (
    ("posts.owned", ("Publications", "Posts", True)),
    ("eng.at_age", ("Engagement à 72 h", "Engagement at 72 h", True)),
    ("eng.public", ("Engagement", "Engagement", True)),
    ("followers", ("Abonnés", "Followers", True)),
    ("mentions.earned", ("Mentions", "Mentions", True)),
    ("sov.mentions", ("Part de voix", "Share of voice", True)),
)
PERSON: Sequence[Column] = (
    ("Score", "Score", True),
    ("Compte", "Account", False),
    ("Réseau", "Network", False),
    ("Profil", "Kind", False),
    ("Abonnés", "Followers", True),
    ("Pourquoi", "Why", False),
)


def posts(found: Iterable[Post], w: Wording) -> list[str]:
    rows = [
        (
            f"{w.local(post.published_at):%Y-%m-%d %H:%M}",
            titled(post.platform, w.lang),
            post.author.handle or post.author.name or "—",
            " ".join((post.text or post.title or "").split()),
        )
        for post in found
    ]
    return drawn(POST, rows, w)


def trends(found: Iterable[Trend], watchlist: Watchlist, w: Wording) -> list[str]:
    rows = [
        (
            trend.name,
            words.word(words.STAGES, trend.stage, w.lang)
            + ("" if trend.recurring is None else SEASONAL[w.lang]),
            w.number(trend.posts),
            w.number(trend.authors),
            w.factor(trend.growth),
            ", ".join(titled(platform, w.lang) for platform in trend.platforms),
        )
        for trend in found
    ]
    return drawn(TREND, rows, w)


def alerts(found: Iterable[Alert], watchlist: Watchlist, w: Wording) -> list[str]:
    rows = [
        (
            f"{w.local(alert.started_at):%Y-%m-%d %H:%M}",
            words.word(words.ALERTS, alert.kind, w.lang),
            subject(alert, watchlist, w),
            "—" if alert.kind in OPERATIONAL else w.number(alert.observed),
            "—" if alert.kind in OPERATIONAL else w.number(alert.expected),
            f"{alert.severity}/10",
        )
        for alert in found
    ]
    return drawn(ALERT, rows, w)


def compared(found: Iterable[Benchmark], watchlist: Watchlist, w: Wording) -> list[str]:
    """A brand a line, over all its networks, with the columns that any brand has a value for."""
    whole = {row.brand: row for row in found if row.platform is None}
    read = {
        brand: {id: Figure.model_validate(figure) for id, figure in row.figures.items()}
        for brand, row in whole.items()
    }
    present = [
        (id, column)
        for id, column in COMPARED
        if any(id in figures and figures[id].value is not None for figures in read.values())
    ]
    columns = [("Marque", "Brand", False), *(column for _, column in present)]
    rows = [
        (brand.name, *(cell(read[brand.id].get(id), w) for id, _ in present))
        for brand in watchlist.brands
        if brand.id in read
    ]
    span = next(((row.window_start, row.window_end) for row in whole.values()), None)
    lines = drawn(columns, rows, w)
    return lines if span is None else [f"{w.day(span[0], year=True)} → {w.moment(span[1])}", *lines]


def people(found: Sequence[Influencer], watchlist: Watchlist, w: Wording) -> list[str]:
    rows = [
        (
            w.number(one.score),
            called(one),
            titled(one.platform, w.lang),
            words.word(words.PEOPLE, one.kind, w.lang),
            w.short(one.followers),
            w.listed(words.reasons(one.reasons, w.lang, 2)),
        )
        for one in found[:SHOWN]
    ]
    lines = drawn(PERSON, rows, w)
    hidden = len(found) - SHOWN
    if hidden <= 0:
        return lines
    more = (
        f"… et {hidden} autres : vigie shortlist, ou --json"
        if w.lang == "fr"
        else f"… and {hidden} more: vigie shortlist, or --json"
    )
    return [*lines, more]


def cell(figure: Figure | None, w: Wording) -> str:
    return "—" if figure is None else shown(figure, w)


def subject(alert: Alert, watchlist: Watchlist, w: Wording) -> str:
    """What an alert is about: the brand's or topic's name with the network, or the source."""
    kind, _, id = alert.subject.partition(":")
    names = {f"brand:{brand.id}": brand.name for brand in watchlist.brands}
    names |= {f"topic:{topic.id}": topic.name for topic in watchlist.topics}
    where = titled(alert.platform, w.lang) if alert.platform else ""
    if kind == "source":
        return where if where and "/" not in id else id
    name = names.get(alert.subject, id or alert.subject)
    return f"{name}, {where}" if where else name


def drawn(columns: Sequence[Column], rows: Sequence[Sequence[str]], w: Wording) -> list[str]:
    """The lines of a table; nothing without rows. Cells are other people's words: no markup and no
    control character of theirs reaches the terminal."""
    if not rows:
        return []
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, (fr, en, counts) in enumerate(columns):
        last = number == len(columns) - 1
        table.add_column(
            Text(fr if w.lang == "fr" else en),
            justify="right" if counts else "left",
            no_wrap=not (last and not counts),
        )
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    tty = sys.stdout.isatty()
    console = Console(
        file=io.StringIO(),
        width=shutil.get_terminal_size().columns if tty else WIDE,
        force_terminal=tty,
        legacy_windows=False,
    )
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


FINDINGS: dict[str, Callable[[Any, Watchlist, Wording], list[str]]] = {
    "trend": trends,
    "alert": alerts,
    "benchmark": compared,
    "influencer": people,
}
