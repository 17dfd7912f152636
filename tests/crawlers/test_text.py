"""Texts of posts: from HTML, with byte offsets, with emojis that are several characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.text import emojis, faceted, hashtags, hrefs, links, mentions, plain
from crawlers.words import query_words, searches, tags
from vigie.watchlist import parse


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a<br/>b</p><p>c &amp; d</p>", "a\nb\n\nc & d"),
        ("no markup &lt;b&gt;", "no markup <b>"),
        ("1 < 2 and <b>bold</b>", "1 < 2 and bold"),
        ("<SCRIPT>x()</SCRIPT>seen<style>p{}</style><!-- c -->", "seen"),
        ('<span class="invisible">https://</span><span>a.example</span>', "https://a.example"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("a&nbsp;b", "a\xa0b"),
        ("", ""),
    ],
)
def test_plain_text_of_html(markup: str, text: str) -> None:
    assert plain(markup) == text


@given(st.text())
def test_plain_never_fails(markup: str) -> None:
    assert "<script" not in plain(f"<script>{markup}</script>").lower() or "</script" in markup


def test_links_are_those_that_lead_out() -> None:
    markup = (
        '<a href="https://t.example/tags/x" class="mention hashtag">#x</a>'
        '<a class="u-url mention" href="https://t.example/@y">@y</a>'
        "<a href='https://medium.example/@z/story?a=1&amp;b=2'>story</a>"
        "<a href='javascript:1'>j</a>"
    )
    assert hrefs(markup) == ("https://medium.example/@z/story?a=1&b=2",)


def test_written_marks() -> None:
    assert hashtags("#café (#Two) #1 a#b &#39; ##no #été2026") == ("café", "Two", "été2026")
    assert mentions("@a@b.example, @c-d. mail x@y.example") == ("a@b.example", "c-d")
    text = "(https://a.example/b_(c)) https://d.example/?q=1, https://d.example/?q=1!"
    assert links(text) == ("https://a.example/b_(c)", "https://d.example/?q=1")


def test_emoji_sequences_stay_whole() -> None:
    text = "❤️ 👩‍👩‍👧 🇫🇷 3️⃣ ☀ © ™ → 👍🏽 🏴󠁧󠁢󠁳󠁣󠁴󠁿 é “x”"
    assert emojis(text) == ("❤️", "👩‍👩‍👧", "🇫🇷", "3️⃣", "☀", "👍🏽", "🏴󠁧󠁢󠁳󠁣󠁴󠁿")


@given(st.text(), st.from_regex(r"[a-zé🙂]{1,8}", fullmatch=True), st.text())
def test_facets_count_bytes(before: str, name: str, after: str) -> None:
    before, after = (part.encode(errors="ignore").decode() for part in (before, after))
    start = len(before.encode())
    span = {"byteStart": start, "byteEnd": start + len(f"@{name}".encode())}
    facets = [
        {"index": span, "features": [{"$type": "app.bsky.richtext.facet#mention", "did": "d"}]}
    ]
    assert faceted(f"{before}@{name}{after}", facets)[1] == [name]


WATCHLIST = parse(
    {
        "workspace": {"name": "w"},
        "brands": [
            {"id": "brindille", "name": "Atelier Brindille", "names": ["Brindille", "#Brindille"]}
        ],
        "topics": [
            {
                "id": "school",
                "name": "School",
                "query": '("vélo cargo" OR satchel*) AND NOT (moto OR "bad one") lang:fr NOT x',
                "hashtags": ["rentrée", "#RENTRÉE"],
            }
        ],
    }
)


def test_query_words_are_those_that_are_wanted() -> None:
    assert query_words(WATCHLIST.topics[0].query) == ("vélo cargo", "satchel")
    assert query_words("a NEAR/3 b ONEAR/2 c platform:x") == ("a", "b", "c")
    assert query_words("") == ()


def test_searches_and_tags_come_once() -> None:
    found = [(search.quoted, search.topic) for search in searches(WATCHLIST)]
    assert found == [
        ('"Atelier Brindille"', None),
        ("Brindille", None),
        ("#Brindille", None),
        ("#rentrée", "school"),
        ('"vélo cargo"', "school"),
        ("satchel", "school"),
    ]
    assert [tag.words for tag in tags(WATCHLIST)] == ["AtelierBrindille", "Brindille", "rentrée"]
