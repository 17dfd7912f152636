"""Whatever bytes a file holds: it is read, rows are set aside, or it is refused in words."""

from __future__ import annotations

import gzip
import json
import tempfile
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path

import orjson
from exported import NOW, mojibake, workbook
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_archives import EPOCH, TIKTOK_ID, ZEESCHUIMER, tweet
from test_presets import BRANDWATCH

from vigie import importing
from vigie.errors import ImportRefused, MappingError

CSV = "\n".join(",".join(f'"{cell}"' for cell in row) for row in BRANDWATCH)


@cache
def seeds() -> dict[str, bytes]:
    """Files of all kinds, by a name that says which."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/tweets.js", b"window.YTD.tweets.part0 = " + orjson.dumps([tweet()]))
        posts = [{"media": [{"uri": "a.jpg", "creation_timestamp": EPOCH, "title": "Été"}]}]
        archive.writestr("content/posts_1.json", mojibake(posts))
    with tempfile.TemporaryDirectory() as folder:
        rows = list(map(list, BRANDWATCH))
        book = workbook(Path(folder) / "a.xlsx", {"a": rows}).read_bytes()
    return {
        "a.csv": CSV.encode(),
        "b.csv": CSV.replace(",", ";").encode("cp1252", "replace"),
        "c.tsv": CSV.replace(",", "\t").encode("utf-16"),
        "d.csv.gz": gzip.compress(CSV.encode(), mtime=0),
        "e.ndjson": b"\n".join(map(orjson.dumps, ZEESCHUIMER)),
        "f.json": orjson.dumps([tweet(), tweet()]),
        "tweets.js": b"window.YTD.tweets.part0 = " + orjson.dumps([tweet()] * 3),
        "user_data_tiktok.json": orjson.dumps(
            {
                "Post": {
                    "Posts": {
                        "VideoList": [
                            {
                                "Date": "2026-11-03 14:05:00",
                                "Likes": "3",
                                "Link": f"https://www.tiktokv.com/share/video/{TIKTOK_ID}/",
                            }
                        ]
                    }
                }
            }
        ),
        "g.zip": packed.getvalue(),
        "h.xlsx": book,
    }


def read(name: str, body: bytes) -> int:
    """How many posts a file gives; whatever it refuses is refused in words."""
    posts = 0
    told: list[MappingError] = []
    refused: ImportRefused | None = None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(body)
        try:
            for answer in importing.read_answers(path, run_id="run", now=NOW):
                try:
                    posts += len(importing.map_import(answer).posts)
                except MappingError as error:
                    told.append(error)
        except ImportRefused as error:
            refused = error
    assert refused is None or (refused.what and refused.where and refused.do), refused
    assert all("row " in error.what for error in told), told
    return posts


def test_the_seeds_are_read() -> None:
    for name, body in seeds().items():
        assert read(name, body), name


HARD = (b"\x00", b'"', b"\n", b"[", b"]", b"{", b"}", b",", b"1e400", b"\xff\xfe", b"null",
        b"99999999999999999999", b'\\ud800', b"-", b"9999-12-31", b"0001-01-01T00:00:00+14:00",
        b"1e17")  # fmt: skip
HARDER = st.sampled_from(HARD) | st.binary(max_size=8)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(seeds())),
    cuts=st.lists(
        st.tuples(
            st.floats(0, 1), st.integers(0, 40), st.sampled_from(HARD) | st.binary(max_size=8)
        ),
        max_size=6,
    ),
    end=st.floats(0.2, 1),
)
def test_changed_files(name: str, cuts: list[tuple[float, int, bytes]], end: float) -> None:
    body = seeds()[name]
    for place, length, put in cuts:
        at = int(place * len(body))
        body = body[:at] + put + body[at + length :]
    read(name, body[: int(end * len(body)) + 1])


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(seeds())), body=st.binary(max_size=300))
@example("a.csv", b"\xef\xbb\xbf")
@example("f.json", b"[")
@example("h.xlsx", b"PK\x03\x04")
def test_any_bytes(name: str, body: bytes) -> None:
    read(name, body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
PATHS = ("legacy", "core", "author", "user", "caption", "stats", "full_text", "created_at", "id",
         "createTime", "like_count", "entities", "hashtags", "rest_id", "pk")  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(PATHS), JSON, max_size=6), min_size=1, max_size=4))
def test_objects_of_other_shapes(shapes: list[dict[str, object]]) -> None:
    rows = []
    for number, shape in enumerate(shapes):
        row = dict(ZEESCHUIMER[number % len(ZEESCHUIMER)])
        row["data"] = {**row["data"], **shape}
        rows.append(json.dumps(row))
    read("z.ndjson", "\n".join(rows).encode())
