"""A crawl that is stopped, in whatever way, has lost nothing when it runs again."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from plaza import Api, Plaza, texts

from vigie.landing import Landing
from vigie.records import Cursor, Post

CRAWLING = Path(__file__).parent / "crawling.py"
POSTS = {"ada": [*range(1, 600)], "bea": [*range(1000, 1300)], "cid": [*range(2000, 2010)]}
ALL = {f"plaza:{number}" for numbers in POSTS.values() for number in numbers}


def start(api: Api, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(CRAWLING), api.url, str(folder), *POSTS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def on_hit(api: Api, number: int, act: Callable[[], None]) -> None:
    """Acts when the server is asked for the `number`th time from now."""
    api.hits.clear()
    real = Api.respond

    def respond(request):
        answer = real(api, request)
        if len(api.hits) == number:
            act()
        return answer

    api.respond = respond  # type: ignore[method-assign]


def test_killed_at_any_point_it_resumes_to_the_same_posts(api: Api, tmp_path: Path) -> None:
    from vigie.store.embedded import EmbeddedStore

    api.posts = POSTS
    kept = [0]
    for number, blow in ((14, signal.SIGKILL), (9, signal.SIGTERM)):
        holder: list[subprocess.Popen[str]] = []
        on_hit(api, number, lambda blow=blow, holder=holder: holder[0].send_signal(blow))
        holder.append(start(api, tmp_path))
        _, errors = holder[0].communicate(timeout=60)
        assert holder[0].returncode == (-9 if blow == signal.SIGKILL else 1), errors
        kept.append(len(texts(Landing(tmp_path / "landing").read())))
        assert Landing(tmp_path / "landing").verify() == []
    assert kept == sorted(set(kept))  # each run went on from where the one before was stopped
    on_hit(api, 0, lambda: None)
    last = start(api, tmp_path)
    output, errors = last.communicate(timeout=60)
    assert (last.returncode, output.split()) == (0, ["ok"] * 3), errors
    store = EmbeddedStore(tmp_path / "store", timezone="Europe/Paris")
    found = store.get(sorted(ALL), Post)
    assert None not in found
    cursors = store.get([f"plaza/account/{name}" for name in POSTS], Cursor)
    assert [cursor.value["newest"] for cursor in cursors if cursor] == [599, 1299, 2009]
    store.close()
    landed = texts(Landing(tmp_path / "landing").read())
    assert {f"plaza:{number}" for number in landed} == ALL


async def test_cancelled_it_keeps_what_it_has(api: Api, run, landed, store) -> None:
    api.posts = {"ada": list(range(1, 2000))}
    task = asyncio.ensure_future(run(Plaza(api.url), settings={"plaza": {"max_pages": 1000}}))
    loop = asyncio.get_running_loop()
    on_hit(api, 10, lambda: loop.call_soon_threadsafe(task.cancel))
    with pytest.raises(asyncio.CancelledError):
        await task
    have = len(texts(landed()))
    assert have >= 9 * 20
    assert store.get(["plaza/account/ada"], Cursor)[0].value["page"] == have // 20 + 1


async def test_a_time_limit_that_cancels_again_and_again_keeps_what_it_has(
    api: Api, run, landed, store
) -> None:
    """As Prefect's time limits do."""
    api.posts = {"ada": list(range(1, 2000))}
    with anyio.CancelScope() as scope:
        loop = asyncio.get_running_loop()
        on_hit(api, 10, lambda: loop.call_soon_threadsafe(scope.cancel))
        await run(Plaza(api.url), settings={"plaza": {"max_pages": 1000}})
    assert scope.cancelled_caught
    have = len(texts(landed()))
    assert have >= 9 * 20
    assert store.get(["plaza/account/ada"], Cursor)[0].value["page"] == have // 20 + 1


async def test_crawls_follow_each_other_in_one_loop_and_at_once(api: Api, run, landed) -> None:
    api.posts = {"ada": list(range(1, 100))}
    for name in ("one", "two"):
        (source,) = await run(Plaza(api.url, name=name))
        assert source.state == "ok"
    both = await asyncio.gather(*(run(Plaza(api.url, name=name)) for name in ("three", "four")))
    assert [source.state for (source,) in both] == ["ok", "ok"]


def test_crawls_in_one_loop_after_another(api: Api, run) -> None:
    api.posts = {"ada": [1]}
    for name in ("one", "two"):
        (source,) = asyncio.run(run(Plaza(api.url, name=name)))
        assert source.state == "ok"
