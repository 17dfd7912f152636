"""X, Reddit and TikTok in their own words: each fault is named, and no post is lost by it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.crawlers.hamlet import NOON, Hamlet
from tests.demo.visiting import visiting

HANDLES = {"x": "@poterie", "reddit": "u/poterie", "tiktok": "@poterie"}
TOKENS = {"x": "X_TOKEN", "reddit": "REDDIT_TOKEN", "tiktok": "TIKTOK_TOKEN"}
REASONS: dict[str, str | None] = {
    "renamed": "unknown shape", "failed": "error in a 200", "missing": "token lapsed",
    "lapsed": "token lapsed", "revoked": "approval revoked", "unapproved": "approval missing",
    "loop": "repeated page", "duplicate": None, "limited": "rate limit",
}  # fmt: skip


def town(site: str) -> Hamlet:
    hamlet = Hamlet(site, begin=NOON - timedelta(days=2))
    brand = hamlet.account("poterie", kind="brand")
    for number in range(9):
        hamlet.publish(brand, f"pièce {number}")
    return hamlet


@pytest.mark.parametrize("platform", list(HANDLES))
@pytest.mark.parametrize("kind", list(REASONS))
async def test_a_fault_is_named_and_loses_nothing(tmp_path: Path, platform: str, kind: Any) -> None:
    hamlet = town(platform)
    brands = (
        '[[brands]]\nid = "poterie"\nname = "Poterie"\nrole = "own"\n'
        f'accounts.{platform} = ["{HANDLES[platform]}"]'
    )
    async with visiting(
        tmp_path, hamlet, NOON, brands, settings="searches = false", page=3,
        secrets={TOKENS[platform]: "tok-secret-of-the-test"},
    ) as visitor:  # fmt: skip
        paged = kind in ("loop", "duplicate")
        # The first call asks who it is.
        visitor.served.faults.switch(platform, kind, after=0 if paged else 1)
        key = f"{platform}/account"
        (source,) = (await visitor.collect(key)).values()
        expected = REASONS[kind]
        if expected is None:
            assert (source.state, source.reason) == ("ok", None)
        else:
            assert (source.reason or "").split(":")[0] == expected, source.reason
            assert source.state == ("rate_limited" if kind == "limited" else "broken")
            assert bool(source.resume_at) == (kind == "limited")
        visitor.served.faults.clear()
        visitor.clock.set(NOON + timedelta(hours=1))
        for _ in range(2):
            (source,) = (await visitor.collect(key)).values()
        assert source.state in ("ok", "empty"), "X says only what is new"
        assert len(visitor.found()) == 9
