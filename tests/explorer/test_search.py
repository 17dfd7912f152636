"""The posts page: queries and their errors, facets, stories, nothing found, export."""

from __future__ import annotations

import csv
import io
import re

from starlette.testclient import TestClient

from .reading import Page


def test_a_query_error_is_shown_in_place_in_both_languages(client: TestClient) -> None:
    french = client.get("/posts?q=(pain&lang=fr")
    assert french.status_code == 400
    assert "une parenthèse n’est pas fermée" in french.text
    english = client.get("/posts?q=pain%20colour:red&lang=en")
    assert english.status_code == 400
    page = Page(english.text)
    assert "there is no field colour:" in page.text
    assert page.all("input", id="q")[0]["aria-invalid"] == "true"
    assert page.all("input", id="q")[0]["value"] == "pain colour:red"
    # Other pages narrowed by the same query say it, too.
    assert client.get("/?q=(pain&lang=en").status_code == 400


def test_facets_count_what_their_links_show(client: TestClient) -> None:
    html = client.get("/posts?period=28d&lang=en").text
    found = re.findall(
        r'<li><a href="([^"]+)"[^>]*title="([^"]+)">[^<]*</a><span class="soft num">([\d,]+)<', html
    )
    assert len(found) > 10
    for href, name, count in found:
        text = Page(client.get(href.replace("&amp;", "&")).text).text
        assert re.search(rf"\b{count} posts?\b", text), name


def test_stories_are_folded_and_unfold(client: TestClient) -> None:
    html = client.get("/posts?period=28d&q=rappelle&lang=en").text
    page = Page(html)
    folded = re.findall(r"1 story, (\d+) pick-ups", page.text)
    assert folded
    posts = len(page.all("article"))
    assert posts < 20
    unfolded = Page(client.get("/posts?period=28d&q=rappelle&unfold=1&lang=en").text)
    assert len(unfolded.all("article")) > posts
    story = re.search(r'href="([^"]+)">1 story', html)
    assert story
    behind = Page(client.get(story[1].replace("&amp;", "&")).text)
    assert f"{int(folded[0]) + 1} posts" in behind.text


def test_no_result_says_which_filter_to_loosen(client: TestClient) -> None:
    text = Page(client.get("/posts?brand=levaine&q=unicorn&lang=en").text).text
    assert "No post in this view." in text
    assert "without “unicorn”" in text


def test_pages_turn(client: TestClient) -> None:
    first = Page(client.get("/posts?period=28d&unfold=1&lang=en").text)
    following = next(a["href"] for a in first.all("a", rel="next"))
    second = Page(client.get(following).text)
    ids = [
        {a["href"] for a in page.all("a", **{"class": "plain"})} for page in (first, second)
    ]  # each post's own address
    assert len(ids[0]) == 25
    assert not {re.sub("page=2&?", "", href) for href in ids[1]} & ids[0]
    assert client.get("/posts?page=99999999999999999999").status_code == 200


def test_found_words_are_marked(client: TestClient) -> None:
    page = Page(client.get("/posts?period=28d&q=croissants&lang=en").text)
    assert page.all("mark")


def test_the_view_is_exported(client: TestClient) -> None:
    view = "period=28d&brand=levaine&lang=en"
    total = re.search(r"([\d,]+) posts", Page(client.get(f"/posts?{view}").text).text)
    assert total
    answer = client.get(f"/export.csv?{view}")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) - 1 == int(total[1].replace(",", ""))
    assert client.get(f"/export.xlsx?{view}").content[:2] == b"PK"
    assert client.get("/export.exe").status_code == 404
