"""`vigie check`: what each query matched in the last seven days, and what is odd about it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import crawlers
from vigie.records import Author, Post, Source
from vigie.workspace import Workspace

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WATCHLIST = """
[workspace]
name = "Lueur"
timezone = "Europe/Paris"
languages = ["fr", "en"]

[[brands]]
id = "lueur"
name = "Lueur"
role = "own"

[[brands]]
id = "orange"
name = "Orange"
role = "competitor"
context = ["box"]

[[topics]]
id = "creme"
name = "Crème"
query = "{query}"
hashtags = ["soin"]
"""


def check(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = "from vigie.cli import main; main()"
    command = [sys.executable, "-c", code, "check", "--workspace", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def watch(folder: Path, query: str = "crème NEAR/3 visage") -> Path:
    (folder / "vigie.toml").write_text(WATCHLIST.replace("{query}", query), encoding="utf-8")
    return folder


def post(
    number: int, text: str, days: float = 1, state: str = "live", tags: Sequence[str] = ()
) -> Post:
    at = NOW - timedelta(days=days, minutes=number)
    return Post.model_validate(
        {
            "id": f"mastodon:{number}",
            "platform": "mastodon",
            "native_id": str(number),
            "text": text,
            "state": state,
            "hashtags": tags,
            "published_at": at,
            "first_seen_at": at,
            "collected_at": at,
            "author": Author(handle=f"ana{number}"),
            "source": Source(collector="c", endpoint="e", run_id="r", mapper_version="1"),
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace whose clock stands still, with posts of the week and older ones."""
    watch(tmp_path)
    (tmp_path / ".vigie").mkdir()
    (tmp_path / ".vigie" / "now").write_text(NOW.isoformat(), encoding="utf-8")
    with Workspace.open(tmp_path) as space:
        space.store.upsert(
            [
                *(post(n, f"Crème\x1b[2J  pour le\nvisage {n} " + "mot " * 50) for n in range(12)),
                post(20, "crème visage", days=8),
                post(21, "crème visage", state="deleted"),
                post(22, "crème pour les mains et le visage"),
                post(23, "Orange sans contexte"),
                post(24, "#soin", tags=("soin",)),
            ]
        )
    return tmp_path


def test_counts_and_posts_of_the_week(folder: Path) -> None:
    done = check(folder, "--json", "--lang", "en")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["store"] is True
    assert document["queries"]["topic:creme"] == "(crème NEAR/3 visage) OR #soin"
    topic = document["checked"]["topic:creme"]
    assert (topic["total"], len(topic["posts"])) == (13, 10)
    assert topic["posts"][0]["id"] == "mastodon:0"
    assert [finding["code"] for finding in topic["findings"]] == ["plural", "plural"]
    totals = {tag: one["total"] for tag, one in document["checked"].items()}
    assert totals == {"brand:lueur": 0, "brand:orange": 0, "homonym:orange": 1, "topic:creme": 13}
    codes = {tag: [f["code"] for f in one["findings"]] for tag, one in document["checked"].items()}
    # Orange has a context; Lueur, a word as well, has none.
    assert codes["brand:lueur"] == ["common_name"]
    assert codes["brand:orange"] == codes["homonym:orange"] == []


def test_a_person_reads_one_line_a_post_and_what_to_do(folder: Path) -> None:
    done = check(folder, "--lang", "fr")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    shown = [line for line in lines if "ana" in line]
    assert len(shown) == 11  # ten of the topic, one of the name alone
    assert shown[1].startswith(
        "    2026-11-19 13:00  Mastodon  ana0  Crème [2J pour le visage 0 mot"
    )
    assert all(len(line) <= 104 and "\x1b" not in line for line in shown)
    assert any("13 publications sur les 7 derniers jours" in line for line in lines), lines
    assert any(line.startswith("  ! Lueur est aussi un mot du dictionnaire →") for line in lines)


