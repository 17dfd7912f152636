"""A deletion at the platform, and an account that is forgotten, are carried out everywhere."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import shutil
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from shelf import ids
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from town import NOW, Town, found, serving
from town import status as written
from watching import document, vigie

from vigie.backfills import replay
from vigie.clock import SetClock
from vigie.deletions import cut_pending, pending
from vigie.erasing import KEY, copies, find, forget
from vigie.errors import ConfigError
from vigie.exports import posts as export_posts
from vigie.pipeline import Pipeline
from vigie.policies import POLICIES
from vigie.records import Account, Cursor, MetricSample, Post, Tombstone
from vigie.store import Filters
from vigie.verifying import verify
from vigie.workspace import Workspace

CITIZEN = "citizen9@town.example"
WHO = f"mastodon:{CITIZEN}"
OWN = range(1, 13)
URI = "mastodon:https://town.example/users/lumen/statuses/"


class Emptying(Town):
    """A town where statuses go, one by one."""

    def __init__(self, **more: Any) -> None:
        super().__init__(owned=len(OWN), tagged=30, entries=0, **more)
        self.gone: set[str] = set()

    def respond(self, request: Request) -> Response:
        if request.url.path == "/api/v1/statuses":
            asked = request.query_params.getlist("id[]")
            self.hits.append(request.url.path)
            left = [self._status(int(id)) for id in asked if id not in self.gone]
            return JSONResponse(left)
        answer = super().respond(request)
        if self.gone and answer.status_code == 200 and request.url.path.endswith("/statuses"):
            shown = [one for one in json.loads(bytes(answer.body)) if one["id"] not in self.gone]
            return JSONResponse(shown)
        return answer


def landed(space: Workspace) -> str:
    return "\n".join(answer.body.decode() for answer in space.landing.read())


def texts(folder: Path, space: Workspace) -> dict[str, str]:
    file = folder / "out.csv"
    export_posts(space, path=file)
    rows = csv.DictReader(file.read_text("utf-8-sig").splitlines())
    return {row["id"]: row["text"] for row in rows}


async def deleted(folder: Path, town: Emptying, id: str) -> Workspace:
    """A workspace in which a post was read, deleted at its source and asked for again."""
    space = Workspace.open(folder)
    await Pipeline(space).collect()
    town.gone.add(id)
    space.clock = SetClock(NOW + timedelta(days=3))
    pipeline = Pipeline(space)
    await pipeline.collect()
    assert pipeline.counts["new_tombstone"] == 1
    return space


async def test_what_is_gone_disappears_from_store_index_and_exports(tmp_path: Path) -> None:
    with serving(Emptying()) as town:
        folder = found(tmp_path / "w", town, feeds=())
        with await deleted(folder, town, "12") as space:
            gone = f"{URI}12"
            assert space.store.search("*").total == town.total - 1
            assert not space.store.search(f'author:lumen "{12}"', Filters(ids=(gone,))).total
            assert gone not in texts(tmp_path, space)
            (state,) = space.store.documents([gone])
            assert state is not None
            assert state["state"] == "deleted"
            assert verify(space) == []
            replay(space)
            assert space.store.search("*").total == town.total - 1


async def test_where_the_terms_ask_for_it_its_words_leave_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = POLICIES["mastodon"].model_copy(update={"erase": True})
    monkeypatch.setitem(POLICIES, "mastodon", strict)
    with serving(Emptying()) as town:
        folder = found(tmp_path / "w", town, feeds=())
        words = written(12, OWN)["content"][3:40]
        with await deleted(folder, town, "12") as space:
            gone = f"{URI}12"
            assert gone not in ids(space)
            assert words in landed(space)
            assert pending(space) == {gone}
            assert verify(space) == []  # also before it is cut
            answers = space.landing.count()
            await Pipeline(space).analyse()
            assert pending(space) == set()
            assert not list(space.store.all(Cursor, prefix="erasing:"))
            assert words not in landed(space)
            assert space.landing.count() == answers
            assert space.landing.verify() == []
            assert verify(space) == []
            replay(space)
            assert len(ids(space)) == town.total - 1
            assert verify(space) == []
            assert space.store.get([gone], Tombstone)[0]
            town.gone.clear()  # it was an error: it is live again, and is read again
            space.clock = SetClock(NOW + timedelta(days=3, hours=1))
            cursors = [one.id for one in space.store.all(Cursor) if "account" in one.id]
            space.store.drop(Cursor, cursors)
            await Pipeline(space).collect()
            assert gone in texts(tmp_path, space)


async def test_while_another_process_lands_its_raw_data_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run goes on; what could be cut is cut, the rest is by a later one."""
    strict = POLICIES["mastodon"].model_copy(update={"erase": True})
    monkeypatch.setitem(POLICIES, "mastodon", strict)
    words = written(12, OWN)["content"][3:40]
    with serving(Emptying()) as town:
        folder = found(tmp_path / "w", town, feeds=())
        with await deleted(folder, town, "12") as space:
            (mine,) = {path.parents[1] for path in space.landing.segments()}
            other = mine.with_name(f"a-{mine.name}")  # it comes first
            shutil.copytree(mine, other)
            whole = landed(space).count(words)
            with (other / ".lock").open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                assert cut_pending(space) == 0
                assert 0 < landed(space).count(words) < whole
                assert pending(space) == {f"{URI}12"}
            assert cut_pending(space) > 0
            assert words not in landed(space)
            assert pending(space) == set()


