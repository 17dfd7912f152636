"""Long posts of X's archive: cut in `tweets.js`, whole in `note-tweet.js`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from exported import archive, posts, taken, write

from vigie import importing
from vigie.errors import ImportRefused

OPENING = (
    "Dix ans de cartable & d’établi, et cent histoires à raconter. La première commence un matin "
    "de novembre, quand Maud a poussé la porte de l’atelier avec un cuir que personne ne voulait, "
    "deux aiguilles, du fil de lin ciré et l’idée qu’un sac devait durer plus longtemps qu’une "
    "mode et "
)
WHOLE = OPENING + "se transmettre. Elle est là : https://t.co/suite #cuir @maud_k"
AT = "Tue Nov 03 14:05:{:02d} +0000 2026"


def tweet(id: int, text: str, at: str = AT.format(0), **fields: Any) -> dict[str, Any]:
    entities: dict[str, Any] = {"hashtags": [], "user_mentions": [], "urls": []}
    return {"tweet": {"id_str": str(id), "full_text": text, "created_at": at, "lang": "fr",
                      "favorite_count": "4", "entities": entities, **fields}}  # fmt: skip


def note(id: int, text: str, at: str = "2026-11-03T14:05:00.000Z", **core: Any) -> dict[str, Any]:
    found = {"text": text, "urls": [], "mentions": [], "cashtags": [], "hashtags": [], **core}
    return {"noteTweet": {
        "noteTweetId": str(id), "createdAt": at, "updatedAt": at, "core": found,
        "lifecycle": {"name": "Complete", "value": "1", "originalName": "Complete"},
    }}  # fmt: skip


def packed(path: Path, tweets: list[Any], notes: list[Any], **more: str) -> Path:
    account = [{"account": {"username": "brindille", "accountId": "42"}}]
    return archive(path, {
        "data/account.js": f"window.YTD.account.part0 = {json.dumps(account)}",
        "data/tweets.js": f"window.YTD.tweets.part0 = {json.dumps(tweets)}",
        "data/note-tweet.js": f"window.YTD.note_tweet.part0 = {json.dumps(notes)}",
        **more,
    })  # fmt: skip


def cut(text: str, end: str = "…") -> str:
    return text[:274].replace("&", "&amp;") + end


def texts(path: Path) -> list[str | None]:
    return [post.text for post in posts(path)]


def test_a_long_post_is_whole(tmp_path: Path) -> None:
    core: dict[str, Any] = {
        "urls": [{"shortUrl": "https://t.co/suite", "expandedUrl": "https://brindille.example/a",
                  "displayUrl": "brindille.example/a", "fromIndex": "1", "toIndex": "2"}],
        "mentions": [{"screenName": "maud_k", "fromIndex": "1", "toIndex": "2"}],
        "hashtags": [{"text": "cuir", "fromIndex": "1", "toIndex": "2"}],
    }  # fmt: skip
    path = packed(
        tmp_path / "twitter.zip",
        [tweet(1990000000000000009, cut(WHOLE)), tweet(1990000000000000019, "Un mot court")],
        [note(1990000000000000001, WHOLE, **core)],
        **{"data/deleted-note-tweet.js": json.dumps([note(1, f"{OPENING}effacé")])},
    )
    assert taken(path) == ("x_archive", "certain")
    long, short = posts(path)
    assert long.text == WHOLE
    assert (long.id, long.metrics.likes) == ("x:1990000000000000009", 4), "the post's own id"
    assert (long.hashtags, long.mentions) == (("cuir",), ("maud_k",))
    assert long.links == ("https://brindille.example/a",)
    assert short.text == "Un mot court"
    (shown,) = importing.previews(path)
    assert shown["columns"]["text"] == "noteTweet.core.text / tweet.full_text"
    assert shown["first"][0]["text"] == WHOLE


@pytest.mark.parametrize("end", ["…", "… https://t.co/self", "", " https://t.co/photo"])
def test_a_text_may_be_cut_in_several_ways(tmp_path: Path, end: str) -> None:
    path = packed(tmp_path / "x.zip", [tweet(9, cut(WHOLE, end))], [note(1, WHOLE)])
    assert texts(path) == [WHOLE]


def test_a_reply_names_whom_it_answers_in_one_of_the_two(tmp_path: Path) -> None:
    reply = tweet(9, f"@maud_k @zoe {cut(WHOLE)}", in_reply_to_status_id_str="3")
    (post,) = posts(packed(tmp_path / "x.zip", [reply], [note(1, WHOLE)]))
    assert (post.text, post.kind) == (WHOLE, "reply")


def test_long_posts_of_one_second_keep_their_own_text(tmp_path: Path) -> None:
    """A thread is published at once."""
    three = [f"{number}/3 {WHOLE} fin {number}" for number in (1, 2, 3)]
    path = packed(
        tmp_path / "x.zip",
        [tweet(10 + place, cut(text)) for place, text in enumerate(three)],
        [note(place, text) for place, text in enumerate(reversed(three))],
    )
    assert texts(path) == three


def test_the_same_beginning_twice_is_told_apart_by_the_moment(tmp_path: Path) -> None:
    morning, evening = f"{WHOLE} ce matin", f"{WHOLE} ce soir"
    path = packed(
        tmp_path / "x.zip",
        [tweet(9, cut(WHOLE)), tweet(8, cut(WHOLE), "Tue Nov 03 20:05:01 +0000 2026")],
        [note(2, evening, "2026-11-03T20:05:00.412Z"), note(1, morning)],
    )
    assert texts(path) == [morning, evening]


def test_a_scheduled_post_is_made_later_than_its_note(tmp_path: Path) -> None:
    path = packed(
        tmp_path / "x.zip", [tweet(9, cut(WHOLE))], [note(1, WHOLE, "2026-10-28T09:00:00.000Z")]
    )
    assert texts(path) == [WHOLE]


def test_what_is_no_cut_text_stays_as_it_is(tmp_path: Path) -> None:
    """A short post, and later a long one that begins with it; a repost of what has a note."""
    short = WHOLE[:120]
    path = packed(
        tmp_path / "x.zip",
        [tweet(9, short, "Mon Nov 02 09:00:00 +0000 2026"), tweet(8, f"RT @zoe: {cut(WHOLE)}"),
         tweet(7, cut(f"Autre {WHOLE}"))],
        [note(1, WHOLE)],
    )  # fmt: skip
    assert texts(path) == [short, f"RT @zoe: {WHOLE[:274]}…", f"Autre {WHOLE[:268]}…"]


def test_an_unpacked_archive_has_its_notes_and_account_beside_it(tmp_path: Path) -> None:
    tweets = write(
        tmp_path / "tweets.js", f"window.YTD.tweets.part0 = {json.dumps([tweet(9, cut(WHOLE))])}"
    )
    notes = f"window.YTD.note_tweet.part0 = {json.dumps([note(1, WHOLE)])}"
    write(tmp_path / "note-tweet.js", notes)
    write(
        tmp_path / "account.js",
        'window.YTD.account.part0 = [{"account": {"username": "brindille"}}]',
    )
    (post,) = posts(tweets)
    assert (post.text, post.author.handle) == (WHOLE, "brindille")


def test_posts_to_communities_are_posts_too(tmp_path: Path) -> None:
    community = f"window.YTD.community_tweet.part0 = {json.dumps([tweet(8, cut(WHOLE))])}"
    path = packed(
        tmp_path / "x.zip", [tweet(9, "Court")], [note(1, WHOLE)],
        **{"data/community-tweet.js": community},
    )  # fmt: skip
    assert sorted(map(str, texts(path))) == ["Court", WHOLE]


def test_notes_that_break_off_are_told_and_cut_no_post(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip", [tweet(9, cut(WHOLE))], [])
    broken = archive(tmp_path / "y.zip", {
        "data/tweets.js": f"window.YTD.tweets.part0 = {json.dumps([tweet(9, cut(WHOLE))])}",
        "data/note-tweet.js": "window.YTD.note_tweet.part0 = [ {",
    })  # fmt: skip
    assert texts(path) == [f"{WHOLE[:274]}…"], "an archive without notes"
    with pytest.raises(ImportRefused, match=r"y\.zip/data/note-tweet\.js"):
        posts(broken)
