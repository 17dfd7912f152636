from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from vigie import exports
from vigie.clock import SetClock
from vigie.exports.columns import SHORTLIST
from vigie.records import (
    Account,
    Author,
    Counts,
    Influencer,
    MetricSample,
    Post,
    Run,
    ShortlistState,
    Source,
    sample_id,
)
from vigie.workspace import Workspace

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SOURCE = Source(collector="mastodon", endpoint="statuses", run_id="r0", mapper_version="1")


def post(number: int, author: str, **fields: Any) -> Post:
    at = NOW - timedelta(days=number + 3)
    told: dict[str, Any] = {
        "id": f"mastodon:{number}-{author}",
        "platform": "mastodon",
        "native_id": f"{number}-{author}",
        "url": f"https://velo.example/{author}/{number}",
        "author": Author(id=f"mastodon:{author}", handle=author, followers=1000),
        "text": "Réglage de freins",
        "published_at": at,
        "first_seen_at": at,
        "collected_at": NOW,
        "metrics": Counts(likes=10 * number, shares=2, replies=1),
        "origin": "earned",
        "source": SOURCE,
    }
    return Post(**(told | fields))


def person(author: str, score: float, **fields: Any) -> Influencer:
    told: dict[str, Any] = {
        "id": f"mastodon:{author}",
        "account_id": f"mastodon:{author}",
        "platform": "mastodon",
        "handle": author,
        "name": f"=cmd|{author}",
        "kind": "expert",
        "tier": "nano",
        "followers": 1000,
        "score": score,
        "components": {"relevance": 0.9, "engagement": None},
        "posts": 4,
        "engagement_median": None,
        "sponsored_share": 0.25,
        "evidence": (f"mastodon:1-{author}",),
        "reasons": ("on_subject",),
        "first_seen_at": NOW - timedelta(days=40),
        "as_of": NOW,
        "run_id": "analyse-1",
    }
    return Influencer(**(told | fields))


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "vigie.toml").write_text('[workspace]\nname = "Essai"\n', encoding="utf-8")
    with Workspace(tmp_path, clock=SetClock(NOW)) as workspace:
        zoe = Account(
            id="mastodon:zoe",
            platform="mastodon",
            native_id="zoe",
            handle="zoe",
            bio="-- mécanicienne",
            followers=1000,
            first_seen_at=NOW,
            collected_at=NOW,
            source=SOURCE,
        )
        counts = [
            MetricSample(
                id=sample_id("mastodon:zoe", "followers", at),
                entity="mastodon:zoe",
                entity_kind="account",
                platform="mastodon",
                metric="followers",
                value=value,
                captured_at=at,
            )
            for at, value in ((NOW - timedelta(days=31), 800), (NOW, 1000))
        ]
        workspace.store.upsert(
            [
                *(post(number, "zoe") for number in range(4)),
                *(post(number, "max", text="Du jardin") for number in range(2)),
                zoe,
                *counts,
                person("zoe", 80),
                person("max", 60),
                Run(id="analyse-1", kind="analyse", started_at=NOW, ended_at=NOW),
            ]
        )
        yield workspace


