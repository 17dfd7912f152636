"""Orders by a counter: pages and commands show apart what must not be mixed, and say why."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from shelf import NOW, opened, post
from starlette.testclient import TestClient

from vigie.analysing import analyse
from vigie.explorer.app import create_app
from vigie.findings import latest
from vigie.records import Alert, Author, Counts, Post, Trend
from vigie.workspace import Workspace

AMENDED = "[platforms.youtube]\namendment = true\n"
ENGLISH = "YouTube: apart, after the others; its terms forbid orders that mix platforms."
FRENCH = (
    "YouTube\u00a0: à part, après les autres\u00a0; ses conditions interdisent les classements qui"
    " mêlent plusieurs réseaux."
)


def liked(platform: str, name: str, likes: int, **fields: Any) -> Post:
    return post(
        platform, name, metrics=Counts(likes=likes, shares=0, replies=0, quotes=0), **fields
    )


def filled(folder: Path, more: str = "", number: int = 2) -> Workspace:
    """YouTube's posts have far more likes than all others."""
    space = opened(folder, more)
    space.store.upsert(
        [
            *(liked("youtube", f"y{n}", 9_000 + n) for n in range(number)),
            *(liked("mastodon", f"m{n}", 20 + n) for n in range(number)),
            liked("x", "x0", 10),
        ]
    )
    return space


def asked(space: Workspace, path: str, lang: str = "en") -> str:
    client = TestClient(create_app(space), base_url="http://127.0.0.1")
    answer = client.get(f"{path}{'&' if '?' in path else '?'}lang={lang}")
    assert answer.status_code == 200
    return answer.text


def order(page: str) -> list[str]:
    """The posts and the headings of their parts, from the top."""
    page = page.partition('class="tools"')[2] or page
    marks = r"pain(?:</mark>)? \((\w+)\)|<(?:h3|th)[^>]*>(?:<b>)?(YouTube)<"
    found = re.findall(marks, page)
    return ["".join(one) for one in found]


def test_most_engagement_shows_youtube_apart_and_says_why(tmp_path: Path) -> None:
    with filled(tmp_path) as space:
        wanted = ["m1", "m0", "x0", "YouTube", "y1", "y0"]
        for view in ("", "&as=table"):
            page = asked(space, f"/posts?sort=-engagement&period=28d{view}")
            assert order(page) == wanted
            assert page.count(ENGLISH) == 1
            assert "5 posts" in page, "none is hidden"
            french = asked(space, f"/posts?sort=-engagement&period=28d{view}", "fr")
            assert french.count(FRENCH) == 1
            assert ENGLISH not in french
        for other in ("sort=-published_at", "sort=published_at", "q=pain&sort=relevance"):
            page = asked(space, f"/posts?period=28d&{other}")
            assert ENGLISH not in page
            assert "YouTube" not in order(page)


def test_the_door_leads_to_youtube_in_its_own_order(tmp_path: Path) -> None:
    with filled(tmp_path) as space:
        page = asked(space, "/posts?sort=-engagement&period=28d")
        (href,) = re.findall(re.escape(ENGLISH) + r' <a class="door" data-count="2" href="([^"]+)"',
                             page)  # fmt: skip
        beside = asked(space, href.replace("&amp;", "&")).split('<aside id="panel"')[1]
        assert order(beside) == ["y1", "y0"]
        assert ENGLISH not in beside
        alone = asked(space, "/posts?sort=-engagement&period=28d&network=youtube")
        assert order(alone) == ["y1", "y0"]
        assert ENGLISH not in alone
        asked_for = asked(space, "/posts?sort=-engagement&period=28d&q=platform:youtube")
        assert order(asked_for) == ["y1", "y0"]


def test_a_page_that_begins_behind_the_others_has_their_heading(tmp_path: Path) -> None:
    with filled(tmp_path, number=20) as space:
        first = asked(space, "/posts?sort=-engagement&period=28d")
        second = asked(space, "/posts?sort=-engagement&period=28d&page=2")
    assert order(first) == [*(f"m{n}" for n in range(19, -1, -1)), "x0", "YouTube",
                            *(f"y{n}" for n in range(19, 15, -1))]  # fmt: skip
    assert order(second) == ["YouTube", *(f"y{n}" for n in range(15, -1, -1))]


