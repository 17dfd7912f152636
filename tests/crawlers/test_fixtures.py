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
    "facebook": {"posts": 24, "text": 1.0, "author": 0.45, "likes": 0.66},
    "feeds": {"posts": 13, "text": 0.6, "author": 0.6, "likes": 0.0},
    "google_analytics": {"posts": 0, "samples": 14},
    "hackernews": {"posts": 4, "text": 0.5, "author": 1.0, "likes": 0.5},
    "linkedin": {"posts": 2, "text": 0.5, "author": 1.0, "likes": 0.0},
    "mastodon": {"posts": 72, "text": 0.8, "author": 1.0, "likes": 1.0},
    "telegram": {"posts": 2, "text": 1.0, "author": 1.0, "likes": 0.0},
    "news": {"posts": 10, "text": 1.0, "author": 1.0, "likes": 0.0},
    "reddit": {"posts": 276, "text": 0.87, "author": 1.0, "likes": 0.99},
    "tiktok": {"posts": 3, "text": 0.66, "author": 0.66, "likes": 0.66},
    "x": {"posts": 237, "text": 1.0, "author": 0.76, "likes": 0.71},
    "pinterest": {"posts": 2, "samples": 13, "text": 0.5, "author": 1.0, "likes": 0.5},
    "youtube": {"posts": 51, "text": 1.0, "author": 1.0, "likes": 0.17},
    "instagram": {"posts": 17, "text": 0.88, "author": 0.11, "likes": 0.88},
    "threads": {"posts": 2, "text": 1.0, "author": 1.0, "likes": 0.0},
}
NOT_RECORDED = {"meta"}  # its insights stand in the folders of Instagram and Facebook
RECORDED = [name for name in crawlers.names() if name not in NOT_RECORDED]


@pytest.mark.parametrize("platform", RECORDED)
def test_recorded_bodies_map(shared: Path, platform: str) -> None:
    told = evaluate(shared / "fixtures" / platform)
    assert told["errors"] == 0, told["reasons"]
    assert told["quarantined"] == 0, told["reasons"]
    assert told["bodies"] == sum(one["bodies"] for one in told["endpoints"].values())
    assert not [name for one in told["endpoints"].values() for name in one["unknown"]]


