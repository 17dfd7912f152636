"""Structured logs: one JSON object a line, with its run, and no secret in any."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from town import Town, found, serving
from watching import document, vigie

from vigie import logs

JSON = {"VIGIE_LOG": "json"}
SECRET = "s3cr3t-t0ken-of-ours"


def lines(text: str) -> list[dict[str, Any]]:
    """Every line of standard error, each a JSON object with the four fields."""
    read = [json.loads(line) for line in text.splitlines()]
    for one in read:
        assert {"ts", "level", "logger", "event"} <= set(one)
        assert datetime.fromisoformat(one["ts"]).utcoffset() is not None
        assert one["level"] in ("debug", "info", "warning", "error", "critical")
    return read


def test_a_run_tells_its_lines_with_its_id_and_platform(tmp_path: Path) -> None:
    with serving(Town(owned=4, tagged=5, entries=6)) as town:
        folder = found(tmp_path / "w", town, feeds=("a", f"absent.xml?access_token={SECRET}&x="))
        (folder / ".env").write_text(f"MASTODON_TOKEN={SECRET}\n", encoding="utf-8")
        done = vigie("--log", "json", "run", "--json", workspace=folder)
    assert done.returncode == 3, done.stderr
    told = lines(done.stderr)
    assert SECRET not in done.stderr
    run = document(done)["id"]
    ids = {one["run_id"] for one in told if "run_id" in one}
    assert len(ids) == 1
    assert ids.pop() in run
    staged = [one["stage"] for one in told if "stage" in one]
    assert list(dict.fromkeys(staged)) == ["collect", "enrich", "analyse"]
    taken = [one for one in told if one.get("figures", {}).get("new_post")]
    assert max(one["figures"]["new_post"] for one in taken) == 15


async def test_what_a_task_binds_is_its_own() -> None:
    handler = logs.JsonLines()

    async def tell(platform: str) -> dict[str, Any]:
        logs.bind(platform=platform)
        await asyncio.sleep(0)
        record = logging.LogRecord("vigie.crawl", logging.ERROR, "", 0, "failed", (), None)
        read: dict[str, Any] = json.loads(handler.format(record))
        return read

    with logs.bound(run_id="r1"):
        told = await asyncio.gather(tell("feeds"), tell("bluesky"))
    assert [one["platform"] for one in told] == ["feeds", "bluesky"]
    assert {one["run_id"] for one in told} == {"r1"}
    record = logging.LogRecord("vigie", logging.INFO, "", 0, "later", (), None)
    assert not {"run_id", "platform"} & set(json.loads(handler.format(record)))


def test_errors_and_the_variable(tmp_path: Path) -> None:
    lost = vigie("search", "tea", workspace=tmp_path, env=JSON)
    (error,) = lines(lost.stderr)
    assert (error["level"], error["code"], lost.returncode) == ("error", 4, 4)
    assert "vigie init" in error["event"]
    words = vigie("search", "tea", workspace=tmp_path)
    assert words.stderr.startswith("vigie: ")
    wrong = vigie("--log", "xml", "status", workspace=tmp_path)
    assert wrong.returncode == 2


@given(
    st.text(st.characters(codec="utf-8"), min_size=6).filter(lambda t: t.strip() == t), st.text()
)
def test_no_value_that_is_named_like_a_secret_is_told(secret: str, around: str) -> None:
    logs.hide({"VIGIE_SOME_TOKEN": secret, "PLAIN": around})
    handler = logs.JsonLines()
    logs.hide({"VIGIE_SOME_TOKEN": secret})
    record = logging.LogRecord("vigie", logging.INFO, "", 0, "%s|%s", (secret, "x"), None)
    event = json.loads(handler.format(record))["event"]
    assert event == f"{logs.masked(secret)}|x"
    assert secret not in event


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("https://u:p@h.example/a?token=abc&b=1", "https://h.example/a?token=***&b=1"),
        ("see http://h.example/x?q=1 now", "see http://h.example/x?q=1 now"),
        ("no address", "no address"),
    ],
)
def test_addresses_are_told_without_what_opens_them(told: str, kept: str) -> None:
    assert logs.masked(told) == kept
