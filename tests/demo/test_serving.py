"""The explorer of the demo answers before the simulated world is there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import httpx

from vigie.demo.run import run
from vigie.watchfile import read


async def first_answer(dir: Path) -> str:
    """The first page of a new demo; the demo is stopped with it."""
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def progress(stage: str, values: Mapping[str, object]) -> None:
        if stage == "explorer" and not told.done():
            told.set_result(str(values["→"]))

    demo = asyncio.create_task(
        run(
            dir,
            seed=None,
            lang="en",
            port=0,
            progress=progress,
            report=lambda document, explorer: None,
        )
    )
    asked = asyncio.create_task(_ask(told))
    done, _ = await asyncio.wait({demo, asked}, return_when=asyncio.FIRST_COMPLETED)
    demo.cancel()
    await asyncio.wait({demo})
    assert asked in done, demo
    return asked.result()


async def _ask(told: asyncio.Future[str]) -> str:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        answer = await client.get(await told)
    assert answer.status_code == 200
    return answer.text


def test_the_explorer_answers_before_the_first_post(tmp_path: Path) -> None:
    page = asyncio.run(first_answer(tmp_path / "demo"))
    assert "A run is at work" in page
    assert "Nothing collected yet" not in page
    # The workspace goes on in the language of the demo.
    assert read(tmp_path / "demo" / "vigie.toml").workspace.interface == "en"