def test_without_a_store_the_queries_are_read(tmp_path: Path) -> None:
    done = check(watch(tmp_path), "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "no store yet" in done.stdout
    assert "in the last 7 days" not in done.stdout
    assert not (tmp_path / ".vigie" / "store").exists()
    document = json.loads(check(tmp_path, "--json").stdout)
    assert document["store"] is False
    assert document["checked"]["topic:creme"]["total"] is None


def test_a_query_that_cannot_be_read_is_told_with_its_line(folder: Path) -> None:
    done = check(watch(folder, "crème NEAR/x visage"), "--lang", "en")
    assert done.returncode == 4
    assert "line 21, topics.1.query: column 7: NEAR/x does not say how many" in done.stderr


def test_a_name_that_no_query_can_hold_is_told_and_the_others_are_checked(folder: Path) -> None:
    watched = (folder / "vigie.toml").read_text(encoding="utf-8")
    (folder / "vigie.toml").write_text(watched.replace("Lueur", "+++"), encoding="utf-8")
    done = check(folder, "--lang", "fr")
    assert done.returncode == 4
    assert '✗ ligne 1, colonne 1 : "+++" ne contient aucun mot' in done.stdout
    assert "13 publications" in done.stdout
    assert '"+++"' in done.stderr
    told = json.loads(check(folder, "--json").stdout)["checked"]["brand:lueur"]
    assert (told["total"], told["findings"][0]["code"]) == (None, "unreadable")


NETWORKS = """
[[brands]]
id = "rosee"
name = "Rosée"
accounts.tiktok = ["@rosee"]
accounts.linkedin = ["rosee"]
accounts.pinterest = ["rosee"]
accounts.telegram = ["@rosee"]
accounts.google_analytics = ["properties/345000222"]
accounts.meta = ["page:123456789"]
accounts.facebook = ["rosee"]
"""
OWN_ONLY = ("TikTok", "LinkedIn", "Pinterest", "Telegram", "Google Analytics", "Meta Business")


def networks(folder: Path) -> Path:
    """The watchlist with accounts of another brand, some at networks that show them to nobody."""
    watched = watch(folder) / "vigie.toml"
    own = 'role = "own"\naccounts.facebook = ["lueur"]\naccounts.tiktok = ["@lueur"]\n'
    text = watched.read_text(encoding="utf-8").replace('role = "own"\n', own)
    watched.write_text(text + NETWORKS, encoding="utf-8")
    return folder


def test_what_is_said_of_a_network_stands_once_and_whose_accounts_are_closed(
    tmp_path: Path,
) -> None:
    lines = check(networks(tmp_path), "--lang", "en").stdout.splitlines()
    assert "  Facebook          crawled    Lueur lueur · Rosée rosee" in lines
    assert "  TikTok            crawled    Lueur @lueur" in lines
    assert sum("no search, no groups" in line for line in lines) == 1
    closed = [line for line in lines if line.startswith("    ! not read: Rosée ")]
    assert len(closed) == len(OWN_ONLY)
    for title in OWN_ONLY:
        (line,) = (one for one in closed if f". {title} shows this to" in one)
        figures = title in ("Google Analytics", "Meta Business")
        assert ("out of vigie.toml" in line) is figures
        assert ("vigie import" in line) is not figures
    french = check(tmp_path, "--lang", "fr").stdout
    assert "    ! non lu\u00a0: Rosée @rosee. TikTok ne montre cela qu’au titulaire" in french
    rows = json.loads(check(tmp_path, "--json").stdout)["access"]
    ways = {row["network"]: row["way"] for row in rows if row["brand"] == "Rosée"}
    assert ways == {
        "facebook": "crawled", "tiktok": "import", "linkedin": "import", "pinterest": "import",
        "telegram": "import", "google_analytics": "impossible", "meta": "impossible",
    }  # fmt: skip


def test_connections_that_ask_for_nothing_stand_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FACEBOOK_TOKEN", "TIKTOK_TOKEN"):
        monkeypatch.setenv(name, "of-the-test")
    for name in ("LINKEDIN_TOKEN", "META_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    lines = check(networks(tmp_path), "--lang", "en").stdout.splitlines()
    assert "  set by hand: facebook, tiktok" in lines
    assert sum("vigie connect linkedin" in line for line in lines if "not connected" in line) == 1


def test_of_many_queries_fewer_posts_are_shown(folder: Path) -> None:
    topics = "".join(
        f'\n[[topics]]\nid = "t{number}"\nname = "T"\nquery = "crème*"\n' for number in range(16)
    )
    with (folder / "vigie.toml").open("a", encoding="utf-8") as file:
        file.write(topics)
    lines = check(folder, "--lang", "en").stdout.splitlines()
    place = next(index for index, line in enumerate(lines) if line.startswith("topic:t9 "))
    assert lines[place + 1].startswith("  13 posts in the last")
    assert [line[:6] for line in lines[place + 2 : place + 5]] == ["    20", "    20", ""]


def test_platforms_that_the_watchlist_does_not_speak_of_are_not_asked(tmp_path: Path) -> None:
    with Workspace.open(watch(tmp_path)) as space:
        keyed = [name for name in crawlers.names() if crawlers.load(name).requires]
        assert {"x", "youtube", "tiktok", "linkedin"} <= set(keyed)
        for name in keyed:
            assert not crawlers.load(name).targets(space.watchlist), name
    with (tmp_path / "vigie.toml").open("a", encoding="utf-8") as file:
        file.write("[platforms.youtube]\n")
    with Workspace.open(tmp_path) as space:
        assert crawlers.load("youtube").targets(space.watchlist)
