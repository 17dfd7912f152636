"""Archives of accounts, read in place, and what a browser was shown (Zeeschuimer)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from exported import answers, archive, lines, mojibake, posts, taken, write

from vigie import importing
from vigie.errors import MappingError

AT = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
EPOCH = int(AT.timestamp())
X_ID = str(((EPOCH * 1000 - 1288834974657) << 22) + 7)
LINKEDIN_ID = str((EPOCH * 1000 << 22) + 7)
TIKTOK_ID = str((EPOCH << 32) + 7)


def tweet(**fields: Any) -> dict[str, Any]:
    return {
        "tweet": {
            "id_str": X_ID, "full_text": "Dix ans 🎒 #cartable https://t.co/a", "lang": "fr",
            "created_at": "Tue Nov 03 14:05:00 +0000 2026", "favorite_count": "12",
            "retweet_count": "3", "possibly_sensitive": False,
            "entities": {
                "hashtags": [{"text": "cartable", "indices": ["0", "1"]}],
                "user_mentions": [],
                "urls": [{"url": "https://t.co/a", "expanded_url": "https://brindille.example/"}],
            },
            **fields,
        }
    }  # fmt: skip


def test_the_archive_of_an_x_account(tmp_path: Path) -> None:
    reply = tweet(id_str="1990674000000000009", in_reply_to_status_id_str="1990674000000000008")
    repost = tweet(id_str="1990674000000000010", full_text="RT @maud_k: Dix ans de cartable")
    account = [{"account": {"username": "brindille", "accountId": "42",
                            "accountDisplayName": "Atelier Brindille"}}]  # fmt: skip
    secret = "window.YTD.direct_messages.part0 = [{}]"
    path = archive(
        tmp_path / "twitter-2026-11-23.zip",
        {
            "data/account.js": f"window.YTD.account.part0 = {json.dumps(account)}",
            "data/tweets.js": "window.YTD.tweets.part0 = "
            + json.dumps([tweet(), reply], indent=2, ensure_ascii=False),
            "data/tweets-part1.js": f"window.YTD.tweets.part1 = {json.dumps([repost])}",
            "data/direct-messages.js": secret,
            "data/tweets_media/a.jpg": b"\xff\xd8",
        },
    )
    assert taken(path) == ("x_archive", "certain")
    first, second, third = posts(path)
    assert (first.id, first.kind, first.published_at) == (f"x:{X_ID}", "post", AT)
    assert first.url == f"https://x.com/brindille/status/{X_ID}"
    assert (first.author.id, first.author.handle, first.author.name) == (
        "x:42", "brindille", "Atelier Brindille",
    )  # fmt: skip
    assert (first.hashtags, first.links) == (("cartable",), ("https://brindille.example/",))
    assert first.metrics.model_dump(exclude_none=True) == {"likes": 12, "shares": 3}
    assert (second.kind, second.parent_id) == ("reply", "x:1990674000000000008")
    assert third.kind == "repost"
    assert not any(b"direct" in answer.body for answer in answers(path)), "messages stay closed"
    alone = write(tmp_path / "tweets.js", "window.YTD.tweets.part0 = " + json.dumps([tweet()]))
    assert [post.author.handle for post in posts(alone, account="@brindille")] == ["brindille"]


@pytest.mark.parametrize("folder", ["your_instagram_activity/content", "votre_activité/contenu"])
def test_the_archive_of_an_instagram_account(tmp_path: Path, folder: str) -> None:
    single = {"media": [{"uri": "media/posts/202611/1.jpg", "creation_timestamp": EPOCH,
                         "title": "Été à l’atelier 🎒 #cartable"}]}  # fmt: skip
    several = {
        "media": [{"uri": "media/posts/202611/2.mp4", "creation_timestamp": EPOCH, "title": ""},
                  {"uri": "media/posts/202611/3.jpg", "creation_timestamp": EPOCH, "title": ""}],
        "title": "Deux vues", "creation_timestamp": EPOCH + 60,
    }  # fmt: skip
    reel = {"ig_reels_media": [{"media": [{"uri": "media/reels/4.mp4", "title": "Reel",
                                           "creation_timestamp": EPOCH + 120}]}]}  # fmt: skip
    person = {"profile_user": [{"string_map_data": {
        "Nom d’utilisateur": {"value": "atelier.brindille"}, "Nom": {"value": "Atelier Été"},
    }}]}  # fmt: skip
    message = {"messages": [{"content": "secret", "timestamp_ms": 1}]}
    path = archive(
        tmp_path / "instagram-brindille.zip",
        {
            f"{folder}/posts_1.json": mojibake([single, several]),
            f"{folder}/reels.json": mojibake(reel),
            "your_instagram_activity/messages/inbox/a/message_1.json": mojibake(message),
            "personal_information/personal_information.json": mojibake(person),
            "media/posts/202611/1.jpg": b"\xff\xd8",
        },
    )
    assert taken(path) == ("instagram_archive", "certain")
    first, second, third = sorted(posts(path), key=lambda post: post.published_at)
    assert first.text == "Été à l’atelier 🎒 #cartable"
    assert (first.hashtags, first.emojis) == (("cartable",), ("🎒",))
    assert (first.author.handle, first.author.name) == ("atelier.brindille", "Atelier Été")
    assert [post.media[0].kind for post in (first, second, third)] == ["image", "video", "video"]
    assert (second.text, third.kind) == ("Deux vues", "video")
    assert not first.metrics.model_dump(exclude_none=True), "the archive has no counts"
    assert posts(path) == posts(path), "the same ids each time"


def test_the_archive_of_a_facebook_page(tmp_path: Path) -> None:
    rows = [
        {"timestamp": EPOCH, "data": [{"post": "Été à l’atelier"}], "attachments": [
            {"data": [{"external_context": {"url": "https://brindille.example/"}}]}],
         "title": "Atelier Brindille a partagé un lien."},
    ]  # fmt: skip
    path = archive(
        tmp_path / "facebook.zip",
        {"this_profile's_activity/posts/profile_posts_1.json": mojibake(rows)},
    )
    assert taken(path) == ("facebook_archive", "certain")
    (post,) = posts(path, account="61550000000000001")
    assert (post.text, post.author.id) == ("Été à l’atelier", "facebook:61550000000000001")
    assert (post.published_at, post.links) == (AT, ("https://brindille.example/",))


@pytest.mark.parametrize(("above", "indent"), [("Post", None), ("Video", 1)])
def test_the_data_of_a_tiktok_account(tmp_path: Path, above: str, indent: int | None) -> None:
    inner = {"Post": "Posts", "Video": "Videos"}[above]
    cdn = "https://v16m.tiktokcdn.example/abc/?expire=1793714700&token="
    document = {
        "Activity": {"Searches": {"SearchList": [{"Date": "2026-11-01 00:00:00"}]}},
        "Profile": {"Profile Information": {"ProfileMap": {"userName": "brindille"}}},
        above: {inner: {"VideoList": [
            {"Date": "2026-11-03 14:05:00", "Likes": "12",
             "Link": f"https://www.tiktokv.com/share/video/{TIKTOK_ID}/"},
            {"Date": "2026-11-03 15:05:00", "Likes": "", "Link": f"{cdn}1"},
        ]}},
    }  # fmt: skip
    path = write(tmp_path / "user_data_tiktok.json", json.dumps(document, indent=indent))
    assert taken(path) == ("tiktok_archive", "certain")
    first, second = posts(path)
    assert (first.id, first.author.handle) == (f"tiktok:{TIKTOK_ID}", "brindille")
    assert (first.published_at, first.kind, first.metrics.likes) == (AT, "video", 12)
    assert (second.metrics.likes, second.url) == (None, None)
    packed = archive(tmp_path / "TikTok.zip", {"user_data_tiktok.json": json.dumps(document)})
    assert [post.id for post in posts(packed)] == [first.id, second.id]


def item(platform: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "nav_index": "1:2:0", "item_id": "a", "timestamp_collected": (EPOCH + 3600) * 1000,
        "source_platform": platform, "source_platform_url": f"https://www.{platform}/explore",
        "source_url": f"https://www.{platform}/api/", "user_agent": "Mozilla/5.0", "data": data,
    }  # fmt: skip


ZEESCHUIMER = [
    item("tiktok.com", {
        "id": TIKTOK_ID, "desc": "Un cartable #cuir", "createTime": EPOCH,
        "author": {"id": "71", "uniqueId": "brindille", "nickname": "Brindille", "verified": True},
        "authorStats": {"followerCount": 910}, "video": {"duration": 31},
        "challenges": [{"title": "cuir"}],
        "statsV2": {"diggCount": "120", "shareCount": "3", "commentCount": "9",
                    "playCount": "4100", "collectCount": "12"},
    }),
    item("tiktok-comments", {
        "cid": "73", "aweme_id": TIKTOK_ID, "text": "Bravo", "create_time": EPOCH + 60,
        "digg_count": 2, "reply_comment_total": 0,
        "user": {"uid": "72", "unique_id": "maud_k", "nickname": "Maud"},
    }),
    item("instagram.com", {
        "pk": "3500000000000000001", "code": "Dq1", "taken_at": EPOCH, "media_type": 8,
        "product_type": "carousel_container", "caption": {"text": "Dix ans"},
        "user": {"pk": "41", "username": "atelier.brindille", "full_name": "Brindille"},
        "like_count": 51, "comment_count": 4, "like_and_view_counts_disabled": False,
    }),
    item("instagram.com", {
        "__typename": "GraphVideo", "id": "3500000000000000002", "shortcode": "Dq2",
        "taken_at_timestamp": EPOCH, "owner": {"id": "41", "username": "atelier.brindille"},
        "edge_media_to_caption": {"edges": [{"node": {"text": "En cuir"}}]},
        "edge_media_preview_like": {"count": 12}, "edge_media_to_comment": {"count": 1},
        "video_view_count": 310,
    }),
    item("instagram.com", {
        "pk": "3500000000000000003", "code": "Dq3", "taken_at": EPOCH, "media_type": 1,
        "user": {"pk": "43", "username": "maud_k"}, "like_count": 3,
        "like_and_view_counts_disabled": True,
    }),
    item("twitter.com", {
        "rest_id": X_ID, "views": {"count": "1204"},
        "core": {"user_results": {"result": {"rest_id": "42", "legacy": {
            "screen_name": "brindille", "name": "Atelier Brindille", "followers_count": 87}}}},
        "legacy": {"full_text": "Dix ans", "created_at": "Tue Nov 03 14:05:00 +0000 2026",
                   "favorite_count": 12, "retweet_count": 3, "reply_count": 1, "quote_count": 0,
                   "bookmark_count": 2, "lang": "fr", "conversation_id_str": X_ID,
                   "entities": {"hashtags": [], "urls": [], "user_mentions": []}},
    }),
    item("linkedin.com", {
        "preDashEntityUrn": f"urn:li:fs_updateV2:(urn:li:activity:{LINKEDIN_ID},FEED,EMPTY,false)",
        "actor": {"name": {"text": "Atelier Brindille"}, "navigationContext": {
            "actionTarget": "https://www.linkedin.com/company/brindille/?trk=x"}},
        "commentary": {"text": {"text": "Nous recrutons"}},
        "*socialDetail": {"*totalSocialActivityCounts": {"numLikes": 8, "numComments": 1,
                                                         "numShares": 0}},
    }),
    item("threads.net", {
        "pk": "3600000000000000001", "code": "DqT", "taken_at": EPOCH, "like_count": 5,
        "caption": {"text": "Bonjour"}, "user": {"pk": "44", "username": "brindille"},
        "text_post_app_info": {"direct_reply_count": 1, "repost_count": 0, "quote_count": 0},
    }),
]  # fmt: skip


def test_zeeschuimer_of_all_its_platforms(tmp_path: Path) -> None:
    path = lines(tmp_path / "zeeschuimer-export.ndjson", ZEESCHUIMER)
    assert taken(path) == ("zeeschuimer", "certain")
    found = {post.id: post for post in posts(path)}
    assert len(found) == len(ZEESCHUIMER)
    assert {post.published_at for id, post in found.items() if id != "tiktok:73"} == {AT}
    assert {post.collected_at.hour for post in found.values()} == {15}, "when the browser saw it"
    video, comment = found[f"tiktok:{TIKTOK_ID}"], found["tiktok:73"]
    assert video.url == f"https://www.tiktok.com/@brindille/video/{TIKTOK_ID}"
    assert (video.author.followers, video.author.verified, video.hashtags) == (910, True, ("cuir",))
    assert video.metrics.model_dump(exclude_none=True) == {
        "likes": 120, "shares": 3, "replies": 9, "saves": 12, "views": 4100,
    }  # fmt: skip
    assert (comment.kind, comment.parent_id) == ("comment", f"tiktok:{TIKTOK_ID}")
    carousel = found["instagram:3500000000000000001"]
    assert (carousel.url, carousel.metrics.likes) == ("https://www.instagram.com/p/Dq1/", 51)
    clip = found["instagram:3500000000000000002"]
    assert (clip.kind, clip.text, clip.metrics.likes) == ("video", "En cuir", 12)
    assert found["instagram:3500000000000000003"].metrics.likes is None, "hidden is unknown"
    status = found[f"x:{X_ID}"]
    assert (status.author.handle, status.metrics.views, status.metrics.saves) == (
        "brindille",
        1204,
        2,
    )
    update = found[f"linkedin:urn:li:activity:{LINKEDIN_ID}"]
    assert (update.author.handle, update.metrics.shares) == ("brindille", 0)
    thread = found["threads:3600000000000000001"]
    assert thread.url == "https://www.threads.com/@brindille/post/DqT"


def test_what_was_landed_is_mapped_again_the_same(tmp_path: Path) -> None:
    path = lines(tmp_path / "z.ndjson", ZEESCHUIMER)
    for answer in answers(path):
        again = replace(answer, meta=json.loads(json.dumps(answer.meta)))
        assert importing.map_import(again) == importing.map_import(answer), "meta is JSON"
    shown = importing.previews(path)[0]
    assert (shown["unmapped"], shown["share"]) == ([], 1.0)


def test_what_was_landed_before_archives_were_read_is_mapped(tmp_path: Path) -> None:
    """The meta of a file of then: a column for each field, and nothing else."""
    path = lines(tmp_path / "a.jsonl", [{"id": "1", "t": "Bonjour", "d": "2026-11-03"}])
    columns = write(tmp_path / "m.toml", '[columns]\nid = "id"\ntext = "t"\ndate = "d"\n')
    (answer,) = answers(path, columns=str(columns), platform="x")
    old = {
        "file": "a.jsonl", "preset": None, "rows": [[1, 1]], "values": {},
        "columns": {"native_id": "id", "text": "t", "published_at": "d"},
        "dates": {"order": None, "timezone": "UTC", "format": None},
        "constants": {"platform": "x"},
    }  # fmt: skip
    assert importing.map_import(replace(answer, meta=old)) == importing.map_import(answer)


def test_zeeschuimer_of_what_is_not_read(tmp_path: Path) -> None:
    path = lines(tmp_path / "z.ndjson", [ZEESCHUIMER[0], item("9gag.com", {"id": "a"}), "text"])
    by_name = {answer.platform: answer for answer in answers(path)}
    assert len(importing.map_import(by_name["tiktok"]).posts) == 1
    with pytest.raises(MappingError) as told:
        importing.map_import(by_name["other"])
    assert "row 2: source_platform: '9gag.com' is not read; row 3: no JSON object: \"text\"" in str(
        told.value
    )
    assert b'"9gag.com"' in by_name["other"].body, "the row is kept as it came"


def test_all_media_of_a_post_are_kept(tmp_path: Path) -> None:
    media = [
        {"type": "photo", "media_url_https": "https://pbs.example/1.jpg", "ext_alt_text": "Cuir"},
        {"type": "video", "media_url_https": "https://pbs.example/2.jpg",
         "video_info": {"duration_millis": "31500"}},
        {"type": "animated_gif", "media_url_https": "https://pbs.example/3.jpg"},
    ]  # fmt: skip
    row = tweet(extended_entities={"media": media}, source="<a>X Web App</a>", truncated=False)
    path = archive(
        tmp_path / "x.zip", {"data/tweets.js": f"window.YTD.tweets.part0 = {json.dumps([row])}"}
    )
    (shown,) = importing.previews(path)
    assert (shown["unmapped"], shown["ignored"]) == ([], ["tweet.source", "tweet.truncated"])
    (post,) = posts(path)
    assert [one.model_dump(exclude_none=True) for one in post.media] == [
        {"kind": "image", "url": "https://pbs.example/1.jpg", "alt": "Cuir"},
        {"kind": "video", "url": "https://pbs.example/2.jpg", "duration_s": 31.5},
        {"kind": "gif", "url": "https://pbs.example/3.jpg"},
    ]
    carousel = {
        "media": [{"uri": f"media/posts/202611/{name}", "creation_timestamp": EPOCH, "title": ""}
                  for name in ("1.jpg", "2.mp4", "3.webp")],
        "title": "Trois vues", "creation_timestamp": EPOCH,
    }  # fmt: skip
    story = {"uri": "media/stories/4.mp4", "creation_timestamp": EPOCH, "title": "Atelier"}
    path = archive(
        tmp_path / "instagram.zip",
        {
            "your_instagram_activity/media/posts_1.json": mojibake([carousel]),
            "your_instagram_activity/media/stories.json": mojibake({"ig_stories": [story]}),
        },
    )
    found = {post.text: [one.kind for one in post.media] for post in posts(path)}
    assert found == {"Trois vues": ["image", "video", "image"], "Atelier": ["video"]}
    album = {"timestamp": EPOCH, "data": [{"post": "Deux vues"}], "attachments": [{"data": [
        {"media": {"uri": "posts/media/1.jpg"}}, {"media": {"uri": "posts/media/2.mp4"}},
        {"external_context": {"url": "https://brindille.example/"}},
    ]}]}  # fmt: skip
    path = archive(tmp_path / "facebook.zip", {"posts/your_posts_1.json": mojibake([album])})
    (post,) = posts(path)
    assert [one.kind for one in post.media] == ["image", "video"]
    assert post.links == ("https://brindille.example/",)


def test_all_media_that_a_browser_was_shown_are_kept(tmp_path: Path) -> None:
    carousel = {
        "pk": "3500000000000000009", "code": "Dq9", "taken_at": EPOCH, "media_type": 8,
        "user": {"pk": "41", "username": "brindille"},
        "carousel_media": [{"media_type": 1, "accessibility_caption": "Un établi"},
                           {"media_type": 2, "video_duration": 12.5}],
    }  # fmt: skip
    single = {"pk": "3500000000000000010", "code": "Dq0", "taken_at": EPOCH, "media_type": 1,
              "accessibility_caption": "Un sac", "user": {"pk": "41", "username": "b"}}  # fmt: skip
    path = lines(
        tmp_path / "z.ndjson", [item("instagram.com", carousel), item("instagram.com", single)]
    )
    first, second = posts(path)
    assert [(one.kind, one.alt, one.duration_s) for one in first.media] == [
        ("image", "Un établi", None), ("video", None, 12.5),
    ]  # fmt: skip
    assert [(one.kind, one.alt) for one in second.media] == [("image", "Un sac")]
    (shown,) = importing.previews(path)
    assert shown["unmapped"] == []