def table(path: Path, sheet: str = "shortlist") -> list[dict[str, Any]]:
    header, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_known_columns_are_filled_and_unknown_ones_stay_empty(
    space: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "s.xlsx"
    assert exports.shortlist(space, path=path, lang="en") == 2
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == ["shortlist", "posts", "dictionary", "filters"]
    zoe, max_ = table(path)
    assert list(zoe) == [column.name for column in SHORTLIST]
    assert zoe["creator_id"] == "mastodon:zoe"
    assert zoe["display_name"] == "'=cmd|zoe"
    assert zoe["bio_excerpt"] == "'-- mécanicienne"
    assert zoe["posts_90d"] == 4
    assert zoe["avg_likes"] == 15
    assert zoe["er_follower_median"] == 1.8
    assert zoe["followers_delta_30d_pct"] == 25
    assert zoe["sponsored_share_pct"] == 25
    assert zoe["evidence_post_urls"] == "https://velo.example/zoe/1"
    for unknown in ("avg_views", "er_view_median", "er_vs_size_peers_pct", "contact_public"):
        assert zoe[unknown] == ""
    assert max_["followers_delta_30d_pct"] == ""
    assert [row["id"] for row in table(path, "posts")] == ["mastodon:1-zoe", "mastodon:1-max"]
    assert len(table(path, "dictionary")) == len(SHORTLIST)


def test_french_headers_and_csv(space: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    assert exports.shortlist(space, path=path, lang="fr") == 2
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [column.title_fr for column in SHORTLIST]
    assert rows[0]["abonnes"] == "1000"


def test_a_query_keeps_those_whose_posts_it_matches(space: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    assert exports.shortlist(space, path=path, query="freins", lang="en") == 1
    assert [row["creator_id"] for row in table(path)] == ["mastodon:zoe"]


def _edit(path: Path, changes: dict[str, dict[str, Any]]) -> None:
    """Writes the file again as a person would, with a column of their own in front."""
    rows = table(path)
    for row in rows:
        row.update(changes.get(row["creator_id"], {}))
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
        page = book.add_worksheet("shortlist")
        page.write_row(0, 0, ["mon avis", *rows[0]])
        for number, row in enumerate(rows, 1):
            page.write_row(number, 0, [f"avis {number}", *row.values()])
    saved = (NOW + timedelta(minutes=1)).timestamp()
    os.utime(path, (saved, saved))


def test_manual_columns_survive_every_further_export(space: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    exports.shortlist(space, path=path, lang="en")
    _edit(path, {"mastodon:max": {"notes": "à rappeler", "status": "contacté"}})
    exports.shortlist(space, path=path, lang="en")
    zoe, max_ = table(path)
    assert (max_["notes"], max_["status"], max_["mon avis"]) == ("à rappeler", "contacté", "avis 2")
    assert zoe["notes"] == ""
    (state,) = space.store.get(["mastodon:max"], ShortlistState)
    assert state is not None
    assert state.notes == "à rappeler"
    other = tmp_path / "other.xlsx"
    exports.shortlist(space, path=other, lang="fr")
    assert table(other)[1]["notes"] == "à rappeler", "the store keeps what people wrote"
    _edit(path, {"mastodon:max": {"notes": ""}})
    exports.shortlist(space, path=path, lang="en")
    assert table(path)[1]["notes"] == "", "what a person takes away stays away"


def test_an_older_file_takes_nothing_away(space: Workspace, tmp_path: Path) -> None:
    old, other = tmp_path / "old.xlsx", tmp_path / "other.xlsx"
    for path in (old, other):
        exports.shortlist(space, path=path, lang="en")
    _edit(other, {"mastodon:max": {"notes": "à rappeler"}})
    exports.shortlist(space, path=other, lang="en")
    before = (NOW - timedelta(hours=1)).timestamp()
    os.utime(old, (before, before))
    exports.shortlist(space, path=old, lang="en")
    assert table(old)[1]["notes"] == "à rappeler"


def test_who_leaves_the_ranking_with_notes_stays_in_the_file(
    space: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "s.xlsx"
    exports.shortlist(space, path=path, lang="en")
    _edit(path, {"mastodon:max": {"owner": "Inès"}})
    later = NOW + timedelta(days=7)
    space.store.upsert(
        [
            person("zoe", 82, run_id="analyse-2"),
            Run(id="analyse-2", kind="analyse", started_at=later, ended_at=later),
        ]
    )
    exports.shortlist(space, path=path, lang="en")
    rows = {row["creator_id"]: row for row in table(path)}
    assert rows["mastodon:max"]["owner"] == "Inès"
    assert rows["mastodon:max"]["influence_score"] == "", "no score of today: empty, never 0"


def test_the_posts_of_a_query(space: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    assert exports.posts(space, path=path, query="jardin", lang="fr") == 2
    rows = table(path, "posts")
    assert {row["auteur"] for row in rows} == {"max"}
    assert rows[0]["vues"] == ""
    assert rows[0]["engagement"] in (3.0, 13.0)
    assert exports.posts(space, path=tmp_path / "p.csv") == 6