@pytest.mark.parametrize("platform", RECORDED)
def test_coverage_does_not_fall(shared: Path, platform: str) -> None:
    mapper = crawlers.load(platform)
    mapped = [mapper.map(answer) for _, answer in answers(shared / "fixtures" / platform, platform)]
    posts = [post for one in mapped for post in one.posts if post.kind != "repost"]
    floors = FLOORS[platform]
    many = len(posts) or 1  # a platform of figures has none
    given = {
        "posts": sum(len(one.posts) for one in mapped),
        "samples": sum(len(one.samples) for one in mapped),
        "text": sum(bool(post.text) for post in posts) / many,
        "author": sum(bool(post.author.id) for post in posts) / many,
        "likes": sum(post.metrics.likes is not None for post in posts) / many,
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


def test_what_is_not_given_is_none_on_metas_platforms(shared: Path) -> None:
    """Likes of a hashtag's posts are told, who wrote them is not; others' posts have no counts on
    Threads; a post without a time leaves its counts."""
    for platform in ("facebook", "instagram", "threads"):
        mapper = crawlers.load(platform)
        for name, answer in answers(shared / "fixtures" / platform, platform):
            mapped = mapper.map(answer)
            for post in mapped.posts:
                assert isinstance(post.native_id, str)
                assert post.published_at.utcoffset() is not None
                if b'"like_count"' not in answer.body and b"reactions" not in answer.body:
                    assert post.metrics.likes is None, name
                if name.startswith("hashtag_"):
                    assert post.author.id is None
                if platform == "threads":
                    assert not [value for _, value in post.metrics if value is not None]
            if name.startswith("hashtag_recent"):
                assert not mapped.posts
                assert {sample.metric for sample in mapped.samples} == {"likes", "replies"}


def test_meta_maps_the_insights_of_both_networks(shared: Path) -> None:
    mapper = crawlers.load("meta")
    by_name = dict(answers(shared / "fixtures" / "instagram", "meta"))
    mapped = mapper.map(by_name["user_insights-1.json"])
    assert {sample.entity.partition(":")[0] for sample in mapped.samples} == {"instagram"}
    assert all(sample.scope == "own" for sample in mapped.samples)
    assert len({sample.captured_at for sample in mapped.samples}) == 2
    assert not mapped.unknown
    assert mapper.map(by_name["error_rate_limit-1.json"]).samples == []


@pytest.mark.parametrize("mark", ["event_type", "dm_conversation_id"])
def test_a_direct_message_is_no_post(mark: str) -> None:
    body = '{"data": [{"id": "1128357", "text": "entre nous", "%s": "MessageCreate"}], "meta": {}}'
    assert not _bad("x", (body % mark).encode()).posts
    assert _bad("x", (body % "lang").encode()).posts


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
        ("reddit", b"{}"),
        ("reddit", b'{"kind": "Listing", "data": {}}'),
        ("reddit", b'{"kind": "t3", "data": {"id": "a", "author": "b", "title": "c"}}'),
        ("reddit", b'{"kind": "t1", "data": {"id": "a", "author": "b", "created_utc": 1}}'),
        ("tiktok", b"[]"),
        ("tiktok", b"{}"),
        ("tiktok", b'{"data": {"videos": [{"id": 1}]}}'),
        ("tiktok", b'{"data": {"videos": [{"id": 7.3e18, "create_time": 1}]}}'),
        ("tiktok", b'{"data": {"videos": [{"create_time": 1770100000}]}}'),
        ("x", b"[]"),
        ("x", b"{}"),
        ("x", b'{"data": [{"id": "1", "author_id": "2"}]}'),
        ("x", b'{"data": [{"id": "one", "text": "a"}]}'),
        ("x", b'{"data": 3}'),
        ("instagram", b"[]"),
        ("instagram", b'{"data": [{"pk": "1", "media_type": "IMAGE"}]}'),
        ("instagram", b'{"data": [{"id": 1, "media_type": "IMAGE", "caption": "x"}]}'),
        ("instagram", b'{"data": [{"id": "1", "text": "x", "timestamp": "soon"}]}'),
        ("instagram", b'{"likes": 3}'),
        ("facebook", b"[]"),
        ("facebook", b'{"data": [{"message": "x", "id": "1_2"}]}'),
        ("facebook", b'{"data": [{"id": "1_2", "created_time": "soon"}]}'),
        ("facebook", b'{"data": [{"id": 12, "created_time": "2026-01-01T00:00:00+0000"}]}'),
        ("threads", b'{"data": [{"id": "1", "text": "x", "username": "a"}]}'),
        ("threads", b'{"data": [{"pk": "1", "timestamp": "2026-01-01T00:00:00+0000"}]}'),
        ("threads", b'{"data": [{"likes": 3}]}'),
        ("meta", b'{"data": [{"views": 3}]}'),
        ("meta", b'{"name": "x"}'),
        ("meta", b"[]"),
        ("feeds", b"<!doctype html><html><body>Sign in</body></html>"),
        ("google_analytics", b"<html>"),
        ("google_analytics", b'{"rows": [{"dimensionValues": [{"value": "20260101"}]}]}'),
        (
            "google_analytics",
            b'{"kind": "analyticsData#runReport", "dimensionHeaders": [{"name": '
            b'"date"}], "metricHeaders": [{"name": "sessions"}], "rows": [{"dimensionValues": '
            b'[{"value": "20260101"}], "metric_values": [{"value": "1"}]}]}',
        ),
        ("google_analytics", b'{"hello": 1}'),
        ("pinterest", b"<html>"),
        ("pinterest", b"{}"),
        ("pinterest", b'{"items": [{"id": "1", "board_id": "2", "creation_time": "2026"}]}'),
        ("pinterest", b'{"all": {"sums": {}}}'),
        ("youtube", b"<html>consent</html>"),
        ("youtube", b"[]"),
        ("youtube", b'{"items": []}'),
        ("youtube", b'{"kind": "youtube#videoListResponse", "items": [{"id": "v"}]}'),
        (
            "youtube",
            b'{"kind": "youtube#videoListResponse", "items": [{"kind": "youtube#video", '
            b'"id": "v", "snippet": {"publishedTime": "2026-01-01T00:00:00Z"}}]}',
        ),
        (
            "youtube",
            b'{"kind": "youtube#commentListResponse", "items": [{"kind": "youtube#comment",'
            b' "id": "c", "snippet": {"publishedAt": "yesterday"}}]}',
        ),
    ],
)
def test_an_unknown_shape_is_a_mapping_error(platform: str, body: bytes) -> None:
    with pytest.raises(MappingError):
        _bad(platform, body)
