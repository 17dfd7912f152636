"""Long work is killed in the middle and goes on where it was: the same, and nothing twice."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from landed import POSTS, held, landed, told
from town import Town, found
from watching import document, started, vigie

from vigie.backfills import replay, standings
from vigie.importing import read_answers
from vigie.landing import Landing, Place
from vigie.mapping import Mapper
from vigie.pipeline import CHUNKS, batched
from vigie.verifying import verify
from vigie.workspace import Workspace

pytestmark = pytest.mark.slow
NOTHING = ("--only", "hackernews")  # collects nothing: the watchlist has no such source


def killed(folder: Path, *words: str, at: str) -> None:
    """Runs a command until it says so, and kills it."""
    process = started(*words, workspace=folder)
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith(at):
            process.kill()
            break
    process.wait()
    process.stderr.close()
    assert said[-1].startswith(at), said


def progress(folder: Path) -> dict[str, Any]:
    done = vigie("status", "--json", workspace=folder)
    assert done.returncode == 0, done.stderr
    return {one["what"]: (one["done"], one["total"]) for one in document(done)["progress"]}


def test_a_rebuild_and_its_reading_go_on_where_they_were(folder: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(folder, whole)
    built = vigie("rebuild", workspace=whole)
    assert built.returncode == 0
    assert "indexed again" not in built.stderr, "what is stored on the way is indexed with it"
    read = vigie("run", *NOTHING, "--json", workspace=whole)
    assert document(read)["counts"]["read"] == POSTS
    kept = held(whole)
    assert set(kept["readings"]) == set(kept["posts"])

    killed(folder, "rebuild", at="answers stored again: 200 of 300")
    assert progress(folder)["rebuild"] == (200, 300)
    again = vigie("rebuild", "--json", workspace=folder)
    assert again.returncode == 0
    assert "200 of 300" not in again.stderr, "what was done is not done again"
    assert document(again) == {"answers": 300, "posts": POSTS, "quarantined": 0}
    assert progress(folder) == {"read": (0, POSTS)}
    assert held(folder)["posts"] == kept["posts"]

    killed(folder, "run", *NOTHING, at="posts read: 4,000 of 6,000")
    before = held(folder)["times"]
    assert progress(folder) == {"read": (4_000, POSTS)}
    rest = vigie("run", *NOTHING, "--json", workspace=folder)
    assert document(rest)["counts"]["read"] == POSTS - 4_000
    assert progress(folder) == {"read": (POSTS, POSTS)}
    after = held(folder)
    alike = {id: told(reading) for id, reading in kept["readings"].items()}
    assert after["readings"] == alike, "stories, too"
    assert {id: after["times"][id] for id in before} == before, "what was read is not read again"
    assert vigie("verify", workspace=folder).returncode == 0
    full = vigie("rebuild", workspace=folder)
    assert full.stderr.splitlines()[0] == "posts indexed again: 6,000 of 6,000"
    assert vigie("verify", workspace=folder).returncode == 0


def test_a_replay_of_another_watchlist_begins_anew(tmp_path: Path) -> None:
    folder = landed(tmp_path / "w", posts=5_000)
    killed(folder, "remap", at="answers mapped again: 200 of 250")
    watchlist = folder / "vigie.toml"
    seen: list[int] = []
    with Workspace.open(folder) as space:
        assert [one.what for one in standings(space.store)] == ["read", "remap"]
        watchlist.write_text(watchlist.read_text() + "\n# changed\n", encoding="utf-8")
        counted = replay(space, what="remap", progress=lambda _, told_: seen.append(told_["posts"]))
        assert counted["answers"] == 250
        assert [one.what for one in standings(space.store)] == ["read"]
    assert seen == [200, 250]


def test_a_segment_that_was_written_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    folder = landed(tmp_path / "w", posts=600)
    with Landing(folder / ".vigie" / "landing") as landing:
        whole = list(landing.frames())
        assert [len(answers) for answers, _ in whole] == [10, 10, 10]
        for number, (_, place) in enumerate(whole, 1):
            assert list(landing.frames(place)) == whole[number:]
        (segment,) = landing.segments()
        copy = segment.with_suffix(".new")
        shutil.copyfile(segment, copy)
        copy.rename(segment)
        anew = list(landing.frames(whole[1][1]))
        assert [answers for answers, _ in anew] == [answers for answers, _ in whole]
        later = Place("w9/mastodon/2099-01-01.jsonl.zst", 1, 0)
        assert list(landing.frames(later)) == []


def test_what_is_checked_comes_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of a file holds a thousand rows: two hundred of them at a time took gigabytes."""
    folder = found(tmp_path / "w", Town(url="http://127.0.0.1:9"), feeds=())
    file, columns = tmp_path / "rows.csv", tmp_path / "map.toml"
    columns.write_text(
        '[columns]\nnative_id = "id"\ntext = "text"\npublished_at = "at"\n'
        '[constants]\nplatform = "mastodon"\n',
        encoding="utf-8",
    )
    said = "une phrase d'invention sur les vélos du quartier assez longue pour peser " * 3
    rows = (f"{n},{said},2026-11-20T08:00:00Z" for n in range(40_000))
    file.write_text("\n".join(["id,text,at", *rows]), encoding="utf-8")
    with Workspace.open(folder) as space:
        answers = read_answers(file, columns=str(columns), run_id="r", now=space.clock.now())
        for several in batched(answers, CHUNKS):
            space.landing.append(several)
        replay(space)
        mapped: list[int] = []
        plain = Mapper.map

        def counted(self: Mapper, *given: Any, **named: Any) -> Any:
            batch = plain(self, *given, **named)
            mapped.append(len(batch.posts))
            return batch

        monkeypatch.setattr(Mapper, "map", counted)
        assert verify(space) == []
        assert sum(mapped) == 40_000
        assert max(mapped) <= 20_000
