"""What a platform's terms do not let be stored is not asked for."""

from __future__ import annotations

from plaza import Api, Plaza, watchlist

from vigie.crawl import crawl


async def test_nothing_is_asked_for_that_may_not_be_stored(api: Api, run) -> None:
    api.posts = {"ada": [1]}
    assert await run(Plaza(api.url, name="linkedin")) == []
    assert api.hits == []
    (source,) = await run(Plaza(api.url, name="mastodon"))
    assert source.state == "ok"


async def test_a_right_that_the_watchlist_names_opens_it(api: Api, run) -> None:
    api.posts = {"ada": [1]}
    assert await run(Plaza(api.url, name="tiktok")) == []
    (source,) = await run(
        Plaza(api.url, name="tiktok"), settings={"tiktok": {"research_use": True}}
    )
    assert (source.state, len(api.hits)) == ("ok", 1)


async def test_it_is_not_asked_for_from_a_process_of_its_own_either(
    api: Api, store, landing, clock
) -> None:
    crawler = Plaza(api.url, name="linkedin")
    told = await crawl(
        [crawler], watchlist(), store=store, land=landing.append, clock=clock, run_id="r",
        environ={}, runner="subprocess",
    )  # fmt: skip
    assert (told, api.hits) == ([], [])
