"""Every figure is a door: it leads to as many posts as it says."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from vigie.explorer.scope import read_scope

from .reading import Page
from .seeding import NOW

PART = {"Vigie-Part": "panel"}
ROOMS = (
    "/?period=28d&lang=en",
    "/?lang=en&network=bluesky",
    "/trends?lang=en",
    "/trends/trend:brioche?lang=en",
    "/brands?period=28d&language=fr",
    "/brands/levaine?period=28d",
    "/alerts/alert:mieloup:crisis",
    "/influencers/mastodon:did:person1",
    "/sources?period=28d",
)


@pytest.mark.parametrize("room", ROOMS)
def test_a_figure_leads_to_as_many_posts(client: TestClient, room: str) -> None:
    page = Page(client.get(room).text)
    doors = {a["href"]: int(a["data-count"]) for a in page.all("a") if "data-count" in a}
    assert doors, room
    # All kinds of doors, but not each of the hundred cells of a table.
    some = list(doors.items())
    for href, count in some[:25] + some[25::17]:
        answer = client.get(href, headers=PART)
        assert answer.status_code == 200
        total = re.search(r'data-total="(\d+)"', answer.text)
        assert total, href
        assert int(total[1]) == count, href


def test_a_door_opens_beside_the_same_page(client: TestClient) -> None:
    page = Page(client.get("/brands?period=28d&origin=earned&lang=en").text)
    door = next(a["href"] for a in page.all("a") if "data-count" in a)
    parts = urlsplit(door)
    assert parts.path == "/brands"
    asked = parse_qs(parts.query)
    assert asked["period"] == ["28d"]
    assert asked["origin"] == ["earned"]
    whole = Page(client.get(door).text)
    assert len(whole.all("h1")) == 1
    assert whole.all("aside", id="panel")[0].get("hidden") is None
    # Without its script a browser follows the close link to the page alone.
    close = next(a["href"] for a in whole.all("a") if "data-close" in a)
    assert "panel" not in parse_qs(urlsplit(close).query)
    assert Page(client.get(close).text).all("aside", id="panel")[0].get("hidden") == ""


def test_the_panel_alone_is_a_fragment(client: TestClient) -> None:
    answer = client.get("/?panel=definition/sov.mentions&lang=en", headers=PART)
    assert answer.text.lstrip().startswith("<aside")
    assert "Share of voice" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_each_chart_has_its_table_with_the_same_figures(client: TestClient) -> None:
    page = Page(client.get("/?period=28d&lang=en").text)
    figures = page.all("figure")
    assert figures
    assert len(page.all("table")) >= len(figures)
    for figure in figures:
        import json

        spec = json.loads(figure["data-spec"])
        drawn = sum(row["posts"] for row in spec["datasets"]["rows"])
        cells = [int(a["data-count"]) for a in page.all("a") if "data-count" in a]
        assert drawn == sum(row["posts"] for row in spec["datasets"]["rows"] if row["href"])
        assert drawn <= sum(cells)


def test_the_address_round_trips() -> None:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Europe/Paris")
    query = (
        "from=2026-11-16T00:00Z&to=2026-11-20&compare=year&q=a+%26+b&network=bluesky&network=x"
        "&brand=levaine&sentiment=negative&story=s%2F1&trend=trend:brioche"
    )
    scope = read_scope(parse_qsl(query), NOW, zone)
    again = read_scope(parse_qsl(urlsplit(scope.address("/posts")).query), NOW, zone)
    assert again == scope
    assert scope.get("network") == ("bluesky", "x")
    assert not scope.errors


def test_chips_take_one_filter_away(client: TestClient) -> None:
    page = Page(client.get("/posts?network=bluesky&brand=levaine&q=pain&period=28d&lang=en").text)
    chips = page.all("a", **{"class": "chip"})
    assert len(chips) == 3
    for chip in chips:
        left = parse_qs(urlsplit(chip["href"]).query)
        assert left["period"] == ["28d"]
        assert len({"network", "brand", "q"} & left.keys()) == 2


def test_a_wrong_address_is_told_not_guessed(client: TestClient) -> None:
    text = Page(client.get("/?period=never&sentiment=furious&lang=en").text).text
    assert "“never” in the address means nothing here" in text
    assert "“furious” in the address means nothing here" in text
