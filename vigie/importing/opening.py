"""Opening a file: its tables, archives' too, each with the map that reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from vigie.errors import ImportRefused
from vigie.importing.columns import IDS, ColumnMap, load, presets
from vigie.importing.documents import at_path, document, repaired_whole
from vigie.importing.files import Piece, head, members
from vigie.importing.names import folded, listed, zone_of
from vigie.importing.notes import neighbours, with_notes
from vigie.importing.recognising import Recognised, known_share, member_fits, recognise
from vigie.importing.tables import Table, tables
from vigie.importing.values import Dates, Order, damaged, orders_of, time_zone

MOST_TRIED = 1_000  # files of an archive that no preset names and that are tried
_LOOKED_AT = (
    200,
    20_000,
    None,
)  # rows whose dates tell the order of days and months
_TABLES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xlsx", ".xls", ".ods")
_SPREADSHEET = {"[Content_Types].xml", "content.xml"}

OrderFrom = Literal["map", "file", "guess"]


@dataclass(frozen=True, slots=True)
class Told:
    """What a person says of a file, and the file does not."""

    columns: str | None = None
    platform: str | None = None
    account: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """A table and how it is read. `metas` are those of its answers, by the folded word in the
    column `variant`; the one under "" is of all others, or the only one. `seen` is what the file
    weighed, and when it was written, before it was read."""

    table: Table
    recognised: Recognised
    metas: Mapping[str, Mapping[str, Any]]
    variant: str | None = None
    order_from: OrderFrom | None = None
    seen: tuple[int, int] | None = None


def stamp(path: Path) -> tuple[int, int]:
    """Size and time of the last writing of a file: others when it has changed."""
    told = path.stat()
    return told.st_size, told.st_mtime_ns


def opened(path: Path, told: Told) -> tuple[list[Used], list[str]]:
    """The tables of a file that can be read, and the names of those that no map fits. Raises
    ImportRefused where there is none."""
    if path.is_dir():
        raise ImportRefused(
            "this is a folder",
            where=str(path),
            do="give its files, or the archive as it was downloaded",
        )
    if not path.is_file():
        raise ImportRefused("no such file", where=str(path), do="check the path")
    if told.timezone:
        _zone_exists(told.timezone)
    named = load(told.columns) if told.columns else None
    known = [named] if named else list(presets().values())
    used: list[Used] = []
    left: list[str] = []
    refusals: list[ImportRefused] = []
    headers: tuple[str, ...] = ()
    seen = stamp(path)
    pieces, archived = _pieces(path, known)
    for piece in pieces:
        try:
            found = list(_tables_of(piece, known))
        except ImportRefused as error:
            if not archived:
                raise
            refusals.append(error)
            left.append(f"{piece.name}: {error.what}")
            continue
        for table in found:
            chosen = _chosen(table, named, several=len(found) > 1 or archived)
            if chosen is None:
                left.append(table.name)
                headers = headers or table.headers
                continue
            used.append(replace(_resolved(table, chosen, told), seen=seen))
    if used:
        return used, left
    if headers:
        raise ImportRefused(
            f"no preset fits these columns: {listed(headers)}",
            where=path.name,
            do=f"--columns with one of {', '.join(presets())}, or a MAP.toml",
        )
    if not archived:
        raise ImportRefused("an empty list", where=path.name, do="export it again")
    raise refusals[0] if refusals else ImportRefused(
        "no file of posts in this archive", where=path.name,
        do="unpack it and import the files of posts, with --columns",
    )  # fmt: skip


def _zone_exists(name: str) -> None:
    try:
        time_zone(name)
    except (ValueError, KeyError, OSError) as error:
        raise ImportRefused(
            f"no time zone {name!r}", where="--timezone", do='"Europe/Paris", "UTC" or "+02:00"'
        ) from error


def _pieces(path: Path, known: list[ColumnMap]) -> tuple[list[Piece], bool]:
    """The files to read: those of an archive that a preset names, else all that may be tables."""
    whole = Piece(path)
    if not head(whole, 4).startswith(b"PK\x03\x04"):
        return [whole], False
    try:
        inside = members(path)
    except ImportRefused:
        if whole.kind in (".xlsx", ".xlsm", ".xlsb", ".ods"):
            return [whole], False
        raise
    if _SPREADSHEET & {piece.member for piece in inside}:
        return [whole], False
    named = [
        piece for piece in inside if any(member_fits(one, piece.member or "") for one in known)
    ]
    return named or [piece for piece in inside if piece.kind in _TABLES][:MOST_TRIED], True


def _tables_of(piece: Piece, known: list[ColumnMap]) -> list[Table]:
    wanted = frozenset(name for one in known for name in one.wanted())
    items = dict.fromkeys(path for one in known for path in one.shape.items)
    return tables(piece, wanted, tuple(items))


def _chosen(table: Table, named: ColumnMap | None, *, several: bool) -> Recognised | None:
    if named is None:
        return recognise(table)
    found = named.resolve(table.headers)
    if several and "published_at" not in found and not named.shape.variant:
        return None
    share = known_share(named, table.headers)
    fitting = recognise(table) if named.name in presets() else None
    other = fitting is not None and fitting.sureness == "certain" and fitting.map is not named
    return Recognised(named, "named", share, fitting.map.name if fitting and other else None)


def _resolved(table: Table, recognised: Recognised, told: Told) -> Used:
    chosen = _with(recognised.map, told)
    recognised = replace(recognised, map=chosen)
    if chosen.shape.notes:
        table = with_notes(table, chosen.shape.notes)
    if chosen.shape.variant:
        metas = {"": _meta(table, chosen, {}, chosen.dates) | {"unread": chosen.shape.variant}}
        for name, variant in chosen.variants.items():
            known = _with(replace(variant, name=chosen.name), told)
            metas[name] = _meta(table, known, known.columns, known.dates)
        metas |= {folded(name): metas[folded(of)] for name, of in chosen.shape.same.items()}
        return Used(table, recognised, metas, variant=chosen.shape.variant)
    found = chosen.resolve(table.headers)
    if table.format == "JSON" and (chosen.shape.items or chosen.shape.members):
        # Objects lack what they have nothing to say of: the first ones do not show all keys.
        found = {
            field: tuple(dict.fromkeys((*found.get(field, ()), *names)))
            for field, names in chosen.columns.items()
        }
    _check(chosen, found, table)
    if chosen.figures and not any(
        field in where
        for field in ("author.id", "author.handle")
        for where in (found, chosen.constants)
    ):
        raise ImportRefused(
            "the file does not say whose figures these are", where=table.name,
            do="--account with the id or handle of the account",
        )  # fmt: skip
    refuse_damaged_ids(table, found)
    chosen = replace(chosen, constants={**_around(table, chosen), **chosen.constants})
    dates, order_from = _dated(chosen, table, found.get("published_at", ()), told.timezone)
    return Used(table, recognised, {"": _meta(table, chosen, found, dates)}, None, order_from)


def _with(chosen: ColumnMap, told: Told) -> ColumnMap:
    """A map with what a person says: it takes the place of columns."""
    given: dict[str, Any] = {}
    if told.platform:
        given["platform"] = told.platform
    if told.account:
        is_id = told.account.isdigit() or ":" in told.account
        given["author.id" if is_id else "author.handle"] = told.account.removeprefix("@")
    kept = {field: names for field, names in chosen.columns.items() if field not in given}
    return replace(chosen, columns=kept, constants={**chosen.constants, **given})


def _meta(
    table: Table, chosen: ColumnMap, found: Mapping[str, tuple[str, ...]], dates: Dates
) -> dict[str, Any]:
    """What lies beside the rows, so that they can be mapped again: JSON."""
    meta: dict[str, Any] = {
        "file": table.name,
        "preset": chosen.name if chosen.name in presets() else None,
        "columns": {
            field: names[0] if len(names) == 1 else list(names) for field, names in found.items()
        },
        "values": {
            field: pairs
            for field, pairs in chosen.values.items()
            if field in found or (field == "media.kind" and "media" in found)
        },
        "dates": asdict(dates),
        "constants": _plain(chosen.constants),
    }
    shape = chosen.shape
    told = {
        "made": dict(chosen.made), "repair": shape.repair, "retweets": shape.retweets,
        "hidden": dict(shape.hidden), "otherwise": shape.otherwise, "quoted": shape.quoted,
        "media": {name: list(places) for name, places in shape.media.items()},
    }  # fmt: skip
    meta.update((key, value) for key, value in told.items() if value)
    return meta


def _check(chosen: ColumnMap, found: Mapping[str, tuple[str, ...]], table: Table) -> None:
    if "published_at" in found or "published_at" in chosen.constants:
        return
    if chosen.dates.in_id and ("native_id" in found or "url" in found):
        return
    named = " / ".join(chosen.columns.get("published_at", ()))
    told = f"no column {named} for published_at" if named else "no column for published_at"
    raise ImportRefused(
        told,
        where=table.name,
        do=f"the file's columns are: {listed(table.headers)}",
    )


def refuse_damaged_ids(table: Table, found: Mapping[str, tuple[str, ...]]) -> None:
    """A spreadsheet that saw a long id as a number has lost its last digits: nothing brings them
    back, and two posts may share what is left. Raises ImportRefused."""
    ids = [column for field, columns in found.items() if field in IDS for column in columns]
    if not ids or not table.suspicious():
        return
    for number, row in table.rows():
        if not isinstance(row, dict):
            continue
        for column in ids:
            if shown := damaged(at_path(row, column)):
                raise ImportRefused(
                    f"row {number}, column {column}: the id {shown} has lost digits",
                    where=table.name,
                    do="export it again and do not save it in a spreadsheet, or set the column to "
                    "text before the file is opened",
                )


def _dated(
    chosen: ColumnMap, table: Table, columns: tuple[str, ...], timezone: str | None
) -> tuple[Dates, OrderFrom | None]:
    """The map's dates, with the time zone that a person or a column's name tells, and the order of
    day and month that the file shows."""
    dates = chosen.dates
    zone = timezone or next((zone for column in columns if (zone := zone_of(column))), None)
    if zone and (timezone or dates.timezone == "UTC"):
        dates = replace(dates, timezone=zone)
    if dates.format or not columns or (table.format == "JSON" and chosen.shape.items):
        return dates, None
    shown: set[Order] = set()
    halves = False
    for looked_at in _LOOKED_AT:
        shown, needed, halves = orders_of(_cells(table, columns, looked_at))
        if not needed:
            return dates, None
        if len(shown) == 1:
            break
    # A person's own map decides; else what the days show, then what the separator lets guess.
    if chosen.dates.order and chosen.name not in presets():
        return replace(dates, order=chosen.dates.order), "map"
    if len(shown) == 2:
        raise ImportRefused(
            f"column {columns[0]}: some dates can only have the day first, others the month",
            where=table.name,
            do='write [dates] order = "dmy" or "mdy" in a MAP.toml; the others are set aside',
        )
    if shown:
        return replace(dates, order=shown.pop()), "file"
    order = "mdy" if halves else "dmy" if table.separator == ";" else dates.order
    if order is None:
        raise ImportRefused(
            f"column {columns[0]}: day and month cannot be told apart",
            where=table.name,
            do='write [dates] order = "dmy" or "mdy" in a MAP.toml',
        )
    return replace(dates, order=order), "guess"


def _cells(table: Table, columns: tuple[str, ...], number: int | None) -> Iterator[Any]:
    for place, (_, row) in enumerate(table.rows()):
        if place == number:
            return
        if isinstance(row, dict):
            for column in columns:
                yield at_path(row, column)


def _around(table: Table, chosen: ColumnMap) -> dict[str, Any]:
    """Fields that hold for all rows, from the document around them or its neighbours."""
    found: dict[str, Any] = {}
    read: dict[str, Any] = {}
    for field, places in chosen.shape.around.items():
        for place in places:
            member, _, path = place.rpartition(": ")
            if member not in read:
                read[member] = _neighbour(table, member, chosen.shape.repair)
            value = at_path({"": read[member]}, f".{path}")
            if isinstance(value, str | int) and value != "":
                found[field] = str(value)
                break
    return found


def _neighbour(table: Table, member: str, repair: bool) -> Any:
    given = table.document
    if member:
        piece = next(iter(neighbours(table.piece, [member])), None)
        given = document(piece) if piece else None
    return repaired_whole(given) if repair else given


def _plain(constants: Mapping[str, Any]) -> dict[str, Any]:
    return {
        field: value.isoformat() if hasattr(value, "isoformat") else value
        for field, value in constants.items()
    }