async def filled(folder: Path, town: Town) -> Workspace:
    space = Workspace.open(folder)
    await Pipeline(space).collect()
    (other,) = space.store.get([f"{URI}3"], Post)
    assert other is not None
    said = {"mentions": ("citizen9",), "text": "Merci @citizen9, quel citizen9 !"}
    seen = NOW + timedelta(hours=1)
    space.store.upsert([other.model_copy(update={**said, "collected_at": seen})])
    return space


async def test_a_forgotten_account_leaves_everything(tmp_path: Path) -> None:
    with serving(Town(owned=12, tagged=80, entries=2)) as town:
        folder = found(tmp_path / "w", town)
        with await filled(folder, town) as space:
            before = ids(space)
            named = [one for one in space.store.all(Account) if one.handle == CITIZEN]
            assert named
            person = find(space, "mastodon", "@Citizen9@town.example")
            assert len(person.posts) == 2  # of eighty posts by 37 people
            assert person.mentioned == (f"{URI}3",)
            told = forget(space, person)
            assert told["posts"] == 2
            assert ids(space) == before - set(person.posts)
            assert not [one for one in space.store.all(Account) if one.handle == CITIZEN]
            assert not [one for one in space.store.all(MetricSample) if one.entity in person.ids]
            (other,) = space.store.get([f"{URI}3"], Post)
            assert other is not None
            assert (other.text, other.mentions) == ("Merci @erased, quel citizen9 !", ("erased",))
            assert "citizen9" not in landed(space)
            assert verify(space) == []
            graves = list(space.store.all(Tombstone))
            assert graves
            assert all(one.reason == "erased" for one in graves)
            assert not [one for one in graves if "citizen9" in one.id or one.id in person.ids]
            assert not find(space, "mastodon", CITIZEN).known

            replay(space)
            assert ids(space) == before - set(person.posts)
            again = Pipeline(space)
            space.store.drop(Cursor, [one.id for one in space.store.all(Cursor)])
            await again.collect()  # the town still shows its posts
            assert ids(space) == before - set(person.posts)
            assert verify(space) == []


async def test_without_the_key_nothing_comes_back_unnoticed(tmp_path: Path) -> None:
    with serving(Town(owned=5, tagged=40, entries=0)) as town:
        folder = found(tmp_path / "w", town, feeds=())
        with Workspace.open(folder) as space:
            await Pipeline(space).collect()
            forget(space, find(space, "mastodon", CITIZEN))
        key = folder / ".vigie" / KEY
        assert stat.S_IMODE(os.stat(key).st_mode) == 0o600
        held = key.read_text()
        key.unlink()
        with Workspace.open(folder) as space, pytest.raises(ConfigError, match="key"):
            await Pipeline(space).collect()
        (folder / ".env").write_text(f"VIGIE_ERASURE_KEY={held}\n", encoding="utf-8")
        with Workspace.open(folder) as space:
            await Pipeline(space).collect()


async def test_the_command_shows_first_and_erases_when_told(tmp_path: Path) -> None:
    with serving(Town(owned=5, tagged=80, entries=0)) as town:
        folder = found(tmp_path / "w", town, feeds=())
        with Workspace.open(folder) as space:
            await Pipeline(space).collect()
        exports = folder / ".vigie" / "exports"
        exports.mkdir()
        (exports / "old.csv").write_text("citizen9,bonjour", encoding="utf-8")
        told = document(vigie("forget", WHO, "--json", workspace=folder))
        assert (told["posts"], told["erased"]) == (2, False)
        done = vigie("forget", WHO, "--yes", "--lang", "en", workspace=folder)
        assert done.returncode == 0, done.stderr
        assert "erased: 2 posts" in done.stdout
        assert "old.csv" in done.stdout
        assert "every machine" in done.stdout
        found_ = document(vigie("search", "author:citizen9", "--json", workspace=folder))
        assert found_["total"] == 0
        assert vigie("verify", workspace=folder).returncode == 0
        assert vigie("forget", "nowhere", workspace=folder).returncode == 2
        again = document(vigie("forget", WHO, "--json", workspace=folder))
        assert (again["posts"], again["mentioned"]) == (0, 0)


async def test_copies_that_name_it_are_told(tmp_path: Path) -> None:
    with serving(Town(owned=5, tagged=40, entries=0)) as town:
        folder = found(tmp_path / "w", town, feeds=())
        with Workspace.open(folder) as space:
            await Pipeline(space).collect()
            person = find(space, "mastodon", CITIZEN)
            briefing = folder / ".vigie" / "briefings" / "w" / "b.md"
            briefing.parent.mkdir(parents=True)
            briefing.write_text("merci @citizen9", encoding="utf-8")
            assert copies(space, person) == [briefing]


async def test_a_body_that_had_to_be_given_up_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be cut out of a body it goes whole; other people's posts stay stored."""
    strict = POLICIES["mastodon"].model_copy(update={"erase": True})
    monkeypatch.setitem(POLICIES, "mastodon", strict)
    monkeypatch.setattr("vigie.cutting.MOST", 0)
    with serving(Emptying()) as town:
        folder = found(tmp_path / "w", town, feeds=())
        with await deleted(folder, town, "12") as space:
            before = ids(space)
            answers = space.landing.count()
            await Pipeline(space).analyse()
            assert space.landing.count() < answers
            assert written(12, OWN)["content"][3:40] not in landed(space)
            assert ids(space) == before
            assert verify(space) == []
