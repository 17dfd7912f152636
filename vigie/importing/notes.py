"""Long posts of X's archive: `tweets.js` cuts them at 280 signs, `note-tweet.js` holds them whole.

A note has an id of its own and does not name its post. What they share is how the text begins and,
mostly, the second in which both were made; a scheduled post is made later than its note.
"""

from __future__ import annotations

import fnmatch
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from vigie.importing.addresses import time_in
from vigie.importing.documents import document
from vigie.importing.files import Piece, members
from vigie.importing.names import folded
from vigie.importing.tables import Row, Table
from vigie.importing.values import Dates, time

NOTE = "noteTweet"  # the key of a note in its file, and beside the post that it belongs to
_SHARED = 40  # signs of the beginning by which notes are looked up
_CUT = 250  # of 280 by X's count: a cut text ends before the word or address that did not fit
_SAME_MOMENT = timedelta(seconds=60)
_ADDRESS = re.compile(r"https?://\S*")
_ANSWERED = re.compile(r"(?:@\w+\s+)+")  # whom a reply answers: notes may leave them out
_HEADERS = tuple(f"{NOTE}.core.{name}" for name in ("text", "urls", "mentions", "hashtags"))


def neighbours(piece: Piece, patterns: Iterable[str]) -> list[Piece]:
    """The files of the same archive, or of the folder that it was unpacked to, with such names."""
    if piece.member is not None:
        around = [(one.member or "", one) for one in members(piece.path)]
    else:
        around = [(one.name, Piece(one)) for one in _files_of(piece.path.parent)]
    return [
        one
        for name, one in sorted(around, key=lambda pair: pair[0])
        if any(fnmatch.fnmatchcase(folded(name.rpartition("/")[2]), each) for each in patterns)
    ]


def _files_of(folder: Path) -> list[Path]:
    return [one for one in folder.glob("*") if one.is_file()]  # none where it may not be listed


def with_notes(table: Table, patterns: Iterable[str]) -> Table:
    """A table of posts, each long one with its note under `noteTweet`. Raises ImportRefused for
    notes that are damaged: the posts would be cut."""
    found = [
        note
        for piece in neighbours(table.piece, patterns)
        for item in _listed(document(piece))
        if (note := _note(item))
    ]
    if not found:
        return table
    notes: dict[str, list[_Note]] = {}
    for note in found:
        notes.setdefault(note.text[:_SHARED], []).append(note)

    def rows() -> Iterator[Row]:
        for number, row in table.rows():
            note = _of(row, notes) if isinstance(row, dict) else None
            yield number, row if note is None else {**row, NOTE: note.given}  # type: ignore[dict-item]

    return replace(table, rows=rows, raw=None, headers=(*table.headers, *_HEADERS))


@dataclass(frozen=True, slots=True)
class _Note:
    given: dict[str, Any]
    id: str
    text: str
    made: datetime | None


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _note(item: Any) -> _Note | None:
    given = item.get(NOTE) if isinstance(item, dict) else None
    core = given.get("core") if isinstance(given, dict) else None
    text = core.get("text") if isinstance(core, dict) else None
    if not isinstance(text, str) or not isinstance(given, dict):
        return None
    id = str(given.get("noteTweetId") or "")
    made = time(given.get("createdAt"), Dates()) or time_in(id, "x")
    return _Note(given, id, _plain(text), made)


def _of(row: dict[str, Any], notes: dict[str, list[_Note]]) -> _Note | None:
    """The note of a post: the one that begins as it does and was made when it was; of a text that
    is cut, the one that was made nearest to it."""
    post = row.get("tweet") if isinstance(row.get("tweet"), dict) else row
    text = post.get("full_text") if isinstance(post, dict) else None
    if not isinstance(text, str) or not isinstance(post, dict) or text.startswith("RT @"):
        return None
    start = _plain(text).removesuffix("…").rstrip()
    if len(start) < _SHARED:
        return None
    longer = [
        note
        for note in notes.get(start[:_SHARED], ())
        if note.text.startswith(start) and len(note.text) > len(start)
    ]
    id = str(post.get("id_str") or post.get("id") or "")
    made = time(post.get("created_at"), Dates()) or time_in(id, "x")
    if not longer:
        return None
    nearest = min(longer, key=lambda note: (note.id != id, _between(note.made, made)))
    if nearest.id == id or _is_cut(text) or _between(nearest.made, made) <= _SAME_MOMENT:
        return nearest
    return None


def _plain(text: str) -> str:
    """A text without what the two files may write in other ways: entities, addresses, spaces, the
    names that a reply begins with."""
    plain = " ".join(_ADDRESS.sub(" ", html.unescape(text)).split())
    return _ANSWERED.sub("", plain, count=1) if plain.startswith("@") else plain


def _is_cut(text: str) -> bool:
    """Whether a text goes to the end of what a post holds; X counts signs beyond U+10FF twice."""
    shown = html.unescape(text)
    return shown.rstrip().endswith("…") or sum(1 + (sign > "\u10ff") for sign in shown) >= _CUT


def _between(one: datetime | None, other: datetime | None) -> timedelta:
    return abs(one - other) if one and other else timedelta.max
