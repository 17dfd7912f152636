"""LinkedIn of the simulated world, and its crawler through the real door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.crawlers.hamlet import NOON, Hamlet
from tests.demo.square import Square, source, states, watched
from vigie.cli.upkeep import remarks
from vigie.clock import SetClock
from vigie.demo.sites.linkedin import LinkedInSite
from vigie.demo.sites.reply import Ask
from vigie.workspace import Workspace

TOKEN = "li-token-0123456789"
NOW = NOON + timedelta(days=1)
HEADERS = {"linkedin_version": "202609", "authorization": f"Bearer {TOKEN}"}
ORG = "urn:li:organization:7000000001"
BY = f"/rest/posts?q=author&author={quote(ORG, safe='')}"


@pytest.fixture
def town() -> Hamlet:
    hamlet = Hamlet("linkedin")
    page = hamlet.account("brindille", kind="brand")
    hamlet.account("rivale", kind="brand", private=True)
    for n in range(60):
        hamlet.publish(page, f"Billet {n} (du jour) #lin_{n}")
    return hamlet


@pytest.fixture
async def square(town: Hamlet, tmp_path: Path) -> AsyncIterator[Square]:
    env = {"LINKEDIN_TOKEN": TOKEN}
    async with watched(
        tmp_path / "w", town, NOW, accounts=["brindille"], rivals=["rivale"], env=env
    ) as here:
        yield here


async def test_pages_lead_to_every_post_once_the_last_changed_first(
    square: Square, town: Hamlet
) -> None:
    town.edit(town.posts[3], "Corrigé", NOW - timedelta(hours=1))
    found, start = [], 0
    while True:
        body = (await square.get(f"{BY}&count=25&start={start}", **HEADERS)).json()
        found += [post["id"] for post in body["elements"]]
        assert body["paging"]["total"] == 60
        if not any(link["rel"] == "next" for link in body["paging"]["links"]):
            break
        start += 25
    assert found[0] == town.posts[3].native
    assert found[1:] == [p.native for p in reversed(town.posts) if p is not town.posts[3]]
    first = (await square.get(BY, **HEADERS)).json()["elements"][1]
    assert first["commentary"] == r"Billet 59 \(du jour\) {hashtag|\#|lin\_59}"
    assert first["publishedAt"] == town.posts[59].at


async def test_deleted_posts_are_errors_of_a_batch(square: Square, town: Hamlet) -> None:
    town.delete(town.posts[1], NOW - timedelta(hours=2))
    urns = [post.native for post in town.posts[:3]]
    listed = ",".join(quote(urn, safe="") for urn in urns)
    body = (await square.get(f"/rest/posts?ids=List({listed})", **HEADERS)).json()
    assert set(body["results"]) == {urns[0], urns[2]}
    assert body["errors"][urns[1]]["status"] == 404
    social = (await square.get(f"/rest/socialMetadata?ids=List({listed})", **HEADERS)).json()
    assert set(social["results"]) == {urns[0], urns[2]}


async def test_errors_in_linkedins_words(square: Square) -> None:
    async def told(path: str, **headers: str) -> tuple[int, str]:
        reply = await square.get(path, **(HEADERS | headers))
        return reply.status_code, reply.json()["code"]

    assert await told(BY, linkedin_version="") == (400, "VERSION_MISSING")
    assert await told(BY, linkedin_version="202401") == (426, "NONEXISTENT_VERSION")
    rival = quote("urn:li:organization:7000000002", safe="")
    assert await told(f"/rest/posts?q=author&author={rival}") == (403, "ACCESS_DENIED")
    nobody = quote("urn:li:organization:1", safe="")
    assert await told(f"/rest/posts?q=author&author={nobody}") == (404, "RESOURCE_NOT_FOUND")
    found = (
        await square.get("/rest/organizations?q=vanityName&vanityName=nobody", **HEADERS)
    ).json()
    assert found["elements"] == []


def test_refusals_are_named_by_the_crawler(town: Hamlet) -> None:
    from dataclasses import replace

    import crawlers
    from tests.crawlers.test_samples import SAMPLES, answer_of

    site, crawler = LinkedInSite(town), crawlers.load("linkedin")
    ask = Ask("/rest/posts", {}, {}, 0, "http://x.example/rest/posts")
    answer = answer_of(SAMPLES / "linkedin.posts.json")
    for why, reason in (
        ("missing", "token lapsed: EMPTY_ACCESS_TOKEN"),
        ("lapsed", "token lapsed: EXPIRED_ACCESS_TOKEN"),
        ("revoked", "approval revoked: REVOKED_ACCESS_TOKEN"),
        ("unapproved", "approval missing: ACCESS_DENIED"),
    ):
        reply = site.refused(ask, why)  # type: ignore[arg-type]
        assert crawler.healthy(replace(answer, status=reply.status, body=reply.body)) == reason
    from vigie.health import fault_of
    from vigie.sources import Call, Target

    told = site.failed(ask)
    fault = fault_of(
        crawler, Target("linkedin", "account", "b"), Call("posts", answer.url),
        replace(answer, status=told.status, body=told.body), 2,
    )  # fmt: skip
    assert fault is not None
    assert fault.startswith("error in a 200")


async def test_own_page_is_read_with_counts_and_figures(square: Square, town: Hamlet) -> None:
    run = await square.collect()
    assert states(run) == {
        "account/brindille": ("ok", None), "insights/brindille": ("ok", None),
    }, "a rival's page makes no target"  # fmt: skip
    posts = square.posts()
    assert [post.native_id for post in posts] == [post.native for post in town.posts]
    last = posts[-1]
    assert last.text == "Billet 59 (du jour) #lin_59"
    assert (last.origin, last.owner) == ("owned", "brindille")
    likes, shares, *_ = town.posts[-1].counts(round(NOW.timestamp() * 1000))
    assert (last.metrics.likes, last.metrics.shares, last.metrics.replies) == (likes, shares, 0)
    assert last.metrics.views is None
    with square.opened() as space:
        samples = list(space.store.samples([f"linkedin:{ORG}", last.id]).iter_rows(named=True))
    metrics = {(one["entity"], one["metric"]) for one in samples}
    assert (last.id, "impressions") in metrics
    assert (f"linkedin:{ORG}", "followers") in metrics
    assert (f"linkedin:{ORG}", "followers_gained_organic") in metrics


async def test_a_second_crawl_asks_for_what_is_new_only(square: Square, town: Hamlet) -> None:
    await square.collect()
    later = NOW + timedelta(minutes=5)
    town.publish(town.accounts[0], "Tout frais", at=later - timedelta(minutes=1))
    run = await square.collect(later)
    account = source(run, "/account/")
    assert (account.state, account.requests) == ("ok", 5)  # page, size, posts, two of counts
    assert square.posts()[-1].text == "Tout frais"
    assert len(square.posts()) == 61


async def test_edits_and_deletions_arrive(square: Square, town: Hamlet) -> None:
    await square.collect()
    later = NOW + timedelta(days=2)
    town.edit(town.posts[10], "Billet corrigé", NOW + timedelta(hours=1))
    town.delete(town.posts[20], NOW + timedelta(hours=2))
    run = await square.collect(later)
    assert source(run, "refresh").state == "ok"
    live = {post.native_id: post for post in square.posts()}
    assert live[town.posts[10].native].text == "Billet corrigé"
    assert live[town.posts[10].native].edited_at == NOW + timedelta(hours=1)
    assert live[town.posts[10].native].owner == "brindille"
    assert town.posts[20].native not in live
    assert not square.posts("deleted"), "its terms ask that nothing stays of it"


async def test_a_reading_that_was_cut_is_finished_by_the_next(town: Hamlet, tmp_path: Path) -> None:
    env = {"LINKEDIN_TOKEN": TOKEN}
    async with watched(
        tmp_path / "w", town, NOW, accounts=["brindille"], env=env, settings="max_pages = 2"
    ) as square:
        run = await square.collect()
        assert source(run, "/account/").reason == "page limit: 2"
        assert len(square.posts()) == 50
        for _ in range(3):
            await square.collect()
        assert len(square.posts()) == 60


async def test_a_version_that_lapses_is_told_before(town: Hamlet, tmp_path: Path) -> None:
    from tests.pipeline.watching import document, vigie

    env = {"LINKEDIN_TOKEN": TOKEN}
    for version, french, english in (
        ("202608", "", ""),
        ("202601", "s’éteint vers 01/2027", "is switched off about 2027-01"),
        ("202501", "sans doute éteinte depuis 01/2026", "probably been off since 2026-01"),
        ("2025-1", "n’est pas une version", "is no version (YYYYMM)"),
    ):
        folder = tmp_path / version
        async with watched(
            folder, town, NOW, accounts=["brindille"], env=env,
            settings=f'api_version = "{version}"',
        ):  # fmt: skip
            (folder / ".vigie").mkdir()
            (folder / ".vigie" / "now").write_text(NOW.isoformat())
        with Workspace(folder, clock=SetClock(NOW)) as space:
            assert bool(remarks(space)) is bool(english)
            assert english in " ".join(remarks(space))
        with Workspace(folder, clock=SetClock(NOW), lang="fr") as space:
            assert french in " ".join(remarks(space))
    told = vigie("check", "--lang", "en", workspace=folder)
    assert "! LinkedIn: “2025-1” is no version" in told.stdout
    assert document(vigie("doctor", "--json", workspace=folder))["remarks"]


@pytest.mark.parametrize(
    ("account", "reason"),
    [("nobody", "unknown account"), ("7000000002", "private account: not yours"),
     ("123456", "unknown account")],
)  # fmt: skip
async def test_unknown_and_foreign_pages_are_told(
    town: Hamlet, tmp_path: Path, account: str, reason: str
) -> None:
    env = {"LINKEDIN_TOKEN": TOKEN}
    async with watched(tmp_path / "w", town, NOW, accounts=[account], env=env) as square:
        run = await square.collect()
    assert states(run)[f"account/{account}"] == ("broken", reason)


async def test_an_old_version_is_told_and_configured(town: Hamlet, tmp_path: Path) -> None:
    env, settings = {"LINKEDIN_TOKEN": TOKEN}, 'api_version = "202501"'
    async with watched(
        tmp_path / "w", town, NOW, accounts=["brindille"], env=env, settings=settings
    ) as square:
        run = await square.collect()
        reason = source(run, "/account/").reason or ""
        assert reason.startswith("unknown API version: Requested version 20250101")
        with square.opened() as space:
            (answer, *_) = space.landing.read()
            assert answer.api_version == "202501"
