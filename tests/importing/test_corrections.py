"""A file that is imported again, as it is and mended: nothing is doubled, new words are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from exported import write
from test_refusals import HEAD, folder, vigie

from vigie.enriching import text_hash
from vigie.records import Enrichment, Post
from vigie.workspace import Workspace

__all__ = ["folder"]  # a fixture
ID = "x:1990674000000000001"
ROW = "2026-11-18 07:30:00,X,@brindille,{text},https://x.com/b/status/1990674000000000001,{likes}\n"


def imported(path: Path, folder: Path) -> dict[str, Any]:
    done = vigie("import", str(path), "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    counts: dict[str, Any] = json.loads(done.stdout)["counts"]
    return counts


def test_a_mended_text_wins_and_is_read_again(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "posts.csv"
    row = ROW.format(text="Quel bel atelier de cuir", likes=4)
    counts = imported(write(path, HEAD + row + row), folder)
    assert (counts["new_post"], counts["read"], counts["rows"]) == (1, 1, 2), "one post, told twice"
    again = imported(path, folder)
    assert (again.get("new_post", 0), again["read"]) == (0, 0)
    counted = imported(
        write(path, HEAD + ROW.format(text="Quel bel atelier de cuir", likes=9)), folder
    )
    assert (counted.get("new_post", 0), counted["read"]) == (0, 0), "other counters, the same words"

    mended = "Une horrible attente et une couture qui craque"
    told = imported(write(path, HEAD + ROW.format(text=mended, likes=9)), folder)
    assert (told.get("new_post", 0), told["read"]) == (0, 1)
    with Workspace(folder) as space:
        (post,) = space.store.get([ID], Post)
        (read,) = space.store.get([ID], Enrichment)
        assert post is not None
        assert read is not None
        assert (post.text, post.metrics.likes) == (mended, 9)
        assert read.text_hash == text_hash(mended)
        assert read.story_id == ID
        assert any("couture" in phrase for phrase in read.keyphrases)
    assert vigie("verify", folder=folder).returncode == 0
