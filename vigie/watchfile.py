"""Reading `vigie.toml`: every error at once, with file, line, key and the nearest valid name."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin
from zoneinfo import available_timezones

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from vigie.errors import ConfigError, QueryError
from vigie.platforms import PLATFORMS
from vigie.policies import POLICIES, RIGHTS
from vigie.watchlist import Watchlist, parse

Path_ = tuple[str | int, ...]
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[\w\-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w\-]+|"[^"]*"))*)\s*=""")
_WHEN = re.compile(r"every [1-9]\d* (minute|hour|day)s?|(\S+\s+){4}\S+")


def read(path: Path) -> Watchlist:
    """The watchlist of a file. Raises ConfigError naming every error that was found."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError("no such file", where=str(path), do="vigie init") from error
    except UnicodeDecodeError as error:
        raise ConfigError("not UTF-8", where=str(path), do="save it as UTF-8") from error
    return read_text(text, str(path))


def read_text(text: str, name: str = "vigie.toml") -> Watchlist:
    """The watchlist of a text; `name` stands for the file in errors. Raises ConfigError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {error}", where=name, do="mend the line") from error
    lines = _lines_of(text)
    try:
        watchlist = parse(document)
    except ValidationError as error:
        problems = [_worded(detail) for detail in error.errors()]
        raise _combined(problems, lines, name) from error
    problems = list(_checked(watchlist))
    if problems:
        raise _combined(problems, lines, name)
    return watchlist


def _combined(problems: list[tuple[Path_, str]], lines: dict[Path_, int], name: str) -> ConfigError:
    told = sorted({(_line_for(where, lines), _dotted(where), what) for where, what in problems})
    text = "\n".join(
        f"{name}, line {line}, {key}: {what}" if line else f"{name}, {key}: {what}"
        for line, key, what in told
    )
    return ConfigError(text, do="mend these lines" if len(told) > 1 else "mend this line")


def _worded(detail: ErrorDetails) -> tuple[Path_, str]:
    where = tuple(detail["loc"])
    if detail["type"] == "extra_forbidden":
        known = _known_keys(where[:-1])
        return where, f"unknown key{_nearest(str(where[-1]), known)}"
    if detail["type"] == "missing":
        return where, "is missing"
    given = detail.get("input")
    shown = "" if isinstance(given, dict | list) else f" (here: {given!r})"
    return where, f"{detail['msg'][0].lower()}{detail['msg'][1:]}{shown}"


def _checked(watchlist: Watchlist) -> Iterator[tuple[Path_, str]]:
    """What the types alone do not say."""
    zone = watchlist.workspace.timezone
    if zone not in available_timezones():
        yield (
            ("workspace", "timezone"),
            f"no time zone {zone!r}{_nearest(zone, available_timezones())}",
        )
    for language in watchlist.workspace.languages:
        if not re.fullmatch(r"[a-z]{2,3}", language):
            yield ("workspace", "languages"), f"{language!r} is no language code; write fr, en, …"
    for name in watchlist.platforms:
        if name not in PLATFORMS:
            yield ("platforms", name), f"unknown platform{_nearest(name, PLATFORMS)}"
            continue
        for right in RIGHTS:
            if getattr(watchlist.platforms[name], right) and right not in POLICIES[name].rights:
                known = [one for one, policy in POLICIES.items() if right in policy.rights]
                yield (
                    ("platforms", name, right),
                    f"{name} knows no such right; it is one of {', '.join(known)}",
                )
    yield from _repeated("brands", [brand.id for brand in watchlist.brands])
    yield from _repeated("topics", [topic.id for topic in watchlist.topics])
    for index, brand in enumerate(watchlist.brands):
        for platform, accounts in brand.accounts.items():
            where = ("brands", index, "accounts", platform)
            if platform not in PLATFORMS:
                yield where, f"unknown platform{_nearest(platform, PLATFORMS)}"
                continue
            for account in accounts:
                if not PLATFORMS[platform].accepts(account):
                    example = PLATFORMS[platform].example
                    yield where, f"{account!r} is no {platform} account; write it as {example}"
    for key, told in (("run", watchlist.schedule.run), ("briefing", watchlist.schedule.briefing)):
        if not _WHEN.fullmatch(told.strip()):
            yield (
                ("schedule", key),
                f'cannot read {told!r}; write "every 1 hour", or a cron line as "0 7 * * 1"',
            )
    from vigie.query import parse as parse_query

    for index, topic in enumerate(watchlist.topics):
        if not topic.query and not topic.hashtags:
            yield ("topics", index), "needs a query or hashtags"
        if topic.query:
            try:
                parse_query(topic.query)
            except QueryError as error:
                yield ("topics", index, "query"), f"column {error.column}: {error.what}"


def _repeated(table: str, ids: list[str]) -> Iterator[tuple[Path_, str]]:
    counted = Counter(ids)
    for index, id in enumerate(ids):
        if counted[id] > 1 and ids.index(id) != index:
            yield (table, index, "id"), f"{id!r} stands twice"


def _nearest(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(known)[:20])}"


def _known_keys(where: Path_) -> list[str]:
    """The keys of the model that stands at a path of the document."""
    model: Any = Watchlist
    named = False  # whether the next step is a key of a mapping
    for step in where:
        if isinstance(step, int) or named:
            named = False
            continue
        if isinstance(model, type) and issubclass(model, BaseModel):
            fields = model.model_fields
            if step not in fields:
                return []
            model = fields[step].annotation
            named = get_origin(model) is dict
            while not (isinstance(model, type) and issubclass(model, BaseModel)):
                inner = [kind for kind in get_args(model) if kind is not ...]
                if not inner:
                    break
                model = inner[-1]
    if isinstance(model, type) and issubclass(model, BaseModel):
        return list(model.model_fields)
    return []


def _lines_of(text: str) -> dict[Path_, int]:
    """Where each table and key begins; a key inside an inline table counts as its line."""
    lines: dict[Path_, int] = {}
    tables: Counter[str] = Counter()
    here: Path_ = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            names = _split(header[2])
            if header[1] == "[[":
                here = (*names, tables[header[2]])
                tables[header[2]] += 1
            else:
                here = ()
                for depth, step in enumerate(names):
                    here = (*here, step)
                    repeated = tables.get(".".join(names[: depth + 1]))
                    if repeated:
                        here = (*here, repeated - 1)
            lines.setdefault(here, number)
        elif key := _KEY.match(line):
            lines.setdefault((*here, *_split(key[1])), number)
    return lines


def _split(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _line_for(where: Path_, lines: dict[Path_, int]) -> int:
    while where:
        if where in lines:
            return lines[where]
        where = where[:-1]
    return 0


def _dotted(where: Path_) -> str:
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in where) or "file"
