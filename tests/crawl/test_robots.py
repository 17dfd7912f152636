"""Web pages: robots.txt and its Crawl-delay are obeyed; APIs are no web pages."""

from __future__ import annotations

import time

import pytest
from plaza import Api, Plaza
from starlette.responses import JSONResponse, PlainTextResponse

from vigie.downloads import Politeness
from vigie.sources import Call


class Press(Plaza):
    """A feed whose entries link to pages."""

    def next(self, answer, target, cursor):
        if answer.endpoint == "posts":
            for post in answer.json()["posts"]:
                yield Call("page", f"{target.host}/{post['text']}", web=True)

    def advance(self, answer, cursor):
        return cursor

    def map(self, answer):
        return super().map(answer)


def robots(api: Api, text: str) -> None:
    api.answer("/robots.txt", PlainTextResponse(text))


def span(api: Api) -> float:
    """Seconds from the first page to the last as they arrive. On a busy machine the first arrives
    late, so that a part of the delays is not seen: tests ask for more than half of them."""
    pages = [hit.at for hit in api.hits if hit.path != "/robots.txt"]
    return pages[-1] - pages[0]


async def test_forbidden_links_are_left_out(api: Api, run, landed) -> None:
    robots(api, "User-agent: *\nDisallow: /prive/\n")
    links = [{"id": "1", "text": "prive/a"}, {"id": "2", "text": "public/b"}]
    api.answer("/posts/ada", JSONResponse({"posts": links}))
    api.answer("/public/b", PlainTextResponse("<html>bonjour"))
    (source,) = await run(Press(api.url))
    assert api.paths() == ["/posts/ada?page=1", "/robots.txt", "/public/b"]
    assert (source.state, source.reason) == ("ok", None)
    assert [answer.endpoint for answer in landed()] == ["posts", "page"]


async def test_our_own_name_is_heard(api: Api, run) -> None:
    robots(api, "User-agent: *\nAllow: /\n\nUser-agent: Vigie\nDisallow: /\n")
    api.posts = {"ada": [1]}
    (source,) = await run(Plaza(api.url, web=True))
    assert (source.state, source.reason) == ("skipped", "robots.txt: forbids this address")
    assert api.paths() == ["/robots.txt"]


async def test_an_api_is_no_web_host(api: Api, run) -> None:
    robots(api, "User-agent: *\nDisallow: /\n")
    api.posts = {"ada": [1]}
    (source,) = await run(Plaza(api.url))
    assert source.state == "ok"
    assert api.paths() == ["/posts/ada?page=1"]


async def test_crawl_delay_is_kept(api: Api, run) -> None:
    robots(api, "User-agent: *\nCrawl-delay: 0.6\n")
    api.posts = {"ada": list(range(1, 50))}
    (source,) = await run(Plaza(api.url, web=True))
    assert source.pages == 3
    assert span(api) >= 0.7


async def test_crawl_delay_holds_between_targets_of_a_host(api: Api, run) -> None:
    robots(api, "User-agent: *\nCrawl-delay: 0.4\n")
    api.posts = {"ada": [1], "bea": [2], "cid": [3]}
    await run(Plaza(api.url, ["ada", "bea", "cid"], web=True))
    assert span(api) >= 0.5


@pytest.mark.parametrize(("status", "state"), [(404, "ok"), (403, "ok"), (503, "broken")])
async def test_a_missing_robots_allows_a_failing_one_forbids(api: Api, run, status, state) -> None:
    api.posts = {"ada": [1]}
    api.answer("/robots.txt", PlainTextResponse("User-agent: *\nDisallow: /", status))
    (source,) = await run(Plaza(api.url, web=True))
    assert source.state == state
    if state == "broken":
        assert source.reason == "HTTP 503: robots.txt cannot be read"


async def test_hosts_are_paced(api: Api, run) -> None:
    """Delays are by host and kind; AutoThrottle only lengthens those of web hosts."""
    api.posts = {"ada": list(range(1, 50))}
    polite = Politeness(api_s=0.2, web_s=0.1, spare_loopback=False)

    def slow(request):
        time.sleep(0.4)
        return api.page(request)

    await run(Plaza(api.url), politeness=polite)
    assert span(api) >= 0.22
    api.hits.clear()
    api.answer("/posts/ada", slow, api.page)
    await run(Plaza(api.url, web=True, name="web"), politeness=polite)
    assert api.hits[-1].at - api.hits[-2].at >= 0.15  # half of the slow answer's time, and less


async def test_a_crawler_tells_its_rate(api: Api, run) -> None:
    class Brisk(Plaza):
        rate = 2.0  # slower than what is taken for an API that tells none

    api.posts = {"ada": list(range(1, 50))}
    await run(Brisk(api.url), politeness=Politeness(spare_loopback=False))
    assert span(api) >= 0.6


async def test_a_linked_page_that_cannot_be_had_breaks_no_feed(api: Api, run, landed) -> None:
    links = ["absent", "slow", "elsewhere", "here"]
    posts = [{"id": str(n), "text": text} for n, text in enumerate(links)]

    class Linking(Press):
        def next(self, answer, target, cursor):
            for call in super().next(answer, target, cursor):
                if call.url.endswith("elsewhere"):
                    call = Call("page", "http://127.0.0.1:1/page", web=True)
                yield call

    api.answer("/posts/ada", JSONResponse({"posts": posts}))
    api.answer("/slow", PlainTextResponse("", 429, headers={"retry-after": "900"}))
    (source,) = await run(Linking(api.url), settings={"plaza": {"max_wait_s": 1}})
    assert (source.state, source.reason) == ("ok", "rate limit: asks to wait 900 s")
    assert [answer.status for answer in landed()] == [200, 404]
