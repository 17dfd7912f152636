"""Telegram's own export: recognised, its channels read, private talk never landed."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.watching import document, vigie
from vigie.errors import ImportRefused
from vigie.importing import preview_lines, previews, read_answers
from vigie.landing import Landing
from vigie.store import Filters
from vigie.workspace import Workspace

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
TOML = """
[workspace]
name = "Place"

[[brands]]
id = "brindille"
name = "Brindille"
role = "own"
"""


def message(n: int, **more: Any) -> dict[str, Any]:
    return {
        "id": n, "type": "message", "date": "2026-02-02T03:00:00",
        "date_unixtime": str(1_770_000_000 + 60 * n), "from": "Brindille", "from_id": "channel99",
        "text": ["Message ", {"type": "hashtag", "text": f"#n{n}"}], "text_entities": [], **more,
    }  # fmt: skip


def channel(number: int = 3) -> dict[str, Any]:
    service = {"id": 0, "type": "service", "date": "2026-02-02T02:00:00", "action": "pin_message",
               "text": ""}  # fmt: skip
    told = [service, *(message(n + 1) for n in range(number))]
    return {"name": "Brindille", "type": "public_channel", "id": 1987654321, "messages": told}


PRIVATE = {"name": "Maud", "type": "personal_chat", "id": 5,
           "messages": [message(1, text="rien que pour toi")]}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "vigie.toml").write_text(TOML)
    return tmp_path / "w"


def test_an_export_is_imported_as_the_brands_posts(folder: Path) -> None:
    file = folder / "result.json"
    file.write_text(json.dumps(channel(1_250), ensure_ascii=False, indent=1))
    done = vigie("import", str(file), "--brand", "brindille", "--json", workspace=folder)
    assert done.returncode == 0, done.stderr
    counts = document(done)["counts"]
    assert (counts["rows"], counts.get("refused", 0), counts["new_post"]) == (1_250, 0, 1_250)
    with Workspace.open(folder, read_only=True) as space:
        found = space.store.search(filters=Filters(origins=("owned",), owners=("brindille",)))
        assert found.total == 1_250
        assert space.store.search("hashtag:n7").total == 1
    again = document(vigie("import", str(file), "--brand", "brindille", "--json", workspace=folder))
    assert again["counts"].get("new_post", 0) == 0


def test_of_a_whole_account_only_channels_are_landed(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "result.json.gz"
    whole = {"about": "…", "chats": {"about": "…", "list": [PRIVATE, channel()]}}
    file.write_bytes(gzip.compress(json.dumps(whole).encode()))
    found = list(read_answers(file, run_id="r", now=NOW))
    assert [answer.meta["rows"] for answer in found] == [[[1, 3]]]
    assert b"rien que pour toi" not in b"".join(answer.body for answer in found)
    landing = Landing(tmp_path / "landing")
    landing.append(found)
    landing.close()


def test_a_dry_run_shows_what_would_be_stored(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(json.dumps(channel(12)))
    told = previews(file)[0]
    assert (told["preset"], told["rows"], told["posts"]) == ("telegram", 12, 12)
    assert len(told["first"]) == 10
    for lang, words in (("en", "12 posts of 12 rows"), ("fr", "12 publications sur 12 lignes")):
        assert words in "\n".join(preview_lines([told], lang))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (json.dumps(PRIVATE), "no channel in this export"),
        ('{"name": "x", "type": "public_channel", "id": 1, "messages": [{"id"', "no JSON"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "result.json"
    file.write_text(text)
    with pytest.raises(ImportRefused, match=reason):
        read_answers(file, run_id="r", now=NOW)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """What unpacks well at its beginning may be spoilt further on."""
    whole = gzip.compress(json.dumps(channel(2_000)).encode())
    path = tmp_path / "result.json.gz"
    for at in (len(whole) // 2, 14):
        spoilt = bytearray(whole)
        spoilt[at : at + 40] = bytes(40)
        path.write_bytes(spoilt)
        with pytest.raises(ImportRefused, match="damaged or breaks off"):
            list(read_answers(path, run_id="r", now=datetime(2026, 11, 23, tzinfo=UTC)))
