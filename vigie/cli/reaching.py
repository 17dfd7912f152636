"""What a workspace depends on elsewhere, and whether it answers: its store, a Prefect server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vigie.cli.words import Lang, said
from vigie.errors import VigieError
from vigie.locales import errors

if TYPE_CHECKING:
    from vigie.workspace import Workspace


def reached_rows(space: Workspace) -> list[dict[str, Any]]:
    """One for the store, and one for the Prefect server where one is set: `what`, `answers`, and
    `told`: which it is, or what is wrong and what to do."""
    asked = [(f"store ({space.watchlist.store.engine})", _store)]
    if space.environ.get("PREFECT_API_URL"):
        asked.append(("prefect", _prefect))
    rows = []
    for what, ask in asked:
        try:
            rows.append({"what": what, "answers": True, "told": ask(space)})
        except VigieError as error:
            rows.append({"what": what, "answers": False, "told": errors.said(error, space.lang)})
    return rows


def reached_lines(rows: list[dict[str, Any]], lang: Lang) -> list[str]:
    """The rows for a person."""
    store = said(lang, "base", "store")
    return [
        f"{'✓' if row['answers'] else '✗'} {row['what'].replace('store', store)} · {row['told']}"
        for row in rows
    ]


def _store(space: Workspace) -> str:
    """Which store answers, and how many posts it holds. Raises StoreError, ConfigError."""
    from vigie.cli.telling import grouped
    from vigie.store import Filters, Page
    from vigie.store.opensearch import OpenSearchStore

    held = space.store.search("*", Filters(states=()), page=Page(size=0)).total
    posts = f"{grouped(held, space.lang)} posts"
    if not isinstance(space.store, OpenSearchStore):
        return posts
    engine = space.store.engine
    version = engine.request("GET", "/")["version"]
    name = version.get("distribution", "elasticsearch")
    state = engine.request("GET", "/_cluster/health", ok=(403,))
    health = f", {state['status']}" if state else ""
    return f"{name} {version['number']}{health}, {engine.where}, {posts}"


def _prefect(space: Workspace) -> str:
    """Raises ConfigError, Prerequisite."""
    from flows.environment import SERVER, reach

    reach(space)
    return str(space.environ[SERVER])
