"""What `vigie check` says of each query: findings, and what it matched in the last seven days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from vigie.cli.words import Lang, clean, said
from vigie.errors import QueryError
from vigie.matching import brand_queries, topic_query
from vigie.query.lexicon import MODELS
from vigie.query.linting import Context, lint
from vigie.query.remarks import Finding
from vigie.store import Filters, Page

if TYPE_CHECKING:
    from vigie.locales.wording import Wording
    from vigie.records import Post
    from vigie.watchlist import Watchlist
    from vigie.workspace import Workspace

DAYS = 7
SHOWN = 10  # posts of each query, at most
LINES = 40  # posts of all queries that a person is shown
WIDTH = 100  # signs of a post's line
SIGNS = {"error": "✗", "warning": "!", "advice": "·"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A query of the watchlist; `total` is None where there is no store, or it cannot be read."""

    tag: str
    query: str
    findings: list[Finding]
    total: int | None = None
    posts: tuple[Post, ...] = ()

    def document(self, lang: Lang) -> dict[str, Any]:
        return {
            "total": self.total,
            "posts": [post.model_dump(mode="json") for post in self.posts],
            "findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity,
                    "line": finding.line,
                    "column": finding.column,
                    **dict(zip(("what", "do"), finding.render(lang), strict=True)),
                }
                for finding in self.findings
            ],
        }


def check_queries(space: Workspace) -> list[Checked]:
    """The watchlist's queries, each with the linter's findings and the last week's posts."""
    now = space.clock.now()
    filters = Filters(since=now - timedelta(days=DAYS), until=now)
    return [_with_posts(space, one, filters) for one in _linted(space.watchlist)]


def has_store(space: Workspace) -> bool:
    """Whether anything was ever stored here."""
    embedded = space.watchlist.store.engine == "embedded"
    return not embedded or (space.data / "store" / "store.sqlite").is_file()


def query_lines(checked: list[Checked], space: Workspace, wording: Wording) -> Iterator[str]:
    """The queries for a person: count, findings and some posts, a line each; of many queries
    fewer posts."""
    lang = space.lang
    if not has_store(space):
        yield said(
            lang,
            "pas encore de base : les requêtes sont relues, non comptées → vigie run",
            "no store yet: queries are read, not counted → vigie run",
        )
    shown = max(2, min(SHOWN, LINES // max(1, len(checked))))
    for one in checked:
        yield ""
        yield f"{one.tag}  {one.query}"
        for finding in one.findings:
            yield f"  {remark_line(finding, lang)}"
        if one.total is not None:
            count = wording.plural("%(n)s post", "%(n)s posts", one.total)
            count %= {"n": wording.number(one.total)}
            days = said(lang, f"sur les {DAYS} derniers jours", f"in the last {DAYS} days")
            yield f"  {count} {days}"
        for post in one.posts[:shown]:
            yield f"    {_line(post, wording)}"


def _linted(watchlist: Watchlist) -> Iterator[Checked]:
    zone, watched = watchlist.workspace.timezone, watchlist.workspace.languages
    languages = tuple(lang for lang in MODELS if lang in watched) or tuple(MODELS)
    for brand in watchlist.brands:
        known = Context(zone, (brand.name, *brand.names), languages)
        for tag, query in brand_queries(brand):
            # The bare name of a brand with a context is meant to find the other meanings, too.
            yield Checked(tag, query, lint(query, context=known) if tag[:6] == "brand:" else [])
    for topic in watchlist.topics:
        query = topic_query(topic)
        known = Context(zone, languages=languages)
        yield Checked(f"topic:{topic.id}", query, lint(topic.query or query, context=known))


def _with_posts(space: Workspace, one: Checked, filters: Filters) -> Checked:
    if any(finding.code == "unreadable" for finding in one.findings) or not has_store(space):
        return one
    found = space.store.search(one.query, filters, page=Page(size=SHOWN))
    posts = tuple(hit.post for hit in found.hits)
    return Checked(one.tag, one.query, one.findings, found.total, posts)


def unreadable(checked: list[Checked]) -> QueryError | None:
    """What is wrong with the first query that cannot be read."""
    problems = (finding.problem for one in checked for finding in one.findings)
    return next((problem for problem in problems if problem is not None), None)


def remark_line(finding: Finding, lang: Lang) -> str:
    """What the linter says of a query: how grave it is, where it stands, and what to do."""
    what, do = finding.render(lang)
    place = ""
    if finding.line is not None:
        place = said(
            lang,
            f"ligne {finding.line}, colonne {finding.column} : ",
            f"line {finding.line}, column {finding.column}: ",
        )
    return f"{SIGNS[finding.severity]} {place}{what} → {do}"


def _line(post: Post, wording: Wording) -> str:
    from vigie.platforms import titled

    when = f"{wording.local(post.published_at):%Y-%m-%d %H:%M}"
    who = post.author.handle or post.author.name or "—"
    text = " ".join((post.text or post.title or "").split())
    line = clean(f"{when}  {titled(post.platform, wording.lang)}  {who}  {text}")
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
