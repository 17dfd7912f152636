"""Every page, in both languages and themes: answers, is well-formed, keeps its promises."""

from __future__ import annotations

import re
import time

import pytest
from starlette.testclient import TestClient

from .reading import Page
from .seeding import BEST

PAGES = (
    "/",
    "/?period=28d",
    "/trends",
    "/trends/trend:brioche",
    "/posts?period=28d",
    "/posts?period=28d&as=table",
    "/posts?q=pain%20OR%20sourdough&period=all",
    f"/posts/{BEST}",
    "/posts/mastodon:evil%22%3E%3Cscript%3E",
    "/brands",
    "/brands?origin=owned&period=28d",
    "/brands/levaine?period=28d",
    "/brands/mieloup",
    "/influencers",
    "/influencers/mastodon:did:person1",
    "/influencers/mastodon:did:person2",
    "/alerts",
    "/alerts/alert:mieloup:crisis",
    "/alerts/alert:outage",
    "/briefings",
    "/sources",
    "/definitions",
    "/definitions/eng.public",
    "/?panel=posts%3Fperiod%3D28d%26brand%3Dlevaine",
    "/?panel=definition/sov.mentions",
    "/?panel=alert/alert:mieloup:crisis",
    "/?panel=help/search",
    f"/posts?panel=post/{BEST}",
)


def with_params(path: str, **more: str) -> str:
    joined = "&".join(f"{name}={value}" for name, value in more.items())
    return f"{path}{'&' if '?' in path else '?'}{joined}"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("lang", "theme"), [("fr", "light"), ("en", "dark")])
def test_a_page_answers_well_formed_in_its_language(
    client: TestClient, path: str, lang: str, theme: str
) -> None:
    started = time.perf_counter()
    answer = client.get(with_params(path, lang=lang, theme=theme))
    spent = time.perf_counter() - started
    assert answer.status_code == 200, answer.text[:400]
    page = Page(answer.text)
    assert not page.unclosed
    assert page.all("html") == [{"lang": lang, "data-theme": theme}]
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    title = re.search(r"<title>(.+?)</title>", answer.text, re.S)
    assert title
    assert "Boulangeries" in title[1]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    # Nothing inline, nothing from elsewhere: the policy would refuse it.
    for tag, attributes in page.elements:
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert tag != "style"
        if tag == "script":
            assert attributes["src"].startswith("/static/")
        if tag in ("img", "link", "script", "iframe"):
            assert not attributes.get("src", "/").startswith(("http", "//"))
    assert spent < 3, f"{path}: {spent:.2f} s"


def test_pages_read_in_both_languages(client: TestClient) -> None:
    french = Page(client.get("/?lang=fr").text).text
    english = Page(client.get("/?lang=en").text).text
    assert "L’essentiel" in french
    assert "Part de voix" in french
    assert "vs S\u20111" in french
    assert "Overview" in english
    assert "Share of voice" in english
    assert "WoW" in english


def test_an_unknown_address_says_so(client: TestClient) -> None:
    for path in ("/nowhere", "/trends/none", "/alerts/none", "/brands/none", "/briefings/none",
                 "/posts/none", "/definitions/none", "/influencers/none",
                 "/briefings/..%2F..%2Fvigie.toml"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "<h1>" in answer.text


def test_language_and_theme_are_remembered(client: TestClient) -> None:
    fresh = TestClient(client.app, base_url="http://127.0.0.1")
    fresh.get("/?lang=en&theme=dark")
    page = Page(fresh.get("/trends").text)
    assert page.all("html") == [{"lang": "en", "data-theme": "dark"}]


def test_health_answers(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_an_outage_is_told_where_figures_depend_on_it(client: TestClient) -> None:
    assert "Not a silence" in Page(client.get("/posts?lang=en").text).text
    assert "not a silence" in Page(client.get("/?lang=en").text).text
    assert "Not a silence" not in Page(client.get("/definitions?lang=en").text).text


def test_a_seasonal_topic_is_labelled_and_stands_last(client: TestClient) -> None:
    text = Page(client.get("/trends?lang=en").text).text
    assert text.index("Pain de seigle weak signal") < text.index("Bûche de Noël seasonal topic")
    rising = Page(client.get("/?lang=en").text).text
    assert "Bûche de Noël" not in rising


def test_what_a_run_brought_ends_with_a_figure(client: TestClient) -> None:
    text = Page(client.get("/sources?lang=en").text).text
    assert re.search(r"new posts 420(?!,)", text)
    assert "set aside" not in text


def test_what_is_wrong_stands_beside_the_network_and_what_to_do(client: TestClient) -> None:
    for lang, told in (
        ("en", "1 broken error of the server → look at the source, then run again: "
               "vigie run --only mastodon last success 3 days ago"),
        ("fr", "1 en panne erreur du serveur → regardez la source, puis relancez : "
               "vigie run --only mastodon dernier succès il y a 3 jours"),
    ):  # fmt: skip
        text = Page(client.get(f"/sources?lang={lang}").text).text
        assert told in " ".join(text.split()), text


def test_unknown_is_never_zero(client: TestClient) -> None:
    text = Page(client.get("/brands?lang=en").text).text
    row = text[text.rindex("Crustelle & Fils", 0, text.index("Share of voice over time")) :]
    assert "—" in row[:120]


def test_a_coincidence_of_names_is_left_out_and_can_be_seen(client: TestClient) -> None:
    for path in ("/brands?lang=en", "/brands/mieloup?lang=en"):
        page = Page(client.get(path).text)
        assert "1 post left out" in page.text
        door = next(a for a in page.all("a") if a.get("data-count") == "1" and "NOT" in a["href"])
        assert "Une ruche de mieloup au village" in Page(client.get(door["href"]).text).text
    assert "left out" not in Page(client.get("/brands/crustelle?lang=en").text).text


def test_own_posts_have_a_share_of_posts_and_no_share_of_voice(client: TestClient) -> None:
    earned, owned = (
        Page(client.get(f"/brands?lang=en&period=28d{origin}").text).text.split("Brand ", 1)[1]
        for origin in ("", "&origin=owned")
    )
    assert earned.index("Share of voice") < earned.index("Levaine")
    assert owned.index("Share of posts") < owned.index("Levaine")
    assert "Share of voice over time" in earned
    assert "Share of voice over time" not in owned
    assert "Share of posts over time" in owned


def test_the_shortlist_can_be_taken_away(client: TestClient) -> None:
    links = [link for link in Page(client.get("/influencers").text).links if "/shortlist." in link]
    assert len(links) == 2
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200
        assert "attachment" in answer.headers["content-disposition"]
        assert len(answer.content) > 100
    assert client.get("/shortlist.pdf").status_code == 404


def test_the_figure_of_a_sentence_leads_to_the_page_that_tells_more(client: TestClient) -> None:
    figure = Page(client.get("/trends?lang=en").text).all("a", **{"class": "figure"})[0]
    assert figure["href"].startswith("/trends/")
    assert client.get(figure["href"]).status_code == 200
