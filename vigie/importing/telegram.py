"""Telegram's own export (`result.json`): channels as answers that its crawler's `map` reads.

The application writes one chat, or all of an account; private talk and groups are left out before
anything is landed.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from vigie.errors import ImportRefused
from vigie.sources import Answer

PRESET = "telegram"
CHUNK = 1_000  # messages of an answer
MOST_BYTES = 1 << 30
_CHAT = re.compile(rb'"type"\s*:\s*"(?:public|private|personal|saved|bot|verification)_\w+"')
_CHANNELS = ("channel", "public_channel", "private_channel")
_HEAD = 4_096
_DAMAGED = (OSError, EOFError, zlib.error)


def is_export(path: Path) -> bool:
    """Whether a file is such an export: an object that names a chat and then its messages."""
    if not path.is_file():
        return False
    try:
        with _opened(path) as stream:
            head = stream.read(_HEAD)
    except _DAMAGED:  # who reads it as a table says so
        return False
    one = _CHAT.search(head) is not None and b'"messages"' in head
    return head.lstrip()[:1] == b"{" and (one or (b'"chats"' in head and b'"list"' in head))


def is_chat(path: Path, columns: str | None) -> bool:
    """Whether a file is read as such an export, where `columns` names a preset or nothing."""
    return columns in (None, PRESET) and is_export(path)


def answers(path: Path, *, brand: str | None, run_id: str, now: datetime) -> Iterator[Answer]:
    """The messages of its channels, a thousand each. Raises ImportRefused before the first."""
    chats = _channels(path)
    return _answers(path, chats, brand, run_id, now)


def _answers(
    path: Path, chats: list[dict[str, Any]], brand: str | None, run_id: str, now: datetime
) -> Iterator[Answer]:
    number = 1
    for chat in chats:
        told = [one for one in chat["messages"] if one.get("type") == "message"]
        for start in range(0, len(told), CHUNK):
            part = told[start : start + CHUNK]
            address = f"file:{path.name}#row={number}"
            kept = {key: chat.get(key) for key in ("name", "type", "id")}
            yield Answer(
                platform="telegram",
                endpoint="export",
                target=f"telegram/import/{path.name}",
                url=address,
                request_url=address,
                method="GET",
                status=200,
                headers={"content-type": "application/json"},
                body=orjson.dumps({**kept, "messages": part}),
                collected_at=now,
                run_id=run_id,
                brand=brand,
                meta={"file": path.name, "preset": PRESET, "rows": [[number, len(part)]]},
            )
            number += len(part)


def _channels(path: Path) -> list[dict[str, Any]]:
    try:
        with _opened(path) as stream:
            body = stream.read(MOST_BYTES + 1)
    except _DAMAGED as error:
        raise ImportRefused(
            f"the file is damaged or breaks off: {error}",
            where=path.name,
            do="download or export it again",
        ) from error
    if len(body) > MOST_BYTES:
        raise ImportRefused(
            "the export is larger than 1 GiB", where=path.name, do="export the channel alone"
        )
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ImportRefused(
            f"no JSON: {error}", where=path.name, do="export it again, in the format JSON"
        ) from error
    listed = (document.get("chats") or {}).get("list", [document])
    chats = [one for one in listed if one.get("type") in _CHANNELS and one.get("messages")]
    if not chats:
        raise ImportRefused(
            "no channel in this export: private chats and groups are not imported",
            where=path.name,
            do="export a channel: its menu, Export chat history, format JSON",
        )
    return chats


def _opened(path: Path) -> Any:
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")
