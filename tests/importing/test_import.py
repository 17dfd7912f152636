"""Files in the shapes in which other tools export them, with invented people."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from vigie import importing
from vigie.errors import ImportRefused, MappingError
from vigie.records import Post
from vigie.sources import Answer

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def answers(path: Path, **given: Any) -> list[Answer]:
    return list(importing.read_answers(path, run_id="run", now=NOW, **given))


def posts(path: Path, **given: Any) -> list[Post]:
    return [post for one in answers(path, **given) for post in importing.map_import(one).posts]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


META = (
    '"Post ID","Account ID","Account username","Account name",Description,"Duration (sec)",'
    '"Publish time",Permalink,"Post type","Data comment",Date,Views,Reach,Likes,Shares,Follows,'
    "Comments,Saves\n"
    "17900000000000001,17841400000000001,atelier.brindille,Atelier Brindille,"
    '"Le cartable, dix ans après #cartable",31,11/19/2026 14:05,'
    "https://www.instagram.com/reel/AbC/,IG reel,,Lifetime,12040,9800,410,12,3,25,40\n"
    '17900000000000002,17841400000000001,atelier.brindille,Atelier Brindille,"Atelier ouvert",0,'
    "11/02/2026 09:00,https://www.instagram.com/p/AbD/,IG image,,Lifetime,,,51,,,0,\n"
)


def test_meta_business_suite_in_english(tmp_path: Path) -> None:
    reel, image = posts(write(tmp_path / "Nov-01_Nov-20.csv", META, "utf-8-sig"), brand="brindille")
    assert (reel.platform, reel.native_id, reel.kind) == ("instagram", "17900000000000001", "video")
    assert reel.published_at == datetime(2026, 11, 19, 14, 5, tzinfo=UTC)
    assert reel.author.handle == "atelier.brindille"
    assert reel.owner == "brindille"
    assert reel.hashtags == ("cartable",)
    assert reel.media[0].model_dump(exclude_none=True) == {"kind": "video", "duration_s": 31.0}
    assert reel.metrics.model_dump(exclude_none=True) == {
        "likes": 410, "shares": 12, "replies": 25, "saves": 40, "views": 12040, "reach": 9800,
    }  # fmt: skip
    assert image.published_at == datetime(2026, 11, 2, 9, 0, tzinfo=UTC), "the file shows the order"
    assert image.metrics.model_dump(exclude_none=True) == {"likes": 51, "replies": 0}
    assert (image.source.collector, image.source.endpoint) == ("meta", "import")


def test_meta_business_suite_in_french(tmp_path: Path) -> None:
    text = (
        "Identifiant de publication;Identifiant de la Page;Nom de la Page;Titre;Description;"
        "Durée (s);Heure de publication;Permalien;Type de publication;Couverture;Réactions;"
        "Commentaires;Partages;Total des clics\n"
        "122100000000000007;61550000000000001;Atelier Brindille;Été à l’atelier;;0;"
        "03/11/2026 14:05;https://www.facebook.com/brindille/posts/pfbid0x;Photos;1 204;87;4;2;31\n"
    )
    (post,) = posts(write(tmp_path / "export.csv", text, "cp1252"))
    assert (post.platform, post.title, post.text) == ("facebook", "Été à l’atelier", None)
    assert post.published_at == datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
    assert (post.metrics.reach, post.metrics.clicks, post.metrics.views) == (1204, 31, None)
    assert post.author.id == "facebook:61550000000000001"


def test_hootsuite(tmp_path: Path) -> None:
    text = (
        "Date (GMT)\tSocial Network\tUsername\tPost Message\tPost Type\tPost Permalink\t"
        "Impressions\tLikes\tComments\tShares\n"
        "2026-11-18 07:30:00\tTwitter\t@brindille\tOn répare ce samedi 🧵\tStatus\t"
        "https://twitter.com/brindille/status/1990000000000000001\t1,204\t12\t-\t3\n"
        "2026-11-18 08:00:00\tLinkedIn Page\tAtelier Brindille\tNous recrutons\tImage\t"
        "https://www.linkedin.com/feed/update/urn:li:share:7300000000000000001\t310\t8\t1\t0\n"
    )
    tweet, share = posts(write(tmp_path / "posts.tsv", text, "utf-16"), columns="hootsuite")
    assert (tweet.platform, tweet.native_id) == ("x", "1990000000000000001")
    assert (tweet.author.handle, tweet.emojis) == ("brindille", ("🧵",))
    assert (tweet.metrics.impressions, tweet.metrics.replies) == (1204, None)
    assert (share.platform, share.metrics.replies) == ("linkedin", 1)


def test_talkwalker_lines_with_nested_authors(tmp_path: Path) -> None:
    rows = [
        {
            "url": "https://gazette-du-quai.example/brindille", "published": 1793714700000,
            "title": "L’atelier s’agrandit", "content": "Trois postes &amp; un établi.",
            "lang": "fr", "source_type": ["ONLINENEWS", "ONLINENEWS_NEWSPAPER"],
            "extra_author_attributes": {"name": "Solène Tirel"}, "reach": 41000, "engagement": 12,
        },
        {
            "url": "https://x.com/maud_k/status/1990000000000000002", "published": 1793714700000,
            "content": "Dix ans de cartable", "lang": "fr", "source_type": "SOCIALMEDIA_TWITTER",
            "extra_author_attributes": {"name": "Maud", "short_name": "maud_k"},
            "article_extended_attributes": {"twitter_retweets": 4, "num_comments": 1},
        },
    ]  # fmt: skip
    path = tmp_path / "results.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    found = {post.platform: post for post in posts(path, columns="talkwalker")}
    assert found["news"].text == "Trois postes & un établi."
    assert found["news"].published_at == datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
    assert found["news"].kind == "article"
    assert found["news"].metrics.reach is None, "a tool's estimate is no measured reach"
    assert (found["x"].native_id, found["x"].author.handle) == ("1990000000000000002", "maud_k")
    assert (found["x"].metrics.shares, found["x"].metrics.replies) == (4, 1)


MAP = """
[columns]
native_id = "ref"
"author.handle" = "user"
text = "message"
published_at = "created_at"
likes = "hearts"
kind = "is_copy"

