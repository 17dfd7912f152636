"""What an import would do: columns found and left, the first posts, the rows that are refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Literal

from vigie.clock import MachineClock
from vigie.errors import MappingError
from vigie.importing import telegram
from vigie.importing.reading import read_answers, resolved
from vigie.importing.rows import map_import

SHOWN = 10

_WORDS = {
    "en": {
        "rows": "{posts} posts of {rows} rows",
        "read": "{format}, {encoding}, map: {map}",
        "dates": "times without offset are taken as {timezone}",
        "order": ", day and month as {order}",
        "unmapped": "columns that are not used",
        "refused": "rows that are set aside",
        "unread": "cells that cannot be read",
        "first": "first posts",
    },
    "fr": {
        "rows": "{posts} publications sur {rows} lignes",
        "read": "{format}, {encoding}, correspondance : {map}",
        "dates": "heures sans décalage lues en {timezone}",
        "order": ", jour et mois dans l'ordre {order}",
        "unmapped": "colonnes sans emploi",
        "refused": "lignes mises de côté",
        "unread": "cellules illisibles",
        "first": "premières publications",
    },
}


def preview(
    path: Path, *, columns: str | None = None, platform: str | None = None, brand: str | None = None
) -> dict[str, Any]:
    """A dry run of a file, as a JSON document; nothing is stored. Raises ImportRefused."""
    if columns in (None, telegram.PRESET) and telegram.is_export(path):
        return _export(path, brand)
    table, meta = resolved(path, columns, platform)
    used = set(meta["columns"].values())
    posts: list[dict[str, Any]] = []
    refused: list[str] = []
    unread: Counter[str] = Counter()
    platforms: Counter[str] = Counter()
    rows = 0
    answers = read_answers(
        path, columns=columns, platform=platform, brand=brand, run_id="preview",
        now=MachineClock().now(),
    )  # fmt: skip
    for answer in answers:
        rows += sum(length for _, length in answer.meta["rows"])
        try:
            mapped = map_import(answer)
        except MappingError as error:
            refused.append(error.what)
            continue
        refused += mapped.refused
        unread.update(mapped.missing)
        platforms.update(post.platform for post in mapped.posts)
        room = SHOWN - len(posts)
        posts += [post.model_dump(mode="json", exclude_none=True) for post in mapped.posts[:room]]
    return {
        "file": path.name,
        "format": table.format,
        "encoding": table.encoding,
        "separator": table.separator,
        "preset": meta["preset"],
        "columns": meta["columns"],
        "unmapped": [header for header in table.headers if not _is_used(header, used)],
        "dates": meta["dates"],
        "rows": rows,
        "posts": platforms.total(),
        "platforms": dict(platforms),
        "refused": refused,
        "unread": dict(unread),
        "first": posts,
    }


def _export(path: Path, brand: str | None) -> dict[str, Any]:
    """The same of Telegram's export, which has no columns."""
    from vigie.mapping import map_answer

    posts: list[dict[str, Any]] = []
    refused: list[str] = []
    rows = found = 0
    now = MachineClock().now()
    for answer in telegram.answers(path, brand=brand, run_id="preview", now=now):
        rows += sum(length for _, length in answer.meta["rows"])
        try:
            mapped = map_answer(answer)
        except MappingError as error:
            refused.append(error.what)
            continue
        found += len(mapped.posts)
        room = SHOWN - len(posts)
        posts += [post.model_dump(mode="json", exclude_none=True) for post in mapped.posts[:room]]
    return {
        "file": path.name, "format": "JSON", "encoding": "utf-8", "separator": None,
        "preset": telegram.PRESET, "columns": {}, "unmapped": [],
        "dates": {"format": None, "order": None, "timezone": "UTC"}, "rows": rows,
        "posts": found, "platforms": {"telegram": found} if found else {}, "refused": refused,
        "unread": {}, "first": posts,
    }  # fmt: skip


def _is_used(header: str, used: set[str]) -> bool:
    return header in used or any(column.startswith(f"{header}.") for column in used)


def preview_lines(previews: list[dict[str, Any]], lang: Literal["fr", "en"]) -> list[str]:
    """Dry runs in words."""
    words = _WORDS[lang]
    lines: list[str] = []
    for told in previews:
        lines += [told["file"], f"  {words['rows'].format(**told)} {told['platforms']}"]
        shown = {**told, "encoding": told["encoding"] or "–", "map": told["preset"] or "MAP.toml"}
        lines.append(f"  {words['read'].format(**shown)}")
        dates = words["dates"].format(**told["dates"])
        order = words["order"].format(**told["dates"]) if told["dates"]["order"] else ""
        lines.append(f"  {dates}{order}")
        lines += [f"    {field} ← {column}" for field, column in told["columns"].items()]
        if told["unmapped"]:
            lines.append(f"  {words['unmapped']}: {', '.join(told['unmapped'])}")
        for key in ("refused", "unread"):
            if told[key]:
                lines.append(f"  {words[key]}: {len(told[key])}")
                items = told[key] if key == "refused" else told[key].items()
                lines += [f"    {item}" for item in list(items)[:SHOWN]]
        lines.append(f"  {words['first']}:")
        for post in told["first"]:
            author = post.get("author", {})
            said = (post.get("text") or post.get("title") or "").replace("\n", " ")[:80]
            name = author.get("handle") or author.get("name") or "–"
            lines.append(f"    {post['id']}  {post['published_at']}  {name}  {said}")
    return lines
