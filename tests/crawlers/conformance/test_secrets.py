"""No key that a crawl carries is in anything that it leaves: files, records, logs, exports."""

from __future__ import annotations

import base64
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.crawlers.conformance.cases import Case
from tests.crawlers.conformance.village import Village, live
from vigie import exports
from vigie.landing import to_line
from vigie.records import Cursor, Run
from vigie.workspace import Workspace


async def test_no_key_is_left_anywhere(
    place: Village, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    if "tokens" in case.lacks:
        await place.collect()
        assert not place.tokens(), case.lacks["tokens"]
        return
    keys = place.tokens()
    assert keys, "what is asked for is carried"
    caplog.set_level(logging.DEBUG)
    place.populate(own=case.few, talk=2, answers=1)
    told = [await place.collect()]
    for fault in ("lapsed", "unapproved", "outage", "reset", "failed", "half"):
        place.served.faults.switch(case.place, fault, after=1)  # type: ignore[arg-type]
        place.pass_(hours=1)
        told.append(await place.collect())
        place.served.faults.clear()
    with place.open() as space:
        exports.posts(space, path=space.data / "posts.csv")
        exports.posts(space, path=space.data / "posts.xlsx")
        kept = "\n".join(_kept(space))
    kept += caplog.text + repr(told)
    bodies = [path.read_bytes() for path in _files(place.folder)]
    assert len(bodies) > 3
    for name, key in keys.items():
        for form in {key, quote(key, safe=""), base64.b64encode(key.encode()).decode()}:
            assert form not in kept, name
            assert not any(form.encode() in body for body in bodies), name


def _kept(space: Workspace) -> Iterator[str]:
    """All that landing and store hold, unpacked."""
    yield from (to_line(answer).decode() for answer in space.landing.read())
    yield from (post.model_dump_json() for post in live(space))
    for kind in (Cursor, Run):
        yield from (record.model_dump_json() for record in space.store.all(kind))


def _files(folder: Path) -> Iterator[Path]:
    """Everything in the workspace but the file that keys are read from, sheets unpacked."""
    for path in list(folder.rglob("*.xlsx")):
        shutil.unpack_archive(path, folder / "unpacked", "zip")
    yield from (path for path in folder.rglob("*") if path.is_file() and path.name != ".env")
