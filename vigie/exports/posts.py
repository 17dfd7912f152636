"""The posts of a query as a spreadsheet, as many as there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vigie.exports.columns import POSTS, SCHEMA
from vigie.exports.sheets import Cell, Sheet, cells, write_csv, write_workbook
from vigie.locales import Lang
from vigie.policies import Policies
from vigie.store import Filters, Store

if TYPE_CHECKING:
    from vigie.workspace import Workspace

LIMIT = 1_000_000  # rows that a sheet holds, less its header
BATCH = 2_000
_WORDS = ("text", "title")
_FIELDS = {
    "author": "author.handle",
    "author_name": "author.name",
    "author_followers": "author.followers",
    "sentiment": "sentiment.label",
    "likes": "metrics.likes",
    "shares": "metrics.shares",
    "replies": "metrics.replies",
    "quotes": "metrics.quotes",
    "saves": "metrics.saves",
    "views": "metrics.views",
}


def posts(
    space: Workspace,
    *,
    path: Path,
    query: str = "*",
    filters: Filters = Filters(),  # noqa: B008
    lang: Lang = "en",
) -> int:
    """Writes the posts of a query to an XLSX or CSV file, oldest first; answers how many."""
    headers = [column.title(lang) for column in POSTS]
    policies = Policies(space.watchlist)
    rows = (cells(POSTS, row_of(one, policies)) for one in _documents(space.store, query, filters))
    if path.suffix.lower() == ".csv":
        return write_csv(path, headers, rows)
    about: list[tuple[str, str, Cell]] = [
        ("espace de travail", "workspace", space.watchlist.workspace.name),
        ("requête", "query", query),
        ("du", "from", _day(filters.since)),
        ("au (exclu)", "to (excluded)", _day(filters.until)),
        ("données au", "as of", space.clock.now().isoformat(timespec="minutes")),
        ("version des colonnes", "schema version", SCHEMA),
    ]
    return write_workbook(
        path,
        [
            Sheet("posts", headers, rows),
            Sheet("dictionary", ("", "", ""), dictionary(space.store, policies, lang)),
            Sheet("filters", ("", ""), [[fr if lang == "fr" else en, v] for fr, en, v in about]),
        ],
    )


def _day(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="minutes")


def dictionary(store: Store, policies: Policies, lang: Lang) -> list[list[Cell]]:
    """What the columns hold, and whose texts and sums are empty because their terms ask for it."""
    here = networks(store)
    why = {name: " ".join(policies.remarks("text", here, lang)) for name in _WORDS}
    why["engagement"] = " ".join(policies.remarks("derived", here, lang))
    return [
        [column.title(lang), column.name, f"{column.text(lang)}. {told}"]
        if (told := why.get(column.name))
        else [column.title(lang), column.name, column.text(lang)]
        for column in POSTS
    ]


def networks(store: Store) -> list[str]:
    """The networks of which there are posts."""
    asked = {"network": {"terms": {"field": "platform", "size": 50}}}
    told = store.aggregate("*", Filters(), asked)
    return [bucket["key"] for bucket in told["aggs"]["network"]["buckets"]] if told["aggs"] else []


def row_of(document: Mapping[str, Any], policies: Policies) -> dict[str, Cell]:
    """An index document as a row: lists joined, what is absent unknown; without its words where its
    platform lets ids only be passed on, without its engagement where it forbids derived figures."""
    row: dict[str, Cell] = {}
    left = set() if policies.passes_on(document) else set(_WORDS)
    left |= set() if policies.sums(document) else {"engagement"}
    if left:
        document = {name: value for name, value in document.items() if name not in left}
    for column in POSTS:
        value = document.get(_FIELDS.get(column.name, column.name))
        row[column.name] = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
    return row


def _documents(store: Store, query: str, filters: Filters) -> Iterator[Mapping[str, Any]]:
    written = 0
    for batch in store.scan(filters, ["id"], query=query, batch=BATCH):
        for document in store.documents(batch["id"].to_list()):
            if document is not None and written < LIMIT:
                written += 1
                yield document
