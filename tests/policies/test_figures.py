"""Figures, lists, files and pages obey the terms, and say what was left out."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from shelf import NOW, ids, opened, post
from starlette.testclient import TestClient

from vigie.analysing import analyse
from vigie.briefing.building import build, evidence
from vigie.briefing.rendering import render_html, render_markdown
from vigie.explorer.app import create_app
from vigie.exports import posts as export_posts
from vigie.exports import shortlist
from vigie.findings import latest
from vigie.policies import Policies
from vigie.records import Account, Author, Benchmark, Counts, Enrichment, Influencer, Post, Source
from vigie.workspace import Workspace

AMENDED = "[platforms.youtube]\namendment = true\n"
ENGLISH = "YouTube left out: its terms forbid figures that mix platforms."
FRENCH = (
    "YouTube laissé de côté\u00a0: ses conditions interdisent les chiffres qui mêlent plusieurs"
    " réseaux."
)


def owned(platform: str, number: int, likes: int, **fields: Any) -> Post:
    """A post of the own brand, read at equal age."""
    at = NOW - timedelta(days=4, hours=number)
    return post(
        platform, f"own{number}", at=at, read=at + timedelta(hours=72), origin="owned",
        owner="levaine", author=Author(id=f"{platform}:levaine", handle="levaine", followers=1_000),
        metrics=Counts(likes=likes, replies=0, shares=0, views=10_000), **fields,
    )  # fmt: skip


def account(platform: str, followers: int) -> Account:
    source = Source(collector=platform, endpoint="a", run_id="r", mapper_version="1")
    return Account(
        id=f"{platform}:levaine", platform=platform, native_id="levaine", handle="levaine",
        owner="levaine", followers=followers, first_seen_at=NOW - timedelta(days=1),
        collected_at=NOW - timedelta(days=1), source=source,
    )  # fmt: skip


def filled(folder: Path, more: str = "") -> Workspace:
    space = opened(folder, more)
    old = NOW - timedelta(days=12)
    space.store.upsert(
        [
            *(owned("mastodon", n, 10) for n in range(5)),
            *(owned("youtube", n, 1_000) for n in range(5)),
            *(post(name, f"m{n}") for name in ("mastodon", "youtube", "x") for n in range(3)),
            post("mastodon", "history", at=old, read=old),
            account("mastodon", 1_000),
            account("youtube", 50_000),
        ]
    )
    analyse(space)
    return space


def figures(space: Workspace, platform: str | None) -> dict[str, Any]:
    (found,) = (
        one
        for one in latest(space.store, Benchmark)
        if (one.brand, one.platform) == ("levaine", platform)
    )
    return {id: figure["value"] for id, figure in found.figures.items()} | {
        "left_out": found.left_out,
        "best": {one["id"].partition(":")[0] for one in found.best_posts},
    }


def test_figures_over_all_networks_leave_youtube_out(tmp_path: Path) -> None:
    with filled(tmp_path) as space:
        told = figures(space, None)
        assert told["posts.owned"] == 10  # ours to count
        assert told["eng.at_age"] == 10
        assert told["eng.at_age_sum"] == told["eng.applause"] == told["eng.public"] == 50
        assert told["er_view"] == pytest.approx(0.1)
        assert told["followers"] == 1_000
        assert told["best"] == {"mastodon"}
        assert told["left_out"]["terms_youtube"] == 5
        assert told["mentions.earned"] == 9
        assert told["reach.potential"] == 2_000  # of ada at Mastodon and at X


def test_no_rates_or_scores_are_derived_from_youtube(tmp_path: Path) -> None:
    with filled(tmp_path) as space:
        told = figures(space, "youtube")
        for id in ("eng.at_age", "eng.public", "er_view", "er_follower_post", "er_account_period"):
            assert told[id] is None, id
        assert told["eng.applause"] == 5_000  # as it is given
        assert told["followers"] == 50_000
        assert not [id for id in told if id.startswith("growth")]
        assert told["reach.potential"] is None
        assert told["left_out"]["terms_youtube"] == 5
        assert figures(space, "mastodon")["eng.at_age"] == 10


def test_with_the_amendment_youtube_counts(tmp_path: Path) -> None:
    with filled(tmp_path, AMENDED) as space:
        told = figures(space, None)
        assert told["eng.at_age_sum"] == 5_050
        assert told["followers"] == 51_000
        assert told["best"] == {"youtube"}  # its five have more
        assert "terms_youtube" not in told["left_out"]
        assert figures(space, "youtube")["er_view"] == pytest.approx(10)


def test_the_briefing_leaves_out_the_same_and_says_so(tmp_path: Path) -> None:
    with filled(tmp_path) as space:
        brief = build(space.store, space.watchlist, week="2026-W47", now=NOW)
        assert brief.coverage.left_out["terms_youtube"] == 5
        (one,) = (one for one in brief.competitors if one.own)
        assert one.figures["eng.at_age"].value == 10
        told = {key.figure.definition: key.figure.value for key in brief.key_figures["levaine"]}
        assert told["reach.potential"] == 2_000
        assert "YouTube: its terms forbid derived or mixed figures" in render_html(brief, "en")
        assert "ses conditions interdisent les chiffres dérivés ou mêlés" in render_html(
            brief, "fr"
        )


@pytest.mark.parametrize(
    ("more", "quoted"), [("", False), ("[platforms.x]\ncontract = true\n", True)]
)
def test_a_briefing_is_passed_on_without_words_that_must_not_be(
    tmp_path: Path, more: str, quoted: bool
) -> None:
    with opened(tmp_path, more) as space:
        space.store.upsert([post("x", "1"), post("youtube", "2"), post("mastodon", "3")])
        told = evidence(space.store, ["x:1", "youtube:2", "mastodon:3"], Policies(space.watchlist))
        brief = build(space.store, space.watchlist, week="2026-W47", now=NOW)
    assert told["mastodon:3"].excerpt == "Levaine fait du bon pain (3)"
    assert told["mastodon:3"].engagement == 16
    assert (told["x:1"].excerpt, told["x:1"].engagement) == (
        "Levaine fait du bon pain (1)" if quoted else "", 16,
    )  # fmt: skip
    assert (told["youtube:2"].excerpt, told["youtube:2"].engagement) == (
        "Levaine fait du bon pain (2)", None,
    )  # fmt: skip
    brief = brief.model_copy(update={"evidence": told})
    why = "X: texts are empty; its terms let ids only be passed on."
    assert (why in render_html(brief, "en")) is not quoted
    assert ("X : textes vides" in render_markdown(brief, "fr").replace("\u00a0", " ")) is not quoted


@pytest.mark.parametrize(("more", "sums"), [("", {""}), (AMENDED, {"15"})])
def test_engagement_of_a_platform_that_forbids_derived_figures_is_not_told(
    tmp_path: Path, more: str, sums: set[str]
) -> None:
    with opened(tmp_path, more) as space:
        space.store.upsert([post("youtube", f"{n}", owner="levaine") for n in range(2)])
        path = tmp_path / "posts.csv"
        export_posts(space, path=path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert {row["engagement"] for row in csv.DictReader(file)} == sums
        client = TestClient(create_app(space), base_url="http://127.0.0.1")
        page = client.get("/posts?sort=-engagement")
    assert "Levaine fait du bon pain" in page.text
    assert ("15 interactions" in page.text) is (sums != {""})


@pytest.mark.parametrize(("more", "listed"), [("", set()), (AMENDED, {"youtube"})])
def test_people_whose_platform_forbids_profiles_are_not_listed(
    tmp_path: Path, more, listed
) -> None:
    with opened(tmp_path, more) as space:
        space.store.upsert(
            [
                post(
                    name, f"{name}{n}", at=NOW - timedelta(days=n), author=Author(id=f"{name}:ada")
                )
                for name in ("youtube", "linkedin", "mastodon")
                for n in range(1, 8)
            ]
        )
        analyse(space)
        found = {one.platform for one in latest(space.store, Influencer)}
        assert found == {"mastodon"} | listed
        file = tmp_path / "list.xlsx"
        shortlist(space, path=file, lang="en")
        book = CalamineWorkbook.from_path(str(file))
        told = [row[1] for row in book.get_sheet_by_name("filters").to_python()]
        linkedin = "LinkedIn left out: its terms do not allow its authors to be profiled."
        assert linkedin in told
        assert any("YouTube left out" in str(one) for one in told) == (not listed)


def test_what_people_wrote_of_somebody_stays_and_is_all_that_is_told(tmp_path: Path) -> None:
    from vigie.records import ShortlistState

    with opened(tmp_path) as space:
        space.store.upsert(
            [post("linkedin", f"l{n}", author=Author(id="linkedin:bea")) for n in range(4)]
        )
        space.store.upsert([ShortlistState(id="linkedin:bea", notes="met in May", changed_at=NOW)])
        analyse(space)
        file = tmp_path / "list.csv"
        assert shortlist(space, path=file, lang="en") == 1
        (row,) = csv.DictReader(file.read_text("utf-8-sig").splitlines())
        assert {name for name, value in row.items() if value} == {
            "creator_id", "primary_network", "notes",
        }  # fmt: skip


@pytest.mark.parametrize("contract", [False, True])
def test_ids_only_leave_in_an_export_of_x(tmp_path: Path, contract) -> None:
    more = "[platforms.x]\ncontract = true\n" if contract else ""
    with opened(tmp_path, more) as space:
        space.store.upsert(
            [post("x", "api"), post("x", "file", endpoint="import"), post("mastodon", "m")]
        )
        file = tmp_path / "posts.csv"
        export_posts(space, path=file)
        rows = {row["id"]: row for row in csv.DictReader(file.read_text("utf-8-sig").splitlines())}
        assert bool(rows["x:api"]["text"]) == contract
        assert rows["x:api"]["url"]
        assert rows["x:file"]["text"]  # a tool's export is under that tool's terms
        assert rows["mastodon:m"]["text"]
        export_posts(space, path=tmp_path / "posts.xlsx", lang="fr")
        book = CalamineWorkbook.from_path(str(tmp_path / "posts.xlsx"))
        words = {row[1]: row[2] for row in book.get_sheet_by_name("dictionary").to_python()}
        assert ("identifiants" in words["text"]) == (not contract)
        assert "identifiants" not in words["hashtags"]


def test_members_words_leave_linkedin_in_no_export_and_own_ones_do(tmp_path: Path) -> None:
    with opened(tmp_path) as space:
        own = post("linkedin", "own", origin="owned", owner="levaine")
        space.store.upsert([own, post("linkedin", "theirs")])
        file = tmp_path / "posts.csv"
        export_posts(space, path=file)
        rows = csv.DictReader(file.read_text("utf-8-sig").splitlines())
        assert {row["id"]: bool(row["text"]) for row in rows} == {
            "linkedin:own": True, "linkedin:theirs": False,
        }  # fmt: skip


async def test_no_tone_is_read_of_youtube(tmp_path: Path) -> None:
    from vigie.pipeline import Pipeline

    told = "I love the bread of Levaine, wonderful"
    for more, tones in (("", {"mastodon", "file"}), (AMENDED, {"mastodon", "file", "youtube"})):
        with opened(tmp_path / str(len(more)), more) as space:
            space.store.upsert(
                [
                    post("mastodon", "mastodon", text=told),
                    post("youtube", "youtube", text=told),
                    post("youtube", "file", text=told, endpoint="import"),
                ]
            )
            await Pipeline(space).enrich()
            read = [one for one in space.store.get(sorted(ids(space)), Enrichment) if one]
            assert len(read) == 3
            assert {one.id.partition(":")[2] for one in read if one.sentiment} == tones
            assert {one.id.partition(":")[2] for one in read if one.brand_sentiment} == tones
            assert all(one.language == "en" for one in read)


def test_pages_say_what_was_left_out(tmp_path: Path) -> None:
    with filled(tmp_path) as space:
        client = TestClient(create_app(space), base_url="http://127.0.0.1")
        for page in ("/brands", "/brands/levaine"):
            assert ENGLISH in client.get(f"{page}?lang=en").text
            assert FRENCH in client.get(f"{page}?lang=fr").text
        people = client.get("/influencers?lang=en").text
        assert "YouTube left out: its terms do not allow its authors to be profiled." in people
        sources = client.get("/sources?lang=en").text
        assert "YouTube: what was not read again in time is deleted" in sources
        assert "X: texts are empty" in sources


def test_pages_say_nothing_where_nothing_is_left_out(tmp_path: Path) -> None:
    with filled(tmp_path, AMENDED) as space:
        client = TestClient(create_app(space), base_url="http://127.0.0.1")
        assert "left out: its terms" not in client.get("/brands?lang=en").text


def test_formats_over_all_networks_leave_out_what_must_not_be_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where rates may be derived of the network alone."""
    from vigie import policies

    alone = policies.POLICIES["youtube"].model_copy(update={"derived": True})
    monkeypatch.setattr(policies, "POLICIES", {**policies.POLICIES, "youtube": alone})
    with filled(tmp_path) as space:
        found = {
            one.platform: next(iter(one.formats.values()))["engagement"]
            for one in latest(space.store, Benchmark)
            if one.brand == "levaine" and one.formats
        }
    assert found == {None: 10, "mastodon": 10, "youtube": 1_000}
