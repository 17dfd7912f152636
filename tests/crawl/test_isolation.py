"""Platforms in processes of their own: the same result, and one that dies harms no other."""

from __future__ import annotations

import os
import threading

import pytest
from plaza import Api, Plaza, texts

from vigie.errors import LandingError
from vigie.records import Budget, Cursor


class Dying(Plaza):
    def next(self, answer, target, cursor):
        os._exit(7)


class Frozen(Plaza):
    def next(self, answer, target, cursor):
        threading.Event().wait()


async def test_a_platform_that_dies_harms_no_other(api: Api, run, landed, store) -> None:
    api.posts = {"ada": list(range(1, 50)), "bea": [100]}
    crawlers = [Plaza(api.url, ["ada", "bea"]), Dying(api.url, name="dying")]
    told = []
    ada, bea, dying = await run(*crawlers, runner="subprocess", progress=told.append)
    assert (ada.state, ada.pages, bea.state) == ("ok", 3, "ok"), ada.reason
    assert (dying.state, dying.reason) == ("broken", "crawler error: process ended with 7")
    assert {source.key for source in told} == {ada.key, bea.key}
    assert {*map(int, texts(a for a in landed() if a.platform == "plaza"))} == {*range(1, 50), 100}
    assert store.get([ada.key], Cursor)[0].value["newest"] == 49
    assert store.get(["plaza@2026-03-09"], Budget)[0].calls == 4


@pytest.mark.slow
async def test_a_platform_that_freezes_is_ended(api: Api, run, monkeypatch) -> None:
    monkeypatch.setattr("vigie.isolation.GRACE_S", 0.2)
    api.posts = {"ada": [1]}
    (frozen,) = await run(Frozen(api.url), runner="subprocess", limit_s=1)
    assert (frozen.state, frozen.reason) == ("broken", "crawler error: process ended with -9")


@pytest.mark.slow
async def test_a_landing_that_fails_is_raised(api: Api, run, store) -> None:
    def land(answers) -> None:
        raise LandingError("no space")

    api.posts = {"ada": [1]}
    with pytest.raises(LandingError, match="no space"):
        await run(Plaza(api.url), land=land, runner="subprocess")
    assert list(store.all(Cursor)) == []