def test_with_the_amendment_there_is_one_order(tmp_path: Path) -> None:
    with filled(tmp_path, AMENDED) as space:
        page = asked(space, "/posts?sort=-engagement&period=28d")
        assert order(page) == ["y1", "y0", "m1", "m0", "x0"]
        assert "apart, after" not in page


def test_an_alert_shows_youtube_apart(tmp_path: Path) -> None:
    with filled(tmp_path) as space:
        space.store.upsert(
            [
                Alert(
                    id="alert:1", kind="spike", subject="brand:levaine", severity=4, level="watch",
                    started_at=NOW - timedelta(days=4), detected_at=NOW - timedelta(days=4),
                    observed=9, expected=2.5, sigmas=4.2, run_id="r", first_post="mastodon:m0",
                    post_ids=("youtube:y0", "youtube:y1", "mastodon:m0", "mastodon:m1"),
                )
            ]
        )  # fmt: skip
        page = asked(space, "/alerts/alert:1")
    most = page.split("Most engagement")[1]
    assert order(most)[:5] == ["m1", "m0", "YouTube", "y1", "y0"]
    assert ENGLISH in most


def said(chance: random.Random) -> str:
    """Words that no language has."""
    words = (chance.sample(("ba", "ke", "lo", "mi", "nu", "ra", "so", "te"), 3) for _ in range(8))
    return " ".join(map("".join, words))


@pytest.mark.parametrize(("more", "apart"), [("", True), (AMENDED, False)])
def test_a_trend_s_posts_are_not_chosen_by_a_common_order(
    tmp_path: Path, more: str, apart: bool
) -> None:
    """As many posts of each network say the same; YouTube's have far more likes."""
    with opened(tmp_path, more) as space:
        chance = random.Random(5)
        usual = [
            liked(name, f"u{n}", 5, text=said(chance), author=Author(id=f"{name}:a{n % 200}"),
                  at=NOW - timedelta(minutes=73 * n + 1))
            for n in range(1_200) for name in ("mastodon", "youtube")
        ]  # fmt: skip
        rising = [
            liked(name, f"r{n}", 9_000 if name == "youtube" else n, at=NOW - timedelta(hours=n + 1),
                  text=f"{said(chance)} #galette", hashtags=("galette",),
                  author=Author(id=f"{name}:r{n}"))
            for n in range(40) for name in ("mastodon", "youtube")
        ]  # fmt: skip
        space.store.upsert([*usual, *rising])
        analyse(space)
        chosen = next(one for one in latest(space.store, Trend) if "galette" in one.name)
        platforms = [id.partition(":")[0] for id in chosen.representative[:2]]
        assert platforms == (["mastodon", "youtube"] if apart else ["youtube", "mastodon"])
        page = asked(space, f"/trends/{chosen.id}")
        assert (ENGLISH in page) is apart
        assert ("YouTube" in re.findall(r"<h3[^>]*>([^<]+)<", page)) is apart


def told(folder: Path, *words: str) -> tuple[str, str]:
    code = "from vigie.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "search", *words, "--workspace", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize("sort", ["-engagement", "-likes", "-metrics.likes"])
def test_search_shows_youtube_apart(tmp_path: Path, sort: str) -> None:
    with filled(tmp_path):
        pass
    wanted = ["mastodon:m1", "mastodon:m0", "x:x0", "youtube:y1", "youtube:y0"]
    out, err = told(tmp_path, "pain", "--sort", sort, "--ids")
    assert out.split() == wanted
    assert ENGLISH in err
    out, _ = told(tmp_path, "pain", "--sort", sort, "--json")
    document = json.loads(out)
    assert [one["id"] for one in document["posts"]] == wanted
    assert document["apart"] == {"youtube": 2}


def test_search_says_why_in_the_reader_s_language_and_only_then(tmp_path: Path) -> None:
    with filled(tmp_path):
        pass
    assert FRENCH in told(tmp_path, "pain", "--sort", "-engagement", "--lang", "fr")[0]
    alone, _ = told(tmp_path, "platform:youtube", "--sort", "-engagement", "--json")
    assert set(json.loads(alone)) == {"total", "posts"}
    assert ENGLISH not in told(tmp_path, "pain")[0]
