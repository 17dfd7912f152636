"""Every recorded body of the platforms maps; shared/ holds them, the project does not."""

from __future__ import annotations

from pathlib import Path

import pytest

import crawlers
from tests.crawlers.test_samples import AT
from vigie.errors import ConfigError, MappingError
from vigie.evaluation.mapping import answers, evaluate
from vigie.sources import Answer, Mapped

# Share of posts that carry a field, and posts in all: floors that only rise.
FLOORS = {
    "bluesky": {"posts": 65, "text": 1.0, "author": 1.0, "likes": 0.87},
    "feeds": {"posts": 13, "text": 0.6, "author": 0.6, "likes": 0.0},
    "hackernews": {"posts": 4, "text": 0.5, "author": 1.0, "likes": 0.5},
    "linkedin": {"posts": 2, "text": 0.5, "author": 1.0, "likes": 0.0},
    "mastodon": {"posts": 72, "text": 0.8, "author": 1.0, "likes": 1.0},
    "telegram": {"posts": 2, "text": 1.0, "author": 1.0, "likes": 0.0},
    "news": {"posts": 10, "text": 1.0, "author": 1.0, "likes": 0.0},
}


@pytest.mark.parametrize("platform", crawlers.names())
def test_recorded_bodies_map(shared: Path, platform: str) -> None:
    told = evaluate(shared / "fixtures" / platform)
    assert told["errors"] == 0, told["reasons"]
    assert told["quarantined"] == 0, told["reasons"]
    assert told["bodies"] == sum(one["bodies"] for one in told["endpoints"].values())
    assert not [name for one in told["endpoints"].values() for name in one["unknown"]]


@pytest.mark.parametrize("platform", crawlers.names())
def test_coverage_does_not_fall(shared: Path, platform: str) -> None:
    mapper = crawlers.load(platform)
    mapped = [mapper.map(answer) for _, answer in answers(shared / "fixtures" / platform, platform)]
    posts = [post for one in mapped for post in one.posts if post.kind != "repost"]
    floors = FLOORS[platform]
    given = {
        "posts": sum(len(one.posts) for one in mapped),
        "text": sum(bool(post.text) for post in posts) / len(posts),
        "author": sum(bool(post.author.id) for post in posts) / len(posts),
        "likes": sum(post.metrics.likes is not None for post in posts) / len(posts),
    }
    assert {name: given[name] >= floor for name, floor in floors.items()} == dict.fromkeys(
        floors, True
    ), given


def test_a_deleted_post_is_missing_from_what_was_asked_for(shared: Path) -> None:
    told = evaluate(shared / "fixtures" / "bluesky")
    assert told["endpoints"]["getPosts_after_delete"]["tombstones"] == 1
    assert told["endpoints"]["getPosts"]["tombstones"] == 0


def test_counters_of_a_saved_channel_page_are_read_as_rounded(shared: Path) -> None:
    mapper = crawlers.load("telegram")
    for _, answer in answers(shared / "fixtures" / "telegram", "telegram"):
        mapped = mapper.map(answer)
        assert all(post.metrics.views for post in mapped.posts)
        rounded = {one.metric for one in mapped.samples if one.exactness == "rounded"}
        assert rounded == {"followers", "views"}


def test_counts_that_are_not_given_are_none(shared: Path) -> None:
    mapper = crawlers.load("mastodon")
    for _, answer in answers(shared / "fixtures" / "mastodon", "mastodon"):
        given = answer.body.count(b'"quotes_count"')
        for post in mapper.map(answer).posts:
            if not given:
                assert post.metrics.quotes is None
            assert post.metrics.views is None


def test_a_platform_without_crawler_is_told(tmp_path: Path) -> None:
    (tmp_path / "myspace").mkdir()
    with pytest.raises(ConfigError, match="no crawler reads myspace"):
        evaluate(tmp_path / "myspace")
    (tmp_path / "bluesky").mkdir()
    with pytest.raises(ConfigError, match=r"no readable index\.json"):
        evaluate(tmp_path / "bluesky")


def _bad(platform: str, body: bytes) -> Mapped:
    answer = Answer(
        platform=platform, endpoint="x", target="t", url="http://a.example/api/v1/x",
        request_url="http://a.example/api/v1/x", method="GET", status=200, headers={}, body=body,
        collected_at=AT, run_id="r",
    )  # fmt: skip
    return crawlers.load(platform).map(answer)


@pytest.mark.parametrize(
    ("platform", "body"),
    [
        ("bluesky", b"<html>log in</html>"),
        ("bluesky", b"[]"),
        ("bluesky", b'{"posts": [{"uri": "at://x"}]}'),
        ("bluesky", b'{"feed": [{"post": 3}]}'),
        ("mastodon", b"<html>"),
        ("mastodon", b'[{"content": "x", "uri": "u", "id": "1"}]'),
        ("mastodon", b'[{"content": "x", "uri": "u", "id": "1", "account": {"acct": "a"}}]'),
        ("hackernews", b'{"hits": [{"objectID": "1"}]}'),
        ("hackernews", b'{"id": 1, "type": "story", "time": "yesterday"}'),
        ("telegram", b"<html><p>Log in</p></html>"),
        ("telegram", b"[]"),
        ("telegram", b'{"ok": true}'),
        ("telegram", b'{"ok": true, "result": [{"channel_post": {"text": "x"}}]}'),
        ("telegram", b'{"ok": true, "result": {"something": "else"}}'),
        ("telegram", b'{"type": "public_channel", "messages": []}'),
        ("linkedin", b"<html>"),
        ("linkedin", b"[]"),
        ("linkedin", b'{"elements": [{"commentary": "x", "author": "urn:li:organization:1"}]}'),
        ("linkedin", b'{"elements": [{"id": "urn:li:share:1", "commentary": "x", "author": "a"}]}'),
        ("linkedin", b'{"elements": [{"something": "else"}]}'),
        ("linkedin", b'{"results": {"urn:li:share:1": 3}}'),
        ("feeds", b"<!doctype html><html><body>Sign in</body></html>"),
    ],
)
def test_an_unknown_shape_is_a_mapping_error(platform: str, body: bytes) -> None:
    with pytest.raises(MappingError):
        _bad(platform, body)