[values.kind]
true = "repost"

[dates]
timezone = "Europe/Paris"

[constants]
platform = "myspace"
"author.verified" = true
"""
PLAIN = "created_at,ref,user,message,hearts,is_copy,extra\n"


def test_a_map_of_ones_own_for_a_platform_without_crawler(tmp_path: Path) -> None:
    columns = str(write(tmp_path / "MAP.toml", MAP))
    rows = '2026-07-01 10:00,a1,Zoé,Bonjour @b #c https://d.example/,"1,5 k",False,x\n'
    rows += "2026-12-01 10:00,a2,Zoé,Encore,,True,x\n"
    first, second = posts(write(tmp_path / "f.csv", PLAIN + rows), columns=columns)
    assert first.id == "myspace:a1"
    assert first.published_at == datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    assert (first.kind, second.kind) == ("post", "repost")
    assert (first.metrics.likes, second.metrics.likes) == (None, None), "1,5 k is no exact count"
    assert (first.mentions, first.hashtags, first.links) == (
        ("b",),
        ("c",),
        ("https://d.example/",),
    )
    assert (first.author.id, first.author.verified) == ("myspace:zoé", True)


def test_bad_rows_are_set_aside_and_the_others_go_on(tmp_path: Path) -> None:
    columns = str(write(tmp_path / "MAP.toml", MAP))
    rows = "2026-07-01 10:00,a1,Zoé,Bonjour,3,False,x\nsometime,a2,Zoé,Bonjour,3,False,x\n"
    rows += (
        "2026-07-01 10:00,a3,Zoé,Bonjour,3,False,x,y,z\n\n2026-07-01 11:00,a4,Zoé,Ho,many,False,\n"
    )
    path = write(tmp_path / "f.csv", PLAIN + rows)
    good, bad = sorted(answers(path, columns=columns), key=lambda one: one.platform != "myspace")
    mapped = importing.map_import(good)
    assert [post.native_id for post in mapped.posts] == ["a1", "a4"]
    assert mapped.missing == {"import.metrics.likes": 1}
    with pytest.raises(MappingError) as told:
        importing.map_import(bad)
    assert "row 3: published_at: no date: 'sometime' (column created_at)" in str(told.value)
    assert "row 4: 9 cells under 7 headers" in str(told.value)
    (shown,) = importing.previews(path, columns=columns)
    assert (shown["rows"], shown["posts"], shown["unmapped"]) == (4, 2, ["extra"])
    assert shown["first"][0]["id"] == "myspace:a1"
    for lang in ("fr", "en"):
        lines = "\n".join(importing.preview_lines([shown], lang))  # type: ignore[arg-type]
        assert "extra" in lines
        assert {
            "fr": "ligne 3\u00a0: published_at\u00a0: pas une date",
            "en": "row 3: published_at",
        }[lang] in lines
        assert "myspace:a1" in lines


@pytest.mark.parametrize("id", ["1.22158E+17", "1,22158E+17"])
def test_ids_in_scientific_notation_are_refused(tmp_path: Path, id: str) -> None:
    text = META.replace("17900000000000002", f'"{id}"')
    with pytest.raises(ImportRefused) as told:
        answers(write(tmp_path / "f.csv", text))
    message = str(told.value)
    assert message.startswith(f"f.csv: row 3, column Post ID: the id {id} has lost digits")
    assert "export it again" in message


def sheet(path: Path, rows: list[list[Any]]) -> Path:
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("Cover").write(0, 0, "Report")
    page = book.add_worksheet("Posts")
    day = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    for line, row in enumerate(rows):
        for place, cell in enumerate(row):
            page.write(line, place, cell, day) if isinstance(cell, datetime) else page.write(
                line, place, cell
            )
    book.close()
    return path


HEAD = ["Post ID", "Username", "Date", "Post Message", "Social Network", "Likes"]


def test_spreadsheets_with_lines_above_the_headers(tmp_path: Path) -> None:
    rows = [
        ["Performance report"],
        [],
        HEAD,
        ["1001", "brindille", datetime(2026, 11, 3, 14, 5), "Un", "Facebook", 3],
        [1002, "brindille", 46329.58680555556, "Deux", "Facebook", None],
    ]
    first, second = posts(sheet(tmp_path / "f.xlsx", rows), columns="hootsuite")
    assert first.published_at == second.published_at == datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
    assert (first.native_id, second.native_id) == ("1001", "1002")
    assert (first.metrics.likes, second.metrics.likes) == (3, None)


def test_long_ids_of_a_spreadsheet_are_refused(tmp_path: Path) -> None:
    rows = [HEAD, [122158000000000123, "b", "2026-11-03 10:00", "Un", "Facebook", 3]]
    with pytest.raises(ImportRefused, match=r"row 2, column Post ID: the id 1\.22158E\+17"):
        answers(sheet(tmp_path / "f.xlsx", rows), columns="hootsuite")


def test_large_files_come_in_chunks_that_map_alone(tmp_path: Path) -> None:
    lines = [
        {"id": str(n), "author": f"a{n % 7}", "text": f"post {n}", "created": 1793714700 + n}
        for n in range(2_500)
    ]
    path = write(tmp_path / "f.jsonl", "\n".join(map(json.dumps, lines)))
    columns = str(
        write(tmp_path / "m.toml", '[columns]\nid = "id"\nauthor = "author"\ntext = "text"\n'
              'date = "created"\n')
    )  # fmt: skip
    found = answers(path, columns=columns, platform="x")
    assert [sum(length for _, length in one.meta["rows"]) for one in found] == [1000, 1000, 500]
    assert {one.platform for one in found} == {"x"}
    assert [post.native_id for post in importing.map_import(found[1]).posts][:2] == ["1000", "1001"]
    again = replace(found[2], meta=json.loads(json.dumps(found[2].meta)))
    assert importing.map_import(again) == importing.map_import(found[2]), "meta is JSON"


@pytest.mark.parametrize(
    ("text", "columns", "told"),
    [
        ("", None, "the file is empty"),
        ("one\ntwo\n", None, "one column only"),
        ("a,b\n1,2\n", None, "no preset fits these columns: a, b"),
        (PLAIN, "metta", "did you mean meta?"),
        (
            PLAIN,
            '[columns]\nlkies = "hearts"\n',
            "no field 'lkies' in a post → did you mean likes?",
        ),
        (PLAIN, '[colums]\na = "b"\n', r"unknown table [colums]"),
        (PLAIN, '[columns]\npublished_at = "when"\n', "no column when for published_at"),
        (PLAIN, '[columns]\ndate = "created_at"\n[dates]\nzone = "x"\n', "[dates]"),
        (PLAIN, '[columns]\ndate = "created_at"\n[dates]\ntimezone = "Paris"\n', "[dates]"),
        (PLAIN + "03/04/2026,1,2,3,4,5,6\n", MAP, "day and month cannot be told apart"),
    ],
)
def test_refusals_say_what_to_do(tmp_path: Path, text: str, columns: str | None, told: str) -> None:
    if columns and "[" in columns:
        columns = str(write(tmp_path / "m.toml", columns))
    with pytest.raises(ImportRefused) as error:
        answers(write(tmp_path / "f.csv", text), columns=columns)
    assert told in str(error.value)


def test_the_same_file_gives_the_same_ids(tmp_path: Path) -> None:
    text = "published_at,text,handle\n2026-11-03T10:00:00Z,Bonjour,zoe\n"
    path = write(tmp_path / "f.csv", text)
    columns = str(write(tmp_path / "m.toml", '[columns]\ndate = "published_at"\ntext = "text"\n'))
    (first,), (second,) = (posts(path, columns=columns, platform="forum") for _ in range(2))
    assert first.id == second.id
    assert first.url is None


def test_presets_are_read() -> None:
    for name, preset in importing.presets().items():
        assert preset.title, name
        assert "published_at" in preset.columns or preset.dates.in_id or preset.variants, name


def test_real_posts_of_23_accounts(shared: Path, tmp_path: Path) -> None:
    columns = """
    [columns]
    native_id = "id"
    platform = "platform"
    "author.handle" = "author"
    text = "text"
    published_at = "created_at"
    lang = "lang"
    "metrics.likes" = "likes"
    "metrics.shares" = "shares"
    kind = "is_repost"
    mentions = "mentions"
    url = "url"
    [values.kind]
    true = "repost"
    """
    path = write(tmp_path / "m.toml", columns)
    reposts = total = 0
    handles: set[str | None] = set()
    source = shared / "data/competitors/candidates_2019.jsonl.gz"
    for answer in importing.read_answers(source, columns=str(path), run_id="r", now=NOW):
        mapped = importing.map_import(answer)
        assert not mapped.refused
        total += len(mapped.posts)
        reposts += sum(post.kind == "repost" for post in mapped.posts)
        handles.update(post.author.handle for post in mapped.posts)
    assert (total, reposts, len(handles)) == (70_608, 12_960, 23)
