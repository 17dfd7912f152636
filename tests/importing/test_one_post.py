"""A post that is imported and crawled is one post: importers and crawlers give it the same id, and
its author, too."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from exported import posts, write

from vigie.mapping import map_answer
from vigie.records import Post
from vigie.sources import Answer

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
FACEBOOK = (
    "Post ID,Page ID,Page name,Title,Description,Publish time,Permalink,Post type,Reactions,"
    "Comments,Shares\n122100000000000901,102030405060708,Atelier,,Un cartable,"
    "11/20/2026 09:05,https://www.facebook.com/1/posts/pfbid02,Photos,3,0,1\n"
)
COLUMNS = "native_id = 'id'\npublished_at = 'at'\n'author.handle' = 'who'\ntext = 'text'\n"
MAP = f"[columns]\n{COLUMNS}url = 'url'\nparent_id = 'above'\n'author.id' = 'number'\n"


def crawled(platform: str, endpoint: str, body: Any, **meta: Any) -> Post:
    """The post of a body as the platform's crawler maps it."""
    answer = Answer(
        platform, endpoint, f"{platform}/account/ada", "https://api.example/",
        "https://api.example/", "GET", 200, {}, orjson.dumps(body), AT, "r", meta=meta,
    )  # fmt: skip
    (post,) = map_answer(answer).posts
    return post


def imported(folder: Path, platform: str, **row: Any) -> Post:
    """The post of a row with a map of one's own."""
    map_ = write(folder / "map.toml", f"{MAP}[constants]\nplatform = '{platform}'\n")
    given = {"at": "2026-11-20T09:05:00Z", "who": "ada", "text": "Un cartable", **row}
    path = write(folder / "rows.jsonl", f"{orjson.dumps(given).decode()}\n")
    (post,) = posts(path, columns=map_)
    return post


def test_a_page_of_facebook_as_meta_exports_it(tmp_path: Path) -> None:
    (post,) = posts(write(tmp_path / "a.csv", FACEBOOK), brand="b")
    body = {"data": [{
        "id": "102030405060708_122100000000000901", "created_time": "2026-11-20T09:05:00+0000",
        "permalink_url": "https://www.facebook.com/1/posts/pfbid02", "message": "Un cartable",
    }]}  # fmt: skip
    page = {"id": "102030405060708", "name": "Atelier"}
    same = crawled("facebook", "published_posts", body, page=page)
    assert (post.id, post.author.id) == (same.id, same.author.id)


@pytest.mark.parametrize(
    ("row", "kind", "data"),
    [
        ({"id": "1abcde"}, "t3", {"id": "1abcde", "title": "a", "num_comments": 0}),
        ({"id": "t3_1abcde"}, "t3", {"id": "1abcde", "title": "a", "num_comments": 0}),
        ({"id": "k9zxy", "above": "t3_1abcde"}, "t1",
         {"id": "k9zxy", "body": "a", "parent_id": "t3_1abcde", "link_id": "t3_1abcde"}),
        ({"url": "https://www.reddit.com/r/a/comments/1abcde/x/k9zxy/"}, "t1",
         {"id": "k9zxy", "body": "a", "parent_id": "t3_1abcde", "link_id": "t3_1abcde"}),
    ],
)  # fmt: skip
def test_things_of_reddit(tmp_path: Path, row: Any, kind: str, data: Any) -> None:
    thing = {"kind": kind, "data": {
        "author": "ada", "created_utc": 1795165500, "score": 1, "permalink": "/r/a",
        "subreddit": "a", **data,
    }}  # fmt: skip
    body = {"kind": "Listing", "data": {"children": [thing]}}
    assert imported(tmp_path, "reddit", **row).id == crawled("reddit", "info", body).id


def test_videos_and_people_of_tiktok(tmp_path: Path) -> None:
    """A browser is shown numbers of people, the API their names."""
    row = {"id": "7568000000000000001", "number": "6812000000000000001"}
    body = {"data": {"videos": [{"id": 7568000000000000001, "create_time": 1795165500}]}}
    post, same = imported(tmp_path, "tiktok", **row), crawled(
        "tiktok", "video_list", body, handle="ada"
    )  # fmt: skip
    assert (post.id, post.author.id) == (same.id, same.author.id)


@pytest.mark.parametrize("platform", ["pinterest", "threads"])
def test_people_who_are_known_by_name_alone(tmp_path: Path, platform: str) -> None:
    post = imported(tmp_path, platform, id="17900000000000001", number="314")
    assert post.author.id == f"{platform}:ada"


def test_people_of_x_are_known_by_number(tmp_path: Path) -> None:
    assert imported(tmp_path, "x", id="199", number="314").author.id == "x:314"
