"""Stories of a back-fill over months: in the memory of weeks, and the same whoever goes on."""

from __future__ import annotations

import random
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from town import NOW, Town, found

from vigie import enriching
from vigie.enriching import Enricher
from vigie.pipeline import quiet, unread
from vigie.records import Enrichment, Post, Source
from vigie.workspace import Workspace

pytestmark = pytest.mark.slow
DAYS = 120
EACH = 5  # posts a day
SOURCE = Source(collector="c", endpoint="e", run_id="r", mapper_version="1")
CHAIN = "La consigne des bouteilles revient dans nos quartiers, portez cela à vos voisins"


def months(folder: Path) -> Path:
    """A workspace with posts of four months: one of them is sent on every eight days, and once,
    long after, reposted."""
    found(folder, Town(owned=0, tagged=0, url="http://127.0.0.1:9"), feeds=())
    chance = random.Random(7)
    words = [f"{a}{b}" for a in ("lumi", "tren", "cabo", "viro") for b in ("ne", "sta", "que", "l")]
    posts = []
    for n in range(DAYS * EACH):
        at = NOW - timedelta(days=DAYS) + timedelta(days=1) * n / EACH
        again = n % (8 * EACH) == 0
        posts.append(
            Post(
                id=f"mastodon:{n}",
                platform="mastodon",
                native_id=str(n),
                source=SOURCE,
                text=CHAIN if again else " ".join(chance.choices(words, k=14)),
                repost_of=f"mastodon:{8 * EACH}" if n == DAYS * EACH - 1 else None,
                published_at=at,
                first_seen_at=NOW,
                collected_at=NOW,
            )
        )
    with Workspace.open(folder) as space:
        space.store.upsert(posts)
    return folder


def stories(space: Workspace) -> dict[str, str | None]:
    return {one.id: one.story_id for one in space.store.all(Enrichment)}


def test_a_story_of_months_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enriching, "BATCH", 50)
    monkeypatch.setattr(enriching, "CROWD", 30)
    with Workspace.open(months(tmp_path / "whole")) as space, closing(Enricher(space)) as enricher:
        seen: list[int] = []
        enricher.read_all(lambda *_: seen.append(len(enricher.stories)))
        kept = stories(space)
        chain = [f"mastodon:{n}" for n in range(0, DAYS * EACH, 8 * EACH)]
        assert {kept[id] for id in chain} == {"mastodon:0"}
        assert kept[f"mastodon:{DAYS * EACH - 1}"] == "mastodon:0"
        assert len(set(kept.values())) > 500
        assert max(seen) < 350, "weeks of them, not all"
    with Workspace.open(months(tmp_path / "parts")) as space:
        ids = unread(space)
        for start in range(0, len(ids), 200):  # three processes, one after the other
            with closing(Enricher(space)) as enricher:
                enricher.read_ids(ids[start : start + 200], quiet)
        assert stories(space) == kept


def test_what_came_first_is_told_of_what_comes_late(tmp_path: Path) -> None:
    """A back-fill of what was before: it meets the stories that follow it, and no others."""
    with Workspace.open(months(tmp_path / "w")) as space:
        ids = unread(space)
        with closing(Enricher(space)) as enricher:
            enricher.read_ids(ids[300:], quiet)
            assert len(enricher.stories) < 400
        with closing(Enricher(space)) as enricher:
            enricher.read_ids(ids[:100], quiet)
            assert len(enricher.stories) < 150, "what was told months later plays no part"
            enricher.read_ids(ids[100:300], quiet)
        told = stories(space)
        assert set(told) == set(ids)
        assert {told[f"mastodon:{n}"] for n in range(0, 300, 40)} <= {"mastodon:0", "mastodon:320"}
