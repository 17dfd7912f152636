"""What an import would do: columns found and left, the first posts, the rows that are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from vigie.clock import MachineClock
from vigie.errors import MappingError
from vigie.importing import telegram
from vigie.importing.names import folded
from vigie.importing.opening import Told, Used, opened
from vigie.importing.reading import answers_of
from vigie.importing.rows import map_import
from vigie.locales.errors import worded

SHOWN = 10

_WORDS = {
    "en": {
        "colon": ": ", "percent": "%", "thousands": ",",
        "rows": "{posts} post{posts_s} of {rows} row{rows_s}",
        "figures": "{figures} figure{figures_s} of {rows} row{rows_s}",
        "read": "{format}, {encoding}{separated}",
        "separated": ", separated by {separator}",
        "map": "map: {map} ({sureness}, {share} of the columns known)",
        "next": "; the next best would be {next}",
        "rather": "; the file looks like one of {next}",
        "named": "as told", "certain": "certain", "likely": "likely",
        "doubtful": "doubtful: look at the first posts, or name a preset with --columns",
        "dates": "times without offset are taken as {timezone}",
        "dmy": ", the day before the month", "mdy": ", the month before the day",
        "map_order": " (the map says so)", "file_order": " (the file's own dates show it)",
        "guess_order": " (a guess: no date of the file shows it; [dates] order decides)",
        "unmapped": "columns that are not used",
        "ignored": "columns left on purpose (estimates, words of the tool)",
        "refused": "rows that are set aside",
        "unread": "cells that cannot be read",
        "rounded": "rounded counts, kept as samples and not as the posts' counters",
        "first": "first posts", "first_figures": "first figures",
        "left": "not read, for no map fits",
    },
    "fr": {
        "colon": "\u202f: ", "percent": "\u202f%", "thousands": "\u202f",
        "rows": "{posts} publication{posts_s} sur {rows} ligne{rows_s}",
        "figures": "{figures} chiffre{figures_s} sur {rows} ligne{rows_s}",
        "read": "{format}, {encoding}{separated}", "spreadsheet": "feuille de calcul",
        "separated": ", séparateur {separator}",
        "map": "correspondance\u202f: {map} ({sureness}, {share} des colonnes connues)",
        "next": "\u202f; à défaut, {next}",
        "rather": "\u202f; le fichier ressemble plutôt à {next}",
        "named": "indiquée", "certain": "certaine", "likely": "probable",
        "doubtful": "douteuse\u202f: voyez les premières publications, ou nommez-la par --columns",
        "dates": "heures sans décalage lues en {timezone}",
        "dmy": ", le jour avant le mois", "mdy": ", le mois avant le jour",
        "map_order": " (selon la correspondance)",
        "file_order": " (les dates du fichier le montrent)",
        "guess_order": " (supposé\u202f: aucune date ne le montre\u202f; [dates] order tranche)",
        "unmapped": "colonnes sans emploi",
        "ignored": "colonnes laissées à dessein (estimations, notes de l'outil)",
        "refused": "lignes mises de côté",
        "unread": "cellules illisibles",
        "rounded": "compteurs arrondis, gardés comme relevés et non comme compteurs",
        "first": "premières publications", "first_figures": "premiers chiffres",
        "left": "non lus, faute de correspondance",
    },
}  # fmt: skip
_MARKS = {"\t": "TAB", ",": ",", ";": ";", "|": "|", None: ""}


def previews(
    path: Path,
    *,
    columns: str | None = None,
    platform: str | None = None,
    brand: str | None = None,
    account: str | None = None,
    timezone: str | None = None,
) -> list[dict[str, Any]]:
    """A dry run of a file, as JSON documents, one a table that would be read; nothing is stored.
    Raises ImportRefused."""
    if telegram.is_chat(path, columns):
        return [_export(path, brand)]
    used, left = opened(path, Told(columns, platform, account, timezone))
    told = [_preview(one, brand) for one in used]
    told[0]["left"] = left
    return told


def _preview(used: Used, brand: str | None) -> dict[str, Any]:
    table, chosen = used.table, used.recognised.map
    seen: set[str] = set()  # words of the column that tells which map reads a row
    posts: list[dict[str, Any]] = []
    figures: list[dict[str, Any]] = []
    refused: list[str] = []
    counted: Counter[str] = Counter()
    unread: Counter[str] = Counter()
    rounded: Counter[str] = Counter()
    platforms: Counter[str] = Counter()
    for answer in answers_of([used], brand, "preview", MachineClock().now()):
        seen.update(word for word, meta in used.metas.items() if _same(meta, answer.meta))
        counted["rows"] += sum(length for _, length in answer.meta["rows"])
        try:
            mapped = map_import(answer)
        except MappingError as error:
            refused.append(error.what)
            continue
        refused += mapped.refused
        unread.update(mapped.missing)
        rounded.update(one.metric for one in mapped.samples if one.exactness == "rounded")
        platforms.update(post.platform for post in mapped.posts)
        posts += _shown(mapped.posts, SHOWN - len(posts))
        own = [one for one in mapped.samples if one.scope == "own"]
        counted["figures"] += len(own)
        figures += _shown(own, SHOWN - len(figures))
    meta = next(iter(used.metas.values()))
    columns = _columns(used, seen)
    ignored = {folded(name) for name in chosen.shape.ignored}
    unmapped = _unmapped(used, columns)
    return {
        "file": table.name,
        "format": table.format,
        "encoding": table.encoding,
        "separator": table.separator,
        "preset": meta["preset"],
        "sureness": used.recognised.sureness,
        "share": used.recognised.share,
        "next": used.recognised.next,
        "columns": columns,
        "unmapped": [name for name in unmapped if folded(name) not in ignored],
        "ignored": [name for name in unmapped if folded(name) in ignored],
        "dates": meta["dates"],
        "order_from": used.order_from,
        "rows": counted["rows"],
        "posts": platforms.total(),
        "figures": counted["figures"],
        "platforms": dict(platforms),
        "refused": refused,
        "unread": dict(unread),
        "rounded": dict(rounded),
        "first": posts,
        "first_figures": figures,
        "left": [],
    }


def _same(meta: Mapping[str, Any], of: Mapping[str, Any]) -> bool:
    return meta["columns"] is of["columns"]


def _shown(records: Any, room: int) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", exclude_none=True) for one in records[: max(room, 0)]]


def _columns(used: Used, seen: set[str]) -> dict[str, str]:
    """Field → the columns of this table that it is read from; of rows that are read by several maps
    those of the maps that were met, by "word/field"."""
    found: dict[str, str] = {}
    told: set[int] = set()  # maps have several words
    for word, meta in used.metas.items():
        if (word and word not in seen) or id(meta["columns"]) in told:
            continue
        told.add(id(meta["columns"]))
        for field, names in meta["columns"].items():
            here = [name for name in _several(names) if _is_here(name, used.table.headers)]
            if here:
                found[f"{word}/{field}" if word else field] = " / ".join(here)
    return found


def _several(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


def _unmapped(one: Used, columns: Mapping[str, str]) -> list[str]:
    """The columns that no field is read from; of nested ones the uppermost."""
    used = {
        part for column in columns.values() for name in column.split(" / ")
        for part in name.split(" + ")
    }  # fmt: skip
    used |= {column for meta in one.metas.values() for column in meta.get("hidden", {}).values()}
    used.add(one.variant or "")
    above = {name[:at] for name in used for at, mark in enumerate(name) if mark == "."}
    unmapped: dict[str, None] = {}
    for header in one.table.headers:
        parts = header.split(".")
        inside = any(".".join(parts[:end]) in unmapped for end in range(1, len(parts)))
        if header not in used and header not in above and not inside:
            unmapped[header] = None
    return list(unmapped)


def _is_here(name: str, headers: tuple[str, ...]) -> bool:
    first = name.partition(" + ")[0]
    return first in headers or any(
        first.startswith(f"{header}.") and first[len(header) + 1 :][:1] in "*0123456789"
        for header in headers
    )


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
        posts += _shown(mapped.posts, room)
    return {
        "file": path.name, "format": "JSON", "encoding": "utf-8", "separator": None,
        "preset": telegram.PRESET, "sureness": "certain", "share": 1.0, "next": None,
        "columns": {}, "unmapped": [], "ignored": [],
        "dates": {"format": None, "order": None, "timezone": "UTC"}, "order_from": None,
        "rows": rows, "posts": found, "figures": 0,
        "platforms": {"telegram": found} if found else {}, "refused": refused, "unread": {},
        "rounded": {}, "first": posts, "first_figures": [], "left": [],
    }  # fmt: skip


def preview_lines(told: list[dict[str, Any]], lang: Literal["fr", "en"]) -> list[str]:
    """Dry runs in words."""
    return [line for one in told for line in _lines(one, _WORDS[lang], lang)]


def used_lines(used: list[Used], left: list[str], lang: Literal["fr", "en"]) -> Iterator[str]:
    """Of an import: which map reads each table, how sure that is, and what is not read."""
    words = _WORDS[lang]
    for one in used:
        shown = {
            "preset": next(iter(one.metas.values()))["preset"],
            "sureness": one.recognised.sureness,
            "share": one.recognised.share,
            "next": one.recognised.next,
        }
        yield f"{one.table.name}: {map_line(shown, words)}"
    if left:
        named = ", ".join(_left(one, lang) for one in left[:SHOWN])
        yield f"{words['left']}{words['colon']}{named}"


def _lines(
    told: Mapping[str, Any], words: Mapping[str, str], lang: Literal["fr", "en"]
) -> Iterator[str]:
    yield told["file"]
    kind = "figures" if told["figures"] and not told["posts"] else "rows"
    platforms = ", ".join(f"{name} {number}" for name, number in told["platforms"].items())
    counted = words[kind].format(**_numbers(told, words))
    yield f"  {counted}{f' ({platforms})' if platforms else ''}"
    mark = _MARKS.get(told["separator"], told["separator"])
    separated = words["separated"].format(separator=mark) if mark else ""
    read = words["read"].format(
        format=words.get(told["format"], told["format"]),
        encoding=told["encoding"] or "–",
        separated=separated,
    )
    yield f"  {read.replace(', –', '')}"
    yield f"  {map_line(told, words)}"
    yield f"  {_date_line(told, words)}"
    for field, column in told["columns"].items():
        yield f"    {field} ← {column}"
    for key in ("unmapped", "ignored"):
        if told[key]:
            yield f"  {words[key]}{words['colon']}{', '.join(told[key])}"
    for key in ("refused", "unread", "rounded", "left"):
        if told[key]:
            yield f"  {words[key]}{words['colon']}{len(told[key])}"
            items = told[key].items() if isinstance(told[key], dict) else told[key]
            for item in list(items)[:SHOWN]:
                shown = worded(item, lang) if isinstance(item, str) else f"{item[0]}: {item[1]}"
                yield f"    {shown}"
    if told["first"]:
        yield f"  {words['first']}{words['colon'].rstrip(' ')}"
    for post in told["first"]:
        author = post.get("author", {})
        said = (post.get("text") or post.get("title") or "").replace("\n", " ")[:80]
        name = author.get("handle") or author.get("name") or "–"
        yield f"    {post['id']}  {post['published_at']}  {name}  {said}"
    if told["first_figures"]:
        yield f"  {words['first_figures']}{words['colon'].rstrip(' ')}"
    for one in told["first_figures"]:
        yield f"    {one['entity']}  {one['captured_at']}  {one['metric']}  {one['value']:g}"


def _numbers(told: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, str]:
    """The counts as they are written, each with the ending of what is counted."""
    found: dict[str, str] = {}
    for name in ("posts", "rows", "figures"):
        number = told[name]
        one = number < 2 if words is _WORDS["fr"] else number == 1
        found |= {
            name: f"{number:,}".replace(",", words["thousands"]),
            f"{name}_s": "s" * (not one),
        }
    return found


def _left(told: str, lang: Literal["fr", "en"]) -> str:
    """A file that was left, with why."""
    name, colon, why = told.partition(": ")
    return f"{name}{colon}{worded(why, lang)}"


def map_line(told: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """Which map reads a table, and how sure that is."""
    line = words["map"].format(
        map=told["preset"] or "MAP.toml",
        sureness=words[told["sureness"]],
        share=f"{told['share']:.0%}".replace("%", words["percent"]),
    )
    kind = {"doubtful": "next", "named": "rather"}.get(told["sureness"])
    return line + (words[kind].format(next=told["next"]) if kind and told["next"] else "")


def _date_line(told: Mapping[str, Any], words: Mapping[str, str]) -> str:
    dates = told["dates"]
    line = words["dates"].format(timezone=dates["timezone"])
    if told["order_from"]:
        line += words[dates["order"]] + words[f"{told['order_from']}_order"]
    return line
