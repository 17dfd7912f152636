"""Landing: what is acknowledged is read again, whatever happens to the file's end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.landing import HEAD, Landing, from_line, to_line
from vigie.sources import Answer


@pytest.fixture
def open_landing(tmp_path: Path) -> Iterator[Callable[[], Landing]]:
    with ExitStack() as opened:
        yield lambda: opened.enter_context(Landing(tmp_path / "landing"))


def answer(body: bytes, platform: str = "mastodon", day: int = 3) -> Answer:
    return Answer(
        platform=platform,
        endpoint="statuses",
        target=f"{platform}/account/a",
        url="https://social.example/api",
        request_url="https://social.example/api",
        method="GET",
        status=200,
        headers={"content-type": "application/json"},
        body=body,
        collected_at=datetime(2026, 11, day, 9, tzinfo=UTC),
        run_id="r1",
        meta={"page": 1},
    )


@given(st.binary(max_size=200))
def test_a_line_holds_any_body(body: bytes) -> None:
    assert from_line(to_line(answer(body))) == answer(body)


def test_reads_what_was_appended_by_platform_and_day(open_landing: Callable[[], Landing]) -> None:
    landing = open_landing()
    given = [answer(b"1", "bluesky", 3), answer(b"2", "mastodon", 4), answer(b"3", "mastodon", 3)]
    landing.append(given)
    assert sorted(one.body for one in landing.read()) == [b"1", b"2", b"3"]
    assert [one.body for one in landing.read(["bluesky"])] == [b"1"]
    later = landing.read(since=datetime(2026, 11, 4, tzinfo=UTC))
    assert [one.body for one in later] == [b"2"]
    assert landing.count() == 3
    assert landing.verify() == []


def test_a_torn_end_is_cut_and_nothing_acknowledged_is_lost(
    open_landing: Callable[[], Landing],
) -> None:
    landing = open_landing()
    landing.append([answer(b"kept")])
    landing.close()
    (segment,) = landing.segments()
    whole = segment.read_bytes()
    for cut in range(1, len(whole)):
        segment.write_bytes(whole + whole[:cut])
        again = open_landing()
        again.append([answer(b"next")])
        assert [one.body for one in again.read()] == [b"kept", b"next"], cut
        again.close()
        segment.write_bytes(whole)


def test_a_damaged_frame_is_told_by_verify(open_landing: Callable[[], Landing]) -> None:
    landing = open_landing()
    landing.append([answer(b"one")])
    (segment,) = landing.segments()
    assert segment.read_bytes()[: HEAD.size]
    damaged = bytearray(segment.read_bytes())
    damaged[-1] ^= 0xFF
    segment.write_bytes(bytes(damaged))
    assert list(landing.read()) == []


def test_damage_in_the_middle_costs_only_its_frame(
    open_landing: Callable[[], Landing],
) -> None:
    landing = open_landing()
    for body in (b"one", b"two", b"three"):
        landing.append([answer(body)])
    landing.close()
    (segment,) = landing.segments()
    whole = segment.read_bytes()
    second = whole.index(whole[:8], 1)
    third = whole.index(whole[:8], second + 1)
    for at in range(second, third):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        segment.write_bytes(bytes(damaged))
        again = open_landing()
        (told,) = again.verify()
        kept = [b"one", b"three", b"four"]
        if second + 12 <= at < second + 16:  # the number of lines, which is only told
            assert "lines announced" in told
            kept.insert(1, b"two")
        else:
            assert f"{third - second} bytes from {second} cannot be read" in told, at
        again.append([answer(b"four")])
        assert [one.body for one in again.read()] == kept, at
        again.close()


def test_two_writers_do_not_share_a_segment(open_landing: Callable[[], Landing]) -> None:
    first, second = open_landing(), open_landing()
    first.append([answer(b"1")])
    second.append([answer(b"2")])
    assert len(first.segments()) == 2
    assert sorted(one.body for one in first.read()) == [b"1", b"2"]


def test_killed_while_writing_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    script = f"""
import sys
sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parent.parent)]!r}
from pathlib import Path
from test_landing import answer
from vigie.landing import Landing
landing = Landing(Path({str(tmp_path / "landing")!r}))
for number in range(100_000):
    landing.append([answer(str(number).encode())])
    print(number, flush=True)
"""
    writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    told = [int(writer.stdout.readline()) for _ in range(50)]
    os.kill(writer.pid, signal.SIGKILL)
    told += [int(line) for line in writer.stdout.read().split("\n") if line.strip()]
    writer.wait()
    writer.stdout.close()
    found = {int(one.body) for one in Landing(tmp_path / "landing").read()}
    assert set(told) <= found


def test_quarantine_keeps_the_answer_with_its_reason(open_landing: Callable[[], Landing]) -> None:
    landing = open_landing()
    bad = answer(b"<html>login</html>")
    landing.quarantine(bad, "HTML instead of JSON")
    assert [reason for _, reason in landing.quarantine_reasons()] == ["HTML instead of JSON"]
    landing.release(bad)
    assert list(landing.quarantine_reasons()) == []
