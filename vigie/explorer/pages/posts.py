"""Posts: search, facets with counts, stories folded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from vigie.errors import QueryError
from vigie.explorer.desk import Desk
from vigie.explorer.pages.exporting import FORMATS
from vigie.explorer.render import answer, query_problem
from vigie.explorer.scope import NARROWING, SORTS, Scope
from vigie.locales import mark
from vigie.platforms import PLATFORMS
from vigie.store import Hit

SIZE = 25
DEEPEST = 10_000  # posts that can be paged to; beyond, narrow the view
FACETS = (
    ("network", "platform", mark("Network")),
    ("brand", "brands", mark("Brand")),
    ("origin", "origin", mark("Origin")),
    ("sentiment", "sentiment.label", mark("Sentiment")),
    ("language", "language", mark("Language")),
    ("topic", "topics", mark("Topic")),
    ("kind", "kind", mark("Format")),
)
ORDERS = (
    ("-published_at", mark("newest")),
    ("published_at", mark("oldest")),
    ("-engagement", mark("most engagement")),
    ("relevance", mark("most relevant")),
)


@dataclass(frozen=True)
class Story:
    """A folded story: its copies beside the post shown, and the link that shows them."""

    copies: int
    href: str


def posts(desk: Desk) -> Response:
    title = desk.words.text("Posts")
    try:
        return answer(desk, "posts.html", title=title, **listed(desk))
    except QueryError as error:
        problem = query_problem(desk, error)
        return answer(desk, "problem.html", 400, title=title, query_error=problem)


def listed(desk: Desk) -> dict[str, Any]:
    sort = desk.param("sort")
    if sort not in SORTS:
        sort = "relevance" if desk.scope.q else "-published_at"
    page = int(desk.param("page")) if desk.param("page").isdecimal() else 1
    page = max(1, min(page, DEEPEST // SIZE))
    highlight = bool(desk.scope.q)
    found = desk.find(
        desk.scope, sort=sort, size=SIZE, offset=(page - 1) * SIZE, highlight=highlight
    )
    unfolded = bool(desk.param("unfold"))
    stories = {} if unfolded else folded(desk, found.hits)
    shown: list[Hit] = []
    seen: set[str] = set()
    for hit in found.hits:
        story = hit.document.get("story_id")
        if story in stories and story in seen:
            continue
        seen.add(story or hit.post.id)
        shown.append(hit)
    last = min(-(-found.total // SIZE), DEEPEST // SIZE)
    before = desk.before
    return {
        "hits": shown,
        "found": found,
        "total": found.total,
        "total_before": desk.count(before) if before else None,
        "stories": stories,
        "unfolded": unfolded,
        "facets": facets(desk),
        "sort": sort,
        "orders": [(key, desk.words.text(name), desk.here(None, ("sort", key)))
                   for key, name in ORDERS if key != "relevance" or desk.scope.q],
        "table": desk.param("as") == "table",
        "page": page,
        "earlier": desk.here(None, ("page", str(page - 1))) if page > 1 else "",
        "later": desk.here(None, ("page", str(page + 1))) if page < last else "",
        "last": last,
        "loosen": loosen(desk) if not found.total else [],
        "exports": [
            (format.upper(), desk.page(f"/export.{format}")) for format in FORMATS
        ],
    }  # fmt: skip


def folded(desk: Desk, hits: list[Hit]) -> dict[str, Story]:
    """The stories of these posts that have copies in this view."""
    ids = tuple(dict.fromkeys(s for hit in hits if (s := hit.document.get("story_id"))))
    if not ids:
        return {}
    scope = desk.scope.narrow(story=ids)
    answered = desk.ask(scope, {"story": {"terms": {"field": "story_id", "size": len(ids)}}})
    return {
        bucket["key"]: Story(
            copies=bucket["doc_count"] - 1,
            href=desk.here(desk.scope.narrow(story=bucket["key"]), ("unfold", "1")),
        )
        for bucket in answered["aggs"]["story"]["buckets"]
        if bucket["doc_count"] > 1
    }


def facets(desk: Desk) -> list[dict[str, Any]]:
    """What this view is made of; each value narrows it, or widens it again."""
    aggs = {
        name: {"terms": {"field": field, "size": len(PLATFORMS) if name == "network" else 8}}
        for name, field, _ in FACETS
    }
    answered = desk.ask(desk.scope, aggs)["aggs"]
    found = []
    for name, _, title in FACETS:
        chosen = desk.scope.get(name)
        values = []
        for bucket in answered[name]["buckets"] if answered else ():
            key = str(bucket["key"])
            if name == "brand" and key not in desk.brands:
                continue
            on = key in chosen
            rest = tuple(v for v in chosen if v != key) if on else key
            scope = desk.scope.narrow(**{name: rest or None})
            values.append(
                {
                    "text": desk.named(name, key),
                    "href": desk.here(scope, ("page", "")),
                    "count": bucket["doc_count"],
                    "on": on,
                }
            )
        if values:
            found.append({"title": desk.words.text(title), "entries": values})
    return found


def loosen(desk: Desk) -> list[dict[str, Any]]:
    """Which filter to take away, and how many posts that would show; the most first."""
    tries: list[tuple[str, Scope]] = []
    scope = desk.scope
    for name in NARROWING:
        if scope.get(name):
            values = ", ".join(desk.named(name, value) for value in scope.get(name))
            tries.append((values, scope.narrow(**{name: None})))
    if scope.q:
        tries.append((f"“{scope.q}”", desk.without_query(scope)))
    if not scope.period.whole:
        tries.append((desk.period_name(), desk.always(scope)))
    found = [
        {"text": text, "href": desk.here(wider, ("page", "")), "count": desk.count(wider)}
        for text, wider in tries
    ]
    return sorted((way for way in found if way["count"]), key=lambda way: -int(str(way["count"])))
