"""What stands beside a page: posts behind a figure, one post, one definition, one alert. Its
address is the `panel` of the page's."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote

from vigie.errors import QueryError
from vigie.explorer.burning import burning
from vigie.explorer.desk import Desk
from vigie.explorer.pages.thread import read_post
from vigie.explorer.scope import SORTS, read_scope
from vigie.metrics import DEFINITIONS

SHOWN = 25


def read(desk: Desk) -> dict[str, Any]:
    """The template's values; `kind` is empty where nothing is open."""
    address = desk.panel
    head, _, rest = address.partition("?")
    kind, _, id = head.partition("/")
    id = unquote(id)
    known: dict[str, Any] = {"kind": kind, "close": desk.here()}
    if kind == "posts":
        return known | posts(desk, rest)
    if kind == "post":
        return known | {"thread": read_post(desk, id), "id": id}
    if kind == "definition":
        return known | {"definition": DEFINITIONS.get(id), "id": id}
    if kind == "alert":
        return known | burning(desk, desk.findings.alert(id)) | {"id": id}
    if kind == "help":
        return known
    return known | {"kind": ""}


def posts(desk: Desk, query: str) -> dict[str, Any]:
    """The posts behind a figure, as many as the figure says."""
    pairs = parse_qsl(query, keep_blank_values=False)
    scope = read_scope(pairs, desk.now, desk.zone)
    sort = dict(pairs).get("sort", "-published_at")
    try:
        found = desk.find(scope, sort=sort if sort in SORTS else "-published_at", size=SHOWN)
    except QueryError:
        return {"kind": "broken"}
    filters = [desk.named(name, value) for name, values in scope.narrowed.items() if name != "post"
               for value in values]  # fmt: skip
    return {
        "found": found,
        "scope": scope,
        "total": found.total,
        "filters": filters,
        "q": scope.q,
        "period": "" if scope.finding or scope.get("post") else desk.period_name(scope),
        "all": desk.page("/posts", scope),
    }
