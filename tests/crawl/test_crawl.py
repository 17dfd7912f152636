"""Targets are read to their end, landed, and their cursors follow."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from plaza import Api, Plaza, texts
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse

from vigie.errors import LandingError
from vigie.records import Cursor

FOLDERS = ("crawlers", "flows", "nlp", "vigie")


async def test_reads_all_pages_of_all_targets(api: Api, run, landed, store) -> None:
    api.posts = {"ada": list(range(1, 50)), "bea": list(range(100, 103))}
    ada, bea = await run(Plaza(api.url, ["ada", "bea"]))
    assert (ada.key, ada.state, ada.pages, ada.requests) == ("plaza/account/ada", "ok", 3, 3)
    assert (bea.state, bea.pages, bea.reason) == ("ok", 1, None)
    assert sorted(map(int, texts(landed()))) == [*range(1, 50), *range(100, 103)]
    cursor, _ = store.get(["plaza/account/ada", "plaza/account/bea"], Cursor)
    assert cursor.value["newest"] == 49


async def test_a_page_is_later_than_the_one_that_led_to_it(api: Api, run, landed) -> None:
    """Also where a clock stands still, as this one does: of two observations the later stands."""
    api.posts = {"ada": list(range(1, 50))}
    await run(Plaza(api.url))
    times = [answer.collected_at for answer in landed()]
    assert len(times) == 3
    assert times == sorted(set(times))


async def test_next_run_reads_only_what_is_new(api: Api, run, landed) -> None:
    api.posts = {"ada": list(range(1, 100))}
    await run(Plaza(api.url))
    api.posts["ada"] += [100, 101]
    api.hits.clear()
    (again,) = await run(Plaza(api.url))
    assert api.paths() == ["/posts/ada?page=1"]
    assert (again.state, again.pages) == ("ok", 1)
    assert {*map(int, texts(landed()))} == {*range(1, 102)}


async def test_lands_before_a_cursor_moves(api: Api, run, store) -> None:
    api.posts = {"ada": list(range(1, 50))}
    seen = []

    async def land(answers) -> None:
        await asyncio.sleep(0.05)
        seen.append((len(answers), store.get(["plaza/account/ada"], Cursor)[0]))

    await run(Plaza(api.url), land=land)
    assert seen[0][1] is None
    assert sum(number for number, _ in seen) == 3


async def test_a_landing_that_fails_ends_the_crawl_and_moves_no_cursor(api, run, store) -> None:
    api.posts = {"ada": list(range(1, 5)), "bea": [7]}

    def land(answers) -> None:
        raise LandingError("cannot write: no space", where="landing")

    with pytest.raises(LandingError, match="no space"):
        await run(Plaza(api.url, ["ada", "bea"]), land=land)
    assert list(store.all(Cursor)) == []


async def test_landings_never_overlap(api: Api, run) -> None:
    api.posts = {name: list(range(200)) for name in "abcdef"}
    busy = 0

    async def land(answers) -> None:
        nonlocal busy
        busy += 1
        assert busy == 1
        await asyncio.sleep(0.01)
        busy -= 1

    crawlers = [Plaza(api.url, list("abc")), Plaza(api.url, list("def"), name="agora")]
    assert {source.state for source in await run(*crawlers, land=land)} == {"ok"}


async def test_identifies_itself(api: Api, run) -> None:
    api.posts = {"ada": [1]}
    await run(Plaza(api.url))
    assert api.hits[0].headers["user-agent"] == "Vigie/0.1.0 (+mailto:veille@example.org)"


async def test_only_selects_platforms_and_targets(api: Api, run) -> None:
    api.posts = {"ada": [1], "bea": [2]}
    crawlers = [Plaza(api.url, ["ada", "bea"]), Plaza(api.url, ["ada"], name="agora")]
    assert [s.key for s in await run(*crawlers, only=["agora"])] == ["agora/account/ada"]
    only = await run(*crawlers, only=["plaza/account/bea"])
    assert [source.key for source in only] == ["plaza/account/bea"]


async def test_tells_of_each_target_as_it_ends(api: Api, run) -> None:
    api.posts = {"ada": [1], "bea": [2]}
    told = []
    sources = await run(Plaza(api.url, ["ada", "bea"]), progress=told.append)
    assert {source.key: source.state for source in told} == {s.key: s.state for s in sources}


async def test_a_page_limit_is_told_and_the_next_run_goes_on(api: Api, run, landed) -> None:
    api.posts = {"ada": list(range(1, 101))}
    settings = {"plaza": {"max_pages": 2}}
    (first,) = await run(Plaza(api.url), settings=settings)
    assert (first.state, first.reason, first.pages) == ("ok", "page limit: 2", 2)
    await run(Plaza(api.url), settings=settings)
    await run(Plaza(api.url), settings=settings)
    assert {*map(int, texts(landed()))} == {*range(1, 101)}


async def test_a_hanging_platform_harms_no_other_and_is_told(api: Api, run, landed) -> None:
    class Hanging(Plaza):
        def start(self, target, cursor):
            yield self._call(target, 1)
            for _ in range(10_000):
                yield self._call(target, 1)

    api.posts = {"ada": [1, 2]}
    crawlers = [Hanging(api.url, name="hanging"), Plaza(api.url)]
    hanging, ada = await run(*crawlers, limit_s=0.6)
    assert (hanging.state, hanging.reason) == ("broken", "time limit: 0.6 s")
    assert ada.state == "ok"
    assert {answer.platform for answer in landed()} == {"plaza", "hanging"}


async def test_a_failing_crawler_is_told_with_its_error(api: Api, run) -> None:
    class Failing(Plaza):
        def next(self, answer, target, cursor):
            raise KeyError("surprise")

    class Stuck(Plaza):
        def advance(self, answer, cursor):
            raise ValueError("no cursor")

    api.posts = {"ada": [1]}
    crawlers = [Failing(api.url, name="failing"), Stuck(api.url, name="stuck"), Plaza(api.url)]
    failing, stuck, ada = await run(*crawlers)
    assert (failing.state, failing.reason) == ("broken", "crawler error: KeyError: 'surprise'")
    assert (stuck.state, stuck.reason) == ("broken", "crawler error: ValueError in advance")
    assert ada.state == "ok"


def test_no_module_names_the_reactor() -> None:
    """Importing it anywhere would install it, and the crawl would refuse to run."""
    root = Path(__file__).resolve().parents[2]
    files = [file for folder in FOLDERS for file in (root / folder).rglob("*.py")]
    assert len(files) > 50
    assert [file for file in files if "internet.reactor" in file.read_text()] == []


async def test_never_imports_the_reactor(api: Api, run) -> None:
    api.posts = {"ada": [1]}
    await run(Plaza(api.url))
    assert "scrapy" in sys.modules
    assert "twisted.internet.reactor" not in sys.modules


HTML = "<!doctype html><title>Bienvenue</title><p>Bonjour"
LOGIN = "<!DOCTYPE html><form><input name=u><input type='password' name=p></form>"


HEALTH = {
    "silent": (JSONResponse({"posts": []}), "empty", None),
    "forbidden": (JSONResponse({"error": "no"}, 403), "broken", "HTTP 403"),
    "gone": (JSONResponse({"error": "gone"}, 404), "broken", "unknown account: HTTP 404"),
    "failing": (PlainTextResponse("oops", 500), "broken", "HTTP 500"),
    "page": (HTMLResponse(HTML), "broken", "HTML instead of data"),
    "form": (HTMLResponse(LOGIN), "broken", "login page"),
    "moved": (RedirectResponse("/login"), "broken", "login page"),
    "shape": (JSONResponse({"data": []}), "broken", "unknown shape: posts: no posts in it"),
    "torn": (PlainTextResponse("{"), "broken", "unknown shape: posts: no posts in it"),
}


async def test_health(api: Api, run, store) -> None:
    for name, (answer, _, _) in HEALTH.items():
        api.answer(f"/posts/{name}", answer)
    api.answer("/login", HTMLResponse(HTML))
    sources = await run(Plaza(api.url, list(HEALTH)))
    told = {s.key.rpartition("/")[2]: (s.state, s.reason) for s in sources}
    assert told == {name: (state, reason) for name, (_, state, reason) in HEALTH.items()}
    assert [source.key for source in sources if source.last_success_at] == ["plaza/account/silent"]
    assert [cursor.id for cursor in store.all(Cursor)] == ["plaza/account/silent"]


async def test_a_dead_server_is_broken_and_keeps_its_last_success(api: Api, run, clock) -> None:
    api.posts = {"ada": [1]}
    (first,) = await run(Plaza(api.url))
    clock.set(clock.now().replace(day=10))
    crawler = Plaza("http://127.0.0.1:1")
    (second,) = await run(crawler)
    assert (second.state, second.reason) == ("broken", "connection refused")
    assert second.last_success_at == first.ended_at


async def test_a_fault_on_the_way_keeps_what_came_before(api: Api, run, landed) -> None:
    api.posts = {"ada": list(range(1, 100))}
    broken = PlainTextResponse("oops", 502)
    api.answer("/posts/ada", api.page, api.page, *[broken] * 3, api.page)
    (first,) = await run(Plaza(api.url))
    assert (first.state, first.reason, first.pages) == ("broken", "HTTP 502", 2)
    assert len(texts(landed())) == 40
    (second,) = await run(Plaza(api.url))
    assert second.state == "ok"
    assert {*map(int, texts(landed()))} == {*range(1, 100)}


async def test_a_crawler_says_what_is_healthy(api: Api, run) -> None:
    class Careful(Plaza):
        expects: ClassVar = {"posts": (404,)}

        def healthy(self, answer):
            return "suspended" if b"suspended" in answer.body else None

    api.answer("/posts/ada", JSONResponse({"error": "unknown"}, 404))
    api.answer("/posts/bea", JSONResponse({"posts": [], "note": "suspended"}))
    ada, bea = await run(Careful(api.url, ["ada", "bea"]))
    assert ada.state == "empty"
    assert (bea.state, bea.reason) == ("broken", "suspended")


async def test_a_refresh_takes_gone_for_an_answer(api: Api, run, landed) -> None:
    api.answer("/posts/ada", JSONResponse({"error": "gone"}, 410))
    (source,) = await run(Plaza(api.url, kind="refresh"))
    assert source.state == "empty"
    assert [answer.status for answer in landed()] == [410]


async def test_not_modified_is_a_success(api: Api, run, landed) -> None:
    api.etags, api.posts = True, {"ada": list(range(1, 50))}
    await run(Plaza(api.url))
    (again,) = await run(Plaza(api.url))
    assert (again.state, again.not_modified, again.pages, again.requests) == ("ok", 1, 0, 1)
    (third,) = await run(Plaza(api.url))
    assert third.not_modified == 1
    assert len(landed()) == 3
    api.posts["ada"].append(50)
    (fourth,) = await run(Plaza(api.url))
    assert (fourth.state, fourth.not_modified, fourth.pages) == ("ok", 0, 1)


async def test_no_etag_is_kept_of_an_unfinished_reading(api: Api, run, landed) -> None:
    """Else the next run would hear "not modified" and never read the pages that are missing."""
    api.etags, api.posts = True, {"ada": list(range(1, 50))}

    class Cut(Plaza):
        def advance(self, answer, cursor):
            return cursor

    await run(Cut(api.url), settings={"plaza": {"max_pages": 1}})
    await run(Plaza(api.url))
    assert {*map(int, texts(landed()))} == {*range(1, 50)}
